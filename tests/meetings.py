"""A part that meets people, signed and open, and a session of it: for the tests of live sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from consult.database import read, write
from consult.demo import setup
from consult.demo.cast import StrandPlan
from consult.demo.setup import Stage
from consult.models import Strand
from consult.services.gate.gating import judge
from consult.services.gate.planning import plan_of
from consult.services.live import livesessions
from consult.services.live.livesessions import SessionDesk
from consult.services.signed import running, signing
from safeguards.livesession import Live, Register
from safeguards.precheck import CLOSING_POINTS, STARTING_POINTS
from safeguards.terms import Audience, Decision, Mode
from tests.scenario import NOW, copied, further

T = TypeVar("T")

STARTS = NOW + timedelta(hours=1)
ENDS = STARTS + timedelta(hours=1)
HERE = ("facilitator", "lead2")
"""Who is in the room; lead1 is on duty elsewhere."""

_PLAN = StrandPlan(
    key="meeting",
    name="Young people 13 to 15, together",
    audience=Audience.CHILDREN,
    questions="children_13_17",
    ages=(13, 15),
    topics=("T0", "T1", "T2"),
    minutes=45,
    share=8,
    mode=Mode.IN_PERSON_GROUP,
)


def at(minutes: float) -> datetime:
    """So many minutes after the planned start."""
    return STARTS + timedelta(minutes=minutes)


def live_part(stage: Stage, *, opened: bool = True, again: timedelta | None = None) -> Stage:
    """A consultation of its own with one part that meets in an hour; signed and, unless told not to, open.

    `again`: so long after that it meets a second time.
    """
    of = replace(stage, strands={}, codes={}, evaluations={})
    setup.make_consultation(of, "A group in one room", [_PLAN], NOW)
    with write(of.engine) as db:
        strand = db.get_one(Strand, of.strands["meeting"])
        ids = {key: who.id for key, who in of.people.items()}
        session = {
            "id": "meeting-1",
            "starts": STARTS.isoformat(),
            "ends": ENDS.isoformat(),
            "timezone": "Africa/Nairobi",
            "adults": [ids[each] for each in HERE],
            "practitioner_within_minutes": 10,
        }
        sessions = [session]
        if again is not None:
            starts, ends = (STARTS + again).isoformat(), (ENDS + again).isoformat()
            sessions.append({**session, "id": "meeting-2", "starts": starts, "ends": ends})
        strand.facts = {
            **strand.facts,
            "sessions": sessions,
            "group_size": 10,
            "breaks": [25],
            "venue": f"Room {strand.id}",
        }
        db.flush()
        setup._confirm_words(db, of, strand, NOW)
        for requirement, _ in of.policy.applying(plan_of(db, strand).strand):
            if requirement.id not in setup.CHECKED:
                setup._prove(db, of, strand, requirement, NOW)
    with write(of.engine) as db:
        strand = db.get_one(Strand, of.strands["meeting"])
        signing.send_for_signature(db, of.keys, of.people["facilitator"], strand, NOW)
    with write(of.engine) as db:
        strand = db.get_one(Strand, of.strands["meeting"])
        judgement = judge(db, strand, of.policy, NOW)
        assert judgement.evaluation.decision.opens, [(r.requirement, r.why) for r in judgement.evaluation.reasons]
        lead, word = of.people["lead2"], of.passphrases["lead2"]
        decision = judgement.evaluation.decision if judgement.evaluation.decision.opens else Decision.REFUSE
        signing.sign(db, of.keys, of.policy, lead, strand, decision, judgement.plan.digest(), word, NOW)
        if opened:
            of.codes["meeting"] = running.open_strand(db, of.keys, of.policy, of.people["lead1"], strand, NOW)
    return of


@pytest.fixture(scope="session")
def live_on_sqlite(sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage]:
    """Built once; every test works on a copy."""
    return built_live(sent_on_sqlite, tmp_path_factory.mktemp("live"))


@pytest.fixture
def on_sqlite(live_on_sqlite: tuple[Path, Stage], tmp_path: Path) -> Iterator[Stage]:
    """A part that meets, open."""
    with copied(live_on_sqlite, tmp_path) as stage:
        yield stage


def built_live(sent: tuple[Path, Stage], folder: Path, again: timedelta | None = None) -> tuple[Path, Stage]:
    """A part that meets, once or `again` so much later too, in a file of its own from which copies are taken."""
    return further(sent, folder, partial(live_part, again=again))


def begun(stage: Stage, minutes: float = -25, meeting: str = "meeting-1") -> str:
    """The pre-check is begun; the session's id."""
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["meeting"])
        who = stage.people["facilitator"]
        return livesessions.begin(db, stage.keys, stage.policy, who, strand, meeting, at(minutes)).id


def act(stage: Stage, session_id: str, minutes: float, work: Callable[[SessionDesk], T], by: str = "facilitator") -> T:
    """Somebody's act at the desk."""
    with write(stage.engine) as db:
        return work(SessionDesk(db, stage.keys, stage.policy, stage.people[by], session_id, at(minutes)))


def prepared(stage: Stage, later: float = 0, meeting: str = "meeting-1") -> str:
    """Everything noted that the start needs, so many minutes later for another meeting; the session's id."""
    session_id = begun(stage, later - 25, meeting)
    for key in HERE:
        act(stage, session_id, later - 20, SessionDesk.check_in, key)
    act(stage, session_id, later - 15, lambda desk: desk.call(stage.people["lead1"].id, answered=True))
    act(stage, session_id, later - 10, lambda desk: desk.count(Register(8, 13, 15)))
    act(stage, session_id, later - 5, lambda desk: desk.confirm(f"start-{each}" for each in STARTING_POINTS))
    return session_id


def started(stage: Stage) -> tuple[str, str]:
    """A session that runs from the planned start on: its id and the code for the devices."""
    session_id = prepared(stage)
    return session_id, act(stage, session_id, 0, SessionDesk.start)


def closed(stage: Stage, session_id: str, minutes: float) -> None:
    """The closing routine done, and the session ended."""
    act(stage, session_id, minutes, SessionDesk.close)
    act(stage, session_id, minutes, lambda desk: desk.confirm(f"end-{each}" for each in CLOSING_POINTS))
    act(stage, session_id, minutes, lambda desk: desk.count(Register(8, 13, 15)))
    act(stage, session_id, minutes, SessionDesk.end)


def now_in(stage: Stage, session_id: str, minutes: float) -> Live:
    """How it stands."""
    with read(stage.engine) as db:
        who = stage.people["facilitator"]
        return livesessions.sitting_in(db, who, session_id, stage.policy)[1].live(at(minutes))
