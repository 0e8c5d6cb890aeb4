"""The documentation tells the truth: what it links, names, sets and measures is there."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from consult import config
from consult.cli import parser
from tests.docs.pages import NAMES, PAGES, code, links, paragraphs, text
from tests.toolbox.tree import ROOT, shown

COMMAND = re.compile(r"^(?:\S*/)?consult(?=\s|$)(?P<rest>.*)")
SETTING = re.compile(r"\b(?:CONSULT|FLASK)_[A-Z0-9_]+\b")
TEST = re.compile(r"tests/[\w/]+\.py(?:::(\w+))?")
FIGURE = re.compile(r"\d\s?(?:ms|µs|us|ns)\b|\d\s?/\s?s\b|\d (?:\w+ )?(?:a|per) second", re.IGNORECASE)
MEASURED_BY = re.compile(r"`(?:consult bench|consult demo|make )")

on_every_page = pytest.mark.parametrize("page", PAGES, ids=NAMES.values())


@on_every_page
def test_what_is_linked_is_there(page: Path) -> None:
    missing = []
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (heading and heading not in headings(linked)):
            missing.append(target)
    assert missing == []


def headings(page: Path) -> set[str]:
    """The anchors that a page's headings make, as most readers of Markdown make them."""
    found = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


def test_every_page_can_be_reached_from_the_first_ones() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in links(page) if ":" not in target]
    assert sorted(shown(page) for page in set(PAGES) - reached) == []


def problem(words: list[str]) -> str | None:
    """Why a command line as it stands in a text could not be typed; words in capitals stand for something."""
    at = parser()
    while words:
        below = next((a for a in at._actions if isinstance(a, argparse._SubParsersAction)), None)
        if below is None or words[0].startswith("-"):
            break
        if words[0] not in below.choices:
            return None if words[0] == "…" else f"no command {words[0]}"
        at, words = below.choices[words[0]], words[1:]
    options = {option for action in at._actions for option in action.option_strings}
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in options]
    if unknown:
        return f"no option {unknown[0]}"
    choices = next((a.choices for a in at._get_positional_actions() if a.choices), None)
    given = [word for word in words if not word.startswith("-") and not word.isupper() and word not in {"…", "..."}]
    if choices and given and given[0] not in choices:
        return f"no choice {given[0]}"
    return None


def command_lines(page: Path) -> list[str]:
    return [found["rest"] for line in code(page) if (found := COMMAND.match(line))]


@on_every_page
def test_every_command_named_can_be_typed(page: Path) -> None:
    wrong = {line: problem(shlex.split(line, comments=True)) for line in command_lines(page)}
    assert {line: why for line, why in wrong.items() if why} == {}


def test_commands_were_looked_at_and_a_wrong_one_would_be_seen() -> None:
    assert sum(len(command_lines(page)) for page in PAGES) > 15
    for line in ("fly", "gate fly", "bench fly", "gate evaluate PLAN.json --fast", "check --jsonn"):
        assert problem(line.split()), line


def test_every_option_stands_on_a_page() -> None:
    written = {option for page in PAGES for option in re.findall(r"--[a-z-]+", text(page))}
    assert options(parser()) - written == {"-h", "--help"}


def options(at: argparse.ArgumentParser) -> set[str]:
    below = [each for a in at._actions if isinstance(a, argparse._SubParsersAction) for each in a.choices.values()]
    return {option for action in at._actions for option in action.option_strings}.union(*map(options, below))


@on_every_page
def test_every_target_of_make_that_is_named_is_there(page: Path) -> None:
    makefile = text(ROOT / "Makefile")
    named = {words[1] for line in code(page) if (words := line.split())[:1] == ["make"] and len(words) > 1}
    assert {name for name in named if not re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE)} == set()


def test_the_page_on_installing_names_every_setting_and_no_other() -> None:
    named = set(SETTING.findall(text(ROOT / "docs" / "how-to" / "install.md")))
    assert named == {f"CONSULT_{name}" for name in config._NAMES} | set(config._DEBUG_SWITCHES)


@on_every_page
def test_no_page_names_a_setting_that_is_not_one(page: Path) -> None:
    known = {f"CONSULT_{name}" for name in config._NAMES} | set(config._DEBUG_SWITCHES)
    others = {name for name in SETTING.findall(text(page)) if not name.startswith("CONSULT_TEST_")}
    assert others - known == set()


@on_every_page
def test_every_test_that_is_pointed_at_is_there(page: Path) -> None:
    missing = []
    for found in TEST.finditer(text(page)):
        file = ROOT / found.group().partition("::")[0]
        if not file.exists() or (found[1] and not re.search(rf"(def|class) {found[1]}\b", text(file))):
            missing.append(found.group())
    assert missing == []


@on_every_page
def test_a_measured_figure_stands_beside_the_command_that_measures_it(page: Path) -> None:
    assert [block for block in paragraphs(page) if FIGURE.search(block) and not MEASURED_BY.search(block)] == []


@pytest.mark.parametrize("figure", ["0.24 µs", "1,000/s", "takes 12 ms", "215,000 records a second"])
def test_figures_are_recognised(figure: str) -> None:
    assert FIGURE.search(figure)


def test_decision_records_are_short_numbered_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(page for page in folder.glob("*.md") if page.name != "README.md")
    assert [page.name[:4] for page in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    assert {page.name for page in records} == set(links(folder / "README.md"))
    assert [page.name for page in records if len(text(page).splitlines()) > 30] == []
    assert [page.name for page in records if not text(page).startswith(f"# {page.name[:4]} ")] == []


def test_the_first_screen_of_the_readme_has_the_two_commands_and_the_limits_are_told() -> None:
    first_screen = text(ROOT / "README.md").splitlines()[:25]
    assert [line.split("#")[0].strip() for line in first_screen if line.startswith("make ")] == [
        "make demo",
        "make test",
    ]
    told = text(ROOT / "docs" / "explanation" / "threat-model.md")
    assert [f"{number}." for number in range(1, 11) if not re.search(rf"^{number}\. \*\*", told, re.MULTILINE)] == []


def test_every_line_of_the_threat_model_points_to_a_test_or_says_that_nothing_holds_it() -> None:
    page = text(ROOT / "docs" / "explanation" / "threat-model.md")
    rows = [
        line
        for line in page.splitlines()
        if line.startswith("| ") and not line.startswith(("| taken", "| somebody has"))
    ]
    assert len(rows) > 30
    assert [line for line in rows if not TEST.search(line) and "nothing holds this" not in line] == []
    parts = (
        "the database",
        "the whole disk",
        "configuration",
        "a ciphertext backup",
        "a key backup",
        "one lead",
        "one reviewer",
        "administrator",
    )
    for part in (*parts, "live server", "hosting company", "phone", "receipt that an abuser finds"):
        assert any(part in line for line in rows), part
