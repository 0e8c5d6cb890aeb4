"""`consult bench`: a figure never comes without its limit, its size and its machine."""

import json

import pytest

from consult.cli import main
from consult.commands.bench import BENCHMARKS

SLOW = {"open", "page", "release", "submit"}
FEW = {
    **dict.fromkeys(("open", "release"), ("--people", "500")),
    **dict.fromkeys(("page", "submit"), ("--visits", "900")),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in BENCHMARKS]
)
def test_the_figures_of_a_benchmark(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", name, "--json", *FEW.get(name, ())]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"name", "product", "limit", "ratio", "n", "machine"}
    assert told["name"] == name
    assert told["n"] > 0
    assert all(value > 0 for value in (*told["product"].values(), *told["limit"].values(), told["ratio"]))
    assert {"cpus", "architecture", "python"} <= told["machine"].keys()


def test_the_check_on_each_request_costs_microseconds(capsys: pytest.CaptureFixture[str]) -> None:
    """With room for a machine that is slow and busy."""
    main(["bench", "gate", "--json"])
    product = json.loads(capsys.readouterr().out)["product"]
    assert product["running_check_us"] < 100
    assert product["evaluation_ms"] < 1000


def test_for_people_both_figures_and_the_machine_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "gate"]) == 0
    said = capsys.readouterr().out
    assert "product:" in said
    assert "limit:" in said
    assert "times the limit" in said


def test_an_unknown_benchmark_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "everything"])
    assert ended.value.code == 2
    assert "gate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "option", "number", "why"),
    [
        ("gate", "--people", "5000", "open and release only, and at least 500"),
        ("release", "--people", "499", "open and release only, and at least 500"),
        ("page", "--visits", "499", "at least 500"),
        ("gate", "--visits", "5000", "page and submit only"),
    ],
)
def test_a_size_that_it_can_not_have_exits_2(
    name: str, option: str, number: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", name, option, number]) == 2
    assert why in capsys.readouterr().err
