"""The directory of support services: what they offer, and calls that show whether somebody really answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import ContactTest, Person, Strand, StrandService, SupportService
from consult.models.base import new_id
from consult.sealing.root import AuditKey, RootKeys
from consult.services.actors import Actor, Ruling
from consult.services.auditing import Verb, hold, record
from consult.services.gate.planning import check_service
from consult.services.help.contacttests import is_another, needs_another
from consult.services.people.onboarding import WITNESS_ROLES
from consult.services.signed.running import PEOPLE_INSIDE, reconsider
from consult.services.telling import Duties, end, put_down
from safeguards.policy import Policy
from safeguards.telling import Matter
from safeguards.terms import Role

__all__ = [
    "ServiceView",
    "TestValues",
    "TestView",
    "WaitingCall",
    "change_service",
    "confirm_tests",
    "log_contact_test",
    "may_confirm",
    "may_keep",
    "may_test",
    "save_service",
    "service",
    "services",
    "waiting_calls",
]

_KEEPERS = (Role.LEAD_FACILITATOR, Role.SAFEGUARDING_LEAD, Role.ORGANISATION_MANAGER)
_TESTERS = (Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.SAFEGUARDING_LEAD)
#: Where nobody else notes calls, those confirm them of whom every installation has one that no administrator invited.
_CONFIRMERS = (*_TESTERS, *sorted(WITNESS_ROLES))
_NAME_TAKEN = sentence("Another service has this name already.")


@dataclass(frozen=True, slots=True)
class TestValues:
    """A call to a service's channel: did a human answer, how fast, in which language, from where, free of charge."""

    __test__ = False  # not a test of ours

    service_id: str
    channel: str
    reached: bool
    minutes: int
    language: str
    jurisdiction: str
    free: bool


@dataclass(frozen=True, slots=True)
class TestView:
    """A call that was noted, and who confirmed it. While it `waits` for another person it counts for nothing."""

    __test__ = False

    id: str
    channel: str
    at: datetime
    by: str
    confirmed_by: str
    waits: bool
    reached: bool
    minutes: int
    language: str
    jurisdiction: str
    free: bool


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service of the directory with its calls, newest first. `seen` is what `change_service` compares."""

    id: str
    name: str
    facts: Mapping[str, Any]
    tests: tuple[TestView, ...]

    @property
    def waiting(self) -> tuple[TestView, ...]:
        """The calls that wait for a second person; a later call of the same kind takes the place of an earlier one."""
        newest = {(each.channel, each.language, each.jurisdiction): each for each in reversed(self.tests)}
        return tuple(each for each in newest.values() if each.waits)

    @property
    def seen(self) -> str:
        """A hash of what the directory says now."""
        return hashlib.sha256(json.dumps([self.name, self.facts], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that waits for a second person: whether the actor can be it; if not, the names of others who are asked."""

    call: TestView
    ruling: Ruling
    others: tuple[str, ...]


def may_keep(actor: Actor) -> Ruling:
    """Whether the actor may change the directory."""
    return Ruling(
        ok=actor.has(*_KEEPERS),
        why=sentence("Only facilitators, leads and the organisation manager change the directory."),
    )


def may_test(actor: Actor) -> Ruling:
    """Whether the actor may note calls to services."""
    return Ruling(ok=actor.has(*_TESTERS), why=sentence("Facilitators and leads test the services."))


def may_confirm(actor: Actor) -> Ruling:
    """Whether the actor may confirm calls that others noted."""
    return Ruling(
        ok=actor.has(*_CONFIRMERS),
        why=sentence(
            "Facilitators and leads confirm calls, and the independent approver, the organisation manager and the "
            "data-protection lead."
        ),
    )


def services(db: Session) -> tuple[ServiceView, ...]:
    """The whole directory by name."""
    return tuple(_view(db, row) for row in db.scalars(select(SupportService).order_by(SupportService.name)))


def service(db: Session, service_id: str) -> ServiceView:
    """One service. Raises `NotFound`."""
    return _view(db, _found(db, service_id))


def waiting_calls(db: Session, actor: Actor, found: ServiceView) -> tuple[WaitingCall, ...]:
    """The calls to a service that wait for a second person, as the actor sees them."""
    duties, calls = Duties(db), []
    for call in found.waiting:
        test = db.get_one(ContactTest, call.id)
        ruling = _may_confirm(db, actor, test)
        asked = frozenset() if ruling.ok else _asked(db, duties, test, actor)
        people = select(Person.name).where(Person.id.in_(asked)).order_by(Person.name)
        calls.append(WaitingCall(call, ruling, tuple(db.scalars(people))))
    return tuple(calls)


def _may_confirm(db: Session, actor: Actor, test: ContactTest) -> Ruling:
    ruling = may_confirm(actor)
    return is_another(db, test, actor.id) if ruling.ok else ruling


def _asked(db: Session, duties: Duties, test: ContactTest, actor: Actor) -> frozenset[str]:
    """Who else is asked to confirm it: facilitators and leads who can; where there are none, whoever can."""
    for roles in (_TESTERS, WITNESS_ROLES):
        able = {each for each in duties.holders(roles) - {actor.id} if is_another(db, test, each).ok}
        if able:
            return frozenset(able)
    return frozenset()


def _view(db: Session, row: SupportService) -> ServiceView:
    second = aliased(Person)
    rows = db.execute(
        select(ContactTest, Person.name, second.name)
        .join(Person, Person.id == ContactTest.tested_by)
        .outerjoin(second, second.id == ContactTest.confirmed_by)
        .where(ContactTest.service_id == row.id)
        .order_by(ContactTest.tested_at.desc(), ContactTest.id)
    )
    tests = tuple(_test_view(test, name, confirmed_by or "") for test, name, confirmed_by in rows)
    return ServiceView(row.id, row.name, dict(row.facts), tests)


def _test_view(test: ContactTest, by: str, confirmed_by: str) -> TestView:
    return TestView(
        id=test.id,
        channel=test.channel,
        at=test.tested_at,
        by=by,
        confirmed_by=confirmed_by,
        waits=test.waits,
        reached=test.reached,
        minutes=test.minutes,
        language=test.language,
        jurisdiction=test.jurisdiction,
        free=test.free,
    )


def save_service(
    db: Session, key: AuditKey, actor: Actor, name: str, facts: Mapping[str, Any], now: datetime
) -> SupportService:
    """Add a support service to the directory. It is shown to nobody until a contact test holds."""
    may_keep(actor).demand()
    _check(name, facts)
    row = SupportService(name=name.strip(), facts=dict(facts))
    db.add(row)
    _stored(db)
    record(db, key, actor.id, Verb.SERVICE_SAVED, row.id, now)
    return row


def change_service(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    service_id: str,
    seen: str,
    name: str,
    facts: Mapping[str, Any],
    now: datetime,
) -> SupportService:
    """Change a service. It stands in signed plans, so open strands that rely on it are looked at again at once.

    A channel with another number or address is another channel: calls that were noted before say nothing of it.
    """
    may_keep(actor).demand()
    row = _found(db, service_id)
    if _view(db, row).seen != seen:
        raise Conflict("Somebody else changed this service while you were working on it. Look again, then save.")
    _check(name, facts)
    row.name, row.facts = name.strip(), {**facts, "channels": _channels(row.facts, facts)}
    _stored(db)
    record(db, keys.audit, actor.id, Verb.SERVICE_SAVED, row.id, now)
    reconsider(db, keys, policy, _relying(db, service_id), now, actor.id)
    return row


def _channels(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The channels as they are now, under an id that only the same number or address had before."""
    known = {_way(each) for each in before.get("channels", ())}
    return [{**each, "id": each["id"] if _way(each) in known else new_id()} for each in after.get("channels", ())]


def _way(channel: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(channel.get(name) for name in ("id", "kind", "address"))


def _check(name: str, facts: Mapping[str, Any]) -> None:
    if not name.strip():
        raise Invalid({"name": [sentence("Write the name of the service as participants know it.")]})
    check_service({**facts, "id": "new", "name": name.strip()})


def _stored(db: Session) -> None:
    try:
        db.flush()
    except IntegrityError as error:
        raise Invalid({"name": [_NAME_TAKEN]}) from error


def log_contact_test(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, values: TestValues, now: datetime
) -> ContactTest:
    """Note a call to a service. A failed one closes at once what relies on it.

    One that was answered counts when another person stands behind the number too (`contacttests.needs_another`).
    """
    may_test(actor).demand()
    row = _found(db, values.service_id)
    _check_test(row, values)
    hold(db)
    test = ContactTest(
        service_id=values.service_id,
        channel=values.channel,
        tested_at=now,
        tested_by=actor.id,
        reached=values.reached,
        minutes=values.minutes,
        language=values.language,
        jurisdiction=values.jurisdiction,
        free=values.free,
    )
    test.waits = needs_another(db, policy, test)
    db.add(test)
    db.flush()
    record(db, keys.audit, actor.id, Verb.SERVICE_TESTED, row.id, now, {"reached": "yes" if values.reached else "no"})
    _tell_of_waiting(db, actor, row, now)
    reconsider(db, keys, policy, _relying(db, values.service_id), now, actor.id)
    return test


def confirm_tests(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, service_id: str, test_ids: Collection[str], now: datetime
) -> int:
    """Confirm calls that another person noted, how many: they count from the day on which they were made.

    Raises `Denied` also for a call that the actor noted, `NotFound` for one of no such service, `Invalid` for none.
    """
    may_confirm(actor).demand()
    if not test_ids:
        raise Invalid({"": [sentence("Tick the calls that you made sure of.")]})
    row = _found(db, service_id)
    hold(db, row)
    for test_id in test_ids:
        test = db.get(ContactTest, test_id, populate_existing=True)
        if test is None or test.service_id != service_id:
            raise NotFound
        _may_confirm(db, actor, test).demand()
        if test.waits:
            test.waits, test.confirmed_by = False, actor.id
            db.flush()
            record(db, keys.audit, actor.id, Verb.SERVICE_TEST_CONFIRMED, service_id, now)
    _tell_of_waiting(db, actor, row, now)
    reconsider(db, keys, policy, _relying(db, service_id), now, actor.id)
    return len(test_ids)


def _tell_of_waiting(db: Session, actor: Actor, row: SupportService, now: datetime) -> None:
    """Who is asked to confirm it, once a day however many calls were made; or that nothing waits any more."""
    waiting = [db.get_one(ContactTest, each.id) for each in _view(db, row).waiting]
    if not waiting:
        end(db, Matter.CALL_WAITS, row.id, now)
    duties = Duties(db)
    people = frozenset[str]().union(*(_asked(db, duties, test, actor) for test in waiting))
    put_down(db, Matter.CALL_WAITS, people, now, subject=row.id, occasion=now.date().isoformat())


def _check_test(row: SupportService, values: TestValues) -> None:
    problems: dict[str, list[str]] = {}
    if values.channel not in {channel["id"] for channel in row.facts.get("channels", ())}:
        problems["channel"] = [sentence("Choose one of the service's channels.")]
    if values.language not in row.facts["languages"]:
        problems["language"] = [sentence("Choose a language that the service says it speaks.")]
    if values.jurisdiction not in row.facts["jurisdictions"]:
        problems["jurisdiction"] = [sentence("Choose a place that the service says it serves.")]
    if values.minutes < 0:
        problems["minutes"] = [sentence("Write the minutes until a person answered, 0 or more.")]
    if problems:
        raise Invalid(problems)


def _found(db: Session, service_id: str) -> SupportService:
    row = db.get(SupportService, service_id)
    if row is None:
        raise NotFound
    return row


def _relying(db: Session, service_id: str) -> list[Strand]:
    rows = select(Strand).join(StrandService, StrandService.strand_id == Strand.id)
    return list(db.scalars(rows.where(StrandService.service_id == service_id, PEOPLE_INSIDE)))
