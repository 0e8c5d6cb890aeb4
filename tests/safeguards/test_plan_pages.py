"""The pages about plans and the command they show: every plan in the docs gives the answer printed below it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from consult.cli import main
from safeguards.policyfile import default
from tests.safeguards.plans import children_form, plan_json
from tools import draw_plan, draw_safeguards

ROOT = Path(__file__).parents[2]
HOW_TO = (ROOT / "docs" / "how-to" / "plan.md").read_text("utf-8")
EXAMPLE = re.compile(r"```json\n(?P<plan>.*?)```\n\n```console\n\$ consult (?P<command>.*?)\n(?P<answer>.*?)```", re.S)
EXAMPLES = [match.groupdict() for match in EXAMPLE.finditer(HOW_TO)]
AT = "2026-03-02T14:00:00Z"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_how_to_has_plans_for_most_rows():
    rows = {re.match(r"(\w+) \((D\d+)\)", example["answer"]).groups() for example in EXAMPLES}
    assert len(EXAMPLES) >= 5
    assert {"GO", "FALLBACK", "INCOMPLETE", "GO_WITH_CONDITIONS"} == {decision for decision, _ in rows}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["command"].split()[2])
def test_every_plan_in_the_docs_gives_the_answer_below_it(
    example: dict[str, str], here: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = example["command"].split()
    (here / arguments[2]).write_text(example["plan"], encoding="utf-8")
    assert main(arguments) == 0
    assert capsys.readouterr().out == example["answer"]
    assert main([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert example["answer"].startswith(f"{answer['decision']} ({answer['row']})")


def test_the_reference_is_current():
    for page, drawn in (
        (draw_safeguards.PAGE, draw_safeguards.drawn_page(default())),
        (draw_plan.PAGE, draw_plan.drawn_page()),
        (draw_plan.SCHEMA, draw_plan.drawn_schema()),
    ):
        assert page.read_text("utf-8") == drawn, f"{page.name}: run python -m tools.draw_safeguards and tools.draw_plan"


def test_every_requirement_and_parameter_stands_in_the_reference():
    page = draw_safeguards.PAGE.read_text("utf-8")
    assert all(f"### {key} {each.title}\n" in page for key, each in default().requirements.items())
    assert all(f"| `{key}` |" in page for key in default().parameters)


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]):
    assert main(["gate", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


def test_an_own_policy_tightens_the_answer(here: Path, capsys: pytest.CaptureFixture[str]):
    (here / "p.json").write_text(json.dumps(plan_json(children_form())), encoding="utf-8")
    (here / "own.toml").write_text("[parameters.P-FORM]\n13_15 = 11\n", encoding="utf-8")
    assert main(["gate", "evaluate", "p.json", "--at", AT, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["decision"] == "GO"
    assert main(["gate", "evaluate", "p.json", "--at", AT, "--policy", "own.toml", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["decision"], answer["reasons"][0]["requirement"]) == ("INCOMPLETE", "SAF-14")


def test_decide_now_asks_before_the_date(here: Path, capsys: pytest.CaptureFixture[str]):
    raw: Any = plan_json(children_form(), evidence={"SAF-03": None}) | {"decision_date": "2026-04-01"}
    (here / "p.json").write_text(json.dumps(raw), encoding="utf-8")
    assert main(["gate", "evaluate", "p.json", "--at", AT]) == 0
    assert capsys.readouterr().out.startswith("INCOMPLETE (D6)")
    assert main(["gate", "evaluate", "p.json", "--at", AT, "--decide-now"]) == 0
    assert capsys.readouterr().out.startswith("REFUSE (D7)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1, column 2: not JSON"),
        ("[]", "$.schema"),
        ("{}", "$.schema"),
        ('{"schema": "gate-plan/1"}', "$.strand: this is missing"),
        ('\ufeff{"schema": "gate-plan/1"}', "$.strand: this is missing"),  # saved with a byte order mark
        ('{"schema": "gate-plan/1", "schema": "gate-plan/1"}', "written twice"),
        ("[" * 100_000, "nested too deeply"),
        ("\ud800", "not text in UTF-8"),
        ("1" * 5_000, "fewer digits"),
        ('{"schema": "gate-plan/1", "\\ud800": 1, "strand": {"id": "\\ud800"}}', "$.strand.id"),
        (None, "No such file"),
    ],
)
def test_a_bad_file_is_one_clear_line_for_each_problem(
    text: str | None, words: str, here: Path, capsys: pytest.CaptureFixture[str]
):
    if text is not None:
        (here / "p.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert main(["gate", "evaluate", "p.json", "--at", AT, "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert all(line.startswith("consult: p.json") for line in said.err.splitlines())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--at", "yesterday"], "--at yesterday"),
        (["--at", "2026-03-02T14:00:00"], "with a zone"),
        (["--at", "0001-01-01T00:00:00+05:00"], "so far away"),
        (["--at", "9999-12-31T23:59:59-05:00"], "so far away"),
        (["--policy", "none.toml"], "none.toml"),
        (["--policy", "loose.toml"], "less safe than the floor"),
    ],
)
def test_a_bad_time_or_policy_is_one_clear_line(
    arguments: list[str], words: str, here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "p.json").write_text(json.dumps(plan_json(children_form())), encoding="utf-8")
    (here / "loose.toml").write_text("[parameters]\nP-TAIL = 1\n", encoding="utf-8")
    assert main(["gate", "evaluate", "p.json", *arguments]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert words in said
