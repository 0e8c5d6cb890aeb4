"""Who works on a part: duties, the lead on duty, the independent approver, and who will hold keys, two and two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FieldList, Form, FormField

from consult.database import read
from consult.errors import Invalid, sentence
from consult.models import HolderRole, Strand
from consult.services.desks.desk import StrandView
from consult.services.people import accounts
from consult.services.setup import drafting, teams
from consult.web.facilitate.blueprint import facilitate, here, page
from consult.web.facilitate.guiding import after_people
from consult.web.forms import StaffForm, many, number_field, offered, one_of, picked, text_field, tick_field
from consult.web.languages import LANGUAGES, gettext
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import ROLES
from safeguards.terms import Role

__all__ = ["TeamForm", "team"]

_SPARE_ROWS = 2
_DUTIES = (
    Role.LEAD_FACILITATOR,
    Role.CO_FACILITATOR,
    Role.MODERATOR,
    Role.SAFEGUARDING_LEAD,
    Role.SUPPORT_PRACTITIONER,
    Role.INTERPRETER,
    Role.REDACTOR,
    Role.ANALYST,
)


class DutyForm(Form):  # type: ignore[misc]
    """One person in one role."""

    person = one_of(sentence("Person"), listed=True)
    role = one_of(sentence("Role"), listed=True)
    languages = many(sentence("Languages they work in"), [(each.code, each.name) for each in LANGUAGES.values()])


class RelativesForm(Form):  # type: ignore[misc]
    """Two who are partners or relatives."""

    one = one_of(sentence("Person"), listed=True)
    other = one_of(sentence("Partner or relative of"), listed=True)


class TeamForm(StaffForm):
    """Everybody who works on the part."""

    duties = FieldList(FormField(DutyForm))
    relatives = FieldList(FormField(RelativesForm))
    interpreters = tick_field(
        sentence("Interpreters, sign interpreters or note-takers take part"),
        sentence("Then training and confidentiality are asked of them too."),
    )
    duty_lead = one_of(
        sentence("Safeguarding lead on duty"), hint=sentence("Never somebody who facilitates this part."), listed=True
    )
    deputies = many(
        sentence("Who acts when they do not answer"),
        hint=sentence("Leads too, each among the people above. Requests for contact are sealed to all of them."),
    )
    answers_within = number_field(sentence("Answers within how many minutes?"))
    reachable_after = number_field(sentence("Can be reached how many hours after the end?"))
    approver = one_of(
        sentence("Independent approver"),
        hint=sentence("Outside the delivery team. Needed for child survivors and children who caused harm."),
        listed=True,
    )
    approver_organisation = text_field(sentence("Organisation of the approver"))
    approver_conflict = text_field(
        sentence("Conflict of interest that the approver declared"), sentence("Leave it empty when there is none.")
    )
    leads = many(sentence("Leads who hold a key"), hint=sentence("At least two, so that one who is ill stops nothing."))
    reviewers = many(
        sentence("Reviewers who hold a key"),
        hint=sentence("At least two. A lead and a reviewer together open answers; nobody alone."),
    )

    def duty_list(self) -> list[tuple[str, Role, tuple[str, ...]]]:
        """(person, role, languages) of each row that names somebody."""
        rows = [entry.data for entry in self.duties]
        return [(row["person"], Role(row["role"]), tuple(row["languages"] or ())) for row in rows if row["person"]]

    def relatives_facts(self) -> list[dict[str, object]] | None:
        """Partners and relatives as a plan states them; None where there are none. Raises `Invalid`."""
        found: dict[str, list[str]] = {}
        for one, other in ((entry.form.one.data, entry.form.other.data) for entry in self.relatives):
            if one == other == "":
                continue
            if "" in (one, other) or one == other:
                raise Invalid({"staff": [sentence("Partners or relatives are two people: choose both.")]})
            found.setdefault(one, []).append(other)
        return [{"person": one, "relatives_of": others} for one, others in found.items()] or None

    def facts(self, *, live: bool) -> dict[str, Any]:
        """Relatives, duty, approver and, where people meet, interpreters as a plan states them; None takes them out.

        Raises `Invalid`.
        """
        return {
            "staff": self.relatives_facts(),
            "uses_interpreters": bool(self.interpreters.data) if live else None,
            "duty": _without_gaps(
                lead=self.duty_lead.data,
                deputies=[each for each in self.deputies.data or () if each != self.duty_lead.data],
                answers_within_minutes=self.answers_within.data,
                reachable_hours_after=self.reachable_after.data,
            )
            if self.duty_lead.data
            else None,
            "approver": _without_gaps(
                person=self.approver.data,
                organisation=self.approver_organisation.data,
                conflict=self.approver_conflict.data,
            )
            if self.approver.data
            else None,
        }


def _without_gaps(**facts: object) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value not in (None, "", [])}


def stored_team(strand: StrandView) -> Mapping[str, Any]:
    """What is stored, as the form shows it, with empty rows to add somebody."""
    duty, approver = strand.facts.get("duty") or {}, strand.facts.get("approver") or {}
    rows = [
        {"person": person, "role": str(role), "languages": list(strand.team.languages[person])}
        for person, roles in strand.team.duties.items()
        for role in roles
    ]
    return {
        "duties": rows + [{"person": "", "role": str(_DUTIES[0]), "languages": []} for _ in range(_SPARE_ROWS)],
        "relatives": [
            {"one": each["person"], "other": other}
            for each in strand.facts.get("staff", ())
            for other in each["relatives_of"]
        ]
        + [{"one": "", "other": ""}],
        "interpreters": strand.facts.get("uses_interpreters", True),
        "duty_lead": duty.get("lead", ""),
        "deputies": list(duty.get("deputies", ())),
        "answers_within": duty.get("answers_within_minutes"),
        "reachable_after": duty.get("reachable_hours_after"),
        "approver": approver.get("person", ""),
        "approver_organisation": approver.get("organisation", ""),
        "approver_conflict": approver.get("conflict", ""),
        "leads": list(strand.team.leads),
        "reviewers": list(strand.team.reviewers),
    }


@facilitate.route("/c/<consultation_id>/<strand_id>/team", methods=["GET", "POST"])
def team(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """People, duties and holders of a part, saved together or not at all."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        everybody = [who for who in accounts.people(db) if not who.partner_in]
        holders = teams.available_holders(db)
    nobody = ("", gettext("Nobody"))
    anybody = offered([nobody, *((who.id, who.name) for who in everybody)])
    on_call = [(who.id, who.name) for who in everybody if who.has(Role.SAFEGUARDING_LEAD)]
    stored = stored_team(strand)
    form = TeamForm(
        stored,
        duty_lead=[nobody, *on_call],
        deputies=on_call,
        approver=[nobody, *((who.id, who.name) for who in everybody if who.has(Role.INDEPENDENT_APPROVER))],
        leads=[(who.id, who.name) for who in holders[HolderRole.LEAD]],
        reviewers=[(who.id, who.name) for who in holders[HolderRole.REVIEWER]],
    )
    for entry in form.duties:
        entry.form.person.choices = anybody
        entry.form.role.choices = offered(picked({role: ROLES[role] for role in _DUTIES}))
    for entry in form.relatives:
        entry.form.one.choices = entry.form.other.choices = anybody
    if form.is_sent:
        if attempt(form, lambda db: _save(db, strand, form)) is not None:
            with read(site().engine) as db:
                return redirect(after_people(db, strand), 303)
        if form.clash:
            form.compare({name: value for name, value in stored.items() if name not in ("duties", "relatives")})
    return page("team.html", consultation, strand, form=form), status_of(form)


def _save(db: Session, strand: StrandView, form: TeamForm) -> Strand:
    key, who, now = site().keys.audit, actor(), site().clock()
    row = teams.name_staff(db, key, who, strand.id, seen_version(), form.duty_list(), now)
    row = teams.name_holders(
        db, key, who, strand.id, row.version, form.leads.data or (), form.reviewers.data or (), now
    )
    values = drafting.PlanValues(strand.name, form.facts(live=strand.meets), strand.decision_due)
    return drafting.change_strand(db, key, who, strand.id, row.version, values, now)
