"""Participants who come too late, twice, or with damaged cookies: one kind page with help, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from consult.database import read, write
from consult.models import Epoch, Response, Signature, Strand, StrandState
from consult.sealing.form import FormContext, seal_form
from consult.sealing.root import RootKeys
from tests.toolbox.rows import dump
from tests.web.answers import helps_and_lets_leave, is_hardened
from tests.web.participate.scene import FORM, OWN_WORDS, Scene
from tests.web.participate.walk import CHECKS, Walk, receipt_on
from tests.web.participate.world import CODE, NOW, Clock, build_site, open_strand

QUESTIONS = tuple(text for question in FORM.questions for text in question.text.values())
CLOSES = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
SENT_WITH_EVERYTHING = {"a": "safe", "answer": "yes", "age": "15", "language": "en", **CHECKS}


@pytest.fixture
def scene(sqlite_engine: Engine, tmp_path: Path) -> Scene:
    clock = Clock()
    window = {"opens": "2026-06-01T00:00:00Z", "closes": CLOSES.isoformat(), "timezone": "Africa/Nairobi"}
    hours = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "open": "00:30", "close": "23:00"}]
    world = open_strand(sqlite_engine, facts={"window": {**window, "hours": hours}})
    return Scene(sqlite_engine, world, clock, build_site(sqlite_engine, tmp_path, clock))


@pytest.fixture
def on_either(engine: Engine, tmp_path: Path) -> Scene:
    clock = Clock()
    return Scene(engine, open_strand(engine), clock, build_site(engine, tmp_path, clock))


def steps(scene: Scene) -> list[tuple[str, str]]:
    """Every page between the code and the receipt, looked at and sent to; a new one is among them by itself."""
    return [
        (method, rule.rule.replace("<int:n>", "1"))
        for rule in scene.app.url_map.iter_rules()
        if rule.rule.startswith("/c/")
        for method in sorted({"GET", "POST"} & (rule.methods or set()))
    ]


def state_of(scene: Scene, state: StrandState, finish_by: datetime | None = None) -> None:
    scene.world.change_strand(state=state, finish_by=finish_by)


def refused_later(scene: Scene) -> None:
    """A lead signs, an hour on, that nobody is asked after all; the strand's row is left as it was."""
    with write(scene.engine) as db:
        strand = db.get_one(Strand, scene.world.strand_id)
        db.add(
            Signature(
                strand_id=strand.id,
                author_id=strand.author_id,
                audience=strand.audience,
                plan_digest="d" * 64,
                decision="REFUSE",
                row="D1",
                evaluation={},
                signed_by="lead-1",
                signed_at=NOW,
            )
        )


def words_changed(scene: Scene) -> None:
    """Behind the program's back: one question reads otherwise, in every language, than what was signed."""
    with write(scene.engine) as db:
        strand = db.get_one(Strand, scene.world.strand_id)
        first, *rest = strand.form["questions"]
        other = {language: f"{words}?" for language, words in first["text"].items()}
        strand.form = {**strand.form, "questions": [{**first, "text": other}, *rest]}


def of_another_installation(scene: Scene) -> None:
    stranger = RootKeys.from_root(bytes(range(1, 33)))
    context = FormContext(scene.world.strand_id, "d" * 64, FORM.digest())
    scene.cookies = {"o1": seal_form(stranger.form, context, b"{}", 2**33)[0]}


def of_a_strand_that_is_not_here(scene: Scene) -> None:
    ours = RootKeys.from_root(bytes(range(32)))
    scene.cookies = {"o1": seal_form(ours.form, FormContext("nowhere", "d" * 64, FORM.digest()), b"{}", 2**33)[0]}


def of_another_shape(scene: Scene) -> None:
    ours = RootKeys.from_root(bytes(range(32)))
    context = FormContext(scene.world.strand_id, "d" * 64, FORM.digest())
    scene.cookies = {"o1": seal_form(ours.form, context, b'["not", "a", "state"]', 2**33)[0]}


def spliced(scene: Scene) -> None:
    other = Walk(scene.app)
    other.begin()
    mine, theirs = scene.cookies["o1"], other.cookies["o1"]
    scene.cookies = {"o1": mine[: len(mine) // 2] + theirs[len(theirs) // 2 :]}


def moved(scene: Scene, to: datetime) -> None:
    scene.clock.now = to


AWAY, STOPPED = 410, 200
#: What happened, when the person had come, what the next page answers with.
HAPPENINGS: Mapping[str, tuple[Callable[[Scene], object], datetime, int]] = {
    "no cookies": (lambda scene: scene.cookies.clear(), NOW, AWAY),
    "cookies of another installation": (of_another_installation, NOW, AWAY),
    "cookies of a strand that is not here": (of_a_strand_that_is_not_here, NOW, AWAY),
    "cookies of another shape": (of_another_shape, NOW, AWAY),
    "cookies of two people spliced": (spliced, NOW, AWAY),
    "cookies too old": (lambda scene: moved(scene, NOW + timedelta(hours=2)), NOW, AWAY),
    "paused": (lambda scene: state_of(scene, StrandState.SUSPENDED), NOW, STOPPED),
    "time to finish over": (lambda scene: state_of(scene, StrandState.SUSPENDED, finish_by=NOW), NOW, STOPPED),
    "stopped": (lambda scene: state_of(scene, StrandState.STOPPED), NOW, STOPPED),
    "closed": (lambda scene: state_of(scene, StrandState.CLOSED), NOW, STOPPED),
    "refused by a later signature": (refused_later, NOW, STOPPED),
    "signature ran out": (
        lambda scene: moved(scene, NOW + timedelta(days=20)),
        NOW + timedelta(days=20, minutes=-1),
        STOPPED,
    ),
    "window closed": (
        lambda scene: scene.world.change_strand(facts=_facts(scene, closes=NOW.isoformat())),
        NOW,
        STOPPED,
    ),
    "outside the hours": (
        lambda scene: moved(scene, datetime(2026, 6, 10, 20, 0, tzinfo=UTC)),
        datetime(2026, 6, 10, 19, 59, tzinfo=UTC),
        STOPPED,
    ),
}


def _facts(scene: Scene, **window: str) -> dict[str, object]:
    with read(scene.engine) as db:
        facts = db.get_one(Strand, scene.world.strand_id).facts
    return {**facts, "window": {**facts["window"], **window}}


def kindly_closed(page: TestResponse, status: int) -> None:
    assert page.status_code == status
    assert [question for question in QUESTIONS if question in page.text] == []
    assert OWN_WORDS not in page.text
    helps_and_lets_leave(page.text)
    is_hardened(page)


def every_step_is_closed(scene: Scene, status: int) -> None:
    for method, path in steps(scene):
        walk = scene.browser()
        page = walk.client.open(path, method=method, data=SENT_WITH_EVERYTHING, follow_redirects=True)
        kindly_closed(page, status)
        assert walk.cookies == {}, (path, "the cookies are taken away")
        assert walk.client.get("/c/q/1").status_code == 410
    assert scene.stored() == 0


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_no_page_shows_a_question_or_takes_an_answer(scene: Scene, happening: str) -> None:
    happens, arrived, status = HAPPENINGS[happening]
    scene.arrive(arrived)
    happens(scene)
    every_step_is_closed(scene, status)
    newcomer = Walk(scene.app).post("/", {"code": CODE})
    if status == STOPPED:
        assert "This is closed right now." in newcomer.text


def test_who_said_yes_to_other_words_is_stopped(scene: Scene) -> None:
    """Those words are what was said yes to; who comes now begins with the words of now, where those were signed."""
    scene.arrive()
    words_changed(scene)
    every_step_is_closed(scene, STOPPED)


def test_looking_changes_no_row(scene: Scene) -> None:
    """Every page that a participant can load, with everything answered and with nothing."""
    scene.arrive()
    before = dump(scene.engine)
    rules = [rule for rule in scene.app.url_map.iter_rules() if rule.endpoint.startswith("participate.")]
    for rule in rules:
        path = rule.rule.replace("<int:n>", "1").replace("<code>", CODE).replace("<digest>", "0" * 64)
        expected = {200, 303, 405, 410, 404 if rule.endpoint.startswith("participate.sound") else 200}
        for walk in (scene.browser(), Walk(scene.app)):
            assert walk.client.get(path).status_code in expected, path
    assert dump(scene.engine) == before


@pytest.mark.parametrize("people", [2, 6])
def test_sent_from_several_tabs_at_once_it_is_stored_once(on_either: Scene, people: int) -> None:
    on_either.arrive()
    together = Barrier(people)

    def press_send(_: int) -> str:
        walk = on_either.browser()
        together.wait()
        return receipt_on(walk.post("/c/send"))

    with ThreadPoolExecutor(people) as pool:
        receipts = list(pool.map(press_send, range(people)))
    assert len(set(receipts)) == 1
    assert len(receipts[0]) == 20
    assert on_either.stored() == 1
    with read(on_either.engine) as db:
        assert len(db.scalars(select(Epoch.id)).all()) == 1


def test_an_older_state_sent_again_changes_nothing_of_what_was_sent(on_either: Scene) -> None:
    """Two browsers with one state: one sends; the other, with other words, gets the same receipt for the first."""
    on_either.arrive()
    first, second = on_either.browser(), on_either.browser()
    second.post("/c/q/9", {"a": "other words, later"})
    receipt = receipt_on(first.post("/c/send"))
    with read(on_either.engine) as db:
        sealed = db.scalars(select(Response.sealed)).one()
    assert receipt_on(second.post("/c/send")) == receipt
    with read(on_either.engine) as db:
        assert db.scalars(select(Response.sealed)).one() == sealed
    assert "they are gone now" in first.post("/back", {"number": receipt}).text
    assert on_either.stored() == 0


def test_nothing_is_taken_between_two_pages_once_the_strand_has_shut(on_either: Scene) -> None:
    """The strand is paused while the request to send is on its way: the transaction that would store sees it."""
    on_either.arrive()
    on_either.world.pause()
    page = on_either.browser().client.post("/c/send")
    kindly_closed(page, STOPPED)
    assert on_either.stored() == 0
