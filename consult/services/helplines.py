"""The help that a page may show: services whose contact test holds (SUP-04), and the emergency number of a place.

Never an unverified number, never another language without saying so: a service stands under each language in which
somebody was reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import ContactTest, StrandService, SupportService
from safeguards.codec import Problem, decode
from safeguards.plan import Channel, Hours, Service
from safeguards.terms import Audience

__all__ = ["HelpService", "all_services", "emergency_numbers", "services_of_strand"]

# P-ANS and P-TEST: a human within ten minutes; tested within 30 days, for audiences S and H within 7.
_MOST_MINUTES = 10
_FRESH = timedelta(days=30)
_FRESH_FOR_THE_MOST_AT_RISK = timedelta(days=7)
_MOST_AT_RISK = (Audience.CHILD_SURVIVORS, Audience.CHILDREN_WHO_CAUSED_HARM)


@dataclass(frozen=True, slots=True)
class HelpService:
    """One service as a page shows it: its channels that were reached, its hours in local time (minutes of the day)."""

    name: str
    channels: tuple[Channel, ...]
    languages: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    hours: tuple[Hours, ...]
    round_the_clock: bool


def services_of_strand(db: Session, strand_id: str, audience: str, now: datetime) -> tuple[HelpService, ...]:
    """The services a strand relies on that can be shown now."""
    rows = db.scalars(
        select(SupportService)
        .join(StrandService, StrandService.service_id == SupportService.id)
        .where(StrandService.strand_id == strand_id)
        .order_by(SupportService.name)
    ).all()
    fresh = _FRESH_FOR_THE_MOST_AT_RISK if audience in _MOST_AT_RISK else _FRESH
    return _shown(db, rows, now, fresh)


def all_services(db: Session, now: datetime) -> tuple[HelpService, ...]:
    """The organisation's whole list that can be shown now, for somebody outside any consultation."""
    rows = db.scalars(select(SupportService).order_by(SupportService.name)).all()
    return _shown(db, rows, now, _FRESH)


def _shown(db: Session, rows: Sequence[SupportService], now: datetime, fresh: timedelta) -> tuple[HelpService, ...]:
    tests: dict[str, list[ContactTest]] = {}
    ids = [row.id for row in rows]
    found = select(ContactTest).where(ContactTest.service_id.in_(ids), ContactTest.tested_at > now - fresh)
    for test in db.scalars(found.order_by(ContactTest.tested_at)):
        tests.setdefault(test.service_id, []).append(test)
    shown = (_service(row, tests.get(row.id, ())) for row in rows)
    return tuple(service for service in shown if service is not None)


def _service(row: SupportService, tests: Iterable[ContactTest]) -> HelpService | None:
    problems: list[Problem] = []
    service = decode(Service, {"id": row.id, "name": row.name, **row.facts}, "service", problems)
    if service is None:
        return None
    latest = {(test.channel, test.language, test.jurisdiction): test for test in tests}
    holding = [test for test in latest.values() if _holds(test)]
    reached = {test.channel for test in holding}
    channels = tuple(channel for channel in service.channels if channel.id in reached and channel.address)
    if not channels:
        return None
    return HelpService(
        name=service.name or row.name,
        channels=channels,
        languages=_in_order(service.languages, {test.language for test in holding}),
        jurisdictions=_in_order(service.jurisdictions, {test.jurisdiction for test in holding}),
        hours=service.hours,
        round_the_clock=service.round_the_clock,
    )


def _holds(test: ContactTest) -> bool:
    return test.reached and test.free and test.minutes <= _MOST_MINUTES


def _in_order(claimed: tuple[str, ...], proven: set[str]) -> tuple[str, ...]:
    return tuple(each for each in claimed if each in proven)


def emergency_numbers(facts: Mapping[str, object]) -> dict[str, str]:
    """Place → emergency number, from the strand's facts; what cannot be read is left out."""
    contacts = facts.get("emergency")
    pairs = [each for each in contacts if isinstance(each, dict)] if isinstance(contacts, list) else []
    return {str(each["jurisdiction"]): str(each["number"]) for each in pairs if each.get("number")}
