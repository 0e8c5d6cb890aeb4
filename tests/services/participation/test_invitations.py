"""One-time codes: made by whoever runs the part, spent once, tied to nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, inspect, select, text

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid
from consult.models import AuditEvent, Invitation, Purpose, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.participation.invitations import (
    codes_required,
    door_once,
    invited_to,
    issue,
    make_void,
    spend,
)
from consult.services.participation.strandface import door_by_code
from safeguards import policyfile
from safeguards.terms import Role
from tests.web.participate.world import CODE, NOW, ROOT, World, open_strand

KEYS = RootKeys.from_root(ROOT)


def somebody(role: Role = Role.LEAD_FACILITATOR) -> Actor:
    return Actor("author", "Author", "en", frozenset({role}), frozenset())


@pytest.fixture
def world(engine: Engine) -> World:
    return open_strand(engine)


def made(world: World, n: int = 3, purpose: Purpose = Purpose.ENTRY, by: Role = Role.LEAD_FACILITATOR) -> list[str]:
    with write(world.engine) as db:
        return issue(db, KEYS, somebody(by), db.get_one(Strand, world.strand_id), n, purpose, NOW)


def spent(world: World, code: str, purpose: Purpose = Purpose.ENTRY, strand_id: str = "") -> bool:
    with write(world.engine) as db:
        return spend(db, KEYS.invitation, strand_id or world.strand_id, code, purpose)


def test_a_code_is_good_once_however_it_is_typed(world: World) -> None:
    first, second, _ = made(world)
    assert spent(world, f" {first.upper().replace('-', ' ')} ")
    assert not spent(world, first)
    with read(world.engine) as db:
        assert [invited_to(db, KEYS.invitation, each) for each in (first, second)] == [world.strand_id] * 2


def test_what_leaked_leads_nowhere_any_more(world: World) -> None:
    used, unused = made(world, 2)
    (guardian,) = made(world, 1, Purpose.GUARDIAN)
    assert spent(world, used)
    with write(world.engine) as db:
        make_void(db, KEYS, somebody(), db.get_one(Strand, world.strand_id), NOW)
        code = db.get_one(Strand, world.strand_id).entry_code
    with read(world.engine) as db:
        assert [door_by_code(db, each, NOW) is not None for each in (CODE, str(code))] == [False, True]
        assert invited_to(db, KEYS.invitation, unused) is None
        assert door_once(db, str(code), NOW, policyfile.default()) is None
    assert not spent(world, unused)
    assert not spent(world, guardian, Purpose.GUARDIAN)
    stranger = somebody(Role.DECISION_MAKER)
    with pytest.raises(Denied), write(world.engine) as db:
        make_void(db, KEYS, stranger, db.get_one(Strand, world.strand_id), NOW)


def test_a_code_is_good_for_its_strand_and_purpose_only(world: World) -> None:
    (code,) = made(world, 1, Purpose.GUARDIAN)
    assert not spent(world, code, Purpose.ENTRY)
    assert not spent(world, code, Purpose.GUARDIAN, strand_id="elsewhere")
    with read(world.engine) as db:
        assert invited_to(db, KEYS.invitation, code) is None
    assert spent(world, code, Purpose.GUARDIAN)


def test_of_many_who_spend_one_code_at_once_one_wins(world: World) -> None:
    (code,) = made(world, 1)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: spent(world, code), range(24))) == 1


def test_codes_are_stored_as_keyed_digests_without_time_in_the_order_of_the_digests(world: World) -> None:
    codes = made(world, 50)
    with read(world.engine) as db:
        rows = db.scalars(select(Invitation)).all()
        kept = repr([(row.digest, row.strand_id, row.purpose, row.spent) for row in rows])
        event = db.scalars(select(AuditEvent).order_by(AuditEvent.number.desc())).first()
        assert len({row.digest for row in rows}) == 50
        assert event is not None
        assert event.facts == {"n": 50, "purpose": "entry"}
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]
    columns = {column["name"] for column in inspect(world.engine).get_columns("invitations")}
    assert columns == {"digest", "strand_id", "purpose", "spent", "spent_by"}


def test_the_database_itself_keeps_a_spent_code_spent(world: World) -> None:
    (code,) = made(world, 1)
    assert spent(world, code)
    for change in ("spent = NOT spent", "purpose = 'guardian'"):
        with pytest.raises(Conflict), write(world.engine) as db:
            db.execute(text(f"UPDATE invitations SET {change}"))


def test_only_adults_on_duty_make_codes_and_only_for_what_was_opened(world: World) -> None:
    with pytest.raises(Denied):
        made(world, by=Role.ANALYST)
    for n in (0, 201):
        with pytest.raises(Invalid):
            made(world, n)
    world.change_strand(state="closed")
    with pytest.raises(Conflict):
        made(world)
    with read(world.engine) as db:
        assert db.scalars(select(Invitation.digest)).all() == []


@pytest.mark.parametrize(
    ("audience", "mode", "youngest", "required"),
    [
        ("S", "OI", 13, True),
        ("H", "OG", 16, True),
        ("G", "OI", 12, True),
        ("G", "OI", 13, False),
        ("A", "OI", 18, False),
        ("R", "OI", 18, False),
        ("G", "PG", 8, False),  # somebody is in the room
    ],
)
def test_where_controlled_entry_is_hard_codes_are_the_only_way_in(
    audience: str, mode: str, youngest: int, *, required: bool
) -> None:
    assert codes_required(audience, mode, youngest, policyfile.default()) is required
