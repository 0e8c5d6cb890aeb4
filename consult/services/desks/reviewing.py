"""A lead and whoever set a part up, talking before a signature: more is asked, answered; and what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import AuditEvent, Evidence, Person, ReviewNote, Signature, Strand, StrandState
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, record
from consult.services.evidence.attesting import evidence_of, revoke
from consult.services.signed.signing import return_to_draft
from safeguards.policy import Policy
from safeguards.terms import Decision, Role

__all__ = [
    "Change",
    "Note",
    "Since",
    "answer",
    "ask",
    "changes_since",
    "give_back",
    "may_answer",
    "notes_of",
    "return_piece",
]

_ASKING = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})
_ANSWERING = frozenset(
    {Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.ORGANISATION_MANAGER, Role.DATA_PROTECTION_LEAD}
    | {Role.TECHNICAL_OPERATOR, Role.TRANSLATION_LEAD, Role.SAFEGUARDING_LEAD}
)
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Note:
    """What a lead asked or gave as a reason, about the part or one requirement, and the answer if there is one."""

    id: str
    asked: bool
    requirement: str
    title: str
    words: str
    written_by: str
    written_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether it still waits for an answer."""
        return self.asked and self.answered_at is None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is different since; `what`: plan, team, services …, or a requirement whose evidence changed."""

    what: str
    title: str
    verb: Verb
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Since:
    """The last time somebody decided on the part, and everything that changed after it."""

    at: datetime
    by: str
    decision: Decision | None
    same_plan: bool
    changes: tuple[Change, ...]


def ask(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    requirement: str,
    words: str,
    now: datetime,
) -> ReviewNote:
    """Ask for more without returning the part: it stays in the queue. Raises `Invalid` for an empty question."""
    if not roles_in(db, actor, strand) & _ASKING:
        raise Denied("A safeguarding lead or the independent approver asks.")
    if strand.state != StrandState.GATE_PENDING:
        raise Conflict("This part does not wait for a decision.")
    row = _write(db, policy, actor, strand, "ask", requirement, words, now)
    record(db, keys.audit, actor.id, Verb.REVIEW_ASKED, strand.id, now, {"requirement": requirement or None})
    return row


def give_back(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    requirement: str,
    words: str,
    now: datetime,
) -> None:
    """Return the part with a reason, about the part or one requirement; it is kept for the next review."""
    title = policy.requirements[requirement].title if requirement in policy.requirements else ""
    return_to_draft(db, keys, actor, strand, f"{title}: {words.strip()}" if title and words.strip() else words, now)
    _write(db, policy, actor, strand, "return", requirement, words, now)


def _write(
    db: Session, policy: Policy, actor: Actor, strand: Strand, kind: str, requirement: str, words: str, now: datetime
) -> ReviewNote:
    if requirement and requirement not in policy.requirements:
        raise NotFound
    if not words.strip():
        raise Invalid({"reason": [sentence("Say what you need to know, or what needs to change.")]})
    if len(words) > _LONGEST:
        raise Invalid({"reason": [sentence("Keep it short: what is needed, and why.")]})
    row = ReviewNote(
        strand_id=strand.id,
        kind=kind,
        requirement=requirement,
        words=words.strip(),
        written_by=actor.id,
        written_at=now,
    )
    db.add(row)
    db.flush()
    return row


def return_piece(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    evidence_id: str,
    words: str,
    now: datetime,
) -> ReviewNote:
    """Return one piece of evidence that waits for a check: it is taken back, and the note says what is needed instead.

    The part stays in the queue. Raises `Conflict` for a piece that was checked or taken back already.
    """
    row = next((each for each in evidence_of(db, strand) if each.id == evidence_id), None)
    if row is None:
        raise NotFound
    if row.verified_by is not None or row.revoked_by is not None:
        raise Conflict("This was checked or taken back already.")
    note = ask(db, keys, policy, actor, strand, row.requirement, words, now)
    revoke(db, keys, policy, actor, strand, row.id, words, now)
    return note


def may_answer(db: Session, actor: Actor, strand: Strand, row: ReviewNote) -> Ruling:
    """Whether the actor may answer: whoever works on the part or proves its safeguards, never who asked."""
    ok = bool(roles_in(db, actor, strand) & _ANSWERING) and row.written_by != actor.id
    return Ruling(ok=ok, why=sentence("Somebody of the team answers, never whoever asked."))


def answer(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, note_id: str, words: str, now: datetime
) -> ReviewNote:
    """Answer what a lead asked. What is proven belongs to the evidence; this says where to look."""
    row = db.get(ReviewNote, note_id)
    if row is None or row.strand_id != strand.id or row.kind != "ask":
        raise NotFound
    may_answer(db, actor, strand, row).demand()
    if row.answered_at is not None:
        raise Conflict("This was answered already.")
    if not words.strip():
        raise Invalid({"": [sentence("Write the answer, or where the evidence for it is.")]})
    row.answer, row.answered_by, row.answered_at = words.strip()[:_LONGEST], actor.id, now
    db.flush()
    record(db, keys.audit, actor.id, Verb.REVIEW_ANSWERED, strand.id, now)
    return row


def notes_of(db: Session, strand: Strand, policy: Policy) -> tuple[Note, ...]:
    """Everything that was asked and answered about the part, the newest first."""
    rows = db.scalars(
        select(ReviewNote)
        .where(ReviewNote.strand_id == strand.id)
        .order_by(ReviewNote.written_at.desc(), ReviewNote.id)
    ).all()
    names = _names(db, {row.written_by for row in rows} | {row.answered_by for row in rows if row.answered_by})
    return tuple(
        Note(
            id=row.id,
            asked=row.kind == "ask",
            requirement=row.requirement,
            title=policy.requirements[row.requirement].title if row.requirement in policy.requirements else "",
            words=row.words,
            written_by=names[row.written_by],
            written_at=row.written_at,
            answer=row.answer or "",
            answered_by=names.get(row.answered_by or "", ""),
            answered_at=row.answered_at,
        )
        for row in rows
    )


def changes_since(db: Session, strand: Strand, policy: Policy, digest: str) -> Since | None:
    """What is different since the part was last signed or returned; None when nobody has decided on it yet.

    `digest`: that of the plan as it is now.
    """
    signature = db.scalars(
        select(Signature).where(Signature.strand_id == strand.id).order_by(Signature.signed_at.desc())
    ).first()
    returned = db.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject == strand.id, AuditEvent.verb == Verb.STRAND_RETURNED)
        .order_by(AuditEvent.number.desc())
    ).first()
    if signature is not None and (returned is None or signature.signed_at >= returned.at):
        at, by, decision = signature.signed_at, signature.signed_by, Decision(signature.decision)
    elif returned is not None:
        at, by, decision = returned.at, returned.actor, None
    else:
        return None
    found = [*_of_the_plan(db, strand, at), *_of_evidence(db, strand, policy, at)]
    names = _names(db, {each.who for each in found} | {by})
    return Since(
        at=at,
        by=names.get(by, ""),
        decision=decision,
        same_plan=signature is not None and signature.plan_digest == digest,
        changes=tuple(
            Change(each.what, each.title, each.verb, names.get(each.who, ""), each.at)
            for each in sorted(found, key=lambda each: each.at, reverse=True)
        ),
    )


def _of_the_plan(db: Session, strand: Strand, at: datetime) -> Iterator[Change]:
    events = select(AuditEvent).where(
        AuditEvent.subject == strand.id, AuditEvent.verb == Verb.STRAND_CHANGED, AuditEvent.at > at
    )
    for event in db.scalars(events.order_by(AuditEvent.number)):
        yield Change("plan", "", Verb.STRAND_CHANGED, event.actor, event.at)


def _of_evidence(db: Session, strand: Strand, policy: Policy, at: datetime) -> Iterator[Change]:
    for row in evidence_of(db, strand):
        requirement = policy.requirements.get(row.requirement)
        for verb, who, when in _moments(row):
            if requirement is not None and who and when is not None and when > at:
                yield Change(row.requirement, requirement.title, verb, who, when)


def _moments(row: Evidence) -> tuple[tuple[Verb, str | None, datetime | None], ...]:
    return (
        (Verb.EVIDENCE_ATTESTED, row.attested_by, row.attested_at),
        (Verb.EVIDENCE_VERIFIED, row.verified_by, row.verified_at),
        (Verb.EVIDENCE_REVOKED, row.revoked_by, row.revoked_at),
    )


def _names(db: Session, people: set[str]) -> dict[str, str]:
    rows = db.scalars(select(Person).where(Person.id.in_(people)))
    return {row.id: row.name for row in rows}
