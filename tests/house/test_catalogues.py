"""Every text of the interface is translated whole, with its placeholders: a gap is found here, not by a child."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from consult.web.languages import LANGUAGES
from tests.toolbox.tree import ROOT

SOURCE_LANGUAGE = "en"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def messages(language: str) -> list[Message]:
    with (ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as catalogue:
        return [message for message in read_po(catalogue, locale=language) if message.id]


def forms(texts: str | tuple[str, ...] | list[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {SOURCE_LANGUAGE}))
def test_every_text_is_translated_by_a_person_and_keeps_its_placeholders(language: str) -> None:
    entries = messages(language)
    assert entries
    assert [entry.id for entry in entries if entry.fuzzy or not all(forms(entry.string))] == []
    for entry in entries:
        asked = {name for text in forms(entry.id) for name in PLACEHOLDER.findall(text)}
        # A plural form may name its number in words; nothing may be asked for that the page does not give.
        given = [set(PLACEHOLDER.findall(text)) for text in forms(entry.string)]
        assert all(names <= asked for names in given), entry.id
        assert isinstance(entry.id, tuple | list) or given == [asked], entry.id


def test_the_catalogues_hold_exactly_the_texts_of_the_pages() -> None:
    pybabel = Path(sys.executable).with_name("pybabel")
    checked = subprocess.run(
        ["sh", "tools/catalogues.sh", pybabel, "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, f"run `make catalogues`, then translate what is empty\n{checked.stderr[-500:]}"


SENTENCE = re.compile(r'["“A-Z].* .*[.?!]', re.S)
REFUSALS = {"Invalid", "Conflict", "Denied", "NotFound", "Refused", "Ruling"}
#: Sentences that no page shows: faults, and a file for statisticians.
UNSHOWN = {"ownprocess.py", "carry.py", "codebook.py", "complaints.py", "restoring.py"}


def sentences(tree: ast.AST) -> Iterator[str]:
    """Every constant that reads like a sentence; documentation is not shown to anybody."""
    docs = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in docs)
    yield from (node.value for node in constants if isinstance(node.value, str) and SENTENCE.fullmatch(node.value))


def unfit_refusals(tree: ast.AST) -> Iterator[str]:
    """A refusal whose words are put together where no collector sees them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
            words = (part for part in ast.walk(node) if isinstance(part, ast.JoinedStr))
            yield from (ast.unparse(part) for part in words if " " in ast.unparse(part))


def test_whatever_reads_like_a_sentence_in_services_and_pages_is_translated():
    known = {text for message in messages("fr") for text in forms(message.id)}
    for path in (*(ROOT / "consult/services").rglob("*.py"), *(ROOT / "consult/web").rglob("*.py")):
        if path.name not in UNSHOWN:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert [text for text in sentences(tree) if text not in known] == [], path
            assert list(unfit_refusals(tree)) == [], f"{path}: use safeguards.said.said"
