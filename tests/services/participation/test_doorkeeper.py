"""A door that was kept is the door as it is: every change shows at the next request, and so does time alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, delete, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consult.database import connect, read, write
from consult.models import (
    Base,
    Consultation,
    ContactTest,
    GuardianWaiver,
    Person,
    Recusal,
    Signature,
    Strand,
    StrandService,
    StrandState,
    SupportService,
    TriageClock,
)
from consult.services.participation.doorkeeper import Doorkeeper
from consult.services.participation.permit import Ruling
from consult.services.participation.strandface import Door, door
from safeguards.policyfile import default
from tests import factories
from tests.web.participate.world import LANGUAGES, NOW, World, call, open_strand

POLICY = default()


@pytest.fixture
def world(engine: Engine) -> World:
    return open_strand(engine)


@pytest.fixture
def keeper(world: World) -> Doorkeeper:
    return Doorkeeper(world.engine)


def anew(world: World, now: object = NOW) -> Door:
    with read(world.engine) as db:
        found = door(db, world.strand_id, now)  # type: ignore[arg-type]
    assert found is not None
    return found


def same(kept: Door | None, fresh: Door) -> bool:
    assert kept is not None
    names = set(Door.__slots__) - {"edition", "reading", "face"}
    return all(getattr(kept, name) == getattr(fresh, name) for name in names) and kept.face == fresh.face


def failed_test(db: Session) -> None:
    service = db.query(SupportService).one()
    for language in LANGUAGES:
        db.add(call(service.id, "line", language, "KE", NOW, reached=False, minutes=0))


def signed_again(db: Session) -> None:
    old = db.query(Signature).one()
    values = {c.name: getattr(old, c.name) for c in Signature.__table__.columns if c.name != "id"}
    db.add(Signature(**{**values, "signed_at": NOW, "decision": "REFUSE"}))


def signed_under_another_name(db: Session) -> None:
    service = db.query(SupportService).one()
    service.signed = {**(service.signed or {}), "name": "Another line"}


def without_a_number(db: Session) -> None:
    service = db.query(SupportService).one()
    service.facts = {**service.facts, "channels": service.facts["channels"][:1]}


def values(model: type[Base], **changed: object) -> Callable[[Session], None]:
    def change(db: Session) -> None:
        for row in db.query(model):
            for name, value in changed.items():
                setattr(row, name, value)

    return change


def another_policy(db: Session) -> None:
    for name in ("lead", "approver"):
        factories.person(db, name)
    factories.policy_decision(db, factories.policy_proposal(db, "proposed", {"P-WD": {"form": 28}}))


CHANGES: dict[str, Callable[[Session], None]] = {
    "paused": values(Strand, state=StrandState.SUSPENDED),
    "may finish": values(Strand, state=StrandState.SUSPENDED, finish_by=NOW + timedelta(minutes=5)),
    "another code": values(Strand, entry_code="11112222"),
    "decided anew": signed_again,
    "nobody answered the phone": failed_test,
    "a test taken out": lambda db: db.execute(delete(ContactTest).where(ContactTest.language == "fr")),  # type: ignore[dict-item, return-value]
    "a service signed under another name": signed_under_another_name,
    "a number taken out": without_a_number,
    "no service": lambda db: db.execute(delete(StrandService)),  # type: ignore[dict-item, return-value]
    "promised later": values(Consultation, feedback_due=date(2026, 12, 1)),
    "taken back until later": another_policy,
    "own words wait too long": lambda db: db.add(
        TriageClock(strand_id=db.query(Strand).one().id, waiting_since=NOW - timedelta(days=30))
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_shows_at_the_next_request(
    world: World, keeper: Doorkeeper, change: Callable[[Session], None]
) -> None:
    before = keeper.door(world.strand_id, NOW)
    assert same(before, anew(world))
    assert keeper.door(world.strand_id, NOW) is before  # it was kept: else this test would show nothing
    with write(world.engine) as db:
        change(db)
    fresh = anew(world)
    assert not same(before, fresh)
    assert same(keeper.door(world.strand_id, NOW), fresh)


def test_a_change_that_was_undone_is_none_and_one_by_plain_sql_counts(world: World, keeper: Doorkeeper) -> None:
    kept = keeper.door(world.strand_id, NOW)
    with world.engine.connect() as connection:
        connection.execute(text("UPDATE strands SET state = 'suspended'"))
    assert keeper.door(world.strand_id, NOW) is kept
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE strands SET state = 'suspended'"))
    shut = keeper.door(world.strand_id, NOW)
    assert shut is not None
    assert shut.ruling is Ruling.SHUT


@pytest.mark.parametrize("days", [0, 5, 15, 20, 25, 45])
def test_time_alone_shuts_a_kept_door_and_takes_old_contact_tests_away(
    world: World, keeper: Doorkeeper, days: int
) -> None:
    assert keeper.door(world.strand_id, NOW) is not None
    later = NOW + timedelta(days=days)
    assert same(keeper.door(world.strand_id, later), anew(world, later))
    assert same(keeper.door(world.strand_id, NOW), anew(world))  # a clock that was set back


def test_an_unknown_strand_has_no_door_until_it_is_there(world: World, keeper: Doorkeeper) -> None:
    assert keeper.door("nobody", NOW) is None
    other = open_strand(world.engine, code="99998888", beside=world)
    assert keeper.door(other.strand_id, NOW) is not None


def waived_everywhere(db: Session) -> None:
    """Codes of guardians, and a waiver for everybody that a lead and the approver agreed to."""
    strand = db.query(Strand).one()
    strand.facts = {**strand.facts, "guardian_age": 16}
    for name in ("lead", "approver"):
        factories.person(db, name)
    agreed = {"lead_id": "lead", "lead_at": NOW, "approver_id": "approver", "approver_at": NOW}
    what = {"jurisdiction": "KE", "code": "W4", "grounds": "no safe guardian", "everyone": True}
    proved = {"law_allows": True, "independent_adult": True, "support_worker": True}
    db.add(GuardianWaiver(strand_id=strand.id, proposed_by="author", proposed_at=NOW, **what, **proved, **agreed))


def test_codes_are_asked_again_at_once_when_whoever_agreed_to_a_waiver_is_kept_out(world: World) -> None:
    with write(world.engine) as db:
        waived_everywhere(db)
    keeper = Doorkeeper(world.engine)
    before = keeper.door(world.strand_id, NOW)
    assert before is not None
    assert not before.needs_guardian("13_14", "KE", NOW)
    with write(world.engine) as db:
        where = db.get_one(Strand, world.strand_id).consultation_id
        said = {"reason": "A relative.", "declared_by": "lead", "declared_at": NOW}
        db.add(Recusal(consultation_id=where, person_id="lead", **said))
    after = keeper.door(world.strand_id, NOW)
    assert after is not None
    assert after.needs_guardian("13_14", "KE", NOW)


def test_whatever_a_door_is_read_from_counts_its_changes(world: World) -> None:
    """A table that somebody reads for a door later on has to be watched by a migration first."""
    asked: list[str] = []
    engine = connect(world.engine.url.render_as_string(hide_password=False))
    event.listen(engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    live = open_strand(world.engine, mode="PG", code="99998888", beside=world)
    with write(world.engine) as db:
        strand = db.get_one(Strand, live.strand_id)
        strand.facts = {**strand.facts, "duty": {"lead": "lead-1"}}
        young = db.get_one(Strand, world.strand_id)
        young.facts = {**young.facts, "guardian_age": 16}
    with read(engine) as db:
        for each in (world, live):
            assert door(db, each.strand_id, NOW, POLICY) is not None
    engine.dispose()
    tables = {name for name in Base.metadata.tables if re.search(rf"\b(FROM|JOIN) {name}\b", " ".join(asked))}
    assert "people" in tables
    assert {"contact_tests", "guardian_waivers", "recusals"} <= tables
    assert {name for name in tables if not _counts(world.engine, name)} == set()


def _counts(engine: Engine, table: str) -> bool:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            found = text("SELECT count(*) FROM pg_trigger WHERE tgname LIKE :name AND tgenabled = 'O'")
        else:
            found = text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE :name")
        events = 4 if engine.dialect.name == "postgresql" else 3  # PostgreSQL alone has TRUNCATE
        return connection.execute(found, {"name": f"{table}_next_edition_%"}).scalar_one() == events


@pytest.mark.parametrize("table", ["strand_services", "contact_tests", "signatures", "triage_clocks"])
def test_a_table_that_is_emptied_at_once_counts_too(world: World, keeper: Doorkeeper, table: str) -> None:
    """TRUNCATE fires no trigger on rows; a table that nobody may empty refuses it."""
    if world.engine.dialect.name != "postgresql":
        return
    assert keeper.door(world.strand_id, NOW) is not None
    with world.engine.connect() as connection:
        before = connection.scalar(text("SELECT n FROM edition"))
        try:
            connection.execute(text(f"TRUNCATE {table} CASCADE"))
        except IntegrityError:
            return
        assert connection.scalar(text("SELECT n FROM edition")) > before
        connection.commit()
    assert same(keeper.door(world.strand_id, NOW), anew(world))


def test_somebody_on_duty_who_has_another_name_is_a_change(world: World) -> None:
    with write(world.engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        strand.mode, strand.facts = "PG", {**strand.facts, "duty": {"lead": "lead-1"}}
    keeper = Doorkeeper(world.engine)
    assert keeper.door(world.strand_id, NOW) is not None
    with write(world.engine) as db:
        db.get_one(Person, "lead-1").name = "Ada Invented"
    kept = keeper.door(world.strand_id, NOW)
    assert kept is not None
    assert kept.duty_lead == "Ada Invented"


def test_when_the_database_came_back_the_next_request_is_answered(world: World, keeper: Doorkeeper) -> None:
    assert keeper.door(world.strand_id, NOW) is not None
    assert keeper._edition._kept is not None
    keeper._edition._kept.close()
    assert keeper.door(world.strand_id, NOW) is not None
