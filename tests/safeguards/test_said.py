"""What the rules say: English for JSON, the same from its pattern in every language; and no sentence escapes that."""

import ast
import copy
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import safeguards
from safeguards.said import Language, Place, Said, Tongue, counted, either, joined, said
from safeguards.terms import Mode, Role
from tests.safeguards.plans import children_form, children_group, decide, entry

ENGLISH = Tongue(lambda one: one, lambda one, many, n: one if n == 1 else many, str)
LOUD = Tongue(str.upper, lambda one, many, n: (one if n == 1 else many).upper(), lambda value: f"<{value}>")
#: As `LOUD`, but the names of values stay as they are.
SHOUTED = Tongue(
    lambda one: one.replace("ends on", "FINIT LE").replace("there is", "IL Y A"),
    lambda one, many, n: one if n == 1 else many,
    lambda value: f"<{value}>",
)
VALUES = st.one_of(st.integers(), st.text(), st.text().map(Language), st.text().map(Place))


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), VALUES, min_size=1))
def test_the_english_text_is_the_pattern_with_its_values_and_survives_copies(values: dict[str, object]) -> None:
    pattern = "; ".join(f"{key} %({key})s" for key in values)
    text = said(pattern, **values)
    assert text == pattern % values == text.told(ENGLISH)
    for again in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert (again, again.told(SHOUTED)) == (text, text.told(SHOUTED))


@given(st.integers(min_value=0, max_value=200), st.text())
def test_a_number_chooses_the_pattern(n: int, what: str) -> None:
    text = counted("%(n)s adult of %(what)s", "%(n)s adults of %(what)s", n, what=what)
    assert text == text.told(ENGLISH) == f"{n} {'adult' if n == 1 else 'adults'} of {what}"


@given(st.lists(st.text(min_size=1)))
def test_each_part_is_said_once_in_order_whatever_stands_in_it(parts: list[str]) -> None:
    assert joined(map(said, parts), " | ") == " | ".join(dict.fromkeys(parts))


def test_ids_become_names_at_every_depth_and_nothing_else_does() -> None:
    inner = said("%(person)s checked it on %(when)s", person="lia", when=datetime(2026, 3, 2, tzinfo=UTC))
    text = joined((Language("lia"), said("%(why)s (%(role)s)", why=inner, role=Role.MODERATOR)), ": ")
    named = text.renamed({"lia": "Lia Able"}.get)  # type: ignore[arg-type]
    assert named == "lia: Lia Able checked it on 2026-03-02T00:00:00Z (moderator)"


def test_another_tongue_writes_pattern_and_values() -> None:
    text = said("it ends on %(end)s: %(why)s", end=Mode.REMOTE, why=said("there is no evidence"))
    assert text == "it ends on remote: there is no evidence"
    assert text.told(SHOUTED) == "it FINIT LE <RM>: IL Y A no evidence"


def test_a_text_without_values_is_no_pattern_and_an_empty_one_asks_no_catalogue() -> None:
    assert said("100 % of them").told(LOUD) == "100 % OF THEM"
    assert said("").told(LOUD) == joined(()).told(LOUD) == ""


def test_an_error_keeps_what_can_be_translated() -> None:
    assert isinstance(str(ValueError(said("there is no evidence"))), Said)


def test_one_or_several_can_be_named() -> None:
    assert either([Role.MODERATOR]) is Role.MODERATOR
    assert either([Role.MODERATOR, Role.SAFEGUARDING_LEAD]) == "moderator or safeguarding lead"


@pytest.mark.parametrize("strand", [children_form(duty=None, services=[]), children_group(sessions=[])])
def test_everything_that_the_gate_answers_can_be_told(strand: dict[str, object]) -> None:
    answer = decide(strand, evidence={"TRN-01": None, "SAF-15": entry("LF", "SL")}, now=True)
    texts = [text for each in answer.reasons for text in (each.title, each.why, each.remedy)]
    texts += [each.why for each in answer.fallback.skipped] if answer.fallback else []
    assert answer.reasons
    assert [text for text in (*texts, *answer.notes, *answer.options) if not isinstance(text, Said)] == []


# ---- the law: what a person reads is made by said, counted or joined

SPOKEN = frozenset({"why", "remedy", "title", "condition", "check"})
#: Calls whose arguments in these places are read by a person.
PLACES = {"Verdict": (1,), "reason": (1, 2, 3), "fine": (0,), "_Gap": (1,), "_plan_gap": (0, 1), "Event": (2,)}
#: Errors about files and commands, which no page shows.
OF_FILES = {"codec", "jsonschema", "plancheck", "planfile", "policyfile"}


def unsaid(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        given = [word.value for word in call.keywords if word.arg in SPOKEN]
        given += [call.args[at] for at in PLACES.get(name, ()) if at < len(call.args)]
        for each in given:
            if isinstance(each, ast.JoinedStr) or (isinstance(each, ast.Constant) and each.value):
                yield ast.unparse(call)


def test_no_sentence_of_the_rules_escapes_the_translators() -> None:
    for path in Path(safeguards.__file__).parent.glob("*.py"):
        if path.stem not in OF_FILES:
            assert list(unsaid(ast.parse(path.read_text(encoding="utf-8")))) == [], path.name


def test_the_law_sees_what_it_forbids() -> None:
    forbidden = ["Finding(why=f'{x} is late')", "Verdict(s, 'it is late')", "reason('D1', 'Stop', why, mend)"]
    assert all(list(unsaid(ast.parse(text))) for text in forbidden)
    assert list(unsaid(ast.parse("Finding(why=said('it is late'), remedy='')"))) == []
