"""What partners changed, in the report and on the public page: organisations as they wish to be named, people never."""

from __future__ import annotations

import pytest

from consult.database import read, write
from consult.models import Outcome, Partner, Strand
from consult.questionnaire.form import Form
from tests import factories
from tests.office import NOW
from tests.web.staff.desk import Desk, sentences

PLACE = "questions.Q14.text"


@pytest.fixture
def told(reports: Desk) -> Desk:
    """A child-led organisation has changed a question of the children's part, and another one too, which is unnamed."""
    stage = reports.office
    by = {"invited_by": stage.people["facilitator"].id, "organisation": "Secret Street Voices"}
    answer = {"reason": "It is shorter.", "decided_by": stage.people["facilitator"].id, "decided_at": NOW}
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        now_reads = Form.from_json(strand.form).words_by_place()[PLACE]["en"]
        for name, kind in (("petra", "child_led"), ("sol", "survivor_led")):
            factories.partner(db, name, stage.consultation_id, **{**by, "kind": kind})
        db.get_one(Partner, "petra").shown_as = "Voices of the Street"
        taken = {"outcome": Outcome.TAKEN, "now_reads": now_reads, **answer}
        factories.proposal(db, "first", "petra", strand.id, **taken)
        factories.proposal(db, "second", "sol", strand.id, **{**taken, "outcome": Outcome.IN_PART})
        factories.proposal(db, "third", "sol", strand.id, outcome=Outcome.NOT_TAKEN, **answer)
    return reports


def public_page(desk: Desk) -> str:
    with read(desk.office.engine) as db:
        code = db.get_one(Strand, desk.office.strands["children"]).entry_code
    return desk.browser(None).get(f"/news/{code}")


def test_the_report_tells_it_in_its_own_part(told: Desk) -> None:
    stage, leila = told.office, told.browser("reviewer1")
    words = sentences(leila.get(f"/s/c/{stage.consultation_id}/{stage.strands['children']}/report"))
    assert "What partners changed" in words
    assert "Voices of the Street (Led by children or young people)" in words
    assert "1 taken, 1 in part, 1 not taken." in words
    assert "Where? It reads now How safe do young people your age feel" in words
    other = sentences(leila.get(f"/s/c/{stage.consultation_id}/{stage.strands['young_adults']}/report"))
    assert "Voices of the Street" in other
    assert "It reads now" not in other
    for text in (words, other):
        assert "Secret" not in text
        assert "Petra" not in text


def test_everybody_reads_who_helped_and_how_the_question_reads_now(told: Desk) -> None:
    words = sentences(public_page(told))
    assert "Who helped with the questions" in words
    assert "Voices of the Street" in words
    assert "Led by survivors" in words
    assert "How safe do young people your age feel" in words
    assert "Secret" not in words
    assert "Petra" not in words


def test_without_a_partner_nothing_is_said(reports: Desk) -> None:
    stage = reports.office
    page = reports.browser("reviewer1").get(f"/s/c/{stage.consultation_id}/{stage.strands['children']}/report")
    assert "What partners changed" not in page
    assert "Who helped" not in public_page(reports)
