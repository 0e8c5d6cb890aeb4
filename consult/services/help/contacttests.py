"""When each service has to be called again, and which calls wait for a second person (SUP-04, P-TEST, decision 0048).

`due` is what a page lists and what a reminder tells; nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import sentence
from consult.models import AuditEvent, ContactTest, Person, Strand, StrandService, StrandState, SupportService
from consult.services.actors import Ruling
from consult.services.auditing import Verb
from consult.services.keys.confirming import inviters
from safeguards.policy import Policy

__all__ = ["REMIND_BEFORE", "Call", "due", "is_another", "needs_another"]

REMIND_BEFORE = timedelta(days=7)
"""So long before a test ends, the next call is due."""

#: Parts that rely on a service now or will: what is over needs no call.
_RELYING = (
    StrandState.DRAFT,
    StrandState.GATE_PENDING,
    StrandState.DECIDED,
    StrandState.OPEN,
    StrandState.SUSPENDED,
)


_CAME_LATER = sentence("You joined after this call was made. Somebody who was here before can confirm it.")
_INVITED = sentence(
    "One person may be behind both accounts: one of you invited the other, or somebody invited you both. "
    "A safeguarding lead whose key is confirmed can confirm it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to make: which channel, in which language, from where, and by when. None: it was never answered.

    `closes`: how many open parts stop taking answers when it is not made in time. `waits`: it was made, and counts as
    soon as another person confirms it.
    """

    service_id: str
    service: str
    channel: str
    language: str
    place: str
    by: datetime | None
    late: bool
    closes: int
    waits: bool


def due(db: Session, policy: Policy, now: datetime, within: timedelta = REMIND_BEFORE) -> tuple[Call, ...]:
    """The calls to make until `within` from now, for services that a part relies on: what is late first."""
    relied = _relied_on(db)
    services = db.scalars(select(SupportService).where(SupportService.id.in_(relied)).order_by(SupportService.name))
    calls = [call for row in services for call in _calls(db, row, relied[row.id], policy, now)]
    soon = [call for call in calls if call.by is None or call.by <= now + within]
    return tuple(sorted(soon, key=lambda call: (call.by is not None, call.by or now, call.service, call.language)))


def needs_another(db: Session, policy: Policy, test: ContactTest) -> bool:
    """Whether a call that is to be noted proves nothing before another person confirms it.

    A failed one needs nobody. One that was answered stands by itself where it renews a call that has not run out, and
    that another person noted or confirmed. Where parts hold to different times, the shortest counts.
    """
    if not _passed(test, policy):
        return False
    before = _last(_tests_of(db, test.service_id), test.channel, test.language, test.jurisdiction)
    if before is None or not _passed(before, policy):
        return True
    lasts = _lasts(_relied_on(db).get(test.service_id, []), policy)
    if before.tested_at + lasts <= test.tested_at:
        return True
    return before.confirmed_by in {None, test.tested_by} and not is_another(db, before, test.tested_by).ok


def is_another(db: Session, test: ContactTest, person_id: str) -> Ruling:
    """Whether the person is another human than who noted the call, as far as the program can know.

    An account made after the call may be a new one of the same person. Behind an account whose key nobody else has
    confirmed may be whoever invited it, itself or through accounts that it invited (decision 0054).
    """
    noted_by = test.tested_by
    if person_id == noted_by:
        return Ruling(ok=False, why=sentence("You noted this call yourself. Another person has to confirm it."))
    joined = select(func.min(AuditEvent.at)).where(AuditEvent.subject == person_id)
    since = db.scalar(joined.where(AuditEvent.verb == Verb.PERSON_JOINED))
    if since is None or since > test.tested_at:
        return Ruling(ok=False, why=_CAME_LATER)
    alone = _hands(db, noted_by) & _hands(db, person_id)
    return Ruling(ok=not alone, why=_INVITED if alone else "")


def _hands(db: Session, person_id: str) -> frozenset[str]:
    """Who may be behind an account: its owner, and until its key is confirmed whoever stands behind its invitation."""
    known = db.get_one(Person, person_id).confirmed_by is not None
    return frozenset({person_id}) | (frozenset() if known else inviters(db, person_id))


def _relied_on(db: Session) -> dict[str, list[Strand]]:
    rows = db.execute(
        select(StrandService.service_id, Strand)
        .join(Strand, Strand.id == StrandService.strand_id)
        .where(Strand.state.in_(_RELYING))
    )
    found: dict[str, list[Strand]] = {}
    for service_id, strand in rows:
        found.setdefault(service_id, []).append(strand)
    return found


def _lasts(parts: Iterable[Strand], policy: Policy) -> timedelta:
    days = (policy.p("P-TEST", part.audience) for part in parts)
    return timedelta(days=min(days, default=policy.p("P-TEST")))


def _tests_of(db: Session, service_id: str) -> list[ContactTest]:
    """Oldest first; of two at once the one that was not answered is the later one."""
    rows = db.scalars(select(ContactTest).where(ContactTest.service_id == service_id))
    return sorted(rows, key=lambda test: (test.tested_at, not test.reached, test.id))


def _calls(db: Session, row: SupportService, parts: list[Strand], policy: Policy, now: datetime) -> Iterator[Call]:
    tests = _tests_of(db, row.id)
    counting = [test for test in tests if not test.waits]
    lasts = _lasts(parts, policy)
    opened = sum(part.state == StrandState.OPEN for part in parts)
    languages = [code for code in row.facts["languages"] if _asked(parts, "languages", code)]
    places = [code for code in row.facts["jurisdictions"] if _asked(parts, "jurisdictions", code)]
    for channel, language, place in product(row.facts.get("channels", ()), languages, places):
        last = _last(counting, channel["id"], language, place)
        newest = _last(tests, channel["id"], language, place)
        by = last.tested_at + lasts if last and _passed(last, policy) else None
        yield Call(
            service_id=row.id,
            service=row.name,
            channel=channel.get("address") or channel["id"],
            language=language,
            place=place,
            by=by,
            late=by is None or by <= now,
            closes=opened,
            waits=newest is not None and newest.waits and now < newest.tested_at + lasts,
        )


def _asked(parts: Iterable[Strand], fact: str, code: str) -> bool:
    return any(code in part.facts.get(fact, ()) for part in parts)


def _last(tests: Iterable[ContactTest], channel: str, language: str, place: str) -> ContactTest | None:
    """The last test about them: where nobody answered, nobody answered in any language."""
    about = [t for t in tests if t.channel == channel and t.jurisdiction == place]
    return next((t for t in reversed(about) if t.language == language or not t.reached), None)


def _passed(test: ContactTest, policy: Policy) -> bool:
    return test.reached and test.free and test.minutes <= policy.p("P-ANS")
