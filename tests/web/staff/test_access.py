"""Who reaches what: every address stands in the table, nobody out of scope, no form without its token."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.routing import Rule

from consult.database import read
from consult.models import AuditEvent
from consult.web.access import ACCESS, PUBLIC_BLUEPRINTS
from tests.office import Office
from tests.web.staff.desk import Desk


def rules(app: Flask, method: str) -> list[Rule]:
    staff = [rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] not in PUBLIC_BLUEPRINTS]
    return [rule for rule in staff if method in (rule.methods or set())]


def address(rule: Rule, **known: str) -> str:
    values = {name: known.get(name, "1") for name in rule.arguments}
    return rule.build(values, append_unknown=False)[1]  # type: ignore[index]


@pytest.fixture
def ids(office: Office) -> dict[str, str]:
    consultation_id = office.consultation()
    return {
        "consultation_id": consultation_id,
        "strand_id": office.strand(consultation_id),
        "service_id": office.service(),
        "requirement_id": "SAF-01",
        "question_id": "Q14",
        "key": "T-PLACE",
        "group": "safety",
    }


def test_every_endpoint_stands_in_the_table_and_every_line_is_an_endpoint(desk: Desk) -> None:
    endpoints = {
        rule.endpoint
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] not in PUBLIC_BLUEPRINTS
    }
    assert endpoints == set(ACCESS)


def test_signed_out_every_address_leads_to_the_sign_in(desk: Desk, ids: dict[str, str]) -> None:
    nobody = desk.browser(None)
    for method in ("GET", "POST"):
        for rule in rules(desk.app, method):
            if not ACCESS[rule.endpoint].public:
                response = nobody.client.open(address(rule, **ids), method=method)
                assert (rule.endpoint, response.status_code, response.location) == (rule.endpoint, 303, "/s/in")


@pytest.mark.parametrize("name", ["nadia", "leila", "admin"])
def test_a_form_without_its_token_changes_nothing(desk: Desk, ids: dict[str, str], name: str) -> None:
    who = desk.browser(name)
    with read(desk.office.engine) as db:
        before = db.query(AuditEvent).count()
    for rule in rules(desk.app, "POST"):
        if not ACCESS[rule.endpoint].public and not ACCESS[rule.endpoint].second_step:
            for forged in ({}, {"token": "0" * 64}):
                response = who.client.post(address(rule, **ids), data=forged)
                assert response.status_code in {403, 404}, (rule.endpoint, response.status_code)
    with read(desk.office.engine) as db:
        assert db.query(AuditEvent).count() == before


def test_what_was_written_while_a_sign_in_ended_is_handed_back_to_its_own_page_alone(
    desk: Desk, ids: dict[str, str]
) -> None:
    nadia = desk.browser("nadia")
    where, words = f"/s/c/{ids['consultation_id']}/purpose", "To change how reporting <works> in apps, and why"
    typed = {"purpose": words, "second_passphrase": "six words that nobody else shall read"}
    ours = {"Sec-Fetch-Site": "same-origin"}
    another = nadia.client.post(where, data={**typed, "token": "0" * 64}, headers=ours)
    desk.now[0] += timedelta(hours=1)
    ended = nadia.client.post(where, data={**typed, "token": nadia.form_token}, headers=ours)
    for page in (another, ended):
        assert page.status_code == 403
        assert "reporting &lt;works&gt; in apps" in page.text
        assert "six words" not in page.text
    assert 'href="/s/in"' in ended.text
    assert nadia.client.post(where, data=typed).location == "/s/in"
    assert nadia.client.post("/s/me/language", data=typed, headers=ours).location == "/s/in"


PAGES = (
    "/s/c/{consultation_id}",
    "/s/c/{consultation_id}/add",
    "/s/c/{consultation_id}/{strand_id}/plan",
    "/s/c/{consultation_id}/{strand_id}/questions",
    "/s/c/{consultation_id}/{strand_id}/team",
    "/s/c/{consultation_id}/{strand_id}/safeguards",
    "/s/c/{consultation_id}/{strand_id}/safeguards/SAF-01",
    "/s/c/{consultation_id}/{strand_id}/share",
)


def reached(desk: Desk, name: str, ids: dict[str, str]) -> set[str]:
    client = desk.browser(name).client
    return {page for page in PAGES if client.get(page.format(**ids)).status_code == 200}


def test_who_sees_the_pages_of_a_part(desk: Desk, ids: dict[str, str]) -> None:
    assert reached(desk, "nadia", ids) == set(PAGES)
    assert reached(desk, "omar", ids) == set(), "a facilitator of other consultations"
    assert reached(desk, "admin", ids) == set()
    assert reached(desk, "ali", ids) == set(), "an analyst reads reports, not plans"
    assert reached(desk, "leila", ids) == set(PAGES) - {"/s/c/{consultation_id}/add"}
    assert reached(desk, "tara", ids) == set(PAGES) - {
        "/s/c/{consultation_id}/add",
        "/s/c/{consultation_id}/{strand_id}/share",
    }


def test_out_of_scope_looks_like_nothing_there(desk: Desk, ids: dict[str, str]) -> None:
    omar = desk.browser("omar")
    hidden = omar.get(f"/s/c/{ids['consultation_id']}", status=404)
    missing = omar.get("/s/c/nothing-here", status=404)
    assert hidden == missing


def test_a_part_is_found_only_in_its_own_consultation(desk: Desk, ids: dict[str, str]) -> None:
    other = desk.office.consultation()
    desk.browser("nadia").get(f"/s/c/{other}/{ids['strand_id']}/plan", status=404)


def test_only_administrators_see_people_and_only_facilitators_start(desk: Desk) -> None:
    for name, status in (("admin", 200), ("nadia", 404), ("leila", 404)):
        desk.browser(name).get("/s/people", status=status)
    for name, status in (("nadia", 200), ("leila", 404), ("admin", 404)):
        desk.browser(name).get("/s/c/new", status=status)


def test_a_duty_on_one_part_opens_that_consultation_alone(desk: Desk, ids: dict[str, str]) -> None:
    office = desk.office
    office.staffed(ids["strand_id"])
    other = office.consultation("omar")
    assert desk.browser("rosa").client.get(f"/s/c/{other}/add").status_code == 404
    assert desk.browser("nadia").client.get(f"/s/c/{other}").status_code == 404


def test_pages_are_not_stored_and_run_no_inline_code(desk: Desk, ids: dict[str, str]) -> None:
    nadia = desk.browser("nadia")
    for page in PAGES:
        response = nadia.client.get(page.format(**ids))
        assert response.headers["Cache-Control"] == "no-store"
        assert "style-src 'self'" in response.headers["Content-Security-Policy"]
        assert " style=" not in response.text
        assert "<script" not in response.text
