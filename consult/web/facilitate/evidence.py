"""Attesting, checking and taking back: one requirement at a time, or a whole group in one go."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField, HiddenField

from consult.database import read
from consult.errors import Invalid, NotFound, sentence
from consult.services.desks.desk import ConsultationView, StrandView
from consult.services.evidence import attesting, documents
from consult.services.evidence.attesting import EvidenceValues
from consult.services.evidence.board import Board, Item, Next, board
from consult.services.evidence.sheets import Sheet, sheet
from consult.services.gate.gating import judge
from consult.services.partners.answering import CO_DESIGN
from consult.services.partners.codesign import changes_of
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.facilitate.guiding import EVERY_GROUP
from consult.web.forms import (
    StaffForm,
    day_field,
    many,
    one_of,
    one_or_none,
    picked,
    text_field,
    tick_field,
    words_field,
)
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import told
from safeguards.measures import CHECKED
from safeguards.record import StopGo

__all__ = [
    "AttestForm",
    "RevokeForm",
    "attest",
    "document",
    "end_of",
    "requirement",
    "revoke",
    "sent_document",
    "together",
    "verify",
]

_FINDINGS = {
    StopGo.NECESSARY: sentence("Asking children is necessary"),
    StopGo.NOT_NECESSARY: sentence("It is not necessary"),
    StopGo.ALREADY_KNOWN: sentence("What they would say is known already"),
}
_OUTSIDE = partial(
    text_field, sentence("Who signed it?"), sentence("Somebody outside: name and organisation. You enter it for them.")
)


class AttestForm(StaffForm):
    """What somebody has seen, for whom or what, until when."""

    subject = many(sentence("For whom or what?"))
    finding = one_of(sentence("What was found?"))
    statement = words_field(
        sentence("What have you seen?"), sentence("Provider, date, who signed. Never anything about a child.")
    )
    outside_person = _OUTSIDE()
    dated = day_field(sentence("Date of the document"), sentence("Its age counts from here. Empty: it was made today."))
    updated = day_field(sentence("Last yearly update or self-declaration"))
    expires = day_field(sentence("It ends on"), sentence("The document's own end, if it has one."))
    document_digest = text_field(
        sentence("SHA-256 hash of the document"),
        sentence("A certificate about a person is not kept here. The hash shows later that it is the same one."),
    )
    document = FileField(
        sentence("The document itself"),
        description=sentence(
            "Only if it is about nobody: a policy, a report, an agreement. PDF, PNG, JPEG or plain text, up to two "
            "megabytes. It is kept locked, for those who prove or check this."
        ),
    )

    def values(self, requirement: str, subject: str, document: documents.Document | None) -> EvidenceValues:
        """What was typed, about one subject."""
        updated = self._typed("updated")
        return EvidenceValues(
            requirement=requirement,
            subject=subject,
            statement=self.statement.data,
            document_digest=document.digest if document else self._typed("document_digest"),
            outside_person=self.outside_person.data,
            expires=end_of(self.expires.data),
            updated_at=datetime.combine(updated, time(), UTC) if updated else None,
            finding=self._typed("finding"),
            dated=self._typed("dated"),
        )

    def _typed(self, name: str) -> Any:  # noqa: ANN401 - as WTForms has it
        """What stands in a field that not every page of this form has."""
        return self[name].data if name in self else None


class TogetherForm(StaffForm):
    """What somebody has seen, for all that is ticked; whether asking children is necessary has words of its own."""

    statement = words_field(
        sentence("What have you seen?"), sentence("Provider, date, who signed. Never anything about a child.")
    )
    expires = day_field(sentence("It ends on"), sentence("The document's own end, if it has one."))
    finding = one_or_none(sentence("What was found?"))
    finding_statement = words_field(sentence("Where was it looked for, and who signed?"))


class RevokeForm(StaffForm):
    """Why a piece of evidence no longer holds."""

    evidence_id = HiddenField()
    reason = words_field(sentence("Why does it no longer hold?"))
    found_false = tick_field(sentence("It turned out to be untrue"))


def end_of(chosen: date | None) -> datetime | None:
    """The last minute of a day."""
    return datetime.combine(chosen, time(23, 59), UTC) if chosen else None


@facilitate.get("/c/<consultation_id>/<strand_id>/safeguards/<requirement_id>")
def requirement(consultation_id: str, strand_id: str, requirement_id: str) -> str:
    """One requirement: what it asks, what proves it, who said so, and what the person who looks can do."""
    consultation, strand, found = _sheet(consultation_id, strand_id, requirement_id)
    return _requirement_page(consultation, strand, found, _attest_form(found))


def _sheet(consultation_id: str, strand_id: str, requirement_id: str) -> tuple[ConsultationView, StrandView, Sheet]:
    now = site().clock()
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        judgement = judge(db, row, site().policy, now)
        found = sheet(db, actor(), row, site().policy, judgement, requirement_id, now)
    if found is None:
        raise NotFound
    return consultation, strand, found


def _attest_form(found: Sheet) -> AttestForm:
    missing = [subject for subject, _, proven in found.subjects if not proven]
    return AttestForm(
        {"subject": missing},
        subject=[(subject, told(name)) for subject, name, _ in (*found.subjects, *found.ahead)],
        finding=picked(_FINDINGS),
    )


def _requirement_page(
    consultation: ConsultationView, strand: StrandView, found: Sheet, form: StaffForm, revoking: str = ""
) -> str:
    record = None
    if found.item.id == CO_DESIGN:
        with read(site().engine) as db:
            record = changes_of(db, consultation.id)
    return page("requirement.html", consultation, strand, sheet=found, form=form, revoking=revoking, record=record)


@facilitate.post("/c/<consultation_id>/<strand_id>/safeguards/<requirement_id>/attest")
def attest(consultation_id: str, strand_id: str, requirement_id: str) -> str | Response | tuple[str, int]:
    """State that the requirement holds, for each subject that was ticked."""
    consultation, strand, found = _sheet(consultation_id, strand_id, requirement_id)
    form = _attest_form(found)
    if not found.finding:
        del form.finding
    if attempt(form, lambda db: _attest(db, strand, found, form)) is not None:
        return redirect(address("requirement", strand, requirement_id=requirement_id, saved=1), 303)
    return _requirement_page(consultation, strand, found, form), status_of(form)


def _attest(db: Session, strand: StrandView, found: Sheet, form: AttestForm) -> int:
    subjects = form.subject.data if found.subjects else [""]
    if not subjects:
        raise Invalid({"subject": [sentence("Tick at least one.")]})
    row, document = row_of(db, strand.id), sent_document()
    for subject in subjects:
        values = form.values(found.item.id, subject, document)
        made = attesting.attest(db, site().keys, site().policy, actor(), row, values, site().clock())
        if document is not None and not found.personal:
            documents.attach(db, site().keys.evidence, made, document)
    return len(subjects)


def sent_document() -> documents.Document | None:
    """What was sent as a file, if anything was."""
    sent = request.files.get("document")
    content = sent.read(documents.MOST_BYTES + 1) if sent else b""
    return documents.checked(sent.filename or "", content) if sent and content else None


@facilitate.get("/c/<consultation_id>/<strand_id>/safeguards/document/<document_id>")
def document(consultation_id: str, strand_id: str, document_id: str) -> Response:
    """A document as a file to keep, for who proves or checks its requirement; no browser shows it in a page."""
    with read(site().engine) as db:
        here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        found = documents.read_document(db, site().keys.evidence, site().policy, actor(), row, document_id)
    answer = Response(found.content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=found.name)
    return answer


@facilitate.post("/c/<consultation_id>/<strand_id>/safeguards/<requirement_id>/verify")
def verify(consultation_id: str, strand_id: str, requirement_id: str) -> str | Response | tuple[str, int]:
    """Say that one checked what somebody else attested."""
    consultation, strand, found = _sheet(consultation_id, strand_id, requirement_id)
    form = StaffForm()
    if attempt(form, lambda db: _verify(db, strand, request.form.getlist("evidence_id"))) is not None:
        return redirect(address("requirement", strand, requirement_id=requirement_id, saved=1), 303)
    return _requirement_page(consultation, strand, found, _keeping(_attest_form(found), form)), status_of(form)


def _verify(db: Session, strand: StrandView, evidence_ids: list[str]) -> int:
    if not evidence_ids:
        raise Invalid({"": [sentence("Tick what you have checked.")]})
    row = row_of(db, strand.id)
    for evidence_id in evidence_ids:
        attesting.verify(db, site().keys, site().policy, actor(), row, evidence_id, site().clock())
    return len(evidence_ids)


def _keeping(shown: AttestForm, refused: StaffForm) -> AttestForm:
    shown.clash = refused.clash
    shown.refuse(Invalid({"": [words for _, words in refused.problems]}))
    return shown


@facilitate.post("/c/<consultation_id>/<strand_id>/safeguards/<requirement_id>/revoke")
def revoke(consultation_id: str, strand_id: str, requirement_id: str) -> str | Response | tuple[str, int]:
    """Take a piece of evidence back; what is open and relied on it is looked at again at once."""
    consultation, strand, found = _sheet(consultation_id, strand_id, requirement_id)
    form = RevokeForm()
    if attempt(form, lambda db: _revoke(db, strand, form)) is not None:
        return redirect(address("requirement", strand, requirement_id=requirement_id, saved=1), 303)
    shown = _keeping(_attest_form(found), form)
    return _requirement_page(consultation, strand, found, shown, form.evidence_id.data or ""), status_of(form)


def _revoke(db: Session, strand: StrandView, form: RevokeForm) -> bool:
    attesting.revoke(
        db,
        site().keys,
        site().policy,
        actor(),
        row_of(db, strand.id),
        form.evidence_id.data or "",
        form.reason.data,
        site().clock(),
        found_false=form.found_false.data,
    )
    return True


@facilitate.route("/c/<consultation_id>/<strand_id>/together/<group>", methods=["GET", "POST"])
def together(consultation_id: str, strand_id: str, group: str) -> str | Response | tuple[str, int]:
    """Attest or check several requirements of one kind, or of every kind, in one go."""
    now = site().clock()
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        judgement = judge(db, row, site().policy, now)
        found = board(db, actor(), row, site().policy, judgement, now)
        items = _of_group(found, group)
        sheets = [sheet(db, actor(), row, site().policy, judgement, item.id, now) for item in items]
    open_sheets = [each for each in sheets if each is not None]
    form = _together_form(open_sheets)
    if form.is_sent and attempt(form, lambda db: _together(db, strand, open_sheets, form)) is not None:
        return redirect(address("safeguards", strand, saved=1), 303)
    shown = page(
        "together.html",
        consultation,
        strand,
        form=form,
        sheets=open_sheets,
        ticked=request.form.getlist,
        signed_by=_signed_by,
    )
    return shown, status_of(form)


def _together_form(sheets: list[Sheet]) -> TogetherForm:
    """The form with a field for whoever signed each of these outside."""
    signed = {_signed_by(each): _OUTSIDE() for each in sheets if each.outside}
    kind: type[TogetherForm] = type("TogetherForm", (TogetherForm,), signed)
    return kind(finding=picked(_FINDINGS))


def _of_group(found: Board, group: str) -> list[Item]:
    kinds = [each for each in found.groups if group in {each.key, EVERY_GROUP}]
    if not kinds:
        raise NotFound
    items = [item for kind in kinds for item in kind.items]
    return [item for item in items if item.next in {Next.ATTEST, Next.VERIFY} and item.id not in CHECKED]


def _together(db: Session, strand: StrandView, sheets: list[Sheet], form: TogetherForm) -> int:
    if request.form.get("do") == "verify":
        return _verify(db, strand, request.form.getlist("evidence_id"))
    ticked = set(request.form.getlist("requirement"))
    chosen = [each for each in sheets if each.item.id in ticked]
    _check_together(chosen, form)
    row = row_of(db, strand.id)
    for found in chosen:
        for subject in [subject for subject, _, proven in found.subjects if not proven] or [""]:
            values = EvidenceValues(
                requirement=found.item.id,
                subject=subject,
                statement=form.finding_statement.data if found.finding else form.statement.data,
                outside_person=form[_signed_by(found)].data if found.outside else None,
                expires=end_of(form.expires.data),
                finding=form.finding.data if found.finding else None,
            )
            attesting.attest(db, site().keys, site().policy, actor(), row, values, site().clock())
    return len(chosen)


def _check_together(chosen: list[Sheet], form: TogetherForm) -> None:
    """What each that was ticked still needs. Raises `Invalid` before anything is stored."""
    problems: dict[str, list[str]] = {}
    if not chosen:
        problems[""] = [sentence("Tick what you have seen.")]
    for found in chosen:
        if found.finding and not form.finding.data:
            problems["finding"] = [sentence("Say what was found.")]
        if found.finding and not form.finding_statement.data.strip():
            problems["finding_statement"] = [sentence("Say what you have seen.")]
        if found.outside and not form[_signed_by(found)].data.strip():
            problems[_signed_by(found)] = [sentence("Name the person outside who signed this.")]
    if problems:
        raise Invalid(problems)


def _signed_by(found: Sheet) -> str:
    """The field for whoever signed a requirement outside."""
    return f"outside-{found.item.id}"
