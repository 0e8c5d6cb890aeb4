"""What those who took part are told: opened by a person, from one release, and never a number that it withholds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid
from consult.models import Release
from consult.services.report import said
from consult.services.report.said import Said
from consult.services.signed import stopping
from tests.scenario import NOW, ask, closed_with, copied, further, grant, make

KEY = "young_adults"


def _released(stage: Stage) -> Stage:
    closed_with(stage, KEY, 30)
    request = ask(stage, KEY)
    grant(stage, request)
    make(stage, request)
    return stage


@pytest.fixture(scope="module")
def made_once(sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage]:
    return further(sent_on_sqlite, tmp_path_factory.mktemp("said"), _released)


@pytest.fixture
def released(made_once: tuple[Path, Stage], tmp_path: Path) -> Iterator[tuple[Stage, str]]:
    """Thirty young adults have answered, and their tables are made; every test works on a copy."""
    with copied(made_once, tmp_path) as stage:
        with read(stage.engine) as db:
            release = db.scalars(select(Release.id)).one()
        yield stage, release


def told(stage: Stage, language: str = "en") -> Said | None:
    with read(stage.engine) as db:
        return said.said(db, stage.strands[KEY], language)


def publish(stage: Stage, release: str, by: str = "facilitator", *, read_with_some: bool = True) -> None:
    with write(stage.engine) as db:
        said.publish(db, stage.keys.audit, stage.people[by], release, read_with_some=read_with_some, now=NOW)


def test_a_release_alone_is_told_to_nobody(released: tuple[Stage, str]) -> None:
    stage, release = released
    assert told(stage) is None
    with pytest.raises(Invalid):
        publish(stage, release, read_with_some=False)
    with pytest.raises(Denied):
        publish(stage, release, by="reviewer1")
    assert told(stage) is None
    publish(stage, release)
    page = told(stage)
    assert page is not None
    assert page.published_on == NOW.date()
    with pytest.raises(Conflict, match="already"):
        publish(stage, release)


def test_an_emergency_stop_tells_nothing(released: tuple[Stage, str]) -> None:
    stage, release = released
    with write(stage.engine) as db:
        strand = said._release(db, stage.people["lead1"], release).strand_id
        stopping.press_stop(db, stage.keys, stage.people["lead1"], db.get_one(said.Strand, strand), "x", NOW)
    with pytest.raises(Conflict, match="emergency stop"):
        publish(stage, release)
    assert told(stage) is None


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_number_told_is_a_published_cell_and_nobody_small_is_in_it(
    released: tuple[Stage, str], language: str
) -> None:
    stage, release = released
    publish(stage, release)
    page = told(stage, language)
    assert page is not None
    with read(stage.engine) as db:
        frozen = json.loads(db.get_one(Release, release).content)
    cells = {cell["count"] for table in frozen["tables"] for cell in table["cells"]} - {None}
    lines = [chosen.line for idea in page.ideas for chosen in idea.chosen]
    assert lines
    for line in lines:
        count, base = (int(number) for number in re.findall(r"\d+", line))
        assert count in cells
        assert frozen["k"] <= count <= base
    assert "30" in page.opening[0]
    assert page.rtl is (language == "ar")
    withheld = {
        table["dimensions"][0].partition(".")[0]
        for table in frozen["tables"]
        if len(table["dimensions"]) == 1
        for cell in table["cells"]
        if cell["count"] is None
    }
    some_hidden = bool(page.hidden or page.unseen)
    assert some_hidden == bool(withheld - {"age", "language", "gender", "location"})


def test_questions_of_which_nothing_is_shown_stand_together(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    closed_with(stage, KEY, 6)  # under three times five: the total, and nothing else
    request = ask(stage, KEY)
    grant(stage, request)
    publish(stage, make(stage, request).id)
    page = told(stage)
    assert page is not None
    assert page.ideas == ()
    assert len(page.unseen) == len(set(page.unseen)) > 1
    assert page.nothing.startswith("We do not show the answers to these questions.")


def test_the_words_say_for_whom_nobody_stands(released: tuple[Stage, str]) -> None:
    stage, release = released
    publish(stage, release)
    page = told(stage)
    assert page is not None
    assert page.opening[1] == "These people chose to take part. They do not stand for everyone."
    assert "children" not in " ".join([page.thanks, *page.opening])
