"""Every staff address × a partner: the own pages, and nothing else of the house."""

from __future__ import annotations

from safeguards.terms import Role
from tests.toolbox.rows import dump
from tests.web.place import OF_PARTNERS, Place, address, place
from tests.web.staff.desk import Browser
from tests.web.test_permissions import changed

__all__ = ["place"]

#: For everybody who is signed in.
OF_EVERYBODY = frozenset(
    f"signin.{name}"
    for name in (
        *("home", "notices", "put_away", "me", "code", "known", "leave", "ways", "add_app", "add_passkey"),
        *("remove_way", "new_codes", "end", "language"),
    )
)


def test_a_partner_comes_to_the_own_pages_and_to_nothing_else(place: Place) -> None:
    before, browser = dump(place.engine), partner_of(place)
    for rule in place.rules("GET"):
        answer = browser.client.get(address(rule, place.mine))
        mine = rule.endpoint in {*OF_PARTNERS, *OF_EVERYBODY}
        assert (rule.endpoint, answer.status_code) == (rule.endpoint, 200 if mine else 404)
    for rule in place.rules("POST"):
        data = {"token": browser.form_token, "sure": "yes", "reason": "x", "passphrase": "x"}
        if rule.endpoint in OF_PARTNERS:
            data = {**data, "token": place.browsers[Role.ANALYST].form_token}
        if rule.endpoint not in OF_EVERYBODY:
            status = browser.client.post(address(rule, place.mine), data=data).status_code
            assert (rule.endpoint, status) == (rule.endpoint, 403 if rule.endpoint in OF_PARTNERS else 404)
    seen = "".join(browser.client.get(address(rule, place.mine)).text for rule in place.rules("GET"))
    assert "Able" not in seen  # nobody of the team
    assert changed(before, dump(place.engine)) == []


def partner_of(place: Place) -> Browser:
    assert place.partner is not None
    return place.partner


def test_a_partner_finds_nothing_of_another_consultation_or_of_a_signed_part(place: Place) -> None:
    before, browser = dump(place.engine), partner_of(place)
    missing = browser.client.get("/s/c/nothing-here").text
    mixed = {**place.mine, "strand_id": place.foreign["strand_id"], "live_id": place.foreign["live_id"]}
    over = {**place.mine, "strand_id": place.mine["over_id"]}
    for method in ("GET", "POST"):
        for rule in place.rules(method):
            for known in (place.foreign, *((mixed, over) if "strand_id" in rule.arguments else ())):
                if {"consultation_id", "request_id", "release_id"} & rule.arguments:
                    data = {"token": browser.form_token, "kind": "comment", "words": "x"}
                    answer = browser.client.open(address(rule, known), method=method, data=data)
                    assert (rule.endpoint, answer.status_code, answer.text) == (rule.endpoint, 404, missing)
    assert changed(before, dump(place.engine)) == []
