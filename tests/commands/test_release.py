"""`consult inclusion release`: 0 with exactly the release object, 2 and one clear line for what cannot be counted."""

import csv
import json
from pathlib import Path
from random import Random

import pytest

from consult.cli import main

COLUMNS = ("age", "gender", "disability")
SHARES = {"age": ("10_12", "13_15"), "gender": ("girl", "boy", ""), "disability": ("yes", "no")}
WEIGHTS = {"age": (1, 1), "gender": (6, 6, 1), "disability": (1, 4)}


def people(folder: Path, number: int, seed: int = 1, name: str = "people.csv") -> Path:
    chance = Random(seed)
    file = folder / name
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow([*COLUMNS, "note"])
        for _ in range(number):
            writer.writerow([*(chance.choices(SHARES[one], WEIGHTS[one])[0] for one in COLUMNS), "left out"])
    return file


def release(file: Path, *more: object) -> int:
    return main(["inclusion", "release", str(file), "--dimensions", ",".join(COLUMNS), *map(str, more), "--json"])


def test_exactly_the_release_comes_out_and_passes_its_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release(people(tmp_path, 150), "--sensitive", "disability") == 0
    text = capsys.readouterr().out
    told = json.loads(text)
    assert (told["k"], told["population"], told["previous"]) == (10, {"respondent_class": "child"}, [])
    gender = next(one for one in told["dimensions"] if one["name"] == "gender")
    assert gender["categories"] == ["boy", "girl", "not_asked"]
    assert {len(one["dimensions"]) for one in told["tables"]} >= {1, 2}
    (tmp_path / "first.json").write_text(text, encoding="utf-8")
    assert main(["inclusion", "audit", str(tmp_path / "first.json")]) == 0


def test_a_series_is_followed_on_and_audited_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for step, number in enumerate((60, 90, 130)):
        earlier = ["--previous", *files] if files else []
        assert release(people(tmp_path, number), *earlier) == 0
        files.append(tmp_path / f"{step}.json")
        files[-1].write_text(capsys.readouterr().out, encoding="utf-8")
    told = json.loads(files[-1].read_text())
    assert (told["id"], told["previous"]) == ("inclusion-3", ["inclusion-1", "inclusion-2"])
    assert main(["inclusion", "audit", *map(str, files), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main(["inclusion", "audit", str(files[-1])]) == 1
    assert "not part of this audit" in capsys.readouterr().out


def test_too_few_more_people_and_unknown_categories_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release(people(tmp_path, 60)) == 0
    (tmp_path / "first.json").write_text(capsys.readouterr().out, encoding="utf-8")
    for file, word in (
        (people(tmp_path, 60), "too few more people"),
        (people(tmp_path, 66), "too few more people"),
        (_with_a_new_value(tmp_path), "categories never change"),
    ):
        assert release(file, "--previous", tmp_path / "first.json") == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert word in said.err
        assert "secret" not in said.err


def _with_a_new_value(folder: Path) -> Path:
    file = people(folder, 90, name="more.csv")
    with file.open("a", encoding="utf-8") as lines:
        lines.write("10_12,my secret gender,no,\n")
    return file


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--k", "9"], "under the floor of 10"),
        (["--sensitive", "height"], "'height' is not among the dimensions"),
        (["--previous", "absent.json"], "absent.json"),
        (["--spec", "absent.toml"], "absent.toml"),
        (["--seconds", "0"], "--seconds"),
    ],
)
def test_wrong_arguments_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    assert release(people(tmp_path, 40), *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert word in said.err


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", "empty"),
        (b"age,gender\n10_12,girl\n", "no column 'disability'"),
        (b"age,gender,disability\n10_12,girl\n", "person 1 has 2 cells"),
        (b"age,age,gender,disability\n1,1,a,b\n", "two columns are named 'age'"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"age,gender,disability\n", "nobody is in it"),
        (b"age;gender;disability\n10_12;girl;no\n", "semicolons"),
        (b"age,gender,disability\n10_12,g\x1b[2J,no\n", "can not be read"),
        (b"age,gender,disability\n" + b"".join(b"%d,a,b\n" % n for n in range(80)), "more than 60 different values"),
        (b"age,gender,disability\n" + b"*,a,b\n" * 30, "stands for everybody"),
        (b"age,gender,disability\n10_12,girl,no\n , ,\n", "person 2, has nothing in any cell"),
        (b"age,gender,disability\n10_12,boy,no\n10_12,girl,no\n10_12, GIRL,no\n", "by persons 2 and 3"),
        ("age,gender,disability\na,\u00e9t\u00e9,no\na,e\u0301te\u0301,no\n".encode(), "by persons 1 and 2"),
        ("age,gender,disability\na,a girl,no\na,a\u00a0\u200bgirl,no\n".encode(), "signs that can not be seen"),
        (b"age,gender,disability\na,,no\na,Not asked,no\n", "written in two ways"),
        (b"age,gender,disability\na,girl,%s\n" % (b"I told " * 20), "longer than 100 letters"),
        (b"age,gender,disability\n" + b"".join(b"a,girl,Name %d\n" % n for n in range(36)), "36 different values"),
    ],
)
def test_a_file_that_is_no_table_of_people_exits_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes, word: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(text)
    assert release(file) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert word in said.err


def test_for_people_the_largest_group_stands_beside_all_others_without_the_table_that_ties_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    sizes = {
        "10_12,girl": 30,
        "10_12,boy": 20,
        "10_12,another": 6,
        "13_15,girl": 25,
        "13_15,boy": 22,
        "13_15,another": 7,
    }
    file.write_text("age,gender\n" + "".join(f"{each}\n" * n for each, n in sizes.items()), encoding="utf-8")
    assert main(["inclusion", "release", str(file), "--dimensions", "age,gender"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[said.index("  age x gender:largest") + 1 :][:2] == ["    10_12, others: 26", "    10_12, girl: 30"]
    assert "  gender x gender:largest" not in said
    assert not any("None" in each for each in said)


def test_many_categories_of_few_people_are_counted_where_somebody_lists_them(tmp_path: Path) -> None:
    file, spec = tmp_path / "people.csv", tmp_path / "spec.toml"
    villages = [f"village {n}" for n in range(30)]
    file.write_text("place\n" + "".join(f"{each}\n" for each in villages) + "village 1\n" * 20, encoding="utf-8")
    asked = ["inclusion", "release", str(file), "--dimensions", "place"]
    assert main(asked) == 2
    spec.write_text(f"[categories]\nplace = {villages}\n", encoding="utf-8")
    assert main([*asked, "--spec", str(spec)]) == 0


def test_a_line_of_empty_cells_is_somebody_who_was_asked_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("age,gender\n" + "a,girl\n" * 40 + ",\n" * 20 + "b,boy\n" * 40, encoding="utf-8")
    assert main(["inclusion", "release", str(file), "--dimensions", "age,gender", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (ages,) = [table for table in told["tables"] if table["dimensions"] == ["age"]]
    assert {"at": ["not_asked"], "count": 20} in ages["cells"]


@pytest.mark.parametrize("name", ["*", "age:largest", "age:planned"])
def test_a_column_can_not_be_called_as_a_release_calls_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"age,{name}\n" + "10_12,a\n13_15,b\n" * 30, encoding="utf-8")
    assert main(["inclusion", "release", str(file), "--dimensions", f"age,{name}"]) == 2
    assert repr(name) in capsys.readouterr().err.splitlines()[-1]


def test_a_target_for_a_category_that_is_not_there_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets = tmp_path / "targets.toml"
    targets.write_text('[[targets]]\ngroup = {age = "13-15"}\nleast = 5\n', encoding="utf-8")
    assert release(people(tmp_path, 40), "--targets", targets) == 2
    assert "'age' has no category '13-15'; use one of 10_12, 13_15" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("count", "word"), [("40", "count '40'"), (200, "does not pass the audit itself"), (None, "has the mark None")]
)
def test_an_earlier_release_that_was_changed_is_named_and_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], count: object, word: str
) -> None:
    assert release(people(tmp_path, 60)) == 0
    changed = json.loads(capsys.readouterr().out)
    changed["tables"][0]["cells"][0]["count"] = count
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(changed), encoding="utf-8")
    assert release(people(tmp_path, 90), "--previous", file) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert word in said.err
    assert "changed.json" in said.err.splitlines()[-1]
    assert "as it was published" in said.err.splitlines()[-1]


def test_a_spec_gives_order_groups_class_and_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(
        'id = "2026-05"\nseries = "adults"\nrespondent_class = "young_adult"\nsensitive = ["disability"]\n'
        'tables = [["age"], ["gender"]]\n[categories]\nage = ["13_15", "10_12"]\n'
        '[groups.gender]\nother = ["boy", "not_asked"]\n[never_alone]\ngender = ["boy"]\n'
        "[populations.age]\n10_12 = 4000\n13_15 = 3000\n",
        encoding="utf-8",
    )
    assert release(people(tmp_path, 60), "--spec", spec) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["series"], told["k"]) == ("2026-05", "adults", 5)
    assert [one["categories"] for one in told["dimensions"]][:2] == [["13_15", "10_12"], ["other", "girl"]]
    assert [one["dimensions"] for one in told["tables"]] == [["age"], ["gender"]]


def test_places_with_few_people_are_only_shown_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text("[populations.gender]\ngirl = 50000\nboy = 99\nnot_asked = 400\n", encoding="utf-8")
    assert release(people(tmp_path, 60), "--spec", spec) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["dimensions"][1]["categories"] == ["other_places", "girl"]


def test_the_spec_says_of_whom_a_column_was_not_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, file = tmp_path / "spec.toml", people(tmp_path, 60)
    lines = file.read_text(encoding="utf-8").splitlines()
    young = [line.replace(",yes,", ",,").replace(",no,", ",,") if line.startswith("10_12") else line for line in lines]
    file.write_text("\n".join(young), encoding="utf-8")
    said = '[not_asked_of.disability]\nage = ["10_12"]\n'
    for written, word in (
        (said, ""),
        (said.replace("10_12", "9"), "another dimension"),
        (said.replace("10", "13"), "mend"),
    ):
        spec.write_text(written.replace("13_12", "13_15"), encoding="utf-8")
        assert release(file, "--spec", spec) == (2 if word else 0)
        output = capsys.readouterr()
        assert word in output.err
        if not word:
            told = json.loads(output.out)
    assert told["dimensions"][2]["not_asked_of"] == {"age": ["10_12"]}
    for age, word in (("13_15", ""), ("9", "another dimension"), ("10_12", "not offered")):
        spec.write_text(f'{said}[offered_to.disability.age]\nyes = ["{age}"]\n', encoding="utf-8")
        assert release(file, "--spec", spec) == (2 if word else 0)
        output = capsys.readouterr()
        assert word in output.err
        if not word:
            offered = json.loads(output.out)["dimensions"][2]["offered_to"]
    assert offered == {"age": {"yes": ["13_15"]}}
    del told["dimensions"][2]["not_asked_of"]
    (tmp_path / "first.json").write_text(json.dumps(told), encoding="utf-8")
    assert release(file, "--previous", tmp_path / "first.json") == 2
    assert "does not say of whom 'disability' was not asked" in capsys.readouterr().err


def test_for_people_targets_are_shown_beside_what_was_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets = tmp_path / "targets.toml"
    targets.write_text('[[targets]]\ngroup = {age = "10_12"}\nleast = 500\n', encoding="utf-8")
    file = people(tmp_path, 60)
    assert main(["inclusion", "release", str(file), "--dimensions", "age", "--targets", str(targets)]) == 0
    said = capsys.readouterr().out
    assert "passed its audit" in said
    assert "target 500 for age 10_12: below" in said
