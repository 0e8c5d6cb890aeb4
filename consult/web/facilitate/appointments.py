"""Who has a role in one consultation alone: the manager's page to give one and to end one."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import sentence
from consult.services.desks import desk
from consult.services.holders import appointing
from consult.services.people import accounts
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.facilitate.blueprint import facilitate
from consult.web.forms import pick_one, picked
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import ROLES
from safeguards.terms import Role

__all__: list[str] = []


class AppointForm(ActForm):
    """Somebody, and what they will be here."""

    person = pick_one(sentence("Who?"))
    role = pick_one(sentence("What will they be here?"))
    passphrase = passphrase_field()


@facilitate.route("/c/<consultation_id>/people", methods=["GET", "POST"])
def appointments(consultation_id: str) -> Response | tuple[str, int]:
    """Who is appointed to this consultation, and a form to appoint somebody."""
    with read(site().engine) as db:
        people = [(who.id, who.name) for who in accounts.people(db) if who.id != actor().id and not who.partner_in]
    offered = picked({role: words for role, words in ROLES.items() if role in appointing.FOR_ONE})
    form = AppointForm(person=people, role=offered)
    if form.is_sent and act(form, lambda db: _appoint(db, consultation_id, form)):
        return redirect(url_for("facilitate.appointments", consultation_id=consultation_id, saved=1), 303)
    with read(site().engine) as db:
        consultation = desk.consultation(db, actor(), consultation_id)
        here = appointing.appointed(db, actor(), consultation_id)
    return render_template("staff/appointments.html", consultation=consultation, here=here, form=form), form.status


@facilitate.post("/c/<consultation_id>/people/<appointment_id>/end")
def dismiss(consultation_id: str, appointment_id: str) -> Response:
    """End somebody's role here."""
    keys, policy, now = site().keys, site().policy, site().clock()
    with write(site().engine) as db:
        appointing.dismiss(db, keys, policy, actor(), consultation_id, appointment_id, now)
    return redirect(url_for("facilitate.appointments", consultation_id=consultation_id, saved=1), 303)


def _appoint(db: Session, consultation_id: str, form: AppointForm) -> bool:
    chosen, passphrase = (form["person"].data, Role(form["role"].data)), form["passphrase"].data or ""
    appointing.appoint(db, site().keys, actor(), consultation_id, *chosen, passphrase, site().clock())
    return True
