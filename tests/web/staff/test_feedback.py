"""Telling people what changed, from the facilitator's page to the public one; and the self-assessment's two views."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from consult.database import write
from consult.demo.setup import Stage
from consult.models import Publication, Release
from consult.web.pagewords import PAGES
from tests.scenario import NOW, ask, closed_with, grant, make, row, sent_on_sqlite, stage_on_sqlite
from tests.toolbox.sound import silence
from tests.web.staff.desk import Browser, Desk, sentences
from tests.web.staff.test_page_recordings import bring, confirm, pages_of

__all__ = ["sent_on_sqlite", "stage_on_sqlite"]

LANGUAGES = ("en", "fr", "ar")
IDEA = {"words_en": "Answer <i>within</i> a day.", "words_fr": "Répondre en un jour.", "words_ar": "الرد خلال يوم."}


@pytest.fixture
def site(stage_on_sqlite: Stage, tmp_path: Path) -> Desk:
    """Young adults have a release, and everybody can sign in."""
    stage = stage_on_sqlite
    closed_with(stage, "young_adults", 6)
    request = ask(stage, "young_adults")
    grant(stage, request)
    make(stage, request)
    desk = Desk.over(stage, tmp_path)  # type: ignore[arg-type] - a stage has all that a desk asks of an office
    desk.now[0] = NOW
    return desk


def test_from_an_idea_to_what_changed(site: Desk) -> None:
    stage: Stage = site.office  # type: ignore[assignment]
    where, someone, public = f"/s/c/{stage.consultation_id}/feedback", site.browser("facilitator"), site.browser(None)
    news = f"/news/{row(stage, 'young_adults').entry_code}"
    assert "There is nothing to read here yet." in sentences(public.get(news))

    assert "Write it in this language too." in sentences(
        someone.post(f"{where}/idea", {"source": "adults", "words_en": "Only English."}).text
    )
    assert someone.post(f"{where}/idea", {"source": "adults", **IDEA}).status_code == 303
    said = {f"words_{code}": f"Thank you ({code})." for code in LANGUAGES}
    assert someone.post(f"{where}/note/said", said).status_code == 303
    assert "You wrote some of it." in sentences(someone.get(where))
    lead = site.browser("lead1")
    assert "Read over what people are to be told" in sentences(lead.get("/s/"))
    read_over(lead, f"{where}/note/said/publish")

    page = public.get(f"{news}?l=fr")
    assert "Répondre en un jour." in page
    assert "Thank you (fr)." in page
    for spoken, sound in zip(pages_of(someone)[-2:], (silence(), silence(60)), strict=True):
        assert bring(someone, spoken, sound) == 303
        assert [confirm(site.browser(who), spoken, native="1") for who in ("lead1", "lead2")] == [303, 303]
    note, ideas, *_ = sounds(public.get(f"{news}?l=fr"))
    assert [public.client.get(each).status_code for each in (note, ideas)] == [200, 200]
    assert "&lt;i&gt;within" in public.get(f"{news}?l=en")
    assert 'action="/leave"' in page

    idea = someone.get(where).partition(f"{where}/idea/")[2].partition("/")[0]
    version = someone.version(f"{where}/idea/{idea}/answer")
    reason = {f"reason_{code}": f"It costs too much ({code})." for code in LANGUAGES}
    answer = {"version": version, "answer": "no", **reason}
    assert someone.post(f"{where}/idea/{idea}/answer", answer).status_code == 303
    assert "costs too much" not in public.get(news)
    assert someone.post(f"{where}/note/answers", said).status_code == 303
    read_over(lead, f"{where}/note/answers/publish")
    told = sentences(public.get(f"{news}?l=ar"))
    assert "It costs too much (ar)." in told
    assert sounds(public.get(f"{news}?l=fr")) == [note], "with an answer the ideas say other words"
    with write(stage.engine) as db:
        release, who = db.scalars(select(Release)).one(), stage.people["facilitator"].id
        db.add(Publication(release_id=release.id, published_by=who, published_at=NOW))
    read = sentences(public.get(f"{news}?l=en"))
    assert PAGES["news"][1][0] in read
    parts = ("What you said", "what people in this part said", "What they will do", "Ideas from adults")
    assert sorted(parts, key=read.index) == list(parts), "what was said stands before what is done about it"

    assert lead.post(f"{where}/note/said/take-back").status_code == 303
    told = sentences(public.get(f"{news}?l=en"))
    assert "We took this back on" in told
    assert "within" not in told
    assert "it costs too much" not in told.lower()
    gone = [public.client.get(each).status_code for each in (note, ideas)]
    assert gone == [404, 404], "what is taken back is not heard either"
    read_over(lead, f"{where}/note/said/publish")
    assert "We took this back and looked at it again." in sentences(public.get(f"{news}?l=en"))


def sounds(page: str) -> list[str]:
    return re.findall(r'src="(/sound/\w+)"', page)


def read_over(lead: Browser, page: str) -> None:
    """All of it stands on the page; without the tick, or with another text than was seen, nothing is published."""
    shown = lead.get(page)
    assert "Répondre en un jour." in sentences(shown)
    seen = re.findall(r'name="seen" value="(\w+)"', shown)[0]
    assert lead.post(page, {"seen": seen}).status_code == 422
    assert lead.post(page, {"seen": "0" * 64, "nobody": "1"}).status_code == 409
    assert lead.post(page, {"seen": seen, "nobody": "1"}).status_code == 303


def test_a_missed_promise_stands_on_the_public_page(site: Desk) -> None:
    stage: Stage = site.office  # type: ignore[assignment]
    site.now[0] = NOW.replace(year=NOW.year + 2)
    assert "We are late." in sentences(site.browser(None).get(f"/news/{row(stage, 'young_adults').entry_code}"))
    home = sentences(site.browser("facilitator").get("/s/"))
    assert "Telling people what changed Overdue" in home
    assert "What you said, due on" in home
    assert "Nothing needs you now." not in home
    assert "Telling people what changed Overdue" not in sentences(site.browser("reviewer1").get("/s/")), (
        "they do not write"
    )


def test_two_scorers_side_by_side_and_one_zero_that_nothing_makes_up_for(site: Desk) -> None:
    stage: Stage = site.office  # type: ignore[assignment]
    where, someone = f"/s/c/{stage.consultation_id}/assessment", site.browser("facilitator")
    assert "Say where this can be seen" in sentences(someone.post(f"{where}/team", {"score_2.1": "3"}).text)
    refused = someone.post(f"{where}/team", {"score_2.1": "4", "evidence_2.1": "Log of 3 May"})
    assert refused.status_code == 422
    assert "Choose one of the answers." in refused.text
    assert someone.post(f"{where}/team", {"score_2.1": "3", "evidence_2.1": "Log of 3 May"}).status_code == 303
    assert "Not finished" in sentences(someone.get(where))
    assert someone.post(f"{where}/advisers", {"score_2.1": "0", "evidence_2.1": "We said so"}).status_code == 303
    page = sentences(someone.get(where))
    assert "Not acceptable" in page
    assert "Log of 3 May" in page
    assert "We said so" in page


def test_the_public_page_is_named_by_the_address_that_was_set(site: Desk, tmp_path: Path) -> None:
    stage: Stage = site.office  # type: ignore[assignment]
    site = Desk.over(site.office, tmp_path, "http://localhost:8443")
    site.now[0] = NOW
    page = site.browser("facilitator").get(f"/s/c/{stage.consultation_id}/feedback")
    assert f'href="http://localhost:8443/news/{row(stage, "young_adults").entry_code}"' in page
