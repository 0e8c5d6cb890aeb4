"""A facilitator sets a consultation up; what is wrong is said and nothing typed is lost; two save at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.models import Consultation, Strand
from consult.questionnaire.form import Form
from tests.office import Office
from tests.web.staff.desk import Desk, form_of, sentences

PURPOSE = {
    "title": "Safer messages",
    "cover_name": "Our ideas",
    "purpose": "The regulator decides about the reporting button.",
    "decision_maker": "The regulator",
    "feedback_due": "2030-09-01",
}
PLAN: Mapping[str, object] = {
    "name": "Children 13 to 17",
    "youngest": "13",
    "oldest": "17",
    "languages": ["en", "fr"],
    "timezone": "Africa/Nairobi",
    "opens": "2030-03-11T09:00",
    "closes": "2030-03-25T21:00",
    "minutes": "10",
    "places-0-code": "ke",
    "places-0-number": "112",
    "places-0-all_day": "y",
}
GROUP = {**PLAN, "audience": "G", "mode": "OI", "question_set": "children_13_17", "stands_in_for": ""}


def facts(office: Office, strand_id: str) -> dict[str, Any]:
    with read(office.engine) as db:
        return dict(db.get_one(Strand, strand_id).facts)


def test_from_nothing_to_the_gate(desk: Desk, office: Office) -> None:
    nadia = desk.browser("nadia")
    made = nadia.post("/s/c/new", PURPOSE)
    assert made.status_code == 303
    added = nadia.post(made.location, GROUP)
    assert added.status_code == 303
    assert "Who does what" in sentences(nadia.get(added.location)), "people come next"
    page = sentences(nadia.get(added.location.replace("/team", "/safeguards")))
    assert "things stop this from opening" in page
    assert "0 of 53 safeguards in place" in page
    strand_id = added.location.split("/")[4]
    assert facts(office, strand_id)["window"] == {
        "opens": "2030-03-11T06:00:00+00:00",
        "closes": "2030-03-25T18:00:00+00:00",
        "timezone": "Africa/Nairobi",
    }
    assert facts(office, strand_id)["emergency"] == [{"jurisdiction": "KE", "number": "112", "round_the_clock": True}]
    assert form_of(office, strand_id).languages == ("en", "fr")


def test_times_are_those_of_the_place(desk: Desk, office: Office) -> None:
    consultation_id = office.consultation()
    nadia = desk.browser("nadia")
    group = {**GROUP, "timezone": "", "opens": "", "closes": "", "places-0-code": "pe", "decision_day": "2030-03-01"}
    added = nadia.post(f"/s/c/{consultation_id}/add", group)
    strand_id = added.location.split("/")[4]
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).decision_due == datetime(2030, 3, 2, 4, 59, tzinfo=UTC)
    plan = f"/s/c/{consultation_id}/{strand_id}/plan"
    page = nadia.get(plan)
    assert 'value="America/Lima"' in page
    assert 'value="2030-03-01"' in page, "the day that was chosen, on the clock of the place"
    timed = {**group, "opens": PLAN["opens"], "closes": PLAN["closes"], "version": nadia.version(plan)}
    assert nadia.post(plan, timed).status_code == 303
    assert facts(office, strand_id)["window"] == {
        "opens": "2030-03-11T14:00:00+00:00",
        "closes": "2030-03-26T02:00:00+00:00",
        "timezone": "America/Lima",
    }


@pytest.mark.parametrize(
    ("field", "typed"),
    [("title", ""), ("cover_name", "Stop abuse"), ("feedback_due", "soon"), ("feedback_due", "2029-01-01")],
)
def test_what_is_wrong_is_linked_and_the_rest_stays(desk: Desk, field: str, typed: str) -> None:
    answer = desk.browser("nadia").post("/s/c/new", {**PURPOSE, field: typed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "The regulator decides about the reporting button." in answer.text
    if typed:
        assert typed in answer.text


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"youngest": "18", "languages": [], "minutes": "-1"}, "oldest languages minutes"),
        ({"youngest": "thirteen", "opens": "tomorrow", "audience": ""}, "youngest opens audience"),
        ({"youngest": "", "oldest": ""}, "youngest oldest"),
        ({"closes": "2030-03-01T09:00", "places-0-code": "Kenya"}, "closes places-0-code"),
        ({"timezone": "Mars/Base", "audience": "A"}, "timezone question_set"),
        ({"timezone": "", "places-0-code": "es"}, "timezone"),  # where islands have a clock of their own
        ({"audience": "R"}, "representatives"),
    ],
)
def test_a_group_that_does_not_fit_is_refused_beside_its_field(
    desk: Desk, office: Office, wrong: dict[str, object], fields: str
) -> None:
    consultation_id = office.consultation()
    answer = desk.browser("nadia").post(f"/s/c/{consultation_id}/add", {**GROUP, **wrong})
    assert answer.status_code == 422
    for field in fields.split():
        assert f'href="#{field}"' in answer.text, field
    assert 'value="Children 13 to 17"' in answer.text
    with read(office.engine) as db:
        assert db.get_one(Consultation, consultation_id).strands == []


def test_two_facilitators_save_at_once(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    office.staffed(strand_id)
    with write(office.engine) as db:
        strand = db.get_one(Strand, strand_id)
        many = {"jurisdictions": ["KE", "PE", "CL", "MX"]}  # of a file: the page shows them all
        strand.facts = {**strand.facts, **many}
    nadia, lead = desk.browser("nadia"), desk.browser("leila")
    version = nadia.version(f"{base}/plan")
    law = {"places-0-authority-en": "the Children's Office", "places-0-authority-ar": "هيئة"}
    hours = {"days": ["mon", "tue"], "open": "09:00", "close": "17:00"}
    when = {f"hours-0-{name}": value for name, value in hours.items()}
    plan = {**PLAN, **law, **when, "languages": ["en", "fr", "ar"], "version": version}
    assert nadia.post(f"{base}/plan", {**plan, "minutes": "9"}).status_code == 303
    second = nadia.post(f"{base}/plan", {**plan, "minutes": "14"})
    assert second.status_code == 409
    assert "Somebody else saved this" in sentences(second.text)
    assert "Minutes it takes one person : 9" in sentences(second.text)
    assert 'value="14"' in second.text, "what was typed stays"
    assert facts(office, strand_id)["minutes"] == 9
    newer = nadia.version(f"{base}/plan")
    assert f'name="version" value="{newer}"' in second.text
    assert nadia.post(f"{base}/plan", {**plan, "minutes": "14", "version": newer}).status_code == 303
    saved = facts(office, strand_id)
    assert saved["minutes"] == 14
    assert saved["window"]["hours"] == [hours]
    assert 'value="17:00"' in nadia.get(f"{base}/plan")
    late = {**plan, "hours-0-days": [], "version": nadia.version(f"{base}/plan")}
    assert 'href="#hours-0-days"' in nadia.post(f"{base}/plan", late).text, "hours without a day are not lost"
    assert saved["emergency"][0]["authority"] == {"en": "the Children's Office", "ar": "هيئة"}
    assert 'value="هيئة"' in nadia.get(f"{base}/plan")
    assert lead.post(f"{base}/plan", plan).status_code == 403


def test_a_language_that_goes_takes_its_words_along_and_one_that_comes_brings_them(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    nadia = desk.browser("nadia")
    for languages in (["en"], ["en", "ar"]):
        sent = {**PLAN, "languages": languages, "version": nadia.version(f"{base}/plan")}
        assert nadia.post(f"{base}/plan", sent).status_code == 303
        form = form_of(office, strand_id)
        assert form.languages == form.complete_languages() == tuple(languages)


def test_questions_are_chosen_in_an_order(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    nadia = desk.browser("nadia")
    chosen = {"q-Q27": "3", "q-Q14": "1", "q-Q17": "2", "dimensions": ["gender"]}
    version = nadia.version(f"{base}/questions/choose")
    assert nadia.post(f"{base}/questions/choose", {**chosen, "version": version}).status_code == 303
    form = form_of(office, strand_id)
    assert [question.id for question in form.questions] == ["Q14", "Q17", "Q27"]
    assert [dimension.key for dimension in form.profile] == ["gender"]
    wrong = nadia.post(f"{base}/questions/choose", {**chosen, "q-Q14": "first", "version": version})
    assert wrong.status_code == 422
    assert 'value="first"' in wrong.text


def words_of(form: Form, question_id: str, **changes: str) -> dict[str, str]:
    question = form.question(question_id)
    assert question is not None
    sent = {f"text-{language}": words for language, words in question.text.items()}
    for option in question.options:
        sent |= {f"option-{option.id}-{language}": option.text[language] for language in form.languages}
    return {**sent, **changes}


def test_an_own_question_meets_the_word_check(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    nadia = desk.browser("nadia")
    page = f"{base}/questions/Q14"
    bad = words_of(form_of(office, strand_id), "Q14", **{"text-en": "Has anyone ever touched you?"})
    assert nadia.post(page, {**bad, "version": nadia.version(page)}).status_code == 303
    questions = sentences(nadia.get(f"{base}/questions"))
    assert "forbidden for everybody" in questions
    assert "1 thing in the questions has to be mended before anybody can sign them off" in questions
    assert "Refuse" in sentences(nadia.get(f"{base}/safeguards"))


def test_a_source_that_is_emptied_or_loses_its_brace_is_refused_and_kept_on_the_page(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    form, nadia = form_of(office, strand_id), desk.browser("nadia")
    page = f"{base}/questions/Q14"
    empty = words_of(form, "Q14", **{"text-en": "", "option-safe-en": "Kept"})
    refused = nadia.post(page, {**empty, "version": nadia.version(page)})
    assert (refused.status_code, "Kept" in refused.text) == (422, True)
    page = f"{base}/texts/{next(key for key, words in form.texts.items() if '{' in words['en'])}"
    refused = nadia.post(page, {"text-en": "No brace, but kept", "version": nadia.version(page)})
    assert (refused.status_code, "No brace, but kept" in refused.text) == (422, True)
    assert form_of(office, strand_id) == form


def test_people_duties_and_holders_are_saved_together_or_not_at_all(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    nadia, id_of = desk.browser("nadia"), {name: who.id for name, who in office.people.items()}
    sent = {
        "duties-0-person": id_of["nadia"],
        "duties-0-role": "LF",
        "duties-0-languages": ["en"],
        "duties-1-person": id_of["leila"],
        "duties-1-role": "SL",
        "duties-1-languages": ["en"],
        "duties-2-person": id_of["sami"],
        "duties-2-role": "SL",
        "duty_lead": id_of["leila"],
        "deputies": [id_of["leila"], id_of["sami"]],
        "answers_within": "60",
        "reachable_after": "24",
        "approver": id_of["ines"],
        "approver_organisation": "Elsewhere",
        "leads": [id_of["leila"], id_of["sami"]],
        "reviewers": [id_of["rosa"], id_of["ali"]],
    }
    refused = nadia.post(f"{base}/team", {**sent, "answers_within": "soon", "version": nadia.version(f"{base}/team")})
    assert refused.status_code == 422
    assert "duty" not in facts(office, strand_id)
    assert nadia.post(f"{base}/team", {**sent, "version": nadia.version(f"{base}/team")}).status_code == 303
    assert facts(office, strand_id)["duty"] == {
        "lead": id_of["leila"],
        "deputies": [id_of["sami"]],
        "answers_within_minutes": 60,
        "reachable_hours_after": 24,
    }
    kept = re.findall(r'checked[^>]* name="deputies"[^>]* value="([^"]+)"', nadia.get(f"{base}/team"))
    assert kept == [id_of["sami"]], "whoever saves the page again loses nobody"
    holders = office.evaluate(strand_id).plan.strand.holders
    assert {holder.id for holder in holders.lead} == {id_of["leila"], id_of["sami"]}


def test_people_lead_to_help_help_to_what_can_be_attested_and_later_each_page_stays(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    _, base = part
    nadia, service = desk.browser("nadia"), office.service()
    duty = {"duties-0-person": office.people["nadia"].id, "duties-0-role": "LF", "duties-0-languages": ["en"]}
    for there in ("help", "team"):
        saved = nadia.post(f"{base}/team", {**duty, "version": nadia.version(f"{base}/team")})
        assert saved.location.startswith(f"{base}/{there}")
        if there == "help":
            chosen = nadia.post(f"{base}/help", {"services": [service], "version": nadia.version(f"{base}/help")})
            assert chosen.location.startswith(f"{base}/together/all")
    again = nadia.post(f"{base}/help", {"services": [service], "version": nadia.version(f"{base}/help")})
    assert again.location.startswith(f"{base}/help")


def test_adults_are_prepared_to_stand_in(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    consultation_id = base.split("/")[3]
    nadia = desk.browser("nadia")
    page = nadia.get(f"/s/c/{consultation_id}/add?for={strand_id}")
    assert f'checked id="stands_in_for-1" name="stands_in_for" type="radio" value="{strand_id}"' in page
    adults = {
        **GROUP,
        "audience": "A",
        "youngest": "18",
        "oldest": "99",
        "question_set": "adult_survivors",
        "stands_in_for": strand_id,
    }
    refused = nadia.post(f"/s/c/{consultation_id}/add", adults)
    assert 'href="#public_reason"' in refused.text
    promise = {"public_reason": "No service is ready yet.", "ask_children_by": "2031-03-01"}
    assert nadia.post(f"/s/c/{consultation_id}/add", {**adults, **promise}).status_code == 303
    assert "Prepared to stand in:" in sentences(nadia.get(f"{base}/safeguards"))


def test_young_adults_say_that_they_are_survivors_where_they_stand_in(desk: Desk, office: Office) -> None:
    consultation_id = office.consultation()
    children = office.strand(consultation_id)
    promise = {"public_reason": "No service is ready yet.", "ask_children_by": "2031-03-01"}
    young = {
        **GROUP,
        **promise,
        "audience": "R",
        "representatives": "RY",
        "youngest": "18",
        "oldest": "25",
        "question_set": "young_adults",
        "stands_in_for": children,
    }
    nadia = desk.browser("nadia")
    added = nadia.post(f"/s/c/{consultation_id}/add", young)
    assert added.status_code == 303
    page = added.location.replace("/team", "/plan")
    assert "survivors themselves" in nadia.get(page)
    assert "survivors themselves" not in nadia.get(f"/s/c/{consultation_id}/{children}/plan")
    said = {**young, "also_survivors": "y", "version": nadia.version(page)}
    assert nadia.post(page, said).status_code == 303
    assert office.evaluate(added.location.split("/")[4]).plan.strand.also_survivors


def test_the_people_of_a_signed_part_are_shown_without_hints_how_to_change_them(meeting: Desk) -> None:
    with read(meeting.office.engine) as db:
        part = db.scalars(select(Strand).where(Strand.state == "open")).one()
        where = f"/s/c/{part.consultation_id}/{part.id}/team"
    page = sentences(meeting.browser("facilitator").get(where))
    assert "This part is signed" in page
    assert "Choose Nobody to take a row out" not in page
