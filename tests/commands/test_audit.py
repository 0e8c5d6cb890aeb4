"""`consult inclusion audit`: 0 for a release that holds, 1 with reasons for one that does not, 2 for something else."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consult.cli import main
from consult.inclusion.dimensions import Dimension
from consult.inclusion.lots import in_lots
from consult.inclusion.release import build_release

DIMENSIONS = (Dimension("age", ("13_15", "16_17")), Dimension("place", ("town", "village"), sensitive=True))


@pytest.fixture(scope="module")
def release() -> dict[str, Any]:
    """A release that passes its audit."""
    counts = {("13_15", "town"): 40, ("13_15", "village"): 31, ("16_17", "town"): 36, ("16_17", "village"): 28}
    rows = [{"age": age, "place": place} for (age, place), n in counts.items() for _ in range(n)]
    return build_release("first", "series", "child", 10, DIMENSIONS, rows).json


def audit(folder: Path, *releases: object, as_json: bool = True) -> int:
    files = [folder / f"release-{number}.json" for number, _ in enumerate(releases)]
    for file, release in zip(files, releases, strict=True):
        file.write_text(json.dumps(release), encoding="utf-8")
    return main(["inclusion", "audit", *map(str, files), *(["--json"] if as_json else [])])


def with_a_small_number(release: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(release)
    table = next(table for table in changed["tables"] if len(table["dimensions"]) == 2)
    table["cells"][0]["count"] = 3
    return changed


def test_a_sound_release_exits_0(release: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tmp_path, release) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    (one,) = told["releases"]
    assert one.keys() == {"file", "ok", "findings", "cells", "withheld", "narrowest", "seconds"}
    assert one["findings"] == []
    assert one["cells"] > 0


def test_one_bad_release_among_good_ones_exits_1_and_says_which(
    release: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(tmp_path, release, {**with_a_small_number(release), "series": "another"}) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["ok"] for each in told["releases"]] == [True, False]
    finding = told["releases"][1]["findings"][0]
    assert finding.keys() == {"kind", "where", "detail"}


def test_two_files_of_one_series_must_name_each_other(
    release: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else nobody has looked at what they tell together; the same file twice tells nothing more."""
    assert audit(tmp_path, release, release) == 0
    capsys.readouterr()
    assert audit(tmp_path, release, {**release, "id": "second"}) == 1
    for one in json.loads(capsys.readouterr().out)["releases"]:
        assert [each["kind"] for each in one["findings"]] == ["unresolved"]


def test_a_file_that_starts_with_a_byte_order_mark_is_read_and_a_monstrous_number_is_bad_input(
    release: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "release.json"
    file.write_text(json.dumps(release), encoding="utf-8-sig")
    assert main(["inclusion", "audit", str(file)]) == 0
    file.write_text(json.dumps(release).replace('"k": 10', f'"k": {"9" * 5000}'), encoding="utf-8")
    assert main(["inclusion", "audit", str(file)]) == 2
    assert "thousands of digits" in capsys.readouterr().err


def test_for_people_each_finding_is_a_line(
    release: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(tmp_path, with_a_small_number(release), as_json=False) == 1
    said = capsys.readouterr().out
    assert "FAILED" in said
    assert "small_published" in said


def test_when_one_file_is_unreadable_nothing_is_said_of_the_others(
    release: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(tmp_path, release, ["not", "a", "release"]) == 2
    assert capsys.readouterr().out == ""


def test_time_is_at_least_a_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inclusion", "audit", str(tmp_path / "any.json"), "--seconds", "0"]) == 2
    assert "--seconds" in capsys.readouterr().err


WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2), st.floats(allow_nan=False),
)  # fmt: skip


def places(value: object, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """One place of every kind in a release: the first of each list stands for the others."""
    below = value.items() if isinstance(value, dict) else list(enumerate(value))[:1] if isinstance(value, list) else ()
    return [way, *(place for key, each in below for place in places(each, (*way, key)))]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_whatever_is_put_anywhere_into_a_release_is_judged_or_refused_and_breaks_nothing(
    data: st.DataObject, release: dict[str, Any], tmp_path: Path
) -> None:
    changed = copy.deepcopy(release)
    *way, last = data.draw(st.sampled_from(places(changed)[1:]))
    inside: Any = changed
    for key in way:
        inside = inside[key]
    inside[last] = data.draw(WRONG)
    assert audit(tmp_path, changed) in {0, 1, 2}


def test_live_figures_are_looked_at_beside_the_release_of_the_same_people(
    release: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One more came since: in lots nobody sees who it was, with exact numbers everybody does."""
    counts = {("13_15", "town"): 40, ("13_15", "village"): 31, ("16_17", "town"): 36, ("16_17", "village"): 27}
    rows = [{"age": age, "place": place} for (age, place), n in counts.items() for _ in range(n)]
    live = build_release("live", "live-series", "child", 10, DIMENSIONS, rows).json
    assert audit(tmp_path, release, in_lots(live)) == 0
    capsys.readouterr()
    assert audit(tmp_path, release, live) == 1
    told = json.loads(capsys.readouterr().out)["releases"]
    assert [{each["kind"] for each in one["findings"]} >= {"differencing"} for one in told] == [True, True]
    audit(tmp_path, release, {**live, "series": "live-of-others"})
    assert json.loads(capsys.readouterr().out)["releases"][0]["ok"]


def test_live_figures_are_looked_at_two_at_a_time_and_none_may_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each number of the later one is whole lots of the people of then; who came in between stays open."""
    made: list[dict[str, Any]] = []
    for n in (24, 39):
        counts = {("13_15", "town"): n, ("13_15", "village"): n, ("16_17", "town"): n, ("16_17", "village"): n}
        rows = [{"age": age, "place": place} for (age, place), n in counts.items() for _ in range(n)]
        one = build_release(f"live-{n}", "live-series", "child", 10, DIMENSIONS, rows, previous=made).json
        made.append(one)
    first, second = (in_lots(one) for one in made)
    assert audit(tmp_path, first, second) == 0
    capsys.readouterr()
    assert audit(tmp_path, second) == 1
    (finding,) = json.loads(capsys.readouterr().out)["releases"][0]["findings"]
    assert finding["kind"] == "unresolved"
    assert "live-24" in finding["detail"]
