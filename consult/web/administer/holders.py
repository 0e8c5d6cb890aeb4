"""Holders of keys: who is confirmed and by whom, and the page on which somebody compares person and fingerprint."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.services.keys import confirming
from consult.services.people.identities import HOLDER_ROLES
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.administer.people import administer
from consult.web.forms import text_field
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["confirm", "holders"]


class ConfirmForm(ActForm):
    """I know this person, and this is what they read to me."""

    fingerprint = text_field(
        sentence("The fingerprint, as the person reads it to you"),
        sentence("Eight groups of four. They find it behind their name at the top of each page."),
    )
    passphrase = passphrase_field()


@administer.get("/holders")
def holders() -> str:
    """Everybody who holds a key or will, and whether somebody has confirmed it."""
    with read(site().engine) as db:
        found = confirming.key_views(db, actor(), HOLDER_ROLES)
    return render_template("staff/holders.html", holders=found)


@administer.route("/holders/<person_id>", methods=["GET", "POST"])
def confirm(person_id: str) -> Response | tuple[str, int]:
    """Compare person and fingerprint."""
    form = ConfirmForm()
    if form.is_sent and act(form, lambda db: _confirmed(db, person_id, form)):
        return redirect(url_for("administer.holders", saved=1), 303)
    with read(site().engine) as db:
        found = confirming.key_views(db, actor(), HOLDER_ROLES)
    holder = next((each for each in found if each.id == person_id), None)
    if holder is None:
        raise NotFound
    return render_template("staff/holder.html", holder=holder, form=form), form.status


def _confirmed(db: Session, person_id: str, form: ConfirmForm) -> bool:
    typed, passphrase = form.fingerprint.data or "", form.passphrase.data or ""
    confirming.confirm_holder(db, site().keys, actor(), person_id, typed, passphrase, site().clock())
    return True
