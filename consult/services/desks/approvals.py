"""What a lead decides on: the queue by soonest opening, and one part with its evidence beside each requirement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import AuditEvent, Consultation, Evidence, Person, Strand
from consult.services.actors import Actor, Ruling, roles_in, visible_consultations
from consult.services.auditing import Verb
from consult.services.desks.reviewing import Note, Since, changes_since, notes_of
from consult.services.evidence.attesting import evidence_of
from consult.services.evidence.board import called, named_throughout, names_of, with_names
from consult.services.evidence.evidencerules import right_to_verify
from consult.services.gate.gating import Judgement, judge
from consult.services.gate.planning import form_of
from consult.services.signed.signing import may_sign, needs_approver
from consult.services.texts.translationstate import Unconfirmed, unconfirmed
from safeguards.lifecycle import StrandState
from safeguards.plan import Plan
from safeguards.policy import Policy
from safeguards.results import Evaluation, Finding, Status
from safeguards.terms import Decision, Level
from safeguards.validity import planned_start

__all__ = ["Choice", "Event", "Proof", "Queued", "Review", "Weighed", "history", "queue", "review"]

_HOLDING = frozenset({Status.MET, Status.EQUIVALENT})
_SIGNABLE = (Decision.GO, Decision.GO_WITH_CONDITIONS, Decision.FALLBACK, Decision.REFUSE)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Queued:
    """One part that waits for a decision."""

    consultation_id: str
    consultation: str
    strand_id: str
    name: str
    author: str
    ages: tuple[int, int]
    opens: datetime | None
    sent: datetime | None
    again: bool
    #: how many questions of a lead are not answered yet: somebody else's turn
    asked_more: int
    decision: Decision
    row: str
    in_place: int
    asked: int
    first_gap: str

    @property
    def ready(self) -> bool:
        """Whether the gate gives a decision that opens."""
        return self.decision.opens


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence as the lead reads it."""

    id: str
    subject: str
    statement: str
    outside_person: str
    attested_by: str
    attested_as: str
    attested_at: datetime
    verified_by: str
    verified_at: datetime | None
    expires: datetime | None
    revoked_reason: str
    #: whether the lead who looks may say that it was checked; `waits`: nobody has, and nobody has taken it back
    may_check: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Weighed:
    """A requirement as the gate found it, with the evidence beside it."""

    finding: Finding
    requirement: str
    proofs: tuple[Proof, ...]

    @property
    def holds(self) -> bool:
        """Whether it is in place, by its own evidence or by an accepted substitute."""
        return self.finding.status in _HOLDING


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision that could be signed: whether this person may, and whether the approver signs beside."""

    decision: Decision
    ruling: Ruling
    two_sign: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a part."""

    verb: Verb
    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything the review page shows. `digest` is what a signature will be about."""

    evaluation: Evaluation
    digest: str
    weighed: tuple[Weighed, ...]
    choices: tuple[Choice, ...]
    lint: tuple[str, ...]
    missing_words: Mapping[str, int]
    #: language → how many texts nobody else has confirmed yet: on which safety hangs, and others
    unread_words: Mapping[str, Unconfirmed]
    notes: tuple[Note, ...]
    since: Since | None
    duty_lead: str
    answers_within: int | None
    questions: int
    names: Mapping[str, str]
    events: tuple[Event, ...]

    @property
    def unmet(self) -> tuple[Weighed, ...]:
        """Requirements that do not hold and bind."""
        return tuple(w for w in self.weighed if not w.holds and w.finding.level is not Level.ADVISORY)

    @property
    def advised(self) -> tuple[Weighed, ...]:
        """Requirements that do not hold and only advise."""
        return tuple(w for w in self.weighed if not w.holds and w.finding.level is Level.ADVISORY)

    @property
    def in_place(self) -> tuple[Weighed, ...]:
        """Requirements that hold."""
        return tuple(w for w in self.weighed if w.holds)

    @property
    def fresh(self) -> tuple[Weighed, ...]:
        """Requirements that hold, with newer evidence that nobody has checked."""
        return tuple(w for w in self.in_place if any(proof.waits for proof in w.proofs))

    @property
    def settled(self) -> tuple[Weighed, ...]:
        """Requirements that hold, with nothing left to check."""
        return tuple(w for w in self.in_place if not any(proof.waits for proof in w.proofs))

    @property
    def may_decide(self) -> bool:
        """Whether this person may sign anything at all."""
        return any(choice.ruling.ok for choice in self.choices)


def queue(db: Session, actor: Actor, policy: Policy, now: datetime) -> tuple[Queued, ...]:
    """Every part within the actor's scope that waits for a signature: soonest opening first, then who waits longest.

    Where a lead asked for more and nobody has answered, it is not the lead's turn: those come last.
    """
    consultations = {each.id: each for each in visible_consultations(db, actor)}
    waiting = select(Strand).where(Strand.consultation_id.in_(consultations), Strand.state == StrandState.GATE_PENDING)
    rows = [_queued(db, strand, consultations[strand.consultation_id], policy, now) for strand in db.scalars(waiting)]
    return tuple(
        sorted(rows, key=lambda row: (bool(row.asked_more), row.opens or _LAST, row.sent or _LAST, row.strand_id))
    )


def _queued(db: Session, strand: Strand, consultation: Consultation, policy: Policy, now: datetime) -> Queued:
    judgement = judge(db, strand, policy, now)
    findings = judgement.evaluation.findings
    gap = next((f for f in findings if f.status not in _HOLDING and f.level is not Level.ADVISORY), None)
    events = history(db, strand)
    return Queued(
        consultation_id=consultation.id,
        consultation=consultation.title,
        strand_id=strand.id,
        name=strand.name,
        author=db.get_one(Person, strand.author_id).name,
        ages=judgement.plan.strand.ages,
        opens=planned_start(judgement.plan.strand),
        sent=next((event.at for event in events if event.verb is Verb.STRAND_SENT), None),
        again=any(event.verb is Verb.STRAND_RETURNED for event in events),
        asked_more=sum(note.waits for note in notes_of(db, strand, policy)),
        decision=judgement.evaluation.decision,
        row=judgement.evaluation.row,
        in_place=sum(finding.status in _HOLDING for finding in findings),
        asked=len(findings),
        first_gap=gap.title if gap else "",
    )


def history(db: Session, strand: Strand) -> tuple[Event, ...]:
    """What happened to the part, newest first."""
    events = select(AuditEvent).where(AuditEvent.subject == strand.id).order_by(AuditEvent.number.desc())
    names = names_of(db)
    return tuple(Event(Verb(row.verb), names.get(row.actor, row.actor), row.at) for row in db.scalars(events))


def review(
    db: Session, actor: Actor, strand: Strand, policy: Policy, now: datetime, *, decide_now: bool = False
) -> Review:
    """The part as the lead has to look at it before signing. `decide_now`: as if its decision date had come."""
    judgement = judge(db, strand, policy, now, decide_now=decide_now)
    form = form_of(strand)
    facts = judgement.plan.strand
    named = names_of(db)
    return Review(
        evaluation=named_throughout(judgement.evaluation, named),
        digest=judgement.plan.digest(),
        weighed=_weighed(db, actor, strand, policy, judgement, named),
        choices=tuple(_choice(db, actor, strand, each, judgement.evaluation) for each in _SIGNABLE),
        lint=facts.questions.lint_errors if facts.questions else (),
        missing_words={each: len(form.missing_translations(each)) for each in facts.languages},
        unread_words={each: unconfirmed(db, form, each) for each in facts.languages},
        notes=notes_of(db, strand, policy),
        since=changes_since(db, strand, policy, judgement.plan.digest()),
        duty_lead=named.get(facts.duty.lead, facts.duty.lead) if facts.duty else "",
        answers_within=facts.duty.answers_within_minutes if facts.duty else None,
        questions=len(form.questions),
        names=_names(db, judgement.plan),
        events=history(db, strand),
    )


def _choice(db: Session, actor: Actor, strand: Strand, decision: Decision, evaluation: Evaluation) -> Choice:
    ruling = may_sign(db, actor, strand, decision, evaluation)
    return Choice(decision, ruling, needs_approver(strand, decision, evaluation))


def _weighed(
    db: Session, actor: Actor, strand: Strand, policy: Policy, judgement: Judgement, named: Mapping[str, str]
) -> tuple[Weighed, ...]:
    proofs: dict[str, list[Proof]] = {}
    roles = roles_in(db, actor, strand)
    for row in evidence_of(db, strand):
        about = "" if row.subject in {strand.id, strand.consultation_id} else row.subject
        asked = policy.requirements.get(row.requirement)
        waits = asked is not None and row.verified_by is None and row.revoked_by is None
        mine = waits and asked is not None and right_to_verify(actor, roles, asked, row).ok
        name = called(asked, about, judgement.plan, named) if asked else ""
        proofs.setdefault(row.requirement, []).append(_proof(row, named, name, waits=waits, may_check=mine))
    return tuple(
        Weighed(
            replace(finding, why=with_names(finding.why, named)),
            policy.requirements[finding.requirement].requirement,
            tuple(proofs.get(finding.requirement, ())),
        )
        for finding in judgement.evaluation.findings
        if finding.requirement in policy.requirements
    )


def _proof(row: Evidence, named: Mapping[str, str], about: str, *, waits: bool, may_check: bool) -> Proof:
    return Proof(
        id=row.id,
        subject=about,
        statement=row.statement,
        outside_person=row.outside_person or "",
        attested_by=named[row.attested_by],
        attested_as=row.attested_as,
        attested_at=row.attested_at,
        verified_by=named.get(row.verified_by or "", ""),
        verified_at=row.verified_at,
        expires=row.expires,
        revoked_reason=row.revoked_reason or "",
        may_check=may_check,
        waits=waits,
    )


def _names(db: Session, plan: Plan) -> Mapping[str, str]:
    """Person id → name, for the people the plan and its conditions speak of."""
    people = {member.person for member in plan.strand.staff} | {plan.strand.author}
    return {row.id: row.name for row in db.scalars(select(Person).where(Person.id.in_(people)))}
