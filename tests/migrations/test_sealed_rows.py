"""Each step of the schema up and down with rows that are really sealed: they open afterwards as before (promise 10)."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from sqlalchemy import text

from consult.database import _alembic_config, downgrade, read, upgrade, write
from consult.demo.setup import Stage
from consult.models import Person, Strand
from consult.services.keys.keystore import check_all_keys
from safeguards.lifecycle import StrandState
from tests.scenario import (
    ask,
    closed_with,
    grant,
    make,
    row,
    sent_on_postgresql,
    sent_on_sqlite,
    stage,
    stage_on_sqlite,
)

__all__ = ["sent_on_postgresql", "sent_on_sqlite", "stage", "stage_on_sqlite"]

#: The first steps made the tables that these rows lie in.
OLDEST = "0003"


def steps(stage: Stage) -> list[str]:
    """The revisions from the newest down to the oldest."""
    with stage.engine.connect() as connection:
        script = ScriptDirectory.from_config(_alembic_config(connection))
        return [each.revision for each in script.walk_revisions(OLDEST, "head")]


def test_sealed_answers_open_after_each_step_down_and_up(stage: Stage) -> None:
    # so few people that there is no tier 1: its columns are new, and a step down takes what lies in them along
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["young_adults"])
        strand.facts = {**strand.facts, "expected_participants": 12}
    closed_with(stage, "young_adults", 6)
    newest, *below = steps(stage)
    assert below[-1] == OLDEST
    for revision in below:
        downgrade(stage.engine, revision)
        with stage.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM responses")).scalar_one() == 6
        upgrade(stage.engine, newest)
    with read(stage.engine) as db:
        check_all_keys(db, stage.keys)
        assert db.get_one(Person, stage.people["lead1"].id).added_by == stage.people["admin"].id
    request = ask(stage, "young_adults")
    grant(stage, request)
    assert make(stage, request).content
    assert row(stage, "young_adults").state == StrandState.RELEASED
