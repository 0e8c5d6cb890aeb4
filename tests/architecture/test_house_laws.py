"""The laws of the house that no other tool checks: size, docstrings, words, addresses, warnings, clocks."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.toolbox.tree import ROOT, shown, source_files

OUR_CODE = ("consult", "safeguards", "migrations", "tools", "tests")
MOST_LINES = 400
BELOW_THE_PAGES = (
    "safeguards",
    *(f"consult/{name}" for name in ("services", "models", "sealing", "questionnaire", "inclusion")),
)
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
TEXT_FUNCTIONS = {"gettext", "ngettext", "sentence", "_"}
EMPTY_NAMES = {"utils", "util", "helpers", "misc", "common", "manager", "managers"}

# Put together from parts, so that this file does not break its own law.
MACHINE_PATH = re.compile(
    r"(?<![\w.$}-])/(?:" + "|".join(("work", "root", r"home/\w+", r"Users/\w+", r"opt/pypi\S*")) + ")/"
)
INDEX_ADDRESS = re.compile("|".join((r"pythonhosted\.", r"pypi\.org/" + "simple", r"registry\." + "npmjs")))
TOOLS_LOCK_FILES = {
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "pdm.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
}


def python_files(*folders: str) -> list[Path]:
    return list(source_files(*folders, suffix=".py"))


def text_files() -> list[tuple[Path, str]]:
    found = []
    for path in source_files():
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # an image or a font
    return found


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(*OUR_CODE)}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_module_says_its_one_job_in_the_first_line() -> None:
    silent = []
    for path in python_files("consult", "safeguards", "tools", "tests"):
        first, _, rest = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")
        if not first.endswith((".", "?")) or rest[:1].strip():
            silent.append(shown(path))
    assert silent == [], "one sentence on the first line, with its full stop, then an empty line or the end"


def test_no_module_is_named_after_nothing() -> None:
    assert [shown(path) for path in python_files(*OUR_CODE) if path.stem in EMPTY_NAMES] == []


def test_a_telling_of_harm_is_a_concern_and_small_numbers_have_disclosure_control() -> None:
    alone = re.compile(r"disclosure(?![\s_-]+control)|disclosure_control_control", re.IGNORECASE)
    assert [
        shown(path) for path in python_files("consult", "safeguards") if alone.search(path.read_text(encoding="utf-8"))
    ] == []


def test_no_path_or_index_of_one_machine_stands_in_the_repository() -> None:
    found = [
        f"{shown(path)}: {match.group()}"
        for path, text in text_files()
        for match in (MACHINE_PATH.search(text), INDEX_ADDRESS.search(text))
        if match
    ]
    assert found == []


def test_no_lock_file_with_addresses_is_kept() -> None:
    assert [shown(path) for path in source_files() if path.name in TOOLS_LOCK_FILES] == []


def test_time_is_an_argument_below_the_pages() -> None:
    readers = []
    for path in python_files(*BELOW_THE_PAGES):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
                owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                if (owner, node.attr) in CLOCKS:
                    readers.append(f"{shown(path)}:{node.lineno}")
    assert readers == []


def test_warnings_stay_errors() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["pytest"]["ini_options"]["filterwarnings"] == ["error"]


@pytest.mark.parametrize(
    ("law", "breach"),
    [
        (MACHINE_PATH, "see /ro" + "ot/notes/"),
        (MACHINE_PATH, "in /ho" + "me/sam/project/"),
        (INDEX_ADDRESS, "--index-url https://py" + "pi.org/simple"),
    ],
)
def test_the_laws_see_a_breach(law: re.Pattern[str], breach: str) -> None:
    assert law.search(breach)


def test_no_text_of_the_interface_stands_inside_another_string() -> None:
    """Python 3.11 hides what stands in the braces of a string from the tool that collects texts for translators."""
    hidden = [
        f"{shown(path)}:{call.lineno}"
        for path in python_files("consult")
        for string in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in TEXT_FUNCTIONS
        if call.args and isinstance(call.args[0], ast.Constant)
    ]
    assert hidden == []
