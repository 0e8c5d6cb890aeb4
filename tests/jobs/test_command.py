"""`consult jobs run` as a scheduler sees it: a line for each job, and a fault in one that stops no other."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from consult.cli import main
from consult.database import read, write
from consult.errors import Conflict
from consult.jobs import DESTROYING, JOBS, NAMES
from consult.models import AuditEvent, Clock, Strand, StrandSalt, StrandState
from consult.services.auditing import Verb, record
from consult.services.policyinforce import in_force
from tests.jobs.arrivals import KEYS, new_book, opened, send
from tests.toolbox.installation import installed_over
from tests.web.participate.world import NOW, ROOT, World, open_strand


@pytest.fixture
def installed(engine: Engine, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> World:
    """The settings of an installation whose database holds a strand that ended long ago, with two answers."""
    installed_over(monkeypatch, engine, ROOT, tmp_path_factory.mktemp("data"))
    past = {"opens": "2020-01-01T00:00:00Z", "closes": "2020-02-01T00:00:00Z", "timezone": "Africa/Nairobi"}
    world, book = open_strand(engine), new_book()
    for _ in range(2):
        send(world, book, "words")
    with write(engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        strand.facts = {**strand.facts, "window": past}
    world.change_strand(state=StrandState.CLOSED)
    return world


def test_all_run_protecting_first_and_wiping_last(installed: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "lapses: 0 suspended",
        "leavers: 0 left",
        "quarantines_end: 0 ended",
        "counts: 1 counted",
        "withdrawals_end: 1 ended",
        "needs: 0 forgotten",
        "retention: 0 destroyed",
        "kept_texts: 0 destroyed",
        "forget_help: 0 destroyed",
        "sign_in_tries: 0 forgotten",
        "inclusion_keys: 0 made anew",
        "reminders: 0 put down",
        "rewrite: answers lie in the order of their keys",
        "settle: nothing closed since the last rewrite",
        "mail: no mail server is set",
    ]
    assert len(opened(installed)) == 2
    with read(installed.engine) as db:
        assert db.get(StrandSalt, installed.strand_id) is None


def test_one_that_fails_says_so_in_one_line_and_stops_no_other(
    installed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with write(installed.engine) as db:
        db.execute(text("ALTER TABLE kept_texts RENAME TO mislaid"))
    assert main(["jobs", "run"]) == 1
    said = capsys.readouterr()
    assert [line.partition(":")[0] for line in said.out.splitlines()] == [
        *("lapses", "leavers", "quarantines_end", "counts", "withdrawals_end", "needs", "retention"),
        *("forget_help", "sign_in_tries", "inclusion_keys", "reminders", "rewrite", "settle", "mail"),
    ]
    assert said.err.count("\n") == 1
    assert "kept_texts: the database: " in said.err
    assert "SELECT" not in said.err, "a database's own words may repeat what is stored"


def test_only_what_is_named_runs(installed: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "run", "lapses"]) == 0
    assert capsys.readouterr().out == "lapses: 0 suspended\n"
    with read(installed.engine) as db:
        assert db.get(StrandSalt, installed.strand_id) is not None


def test_what_a_clock_alone_makes_lapse_is_found_within_three_minutes_as_the_docs_schedule_it() -> None:
    """What somebody does reaches open parts at once; a document that runs out, by the sweep."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\*/(\d+) [* ]+consult jobs run ([a-z_ ]+)", page, re.MULTILINE)
    minutes = {job: int(every) for every, jobs in lines for job in jobs.split()}
    assert minutes.keys() <= set(NAMES)
    assert minutes["lapses"] <= 3
    assert f"OnCalendar=*:0/{minutes['lapses']}`" in page
    nightly = {"rewrite"}
    assert set(NAMES) - nightly <= minutes.keys()


def at(engine: Engine, days: float) -> None:
    """As if the jobs had run last so many days ago, by a clock that was believed."""
    with write(engine) as db:
        db.get_one(Clock, 1).seen_at = datetime.now(UTC) - timedelta(days=days)


def seen(engine: Engine) -> datetime | None:
    with read(engine) as db:
        return db.get_one(Clock, 1).seen_at


def salts(world: World) -> int:
    with read(world.engine) as db:
        return db.scalar(select(func.count()).select_from(StrandSalt)) or 0


def test_by_a_clock_that_jumped_ahead_nothing_is_destroyed_until_somebody_says_it_is_right(
    installed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    at(installed.engine, days=400)
    before = seen(installed.engine)
    for _ in range(2):  # what was seen does not follow the clock that nobody believes
        assert main(["jobs", "run"]) == 1
    said = capsys.readouterr()
    assert {line.split(": ")[1] for line in said.err.splitlines()} == DESTROYING
    assert {line.partition(":")[0] for line in said.out.splitlines()} == set(NAMES) - DESTROYING
    assert "silent for 400 days" in said.err
    assert "--is-right" in said.err
    assert (salts(installed), seen(installed.engine)) == (1, before)
    assert main(["jobs", "clock"]) == 1
    main(["check"])
    assert "clock: the jobs were silent for 400 days" in capsys.readouterr().out
    assert main(["jobs", "clock", "--is-right"]) == 0
    capsys.readouterr()
    assert main(["jobs", "run", "--json"]) == 0
    told = {each["name"]: each["ok"] for each in json.loads(capsys.readouterr().out)["jobs"]}
    assert told == dict.fromkeys(NAMES, True)
    assert salts(installed) == 0
    with read(installed.engine) as db:
        told = db.scalars(select(AuditEvent).where(AuditEvent.verb == Verb.CLOCK_BELIEVED)).one()
        assert before is not None
        assert told.facts == {"from": before.isoformat()}


@pytest.mark.parametrize("days", [0.9, -400])
def test_a_night_without_jobs_is_no_jump_and_a_clock_set_back_destroys_nothing_early(
    installed: World, days: float
) -> None:
    at(installed.engine, days)
    before = seen(installed.engine)
    assert main(["jobs", "run"]) == 0
    assert salts(installed) == 0
    after = seen(installed.engine)
    assert before is not None
    assert after is not None
    assert (after > before) == (days > 0)


def test_one_part_that_can_not_be_read_keeps_no_other_from_its_end(
    installed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    other = open_strand(installed.engine, code="99998888", beside=installed)
    with write(installed.engine) as db:
        ended = db.get_one(Strand, installed.strand_id)
        both = sorted([ended.id, other.strand_id])
        db.get_one(Strand, both[1]).facts = {**ended.facts}
        db.get_one(Strand, both[0]).mode = "PG"
        db.get_one(Strand, both[0]).facts = {**ended.facts, "sessions": 7}
    assert main(["jobs", "run", "withdrawals_end"]) == 1
    assert "1 can not be done, 1 were" in capsys.readouterr().err
    with read(installed.engine) as db:
        assert db.scalars(select(StrandSalt.strand_id)).all() == [both[0]]


@pytest.mark.parametrize(("job", "done"), [("lapses", Verb.STRAND_SUSPENDED), ("counts", Verb.RESPONSES_COUNTED)])
def test_a_row_that_can_not_be_read_keeps_no_other_part_from_its_turn(
    sqlite_engine: Engine, job: str, done: Verb
) -> None:
    first = open_strand(sqlite_engine)
    broken, other = sorted([first.strand_id, open_strand(sqlite_engine, code="99998888", beside=first).strand_id])
    with write(sqlite_engine) as db:
        record(db, KEYS.audit, "somebody", Verb.RESPONSES_COUNTED, broken, NOW)
        db.execute(text("UPDATE strands SET facts = '{' WHERE id = :broken"), {"broken": broken})
        policy = in_force(db)
    with pytest.raises(Conflict, match="1 can not be done, 1 were"):
        JOBS[job](sqlite_engine, KEYS, policy, NOW)
    with read(sqlite_engine) as db:
        acted = select(AuditEvent.subject).where(AuditEvent.verb == done, AuditEvent.facts != {})
        assert db.scalars(acted).all() == [other]
