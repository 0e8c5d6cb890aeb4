"""The evidence desk: what runs out soon and what it closes; the records of each person, kept once for every part."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import Invalid, NotFound
from consult.models import Evidence
from consult.services.desks import endings
from consult.services.evidence import personal
from consult.services.evidence.personal import PersonRecords, Proof
from consult.web.facilitate.blueprint import facilitate
from consult.web.facilitate.evidence import AttestForm, RevokeForm, sent_document
from consult.web.forms import StaffForm
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor
from safeguards.measures import CHECKED

__all__ = ["attest_record", "evidence_desk", "record", "records", "revoke_record", "verify_record"]


@facilitate.get("/evidence")
def evidence_desk() -> str:
    """What ends within thirty days, soonest first, with what it closes and where it is renewed; and everybody."""
    now = site().clock()
    with read(site().engine) as db:
        desk = endings.evidence_desk(db, actor(), site().policy, now)
    return render_template("staff/evidence.html", endings=desk.endings, people=desk.people, now=now, checked=CHECKED)


@facilitate.get("/evidence/people/<person_id>")
def records(person_id: str) -> str:
    """Everything about one person that some part asks for."""
    return render_template("staff/person_records.html", person=_records(person_id))


@facilitate.get("/evidence/people/<person_id>/<record_id>")
def record(person_id: str, record_id: str) -> str:
    """One kind of record: what there is, and the form to add to it."""
    found = _records(person_id)
    return _page(found, _proof(found, record_id), AttestForm())


@facilitate.post("/evidence/people/<person_id>/<record_id>/attest")
def attest_record(person_id: str, record_id: str) -> str | Response | tuple[str, int]:
    """State that it holds for the person."""
    found, form = _records(person_id), AttestForm()
    del form.subject, form.finding
    if attempt(form, lambda db: _attest(db, person_id, record_id, form)) is not None:
        return _saved(person_id, record_id)
    return _page(found, _proof(found, record_id), form), status_of(form)


def _attest(db: Session, person_id: str, record_id: str, form: AttestForm) -> Evidence:
    values = form.values(record_id, person_id, sent_document())
    return personal.attest(db, site().keys, site().policy, actor(), values, site().clock())


@facilitate.post("/evidence/people/<person_id>/<record_id>/verify")
def verify_record(person_id: str, record_id: str) -> str | Response | tuple[str, int]:
    """Say that one checked what somebody else attested."""
    found, form, evidence_id = _records(person_id), StaffForm(), request.form.get("evidence_id", "")

    def work(db: Session) -> Evidence:
        return personal.verify(db, site().keys, site().policy, actor(), person_id, evidence_id, site().clock())

    if attempt(form, work) is not None:
        return _saved(person_id, record_id)
    return _page(found, _proof(found, record_id), _keeping(form)), status_of(form)


@facilitate.post("/evidence/people/<person_id>/<record_id>/revoke")
def revoke_record(person_id: str, record_id: str) -> str | Response | tuple[str, int]:
    """Take a record back; every open part that relied on it is looked at again at once."""
    found, form = _records(person_id), RevokeForm()
    evidence_id = form.evidence_id.data or ""

    def work(db: Session) -> bool:
        keys, policy, now = site().keys, site().policy, site().clock()
        untrue = form.found_false.data
        personal.revoke(db, keys, policy, actor(), person_id, evidence_id, form.reason.data, now, found_false=untrue)
        return True

    if attempt(form, work):
        return _saved(person_id, record_id)
    return _page(found, _proof(found, record_id), _keeping(form), evidence_id), status_of(form)


def _records(person_id: str) -> PersonRecords:
    with read(site().engine) as db:
        return personal.records_of(db, actor(), site().policy, person_id, site().clock())


def _proof(found: PersonRecords, record_id: str) -> Proof:
    proof = next((each for each in found.proofs if each.id == record_id), None)
    if proof is None:
        raise NotFound
    return proof


def _keeping(refused: StaffForm) -> AttestForm:
    """The form to attest, under what was refused of another one."""
    shown = AttestForm()
    shown.clash = refused.clash
    shown.refuse(Invalid({"": [words for _, words in refused.problems]}))
    return shown


def _saved(person_id: str, record_id: str) -> Response:
    return redirect(url_for("facilitate.record", person_id=person_id, record_id=record_id, saved=1), 303)


def _page(found: PersonRecords, proof: Proof, form: StaffForm, revoking: str = "") -> str:
    return render_template("staff/person_record.html", person=found, proof=proof, form=form, revoking=revoking)
