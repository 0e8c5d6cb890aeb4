"""Set up, gate, sign, open, answer sealed, close, open by two, report: what each of the people can rely on."""

import json

import pytest

from consult.inclusion.audit import audit_release
from consult.inclusion.dimensions import THRESHOLDS
from tests.journeys.conftest import RESPONSES, Told

pytestmark = pytest.mark.slow


def test_children_are_asked_where_the_gate_passes(told: Told) -> None:
    children = next(strand for strand in told.outcome.strands if strand["audience"] == "G")
    assert (children["decision"], children["row"], children["reasons"]) == ("GO", "D11", [])
    assert children["languages"] == ["en", "fr", "ar"]


def test_child_survivors_are_not_asked_without_their_service_and_adult_survivors_stand_in(told: Told) -> None:
    survivors = next(strand for strand in told.outcome.strands if strand["audience"] == "S")
    assert (survivors["decision"], survivors["state"]) == ("FALLBACK", "fallen_back")
    assert {"SUP-07", "SUP-08", "SAF-20"} == {reason["requirement"] for reason in survivors["reasons"]}
    assert survivors["fallback"]["audience"] == "A"


def test_everybody_who_sent_is_counted_in_the_class_of_the_strand(told: Told) -> None:
    responses = told.outcome.responses
    assert responses["withdrawn"] == 1
    assert sum(n for name, n in responses.items() if name != "withdrawn") == RESPONSES
    assert set(responses) == {"child", "adult_survivor", "young_adult", "withdrawn"}


def test_what_was_taken_back_is_in_no_release(told: Told) -> None:
    assert _total(told.outcome.releases["child"]) == told.outcome.responses["child"] - 1


def test_each_class_has_a_release_of_its_own_that_passes_the_audit(told: Told) -> None:
    assert set(told.outcome.releases) == {"child", "adult_survivor", "young_adult"}
    for name, release in told.outcome.releases.items():
        assert release["population"] == {"respondent_class": name}
        assert release["k"] == THRESHOLDS[name]
        assert audit_release(release, 60).ok, name


def test_no_release_shows_a_number_of_people_under_its_threshold(told: Told) -> None:
    for release in told.outcome.releases.values():
        shown = [cell["count"] for table in release["tables"] for cell in table["cells"] if cell["count"] is not None]
        assert not [count for count in shown if 0 < count < release["k"]]


def test_the_machine_form_says_what_was_done(told: Told) -> None:
    said = json.loads(json.dumps(told.outcome.to_json()))
    assert {"consultation", "strands", "responses", "release", "seconds"} <= set(said)
    assert not [word for word in told.outcome.sign_ins.values() if word in json.dumps(said)]


def _total(release: dict) -> int:
    return next(
        cell["count"]
        for table in release["tables"]
        for cell in table["cells"]
        if all(label == "*" for label in cell["at"])
    )
