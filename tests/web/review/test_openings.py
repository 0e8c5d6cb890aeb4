"""Two people open answers through their pages: one browser asks, a lead grants, the same browser makes the tables."""

from __future__ import annotations

import pytest

from consult.demo.setup import Stage
from safeguards.lifecycle import StrandState
from tests.scenario import ask, row
from tests.web.staff.desk import Browser, Desk, sentences
from tests.web.staff.test_pressed_twice import page_bits


def asked(stage: Stage, browser: Browser, **values: object) -> str:
    """Ask through the page; the address of the request."""
    page = f"/s/c/{stage.consultation_id}/{stage.strands['young_adults']}/ask"
    response = browser.post(page, {"reason": "For the first report.", "hours": 24, **values})
    assert response.status_code == 303, sentences(response.text)
    return response.location.partition("?")[0]


def test_from_asking_to_the_report(closed: Stage, desk: Desk) -> None:
    reviewer, lead = desk.browser("reviewer1"), desk.browser("lead1")
    assert "What you can ask for" in sentences(reviewer.get("/s/openings"))
    address = asked(closed, reviewer)
    assert "A lead has to grant it" in sentences(reviewer.get(address))
    assert "For the first report." in sentences(lead.get("/s/openings"))
    assert lead.post(f"{address}/grant", {"passphrase": closed.passphrases["lead1"]}).status_code == 303
    made = reviewer.post(f"{address}/tables", {"passphrase": closed.passphrases["reviewer1"]})
    assert made.status_code == 303, sentences(made.text)
    assert "6 adults took part." in sentences(reviewer.get(made.location))
    assert "Used" in sentences(lead.get(address))
    assert row(closed, "young_adults").state == StrandState.RELEASED


def test_another_browser_of_the_same_reviewer_can_not_use_it(closed: Stage, desk: Desk) -> None:
    address = asked(closed, desk.browser("reviewer1"))
    desk.browser("lead1").post(f"{address}/grant", {"passphrase": closed.passphrases["lead1"]})
    other = desk.browser("reviewer1").post(f"{address}/tables", {"passphrase": closed.passphrases["reviewer1"]})
    assert other.status_code == 409
    assert "You signed in again since you asked" in sentences(other.text)
    assert row(closed, "young_adults").state == StrandState.CLOSED


def test_a_wrong_passphrase_is_said_on_the_page(closed: Stage, desk: Desk) -> None:
    address = asked(closed, desk.browser("reviewer1"))
    for passphrase in ("wrong", "", closed.passphrases["reviewer1"]):
        response = desk.browser("lead1").post(f"{address}/grant", {"passphrase": passphrase})
        assert response.status_code == 403
        assert "Nothing was done" in sentences(response.text)
    again = desk.browser("lead1").client.get(f"{address}/grant")
    assert (again.status_code, again.location) == (303, address), "back to where the form stands"
    assert desk.browser("lead1").client.get("/s/out").location == "/s/", "no form of staff leads to participants"


def test_a_lead_refuses_and_takes_a_grant_back(closed: Stage, desk: Desk) -> None:
    reviewer, lead = desk.browser("reviewer1"), desk.browser("lead1")
    first = asked(closed, reviewer)
    assert lead.post(f"{first}/refuse").status_code == 303
    second = asked(closed, reviewer)
    lead.post(f"{second}/grant", {"passphrase": closed.passphrases["lead1"]})
    assert desk.browser("lead2").post(f"{second}/refuse").status_code == 303
    late = reviewer.post(f"{second}/tables", {"passphrase": closed.passphrases["reviewer1"]})
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": " "}, "Say what it is needed for"),
        ({"hours": 200}, "within the next seven days"),
        ({"hours": "soon"}, "whole number"),
    ],
)
def test_a_request_says_why_and_until_when(closed: Stage, desk: Desk, values: dict[str, object], words: str) -> None:
    page = f"/s/c/{closed.consultation_id}/{closed.strands['young_adults']}/ask"
    response = desk.browser("reviewer1").post(page, {"reason": "Why", "hours": 24, **values})
    assert response.status_code == 422
    assert words in sentences(response.text)


@pytest.mark.parametrize("name", ["facilitator", "approver", "admin", "operator"])
def test_others_find_no_openings(closed: Stage, desk: Desk, name: str) -> None:
    request = ask(closed, "young_adults")
    browser = desk.browser(name)
    for page in ("/s/openings", f"/s/openings/{request}"):
        browser.get(page, status=404)
    for act in ("grant", "refuse", "tables"):
        assert browser.post(f"/s/openings/{request}/{act}").status_code == 404


def test_a_reviewer_does_not_grant_and_a_lead_does_not_make_tables(closed: Stage, desk: Desk) -> None:
    address = f"/s/openings/{ask(closed, 'young_adults')}"
    granted = desk.browser("reviewer2").post(f"{address}/grant", {"passphrase": closed.passphrases["reviewer2"]})
    assert granted.status_code == 403
    made = desk.browser("lead1").post(f"{address}/tables", {"passphrase": closed.passphrases["lead1"]})
    assert made.status_code == 404


def test_home_tells_a_reviewer_to_ask_until_somebody_has(closed: Stage, desk: Desk) -> None:
    page = f"/s/c/{closed.consultation_id}/{closed.strands['young_adults']}/ask"
    reviewer, other, lead = (desk.browser(name) for name in ("reviewer1", "reviewer2", "lead1"))
    assert page not in lead.get("/s/")
    for each in (reviewer, other):
        assert "Ask for the tables" in sentences(each.get("/s/"))
        assert f'href="{page}"' in each.get("/s/")
    asked(closed, reviewer)
    for each in (reviewer, other):
        assert page not in each.get("/s/")


def test_asked_twice_on_one_page_it_is_one_request(closed: Stage, desk: Desk) -> None:
    page = f"/s/c/{closed.consultation_id}/{closed.strands['young_adults']}/ask"
    reviewer = desk.browser("reviewer1")
    once = {"once": page_bits(reviewer.get(page))}
    assert asked(closed, reviewer, **once) == asked(closed, reviewer, **once)
    assert asked(closed, reviewer, **once, hours=12) != asked(closed, reviewer, **once)


def test_of_a_closed_part_nobody_reads_that_the_gate_says_open(closed: Stage, desk: Desk) -> None:
    run = f"/s/c/{closed.consultation_id}/{closed.strands['young_adults']}/run"
    said = sentences(desk.browser("lead1").get(run))
    assert "It is closed. A reviewer may ask for the tables." in said
    assert "What the gate gives at this moment" not in said
