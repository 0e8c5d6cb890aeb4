"""Counting at the same moment as something else: only what was looked at together is frozen; who joins, who leaves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Invalid
from consult.models import InclusionShare, LiveSnapshot, Person, Release, Strand
from consult.services.keys import inclusionjoining
from consult.services.keys.inclusionholders import renew
from consult.services.participation.responding import take_back
from consult.services.report import livecoverage, releasing
from consult.services.signed import stopping
from safeguards.terms import Role
from tests.scenario import COOKIE, NOW, ask, close_part, give, grant, open_part
from tests.services.holders.test_ceremonies import arrive
from tests.services.snapshots import HOLDER
from tests.services.test_at_the_same_moment import change, one_after_the_other, stop

PART = "young_adults"
#: On SQLite whoever writes waits for everybody else from the start.
on_postgresql = pytest.mark.parametrize(
    "stage", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
Act = Callable[[Session, Strand], object]


def tables(stage: Stage, request: str, by: str) -> Act:
    """A reviewer counts; what is left is to freeze what was counted."""
    common, who = (stage.keys, stage.policy), stage.people[by]
    with read(stage.engine) as db:
        made = releasing.make_tables(db, *common, who, request, stage.passphrases[by], COOKIE, NOW)
    return lambda db, _: releasing.freeze(db, *common, who, request, made, NOW)


def live(stage: Stage) -> Act:
    """The same of a holder of the inclusion key and live figures."""
    who, words = stage.people[HOLDER], stage.passphrases[HOLDER]
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        made = livecoverage.count(db, stage.keys, stage.policy, who, strand, words, NOW)
    return lambda db, _: livecoverage.freeze(db, stage.keys, who, db.get_one(Strand, stage.strands[PART]), made, NOW)


def lift(stage: Stage, name: str) -> Act:
    who, words = stage.people[name], stage.passphrases[name]
    return lambda db, strand: stopping.lift_stop(db, stage.keys, who, strand, "It is mended.", words, NOW)


@on_postgresql
def test_a_release_is_frozen_only_with_what_its_audit_has_looked_at(stage: Stage) -> None:
    open_part(stage, PART)
    receipt = give(stage, PART, 24)[0]
    close_part(stage, PART)
    mine, other = (ask(stage, PART, by=name) for name in ("reviewer1", "reviewer2"))
    for request in (mine, other):
        grant(stage, request)

    def refused(first: Act, release: Act, why: str) -> None:
        later = one_after_the_other(stage, first, lambda: change(stage, release))
        with pytest.raises(Conflict, match=why):
            later.result()

    release = tables(stage, mine, "reviewer1")
    refused(lambda db, _: take_back(db, stage.keys, receipt), release, "answers changed")
    release = tables(stage, mine, "reviewer1")
    refused(live(stage), release, "Live figures were made")
    release = tables(stage, mine, "reviewer1")
    refused(partial(stop, stage), release, "emergency stop")
    for name in ("lead1", "approver"):
        change(stage, lift(stage, name))
    refused(release, tables(stage, other, "reviewer2"), "has its release")
    with read(stage.engine) as db:
        assert len(db.scalars(select(Release)).all()) == len(db.scalars(select(LiveSnapshot)).all()) == 1


def shares(stage: Stage) -> set[tuple[int, str]]:
    names = {who.id: name for name, who in stage.people.items()}
    with read(stage.engine) as db:
        return {(row.generation, names[row.person_id]) for row in db.scalars(select(InclusionShare))}


@on_postgresql
@pytest.mark.parametrize("first", ["joined", "renewed"])
def test_whoever_joins_while_another_leaves_gets_every_generation(stage: Stage, first: str) -> None:
    arrive(stage, "inclusion2", Role.INCLUSION)
    open_part(stage, PART)
    arrive(stage, "inclusion3", Role.INCLUSION)
    with write(stage.engine) as db:
        db.execute(update(Person).where(Person.id == stage.people["inclusion2"].id).values(active=False))
    holder, words, joiner = stage.people[HOLDER], stage.passphrases[HOLDER], stage.people["inclusion3"].id
    acts: dict[str, Act] = {
        "joined": lambda db, strand: inclusionjoining.join(db, stage.keys, holder, strand, joiner, words, NOW),
        "renewed": lambda db, strand: renew(db, stage.keys, "sweep", strand.consultation_id, NOW),
    }
    second = next(name for name in acts if name != first)
    one_after_the_other(stage, acts[first], lambda: change(stage, acts[second])).result()
    assert shares(stage) == {(1, HOLDER), (1, "inclusion3"), (2, HOLDER), (2, "inclusion3")}
    with pytest.raises(Invalid):
        change(stage, acts["joined"])  # there is nothing more to give


@on_postgresql
def test_live_figures_are_never_sealed_to_somebody_who_has_left(stage: Stage) -> None:
    arrive(stage, "inclusion2", Role.INCLUSION)
    open_part(stage, PART)
    give(stage, PART, 24)
    freeze = live(stage)
    with write(stage.engine) as db:
        db.execute(update(Person).where(Person.id == stage.people["inclusion2"].id).values(active=False))
    later = one_after_the_other(
        stage,
        lambda db, strand: renew(db, stage.keys, "sweep", strand.consultation_id, NOW),
        lambda: change(stage, freeze),
    )
    with pytest.raises(Conflict, match="has left"):
        later.result()
    change(stage, live(stage))
