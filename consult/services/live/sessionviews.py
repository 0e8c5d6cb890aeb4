"""What the desk of a live session shows: frozen copies with names of staff, clocks and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid
from consult.models import LiveSession, Person, Strand
from consult.services.actors import Actor, Ruling, visible_consultations
from consult.services.evidence.board import names_of, with_names
from consult.services.gate.planning import team_of
from consult.services.live.livesessions import lacking, leads_on_call, may_note, may_run, sitting_in
from consult.services.participation.helplines import HelpService, emergency_numbers, services_of_strand
from consult.services.participation.permit import Ruling as Answers
from consult.services.participation.sittings import Sitting, meeting_of, noted_in, sitting_of
from consult.services.participation.strandface import permit_of
from safeguards.livesession import Live, Meeting, Phase, follow
from safeguards.measuredservices import PRE_CHECK
from safeguards.plan import Session as Planned
from safeguards.policy import Policy
from safeguards.precheck import Missing, not_closed

__all__ = [
    "Adult",
    "Clock",
    "Listed",
    "SessionView",
    "UnderWay",
    "leads_of",
    "planned_sessions",
    "session_view",
    "under_way",
]


@dataclass(frozen=True, slots=True)
class Adult:
    """An adult of the team: whether planned for this session, there now, or there before."""

    id: str
    name: str
    roles: tuple[str, ...]
    planned: bool
    here: bool
    was_here: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """Times of the page, each None where it does not run: work so far and its limits, and until when to come back."""

    worked: timedelta
    limit: timedelta
    stretch: timedelta
    stretch_limit: timedelta
    runs: bool
    rest_due: bool
    over_length: bool
    back_by: datetime | None
    lead_due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A planned meeting in the list, with how it stands if it was begun."""

    id: str
    starts: datetime
    ends: datetime
    timezone: str
    venue: str
    languages: tuple[str, ...]
    adults: tuple[str, ...]
    session_id: str
    phase: Phase | None
    may_begin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """Everything the desk of one session shows."""

    id: str
    planned: Listed
    live: Live
    code: str
    answers: Answers
    adults: tuple[Adult, ...]
    leads: tuple[tuple[str, str], ...]
    lead: str
    missing: tuple[Missing, ...]
    to_close: tuple[str, ...]
    clock: Clock
    services: tuple[HelpService, ...]
    emergency: Mapping[str, str]
    may_run: Ruling
    may_note: Ruling


def planned_sessions(db: Session, strand: Strand, policy: Policy, now: datetime) -> tuple[Listed, ...]:
    """The meetings of the strand's plan in their order; none while the plan can not be read."""
    try:
        facts = team_of(db, strand)
    except Invalid:
        return ()
    rows = {row.meeting: row for row in db.scalars(select(LiveSession).where(LiveSession.strand_id == strand.id))}
    names = _names(db)
    listed = []
    for session in sorted(facts.sessions, key=lambda each: (each.starts, each.id)):
        row = rows.get(session.id)
        phase = follow(Meeting(facts, session, policy), noted_in(db, row.id), now).phase if row else None
        listed.append(_listed(session, facts.venue, facts.languages, names, row, phase, now))
    return tuple(listed)


def _listed(
    session: Planned,
    venue: str,
    languages: tuple[str, ...],
    names: Mapping[str, str],
    row: LiveSession | None,
    phase: Phase | None,
    now: datetime,
) -> Listed:
    return Listed(
        id=session.id,
        starts=session.starts,
        ends=session.ends,
        timezone=session.timezone,
        venue=session.venue or venue,
        languages=session.languages or languages,
        adults=tuple(names.get(each, each) for each in session.adults),
        session_id=row.id if row else "",
        phase=phase,
        may_begin=row is None and session.starts - PRE_CHECK <= now < session.ends,
    )


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A session that was begun and is not ended, for whoever watches over several."""

    session_id: str
    consultation_id: str
    strand_id: str
    strand: str
    starts: datetime
    timezone: str
    phase: Phase
    urgent: bool


def under_way(db: Session, actor: Actor, policy: Policy, now: datetime) -> tuple[UnderWay, ...]:
    """The sessions within the actor's scope that are not ended: what waits for somebody first."""
    seen = {each.id for each in visible_consultations(db, actor)}
    rows = db.execute(
        select(LiveSession.id, Strand)
        .join(Strand, Strand.id == LiveSession.strand_id)
        .where(Strand.consultation_id.in_(seen))
    ).all()
    found = []
    for session_id, strand in rows:
        sitting = sitting_of(db, session_id, strand, policy)
        live = sitting.live(now) if sitting else None
        if sitting is None or live is None or live.phase is Phase.ENDED:
            continue
        planned, urgent = sitting.meeting.session, bool(live.lead_due or live.back_by) or live.phase is Phase.OVER
        where = (session_id, strand.consultation_id, strand.id, strand.name)
        found.append(UnderWay(*where, planned.starts, planned.timezone, live.phase, urgent))
    return tuple(sorted(found, key=lambda each: (not each.urgent, each.starts, each.session_id)))


def leads_of(db: Session, strand: Strand, planned: str, policy: Policy) -> tuple[str, ...]:
    """Who is called in a planned meeting, by name: the lead on duty first."""
    meeting = meeting_of(db, strand, planned, policy)
    names = _names(db)
    return tuple(names.get(each, each) for each in leads_on_call(meeting)) if meeting else ()


def session_view(db: Session, actor: Actor, session_id: str, policy: Policy, now: datetime) -> SessionView:
    """One session. Raises `NotFound` outside the actor's scope."""
    strand, sitting = sitting_in(db, actor, session_id, policy)
    live, row, names = sitting.live(now), db.get_one(LiveSession, session_id), _names(db)
    facts, session = sitting.meeting.strand, sitting.meeting.session
    permit = permit_of(db, strand.id, policy, session_id)
    waits, known = live.phase in (Phase.WAITING, Phase.BREAK, Phase.PAUSED), partial(with_names, names=names_of(db))
    return SessionView(
        id=session_id,
        planned=_listed(session, facts.venue, facts.languages, names, row, live.phase, now),
        live=replace(live, short=tuple(each.renamed(known) for each in live.short)),
        code=row.code or "",
        answers=permit.ruling(now) if permit else Answers.SHUT,
        adults=_adults(sitting, live, names),
        leads=tuple((each, names.get(each, each)) for each in leads_on_call(sitting.meeting)),
        lead=names.get(live.lead, ""),
        missing=_plain(lacking(db, policy, strand, sitting, now), known) if waits else (),
        to_close=not_closed(live) if live.phase is Phase.CLOSING else (),
        clock=_clock(live),
        services=services_of_strand(db, strand.id, strand.audience, now, policy),
        emergency=emergency_numbers(strand.facts),
        may_run=may_run(db, actor, strand),
        may_note=may_note(db, actor, strand),
    )


def _plain(found: Iterable[Missing], known: Callable[[str], str]) -> tuple[Missing, ...]:
    """Each thing once, people and services by name."""
    return tuple(dict.fromkeys(replace(each, about=known(each.about)) for each in found))


def _names(db: Session) -> dict[str, str]:
    return {row.id: row.name for row in db.execute(select(Person.id, Person.name))}


def _adults(sitting: Sitting, live: Live, names: Mapping[str, str]) -> tuple[Adult, ...]:
    planned = {*sitting.meeting.session.adults, *sitting.meeting.session.practitioners}
    adults = [
        Adult(
            id=member.person,
            name=names.get(member.person, member.person),
            roles=tuple(str(role) for role in member.roles),
            planned=member.person in planned,
            here=member.person in live.present,
            was_here=member.person in live.known,
        )
        for member in sitting.meeting.strand.staff
    ]
    return tuple(sorted(adults, key=lambda each: (not each.planned, each.name)))


def _clock(live: Live) -> Clock:
    return Clock(
        worked=live.worked,
        limit=live.limit,
        stretch=live.stretch,
        stretch_limit=live.stretch_limit,
        runs=live.phase is Phase.RUNNING,
        rest_due=live.rest_due,
        over_length=live.over_length,
        back_by=live.back_by if live.phase is Phase.PAUSED else None,
        lead_due=live.lead_due if live.phase is Phase.PAUSED else None,
    )
