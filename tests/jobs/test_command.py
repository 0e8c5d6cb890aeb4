"""`consult jobs run` as a scheduler sees it: a line for each job, and a fault in one that stops no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from consult.cli import main
from consult.database import read, write
from consult.jobs import NAMES
from consult.models import Strand, StrandSalt, StrandState
from tests.jobs.arrivals import new_book, opened, send
from tests.web.participate.world import ROOT, World, open_strand


@pytest.fixture
def installed(engine: Engine, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> World:
    """The settings of an installation whose database holds a strand that ended long ago, with two answers."""
    settings = {
        "CONSULT_ROOT_KEY": ROOT.hex(),
        "CONSULT_ORGANISATION": "Invented Trust",
        "CONSULT_ADDRESS": "http://localhost:8000",
        "CONSULT_DATA": str(tmp_path_factory.mktemp("data")),
        "CONSULT_DATABASE_URL": engine.url.render_as_string(hide_password=False),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
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
    assert "kept_texts: failed" in said.err
    assert "SELECT" not in said.err, "a database's own words may repeat what is stored"


def test_only_what_is_named_runs(installed: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "run", "lapses"]) == 0
    assert capsys.readouterr().out == "lapses: 0 suspended\n"
    with read(installed.engine) as db:
        assert db.get(StrandSalt, installed.strand_id) is not None


def test_what_a_clock_alone_makes_lapse_is_found_within_three_minutes_as_the_docs_schedule_it() -> None:
    """What somebody does reaches open parts at once; a document that runs out, by the sweep."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\*/(\d+) [* ]+consult jobs run (.+)$", page, re.MULTILINE)
    minutes = {job: int(every) for every, jobs in lines for job in jobs.split()}
    assert minutes.keys() <= set(NAMES)
    assert minutes["lapses"] <= 3
    assert f"OnCalendar=*:0/{minutes['lapses']}`" in page
    nightly = {"rewrite"}
    assert set(NAMES) - nightly <= minutes.keys()
