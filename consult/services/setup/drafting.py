"""Setting up: a consultation and its strands, saved step by step, nobody's work overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import Consultation, FallbackDebt, Strand, StrandStaff, StrandState
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.sealing.root import AuditKey
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, hold, record
from consult.services.gate.planning import check_strand, plan_of
from consult.services.gate.promising import must_have_kept_promises
from consult.services.gate.standing import ARCHIVED
from consult.services.policyinforce import in_force
from consult.services.texts.cover import telling_word
from consult.services.texts.translationstate import remember_sources
from safeguards.lifecycle import BEFORE_SIGNING, ConsultationState
from safeguards.policy import Policy
from safeguards.said import said
from safeguards.terms import CHILD_AUDIENCES, Audience, Mode, RepresentativeClass, RespondentClass, Role

__all__ = [
    "ConsultationValues",
    "PlanValues",
    "StrandValues",
    "add_strand",
    "change_consultation",
    "change_form",
    "change_strand",
    "editable",
    "make_consultation",
    "may_draft",
    "may_edit",
    "touched",
]

_MAY_DRAFT = (Role.LEAD_FACILITATOR, Role.CO_FACILITATOR)
_CLASS_OF = {
    RepresentativeClass.YOUNG_ADULTS: RespondentClass.YOUNG_ADULT,
    RepresentativeClass.ORGANISATIONS: RespondentClass.REPRESENTATIVE,
    RepresentativeClass.PROFESSIONALS: RespondentClass.PROFESSIONAL,
    RepresentativeClass.CAREGIVERS: RespondentClass.CAREGIVER,
}
_LATEST_FEEDBACK_DAYS = 366 * 3
_TOO_LATE = (
    "Somebody else saved this while you were working on it. Nothing was lost: "
    "look at what they changed, then save again."
)


@dataclass(frozen=True, slots=True)
class ConsultationValues:
    """What a consultation is for, who answers it, by when."""

    title: str
    cover_name: str
    purpose: str
    decision_maker: str
    feedback_due: date | None


@dataclass(frozen=True, slots=True)
class StrandValues:
    """Who is asked and how. `facts` is the strand object of a plan file, less what other tables hold."""

    name: str
    audience: Audience
    mode: Mode
    facts: Mapping[str, Any]
    form: Form
    representatives: RepresentativeClass | None = None
    stands_in_for: str | None = None
    decision_due: datetime | None = None
    public_reason: str = ""


@dataclass(frozen=True, slots=True)
class PlanValues:
    """What the plan page of a strand saves: facts replace those of the same name, None leaves the form as it is."""

    name: str
    facts: Mapping[str, Any]
    decision_due: datetime | None
    form: Form | None = None


def may_draft(actor: Actor) -> Ruling:
    """Whether the actor may start a consultation."""
    return Ruling(ok=actor.has(*_MAY_DRAFT), why=sentence("Only a facilitator sets up a consultation."))


def make_consultation(
    db: Session,
    key: AuditKey,
    actor: Actor,
    values: ConsultationValues,
    now: datetime,
    policy: Policy | None = None,
) -> Consultation:
    """Start a consultation. Raises `Invalid` for each missing field; only facilitators start one.

    Raises `Conflict` while promises to people who answered before are overdue (P-OVERDUE; without a policy the one
    in force counts).
    """
    may_draft(actor).demand()
    must_have_kept_promises(db, policy or in_force(db), now)
    feedback_due = _check_consultation(values, now)
    consultation = Consultation(
        title=values.title.strip(),
        cover_name=values.cover_name.strip(),
        purpose=values.purpose.strip(),
        decision_maker=values.decision_maker.strip(),
        feedback_due=feedback_due,
        author_id=actor.id,
        made_at=now,
    )
    db.add(consultation)
    db.flush()
    record(db, key, actor.id, Verb.CONSULTATION_MADE, consultation.id, now)
    return consultation


def change_consultation(
    db: Session,
    key: AuditKey,
    actor: Actor,
    consultation_id: str,
    version: int,
    values: ConsultationValues,
    now: datetime,
) -> Consultation:
    """Save over the version the editor saw. Raises `Conflict` when somebody was faster or a part is signed already."""
    consultation = db.get(Consultation, consultation_id)
    if consultation is None:
        raise NotFound
    may_change(actor, consultation).demand()
    if any(strand.state not in BEFORE_SIGNING for strand in consultation.strands):
        raise Conflict(
            "A part of this consultation is signed already: what was promised there can not change any more."
        )
    if consultation.version != version:
        raise Conflict(_TOO_LATE)
    consultation.feedback_due = _check_consultation(values, now)
    for name in ("title", "cover_name", "purpose", "decision_maker"):
        setattr(consultation, name, getattr(values, name).strip())
    db.flush()
    record(db, key, actor.id, Verb.CONSULTATION_CHANGED, consultation.id, now)
    return consultation


def may_change(actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor may add parts to a consultation and change what it is for."""
    if consultation.state == ConsultationState.ARCHIVED:
        return Ruling(ok=False, why=ARCHIVED)
    duty = any((consultation.id, role) in actor.duties for role in _MAY_DRAFT)
    return Ruling(
        ok=duty or consultation.author_id == actor.id or actor.has(*_MAY_DRAFT),
        why=sentence("Only a facilitator of this consultation changes it."),
    )


def _check_consultation(values: ConsultationValues, now: datetime) -> date:
    problems: dict[str, list[str]] = {}
    for name, wanted in (
        ("title", sentence("Give the consultation a title for your team.")),
        ("cover_name", sentence("Give it a name that participants may see; it must not tell the topic.")),
        ("purpose", sentence("Say what it is for.")),
        ("decision_maker", sentence("Name the person or body that will answer.")),
    ):
        if not getattr(values, name).strip():
            problems[name] = [wanted]
    telling = telling_word(values.cover_name)
    if telling:
        problems["cover_name"] = [
            said('"%(word)s" gives the topic away to whoever sees the card or the screen.', word=telling)
        ]
    due = values.feedback_due or now.date()
    if not 0 < (due - now.date()).days <= _LATEST_FEEDBACK_DAYS:
        problems["feedback_due"] = [sentence("Choose a day in the future, within three years.")]
    if problems:
        raise Invalid(problems)
    return due


def add_strand(
    db: Session, key: AuditKey, actor: Actor, consultation_id: str, values: StrandValues, now: datetime
) -> Strand:
    """Add a strand. Its audience, and so what its answers count as, is fixed from here on. Raises `Invalid`."""
    consultation = db.get(Consultation, consultation_id)
    if consultation is None:
        raise NotFound
    may_change(actor, consultation).demand()
    strand = Strand(
        consultation_id=consultation_id,
        name=values.name.strip() or values.audience,
        audience=values.audience,
        representatives=values.representatives,
        respondent_class=_respondent_class(values),
        mode=values.mode,
        facts=dict(values.facts),
        form=values.form.to_json(),
        author_id=actor.id,
        made_at=now,
        stands_in_for_id=values.stands_in_for,
        decision_due=values.decision_due,
        state=StrandState.DRAFT,
    )
    check_strand(
        {**strand.facts, "id": "new", "audience": strand.audience, "mode": strand.mode}
        | ({"representatives": strand.representatives} if strand.representatives else {})
    )
    db.add(strand)
    db.flush()
    db.add(StrandStaff(strand_id=strand.id, person_id=actor.id, role=Role.LEAD_FACILITATOR, languages=["en"]))
    if values.stands_in_for:
        _record_debt(db, strand, values, now)
    record(db, key, actor.id, Verb.STRAND_MADE, strand.id, now, {"audience": strand.audience})
    return strand


def _respondent_class(values: StrandValues) -> RespondentClass:
    if values.audience is Audience.REPRESENTATIVES:
        if values.representatives not in _CLASS_OF:
            wanted = sentence("Choose which representatives: young adults, organisations, professionals or caregivers.")
            raise Invalid({"representatives": [wanted]})
        return _CLASS_OF[values.representatives]
    if values.audience is Audience.ADULT_SURVIVORS:
        return RespondentClass.ADULT_SURVIVOR
    return RespondentClass.CHILD


def _record_debt(db: Session, strand: Strand, values: StrandValues, now: datetime) -> None:
    asked = db.get(Strand, values.stands_in_for)
    if asked is None or asked.consultation_id != strand.consultation_id or asked.audience not in CHILD_AUDIENCES:
        raise Invalid({"stands_in_for": [sentence("Choose a part of this consultation that asks children.")]})
    due = values.facts.get("ask_children_by")
    if not due or not values.public_reason.strip():
        raise Invalid(
            {"public_reason": [sentence("Say publicly why children are not asked, and by which day they will be.")]}
        )
    db.merge(
        FallbackDebt(
            strand_id=values.stands_in_for,
            stand_in_id=strand.id,
            public_reason=values.public_reason.strip(),
            ask_children_by=date.fromisoformat(due),
            made_at=now,
        )
    )


def may_edit(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may change the strand now: the check behind every field is the check behind every save."""
    if strand.author_id != actor.id and not roles_in(db, actor, strand) & set(_MAY_DRAFT):
        return Ruling(ok=False, why="Your role in this consultation does not include this step.")
    if db.get_one(Consultation, strand.consultation_id).state == ConsultationState.ARCHIVED:
        return Ruling(ok=False, why=ARCHIVED)
    if strand.state not in BEFORE_SIGNING:
        return Ruling(
            ok=False, why="This part is signed. Return it to draft before you change it: what was signed is what opens."
        )
    return Ruling(ok=True)


def editable(db: Session, actor: Actor, strand_id: str, version: int) -> Strand:
    """The strand, to be changed by the actor who saw this version of it.

    Raises `Denied` for a wrong role, `Conflict` when it is signed or somebody else was faster.
    """
    strand = db.get(Strand, strand_id)
    if strand is None:
        raise NotFound
    hold(db, strand)  # signed at this moment, it is changed no more
    ruling = may_edit(db, actor, strand)
    if not ruling.ok:
        raise Conflict(ruling.why) if strand.state not in BEFORE_SIGNING else Denied(ruling.why)
    if strand.version != version:
        raise Conflict(_TOO_LATE)
    return strand


def change_strand(
    db: Session, key: AuditKey, actor: Actor, strand_id: str, version: int, values: PlanValues, now: datetime
) -> Strand:
    """Save the plan over the version the editor saw. A fact given as None is taken out."""
    strand = editable(db, actor, strand_id, version)
    merged = {**strand.facts, **values.facts}
    strand.facts = {name: value for name, value in merged.items() if value is not None}
    strand.name = values.name.strip() or strand.name
    strand.decision_due = values.decision_due
    if values.form is not None:
        strand.form = values.form.to_json()
    _keep_promise(db, strand)
    plan_of(db, strand)  # says which fact does not fit
    return touched(db, key, actor, strand, now, "facts")


def _keep_promise(db: Session, strand: Strand) -> None:
    """The day by which children are asked stands in the plan and in the register of promises alike."""
    debt = db.get(FallbackDebt, strand.stands_in_for_id) if strand.stands_in_for_id else None
    if debt is None:
        return
    due = strand.facts.get("ask_children_by")
    if not due:
        raise Invalid({"ask_children_by": [sentence("Choose the day by which children will be asked themselves.")]})
    debt.ask_children_by = date.fromisoformat(due)


def change_form(
    db: Session, key: AuditKey, actor: Actor, strand_id: str, version: int, form: Mapping[str, Any], now: datetime
) -> Strand:
    """Save the questions and texts. A changed set has another hash, so its sign-off has to be given again."""
    strand = editable(db, actor, strand_id, version)
    try:
        read = Form.from_json(dict(form))
    except FormError as error:
        raise Invalid({"form": [str(error)]}) from error
    remember_sources(db, strand.id, Form.from_json(strand.form), read)
    strand.form = read.to_json()
    strand.facts = {**strand.facts, "topics": sorted({str(question.topic) for question in read.questions})}
    return touched(db, key, actor, strand, now, "form")


def touched(db: Session, key: AuditKey, actor: Actor, strand: Strand, now: datetime, what: str) -> Strand:
    """Move the strand's version on, whatever table changed, and write the event."""
    flag_modified(strand, "facts")
    hold(db)
    db.flush()
    record(db, key, actor.id, Verb.STRAND_CHANGED, strand.id, now, {"what": what})
    return strand
