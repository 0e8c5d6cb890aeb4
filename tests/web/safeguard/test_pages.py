"""Leads in their browsers: what waits, why, signing it, and every way to pause, stop and go on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import AuditEvent, Person, Signature, StrandKey
from consult.services.auditing import Verb, record
from consult.services.desks.auditlog import NOT_SHOWN
from consult.services.people.secondfactor import FREE_TRIES
from consult.web.safeguard.log import WORDS
from safeguards.lifecycle import StrandState
from tests.scenario import NOW, beside, give, open_part, row, sign, survivors_proven
from tests.web.staff.desk import Browser, Desk, sentences


def part(stage: Stage, key: str, page: str) -> str:
    return f"/s/c/{stage.consultation_id}/{stage.strands[key]}/{page}"


def digest(page: str) -> str:
    return re.findall(r'name="digest" value="(\w+)"', page)[0]


def signed_by(stage: Stage, browser: Browser, key: str, **values: object) -> tuple[int, str]:
    """Look at the review, then sign; gives status and words of the answer."""
    seen = digest(browser.get(part(stage, key, "review")))
    response = browser.post(part(stage, key, "sign"), {"digest": seen, "decision": "GO", **values})
    return response.status_code, sentences(response.text)


@pytest.fixture
def lead(desk: Desk) -> Browser:
    return desk.browser("lead1")


class TestQueue:
    def test_the_soonest_opening_stands_first(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        words = sentences(lead.get("/s/approvals"))
        order = [words.index(name) for name in ("Young people 13 to 17", "Child survivors, with their own service")]
        assert order == sorted(order)
        assert "Fatou Facilitator" in words
        assert re.search(r"(\d+) of \1 safeguards in place", words)
        assert "Missing first" in words

    def test_an_empty_queue_says_so(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        for key in stage_on_sqlite.strands:
            lead.post(part(stage_on_sqlite, key, "return"), {"reason": "Not now."})
        assert "Nothing needs your decision." in sentences(lead.get("/s/approvals"))

    @pytest.mark.parametrize("name", ["facilitator", "reviewer1", "admin", "operator"])
    def test_it_is_for_leads_and_the_approver(self, desk: Desk, name: str) -> None:
        desk.browser(name).get("/s/approvals", status=404)
        desk.browser("approver").get("/s/approvals")


class TestReview:
    def test_evidence_stands_beside_each_requirement(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        words = sentences(lead.get(part(stage_on_sqlite, "children", "review")))
        assert "Everything that is asked is in place. (row D11)" in words
        assert "Seen for the demonstration" in words
        assert "Checked by" in words
        assert "Arabic: every text is there." in words
        assert "A signature now holds until" in words

    def test_what_is_missing_is_named_and_deciding_now_shows_who_stands_in(
        self, stage_on_sqlite: Stage, lead: Browser
    ) -> None:
        page = part(stage_on_sqlite, "child_survivors", "review")
        waiting, now = sentences(lead.get(page)), sentences(lead.get(f"{page}?decide=now"))
        assert "Support practitioner on duty" in waiting
        assert "the decision is not due yet" in waiting
        assert "Decide now" in waiting
        assert "Adults who survived abuse as children (rank 1)" in now
        assert "Waiting until children can be asked safely is often better" in now
        assert "The promise: to ask these children themselves by" in now

    @pytest.mark.parametrize("name", ["facilitator", "reviewer1", "admin"])
    def test_it_is_not_there_for_others(self, stage_on_sqlite: Stage, desk: Desk, name: str) -> None:
        browser = desk.browser(name)
        browser.get(part(stage_on_sqlite, "children", "review"), status=404)
        for page in ("sign", "return"):
            assert browser.post(part(stage_on_sqlite, "children", page)).status_code == 404

    def test_the_approver_reads_and_is_told_who_signs(self, stage_on_sqlite: Stage, desk: Desk) -> None:
        page = desk.browser("approver").get(part(stage_on_sqlite, "children", "review"))
        assert "Only a safeguarding lead signs." in sentences(page)
        assert 'name="decision"' not in page


class TestSigning:
    def test_a_lead_signs_with_the_passphrase_typed_again(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        stage = stage_on_sqlite
        status, _ = signed_by(stage, lead, "children", passphrase=stage.passphrases["lead1"], note="Seen.")
        assert status == 303
        assert row(stage, "children").state == StrandState.DECIDED
        with read(stage.engine) as db:
            assert db.scalars(select(Signature)).one().note == "Seen."

    def test_a_wrong_passphrase_is_said_above_the_form_and_the_note_stays(
        self, stage_on_sqlite: Stage, lead: Browser
    ) -> None:
        seen = digest(lead.get(part(stage_on_sqlite, "children", "review")))
        values = {"digest": seen, "decision": "GO", "passphrase": "wrong words", "note": "My long note."}
        response = lead.post(part(stage_on_sqlite, "children", "sign"), values)
        assert response.status_code == 403
        assert "That is not your passphrase" in sentences(response.text)
        assert "My long note." in response.text
        assert "wrong words" not in response.text
        assert row(stage_on_sqlite, "children").state == StrandState.GATE_PENDING

    @pytest.mark.parametrize("decision", ["GO", "GO_WITH_CONDITIONS", "INCOMPLETE", "MAYBE"])
    def test_looser_is_not_on_the_page_and_refused_when_sent(
        self, stage_on_sqlite: Stage, lead: Browser, decision: str
    ) -> None:
        stage = stage_on_sqlite
        page = lead.get(part(stage, "child_survivors", "review") + "?decide=now")
        assert f'value="{decision}"' not in page
        values = {"digest": digest(page), "decision": decision, "passphrase": stage.passphrases["lead1"]}
        response = lead.post(part(stage, "child_survivors", "sign") + "?decide=now", values)
        assert response.status_code in {409, 422}
        assert row(stage, "child_survivors").state == StrandState.GATE_PENDING
        with read(stage.engine) as db:
            assert db.scalar(select(func.count()).select_from(StrandKey)) == 0

    def test_standing_in_is_signed(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        stage = stage_on_sqlite
        seen = digest(lead.get(part(stage, "child_survivors", "review") + "?decide=now"))
        values = {"digest": seen, "decision": "FALLBACK", "passphrase": stage.passphrases["lead1"]}
        assert lead.post(part(stage, "child_survivors", "sign") + "?decide=now", values).status_code == 303
        assert row(stage, "child_survivors").state == StrandState.FALLEN_BACK

    def test_a_plan_changed_meanwhile_is_not_signed(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        stage = stage_on_sqlite
        seen = digest(lead.get(part(stage, "children", "review")))
        with write(stage.engine) as db:
            strand = db.merge(row(stage, "children"))
            strand.facts = {**strand.facts, "minutes": 13}
        values = {"digest": seen, "decision": "GO", "passphrase": stage.passphrases["lead1"]}
        response = lead.post(part(stage, "children", "sign"), values)
        assert response.status_code == 409
        assert "The plan changed since you looked at it" in sentences(response.text)

    def test_child_survivors_need_the_approver_beside_the_lead(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        stage = survivors_proven(stage_on_sqlite)
        mine = {"passphrase": stage.passphrases["lead1"]}
        assert "signs beside you" in sentences(lead.get(part(stage, "child_survivors", "review")))
        status, words = signed_by(stage, lead, "child_survivors", **mine)
        assert (status, "Two people sign this" in words) == (403, True)
        theirs = {"approver_email": "approver@demo.example", "approver_passphrase": stage.passphrases["approver"]}
        assert signed_by(stage, lead, "child_survivors", **mine, **theirs)[0] == 403, "the passphrase alone"
        theirs["approver_code"] = beside(stage, "approver").code
        assert signed_by(stage, lead, "child_survivors", **mine, **theirs)[0] == 303

    def test_returning_needs_a_reason(self, stage_on_sqlite: Stage, desk: Desk, lead: Browser) -> None:
        stage = stage_on_sqlite
        response = lead.post(part(stage, "children", "return"), {"reason": " "})
        assert response.status_code == 422
        assert "Say what needs to change." in sentences(response.text)
        assert lead.post(part(stage, "children", "return"), {"reason": "Confirm it in writing."}).status_code == 303
        assert row(stage, "children").state_reason == "Confirm it in writing."

    def test_a_form_without_its_token_is_refused(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        for page in ("sign", "return", "run/pause", "run/stop", "run/open"):
            assert lead.client.post(part(stage_on_sqlite, "children", page)).status_code == 403


def test_guessing_the_approvers_code_slows_down_and_is_on_record(stage_on_sqlite: Stage, lead: Browser) -> None:
    stage = survivors_proven(stage_on_sqlite)
    both = {"passphrase": stage.passphrases["lead1"], "approver_email": "approver@demo.example"}
    both["approver_passphrase"] = stage.passphrases["approver"]
    for _ in range(FREE_TRIES + 1):
        status, words = signed_by(stage, lead, "child_survivors", **both, approver_code="000000")
        assert (status, "code does not fit" in words) == (403, True)
    right = {**both, "approver_code": beside(stage, "approver").code}
    status, words = signed_by(stage, lead, "child_survivors", **right)
    assert (status, "Too many codes" in words) == (403, True), "the right one is not even looked at"
    with read(stage.engine) as db:
        refused = select(AuditEvent.subject).where(AuditEvent.verb == Verb.SIGN_IN_REFUSED)
        assert db.scalars(refused).all() == [stage.people["approver"].id]
        assert db.scalar(select(func.count(Signature.id))) == 0


class TestRunning:
    def test_open_pause_restart_and_close(self, stage_on_sqlite: Stage, desk: Desk, lead: Browser) -> None:
        stage = stage_on_sqlite
        sign(stage, "young_adults")
        act = lambda name, **values: lead.post(part(stage, "young_adults", f"run/{name}"), values)  # noqa: E731
        assert act("open").status_code == 303
        assert re.search(r"\b\d{4} \d{4}\b", sentences(lead.get(part(stage, "young_adults", "run"))))
        assert "Pause" in sentences(lead.get("/s/running"))
        assert act("pause", reason=" ").status_code == 422
        assert act("pause", reason="The lights went out.").status_code == 303
        assert "The lights went out." in sentences(lead.get(part(stage, "young_adults", "run/resume")))
        desk.now[0] = NOW + timedelta(minutes=10)
        restart = {
            "cause_removed": "The lights are on.",
            "note_to_participants": "We had a break.",
            "digest": digest(lead.get(part(stage, "young_adults", "run/resume"))),
            "second_email": "facilitator@demo.example",
            "second_passphrase": stage.passphrases["facilitator"],
            "second_code": beside(stage, "facilitator", desk.now[0]).code,
            "passphrase": stage.passphrases["lead1"],
        }
        assert act("resume", **{**restart, "second_passphrase": "wrong"}).status_code == 403
        assert act("resume", **restart).status_code == 303
        assert act("close").status_code == 303
        assert row(stage, "young_adults").state == StrandState.CLOSED
        assert act("open").status_code == 409

    def test_the_gate_page_shows_a_path_to_opening_until_it_is_open(self, stage_on_sqlite: Stage, desk: Desk) -> None:
        facilitator, gate = desk.browser("facilitator"), part(stage_on_sqlite, "young_adults", "safeguards")
        assert "Path to opening" in sentences(facilitator.get(gate))
        open_part(stage_on_sqlite, "young_adults")
        told = sentences(facilitator.get(gate))
        assert "Everything that is asked is in place." in told, "in words, not as a row of a table"
        assert [each for each in ("Path to opening", "from opening", "Row D") if each in told] == []

    def test_pausing_drops_the_key_of_this_process(self, stage_on_sqlite: Stage, desk: Desk, lead: Browser) -> None:
        stage = stage_on_sqlite
        open_part(stage, "young_adults")
        book = desk.app.extensions["consult"].epochs
        give(stage, "young_adults", 1, book)
        assert stage.strands["young_adults"] in book._pages
        lead.post(part(stage, "young_adults", "run/pause"), {"reason": "A drill."})
        assert stage.strands["young_adults"] not in book._pages

    def test_everybody_on_duty_stops_everything_and_two_lift_it(
        self, stage_on_sqlite: Stage, desk: Desk, lead: Browser
    ) -> None:
        stage = stage_on_sqlite
        for key in ("children", "young_adults"):
            open_part(stage, key)
        operator = desk.browser("operator")
        assert operator.post(part(stage, "children", "run/stop")).status_code == 303
        assert {row(stage, key).state for key in ("children", "young_adults")} == {StrandState.STOPPED}
        assert "Pressed by Tess Operator" in sentences(lead.get(part(stage, "young_adults", "run")))
        for name in ("lead1", "approver"):
            yes = {"review": "A drill.", "passphrase": stage.passphrases[name]}
            assert desk.browser(name).post(part(stage, "children", "run/lift"), yes).status_code == 303
        assert row(stage, "young_adults").state == StrandState.SUSPENDED

    @pytest.mark.parametrize(("name", "status"), [("facilitator", 403), ("reviewer1", 404), ("admin", 404)])
    def test_who_may_not_open(self, stage_on_sqlite: Stage, desk: Desk, name: str, status: int) -> None:
        sign(stage_on_sqlite, "children")
        response = desk.browser(name).post(part(stage_on_sqlite, "children", "run/open"))
        assert response.status_code == status
        assert row(stage_on_sqlite, "children").state == StrandState.DECIDED

    def test_an_act_that_nobody_knows_is_not_there(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        lead.get(part(stage_on_sqlite, "children", "run/dance"), status=404)

    def test_no_page_counts_answers_of_an_open_part(self, stage_on_sqlite: Stage, lead: Browser) -> None:
        stage = stage_on_sqlite
        open_part(stage, "young_adults")
        give(stage, "young_adults", 23)
        for page in ("/s/approvals", "/s/running", part(stage, "young_adults", "run")):
            assert not re.search(r"\b23\b", sentences(lead.get(page)))


def test_pages_are_in_the_language_of_the_lead(stage_on_sqlite: Stage, lead: Browser) -> None:
    with write(stage_on_sqlite.engine) as db:
        db.get_one(Person, stage_on_sqlite.people["lead1"].id).language = "ar"
    assert '<html lang="ar" dir="rtl">' in lead.get("/s/approvals")
    logging = lead.get(part(stage_on_sqlite, "children", "concern"))
    assert "In a session" not in logging
    assert "Being hurt" not in logging


def test_what_happened_to_a_part_is_told_in_words(desk: Desk, stage_on_sqlite: Stage) -> None:
    facilitator, key = stage_on_sqlite.people["facilitator"].id, stage_on_sqlite.keys.audit
    with write(stage_on_sqlite.engine) as db:
        record(db, key, facilitator, Verb.INVITATIONS_MADE, stage_on_sqlite.strands["children"], NOW)
    page = sentences(desk.browser("lead1").get(part(stage_on_sqlite, "children", "run")))
    assert "One-time codes made" in page
    assert Verb.INVITATIONS_MADE not in page


def test_the_log_has_words_for_every_event_that_it_shows() -> None:
    assert WORDS.keys() == set(Verb) - set(NOT_SHOWN)
