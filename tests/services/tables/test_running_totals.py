"""Running totals of the inclusion tier: sealed, opened instead of rows, dropped when somebody takes back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict
from consult.inclusion.coverage import Target
from consult.models import Profile, ProfileShare, Quarantine, QuarantinedEpoch, RunningTotals, Strand
from consult.sealing.record import PROFILE_SIZE
from consult.services.guards import guards_off
from consult.services.participation import responding
from consult.services.report import livecoverage
from consult.services.report.heardsofar import heard_so_far
from consult.services.safekeeping.backups import BackupClass, class_of
from consult.services.tables import coverageplans
from tests.scenario import NOW, after, give, open_part
from tests.services.snapshots import HOLDER, KEY, refresh


def totals(stage: Stage) -> RunningTotals | None:
    with read(stage.engine) as db:
        return db.get(RunningTotals, stage.strands[KEY])


def people(text: str) -> int:
    """Everybody, as a release says it."""
    cells = [cell for table in json.loads(text)["tables"] for cell in table["cells"] if set(cell["at"]) <= {"*"}]
    return int(cells[0]["count"])


def _settled(stage: Stage) -> Stage:
    open_part(stage, KEY)
    stage.codes["receipt"] = give(stage, KEY, 35)[0]
    assert people(refresh(stage)) == 35
    give(stage, KEY, 15, seed=2)
    assert people(refresh(stage, now=NOW + timedelta(hours=2))) == 50
    give(stage, KEY, 15, seed=3)
    return stage


settled = after(_settled)
"""A part whose first 35 people, one with a receipt, stand in the totals, with 30 later ones that do not yet."""


def of_the_first(db: Session) -> list[bytes]:
    """The ids of the profiles of those 35, who came under one epoch."""
    rows = db.execute(select(Profile.epoch_id, func.count()).group_by(Profile.epoch_id)).all()
    first = next(epoch for epoch, n in rows if n == 35)
    return list(db.scalars(select(Profile.id).where(Profile.epoch_id == first)))


def test_whoever_stands_in_the_totals_is_not_opened_again(settled: Stage) -> None:
    with write(settled.engine) as db, guards_off(db, [Profile.__table__]):
        damaged = update(Profile).where(Profile.id.in_(of_the_first(db)))
        db.execute(damaged.values(sealed=bytes(PROFILE_SIZE)))
    assert people(refresh(settled, now=NOW + timedelta(hours=4))) == 65


def pages(stage: Stage) -> list[object]:
    """Everything that a page or a file says of the part while it collects."""
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        numbers = [number for number, _ in livecoverage.shown_on(db, strand.id)]
        files = [livecoverage.snapshot_text(db, strand, number) for number in numbers]
        return [livecoverage.shown(db, strand, "en"), heard_so_far(db, strand, "en"), *files]


def test_taking_back_drops_the_totals_and_everybody_is_counted_anew(settled: Stage) -> None:
    assert totals(settled) is not None
    before = pages(settled)
    with write(settled.engine) as db:
        assert responding.take_back(db, settled.keys, settled.codes["receipt"])
    assert totals(settled) is None
    assert pages(settled) == before, "no page moves with one person"
    give(settled, KEY, 1, seed=9)
    assert pages(settled) == before
    assert people(refresh(settled, now=NOW + timedelta(hours=4))) == 65
    after_it = pages(settled)
    assert after_it[2:-1] == before[2:]
    assert after_it[:2] != before[:2]


def test_totals_that_do_not_agree_with_the_rows_are_left_aside(settled: Stage) -> None:
    with write(settled.engine) as db:
        gone = of_the_first(db)[0]
        db.execute(delete(ProfileShare).where(ProfileShare.profile_id == gone))
        db.execute(delete(Profile).where(Profile.id == gone))
    assert people(refresh(settled, now=NOW + timedelta(hours=4))) == 64


def test_whoever_is_set_apart_leaves_the_count_although_they_stand_in_the_totals(settled: Stage) -> None:
    with write(settled.engine) as db:
        epoch = db.get_one(Profile, of_the_first(db)[0]).epoch_id
        cause = Quarantine(strand_id=settled.strands[KEY], cause="SAF-17", why="Invented.", found_at=NOW, decide_by=NOW)
        db.add(cause)
        db.flush()
        db.add(QuarantinedEpoch(quarantine_id=cause.id, epoch_id=epoch))
    give(settled, KEY, 40, seed=4)
    assert people(refresh(settled, now=NOW + timedelta(hours=4))) == 70


def test_a_snapshot_that_counts_somebody_who_took_back_meanwhile_is_not_stored(running: Stage) -> None:
    receipts = give(running, KEY, 35)
    with read(running.engine) as db:
        strand, words = db.get_one(Strand, running.strands[KEY]), running.passphrases[HOLDER]
        made = livecoverage.count(db, running.keys, running.policy, running.people[HOLDER], strand, words, NOW)
    with write(running.engine) as db:
        assert responding.take_back(db, running.keys, receipts[0])
    with write(running.engine) as db:
        strand = db.get_one(Strand, running.strands[KEY])
        with pytest.raises(Conflict, match="changed while they were being counted"):
            livecoverage.freeze(db, running.keys, running.people[HOLDER], strand, made, NOW)
    assert totals(running) is None
    assert people(refresh(running)) == 34


def test_after_another_plan_of_whom_to_hear_everybody_is_counted_anew(settled: Stage) -> None:
    pair = coverageplans.Planned((Target((("gender", "girl"), ("location", "camp")), 5),))
    with write(settled.engine) as db:
        facilitator = settled.people["facilitator"]
        coverageplans.save(db, settled.keys.audit, facilitator, settled.strands[KEY], 0, pair, NOW)
    assert people(refresh(settled, now=NOW + timedelta(hours=4))) == 65


def test_totals_changed_from_outside_open_nothing(settled: Stage) -> None:
    with write(settled.engine) as db:
        db.execute(update(RunningTotals).values(inclusion_generation=2))
    with pytest.raises(Conflict, match="running_totals was changed outside"):
        refresh(settled, now=NOW + timedelta(hours=4))


def test_totals_go_with_the_keys_into_the_backup_that_lives_a_week() -> None:
    assert class_of(RunningTotals.__table__) is BackupClass.KEYS
