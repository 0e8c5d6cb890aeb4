"""From sealed answers to a frozen release and its report: counted apart, protected, and never more than was frozen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, NotFound
from consult.inclusion.audit import audit_release
from consult.models import Consultation, Release, StrandCount
from consult.questionnaire.content import shipped_languages
from consult.resources import catalogue
from consult.services.actors import Actor
from consult.services.opening import reading
from consult.services.participation.responding import take_back
from consult.services.report import reporting
from consult.services.report.releasing import freeze, make_tables
from consult.services.report.reporting import fits_title, release_view
from consult.services.report.reportviews import ReportView, Size
from consult.services.tables.releasetables import Of
from safeguards.lifecycle import ConsultationState, StrandState
from tests.scenario import COOKIE, NOW, ask, close_part, closed_with, give, grant, make, open_part, row


def released(stage: Stage, key: str, people: int) -> Release:
    closed_with(stage, key, people)
    request = ask(stage, key)
    grant(stage, request)
    return make(stage, request)


def view(stage: Stage, release: Release, language: str = "en") -> ReportView:
    with read(stage.engine) as db:
        return release_view(db, stage.people["lead1"], release.id, language)


def test_a_release_is_frozen_with_its_setting(stage: Stage) -> None:
    release = released(stage, "young_adults", 24)
    content = json.loads(release.content)
    assert content["id"] == release.id
    assert content["series"] == release.series == f"young_adult-{stage.strands['young_adults']}"
    assert content["k"] == 5
    assert content["population"]["respondent_class"] == "young_adult"
    assert content["changes"] == {}
    assert audit_release({key: value for key, value in content.items() if key != "audit"}).ok
    with read(stage.engine) as db:
        stored = db.get_one(Release, release.id)
        assert stored.setting["decision"]["decision"] == "GO"
        assert stored.setting["form"]["questions"]["Q36"]["text"].keys() == {"en", "fr", "ar"}
        assert db.get_one(Consultation, stage.consultation_id).state != ConsultationState.ANALYSIS


@pytest.mark.parametrize(
    ("people", "took_back", "told"), [(16, 12, {"withdrawn": 10, "withdrawn_in_lots_of": 5}), (16, 4, {}), (4, 12, {})]
)
def test_who_took_answers_back_is_told_in_whole_lots_of_k(
    stage_on_sqlite: Stage, people: int, took_back: int, told: dict[str, int]
) -> None:
    stage = stage_on_sqlite
    closed_with(stage, "young_adults", people)
    with write(stage.engine) as db:
        db.add(StrandCount(strand_id=stage.strands["young_adults"], what="withdrew", n=took_back))
    request = ask(stage, "young_adults")
    grant(stage, request)
    assert json.loads(make(stage, request).content)["changes"] == told


def test_counting_only_looks_and_what_changed_meanwhile_stops_the_release(stage: Stage) -> None:
    closed_with(stage, "young_adults", 6)
    request = ask(stage, "young_adults")
    grant(stage, request)
    reviewer, common = stage.people["reviewer1"], (stage.keys, stage.policy)
    with read(stage.engine) as db:  # PostgreSQL refuses any change in it
        made = make_tables(db, *common, reviewer, request, stage.passphrases["reviewer1"], COOKIE, NOW)
    assert row(stage, "young_adults").state == StrandState.CLOSED
    with write(stage.engine) as db:
        reading.refuse(db, stage.keys, stage.people["lead2"], request, NOW)
    with pytest.raises(Conflict, match="over"), write(stage.engine) as db:
        freeze(db, *common, reviewer, request, made, NOW)
    with read(stage.engine) as db:
        assert db.scalars(select(Release)).all() == []


def test_answers_taken_back_while_they_were_counted_stop_the_release_and_it_says_what_to_do(
    stage_on_sqlite: Stage,
) -> None:
    stage = stage_on_sqlite
    closed_with(stage, "young_adults", 7)
    request = ask(stage, "young_adults")
    grant(stage, request)
    reviewer, common = stage.people["reviewer1"], (stage.keys, stage.policy)
    with read(stage.engine) as db:
        made = make_tables(db, *common, reviewer, request, stage.passphrases["reviewer1"], COOKIE, NOW)
    with write(stage.engine) as db:
        db.add(StrandCount(strand_id=stage.strands["young_adults"], what="withdrew", n=1))
    with pytest.raises(Conflict, match="enter your passphrase again to count them anew"), write(stage.engine) as db:
        freeze(db, *common, reviewer, request, made, NOW)
    assert make(stage, request).made_at  # the request still stands


def test_a_second_release_of_the_same_people_is_refused(stage_on_sqlite: Stage) -> None:
    released(stage_on_sqlite, "young_adults", 6)
    with pytest.raises(Conflict, match="has its release"):
        ask(stage_on_sqlite, "young_adults", by="reviewer2")


def test_the_threshold_of_the_policy_never_falls_under_the_floor(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    parameter = stage.policy.parameters["P-K"]
    looser = replace(parameter, values={**parameter.values, "R": 2})
    stage.policy = replace(stage.policy, parameters={**stage.policy.parameters, "P-K": looser})
    assert json.loads(released(stage, "young_adults", 6).content)["k"] == 5


@pytest.mark.parametrize(
    ("people", "size", "total"),
    [(4, Size.FEW, None), (5, Size.TOTAL_ONLY, 5), (14, Size.TOTAL_ONLY, 14), (15, Size.FULL, 15)],
)
def test_what_is_said_by_the_size_of_the_population(
    stage_on_sqlite: Stage, people: int, size: Size, total: int | None
) -> None:
    report = view(stage_on_sqlite, released(stage_on_sqlite, "young_adults", people))
    assert (report.card.size, report.card.total) == (size, total)
    assert bool(report.about) == (size is Size.FULL)


def test_a_report_shows_what_the_release_publishes_and_nothing_else(stage_on_sqlite: Stage) -> None:
    release = released(stage_on_sqlite, "young_adults", 30)
    report, content = view(stage_on_sqlite, release), json.loads(release.content)
    published = {
        (tuple(table["dimensions"]), tuple(cell["at"])): cell["count"]
        for table in content["tables"]
        for cell in table["cells"]
    }
    for table in report.about:
        for each in table.rows:
            assert each.count == published[((table.key,), (each.code,))]
    for cross in report.crossed:
        for each, counts in cross.rows:
            for (age,), count in zip(cross.columns, counts, strict=True):
                options = [
                    (("age", cross.key), (age.code, each.code)),
                    (("age", f"{cross.key}.{each.code}"), (age.code, "yes")),
                ]
                assert count in [published[key] for key in options if key in published]
    shown = [each.count for table in (*report.about, *report.answers) for each in table.rows if each.count is not None]
    assert shown
    assert not [count for count in shown if 0 < count < 5]


def test_shares_have_a_base_that_can_be_worked_out_and_is_not_small(stage_on_sqlite: Stage) -> None:
    report = view(stage_on_sqlite, released(stage_on_sqlite, "young_adults", 30))
    tables = [table for table in (*report.about, *report.answers) if table.rows]
    assert {table.of for table in tables} >= {Of.EVERYBODY, Of.ANSWERED}
    for table in tables:
        assert table.base is None or table.base >= 5
        for each in table.rows:
            assert each.percent is None or (each.count is not None and table.base is not None)
            assert each.percent is None or each.percent == round(100 * (each.count or 0) / (table.base or 1))


def test_children_and_adults_are_never_in_one_release(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    for key in ("children", "young_adults"):
        released(stage, key, 6 if key == "young_adults" else 10)
    with read(stage.engine) as db:
        cards = reporting.releases(db, stage.people["lead1"])
    assert {(card.respondent_class, card.total, card.k) for card in cards} == {("child", 10, 10), ("young_adult", 6, 5)}
    assert len({card.id for card in cards}) == 2


def test_adults_who_stand_in_say_for_whom_and_why(stage_on_sqlite: Stage) -> None:
    report = view(stage_on_sqlite, released(stage_on_sqlite, "adult_survivors", 10))
    assert report.stands_in is not None
    assert "specialist" in report.stands_in.public_reason
    assert report.card.counts_children is False


def test_what_was_taken_back_is_not_counted(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, "young_adults")
    receipts = give(stage, "young_adults", 7)
    with write(stage.engine) as db:
        assert take_back(db, stage.keys, receipts[0])
    close_part(stage, "young_adults")
    request = ask(stage, "young_adults")
    grant(stage, request)
    assert view(stage, make(stage, request)).card.total == 6


def test_outside_ones_scope_a_release_is_not_there(stage_on_sqlite: Stage) -> None:
    release = released(stage_on_sqlite, "young_adults", 6)
    stranger = Actor("nobody", "Nobody", "en", frozenset(), frozenset())
    with read(stage_on_sqlite.engine) as db:
        assert reporting.releases(db, stranger) == ()
        with pytest.raises(NotFound):
            release_view(db, stranger, release.id, "en")


@pytest.mark.parametrize(
    "text",
    [
        *("Children's views on chat", "CHILDREN\u2019S VIEWS", "The views of children", "Children's voices 2030"),
        *("Opiniones  de ninas y niños", "L\u2019avis des enfants", "آراءُ الأطـفال", "AS VOZES DAS CRIANÇAS"),
        *(catalogue(language).gettext("Children's views") for language in shipped_languages()),
    ],
)
def test_a_report_that_counts_no_child_can_not_call_itself_childrens_views(text: str) -> None:
    assert fits_title(text, counts_children=True)
    assert not fits_title(text, counts_children=False)
    assert fits_title("What young adults told us", counts_children=False)
