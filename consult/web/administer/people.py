"""The list of people: inviting by a one-time link, changing roles, resetting a lost second step, ending an account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import NotFound, sentence
from consult.models import Person
from consult.services.actors import actor_of
from consult.services.holders import appointing, leaving
from consult.services.people import accounts, onboarding, secondfactor
from consult.services.people.onboarding import Invited
from consult.services.people.roster import roster
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import StaffForm, many, picked, text_field
from consult.web.once import once
from consult.web.saving import attempt, status_of
from consult.web.site import site, whole_address
from consult.web.staff import actor
from consult.web.words import ROLES
from safeguards.terms import Role

__all__ = ["administer"]

administer = Blueprint("administer", __name__, url_prefix="/s")

_OUTSIDE = frozenset({Role.LEGAL_EXPERT, Role.ETHICS_BOARD, Role.SERVICE_SIGNATORY, Role.SUPPORT_WORKER})
_OFFERED = {role: words for role, words in ROLES.items() if role not in _OUTSIDE}


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
    """Everybody who can sign in, or is invited to."""
    now = site().clock()
    with read(site().engine) as db:
        found = roster(db, now)
    return render_template("staff/people.html", people=found)


@administer.route("/people/add", methods=["GET", "POST"])
def add() -> str | tuple[str, int]:
    """Invite somebody with roles. The answer to the post shows the one-time link, of which only a digest is kept."""
    form = PersonForm(roles=picked(_OFFERED))
    if form.is_sent:
        made = attempt(form, once(Person, lambda db: _invite(db, form), _invited))
        if made is not None:
            return _link_page(form.name.data, made)
    return render_template("staff/person_form.html", form=form), status_of(form)


class RolesForm(ActForm):
    """What somebody is from now on."""

    roles = many(
        sentence("Roles in the whole organisation"),
        hint=sentence(
            "An administrator is never a safeguarding lead or reviewer; a lead is never a reviewer. "
            "Two people open answers, not one."
        ),
    )
    passphrase = passphrase_field()


@administer.route("/people/<person_id>/roles", methods=["GET", "POST"])
def roles(person_id: str) -> Response | tuple[str, int]:
    """Change somebody's roles. Halves that were held in a role that ends go at once."""
    with read(site().engine) as db:
        person = actor_of(_person(db, person_id))
    form = RolesForm({"roles": sorted(person.roles)}, roles=picked(_OFFERED))
    if form.is_sent and act(form, lambda db: _changed(db, person_id, form)):
        return redirect(url_for("administer.people"), 303)
    return render_template("staff/person_roles.html", form=form, person=person), form.status


def _changed(db: Session, person_id: str, form: RolesForm) -> bool:
    wanted, passphrase = [Role(each) for each in form.roles.data or ()], form.passphrase.data or ""
    appointing.set_roles(db, site().keys, site().policy, actor(), person_id, wanted, passphrase, site().clock())
    return True


@administer.post("/people/<person_id>/again")
def again(person_id: str) -> str:
    """A new link for somebody who has not joined yet."""
    with write(site().engine) as db:
        made = onboarding.invite_again(db, site().keys, actor(), person_id, site().clock())
        name = _person(db, person_id).name
    return _link_page(name, made)


class SureForm(ActForm):
    """Whoever takes a second step away, or an account with its halves of keys: a stolen sign-in is not enough."""

    passphrase = passphrase_field()


@administer.route("/people/<person_id>/reset", methods=["GET", "POST"])
def reset(person_id: str) -> str | tuple[str, int]:
    """Take somebody's second factors away; the link lets them set up new ones, with their own passphrase."""
    form = SureForm()
    with read(site().engine) as db:
        name = _person(db, person_id).name
    made = act(form, lambda db: _reset(db, person_id, form)) if form.is_sent else None
    if made is not None:
        return _link_page(name, made, reset=True)
    return render_template("staff/person_reset.html", form=form, name=name), form.status


def _reset(db: Session, person_id: str, form: SureForm) -> Invited:
    return secondfactor.reset(db, site().keys, actor(), person_id, form.passphrase.data or "", site().clock())


@administer.route("/people/<person_id>/end", methods=["GET", "POST"])
def disable(person_id: str) -> Response | tuple[str, int]:
    """End an account. Open parts that relied on this person are suspended in the same moment."""
    form = SureForm()
    if form.is_sent and act(form, lambda db: _ended(db, person_id, form)):
        return redirect(url_for("administer.people"), 303)
    with read(site().engine) as db:
        person, lost = actor_of(_person(db, person_id)), leaving.held_alone(db, person_id)
    return render_template("staff/person_end.html", form=form, person=person, lost=lost), form.status


def _ended(db: Session, person_id: str, form: SureForm) -> bool:
    accounts.may_end(actor(), person_id).demand()
    accounts.confirm(db, site().keys, actor(), form.passphrase.data or "")
    email = _person(db, person_id).email or ""
    leaving.end_account(db, site().keys, site().policy, email, site().clock(), actor().id)
    return True


def _person(db: Session, person_id: str) -> Person:
    found = db.get(Person, person_id)
    if found is None:
        raise NotFound
    return found


def _invite(db: Session, form: PersonForm) -> Invited:
    roles = [Role(each) for each in form.roles.data or ()]
    return onboarding.invite(db, site().keys, actor(), form.name.data, form.email.data, roles, site().clock())


def _invited(db: Session, person: Person) -> Invited:
    """The first press made them; its link was shown to nobody."""
    return onboarding.invite_again(db, site().keys, actor(), person.id, site().clock())


def _link_page(name: str, made: Invited, *, reset: bool = False) -> str:
    link = whole_address("signin.join", made.code)
    return render_template("staff/person_link.html", name=name, link=link, made=made, reset=reset)
