"""Signing in and out, the home page, and adding people."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from consult.app import create_app
from consult.database import read, write
from consult.models import SignInTries
from consult.sealing.identity import LIGHT
from consult.sealing.totp import code_at, seed_of
from consult.services.people import accounts, onboarding
from safeguards.terms import Role
from tests.office import Office
from tests.web.staff.desk import Browser, Desk, sentences


def test_the_way_in_and_out(desk: Desk) -> None:
    browser = Browser(desk.app.test_client())
    answer = desk.sign_in(browser.client, "nadia")
    assert (answer.status_code, answer.location) == (303, "/s/")
    page = browser.get("/s/")
    assert "Good day, Nadia" in sentences(page)
    token = re.findall(r'name="token" value="(\w+)"', page)[0]
    assert browser.client.post("/s/out", data={"token": token}).location == "/s/in"
    assert browser.client.get("/s/").location == "/s/in"


def test_before_anybody_is_known_pages_come_in_the_language_of_the_browser(desk: Desk) -> None:
    page = desk.app.test_client().get("/s/in", headers={"Accept-Language": "ar,en;q=0.5"})
    assert '<html lang="ar" dir="rtl">' in page.text
    somebody = desk.browser("nadia")
    assert '<html lang="en"' in somebody.client.get("/s/", headers={"Accept-Language": "ar"}).text


def test_a_wrong_code_stays_at_the_second_step_and_says_so(desk: Desk, office: Office) -> None:
    client = desk.app.test_client()
    client.post("/s/in", data={"email": "nadia@example.org", "passphrase": office.passphrases["nadia"]})
    answer = client.post("/s/in/step", data={"token": token_of(client), "way": "app", "answer": "000000"})
    assert answer.status_code == 403
    assert "does not fit" in sentences(answer.text)
    assert client.get("/s/").location == "/s/in/step"
    assert client.post("/s/in/other", data={"token": token_of(client)}).location == "/s/in"
    assert client.get("/s/in/step").location == "/s/in"


def token_of(client: FlaskClient, where: str = "/s/in/step") -> str:
    """The token of the forms on a page."""
    found: list[str] = re.findall(r'name="token" value="(\w+)"', client.get(where).text)
    return found[0]


def test_many_wrong_passphrases_slow_down_and_look_the_same_for_an_address_that_nobody_has(desk: Desk) -> None:
    client, statuses = desk.app.test_client(), {}
    for email in ("leila@example.org", "nobody@example.org"):
        tries = [client.post("/s/in", data={"email": email, "passphrase": f"wrong {n}"}) for n in range(6)]
        statuses[email] = [(each.status_code, each.text.replace(email, "")) for each in tries]
    assert statuses["leila@example.org"] == statuses["nobody@example.org"]
    assert [status for status, _ in statuses["leila@example.org"]] == [403, 403, 403, 403, 429, 429]
    typed = {"email": "leila@example.org", "passphrase": desk.office.passphrases["leila"]}
    assert client.post("/s/in", data=typed).status_code == 429, "not even looked at"
    desk.now[0] += timedelta(seconds=15)
    assert client.post("/s/in", data=typed).location == "/s/in/step"


def test_one_network_does_not_try_many_addresses_or_recovery_codes(desk: Desk) -> None:
    """Both count together: forty tries, whatever is tried."""
    client, typed = desk.app.test_client(), {"email": "leila@example.org", "code": "0" * 27}
    addresses = [{"email": f"nobody{n}@example.org", "passphrase": "x"} for n in range(8)]
    tries = [client.post("/s/in", data=each).status_code for each in addresses]
    tries += [client.post("/s/recover", data=typed).status_code for _ in range(32)]
    assert set(tries) == {403}
    too_many = client.post("/s/in", data=addresses[0])
    assert (too_many.status_code, "Wait ten minutes" in too_many.text) == (429, True)
    desk.now[0] += timedelta(minutes=5)
    assert client.post("/s/in", data=addresses[1]).status_code == 429, "five would not do"
    desk.now[0] -= timedelta(minutes=5)
    assert client.get("/s/join/7kq2m-x9tbd-4hwzr-p8vnc").status_code == 429
    assert client.post("/s/recover", data=typed).status_code == 429


def test_a_token_in_any_script_is_refused_and_breaks_nothing(desk: Desk) -> None:
    assert desk.browser("leila").client.post("/s/out", data={"token": "رمز"}).status_code == 403


def test_failed_sign_ins_are_told_to_their_owner_and_to_the_administrator(desk: Desk) -> None:
    stranger = desk.app.test_client()
    for _ in range(5):
        desk.now[0] += timedelta(minutes=6)
        stranger.post("/s/in", data={"email": "leila@example.org", "passphrase": "wrong"}).close()
    assert "sign-ins failed" in sentences(desk.browser("admin").get("/s/people"))
    assert "5 sign-ins in your name failed" in sentences(desk.browser("leila").get("/s/"))
    assert "failed" not in sentences(desk.browser("nadia").get("/s/"))


def test_a_wrong_passphrase_keeps_the_address_and_says_one_sentence(desk: Desk) -> None:
    answer = desk.app.test_client().post("/s/in", data={"email": "nadia@example.org", "passphrase": "wrong"})
    assert answer.status_code == 403
    assert 'value="nadia@example.org"' in answer.text
    assert "do not belong together" in sentences(answer.text)
    assert "wrong" not in re.findall(r'value="([^"]*)"', answer.text)


def test_left_alone_the_page_asks_again(desk: Desk) -> None:
    nadia = desk.browser("nadia")
    nadia.get("/s/")
    desk.now[0] += timedelta(minutes=16)
    assert nadia.client.get("/s/").location == "/s/in"


def test_an_empty_home_says_what_to_do_first(desk: Desk) -> None:
    assert "Start your first consultation" in sentences(desk.browser("nadia").get("/s/"))
    assert "Add the people who will work here" in sentences(desk.browser("admin").get("/s/"))
    assert "Nothing needs you now" in sentences(desk.browser("leila").get("/s/"))


def test_home_shows_what_waits_for_whom(desk: Desk, office: Office) -> None:
    strand_id = office.strand(office.consultation())
    office.attested(strand_id, "SAF-01", "otto")
    assert "Go on setting up" in sentences(desk.browser("nadia").get("/s/"))
    assert "Check evidence" in sentences(desk.browser("ines").get("/s/"))
    assert "Check evidence" not in sentences(desk.browser("otto").get("/s/"))


def test_somebody_is_invited_and_sets_up_what_the_administrator_never_sees(desk: Desk) -> None:
    admin, eve = desk.browser("admin"), Browser(desk.app.test_client())
    answer = admin.post("/s/people/add", {"name": "Eve Able", "email": "eve@example.org", "roles": ["ANA"]})
    (link,) = re.findall(r'class="secret">http://localhost([^<]+)<', answer.text)
    assert "invited" in sentences(admin.get("/s/people"))
    assert link not in admin.get("/s/people")

    assert "Eve Able" in sentences(eve.get(link))
    joined = eve.client.post("/s/join", data={"code": link.rpartition("/")[2]})
    passphrase = re.findall(r'class="secret"><bdi dir="ltr">([^<]+)<', joined.text)[0]
    assert "/s/in/set-up" in joined.text
    assert eve.client.get("/s/").location == "/s/in/step"
    seed = seed_of(
        parse_qs(urlsplit(unescape(re.findall(r"otpauth://[^<]+", eve.get("/s/in/set-up"))[0])).query)["secret"][0]
    )
    code = code_at(seed, desk.now[0])
    token = token_of(eve.client, "/s/in/set-up")
    set_up = eve.client.post("/s/in/set-up/app", data={"token": token, "answer": code})
    backup = re.findall(r'<li><bdi dir="ltr">([^<]+)<', set_up.text)
    assert len(backup) == 10
    assert "Good day, Eve" in sentences(eve.get("/s/"))

    again = desk.app.test_client()
    again.post("/s/in", data={"email": "eve@example.org", "passphrase": passphrase})
    taken = again.post("/s/in/step", data={"token": token_of(again), "way": "backup", "answer": backup[4]})
    assert taken.location == "/s/"
    eve.get(link, 404)


def test_pages_are_in_the_language_in_which_somebody_joined_until_they_choose_another(desk: Desk) -> None:
    answer = desk.browser("admin").post(
        "/s/people/add", {"name": "Eve Able", "email": "eve@example.org", "roles": ["ANA"]}
    )
    (link,) = re.findall(r'class="secret">http://localhost([^<]+)<', answer.text)
    eve = desk.app.test_client()
    eve.post("/s/join", data={"code": link.rpartition("/")[2]}, headers={"Accept-Language": "ar"})
    assert '<html lang="ar" dir="rtl">' in eve.get("/s/in/set-up", headers={"Accept-Language": "en"}).text
    nadia = desk.browser("nadia")
    assert nadia.post("/s/me/language", {"language": "xx"}).status_code == 422
    assert '<html lang="en"' in nadia.get("/s/")
    assert nadia.post("/s/me/language", {"language": "ar"}).status_code == 303
    assert '<html lang="ar" dir="rtl">' in nadia.get("/s/")


def test_somebody_who_closed_the_page_before_the_second_step_sets_it_up_at_the_next_sign_in(
    desk: Desk, office: Office
) -> None:
    with write(office.engine) as db:
        invited = office.invited(db, "eve", [Role.ANALYST])
        made = onboarding.accept(db, office.keys, invited.code, desk.now[0], stretching=LIGHT)[1]
    client = desk.app.test_client()
    client.post("/s/in", data={"email": "eve@example.org", "passphrase": made.passphrase})
    assert client.get("/s/in/step").location == "/s/in/set-up"


def test_a_second_factor_can_not_be_added_with_the_passphrase_alone(desk: Desk, office: Office) -> None:
    """Whoever learned the passphrase must not add a phone of their own beside the owner's."""
    client = desk.app.test_client()
    client.post("/s/in", data={"email": "nadia@example.org", "passphrase": office.passphrases["nadia"]})
    for page in ("app", "passkey"):
        answer = client.post(f"/s/in/set-up/{page}", data={"token": token_of(client), "answer": "000000"})
        assert answer.location == "/s/in/step"


def test_after_a_reset_the_link_and_the_own_passphrase_lead_to_a_new_second_step(desk: Desk, office: Office) -> None:
    leila = office.people["leila"].id
    admin, typed = desk.browser("admin"), office.passphrases["admin"]
    assert "Your passphrase, typed again" in sentences(admin.get(f"/s/people/{leila}/reset"))
    assert admin.post(f"/s/people/{leila}/reset", {"passphrase": "not mine"}).status_code == 403
    answer = admin.post(f"/s/people/{leila}/reset", {"passphrase": typed})
    (link,) = re.findall(r'class="secret">http://localhost([^<]+)<', answer.text)
    client = desk.app.test_client()
    assert "Sign in with your passphrase" in sentences(client.get(link).text)
    code = link.rpartition("/")[2]
    assert client.post("/s/join", data={"code": code}).status_code == 404, "no new passphrase for a lead"
    client.post("/s/in", data={"email": "leila@example.org", "passphrase": office.passphrases["leila"]})
    page = client.get("/s/in/set-up").text
    seed = seed_of(parse_qs(urlsplit(unescape(re.findall(r"otpauth://[^<]+", page)[0])).query)["secret"][0])
    sent = {"token": token_of(client, "/s/in/set-up"), "answer": code_at(seed, desk.now[0])}
    assert client.post("/s/in/set-up/app", data={**sent, "link": "wrong"}).status_code == 403
    assert "Your backup codes" in sentences(client.post("/s/in/set-up/app", data={**sent, "link": code}).text)


def test_ones_own_sign_ins_are_listed_and_ended(desk: Desk) -> None:
    old, here = desk.browser("nadia"), desk.browser("nadia")
    page = here.get("/s/me/sign-in")
    name = next(
        found for found in re.findall(r'name="name" value="([0-9a-f]{64})"', page) if found != _hash(here.secret)
    )
    assert here.post("/s/me/sign-in/end", {"name": name}).location == "/s/me/sign-in"
    assert old.client.get("/s/").location == "/s/in"
    assert here.client.get("/s/").status_code == 200


def _hash(secret: bytes | None) -> str:
    return hashlib.sha256(b"staff session|" + (secret or b"")).hexdigest()


@pytest.mark.parametrize("act", ["app", "codes", "remove"])
def test_ways_to_sign_in_change_only_with_the_passphrase_typed_again(desk: Desk, act: str) -> None:
    nadia = desk.browser("nadia")
    before = nadia.get("/s/me/sign-in")
    answer = nadia.post(f"/s/me/sign-in/{act}", {"passphrase": "wrong", "name": "app", "answer": "000000"})
    assert answer.status_code == 403
    assert "not your passphrase" in sentences(answer.text)
    assert sentences(nadia.get("/s/me/sign-in")) == sentences(before)


@pytest.mark.parametrize(("act", "field"), [("", "passphrase"), ("/code", "typed"), ("/known", "secret")])
def test_a_wrong_passphrase_on_ones_own_page_stands_in_its_title(desk: Desk, act: str, field: str) -> None:
    answer = desk.browser("leila").post(f"/s/me{act}", {field: "wrong"})
    assert answer.status_code == 403
    assert "<title>Error: " in answer.text


def test_roles_that_must_not_meet_are_refused_and_the_name_stays(desk: Desk) -> None:
    answer = desk.browser("admin").post(
        "/s/people/add", {"name": "Eve Able", "email": "eve@example.org", "roles": ["SL", "ANA"]}
    )
    assert answer.status_code == 422
    assert 'value="Eve Able"' in answer.text
    assert 'href="#roles"' in answer.text
    assert "two people open answers, not one" in sentences(answer.text)


def test_whoever_tries_passphrases_keeps_nobody_from_writing(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite there is one writer at a time: while a passphrase is stretched, which takes long, anybody may write."""
    stretch, wrote = accounts.check_passphrase, []

    def while_somebody_writes(*given: object) -> bool:
        with write(office.engine) as db:
            wrote.append(db.connection().exec_driver_sql("PRAGMA user_version").scalar())
        return stretch(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(accounts, "check_passphrase", while_somebody_writes)
    answer = desk.app.test_client().post("/s/in", data={"email": "nadia@example.org", "passphrase": "wrong"})
    assert (answer.status_code, len(wrote)) == (403, 1)


def test_every_worker_counts_the_same_tries_and_a_restart_forgets_none(desk: Desk, office: Office) -> None:
    """Four at four workers, the fifth at one that began anew: too soon, whoever is asked."""
    typed, workers = {"email": "leila@example.org", "passphrase": "wrong"}, [worker(desk) for _ in range(4)]
    assert [each.post("/s/in", data=typed).status_code for each in workers] == [403] * 4
    right = {**typed, "passphrase": office.passphrases["leila"]}
    assert worker(desk).post("/s/in", data=right).status_code == 429
    desk.now[0] += timedelta(seconds=15)
    assert worker(desk).post("/s/in", data=right).location == "/s/in/step"
    with read(office.engine) as db:
        assert db.scalars(select(SignInTries)).all() == [], "a passphrase that fits begins anew"


def worker(desk: Desk) -> FlaskClient:
    """A process of its own, as far as memory goes."""
    site = desk.app.extensions["consult"]
    return create_app(site.settings, engine=site.engine, clock=site.clock).test_client()
