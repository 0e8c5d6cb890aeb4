"""One byte of a stored key or answer is changed from outside: people get kind or clear words, nothing is half-done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.test import TestResponse

from consult.cli import main
from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import (
    Epoch,
    OpeningRequest,
    Person,
    Release,
    Response,
    ResponseShare,
    StrandKey,
    StrandShare,
)
from consult.models.base import Base
from safeguards.lifecycle import StrandState
from tests.scenario import ROOT, ask, open_part, row
from tests.web.answers import helps_and_lets_leave, is_hardened
from tests.web.participate.walk import Walk
from tests.web.staff.desk import Desk, sentences

SEALS_ANSWERS = (
    (StrandKey, "public_key"),
    (StrandKey, "wrapped_private"),
    (StrandKey, "row_seal"),
    (StrandShare, "sealed"),
    (StrandShare, "check"),
)
EPOCHS = ((Epoch, "sealed_key"), (Epoch, "row_seal"))
OPENS_ANSWERS = (*SEALS_ANSWERS, *EPOCHS, (Response, "sealed"), (ResponseShare, "share"))
NAMES = {StrandKey: "strand_keys", StrandShare: "strand_shares", Epoch: "epoch", Person: "people"}
CHECKED = ((Person, "public_key"), *SEALS_ANSWERS, *EPOCHS)


@contextmanager
def one_bit_changed(stage: Stage, table: type[Base], column: str, key: str) -> Iterator[None]:
    """As somebody with the database file would: past our code and past the guards of the tables; then put back."""
    flip(stage, table, column, key)
    yield
    flip(stage, table, column, key)


def flip(stage: Stage, table: type[Base], column: str, key: str) -> None:
    with write(stage.engine) as db:
        name = table.__tablename__
        for (trigger,) in db.connection().exec_driver_sql(
            f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{name}'"
        ):
            db.connection().exec_driver_sql(f"DROP TRIGGER {trigger}")
        rows = select(table).where(getattr(table, column).is_not(None))
        if hasattr(table, "strand_id"):
            rows = rows.where(table.strand_id == stage.strands[key])
        changed = db.scalars(rows).first()
        assert changed is not None
        value = getattr(changed, column)
        middle = len(value) // 2
        setattr(changed, column, value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :])


def ready_to_send(desk: Desk, code: str) -> Walk:
    walk = Walk(desk.app)
    walk.begin(age="20", code=code)
    return walk


def test_nobody_answers_into_a_part_that_two_people_could_not_open(
    desk: Desk, stage_on_sqlite: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage = stage_on_sqlite
    code = open_part(stage, "adult_survivors")
    for table, column in SEALS_ANSWERS:
        walk = ready_to_send(desk, code)
        with one_bit_changed(stage, table, column, "adult_survivors"):
            page = walk.client.post("/c/send")
        assert page.status_code == 200
        assert "We need to stop now" in page.text
        helps_and_lets_leave(page.text)
        is_hardened(page)
        assert walk.cookies == {}
        assert epochs(stage, Response.epoch_id) == epochs(stage, Epoch.id) == []
        assert NAMES[table] in caplog.messages[-1], "whoever runs the site reads which row it was"
    assert ready_to_send(desk, code).post("/c/send").request.path == "/c/receipt", "the control"


def epochs(stage: Stage, column: InstrumentedAttribute[bytes]) -> list[bytes]:
    with read(stage.engine) as db:
        rows = select(column).where(column.class_.strand_id == stage.strands["adult_survivors"])
        return list(db.scalars(rows))


def test_an_epoch_changed_under_a_worker_takes_no_further_answer_and_the_next_one_does(
    desk: Desk, stage_on_sqlite: Stage
) -> None:
    code = open_part(stage_on_sqlite, "adult_survivors")
    first, second, third = (ready_to_send(desk, code) for _ in range(3))
    assert first.post("/c/send").request.path == "/c/receipt"
    flip(stage_on_sqlite, Epoch, "sealed_key", "adult_survivors")
    for walk in (second, third):
        assert walk.post("/c/send").request.path == "/c/receipt"
    used = Counter(epochs(stage_on_sqlite, Response.epoch_id))
    assert sorted(used.values()) == [1, 2], "what is sent after the change lies in a new epoch"


def test_an_opening_stops_with_a_clear_sentence_and_nothing_half_opened(closed: Stage, desk: Desk) -> None:
    reviewer, lead, key = desk.browser("reviewer1"), desk.browser("lead1"), "young_adults"
    where = f"/s/c/{closed.consultation_id}/{closed.strands[key]}/ask"
    request = reviewer.post(where, {"reason": "The report.", "hours": "8"}).location.partition("?")[0]
    passphrase = {name: {"passphrase": closed.passphrases[name]} for name in ("lead1", "reviewer1")}
    for table, column in SEALS_ANSWERS:
        with one_bit_changed(closed, table, column, key):
            refused(lead.post(f"{request}/grant", passphrase["lead1"]))
    assert lead.post(f"{request}/grant", passphrase["lead1"]).status_code == 303
    for table, column in OPENS_ANSWERS:
        with one_bit_changed(closed, table, column, key):
            refused(reviewer.post(f"{request}/tables", passphrase["reviewer1"]))
        with read(closed.engine) as db:
            assert db.scalars(select(Release)).all() == []
            assert [each.used_at for each in db.scalars(select(OpeningRequest))] == [None]
        assert row(closed, key).state == StrandState.CLOSED
    made = reviewer.post(f"{request}/tables", passphrase["reviewer1"])
    assert made.status_code == 303, "the control: with every byte in its place it opens"


def refused(answer: TestResponse) -> None:
    assert answer.status_code == 409
    assert "Nothing was opened." in sentences(answer.text)
    assert "this is an incident" in sentences(answer.text)


def test_the_check_names_the_row(
    closed: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONSULT_ROOT_KEY", ROOT.hex())
    monkeypatch.setenv("CONSULT_ORGANISATION", "The office")
    monkeypatch.setenv("CONSULT_ADDRESS", "http://localhost")
    monkeypatch.setenv("CONSULT_DATA", str(tmp_path))
    monkeypatch.setenv("CONSULT_DATABASE_URL", str(closed.engine.url))
    assert main(["check"]) == 0
    for table, column in CHECKED:
        capsys.readouterr()
        with one_bit_changed(closed, table, column, "young_adults"):
            assert main(["check", "--json"]) == 1
        (problem,) = json.loads(capsys.readouterr().out)["problems"]
        assert f"of table {NAMES[table]} was changed outside" in problem
        assert "treat it as an incident" in problem
    assert main(["check"]) == 0


def test_pages_come_up_with_damaged_keys(closed: Stage, desk: Desk) -> None:
    """Who looks is told when something is to be opened, and not by a fault before."""
    ask(closed, "young_adults")
    for table, column in OPENS_ANSWERS:
        flip(closed, table, column, "young_adults")
    for name in ("reviewer1", "lead1"):
        assert "For the first report." in sentences(desk.browser(name).get("/s/openings"))
