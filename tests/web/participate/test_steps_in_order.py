"""The steps of taking part in their order (consent and assent), for each audience, with help and leaving on each page.

Who needs no step does not see it: a guardian's code is asked of children below the age that the plan says, unless it
was waived; with people in the room the limits of secrecy and what is checked are others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from consult.database import write
from consult.models import GuardianWaiver, Invitation, Purpose
from consult.questionnaire.bands import band_of
from consult.questionnaire.bank import compose_set
from consult.sealing.invitation import code_digest, new_code
from consult.sealing.root import RootKeys
from tests.web.participate.walk import Walk, receipt_on
from tests.web.participate.world import NOW, ROOT, Clock, build_site, open_strand

BEFORE = ("language", "place", "age", "about", "choice", "keep", "help", "check")
RIGHT = {"C-SKIP": "true", "C-NAME": "false", "C-HELP": "false", "C-TELL": "false"}
FORM, ROOM = "We do not ask for your name.", "we must tell <bdi>"


@dataclass(frozen=True)
class Audience:
    """Who takes part, in which kind of part, and what is theirs alone."""

    set_name: str
    age: str
    secret: str = FORM
    #: what they read instead of the words for children, and what their first questions are
    said: str = ""
    first: tuple[str, ...] = ()
    note: bool = False
    guardian: bool = False
    waived: bool = False
    strand: dict[str, Any] = field(default_factory=dict)


REPRESENTATIVES = {"audience": "R", "respondent_class": "young_adult", "representatives": "RY"}
AUDIENCES = {
    "children of 6 to 9 with an adult": Audience("children_6_9", "8", ROOM, strand={"mode": "PI"}),
    "children of 10 to 12 with a guardian's code": Audience("children_10_12", "11", guardian=True),
    "children of 10 to 12 with a waiver": Audience("children_10_12", "11", guardian=True, waived=True),
    "children of 13 to 17": Audience("children_13_17", "16"),
    "a group that meets": Audience("children_13_17", "14", ROOM, strand={"mode": "PG"}),
    "adult survivors": Audience(
        "adult_survivors",
        "40",
        said="would help children and survivors",
        note=True,
        strand={"audience": "A", "respondent_class": "adult_survivor"},
    ),
    "young adults who represent": Audience(
        "young_adults",
        "20",
        said="do not count as children&#39;s answers",
        first=("Q36", "Q37", "Q38"),
        strand=REPRESENTATIVES,
    ),
    "caregivers who represent": Audience(
        "caregivers",
        "40",
        said="do not count as children&#39;s answers",
        first=("Q36", "Q37", "Q38"),
        strand={**REPRESENTATIVES, "respondent_class": "caregiver", "representatives": "RC"},
    ),
}


@pytest.mark.parametrize("who", AUDIENCES.values(), ids=AUDIENCES)
def test_the_steps_come_in_order_with_help_and_leave_on_each(
    sqlite_engine: Engine, tmp_path: Path, who: Audience
) -> None:
    form = compose_set(who.set_name, ("en", "fr"))
    facts: dict[str, Any] = {"ages": [int(who.age), int(who.age)], "languages": ["en", "fr"]}
    if who.guardian:
        facts["guardian_age"] = 13
    world = open_strand(sqlite_engine, form=form, facts=facts, **who.strand)
    code = one_time(sqlite_engine, world.strand_id, Purpose.GUARDIAN)
    if who.waived:
        waive(sqlite_engine, world.strand_id)
    walk, seen = Walk(build_site(sqlite_engine, tmp_path, Clock())), dict[str, str]()
    card = one_time(sqlite_engine, world.strand_id, Purpose.ENTRY)
    page = walk.post("/", {"code": card}) if who.guardian else walk.get("/k/48213377")
    while (path := page.request.path.removeprefix("/c/")) != "q/1":
        assert path not in seen, f"{path} a second time"
        assert 'href="#help"' in page.text
        assert 'action="/leave"' in page.text
        assert "checked" not in page.text, "nothing is chosen beforehand"
        seen[path] = page.text
        page = walk.post(f"/c/{path}", answers(page.text, who, code))
    asked_for_code = ["grown-up"] if who.guardian and not who.waived else []
    assert [*seen] == [*BEFORE, *asked_for_code, "agree"]
    assert who.secret in seen["keep"]
    assert who.said in seen["about"]
    assert ("never need to describe what happened" in seen["agree"]) is who.note
    asked = form.for_person(band_of(int(who.age)))
    assert [each.id for each in asked[: len(who.first)]] == [*who.first]
    for n in range(1, len(asked) + 1):
        text = unescape(walk.get(f"/c/q/{n}").text)
        assert asked[n - 1].text["en"] in text
        assert ('name="skip"' in text) is not asked[n - 1].required, "skipping is as near as going on"
        if asked[n - 1].required:
            walk.post(f"/c/q/{n}", {"a": asked[n - 1].option_ids[0]})
    assert walk.get("/c/you/1").request.path == "/c/you/1", "about the person comes last"
    assert 'formaction="/c/send"' in walk.get("/c/look").text
    sent = walk.post("/c/send")
    assert len(receipt_on(sent)) == 20
    for last in ("How are you now?", "What happens next", "delete it from the history", 'id="help"'):
        assert last in sent.text
    assert walk.cookies == {}


def answers(page: str, who: Audience, code: str) -> dict[str, str]:
    """What somebody fills in on the page, whatever it asks for."""
    asked = set(re.findall(r'name="([\w-]+)"', page))
    given = {"language": "en", "age": who.age, "answer": "yes", "code": code, **RIGHT}
    return {name: value for name, value in given.items() if name in asked}


def one_time(engine: Engine, strand_id: str, purpose: Purpose) -> str:
    """A code from a card: children under 13 come in with one of their own."""
    code = new_code()
    digest = code_digest(RootKeys.from_root(ROOT).invitation, code)
    with write(engine) as db:
        db.execute(insert(Invitation).values(digest=digest, strand_id=strand_id, purpose=purpose))
    return code


def waive(engine: Engine, strand_id: str) -> None:
    """Nobody of this place brings a guardian's code."""
    proposed = {"proposed_by": "reviewer-1", "proposed_at": NOW, "grounds": "A class at school"}
    agreed = {"lead_id": "lead-1", "lead_at": NOW, "approver_id": "lead-2", "approver_at": NOW}
    kind = {"code": "W4", "everyone": True, "law_allows": True, "independent_adult": False, "support_worker": False}
    with write(engine) as db:
        db.add(GuardianWaiver(strand_id=strand_id, jurisdiction="KE", **kind, **proposed, **agreed))


def test_a_young_child_sees_the_drawings_of_its_answers_again_before_sending(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    facts = {"ages": [8, 8], "languages": ["en"]}
    open_strand(sqlite_engine, form=compose_set("children_6_9", ("en",)), mode="PI", facts=facts)
    walk = Walk(build_site(sqlite_engine, tmp_path, Clock()))
    walk.get("/k/48213377")
    page = walk.get("/c/place")
    while (path := page.request.path.removeprefix("/c/")) != "q/1":
        page = walk.post(f"/c/{path}", answers(page.text, AUDIENCES["children of 6 to 9 with an adult"], ""))
    drawing = re.search(
        r'<label class="opt">(<svg(?:(?!<svg).)*</svg>)<input type="checkbox" name="a" value="learn"', page.text
    )
    assert drawing
    assert drawing.group(1) not in walk.get("/c/look").text
    walk.post("/c/q/1", {"a": "learn"})
    assert drawing.group(1) in walk.get("/c/look").text
