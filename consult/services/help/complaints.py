"""Complaints: written without a name, sealed to people outside the team, answered by a day that is promised (P-CMP).

To whom, stands in `gate.complaintroute`. One that none of them can read any more is answered unread by those to whom
the next one would be sealed: that it has to be written again.
Stored in clear: the day, the day it is due, the consultation, the outcome. The answer is sealed to a code that was
shown once, so that only whoever complained reads it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.database import inserting
from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import Complaint, ComplaintCopy, ComplaintOutcome, Consultation, Strand
from consult.models.base import new_id
from consult.sealing.canonical import encode
from consult.sealing.invitation import code_digest, code_of_words
from consult.sealing.root import RootKeys
from consult.sealing.suite import PrivateKey, SealingError, generate_key_pair, seal_to, unseal
from consult.sealing.wrapping import derive, unwrap, wrap
from consult.services.actors import Actor
from consult.services.auditing import Verb, hold, record
from consult.services.gate.complaintroute import readable_by, recipients, unreadable
from consult.services.keys.confirming import confirmed_keys
from consult.services.people.identities import unlock
from safeguards.policy import Policy

__all__ = [
    "LONGEST",
    "ComplaintView",
    "Given",
    "Reply",
    "answer",
    "can_take",
    "complain",
    "complaints",
    "days_to_answer",
    "read_words",
    "reply_for",
]

#: Most characters of a complaint, and of an answer.
LONGEST = 1500
#: Every text is padded to this many bytes, so that its length tells nothing; 1,500 characters of any script fit.
_PADDED = 8 * 1024


@dataclass(frozen=True, slots=True)
class Given:
    """A complaint that was taken: the code to read the answer with, shown once, and the day it is due."""

    code: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody who kept the code learns: by when there is an answer, or the answer."""

    due_on: date
    words: str = ""


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint as its recipients see it before they open it; `readable`: by whoever looks."""

    id: str
    received_on: date
    due_on: date
    consultation: str
    answered_on: date | None
    outcome: str | None
    overdue: bool
    readable: bool


def days_to_answer(policy: Policy) -> int:
    """Within so many days a complaint is answered (P-CMP)."""
    return policy.p("P-CMP")


def can_take(db: Session, strand_id: str | None = None) -> bool:
    """Whether there is anybody outside the team to seal a complaint to."""
    return bool(recipients(db, _consultation_of(db, strand_id)))


def complain(
    db: Session, keys: RootKeys, words: str, page: str, strand_id: str | None, now: datetime, policy: Policy
) -> Given:
    """Take a complaint. The same words from the same page (`new_page`) are the same one, other words another one.

    Raises `Invalid` when nothing or too much was written, `Conflict` when there is nobody to take it.
    """
    words = words.strip()
    if not words:
        raise Invalid({"words": [sentence("Please write what is wrong.")]})
    if len(words) > LONGEST:
        raise Invalid({"words": [sentence("That is a bit too long. Please make it shorter.")]})
    code = code_of_words(keys.invitation, page, words)
    known = _with_code(db, keys, code)
    if known is not None:
        return Given(code, known.due_on)
    consultation_id = _consultation_of(db, strand_id)
    people = confirmed_keys(keys, recipients(db, consultation_id))
    if not people:
        raise Conflict(sentence("We can not take it here right now. Nothing was sent."))
    pair, complaint_id = generate_key_pair(), new_id()
    due_on = now.date() + timedelta(days=days_to_answer(policy))
    made = inserting(db, Complaint).values(
        id=complaint_id,
        received_on=now.date(),
        due_on=due_on,
        consultation_id=consultation_id,
        code_digest=code_digest(keys.invitation, code),
        reply_public=pair.public,
        reply_private=wrap(_code_key(keys, code), pair.private, encode("complaint reply", complaint_id)),
    )
    if db.execute(made.on_conflict_do_nothing().returning(Complaint.id)).first() is not None:  # else another tap's is
        for person_id, public in people.items():
            sealed = seal_to(public, _padded(words), _info(complaint_id, person_id))
            db.add(ComplaintCopy(complaint_id=complaint_id, person_id=person_id, sealed=sealed))
        db.flush()
    return Given(code, due_on)


def reply_for(db: Session, keys: RootKeys, code: str) -> Reply | None:
    """What is there for this code; None for a code that nobody has."""
    row = _with_code(db, keys, code)
    if row is None:
        return None
    if row.reply is None:
        return Reply(row.due_on)
    context = encode("complaint reply", row.id)
    private = PrivateKey(unwrap(_code_key(keys, code), row.reply_private, context))
    return Reply(row.due_on, _unpadded(unseal(private, row.reply, context)))


def complaints(db: Session, actor: Actor, now: datetime) -> list[ComplaintView]:
    """Those that were sealed to the actor, or that nobody can read, unanswered ones first, the soonest due first."""
    theirs = {row.id: row for row in db.scalars(readable_by(actor))}
    rows = {**{row.id: row for row in _left_to(db, actor)}, **theirs}.values()
    titles = {row.id: row.title for row in db.execute(select(Consultation.id, Consultation.title))}
    in_order = sorted(rows, key=lambda each: (each.answered_on is not None, each.due_on, each.id))
    return [_view(row, titles.get(row.consultation_id or "", ""), now, readable=row.id in theirs) for row in in_order]


def read_words(db: Session, keys: RootKeys, actor: Actor, complaint_id: str, passphrase: str, now: datetime) -> str:
    """The words, for one of those they were sealed to, on record. Raises `NotFound`, and `Denied` for a passphrase."""
    copy = _copy(db, actor, complaint_id)
    private = unlock(db, keys, actor, passphrase)
    words = _unpadded(unseal(private, copy.sealed, _info(complaint_id, actor.id)))
    record(db, keys.audit, actor.id, Verb.COMPLAINT_READ, complaint_id, now)
    return words


def answer(
    db: Session, keys: RootKeys, actor: Actor, complaint_id: str, outcome: ComplaintOutcome, reply: str, now: datetime
) -> None:
    """Answer once. Only whoever kept the code will read the reply. Raises `NotFound`, `Invalid`, `Conflict`."""
    if complaint_id not in {each.id for each in complaints(db, actor, now)}:
        raise NotFound
    reply = reply.strip()
    if not reply or len(reply) > LONGEST:
        raise Invalid({"reply": [sentence("Write an answer of at most 1,500 characters, in plain words.")]})
    row = db.get_one(Complaint, complaint_id)
    hold(db, row)
    if row.answered_on is not None:
        raise Conflict(sentence("Somebody else has answered this already. Nothing was changed."))
    row.reply = seal_to(row.reply_public, _padded(reply), encode("complaint reply", complaint_id))
    row.outcome, row.answered_on, row.answered_by = outcome, now.date(), actor.id
    db.flush()
    record(db, keys.audit, actor.id, Verb.COMPLAINT_ANSWERED, complaint_id, now, {"outcome": outcome})


def _with_code(db: Session, keys: RootKeys, code: str) -> Complaint | None:
    return db.scalars(select(Complaint).where(Complaint.code_digest == code_digest(keys.invitation, code))).first()


def _left_to(db: Session, actor: Actor) -> list[Complaint]:
    """Those that nobody can read, where the actor is among those to whom the next one would be sealed."""
    return [each for each in unreadable(db) if actor.id in {who.id for who in recipients(db, each.consultation_id)}]


def _view(row: Complaint, title: str, now: datetime, *, readable: bool) -> ComplaintView:
    return ComplaintView(
        id=row.id,
        received_on=row.received_on,
        due_on=row.due_on,
        consultation=title,
        answered_on=row.answered_on,
        outcome=row.outcome,
        overdue=row.answered_on is None and row.due_on < now.date(),
        readable=readable,
    )


def _copy(db: Session, actor: Actor, complaint_id: str) -> ComplaintCopy:
    if db.scalars(readable_by(actor).where(Complaint.id == complaint_id)).first() is None:
        raise NotFound
    return db.get_one(ComplaintCopy, (complaint_id, actor.id))


def _consultation_of(db: Session, strand_id: str | None) -> str | None:
    strand = db.get(Strand, strand_id) if strand_id else None
    return strand.consultation_id if strand else None


def _code_key(keys: RootKeys, code: str) -> bytes:
    """Only whoever has the code, and the configuration, makes this key."""
    return derive(code_digest(keys.invitation, f"answer {code}"), encode("complaint reply"))


def _info(complaint_id: str, person_id: str) -> bytes:
    return encode("complaint", complaint_id, person_id)


def _padded(words: str) -> bytes:
    return json.dumps(words, ensure_ascii=False).encode().ljust(_PADDED)


def _unpadded(plain: bytes) -> str:
    words = json.loads(plain)
    if not isinstance(words, str):
        raise SealingError("This is not a text.")
    return words
