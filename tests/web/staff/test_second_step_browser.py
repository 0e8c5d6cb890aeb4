"""Signing in with a real browser: a passkey of Chromium's own virtual device, an app's code, the printed code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import select

from consult.config import Settings
from consult.database import read, write
from consult.models import Passkey
from consult.sealing.suite import SealingError
from consult.sealing.totp import code_at, seed_of
from consult.services.people.passkeys import check_all_passkeys
from safeguards.terms import Role
from tests.office import SEED, Office
from tests.web.participate.serving import served
from tests.web.staff.desk import Desk
from tests.web.staff.test_browser import faults

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The site on a real port, which it knows: a passkey belongs to exactly one origin."""
    with served(desk.app) as found:
        settings: Settings = desk.app.extensions["consult"].settings
        object.__setattr__(settings, "address", found)  # the port is known only once it is taken
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a browser of its own, with the site's own policy about scripts in force."""
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


def with_device(page: Page) -> tuple[CDPSession, str]:
    """A virtual passkey device in this browser, that answers whenever it is asked."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


def invited(desk: Desk) -> str:
    """The path of a link for somebody new."""
    with write(desk.office.engine) as db:
        return f"/s/join/{desk.office.invited(db, 'eve', [Role.ANALYST]).code}"


def join(page: Page, address: str, link: str) -> tuple[str, str]:
    """Open the link and go on to the second step; passphrase and recovery code as the page shows them."""
    page.goto(address + link)
    page.get_by_role("button", name="Show my passphrase").click()
    expect(page.locator(".secret")).to_have_count(2)
    passphrase, recovery = page.locator(".secret").all_inner_texts()
    page.locator(".acts .go").click()
    return passphrase, recovery


def sign_out(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()


def give_passphrase(page: Page, address: str, email: str, passphrase: str) -> None:
    page.goto(f"{address}/s/in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Passphrase").fill(passphrase)
    page.get_by_role("button", name="Sign in").click()


def test_joining_and_signing_in_with_a_passkey(page: Page, desk: Desk, address: str) -> None:
    with_device(page)
    passphrase, _ = join(page, address, invited(desk))
    page.get_by_label("Name of the device").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("heading", name="Good day, Eve")).to_be_visible()
    sign_out(page)

    give_passphrase(page, address, "eve@example.org", passphrase)
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("heading", name="Good day, Eve").wait_for()
    with read(desk.office.engine) as db:
        row = db.scalars(select(Passkey)).one()
        assert (row.name, row.sign_count > 0) == ("My laptop", True)


def test_a_copied_device_is_noticed(page: Page, desk: Desk, address: str) -> None:
    with_device(page)
    passphrase, _ = join(page, address, invited(desk))
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have them").click()
    sign_out(page)
    with write(desk.office.engine) as db:
        db.scalars(select(Passkey)).one().sign_count = 1000  # as if the other copy had been used in the meantime
    give_passphrase(page, address, "eve@example.org", passphrase)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_text("This passkey exists twice")).to_be_visible()
    page.goto(f"{address}/s/")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()


def test_a_passkey_put_into_the_database_is_found_and_opens_nothing(page: Page, desk: Desk, address: str) -> None:
    """Somebody who can write the database gives another person their own passkey."""
    with_device(page)
    join(page, address, invited(desk))
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have them").click()
    sign_out(page)
    with write(desk.office.engine) as db:
        db.scalars(select(Passkey)).one().person_id = desk.office.people["leila"].id
    with read(desk.office.engine) as db, pytest.raises(SealingError, match="table passkeys"):
        check_all_passkeys(db, desk.office.keys)
    give_passphrase(page, address, "leila@example.org", desk.office.passphrases["leila"])
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("heading", name="Something broke on our side").wait_for()
    page.goto(f"{address}/s/")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()


def test_a_passkey_that_another_site_made_does_not_fit(page: Page, desk: Desk, address: str) -> None:
    """The origin is in what the device signs: a false site that passes everything on gets no further."""
    with_device(page)
    passphrase, _ = join(page, address, invited(desk))
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have them").click()
    sign_out(page)
    settings: Settings = desk.app.extensions["consult"].settings
    give_passphrase(page, address, "eve@example.org", passphrase)
    object.__setattr__(settings, "address", "http://localhost:1")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_text("did not fit")).to_be_visible()


def test_joining_with_an_app_and_signing_in_need_no_script(
    chromium: Browser, axe_source: str, desk: Desk, address: str
) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    passphrase, _ = join(page, address, invited(desk))
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
    secret = parse_qs(urlsplit(unescape(re.findall(r"otpauth://[^<]+", page.content())[0])).query)["secret"][0]
    page.get_by_label("Code from your app").fill(code_at(seed_of(secret), desk.now[0]))
    page.get_by_role("button", name="Add the app").click()
    expect(page.locator(".codes li")).to_have_count(10)
    backup = page.locator(".codes li").all_inner_texts()
    page.get_by_role("link", name="I have them").click()
    sign_out(page)
    give_passphrase(page, address, "eve@example.org", passphrase)
    page.locator("summary").click()
    page.get_by_label("Backup code").fill(backup[0])
    page.get_by_role("button", name="Sign in with a backup code").click()
    expect(page.get_by_role("heading", name="Good day, Eve")).to_be_visible()
    context.close()


def test_the_printed_code_sets_a_new_passphrase_and_the_second_step_stays(
    page: Page, desk: Desk, office: Office, address: str
) -> None:
    with_device(page)
    _, recovery = join(page, address, invited(desk))
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have them").click()
    sign_out(page)
    page.goto(f"{address}/s/recover")
    page.get_by_label("E-mail address").fill("eve@example.org")
    page.get_by_label("Recovery code").fill(recovery)
    with page.expect_navigation():
        page.locator("main form .go").click()
    passphrase = page.locator(".secret").first.inner_text()
    give_passphrase(page, address, "eve@example.org", passphrase)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("heading", name="Good day, Eve").wait_for()


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_the_pages_of_the_way_in_have_no_fault(
    chromium: Browser, axe_source: str, desk: Desk, office: Office, address: str, scheme: str, width: int
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,  # axe comes as a script of ours
    )
    page, found, link = context.new_page(), {}, invited(desk)
    with_device(page)

    def look(name: str) -> None:
        wrong = faults(page, axe_source)
        found.update({name: wrong} if wrong else {})

    page.goto(address + link)
    look("join")
    join(page, address, link)
    look("set up")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have them").wait_for()  # the script sends the form when the device has answered
    look("backup codes")
    with page.expect_navigation():
        page.get_by_role("link", name="I have them").click()
    page.goto(f"{address}/s/me/sign-in")
    look("ways")
    sign_out(page)
    give_passphrase(page, address, "leila@example.org", office.passphrases["leila"])
    look("second step")
    page.get_by_label("Code from your app").fill("000000")
    page.get_by_role("button", name="Sign in").first.click()
    look("wrong code")
    page.get_by_label("Code from your app").fill(code_at(SEED, desk.now[0]))
    page.get_by_role("button", name="Sign in").first.click()
    page.get_by_role("heading", name="Good day, Leila").wait_for()
    assert found == {}
    context.close()
