"""Splitting (D8) and several modes: each part is decided alone, and keeps only what concerns it."""

from safeguards.results import Evaluation
from tests.safeguards.plans import (
    LINE,
    SESSION,
    TWO_LANGUAGES,
    TWO_PLACES,
    adult_survivors,
    children_form,
    children_group,
    decide,
    entry,
    named,
    survivors_group,
)


def row(answer: Evaluation) -> tuple[str, str]:
    return answer.decision.value, answer.row


def test_d8_a_place_that_fails_alone_is_split_off():
    law = [entry("LEX", "SL", subject="PE")]
    answer = decide(children_form(**TWO_PLACES), evidence={"SAF-08": law})
    assert row(answer) == ("INCOMPLETE", "D8")
    assert [(part.plan.strand.jurisdictions, row(part)) for part in answer.parts] == [
        (("PE",), ("GO", "D11")),
        (("BO",), ("INCOMPLETE", "D6")),
    ]
    assert answer.valid_until is None
    assert answer.parts[0].valid_until is not None


def test_d8_bands_under_13_that_fail_alone_are_split_off():
    answer = decide(children_form(ages=[11, 14], minutes=10), evidence={"SAF-17": None})
    [older, younger] = answer.parts
    assert [band.value for band in older.plan.strand.age_bands] == ["13_14"]
    assert row(older) == ("INCOMPLETE", "D9")
    assert [band.value for band in younger.plan.strand.age_bands] == ["10_12"]
    assert row(younger) == ("INCOMPLETE", "D6")


def test_d8_gaps_of_several_kinds_leave_what_has_none():
    strand = children_form(
        **{
            **TWO_PLACES,
            **TWO_LANGUAGES,
            "services": [{**LINE, "languages": ["es", "quz"], "jurisdictions": ["PE", "BO"]}],
        }
    )
    gaps = {"SAF-08": [entry("LEX", "SL", subject="PE")], "ETH-02": [entry("TL", "SL", subject="es")]}
    answer = decide(strand, evidence=gaps)
    cut = [(part.plan.strand.languages, part.plan.strand.jurisdictions, part.decision.value) for part in answer.parts]
    assert cut == [
        (("es",), ("PE",), "GO"),
        (("quz",), ("PE", "BO"), "INCOMPLETE"),
        (("es",), ("BO",), "INCOMPLETE"),
    ]


def test_d8_does_not_split_when_everything_fails_or_something_fails_for_all():
    assert row(decide(children_form(**TWO_PLACES), evidence={"SAF-08": None})) == ("INCOMPLETE", "D6")
    gaps = {"SAF-08": [entry("LEX", "SL", subject="PE")], "SAF-03": None}
    answer = decide(children_form(**TWO_PLACES), evidence=gaps)
    assert row(answer) == ("INCOMPLETE", "D6")
    assert not answer.parts


def test_d8_a_gap_for_one_and_a_gap_for_all_in_one_requirement_is_a_gap_for_all():
    slow = {**TWO_LANGUAGES, "services": [{**LINE, "languages": ["es", "quz"], "interpreter_minutes": 60}]}
    answer = decide(children_form(**slow), evidence={"SUP-03": [entry("SVC", "SL", subject="es")]})
    assert row(answer) == ("INCOMPLETE", "D6")
    assert not answer.parts


def test_d8_a_part_keeps_only_the_services_that_serve_it():
    channels = [{**channel, "id": f"k-{channel['kind']}"} for channel in LINE["channels"]]
    kawsay = {**LINE, "id": "kawsay", "languages": ["quz"], "channels": channels}
    untested = [entry("LF", "SL"), {"subject": "kawsay", "missing": True}]
    answer = decide(children_form(languages=["es", "quz"], services=[LINE, kawsay]), evidence={"SUP-04": untested})
    assert [(part.plan.strand.languages, row(part)) for part in answer.parts] == [
        (("es",), ("GO", "D11")),
        (("quz",), ("INCOMPLETE", "D6")),
    ]


def test_d8_does_not_split_for_an_eq_gap():
    only_spanish = {"INC-05": [entry("TL", "SL", safety_texts_only=True)]}
    assert row(decide(children_form(**TWO_LANGUAGES), evidence=only_spanish)) == ("INCOMPLETE", "D9")


def test_several_modes_are_decided_one_by_one():
    strand = survivors_group(mode=["PG", "OI"], sessions=[{**SESSION, "mode": "PG"}])
    answer = decide(strand, [adult_survivors()])
    assert row(answer) == ("FALLBACK", "D8")
    assert [(part.plan.strand.mode.value, row(part)) for part in answer.parts] == [
        ("PG", ("GO", "D11")),
        ("OI", ("FALLBACK", "D3")),
    ]


def test_each_mode_is_looked_at_with_its_own_sessions():
    alone = {**SESSION, "id": "second", "mode": "PI", "adults": ["lia"], "children": 1}
    answer = decide(children_group(mode=["PG", "PI"], sessions=[{**SESSION, "mode": "PG"}, alone]))
    assert [row(part) for part in answer.parts] == [("GO", "D11"), ("INCOMPLETE", "D6")]
    assert named(answer.parts[1]) == {"SAF-04"}
