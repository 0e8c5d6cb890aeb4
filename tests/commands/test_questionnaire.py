"""`consult questionnaire`: an XLSForm in, out and through the word check."""

import io
import json
from pathlib import Path

import openpyxl
import pytest

from consult.cli import main
from consult.questionnaire.bank import compose_set


def book(folder: Path, *rows: tuple[str, ...]) -> str:
    made = openpyxl.Workbook()
    made.active.title = "survey"
    for row in (("type", "name", "label", "consult_topic"), *rows):
        made.active.append(row)
    held = io.BytesIO()
    made.save(held)
    path = folder / "ours.xlsx"
    path.write_bytes(held.getvalue())
    return str(path)


def test_what_is_exported_is_imported_and_passes_the_word_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "set.xlsx")
    assert main(["questionnaire", "export", "children_13_17", path, "--languages", "en,fr"]) == 0
    capsys.readouterr()
    assert main(["questionnaire", "import", path, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["questions"] == compose_set("children_13_17", ["en", "fr"]).to_json()["questions"]
    assert [row["why"] for row in told["rows"]] == [[]] * len(told["questions"])
    assert main(["questionnaire", "lint", path]) == 0


def test_every_row_that_is_left_out_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path, ("text", "idea", "What would help?", "T1"), ("image", "photo", "Send a picture", ""))
    assert main(["questionnaire", "import", path]) == 0
    first, asked, left = capsys.readouterr().out.splitlines()
    assert first == "1 of 2 rows can be asked, in en"
    assert asked.startswith("row 2: text idea: own_idea")
    assert left.startswith("row 3: image photo: left out. Pictures, recordings and files are not taken")


def test_a_question_about_own_abuse_fails_the_word_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path, ("text", "idea", "Has anyone ever touched you?", "T1"))
    assert main(["questionnaire", "lint", path, "--audience", "G", "--ages", "13-17"]) == 1
    assert "own_idea (en)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (["import", "none.xlsx"], "none.xlsx: No such file or directory"),
        (["lint", "none.xlsx", "--ages", "17-13"], "--ages is 17-13"),
        (["export", "children_13_17", "out.xlsx", "--languages", "en,tlh"], "--languages is en,tlh"),
    ],
)
def test_bad_input_is_one_line(rest: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["questionnaire", *rest]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert why in line
    assert not Path("out.xlsx").exists()
