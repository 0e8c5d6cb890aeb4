"""Who may be asked what, at which age, in which mode: every cell of the matrix, and what a question cannot hide."""

from itertools import product
from typing import Any

import pytest

from safeguards.matrix import objections
from safeguards.policyfile import load
from safeguards.terms import Mode, Topic
from tests.safeguards.plans import POLICY, children_form, decide, made, plan, representatives, survivors_group

IN_PERSON = {"PG", "PI"}
ALL = {mode.value for mode in Mode}
SAFE, HARM, SERVICES = {"T0", "T1"}, {"T0", "T1", "T2"}, {"T1", "T3"}
EVERY_TOPIC = {topic.value for topic in Topic}

# audience, ages → modes and topics that are allowed together
ALLOWED: list[tuple[dict[str, Any], list[int], set[str], set[str]]] = [
    ({"audience": "G"}, [6, 9], IN_PERSON, SAFE),
    ({"audience": "G"}, [10, 12], IN_PERSON | {"OI", "OG"}, SAFE),
    ({"audience": "G"}, [9, 10], IN_PERSON, SAFE),
    ({"audience": "G"}, [12, 13], IN_PERSON | {"OI", "OG"}, SAFE),
    ({"audience": "G"}, [13, 17], ALL, HARM),
    ({"audience": "G"}, [5, 9], set(), set()),
    ({"audience": "G"}, [17, 18], set(), set()),
    ({"audience": "S"}, [13, 17], IN_PERSON, SERVICES),
    ({"audience": "S"}, [16, 17], IN_PERSON | {"RM", "OG"}, SERVICES),
    ({"audience": "S"}, [12, 17], set(), set()),
    ({"audience": "H"}, [13, 17], {"PI"}, SERVICES),
    ({"audience": "H", "existing_group": True}, [13, 17], IN_PERSON, SERVICES),
    ({"audience": "H"}, [12, 17], set(), set()),
    ({"audience": "A"}, [18, 120], ALL, EVERY_TOPIC),
    ({"audience": "A"}, [17, 120], set(), set()),
    ({"audience": "R", "representatives": "RO"}, [18, 120], ALL, HARM),
    ({"audience": "R", "representatives": "RY"}, [18, 24], ALL, HARM),
    ({"audience": "R", "representatives": "RY"}, [18, 30], set(), set()),
]
BASE = {"id": "x", "languages": ["es"], "jurisdictions": ["PE"]}


@pytest.mark.parametrize(
    ("who", "ages", "modes", "topics"),
    ALLOWED,
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_exactly_what_the_matrix_names_is_allowed(
    who: dict[str, Any], ages: list[int], modes: set[str], topics: set[str]
):
    for mode, topic in product(ALL, EVERY_TOPIC):
        strand = plan(
            made({**BASE, "services": []}, {**who, "ages": ages, "mode": mode, "topics": [topic]})
        ).plan.strand
        allowed = mode in modes and topic in topics
        assert bool(objections(strand, POLICY)) is not allowed, (mode, topic)


def test_a_question_cannot_hide_under_a_milder_label():
    harm = {"items": [{"id": "Q16", "topic": "T2", "text": "What can make it hard to ask for help?"}]}
    answer = decide(children_form(ages=[10, 12], topics=["T1"], questions=harm))
    assert (answer.decision.value, answer.row) == ("FALLBACK", "D3")
    assert "harm in general" in answer.reasons[0].why


@pytest.mark.parametrize(
    "item",
    [
        {"id": "q", "topic": "T1", "own_abuse": True},
        {"id": "q", "topic": "T1", "text": "Has anyone ever hurt you online?"},
    ],
)
@pytest.mark.parametrize("strand", [children_form(), survivors_group()], ids=["G", "S"])
def test_nobody_is_asked_about_own_abuse(strand: dict[str, Any], item: dict[str, Any]):
    answer = decide({**strand, "questions": {"items": [item]}}, now=True)
    assert (answer.decision.value, answer.row, answer.fallback) == ("REFUSE", "D3", None)


def test_an_organisation_may_start_later_with_child_survivors():
    older = load("[parameters.P-SMIN]\ndefault = 15")
    strand = plan(survivors_group(ages=[14, 17])).plan.strand
    assert not objections(strand, POLICY)
    assert objections(strand, older)


def test_young_adults_were_children_lately_enough():
    lately = load("[parameters.P-RECENT]\ndefault = 3")
    assert not objections(plan(representatives("RY", ages=[18, 20])).plan.strand, lately)
    assert not objections(plan(representatives("RY")).plan.strand, POLICY)
    assert objections(plan(representatives("RY", ages=[18, 21])).plan.strand, lately)


def test_bands_that_are_left_out_are_not_asked():
    strand = plan(children_form(ages=[10, 17], bands=["13_14", "15", "16_17"], topics=["T2"])).plan.strand
    assert not objections(strand, POLICY)
