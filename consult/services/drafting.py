"""Setting up: a consultation, its strands, their people and services, saved step by step, nobody's work overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.models import (
    Consultation,
    FallbackDebt,
    HolderRole,
    Person,
    Strand,
    StrandHolder,
    StrandService,
    StrandStaff,
    StrandState,
    SupportService,
)
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.sealing.root import AuditKey
from consult.services.actors import Actor, need_role
from consult.services.auditing import Verb, record
from consult.services.planning import check_service, check_strand, plan_of
from safeguards.terms import Audience, Mode, RepresentativeClass, RespondentClass, Role

__all__ = [
    "ConsultationValues",
    "StrandValues",
    "add_strand",
    "change_form",
    "change_strand",
    "make_consultation",
    "name_holders",
    "name_services",
    "name_staff",
    "save_service",
]

_MAY_DRAFT = (Role.LEAD_FACILITATOR, Role.CO_FACILITATOR)
_EDITABLE = frozenset({StrandState.DRAFT, StrandState.GATE_PENDING})
_CLASS_OF = {
    RepresentativeClass.YOUNG_ADULTS: RespondentClass.YOUNG_ADULT,
    RepresentativeClass.ORGANISATIONS: RespondentClass.REPRESENTATIVE,
    RepresentativeClass.PROFESSIONALS: RespondentClass.PROFESSIONAL,
    RepresentativeClass.CAREGIVERS: RespondentClass.CAREGIVER,
}
_LATEST_FEEDBACK_DAYS = 366 * 3


@dataclass(frozen=True, slots=True)
class ConsultationValues:
    """What a consultation is for, who answers it, by when."""

    title: str
    cover_name: str
    purpose: str
    decision_maker: str
    feedback_due: date


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


def make_consultation(
    db: Session, key: AuditKey, actor: Actor, values: ConsultationValues, now: datetime
) -> Consultation:
    """Start a consultation. Raises `Invalid` for each missing field; only facilitators start one."""
    if not actor.has(*_MAY_DRAFT):
        raise Denied("Only a facilitator sets up a consultation.")
    _check_consultation(values, now)
    consultation = Consultation(
        title=values.title.strip(),
        cover_name=values.cover_name.strip(),
        purpose=values.purpose.strip(),
        decision_maker=values.decision_maker.strip(),
        feedback_due=values.feedback_due,
        author_id=actor.id,
        made_at=now,
    )
    db.add(consultation)
    db.flush()
    record(db, key, actor.id, Verb.CONSULTATION_MADE, consultation.id, now)
    return consultation


def _check_consultation(values: ConsultationValues, now: datetime) -> None:
    problems: dict[str, list[str]] = {}
    for name, sentence in (
        ("title", "Give the consultation a title for your team."),
        ("cover_name", "Give it a name that participants may see; it must not tell the topic."),
        ("purpose", "Say what it is for."),
        ("decision_maker", "Name the person or body that will answer."),
    ):
        if not getattr(values, name).strip():
            problems[name] = [sentence]
    ahead = (values.feedback_due - now.date()).days
    if not 0 < ahead <= _LATEST_FEEDBACK_DAYS:
        problems["feedback_due"] = ["Choose a day in the future, within three years."]
    if problems:
        raise Invalid(problems)


def add_strand(
    db: Session, key: AuditKey, actor: Actor, consultation_id: str, values: StrandValues, now: datetime
) -> Strand:
    """Add a strand. Its audience, and so what its answers count as, is fixed from here on. Raises `Invalid`."""
    consultation = db.get(Consultation, consultation_id)
    if consultation is None:
        raise NotFound
    if not actor.has(*_MAY_DRAFT) and consultation.author_id != actor.id:
        raise Denied("Only a facilitator sets up a consultation.")
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
        {**strand.facts, "id": "new", "audience": strand.audience, "modes": [strand.mode]}
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
            raise Invalid(
                {
                    "representatives": [
                        "Choose which representatives: young adults, organisations, professionals or caregivers."
                    ]
                }
            )
        return _CLASS_OF[values.representatives]
    if values.audience is Audience.ADULT_SURVIVORS:
        return RespondentClass.ADULT_SURVIVOR
    return RespondentClass.CHILD


def _record_debt(db: Session, strand: Strand, values: StrandValues, now: datetime) -> None:
    due = values.facts.get("ask_children_by")
    if not due or not values.public_reason.strip():
        raise Invalid({"public_reason": ["Say publicly why children are not asked, and by which day they will be."]})
    db.merge(
        FallbackDebt(
            strand_id=values.stands_in_for,
            stand_in_id=strand.id,
            public_reason=values.public_reason.strip(),
            ask_children_by=date.fromisoformat(due),
            made_at=now,
        )
    )


def _editable(db: Session, actor: Actor, strand_id: str, version: int) -> Strand:
    strand = db.get(Strand, strand_id)
    if strand is None:
        raise NotFound
    if strand.author_id != actor.id:
        need_role(db, actor, strand, *_MAY_DRAFT)
    if strand.state not in _EDITABLE:
        raise Conflict("This part is signed. Return it to draft before you change it: what was signed is what opens.")
    if strand.version != version:
        raise Conflict(
            "Somebody else saved this while you were working on it. Nothing was lost: "
            "look at what they changed, then save again."
        )
    return strand


def change_strand(
    db: Session, key: AuditKey, actor: Actor, strand_id: str, version: int, facts: Mapping[str, Any], now: datetime
) -> Strand:
    """Save the strand's facts over the version the editor saw. Raises `Conflict` when somebody was faster."""
    strand = _editable(db, actor, strand_id, version)
    strand.facts = {**strand.facts, **facts}
    plan_of(db, strand)  # says which fact does not fit
    db.flush()
    record(db, key, actor.id, Verb.STRAND_CHANGED, strand.id, now, {"what": "facts"})
    return strand


def change_form(
    db: Session, key: AuditKey, actor: Actor, strand_id: str, version: int, form: Mapping[str, Any], now: datetime
) -> Strand:
    """Save the questions and texts. A changed set has another hash, so its sign-off has to be given again."""
    strand = _editable(db, actor, strand_id, version)
    try:
        strand.form = Form.from_json(dict(form)).to_json()
    except FormError as error:
        raise Invalid({"form": [str(error)]}) from error
    db.flush()
    record(db, key, actor.id, Verb.STRAND_CHANGED, strand.id, now, {"what": "form"})
    return strand


def name_staff(
    db: Session,
    key: AuditKey,
    actor: Actor,
    strand_id: str,
    version: int,
    duties: Iterable[tuple[str, Role, tuple[str, ...]]],
    now: datetime,
) -> Strand:
    """Name who works on the strand: (person, role, languages) each."""
    strand = _editable(db, actor, strand_id, version)
    db.execute(delete(StrandStaff).where(StrandStaff.strand_id == strand_id))
    db.add_all(
        StrandStaff(strand_id=strand_id, person_id=person, role=role, languages=list(languages))
        for person, role, languages in duties
    )
    return _touched(db, key, actor, strand, now, "staff")


def name_holders(
    db: Session,
    key: AuditKey,
    actor: Actor,
    strand_id: str,
    version: int,
    leads: Iterable[str],
    reviewers: Iterable[str],
    now: datetime,
) -> Strand:
    """Name who will hold the halves of the key: leads and reviewers, at least two each, nobody in both."""
    strand = _editable(db, actor, strand_id, version)
    chosen = {HolderRole.LEAD: list(dict.fromkeys(leads)), HolderRole.REVIEWER: list(dict.fromkeys(reviewers))}
    _check_holders(db, chosen)
    db.execute(delete(StrandHolder).where(StrandHolder.strand_id == strand_id))
    db.add_all(
        StrandHolder(strand_id=strand_id, person_id=person, role=role)
        for role, persons in chosen.items()
        for person in persons
    )
    return _touched(db, key, actor, strand, now, "holders")


def _check_holders(db: Session, chosen: Mapping[HolderRole, list[str]]) -> None:
    if set(chosen[HolderRole.LEAD]) & set(chosen[HolderRole.REVIEWER]):
        raise Invalid({"holders": ["Nobody may be lead and reviewer at once: two people open answers, not one."]})
    needed = {
        HolderRole.LEAD: {Role.SAFEGUARDING_LEAD},
        HolderRole.REVIEWER: {Role.REDACTOR, Role.ANALYST},
    }
    for role, persons in chosen.items():
        for person_id in persons:
            person = db.get(Person, person_id)
            held = {Role(a.role) for a in person.appointments} if person else set()
            if person is None or person.public_key is None or not held & needed[role]:
                raise Invalid(
                    {"holders": [f"Choose {role}s from the people who are appointed as such and have a key."]}
                )


def name_services(
    db: Session, key: AuditKey, actor: Actor, strand_id: str, version: int, service_ids: Iterable[str], now: datetime
) -> Strand:
    """Name the support services that participants of the strand can turn to."""
    strand = _editable(db, actor, strand_id, version)
    wanted = list(dict.fromkeys(service_ids))
    known = set(db.scalars(select(SupportService.id).where(SupportService.id.in_(wanted))))
    if known != set(wanted):
        raise Invalid({"services": ["Choose services from the directory."]})
    db.execute(delete(StrandService).where(StrandService.strand_id == strand_id))
    db.add_all(StrandService(strand_id=strand_id, service_id=each) for each in wanted)
    return _touched(db, key, actor, strand, now, "services")


def _touched(db: Session, key: AuditKey, actor: Actor, strand: Strand, now: datetime, what: str) -> Strand:
    strand.facts = dict(strand.facts)  # counts as a change, so that the version moves on
    db.flush()
    record(db, key, actor.id, Verb.STRAND_CHANGED, strand.id, now, {"what": what})
    return strand


def save_service(
    db: Session, key: AuditKey, actor: Actor, name: str, facts: Mapping[str, Any], now: datetime
) -> SupportService:
    """Add a support service to the directory. It is shown to nobody until a contact test holds."""
    if not roles_in_directory(actor):
        raise Denied("Only facilitators and safeguarding leads change the directory.")
    check_service({**facts, "id": "new", "name": name})
    service = SupportService(name=name.strip(), facts=dict(facts))
    db.add(service)
    db.flush()
    record(db, key, actor.id, Verb.SERVICE_SAVED, service.id, now)
    return service


def roles_in_directory(actor: Actor) -> bool:
    """Whether the actor may change the directory of services."""
    return actor.has(Role.LEAD_FACILITATOR, Role.SAFEGUARDING_LEAD, Role.ORGANISATION_MANAGER)
