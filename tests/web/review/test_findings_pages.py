"""From a granted reading to a text that two people let through; and the pages of findings and feedback in a browser."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import IdeaSource, KeptText, OpeningMode, OpeningRequest, Person, Theme, ThemeRelease
from consult.services.feedback import feedback, feedbacknotes
from consult.services.opening import reading
from safeguards.promises import Answer
from safeguards.promises import Stage as Step
from tests.scenario import NOW, ask, closed_with, grant, make, row
from tests.web.participate.serving import served
from tests.web.review.conftest import site
from tests.web.staff.desk import Desk, sentences
from tests.web.staff.test_browser import faults

KEY = "young_adults"


@pytest.fixture
def told(stage_on_sqlite: Stage, tmp_path: Path) -> Desk:
    """Young adults have a report, and their answers can be read."""
    stage = stage_on_sqlite
    closed_with(stage, KEY, 24)
    tables = ask(stage, KEY)
    grant(stage, tables)
    make(stage, tables)
    return site(stage, tmp_path)


def reading_of(desk: Desk) -> str:
    """The redactor asks on the page, so that the request belongs to that sign-in, and a lead grants; the address."""
    stage: Stage = desk.office  # type: ignore[assignment]
    reader = desk.browser("reviewer2")
    where = f"/s/c/{stage.consultation_id}/{stage.strands[KEY]}/ask?mode={OpeningMode.READ}"
    asked = reader.post(where, {"reason": "To quote people", "hours": "8"})
    assert asked.status_code == 303, sentences(asked.text)
    with read(stage.engine) as db:
        request = db.scalars(select(OpeningRequest.id).where(OpeningRequest.mode == OpeningMode.READ)).one()
    with write(stage.engine) as db:
        reading.grant(db, stage.keys, stage.people["lead1"], request, stage.passphrases["lead1"], NOW)
    desk.reader = reader  # type: ignore[attr-defined]
    return f"/s/openings/{request}/words"


def text_question(desk: Desk) -> str:
    return next(each["id"] for each in row(desk.office, KEY).form["questions"] if each["kind"] == "text")  # type: ignore[arg-type]


def test_a_redactor_reads_keeps_and_somebody_else_lets_it_through(told: Desk) -> None:
    stage: Stage = told.office  # type: ignore[assignment]
    where = reading_of(told)
    reader, question = told.reader, text_question(told)  # type: ignore[attr-defined]
    asking = {"question": question, "passphrase": stage.passphrases["reviewer2"]}
    assert "Invented words." not in reader.get(where)
    assert "Invented words." not in reader.post(where, {**asking, "passphrase": "not it", "do": "read"}).text

    page = reader.post(where, {**asking, "do": "read"}).text
    assert page.count("Invented words.") > 10
    tags = re.findall(r'name="keep_(\w+)"', page)
    assert len(set(tags)) == len(tags)
    kept = {f"keep_{tags[0]}": "Answer people within a day.", "theme": "Time", "memo": "Says how fast."}
    page = reader.post(where, {**asking, **kept, "do": "keep"}).text
    assert "Answer people within a day." not in page  # nothing is kept twice
    assert "Says how fast." in page

    reader_list, lead = sentences(reader.get("/s/kept")), told.browser("lead1")
    assert "Somebody else has to look at it" in reader_list
    with read(stage.engine) as db:
        text_id = db.scalars(select(KeptText.id)).one()
    assert reader.post(f"/s/kept/{text_id}/confirm").status_code == 403
    assert lead.post(f"/s/kept/{text_id}/confirm").status_code == 303
    assert "Let through by" in sentences(lead.get("/s/kept"))


def test_a_refused_text_leaves_everything_typed_and_ticked_in_place(told: Desk) -> None:
    stage: Stage = told.office  # type: ignore[assignment]
    where = reading_of(told)
    reader, question = told.reader, text_question(told)  # type: ignore[attr-defined]
    asking = {"question": question, "passphrase": stage.passphrases["reviewer2"]}
    page = reader.post(where, {**asking, "theme": "Time", "memo": "Says how fast.", "do": "keep"}).text
    with read(stage.engine) as db:
        theme = db.scalars(select(Theme.id)).one()
    tags = re.findall(r'name="keep_(\w+)"', page)
    long = "word " * 200
    sent = {**asking, f"keep_{tags[0]}": long, f"theme_{tags[1]}": theme, "do": "keep"}
    refused = reader.post(where, sent)
    assert refused.status_code == 422
    assert long.strip() in refused.text
    assert refused.text.count(" checked") >= 1
    with read(stage.engine) as db:
        assert db.scalars(select(KeptText)).all() == []


def test_themes_are_counted_and_what_was_typed_is_kept_once_when_they_are_not(told: Desk) -> None:
    stage: Stage = told.office  # type: ignore[assignment]
    where = reading_of(told)
    reader, question = told.reader, text_question(told)  # type: ignore[attr-defined]
    asking = {"question": question, "passphrase": stage.passphrases["reviewer2"]}
    page = reader.post(where, {**asking, "do": "read"}).text
    tags = re.findall(r'name="keep_(\w+)"', page)
    kept = {f"keep_{tags[0]}": "Answer people within a day."}
    refused = reader.post(where, {**asking, **kept, "do": "count"})  # there is no theme yet
    assert refused.status_code == 422
    assert "Saved." in refused.text
    assert "Answer people within a day." not in refused.text

    page = reader.post(where, {**asking, "theme": "Time", "memo": "Says how fast.", "do": "keep"}).text
    (theme,) = set(re.findall(r'name="theme_\w+" value="([^"]+)"', page))
    ticked = {f"theme_{tag}": theme for tag in tags[:12]}
    assert reader.post(where, {**asking, **ticked, "do": "count"}).status_code == 303
    with read(stage.engine) as db:
        assert len(db.scalars(select(KeptText)).all()) == 1
        assert db.scalars(select(ThemeRelease.question_id)).all() == [question]


def _words(text: str) -> dict[str, str]:
    return {code: f"{text} ({code})" for code in ("en", "fr", "ar")}


def everything(desk: Desk) -> None:
    """Ideas, an answer, what was said: so that no page is empty."""
    stage: Stage = desk.office  # type: ignore[assignment]
    who, where = stage.people["facilitator"], stage.consultation_id
    with write(stage.engine) as db:
        idea = feedback.add_idea(db, stage.keys, who, where, IdeaSource.ADULTS, _words("Answer within a day."), NOW)
        feedback.add_idea(db, stage.keys, who, where, IdeaSource.ADULTS, _words("Explain the rules."), NOW)
        feedback.answer_idea(
            db, stage.keys, who, where, idea.id, idea.version, Answer.PARTLY, _words("There is money for half."), NOW
        )
        feedbacknotes.write_note(
            db, stage.keys, who, where, Step.SAID, _words("Thank you. This is what you said."), NOW
        )
        lead = stage.people["lead1"]
        seen = feedback.feedback(db, lead, where, stage.policy, NOW).notes[Step.SAID].digest
        feedbacknotes.publish(db, stage.keys, lead, where, Step.SAID, seen, NOW, nobody=True)
        feedbacknotes.write_note(db, stage.keys, who, where, Step.ANSWERS, _words("This will be done."), NOW)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme", "language"), [(360, "light", "en"), (1280, "dark", "ar")])
def test_no_page_has_a_fault(
    chromium: Browser, axe_source: str, told: Desk, width: int, scheme: str, language: str
) -> None:
    stage: Stage = told.office  # type: ignore[assignment]
    everything(told)
    where = reading_of(told)
    with write(stage.engine) as db:
        for name in ("facilitator", "reviewer2", "lead1"):
            db.get_one(Person, stage.people[name].id).language = language
    consultation = f"/s/c/{stage.consultation_id}"
    own = [f"{consultation}/feedback", f"{consultation}/feedback/note/answers", "/s/feedback"]
    own += [f"{consultation}/feedback/note/{step}/publish" for step in ("said", "answers")]
    own += [f"{consultation}/assessment", f"{consultation}/assessment/team"]
    news = f"/news/{row(stage, KEY).entry_code}?l={language}"
    found: dict[str, list[str]] = {}
    with served(told.app) as address:
        for name, paths in {"facilitator": own, "reviewer2": [where, "/s/kept"], "": [news]}.items():
            context = chromium.new_context(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,  # type: ignore[arg-type]
                bypass_csp=True,  # axe comes as a script of ours; the pages have none
            )
            if name:
                secret = told.reader.secret if name == "reviewer2" else told.secret(name)  # type: ignore[attr-defined]
                token = base64.urlsafe_b64encode(secret).decode("ascii")
                context.add_cookies([{"name": "desk", "value": token, "url": address}])
            page = context.new_page()
            for path in paths:
                response = page.goto(f"{address}{path}")
                assert response is not None
                assert response.status == 200, path
                if problems := faults(page, axe_source):
                    found[path] = problems
                if path == where:
                    page.check("input[name=question] >> nth=0")
                    page.fill("input[name=passphrase]", stage.passphrases["reviewer2"])
                    page.click("button[value=read]")
                    if problems := faults(page, axe_source):
                        found[path + " with texts"] = problems
            context.close()
    assert found == {}
