"""The log holds what is on its list, whoever writes into it, and nothing of anybody."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from consult import logs
from consult.database import connect

SECRET = "canary words of somebody"


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)


def entries(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_fault_of_ours_says_what_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_standard_error()
    logs.fault("a page broke", error="KeyError", endpoint="participate.look", address=SECRET, words=SECRET)
    assert entries(capsys) == [
        {"level": "error", "from": "consult", "event": "a page broke", "error": "KeyError"}
        | {"endpoint": "participate.look"}
    ]


def test_what_libraries_say_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_standard_error()
    other = logging.getLogger("another.package")
    other.warning("got %s from %s", SECRET, "203.0.113.7")
    try:
        raise ValueError(SECRET)
    except ValueError:
        other.exception(SECRET)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(SECRET, stacklevel=1)
    logging.getLogger("consult").error(SECRET)
    found = entries(capsys)
    assert SECRET not in json.dumps(found)
    assert {entry["from"] for entry in found} == {"another.package", "py.warnings", "consult"}
    assert {"level": "error", "from": "another.package", "error": "ValueError"} in found


@pytest.mark.filterwarnings("ignore")
def test_an_error_of_the_database_does_not_repeat_what_was_to_be_stored(database_url: str) -> None:
    engine = connect(database_url)
    with pytest.raises(DBAPIError) as refused, engine.connect() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": SECRET})
    engine.dispose()
    assert SECRET not in str(refused.value)
