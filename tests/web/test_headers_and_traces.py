"""What every answer carries, what a sign-in leaves in a browser, and when it ends."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from shutil import copy

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from consult.database import connect, read, write
from consult.models import StaffSession
from consult.services.people.sessions import resume_session
from tests.office import Office
from tests.web.answers import HEADERS, helps_and_lets_leave, is_hardened
from tests.web.participate.walk import READ, Walk
from tests.web.participate.world import CODE, EXIT, Clock, build_site, open_strand
from tests.web.staff.desk import Browser, Desk

TOO_LARGE = {"number": "1" * 70_000}


@pytest.fixture(scope="module")
def engine(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{copy(_migrated_sqlite, tmp_path_factory.mktemp('headers') / 'consult.sqlite')}")
    open_strand(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def app(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = build_site(engine, tmp_path_factory.mktemp("site"), Clock())
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The same site without a database: the file is there and holds nothing."""
    folder = tmp_path_factory.mktemp("broken")
    app = build_site(connect(f"sqlite:///{folder / 'empty.sqlite'}"), folder, Clock())
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="module")
def desk(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    engine = connect(f"sqlite:///{copy(_migrated_sqlite, folder / 'consult.sqlite')}")
    yield Desk.over(Office.with_everybody(engine), folder)
    engine.dispose()


ANSWERS: tuple[tuple[int, str, str, dict[str, object]], ...] = (
    (200, "GET", "/", {}),
    (200, "GET", "/help", {}),
    (404, "GET", "/nowhere", {}),
    (404, "GET", "/c/nowhere", {}),
    (404, "GET", "/news/unknown", {}),
    (404, "GET", "/a/nowhere.css", {}),
    (405, "PUT", "/c/q/1", {}),
    (405, "GET", "/c/send", {}),
    (405, "POST", "/help", {}),
    (410, "GET", "/c/q/1", {}),
    (410, "POST", "/c/send", {}),
    (413, "POST", "/back", {"data": TOO_LARGE}),
    (413, "POST", "/", {"data": TOO_LARGE}),
    (413, "POST", "/back", {"data": {f"f{n}": "x" for n in range(600)}, "content_type": "multipart/form-data"}),
    (422, "POST", "/back", {"data": {"number": "123"}}),
    (404, "GET", "/", {"base_url": "http://another.example"}),
    (404, "GET", "/c/q/1", {"base_url": "http://another.example"}),
    (404, "GET", "/", {"headers": {"Host": "not a host <>"}}),
    (404, "GET", "/c/q/" + "9" * 5000, {}),
    (404, "GET", "/%00/%ff/..", {}),
)


@pytest.mark.parametrize(("status", "method", "path", "options"), ANSWERS)
def test_whatever_is_answered_is_hardened_and_helps(
    app: Flask, status: int, method: str, path: str, options: dict[str, object]
) -> None:
    answer = app.test_client().open(path, method=method, **options)
    assert answer.status_code == status
    is_hardened(answer)
    helps_and_lets_leave(answer.text)
    assert answer.headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize(
    "path", ["/", "/help", "/back", "/news", "/privacy", "/promises", "/accessibility", "/complaint"]
)
def test_without_a_database_what_is_always_there_still_is(broken: Flask, path: str) -> None:
    answer = broken.test_client().get(path)
    assert answer.status_code == 200
    is_hardened(answer)
    helps_and_lets_leave(answer.text)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_without_a_database_every_step_shows_help_and_nothing_else(app: Flask, broken: Flask, language: str) -> None:
    walk, behind = Walk(app), Walk(broken)
    walk.begin(language)
    behind.use_cookies(walk.cookies)
    steps = ["/c/language", "/c/place", "/c/age", *(f"/c/{name}" for name in READ), "/c/check", "/c/agree"]
    for path in (*steps, "/c/q/1", "/c/you/1", "/c/look", "/c/send", f"/k/{CODE}"):
        for method in ("GET", "POST"):
            answer = behind.client.open(path, method=method, data={"a": "safe", "answer": "yes"})
            if answer.status_code == 405:
                continue
            assert (path, answer.status_code) == (path, 500)
            assert f'lang="{language}"' in answer.text
            assert 'action="/leave"' in answer.text
            assert 'id="help"' in answer.text
            is_hardened(answer)
    answer = behind.client.post("/leave")
    assert (answer.status_code, answer.location) == (303, EXIT)
    assert behind.cookies == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("host", ["localhost", "another.example"])
def test_leaving_asks_nothing_of_anything(broken: Flask, method: str, host: str) -> None:
    client = broken.test_client()
    client.set_cookie("o1", "damaged", domain=host)
    answer = client.open("/leave", method=method, base_url=f"http://{host}", data={"x": "y" * 100_000})
    assert (answer.status_code, answer.location) == (303, EXIT)
    is_hardened(answer)
    (gone,) = answer.headers.getlist("Set-Cookie")
    assert gone.startswith("o1=;")
    assert "Max-Age=0" in gone


def test_the_page_before_the_first_code_asks_nothing_of_the_database_to_say_it_is_not_ready(broken: Flask) -> None:
    answer = broken.test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()["ready"]) == (503, False)


def test_staff_pages_are_hardened_whatever_is_answered(desk: Desk) -> None:
    nadia, nobody = desk.browser("nadia"), desk.browser(None)
    desk.app.config["PROPAGATE_EXCEPTIONS"] = False
    for browser, method, path, options, status in (
        (nobody, "GET", "/s/in", {}, 200),
        (nobody, "GET", "/s/", {}, 303),
        (nobody, "POST", "/s/in", {"data": {"email": "x", "passphrase": "y"}}, 403),
        (nobody, "POST", "/s/in", {"data": TOO_LARGE}, 413),
        (nadia, "GET", "/s/", {}, 200),
        (nadia, "GET", "/s/nowhere", {}, 404),
        (nadia, "PUT", "/s/", {}, 405),
        (nadia, "POST", "/s/c/new", {}, 403),
        (nadia, "POST", "/s/c/new", {"data": {"token": nadia.form_token}}, 422),
        (nadia, "GET", "/s/", {"base_url": "http://another.example"}, 404),
    ):
        answer = browser.client.open(path, method=method, **options)
        assert (path, answer.status_code) == (path, status)
        is_hardened(answer)
        assert answer.headers.getlist("Set-Cookie") == []


def test_a_fault_behind_a_sign_in_is_a_page_too(desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The error page itself looks nobody up: it comes up when the database does not."""
    nadia = desk.browser("nadia")
    without = build_site(connect(f"sqlite:///{tmp_path / 'empty.sqlite'}"), tmp_path, Clock())
    client = without.test_client()
    client.set_cookie("desk", base64.urlsafe_b64encode(nadia.secret or b"").decode(), domain="localhost")
    for path in ("/s/", "/s/in", "/s/nowhere", "/s/c"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "Something broke on our side" in answer.text
        is_hardened(answer)
    assert "it does not have the newest schema: run `consult upgrade`" in caplog.text, (
        "the administrator reads the mend"
    )
    assert str(tmp_path) not in caplog.text


def test_style_sheets_alone_are_kept_by_browsers(app: Flask) -> None:
    page = app.test_client().get("/").text
    (sheet,) = re.findall(r'<link rel="stylesheet" href="(/a/[^"]+)"', page)
    with app.test_client().get(sheet) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_control_sees_a_header_that_is_gone() -> None:
    """The check above is no check if it passes without the code that sets the headers."""
    bare = Flask("bare")
    bare.add_url_rule("/", "page", lambda: "words")
    with pytest.raises(AssertionError):
        is_hardened(bare.test_client().get("/"))


def cookies_of(answer: TestResponse) -> dict[str, Morsel[str]]:
    found: dict[str, Morsel[str]] = {}
    for header in answer.headers.getlist("Set-Cookie"):
        found.update(SimpleCookie(header))
    return found


@pytest.mark.parametrize(
    ("address", "name"), [("http://localhost", "desk"), ("https://desk.example.org", "__Host-desk")]
)
def test_a_sign_in_gives_one_cookie_out_of_reach_of_scripts_and_other_sites(
    desk: Desk, tmp_path: Path, address: str, name: str
) -> None:
    site = Desk.over(desk.office, tmp_path, address)
    typed = {"email": "nadia@example.org", "passphrase": desk.office.passphrases["nadia"]}
    client = site.app.test_client()
    answer = client.post("/s/in", data=typed, base_url=address)
    (cookie,) = cookies_of(answer).values()
    assert (cookie.key, cookie["path"], cookie["samesite"]) == (name, "/", "Lax")
    assert (cookie["httponly"], bool(cookie["secure"])) == (True, address.startswith("https"))
    assert (cookie["max-age"], cookie["expires"], cookie["domain"]) == ("", "", "")
    pages = [client.get("/s/", base_url=address), client.get("/s/in", base_url=address)]
    assert [page.headers.getlist("Set-Cookie") for page in pages] == [[], []], "nothing of Flask's own session"
    assert all(page.headers.get("Vary") is None for page in pages[1:])


def test_anothers_cookies_on_the_same_host_change_nothing(desk: Desk) -> None:
    nadia = desk.browser("nadia")
    for name, value in (("remember_token", "1|0"), ("session", "x.y.z"), ("o1", "x"), ("_user_id", "1")):
        nadia.client.set_cookie(name, value, domain="localhost")
    assert nadia.client.get("/s/").status_code == 200
    stranger = desk.browser(None)
    stranger.client.set_cookie("remember_token", "1|0", domain="localhost")
    assert stranger.client.get("/s/").location == "/s/in"


def test_a_participants_cookies_end_with_the_browser(app: Flask) -> None:
    answer = app.test_client().get(f"/k/{CODE}")
    (cookie,) = cookies_of(answer).values()
    assert (cookie.key, cookie["path"], cookie["samesite"], cookie["httponly"]) == ("o1", "/", "Lax", True)
    assert (cookie["max-age"], cookie["expires"], cookie["domain"]) == ("", "", "")


def at(desk: Desk, browser: Browser, begun: datetime, after: timedelta) -> str | None:
    """Where the home page leads so long after the sign-in: None when it is shown."""
    desk.now[0] = begun + after
    return browser.client.get("/s/").location


def test_a_sign_in_ends_when_it_is_left_alone_and_for_good_after_ten_hours(desk: Desk) -> None:
    begun = desk.now[0]
    try:
        left = desk.browser("nadia")
        assert at(desk, left, begun, timedelta(minutes=14, seconds=59)) is None
        assert at(desk, left, begun, timedelta(minutes=29, seconds=58)) is None
        assert at(desk, left, begun, timedelta(minutes=44, seconds=58)) == "/s/in"
        desk.now[0] = begun
        used = desk.browser("nadia")
        minutes = range(10, 600, 10)
        assert {at(desk, used, begun, timedelta(minutes=each)) for each in minutes} == {None}
        assert at(desk, used, begun, timedelta(hours=9, minutes=59, seconds=59)) is None
        assert at(desk, used, begun, timedelta(hours=10)) == "/s/in"
    finally:
        desk.now[0] = begun


def test_signing_out_ends_it_on_the_server_whoever_kept_the_cookie(desk: Desk) -> None:
    nadia, copied = desk.browser("nadia"), desk.app.test_client()
    copied.set_cookie("desk", base64.urlsafe_b64encode(nadia.secret or b"").decode(), domain="localhost")
    assert copied.get("/s/").status_code == 200
    answer = nadia.post("/s/out")
    assert cookies_of(answer)["desk"]["max-age"] == "0"
    assert copied.get("/s/").location == "/s/in"
    assert copied.post("/s/out", data={"token": nadia.form_token}).location == "/s/in"


def test_a_new_passphrase_ends_every_sign_in_of_that_person(desk: Desk) -> None:
    here, elsewhere = desk.browser("tara"), desk.browser("tara")
    answer = here.post("/s/me", {"passphrase": desk.office.passphrases["tara"]})
    assert answer.status_code == 200
    assert elsewhere.client.get("/s/").location == "/s/in"
    with read(desk.office.engine) as db:
        assert not db.scalars(select(StaffSession).where(StaffSession.person_id == desk.office.people["tara"].id)).all()


def test_the_server_keeps_a_hash_of_the_sign_in_and_not_what_the_browser_has(desk: Desk) -> None:
    nadia = desk.browser("nadia")
    with read(desk.office.engine) as db:
        kept = b"".join(db.scalars(select(StaffSession.token_hash)))
    assert (nadia.secret or b"") not in kept
    with write(desk.office.engine) as db:
        assert resume_session(db, kept[:32], desk.now[0], timedelta(minutes=15)) is None


EVERYWHERE = (
    *("/", "/help", "/back", "/news", "/privacy", "/promises", "/accessibility", "/complaint"),
    *("/c/q/1", "/nowhere", "/s/in"),
)
_LOADING = "script|img|iframe|object|embed|audio|video|source|link|input"
LOADED = re.compile(rf"""<(?:{_LOADING})\b[^>]*?\s(?:src|href|data)=["']?([^"'\s>]+)""")


@pytest.mark.parametrize("path", EVERYWHERE)
def test_no_page_loads_anything_from_elsewhere_or_runs_code_in_its_marks(app: Flask, path: str) -> None:
    page = app.test_client().get(path).text
    loaded = LOADED.findall(page)
    assert loaded, "the control: a style sheet is loaded"
    assert [each for each in loaded if not each.startswith(("/a/", "data:image/svg+xml,"))] == []
    assert not re.search(r"\son\w+=|\sstyle=|javascript:|@import|url\(", page.partition("<script>")[0])
    assert page.count("<script") <= 1


@pytest.mark.parametrize("fields", [501, 30_000])
def test_a_form_with_too_many_fields_is_refused_and_helps(app: Flask, fields: int) -> None:
    body = "&".join(["a"] * fields)
    for path in ("/", "/back", "/c/q/1", "/s/in"):
        answer = app.test_client().post(path, data=body, content_type="application/x-www-form-urlencoded")
        assert (path, answer.status_code) == (path, 413)
        is_hardened(answer)
        if not path.startswith("/s/"):
            helps_and_lets_leave(answer.text)


def test_what_a_visitor_says_of_itself_changes_nothing_that_is_answered(app: Flask) -> None:
    told = {"User-Agent": "Canary", "Referer": "https://canary.example/", "X-Forwarded-For": "203.0.113.9"}
    once = re.compile(r'name="(?:once|page)" value="[^"]+"')  # chance, not the visitor
    for path in EVERYWHERE:
        plain, asked = app.test_client().get(path).text, app.test_client().get(path, headers=told).text
        assert once.sub("", asked) == once.sub("", plain)


@pytest.mark.parametrize("sent_from", ["cross-site", "same-site"])
def test_a_form_on_another_site_sends_nothing_here_but_leaving_works(app: Flask, sent_from: str) -> None:
    told = {"Sec-Fetch-Site": sent_from}
    for path, fields in (("/", {"code": CODE}), ("/back", {"number": "0" * 20}), ("/c/q/1", {}), ("/s/in", {})):
        answer = app.test_client().post(path, data=fields, headers=told)
        assert (path, answer.status_code) == (path, 400)
        is_hardened(answer)
    assert app.test_client().post("/leave", headers=told).location == EXIT
    assert app.test_client().get(f"/k/{CODE}", headers=told).location == "/c/language"
    for own in ("same-origin", "none"):
        sent = app.test_client().post("/", data={"code": CODE}, headers={"Sec-Fetch-Site": own})
        assert sent.location == "/c/language"


def test_files_of_the_site_carry_the_headers_of_its_pages_and_may_be_kept(app: Flask) -> None:
    page = app.test_client().get("/")
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
    file = app.test_client().get(address, buffered=True)
    assert file.status_code == 200
    kept = HEADERS.keys() - {"Cache-Control"}
    policy = "Content-Security-Policy"
    assert file.headers[policy].removesuffix("; sandbox") == page.headers[policy]
    assert {name: file.headers.get(name) for name in kept} == {name: page.headers.get(name) for name in kept}
    assert "immutable" in file.headers["Cache-Control"]
    assert "Set-Cookie" not in file.headers
    assert app.test_client().get(address.replace(".css", ".none")).headers["Cache-Control"] == "no-store"
