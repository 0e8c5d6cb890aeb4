"""The end of keeping and of doubt, while somebody does something else to the same answers: nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.errors import Conflict
from consult.jobs.retention import retention
from consult.models import (
    AuditEvent,
    Epoch,
    OpeningRequest,
    Profile,
    Quarantine,
    Response,
    ResponseShare,
    Strand,
    StrandState,
    Verdict,
)
from consult.sealing.receipt import new_receipt
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.auditing import Verb
from consult.services.opening import reading
from consult.services.opening.quarantine import set_apart
from consult.services.participation.responding import EpochBook, take_back
from consult.services.report import quarantinedesk
from consult.services.safekeeping.retention import end_one
from safeguards import policyfile
from safeguards.terms import Role
from tests.services.participation.test_responding import send, submission
from tests.toolbox.waiting import until_it_waits
from tests.web.participate.world import NOW, ROOT, World, open_strand

KEYS = RootKeys.from_root(ROOT)
POLICY = policyfile.default()
LATER = NOW + timedelta(days=365)
MINE, ANOTHER = new_receipt(), new_receipt()
REVIEWER = Actor("reviewer-1", "Reviewer", "en", frozenset({Role.ANALYST}), frozenset())

Act = Callable[[Session, World], object]


@pytest.fixture
def over(engine: Engine) -> World:
    """A part that is over, with two answers, and a request to open them that a lead has granted."""
    world, epochs = open_strand(engine), EpochBook(KEYS.row_seal)
    for receipt in (MINE, ANOTHER):
        send(world, epochs, submission(receipt))
    world.change_strand(state=StrandState.CLOSED)
    asked = {"requested_by": "reviewer-1", "requested_at": NOW, "ends_at": LATER + timedelta(days=1)}
    granted = {"granted_by": "lead-1", "granted_at": NOW, "sealed_half": b"half"}
    with write(engine) as db:
        request = OpeningRequest(id="asked", strand_id=world.strand_id, mode="tables", reason="The report", **asked)
        request.public_key, request.wrapped_private = b"public", b"private"
        for name, value in granted.items():
            setattr(request, name, value)
        db.add(request)
    return world


def take(db: Session, _: World) -> object:
    return take_back(db, KEYS, MINE)


def use(db: Session, _: World) -> object:
    return reading.use(db, KEYS, REVIEWER, "asked", LATER)


def doubt(db: Session, world: World) -> object:
    return set_apart(db, KEYS, POLICY, db.get_one(Strand, world.strand_id), "SAF-01", "Untrue.", "lead-1", NOW)


def end(db: Session, world: World) -> object:
    return end_one(db, KEYS, POLICY, world.strand_id, LATER)


def end_doubt(db: Session, _: World) -> object:
    return quarantinedesk.end_overdue(db, KEYS, db.scalars(select(Quarantine.id)).one(), LATER)


def side_by_side(world: World, first: Act, second: Act) -> object:
    """What the second one comes to, who begins while the first is done and not stored yet."""

    def later() -> object:
        with write(world.engine) as db:
            return second(db, world)

    with ThreadPoolExecutor(1) as pool, world.engine.connect() as watching:
        with write(world.engine) as db:
            first(db, world)
            db.flush()
            waiting = pool.submit(later)
            until_it_waits(watching, waiting)
        wait([waiting])
    return waiting.exception() or waiting.result()


def left(world: World) -> set[str]:
    kinds = (Response, ResponseShare, Profile, Epoch)
    with read(world.engine) as db:
        return {kind.__tablename__ for kind in kinds if db.scalars(select(kind)).first() is not None}


def told(world: World) -> list[str]:
    ends = {Verb.KEY_DESTROYED, Verb.DOUBTED_DESTROYED, Verb.OPENING_USED}
    with read(world.engine) as db:
        return list(db.scalars(select(AuditEvent.verb).where(AuditEvent.verb.in_(ends)).order_by(AuditEvent.number)))


@pytest.mark.parametrize("other", [take, use, doubt])
@pytest.mark.parametrize("ends_first", [True, False])
def test_the_end_of_keeping_leaves_nothing_whatever_happens_beside_it(
    over: World, other: Act, ends_first: bool
) -> None:
    came = side_by_side(over, *((end, other) if ends_first else (other, end)))
    with read(over.engine) as db:
        assert db.get_one(Strand, over.strand_id).state == StrandState.DESTROYED
        assert all(each.ended_at for each in db.scalars(select(Quarantine)))
    assert left(over) == set()
    if other is use and ends_first:
        assert isinstance(came, Conflict), "what is destroyed is opened no more"
    else:
        assert not isinstance(came, BaseException), came


@pytest.mark.parametrize("other", [take, end])
@pytest.mark.parametrize("ends_first", [True, False])
def test_the_end_of_doubt_leaves_nothing_whatever_happens_beside_it(over: World, other: Act, ends_first: bool) -> None:
    with write(over.engine) as db:
        doubt(db, over)
    came = side_by_side(over, *((end_doubt, other) if ends_first else (other, end_doubt)))
    assert not isinstance(came, BaseException), came
    assert left(over) == set()
    assert told(over).count(Verb.DOUBTED_DESTROYED) == 1
    with read(over.engine) as db:
        assert db.scalars(select(Quarantine.outcome)).all() == [Verdict.DESTROY]


def test_two_runs_of_the_jobs_destroy_once(over: World) -> None:
    with write(over.engine) as db:
        doubt(db, over)
    assert side_by_side(over, end_doubt, end_doubt) is False
    assert side_by_side(over, end, lambda *_: retention(over.engine, KEYS, POLICY, LATER)) == "0 destroyed"
    assert told(over) == [Verb.DOUBTED_DESTROYED, Verb.KEY_DESTROYED]
