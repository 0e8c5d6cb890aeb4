"""Coming in: one-time codes from cards, the strand's own code where that is enough, and too many tries."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.errors import Conflict
from consult.models import Invitation, Purpose, Response, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.participation.invitations import issue, make_void
from safeguards.terms import SPECIALIST, Role
from tests.web.answers import helps_and_lets_leave, is_hardened
from tests.web.participate.walk import CHECKS, READ, Walk, receipt_on
from tests.web.participate.world import CODE, NOW, ROOT, Clock, World, build_site, open_strand

UNDER_13 = {"ages": [10, 12]}


def site_over(world: World, folder: Path, tries: int = 100_000, clock: Clock | None = None) -> Flask:
    return build_site(world.engine, folder, clock or Clock(), tries=tries)


def card(world: World) -> str:
    actor = Actor("author", "Author", "en", frozenset({Role.LEAD_FACILITATOR}), frozenset())
    with write(world.engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        return issue(db, RootKeys.from_root(ROOT), actor, strand, 1, Purpose.ENTRY, NOW)[0]


def spent(world: World) -> list[bool]:
    with read(world.engine) as db:
        return list(db.scalars(select(Invitation.spent)))


def test_a_card_lets_in_once(engine: Engine, tmp_path: Path) -> None:
    world = open_strand(engine, facts=UNDER_13)
    app, code = site_over(world, tmp_path), card(world)
    assert Walk(app).post("/", {"code": code.upper()}).request.path == "/c/language"
    assert spent(world) == [True]
    again = Walk(app).post("/", {"code": code})
    assert "We do not know that code" in again.text


def test_a_link_that_was_made_void_leads_to_what_changed_and_nowhere_else(engine: Engine, tmp_path: Path) -> None:
    world = open_strand(engine)
    app = site_over(world, tmp_path)
    inside = Walk(app)
    inside.begin()
    actor = Actor("author", "Author", "en", frozenset({Role.LEAD_FACILITATOR}), frozenset())
    with write(world.engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        make_void(db, RootKeys.from_root(ROOT), actor, strand, NOW)
        code = str(strand.entry_code)
    assert "We do not know that code" in Walk(app).post("/", {"code": CODE}).text
    page = Walk(app).get(f"/news/{CODE}")
    assert (page.status_code, code in page.text) == (200, False), "and nobody learns the code of now from it"
    helps_and_lets_leave(page.text)
    assert Walk(app).post("/", {"code": code}).request.path == "/c/language"
    assert inside.get("/c/q/2").request.path == "/c/q/2", "whoever is inside goes on"


def test_looking_at_a_scanned_card_spends_nothing_and_the_button_does(engine: Engine, tmp_path: Path) -> None:
    world = open_strand(engine, facts=UNDER_13)
    app, code = site_over(world, tmp_path), card(world)
    for _ in range(2):
        page = Walk(app).get(f"/k/{code}")
        assert (page.status_code, f'value="{code}"' in page.text) == (200, True)
        helps_and_lets_leave(page.text)
    assert spent(world) == [False]
    assert Walk(app).post("/", {"code": code}).request.path == "/c/language"
    assert spent(world) == [True]


@pytest.mark.parametrize(
    ("audience", "facts"), [("S", {}), ("H", {}), ("G", UNDER_13)], ids=["survivors", "harmful behaviour", "under 13"]
)
def test_where_cards_or_a_service_are_the_only_way_the_strands_own_code_lets_nobody_in(
    engine: Engine, tmp_path: Path, audience: str, facts: dict[str, object]
) -> None:
    world = open_strand(engine, audience=audience, facts=facts)
    app = site_over(world, tmp_path)
    for page in (Walk(app).get(f"/k/{CODE}"), Walk(app).post("/", {"code": CODE})):
        assert "We do not know that code" in page.text
        helps_and_lets_leave(page.text)
    if audience in SPECIALIST:
        with pytest.raises(Conflict, match="their own service"):
            card(world)
    else:
        assert Walk(app).post("/", {"code": card(world)}).request.path == "/c/language"


def test_a_card_of_a_strand_that_is_paused_is_not_spent(engine: Engine, tmp_path: Path) -> None:
    world = open_strand(engine)
    app, code = site_over(world, tmp_path), card(world)
    world.pause()
    assert "This is closed now" in Walk(app).post("/", {"code": code}).text
    assert spent(world) == [False]


def test_whoever_gave_a_card_away_does_not_learn_from_it_whether_somebody_came(engine: Engine, tmp_path: Path) -> None:
    world = open_strand(engine, facts=UNDER_13)
    app, used, kept = site_over(world, tmp_path), card(world), card(world)
    Walk(app).post("/", {"code": used})

    looked = [Walk(app).get(f"/k/{each}") for each in (used, kept)]
    assert [each.request.path for each in looked] == [f"/k/{used}", f"/k/{kept}"], "both wait for the button"
    world.pause()
    for page in [Walk(app).get(f"/k/{each}") for each in (used, kept)]:
        assert (page.status_code, "We do not know" in page.text) == (200, False)
    for page in [Walk(app).post("/", {"code": each}) for each in (used, kept)]:
        assert "This is closed now" in page.text


def test_a_copied_first_state_gives_one_response_however_often_it_is_sent(engine: Engine, tmp_path: Path) -> None:
    world = open_strand(engine)
    app, code = site_over(world, tmp_path), card(world)
    first = Walk(app)
    first.post("/", {"code": code})
    receipts = set()
    for _ in range(3):
        copied = Walk(app)
        copied.use_cookies(first.cookies)
        copied.post("/c/language", {"language": "en"})
        copied.post("/c/place")
        copied.post("/c/age", {"age": "15"})
        for step in READ:
            copied.post(f"/c/{step}")
        copied.post("/c/check", CHECKS)
        copied.post("/c/agree", {"answer": "yes"})
        receipts.add(receipt_on(copied.post("/c/send")))
    assert len(receipts) == 1
    with read(engine) as db:
        assert len(db.scalars(select(Response.id)).all()) == 1


def test_too_many_wrong_codes_from_one_address_wait_and_nobody_else_does(engine: Engine, tmp_path: Path) -> None:
    clock = Clock()
    app = site_over(open_strand(engine), tmp_path, tries=10, clock=clock)
    guess = app.test_client()
    for _ in range(10):
        wrong = guess.post("/", data={"code": "00000000"}, follow_redirects=True)
        assert 'value="00000000"' in wrong.text, "a code with one wrong digit is mended, not typed again"
        assert wrong.history[0].status_code == 303
        assert "00000000" not in str(wrong.history[0].headers), "on its way it is sealed"
        assert guess.get_cookie("w") is None, "once it is shown again, it is nowhere else"
        assert 'value="00000000"' not in guess.get("/?wrong=1").text
    for path, fields in (("/", {"code": "00000000"}), ("/", {"code": CODE})):
        refused = guess.post(path, data=fields)
        assert refused.status_code == 429
        is_hardened(refused)
        helps_and_lets_leave(refused.text)
        assert "Please wait" in refused.text
    assert guess.get(f"/k/{CODE}").status_code == 429
    assert guess.get("/help").status_code == 200
    assert guess.post("/leave").status_code == 303
    behind_the_proxy = {"X-Forwarded-For": "198.51.100.9"}
    assert guess.post("/", data={"code": CODE}, headers=behind_the_proxy).location == "/c/language"
    clock.now = NOW.replace(minute=11)
    assert app.test_client().post("/", data={"code": CODE}).location == "/c/language"


@pytest.mark.parametrize("page", ["/news/{}", "/contact/{}", "/sound/{}/en/texts.T-HELP-now"])
def test_an_address_with_a_code_in_it_is_no_way_to_try_codes(engine: Engine, tmp_path: Path, page: str) -> None:
    guess = site_over(open_strand(engine), tmp_path, tries=10).test_client()
    wrong = [guess.get(page.format(f"0000000{n}")).status_code for n in range(10)]
    assert wrong == [404] * 10
    refused = [guess.get(page.format(code)) for code in ("00000000", CODE)]
    assert [each.status_code for each in refused] == [429, 429], "the right one looks like a wrong one"
    for each in refused:
        is_hardened(each)
        helps_and_lets_leave(each.text)
        assert "Please wait" in each.text
    assert guess.post("/", data={"code": CODE}).status_code == 429, "counted together with codes that are typed"


def test_after_too_many_wrong_codes_a_card_that_is_right_looks_like_a_wrong_one(engine: Engine, tmp_path: Path) -> None:
    world = open_strand(engine, facts=UNDER_13)
    app, code = site_over(world, tmp_path, tries=10), card(world)
    guess = app.test_client()
    for _ in range(10):
        guess.get("/k/22222-22222")
    assert [guess.get(f"/k/{each}").status_code for each in ("22222-22222", code)] == [429, 429]


def test_only_what_our_own_proxy_says_of_an_address_is_believed(engine: Engine, tmp_path: Path) -> None:
    app = site_over(open_strand(engine), tmp_path, tries=10)
    stranger = {"REMOTE_ADDR": "203.0.113.50"}
    for n in range(10):
        app.test_client().post(
            "/", data={"code": "0"}, environ_base=stranger, headers={"X-Forwarded-For": f"198.51.100.{n}"}
        )
    refused = app.test_client().post(
        "/", data={"code": CODE}, environ_base=stranger, headers={"X-Forwarded-For": "198.51.100.77"}
    )
    assert refused.status_code == 429
    invented = {"X-Forwarded-For": "198.51.100.77, 203.0.113.50"}
    assert app.test_client().post("/", data={"code": CODE}, headers=invented).status_code == 429


def test_too_many_starts_wait(engine: Engine, tmp_path: Path) -> None:
    app = site_over(open_strand(engine), tmp_path, tries=10)
    codes = [app.test_client().get(f"/k/{CODE}").status_code for _ in range(12)]
    assert codes == [303] * 10 + [429] * 2


def test_too_many_sendings_wait_and_lose_nothing(engine: Engine, tmp_path: Path) -> None:
    clock = Clock()
    app = site_over(open_strand(engine), tmp_path, tries=10, clock=clock)
    walks = [Walk(app) for _ in range(11)]
    for n, walk in enumerate(walks):
        clock.now = NOW if n < 10 else NOW.replace(minute=10)
        walk.begin()
    sent = [walk.post("/c/send") for walk in walks]
    assert [page.status_code for page in sent] == [200] * 10 + [429]
    assert 'href="/c/look"' in sent[-1].text
    clock.now = NOW.replace(minute=20)
    assert len(receipt_on(walks[-1].post("/c/send"))) == 20


def test_trying_receipts_is_held_up_and_says_nothing_of_them(engine: Engine, tmp_path: Path) -> None:
    app = site_over(open_strand(engine), tmp_path, tries=10)
    walk = Walk(app)
    walk.begin()
    receipt = receipt_on(walk.post("/c/send"))
    guess = app.test_client()
    for _ in range(10):
        assert guess.post("/back", data={"number": "0" * 20}).status_code == 303
    for number in ("0" * 20, receipt, "1"):
        refused = guess.post("/back", data={"number": number})
        assert refused.status_code == 429
        helps_and_lets_leave(refused.text)
        assert f'value="{number}"' in refused.text, "nobody types twenty digits again"
    with read(engine) as db:
        assert len(db.scalars(select(Response.id)).all()) == 1


@pytest.mark.parametrize(
    ("language", "words"), [("en", "your answers stay locked"), ("fr", "fermées à clé"), ("ar", "إجاباتك مقفلة")]
)
def test_the_privacy_page_says_what_a_thief_gets_in_words_of_that_language(
    engine: Engine, tmp_path: Path, language: str, words: str
) -> None:
    page = Walk(site_over(open_strand(engine), tmp_path)).get(f"/privacy?l={language}")
    assert words in page.text
