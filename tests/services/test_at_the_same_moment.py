"""Two people act at the same moment: what one of them takes away is not what the other opens on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from consult.database import write
from consult.demo.setup import Stage
from consult.errors import Refused
from consult.models import Evidence, Strand
from consult.services import attesting, running
from safeguards.lifecycle import StrandState
from tests.scenario import NOW, row, sign


def take_back(stage: Stage, db: Session, strand: Strand) -> None:
    proof = db.scalars(select(Evidence).where(Evidence.requirement == "SUP-02").limit(1)).one()
    attesting.revoke(db, stage.keys, stage.policy, stage.people["lead1"], strand, proof.id, "It ended.", NOW)


def change(stage: Stage, work: Callable[[Session, Strand], object]) -> None:
    with write(stage.engine) as db:
        work(db, db.get_one(Strand, stage.strands["children"]))


def wait_for_a_waiting_one(watching: Connection) -> None:
    """Until another connection waits for a lock; on SQLite they wait at a file, which nobody has to see."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while watching.dialect.name == "postgresql" and not watching.scalar(text(waits)):
        watching.rollback()


@pytest.mark.parametrize("first", ["taken back", "opened"])
def test_a_proof_taken_back_at_the_same_moment_leaves_nothing_open(stage: Stage, first: str) -> None:
    sign(stage, "children")
    acts: dict[str, Callable[[Session, Strand], object]] = {
        "taken back": lambda db, strand: take_back(stage, db, strand),
        "opened": lambda db, strand: running.open_strand(
            db, stage.keys, stage.policy, stage.people["lead1"], strand, NOW
        ),
    }
    second = next(name for name in acts if name != first)
    with ThreadPoolExecutor(1) as pool, stage.engine.connect() as watching:
        with write(stage.engine) as db:
            acts[first](db, db.get_one(Strand, stage.strands["children"]))
            db.flush()
            later = pool.submit(change, stage, acts[second])
            wait_for_a_waiting_one(watching)
        if first == "taken back":
            with pytest.raises(Refused):
                later.result()
        else:
            later.result()
    assert row(stage, "children").state == (StrandState.DECIDED if first == "taken back" else StrandState.SUSPENDED)
