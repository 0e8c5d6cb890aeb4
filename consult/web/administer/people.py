"""The list of people, and adding somebody; the first passphrase is shown once."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from consult.database import read
from consult.errors import sentence
from consult.services import accounts
from consult.services.accounts import NewAccount
from consult.web.forms import StaffForm, many, picked, text_field
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import ROLES
from safeguards.terms import Role

__all__ = ["administer"]

administer = Blueprint("administer", __name__, url_prefix="/s")

_OUTSIDE = frozenset({Role.LEGAL_EXPERT, Role.ETHICS_BOARD, Role.SERVICE_SIGNATORY, Role.SUPPORT_WORKER})


class PersonForm(StaffForm):
    """Somebody new."""

    name = text_field(sentence("Name"))
    email = text_field(sentence("E-mail address"), sentence("They sign in with it."))
    roles = many(
        sentence("Roles in the whole organisation"),
        hint=sentence(
            "An administrator is never a safeguarding lead or reviewer; a lead is never a reviewer. "
            "Two people open answers, not one."
        ),
    )


@administer.get("/people")
def people() -> str:
    """Everybody who can sign in."""
    with read(site().engine) as db:
        found = accounts.people(db)
    return render_template("staff/people.html", people=found)


@administer.route("/people/add", methods=["GET", "POST"])
def add() -> str | tuple[str, int]:
    """Add somebody with roles. The answer to the post shows the passphrase, which is stored nowhere."""
    form = PersonForm(roles=picked({role: words for role, words in ROLES.items() if role not in _OUTSIDE}))
    if form.is_sent:
        made = attempt(form, lambda db: _add(db, form))
        if made is not None:
            return render_template("staff/person_added.html", name=form.name.data, made=made)
    return render_template("staff/person_form.html", form=form), status_of(form)


def _add(db: Session, form: PersonForm) -> NewAccount:
    roles = [Role(each) for each in form.roles.data or ()]
    return accounts.add_person(db, site().keys, actor(), form.name.data, form.email.data, roles, site().clock())
