"""From opened answers to rows for counting: everybody is in every dimension once, and own words in none."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.bench.invented import BANDS as BENCH_BANDS
from consult.bench.invented import LANGUAGES as BENCH_LANGUAGES
from consult.bench.invented import form as invented_form
from consult.bench.invented import payloads
from consult.inclusion.dimensions import InvalidInput, seen_in
from consult.inclusion.lots import LIVE
from consult.inclusion.tabulate import Tables
from consult.questionnaire.answers import still_asked
from consult.questionnaire.bank import compose_set
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind, OnlyIf, Question, Topic
from consult.services.tables.codedrows import count_answers, sealed_bytes
from consult.services.tables.payload import Payload
from consult.services.tables.plannedtables import further, planned_pairs
from consult.services.tables.protecting import protected
from consult.services.tables.tabulating import (
    AGE,
    LANGUAGE,
    ReleaseText,
    Tabulation,
    about_people,
    answer_tables,
    dimensions_of,
    number_bands,
    row_of,
)

FORM = compose_set("children_13_17", ("en", "fr"))
BANDS = ("13_14", "15", "16_17")
LANGUAGES = ("en", "fr")


def tabulation(form: Form = FORM, bands: tuple[str, ...] = BANDS, k: int = 10) -> Tabulation:
    return Tabulation("release", "series", "child", k, form.to_json(), bands, LANGUAGES, 30)


def tabulate_release(people: list[bytes], wanted: Tabulation) -> ReleaseText:
    return protected(count_answers(people, wanted), wanted)


def payload(band: str = "13_14", language: str = "en", **changes: object) -> bytes:
    values: dict[str, object] = {
        "band": band,
        "language": language,
        "mode": "OI",
        "place": "XA",
        "form_version": "1",
        "form_digest": "0",
        "answers": {"Q14": "safe", "Q20": ("phone",), "Q27": "My own words are never counted."},
        "profile": {"gender": "girl", "location": "city", "disability": "no"},
    }
    return Payload(**{**values, **changes}).to_bytes()  # type: ignore[arg-type]


def cells(text: str, *names: str) -> dict[tuple[str, ...], int | None]:
    table = next(table for table in json.loads(text)["tables"] if table["dimensions"] == list(names))
    return {tuple(cell["at"]): cell["count"] for cell in table["cells"]}


def test_everybody_is_counted_once_in_every_single_table() -> None:
    people = [payload(BANDS[n % 3], "en" if n % 2 else "fr") for n in range(60)]
    text = tabulate_release(people, tabulation()).text
    for table in json.loads(text)["tables"]:
        everybody = [cell["count"] for cell in table["cells"] if set(cell["at"]) == {"*"}]
        assert everybody == [60]
    assert cells(text, LANGUAGE) == {("en",): 30, ("fr",): 30, ("*",): 60}


def test_age_fifteen_is_never_shown_alone() -> None:
    text = tabulate_release([payload(BANDS[n % 3]) for n in range(90)], tabulation()).text
    assert cells(text, AGE) == {("13_15",): 60, ("16_17",): 30, ("*",): 90}


def test_an_option_that_was_not_chosen_is_told_from_a_skipped_question() -> None:
    people = [payload() for _ in range(30)] + [payload(answers={"Q14": "safe"}) for _ in range(20)]
    found = cells(tabulate_release(people, tabulation()).text, "Q20.phone")
    assert (found[("yes",)], found[("skipped",)]) == (30, 20)


def test_what_an_age_is_not_asked_is_no_skip() -> None:
    names = {dimension.name: dimension for dimension in dimensions_of(FORM, BANDS, LANGUAGES)}
    assert "not_asked" in names["Q26"].categories  # for 16 and 17 only
    assert "not_asked" not in names["Q14"].categories
    only_older = {d.name: d for d in dimensions_of(FORM, ("16_17",), LANGUAGES)}
    assert "not_asked" not in only_older["Q26"].categories


def test_a_category_that_some_ages_are_offered_is_offered_to_the_groups_of_ages_that_are_shown() -> None:
    fine = {one.name: one for one in about_people(FORM, ("10_12", *BANDS), LANGUAGES)}
    assert [name for name, one in fine.items() if one.offered_to] == ["gender"]
    views = {**fine, AGE: fine[AGE].coarse()}
    for _ in range(2):  # a view of a view is made of the fine dimensions again
        views = seen_in(views, fine)
        assert views["gender"].offered_to == (AGE, {"not_sure": ("13_15", "16_17")})
    wide = seen_in({**views, "gender": fine["gender"].coarse()}, fine)["gender"]
    assert wide.offered_to is None, "everybody can say it in another way"
    assert not any(one.offered_to for one in about_people(FORM, BANDS, LANGUAGES))


def test_own_words_and_numbers_leave_no_trace() -> None:
    text = tabulate_release([payload() for _ in range(40)], tabulation()).text
    assert "own words" not in text
    assert "Q27" not in text


def test_a_dimension_keeps_its_sensitivity() -> None:
    kinds = Counter(dimension.sensitive for dimension in dimensions_of(FORM, BANDS, LANGUAGES))
    assert kinds[True] == 1
    assert next(d for d in dimensions_of(FORM, BANDS, LANGUAGES) if d.sensitive).name == "disability"


def test_an_answer_that_the_form_does_not_have_stops_everything_without_being_quoted() -> None:
    people = [payload() for _ in range(20)] + [payload(answers={"Q14": "something secret"})]
    with pytest.raises(InvalidInput) as refused:
        tabulate_release(people, tabulation())
    assert "secret" not in str(refused.value)


def test_a_choice_of_one_is_shown_by_gender_where_that_is_safe() -> None:
    people = [
        payload(
            answers={"Q14": ("safe", "very_safe")[n % 2]},
            profile={"gender": ("girl", "boy")[n // 2 % 2], "location": "city", "disability": "no"},
        )
        for n in range(160)
    ]
    found = cells(tabulate_release(people, tabulation(bands=("13_14",))).text, "gender", "Q14")
    assert found[("girl", "safe")] == found[("boy", "very_safe")] == 40


NUMBER = Question("N1", Kind.NUMBER, Topic.LIFE_ONLINE, {"en": "How many hours?"}, minimum=0, maximum=24)


def test_a_number_is_counted_in_at_most_five_bands_that_cover_the_range() -> None:
    bands = number_bands(NUMBER)
    assert bands == ((0, 4), (5, 9), (10, 14), (15, 19), (20, 24))
    form = replace(FORM, questions=(NUMBER,), easy={}, recordings={})
    people = [payload(answers={"N1": hours}) for hours in (0, 4, 24) for _ in range(20)] + [payload(answers={})] * 10
    found = cells(tabulate_release(people, tabulation(form)).text, "N1")
    assert found[("0_4",)] == 40
    assert found[("20_24",)] == 20
    assert found[("skipped",)] == 10


@given(st.integers(0, 500), st.integers(1, 500))
def test_number_bands_leave_no_gap_and_never_overlap(low: int, width: int) -> None:
    bands = number_bands(replace(NUMBER, minimum=low, maximum=low + width))
    assert bands[0][0] == low
    assert bands[-1][1] == low + width
    assert len(bands) <= 5
    assert all(one[1] + 1 == other[0] for one, other in pairwise(bands))


def told(counted: Tables) -> dict[tuple[str, ...], list[int]]:
    return {names: cells.ravel().tolist() for names, cells in counted.counts.items()}


@pytest.mark.parametrize(
    ("bands", "languages"), [(BENCH_BANDS, BENCH_LANGUAGES), (("10_12", *BENCH_BANDS), ("ar", "fr", "en", "es"))]
)
def test_what_stands_before_an_answer_counts_as_the_answer_itself(
    bands: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    """Also when the plan has changed since it was given, and for answers from before there was such a thing."""
    asked, people = invented_form(), payloads(300)
    wanted = Tabulation("release", "series", "child", 10, asked.to_json(), bands, languages, 30)
    plain = [each.to_bytes() for each in people]
    coded = [sealed_bytes(asked, asked.digest(), BENCH_BANDS, BENCH_LANGUAGES, each) for each in people]
    old = [each[2:] for each in plain]
    assert [Payload.from_bytes(each) for each in (*coded, *old)] == people * 2
    expected = told(count_answers(plain, wanted))
    assert told(count_answers(coded, wanted)) == expected
    assert told(count_answers(old + coded, wanted)) == {key: [n * 2 for n in cells] for key, cells in expected.items()}


def test_an_answer_that_cannot_be_counted_is_kept_all_the_same() -> None:
    asked, strange = FORM, Payload.from_bytes(payload(answers={"Q14": "not on offer"}))
    assert Payload.from_bytes(sealed_bytes(asked, asked.digest(), BANDS, LANGUAGES, strange)) == strange


def test_a_plan_for_ages_asks_for_nothing_that_is_not_tried_anyhow() -> None:
    people = [payload(BANDS[n % 3], "en" if n % 2 else "fr") for n in range(60)]
    aimed = replace(tabulation(), planned=((("age", "13_15"),),))
    assert answer_tables(FORM, aimed.planned) == answer_tables(FORM)
    found, usual = (json.loads(tabulate_release(people, each).text) for each in (aimed, tabulation()))
    assert found["tables"] == usual["tables"]


def test_for_a_planned_group_every_closed_answer_is_counted_by_it_and_no_own_words() -> None:
    tables = answer_tables(FORM, ((("disability", "yes"),),))
    by_group = [names[1] for names in tables if len(names) > 1 and names[0] == "disability"]
    closed = [each for each in FORM.questions if each.kind is not Kind.TEXT]
    assert {name.partition(".")[0] for name in by_group} >= {each.id for each in closed}
    assert not {each.id for each in FORM.questions if each.kind is Kind.TEXT} & set(by_group)


def test_whom_people_love_is_never_put_beside_where_they_live() -> None:
    known = ("age", "language", "location", "sogi")
    both, apart = (("location", "camp"), ("sogi", "yes")), (("sogi", "yes"),)
    assert planned_pairs((both,), known) == ()
    assert all(set(names) != {"location", "sogi"} for names in planned_pairs((both, apart), known))
    assert not any(
        "location" in names and "sogi" in names for bundle in further(FORM, (both,), known) for names in bundle
    )


def test_a_planned_pair_is_shown_by_planned_groups_where_every_category_is_too_fine() -> None:
    sizes = {("13_14", "girl"): 24, ("13_14", "boy"): 22, ("16_17", "girl"): 15, ("16_17", "boy"): 16}
    few = {(band, label): 4 for band in ("13_14", "16_17") for label in ("another", "not_sure", "prefer_not")}
    people = [
        payload(band, answers={"Q14": "safe"}, profile={"gender": gender, "location": "city", "disability": "no"})
        for (band, gender), count in {**sizes, **few}.items()
        for _ in range(count)
    ]
    pairs = ((("age", "13_15"), ("gender", "girl")), (("age", "16_17"), ("gender", "boy")))
    release = json.loads(tabulate_release(people, replace(tabulation(), planned=pairs)).text)
    tables = {tuple(table["dimensions"]): table["cells"] for table in release["tables"]}
    assert ("age", "gender") not in tables
    shown = {tuple(cell["at"]): cell["count"] for cell in tables["age", "gender:planned"]}
    assert {at: shown[at] for at in (("13_15", "girl"), ("16_17", "boy"))} == {
        ("13_15", "girl"): 24,
        ("16_17", "boy"): 16,
    }
    assert all(count is None or count >= 10 for count in shown.values())


def test_live_figures_have_no_largest_group_for_their_lots_do_not_say_which_it_is() -> None:
    """Girls and boys are both told as twenty, so a table of the girls alone would say that they are the more."""
    sizes = {"girl": 24, "boy": 22, "another": 4}
    people = [
        payload(band, answers={}, profile={"gender": gender, "location": "city", "disability": "no"})
        for band in ("13_14", "16_17")
        for gender, count in sizes.items()
        for _ in range(count)
    ]
    asked = replace(FORM, questions=FORM.questions[:1], easy={}, recordings={})
    release, live = (replace(tabulation(asked), series=each) for each in ("of-the-part", f"{LIVE}of-the-part"))
    assert "age × gender:largest" in crossings(tabulate_release(people, release))
    assert not [each for each in crossings(tabulate_release(people, live)) if "largest" in each]


def crossings(made: ReleaseText) -> list[str]:
    return [" × ".join(each["dimensions"]) for each in json.loads(made.text)["tables"]]


@given(st.sampled_from(BANDS), st.dictionaries(st.sampled_from(["Q14", "own_1", "own_2"]), st.integers(0, 5)))
def test_who_is_not_asked_after_an_answer_is_whom_the_release_says(band: str, picks: dict[str, int]) -> None:
    """The audit reckons with it: "not asked" are those of the categories that the dimension names, and nobody else."""
    first = next(question for question in FORM.questions if question.id == "Q14")
    after = replace(first, id="own_1", bands=(), only_if=OnlyIf("Q14", first.option_ids[:2]))
    then = replace(first, id="own_2", bands=(), only_if=OnlyIf("own_1", first.option_ids[3:]))
    form = replace(FORM, questions=(replace(first, bands=("15", "16_17")), after, then), easy={})
    answers = {key: first.option_ids[place] for key, place in picks.items()}
    given_ = Payload.from_bytes(payload(band, answers=still_asked(form, band, answers)))
    row = row_of(form, given_)
    assert len([name for name in row if name.startswith("own")]) == 2
    for dimension in dimensions_of(form, BANDS, LANGUAGES):
        assert row.get(dimension.name, "skipped") in dimension.categories
        if dimension.not_asked_of is not None:
            by, left_out = dimension.not_asked_of
            assert (row[dimension.name] == "not_asked") == (row[by] in left_out)
