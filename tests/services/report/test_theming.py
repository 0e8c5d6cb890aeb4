"""Themes by hand: counted once, protected and audited together with the report of the same people."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid
from consult.models import Release, Strand
from consult.services.participation import responding
from consult.services.report import theming
from consult.services.report.findings import findings_of
from tests.scenario import NOW, ask, close_part, give, grant, make, open_part
from tests.services.report.test_keeping import KEY, REDACTOR, reported, reported_as_closed

QUESTION = "Q39"


def strand(db, stage: Stage) -> Strand:
    return db.get_one(Strand, stage.strands[KEY])


def add(stage: Stage, *names: str) -> list[str]:
    with write(stage.engine) as db:
        who, part = stage.people[REDACTOR], strand(db, stage)
        return [theming.add_theme(db, stage.keys, who, part, QUESTION, name, "When.", NOW).id for name in names]


def count(stage: Stage, coded: list[set[str]]) -> theming.Counted:
    with read(stage.engine) as db:
        return theming.count_themes(db, strand(db, stage), QUESTION, coded)


def counted(stage: Stage, request: str, coded: list[set[str]]) -> None:
    store(stage, request, count(stage, coded))


def store(stage: Stage, request: str, found: theming.Counted) -> None:
    with write(stage.engine) as db:
        theming.store_themes(db, stage.keys, stage.people[REDACTOR], strand(db, stage), request, found, NOW)


def test_a_count_is_protected_frozen_and_names_the_release_before_it(stage: Stage) -> None:
    request = reported(stage, 24)
    often, rare = add(stage, "Answer fast", "Rare")
    counted(stage, request, [{often}] * 9 + [{often, rare}] * 2)
    with read(stage.engine) as db:
        counts = {each.name: each.count for each in theming.theme_counts(db, stage.strands[KEY])[QUESTION]}
        found = findings_of(db, stage.strands[KEY], "en")
        content = json.loads(db.execute(text("SELECT content FROM theme_releases")).scalar_one())
        first = db.execute(text("SELECT id FROM releases")).scalar_one()
    assert counts == {"Answer fast": 11}, "the name of a rare theme would be what one of two wrote"
    assert found is not None
    assert [theme.name for theme in found.questions[0].themes] == ["Answer fast"]
    assert content["previous"] == [first]
    with pytest.raises(IntegrityError), stage.engine.begin() as db:
        db.execute(text("DELETE FROM theme_releases"))


def test_the_same_people_are_counted_by_themes_once(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    request = reported(stage, 24)
    (theme,) = add(stage, "Answer fast")
    counted(stage, request, [{theme}] * 9)
    with pytest.raises(Conflict, match="are counted"):
        counted(stage, request, [{theme}] * 8)
    with pytest.raises(Conflict, match="are counted"):
        add(stage, "Another")


def test_themes_of_too_few_people_are_not_counted_since_their_names_tell_what_one_wrote(stage_on_sqlite: Stage) -> None:
    reported(stage_on_sqlite, 14)  # under three times the threshold of 5
    (theme,) = add(stage_on_sqlite, "Answer fast")
    with pytest.raises(Conflict, match="Too few people"):
        count(stage_on_sqlite, [{theme}] * 9)


def test_themes_of_what_only_some_ages_were_asked_are_not_counted(stage_on_sqlite: Stage) -> None:
    """With the number of these ages it would follow how few of them have no theme."""
    stage = stage_on_sqlite
    reported(stage, 24)
    (theme,) = add(stage, "Answer fast")
    with read(stage.engine) as db:
        part = strand(db, stage)
        asked = [{**each, "bands": ["18_19"] if each["id"] == QUESTION else []} for each in part.form["questions"]]
        set_committed_value(part, "form", {**part.form, "questions": asked})
        with pytest.raises(Conflict, match="Only some ages"):
            theming.count_themes(db, part, QUESTION, [{theme}] * 9)


def test_a_report_that_does_not_say_whom_it_did_not_ask_is_completed_from_the_form(stage_on_sqlite: Stage) -> None:
    """Q41, asked of others than the 18 to 24 who are here, is known of all; asked of 18 and 19, of nobody shown."""
    stage = stage_on_sqlite
    reported(stage, 24)
    (theme,) = add(stage, "Answer fast")
    with read(stage.engine) as db:
        part, release = strand(db, stage), db.scalars(select(Release)).one()
        told, form = json.loads(release.content), part.form
        told["tables"] = [each for each in told["tables"] if "Q41" not in each["dimensions"]]
        next(each for each in told["dimensions"] if each["name"] == "Q41")["categories"].append("not_asked")
        set_committed_value(release, "content", json.dumps(told))
        for bands, safe in (["25p"], True), (["18_19"], False):
            asked = [{**each, "bands": bands if each["id"] == "Q41" else []} for each in form["questions"]]
            set_committed_value(part, "form", {**form, "questions": asked})
            with nullcontext() if safe else pytest.raises(Conflict, match="giving somebody away"):
                theming.count_themes(db, part, QUESTION, [{theme}] * 9)


def test_a_theme_needs_a_memo_and_a_name_of_its_own_and_a_reader(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    reported(stage, 6)
    add(stage, "Answer fast")
    with write(stage.engine) as db:
        for who, name, memo, wanted in (
            ("lead1", "New", "When.", Denied),
            (REDACTOR, "answer FAST", "When.", Invalid),
            (REDACTOR, "New", " ", Invalid),
        ):
            with pytest.raises(wanted):
                theming.add_theme(db, stage.keys, stage.people[who], strand(db, stage), QUESTION, name, memo, NOW)


def test_after_somebody_took_answers_back_nothing_is_counted_beside_the_report(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, KEY)
    receipts = give(stage, KEY, 24)
    request = reported_after(stage)
    with write(stage.engine) as db:
        assert responding.take_back(db, stage.keys, receipts[0])
    (theme,) = add(stage, "Answer fast")
    with pytest.raises(Conflict, match="took answers back"):
        counted(stage, request, [{theme}] * 9)


def test_a_count_is_not_stored_when_something_changed_since_it_was_made(stage: Stage) -> None:
    open_part(stage, KEY)
    receipts = give(stage, KEY, 24)
    close_part(stage, KEY)
    request = reported_as_closed(stage)
    (theme,) = add(stage, "Answer fast")
    early = count(stage, [{theme}] * 9)
    add(stage, "Another")
    late = count(stage, [{theme}] * 9)
    with pytest.raises(Conflict, match="changed the themes"):
        store(stage, request, early)
    with write(stage.engine) as db:
        assert responding.take_back(db, stage.keys, receipts[0])
    with pytest.raises(Conflict, match="answers changed"):
        store(stage, request, late)


def reported_after(stage: Stage) -> str:
    close_part(stage, KEY)
    tables = ask(stage, KEY)
    grant(stage, tables)
    assert isinstance(make(stage, tables), Release)
    return tables
