"""Every command explains itself, and says in one line what is wrong with what it was given."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.cli import main, parser


def ways(at: argparse.ArgumentParser, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and sub-command, as the words that are typed."""
    yield way
    for action in at._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from ways(below, (*way, name))


COMMANDS = list(ways(parser()))


def test_all_commands_of_the_contract_are_there() -> None:
    assert {way[0] for way in COMMANDS if way} >= {
        "demo", "serve", "upgrade", "check", "user", "gate", "inclusion", "jobs", "bench",
    }  # fmt: skip


def parser_of(way: tuple[str, ...]) -> argparse.ArgumentParser:
    at = parser()
    for word in way:
        at = next(each for each in at._actions if isinstance(each, argparse._SubParsersAction)).choices[word]
    return at


def test_every_argument_says_what_it_is() -> None:
    silent = {
        " ".join([*way, action.dest])
        for way in COMMANDS
        for action in parser_of(way)._actions
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    }
    assert silent == set()


def test_every_command_that_answers_does_so_in_one_object_too() -> None:
    acts = [
        way
        for way in COMMANDS
        if not any(isinstance(each, argparse._SubParsersAction) for each in parser_of(way)._actions)
    ]
    without = {" ".join(way) for way in acts if "--json" not in parser_of(way)._option_string_actions}
    assert without == {"serve", "fallback-page", "gate schema"}, "a server, a page, and what is JSON anyway"


@pytest.mark.parametrize("way", COMMANDS, ids=" ".join)
def test_help_exits_0_and_names_the_command(way: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*way, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: consult", *way]))


@pytest.mark.parametrize("way", COMMANDS, ids=" ".join)
def test_an_unknown_argument_exits_2_with_nothing_on_standard_output(
    way: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*way, "--no-such-thing"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert "usage: consult" in said.err


FILE_COMMANDS = [
    ["gate", "evaluate", "{file}"],
    ["gate", "lapse", "{file}", "--event", "stop", "--at", "2030-01-07T12:00:00Z"],
    ["inclusion", "audit", "{file}"],
]
NOT_A_FILE_OF_OURS = {
    "absent": None,
    "empty": b"",
    "no JSON": b"{'a': 1}",
    "cut short": b'{"version": 1,',
    "no UTF-8": b"\xff\xfe\x00",
    "a list": b"[]",
    "an object of something else": b'{"name": "x"}',
    "nested without end": b"[" * 100_000,
}


@pytest.mark.parametrize("command", FILE_COMMANDS, ids=lambda command: " ".join(command[:2]))
@pytest.mark.parametrize("content", NOT_A_FILE_OF_OURS.values(), ids=NOT_A_FILE_OF_OURS)
def test_a_file_that_can_not_be_used_exits_2_with_a_line_that_names_it(
    command: list[str], content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "given.json"
    if content is not None:
        file.write_bytes(content)
    assert main([word.format(file=file) for word in command]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines
    assert all(line.startswith(f"consult: {file}") for line in lines)


def test_a_folder_in_place_of_a_file_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in FILE_COMMANDS:
        assert main([word.format(file=tmp_path) for word in command]) == 2
        assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["demo", "--no-serve", "--data", "{file}"],
        ["questionnaire", "export", "children_13_17", "{file}/set.xlsx"],
        ["bench", "page", "--added-sync-ms", "-1"],
    ],
    ids=lambda command: command[0],
)
def test_what_can_not_be_meant_exits_2_before_any_work(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "given"
    file.touch()
    assert main([word.format(file=file) for word in command]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("moment", ["yesterday", "2030-01-07T12:00:00", "2030-13-07T12:00:00Z"])
def test_a_time_without_a_zone_or_sense_exits_2(moment: str, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "evaluate", str(plan), "--at", moment]) == 2
    assert moment in capsys.readouterr().err


@pytest.mark.parametrize(
    ("policy", "named"),
    [
        ("colour = 'red'", "colour"),
        ("[parameters]\nP-TAIL = 1", "P-TAIL"),
        ("[parameters]\nP-NOTHING = 1", "P-NOTHING"),
        ("not toml", "TOML"),
    ],
)
def test_a_policy_with_an_unknown_key_or_a_loose_number_exits_2_and_names_it(
    policy: str, named: str, plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.toml").write_text(policy, encoding="utf-8")
    assert main(["gate", "evaluate", str(plan), "--policy", str(tmp_path / "own.toml")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert named in said.err


def test_the_gate_answers_with_one_object_and_exits_0_whatever_it_decides(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without_evidence = json.loads(plan.read_text(encoding="utf-8"))
    without_evidence["record"]["evidence"] = {"*": None}
    other = tmp_path / "other.json"
    other.write_text(json.dumps(without_evidence), encoding="utf-8")
    decisions = []
    for file in (plan, other):
        assert main(["gate", "evaluate", str(file), "--at", "2030-01-07T12:00:00Z", "--decide-now", "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert {"decision", "row", "reasons", "conditions", "fallback", "valid_until", "parts"} <= answer.keys()
        decisions.append(answer["decision"])
    assert decisions[0] == "GO"
    assert decisions[1] in {"REFUSE", "FALLBACK"}


def test_a_demonstration_never_writes_into_a_folder_that_holds_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    assert main(["demo", "--data", str(tmp_path), "--no-serve"]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("responses", ["0", "-3", "1000000"])
def test_a_demonstration_of_nobody_or_of_a_city_exits_2(responses: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--responses", responses, "--no-serve"]) == 2
    assert responses in capsys.readouterr().err


def test_no_command_leaves_a_core_dump_behind() -> None:
    asked = "import resource; from consult.cli import main; main(['gate', 'evaluate', 'absent']); "
    said = "print(resource.getrlimit(resource.RLIMIT_CORE))"
    done = subprocess.run([sys.executable, "-c", asked + said], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "(0, 0)"
