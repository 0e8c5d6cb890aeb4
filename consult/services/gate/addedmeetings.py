"""Meetings that were added to a signed part: which count now, and adding one within what was signed.

What the lead signed stays what opens: a meeting that is added is held at another time with adults, place, languages and
length of a signed one, between the first and the last that were signed. Its own safeguards are proven like those of
any other, and the pre-check asks the whole gate about it; without that nobody starts it. Anything else is a new
signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import AddedMeeting, LiveSession, SessionNote, Signature, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, hold_part, record
from safeguards.lifecycle import SIGNED
from safeguards.livesession import Note
from safeguards.record import Meeting
from safeguards.terms import LIVE_MODES, Role

__all__ = ["add_meeting", "added_to", "may_add", "meetings_elsewhere", "running_added", "signed_period", "take_off"]

_ADDING = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR})
#: What a meeting that is added takes over from the signed one, and what it has of its own.
_OWN = frozenset({"id", "starts", "ends"})


def added_to(db: Session, strand: Strand) -> tuple[Mapping[str, Any], ...]:
    """The meetings that were added to the plan that was signed last, as the plan writes sessions, in their order."""
    return _added(db, Strand.id == strand.id).get(strand.id, ()) if strand.mode in LIVE_MODES else ()


def _added(db: Session, of: ColumnElement[bool]) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """The same for every part (id) that this is true of and that has some, in one statement."""
    newest = select(Signature.plan_digest).where(Signature.strand_id == Strand.id)
    signed = newest.order_by(Signature.signed_at.desc(), Signature.id).limit(1).correlate(Strand).scalar_subquery()
    rows = db.scalars(
        select(AddedMeeting)
        .join(Strand, Strand.id == AddedMeeting.strand_id)
        .where(of, AddedMeeting.plan_digest == signed)
    )
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.strand_id, []).append(row.facts)
    return {part: tuple(sorted(these, key=lambda each: (each["starts"], each["id"]))) for part, these in found.items()}


def running_added(db: Session, strand: Strand) -> tuple[Mapping[str, Any], ...]:
    """Those of them that were started and have not ended: from the start on the gate looks at them in every sweep."""
    noted = select(SessionNote.number).where(SessionNote.session_id == LiveSession.id)
    begun = select(LiveSession.meeting).where(
        LiveSession.strand_id == strand.id,
        exists(noted.where(SessionNote.note == Note.STARTED)),
        ~exists(noted.where(SessionNote.note == Note.ENDED)),
    )
    found = added_to(db, strand)
    running = set(db.scalars(begun)) if found else set()
    return tuple(each for each in found if each["id"] in running)


def meetings_elsewhere(db: Session, strand: Strand) -> Iterator[Meeting]:
    """Where and when other parts that are signed meet, of any team; nothing for a part that meets nobody."""
    if strand.mode not in LIVE_MODES:
        return
    others = and_(Strand.id != strand.id, Strand.mode.in_(LIVE_MODES), Strand.state.in_(SIGNED))
    added = _added(db, others)
    for other in db.scalars(select(Strand).where(others).order_by(Strand.id)):
        for session in (*other.facts.get("sessions", ()), *added.get(other.id, ())):
            venue = _venue(other, session)
            if venue:
                starts, ends = (datetime.fromisoformat(session[each]) for each in ("starts", "ends"))
                yield Meeting(strand=other.id, starts=starts, ends=ends, venue=venue)


def may_add(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may add a meeting now."""
    if strand.mode not in LIVE_MODES or strand.state not in SIGNED or not _signed_digest(db, strand):
        return Ruling(ok=False, why=sentence("Meetings are added to a part that is signed and meets people."))
    return Ruling(ok=bool(roles_in(db, actor, strand) & _ADDING), why=sentence("A facilitator adds a meeting."))


def signed_period(strand: Strand) -> tuple[datetime, datetime] | None:
    """From the start of the first meeting that was signed to the end of the last."""
    signed = _signed(strand)
    if not signed:
        return None
    return min(_at(each, "starts") for each in signed), max(_at(each, "ends") for each in signed)


def add_meeting(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, like: str, starts: datetime | None, now: datetime
) -> AddedMeeting:
    """Add a meeting that is like a signed one, at another time.

    Raises `Denied`, and `Invalid` for a time outside the signed period, or at which an adult is in another meeting or
    another part meets in its place: that part would lapse.
    """
    may_add(db, actor, strand).demand()
    model = next((each for each in _signed(strand) if each["id"] == like), None)
    if model is None:
        raise Invalid({"like": [sentence("Choose one of the meetings that were signed.")]})
    if starts is None or starts <= now:
        raise Invalid({"starts": [sentence("Write a day and a time that are still to come.")]})
    ends = starts + (_at(model, "ends") - _at(model, "starts"))
    first, last = signed_period(strand) or (starts, ends)
    if starts < first or ends > last:
        why = sentence(
            "This is outside what was signed: between the first meeting and the last. It needs a new signature."
        )
        raise Invalid({"starts": [why]})
    _must_be_free(db, strand, model, starts, ends)
    meeting = f"{strand.id}-{starts.astimezone(UTC):%Y%m%d-%H%M}"
    taken = {name: value for name, value in model.items() if name not in _OWN}
    row = AddedMeeting(
        strand_id=strand.id,
        plan_digest=_signed_digest(db, strand),
        meeting=meeting,
        facts={**taken, "id": meeting, "starts": starts.isoformat(), "ends": ends.isoformat()},
        added_by=actor.id,
        added_at=now,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.SESSION_ADDED, strand.id, now, {"meeting": meeting})
    return row


def take_off(db: Session, keys: RootKeys, actor: Actor, strand: Strand, meeting: str, now: datetime) -> None:
    """Take a meeting that was added off the list again, before anybody began its pre-check.

    Raises `Denied`, `NotFound` for one that was not added to what is signed now, `Conflict` once it was begun.
    """
    may_add(db, actor, strand).demand()
    hold_part(db, strand.id)  # no pre-check begins meanwhile
    same = (AddedMeeting.strand_id == strand.id, AddedMeeting.meeting == meeting)
    row = db.scalars(select(AddedMeeting).where(*same, AddedMeeting.plan_digest == _signed_digest(db, strand))).first()
    if row is None:
        raise NotFound
    begun = select(LiveSession.id).where(LiveSession.strand_id == strand.id, LiveSession.meeting == meeting)
    if db.scalar(begun) is not None:
        raise Conflict(sentence("Its pre-check has begun already. A session that is not started is held by nobody."))
    db.delete(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.SESSION_TAKEN_OFF, strand.id, now, {"meeting": meeting})


def _must_be_free(db: Session, strand: Strand, model: Mapping[str, Any], starts: datetime, ends: datetime) -> None:
    """Its adults, and its place: a part that meets there already would lapse."""
    if _somebody_is_elsewhere((*_signed(strand), *added_to(db, strand)), model, starts, ends):
        raise Invalid({"starts": [sentence("One of its adults is in another meeting of this part at that time.")]})
    if any(each.takes(_venue(strand, model), starts, ends) for each in meetings_elsewhere(db, strand)):
        raise Invalid({"starts": [sentence("Another group meets in the same place at that time.")]})


def _somebody_is_elsewhere(
    others: Iterable[Mapping[str, Any]], model: Mapping[str, Any], starts: datetime, ends: datetime
) -> bool:
    adults = set(model.get("adults") or ())
    return any(
        adults & set(each.get("adults") or ()) and starts < _at(each, "ends") and _at(each, "starts") < ends
        for each in others
    )


def _signed(strand: Strand) -> tuple[Mapping[str, Any], ...]:
    return tuple(strand.facts.get("sessions") or ())


def _venue(strand: Strand, session: Mapping[str, Any]) -> str:
    return session.get("venue") or strand.facts.get("venue") or ""


def _at(session: Mapping[str, Any], end: str) -> datetime:
    return datetime.fromisoformat(session[end])


def _signed_digest(db: Session, strand: Strand) -> str:
    """The digest of the plan that was signed last; empty before a signature."""
    newest = select(Signature.plan_digest).where(Signature.strand_id == strand.id)
    return db.scalars(newest.order_by(Signature.signed_at.desc(), Signature.id)).first() or ""
