"""The help that a page may show: services whose contact test holds (SUP-04), and the emergency number of a place.

Never an unverified number, never another language without saying so: a service stands under each language in which
somebody was reached. Nobody alone puts a number before participants or keeps it there: a service is shown as it was
when a lead signed a part that relies on it, with those of its channels that the directory still has, and a call that
waits for a second person counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Text, bindparam, cast, func, select
from sqlalchemy.orm import Session

from consult.models import ContactTest, StrandKey, StrandService, SupportService
from safeguards.codec import Problem, decode, encode
from safeguards.openinghours import open_spans
from safeguards.plan import Channel, Hours, Service
from safeguards.policy import Policy

__all__ = [
    "HelpService",
    "all_services",
    "emergency_numbers",
    "keep_as_signed",
    "services_of_strand",
    "tests_hold_until",
    "unsigned_services_of_strand",
]


@dataclass(frozen=True, slots=True)
class HelpService:
    """One service as a page shows it: its channels that were reached, its hours in local time (minutes of the day)."""

    name: str
    channels: tuple[Channel, ...]
    languages: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    hours: tuple[Hours, ...]
    round_the_clock: bool
    timezone: str

    def answers_at(self, now: datetime) -> bool:
        """Whether somebody answers at this moment, by its own hours and clock."""
        return self.round_the_clock or _within(self.hours, self.timezone, now.replace(second=0, microsecond=0))


def services_of_strand(
    db: Session, strand_id: str, audience: str, now: datetime, policy: Policy
) -> tuple[HelpService, ...]:
    """The services a strand relies on that can be shown now, as a lead has signed them."""
    rows = db.execute(_OF_STRAND, {"strand_id": strand_id}).all()
    return _shown(db, _as_signed(rows), now - timedelta(days=policy.p("P-TEST", audience)), policy.p("P-ANS"))


def unsigned_services_of_strand(
    db: Session, strand_id: str, audience: str, now: datetime, policy: Policy
) -> tuple[HelpService, ...]:
    """The same as the directory has them now, for staff who prepare what will be signed; never for participants."""
    rows = db.execute(_OF_STRAND, {"strand_id": strand_id}).all()
    return _shown(db, _as_it_is(rows), now - timedelta(days=policy.p("P-TEST", audience)), policy.p("P-ANS"))


def keep_as_signed(db: Session, services: Sequence[Service]) -> None:
    """Keep how these services are in the plan that a lead has just signed to open."""
    for service in services:
        signed: Any = encode(service)
        db.get_one(SupportService, service.id).signed = signed


def tests_hold_until(db: Session, strand_id: str, audience: str, now: datetime, policy: Policy) -> datetime | None:
    """When the oldest contact test that counts now becomes too old, and the services shown may be others; None: never.

    Every test counts here, failed ones too, so it is never too late.
    """
    lasts = timedelta(days=policy.p("P-TEST", audience))
    oldest = db.scalar(_OLDEST_TEST, {"strand_id": strand_id, "since": now - lasts})
    return oldest + lasts if oldest else None


def all_services(db: Session, now: datetime, policy: Policy) -> tuple[HelpService, ...]:
    """Those that can be shown now to somebody outside any consultation: of parts signed to open, closed ones too.

    Nothing where none has been signed yet: the page then says the number of the country, and whom to tell.
    """
    rows = db.execute(_SIGNED).all()
    return _shown(db, _as_signed(rows), now - timedelta(days=policy.p("P-TEST")), policy.p("P-ANS"))


def emergency_numbers(facts: Mapping[str, object]) -> dict[str, str]:
    """Place → emergency number, from the strand's facts; what cannot be read is left out."""
    contacts = facts.get("emergency")
    pairs = [each for each in contacts if isinstance(each, dict)] if isinstance(contacts, list) else []
    return {str(each["jurisdiction"]): str(each["number"]) for each in pairs if each.get("number")}


#: Statements are written once: they are asked for at every step of every participant.
_ALL = select(
    SupportService.id,
    SupportService.name,
    cast(SupportService.facts, Text).label("facts"),
    cast(SupportService.signed, Text).label("signed"),
).order_by(SupportService.name)
_SIGNED = _ALL.where(
    SupportService.id.in_(
        select(StrandService.service_id).join(StrandKey, StrandKey.strand_id == StrandService.strand_id)
    )
)
_OF_STRAND = _ALL.join(StrandService, StrandService.service_id == SupportService.id).where(
    StrandService.strand_id == bindparam("strand_id")
)
_TESTS = (
    select(*ContactTest.__table__.c)
    .where(
        ContactTest.service_id.in_(bindparam("ids", expanding=True)),
        ContactTest.tested_at > bindparam("since"),
        ContactTest.waits.is_(False),
    )
    .order_by(ContactTest.tested_at)
)
_OLDEST_TEST = (
    select(func.min(ContactTest.tested_at))
    .join(StrandService, StrandService.service_id == ContactTest.service_id)
    .where(StrandService.strand_id == bindparam("strand_id"), ContactTest.tested_at > bindparam("since"))
)


def _as_it_is(rows: Sequence[Any]) -> list[Service]:
    found = (_read(row.id, row.name, row.facts) for row in rows)
    return [service for service in found if service is not None]


def _as_signed(rows: Sequence[Any]) -> list[Service]:
    """What was signed, less what the directory no longer has: one person takes a number away, none brings one alone.

    Another number or address is another channel, under another id (`directory.change_service`).
    """
    found = ((_read(row.id, row.name, row.facts), _read(row.id, "", row.signed or "null")) for row in rows)
    return [_less(signed, now) for now, signed in found if now and signed]


def _less(signed: Service, now: Service) -> Service:
    return replace(
        signed,
        channels=tuple(each for each in signed.channels if each.id in {channel.id for channel in now.channels}),
        languages=tuple(each for each in signed.languages if each in now.languages),
        jurisdictions=tuple(each for each in signed.jurisdictions if each in now.jurisdictions),
    )


def _shown(db: Session, services: Sequence[Service], since: datetime, most_minutes: int) -> tuple[HelpService, ...]:
    tests: dict[str, list[Row[Any]]] = {}
    for test in db.execute(_TESTS, {"ids": [each.id for each in services], "since": since}):
        tests.setdefault(test.service_id, []).append(test)
    shown = (_reached(each, _holding(tests.get(each.id, []), most_minutes)) for each in services)
    return tuple(service for service in shown if service is not None)


@lru_cache(maxsize=256)
def _within(hours: tuple[Hours, ...], timezone: str, minute: datetime) -> bool:
    """Asked at every page, so it is reckoned once a minute."""
    return bool(open_spans(hours, timezone, minute, minute + timedelta(minutes=1)))


@lru_cache(maxsize=256)
def _read(service_id: str, name: str, facts: str) -> Service | None:
    """What is stored of a service, read once as long as it stays the same; `name` is empty where the facts have it."""
    stored, problems = json.loads(facts), list[Problem]()
    if not isinstance(stored, dict):
        return None
    return decode(Service, {**stored, "id": service_id, "name": name or stored.get("name")}, "service", problems)


def _reached(service: Service, holding: Sequence[Any]) -> HelpService | None:
    reached = {test.channel for test in holding}
    channels = tuple(channel for channel in service.channels if channel.id in reached and channel.address)
    if not channels:
        return None
    there = {channel.id for channel in channels}
    counting = [test for test in holding if test.channel in there]  # a channel that is gone speaks no language any more
    return HelpService(
        name=service.name,
        channels=channels,
        languages=_in_order(service.languages, {test.language for test in counting}),
        jurisdictions=_in_order(service.jurisdictions, {test.jurisdiction for test in counting}),
        hours=service.hours,
        round_the_clock=service.round_the_clock,
        timezone=service.timezone,
    )


def _holding(tests: Sequence[Any], most_minutes: int) -> list[Row[Any]]:
    """The tests, oldest first in, that passed and that no later one speaks against."""
    holding: list[Row[Any]] = []
    for test in tests:
        if test.reached and test.free and test.minutes <= most_minutes:
            holding.append(test)
        else:
            holding = [each for each in holding if not _against(test, each)]
    return holding


def _against(failed: Row[Any], passed: Row[Any]) -> bool:
    """A test that failed speaks against every language and place of its channel that it does not name otherwise.

    Where nobody answered, nobody answered in any language.
    """
    return (
        failed.channel == passed.channel
        and (not failed.reached or failed.language in ("", passed.language))
        and failed.jurisdiction in ("", passed.jurisdiction)
    )


def _in_order(claimed: tuple[str, ...], proven: set[str]) -> tuple[str, ...]:
    return tuple(each for each in claimed if each in proven)
