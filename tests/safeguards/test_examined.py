"""Plans written by hand against the rules by somebody who had only the rules: each name says what the rule says."""

from datetime import timedelta
from typing import Any

import pytest

from safeguards.openinghours import gaps
from safeguards.questions import DraftQuestion, QuestionKind, asks_own_abuse, lint
from safeguards.terms import AgeBand, Audience, Topic
from tests.safeguards.plans import (
    AT,
    LINE,
    POLICY,
    SESSION,
    STAFF,
    TWO_LANGUAGES,
    Json,
    children_form,
    children_group,
    decide,
    entry,
    named,
    representatives,
    survivors_group,
)
from tests.safeguards.plans import (
    tests_of as passed_tests,
)

LEAD = {"person": "sol", "role": "SL"}
APPROVER = {"person": "ira", "role": "IA"}
BOARD = {"person": "eva", "role": "EB"}
PIA_UNSEEN = [*STAFF[:3], {**STAFF[3], "contact": False, "raw_answers": False}]


def outcome(
    strand: Json, evidence: Json | None = None, *, now: bool = False, **record: Any
) -> tuple[str, str, set[str]]:
    answer = decide(strand, evidence=evidence, now=now, **record)
    return answer.decision.value, answer.row, named(answer)


def all_but(person: str, attested_as: str, verified_as: str) -> list[Json]:
    return [entry(attested_as, verified_as), {"subject": person, "missing": True}]


# ---- people: who is at a meeting is vetted, whatever is said


@pytest.mark.parametrize("requirement", ["TRN-01", "TRN-09", "TRN-10", "TRN-04"])
def test_a_practitioner_in_the_room_is_in_contact(requirement: str):
    roles = ("LF", "SL") if requirement == "TRN-04" else ("OM", "SL")
    strand = children_group(staff=PIA_UNSEEN)
    assert outcome(strand)[0] == "GO"
    assert outcome(strand, {requirement: all_but("pia", *roles)}) == ("INCOMPLETE", "D6", {requirement})


def test_who_facilitates_a_meeting_is_in_contact():
    hidden = {**STAFF[0], "contact": False, "raw_answers": False}
    strand = children_group(staff=[hidden, *STAFF[1:]], sessions=[{**SESSION, "adults": ["cora", "pia"]}])
    assert outcome(strand, {"TRN-09": all_but("lia", "OM", "SL")}) == ("INCOMPLETE", "D6", {"TRN-09"})


def test_who_only_keeps_the_papers_of_a_form_is_not():
    strand = children_form(staff=PIA_UNSEEN)
    assert outcome(strand, {"TRN-01": all_but("pia", "OM", "SL")})[0] == "GO"


def test_a_first_reader_reads_raw_answers():
    unseen = {**STAFF[2], "contact": False, "raw_answers": False}
    strand = children_form(staff=[*STAFF[:2], unseen, STAFF[3]])
    assert outcome(strand, {"TRN-01": all_but("sol", "OM", "SL")}) == ("INCOMPLETE", "D6", {"TRN-01"})


def test_an_interpreter_who_is_listed_is_used():
    staff = [*STAFF, {"person": "nat", "roles": ["INT"], "languages": ["es"]}]
    strand = children_group(staff=staff, uses_interpreters=False)
    assert outcome(strand, {"TRN-08": None}) == ("INCOMPLETE", "D6", {"TRN-08"})


def test_an_allegation_about_who_set_the_strand_up_refuses_it():
    about = {"id": "i", "kind": "allegation", "about": "person", "subject": "ada", "at": "2026-03-01"}
    assert outcome(children_form(author="ada"), incidents=[about]) == ("REFUSE", "D2", {"incident"})


# ---- two people, two keys


@pytest.mark.parametrize("keys", ["aacd", "abac", "abcc"])
def test_holders_with_the_same_key_are_not_two(keys: str):
    holders = [{"id": f"h{n}", "fingerprint": key} for n, key in enumerate(keys)]
    strand = children_form(holders={"lead": holders[:2], "reviewer": holders[2:]})
    assert outcome(strand) == ("INCOMPLETE", "D6", {"DAT-03"})


@pytest.mark.parametrize("approver", ["pia", "lia", "ada"])
def test_an_approver_of_the_team_accepts_no_equivalent(approver: str):
    control = {"requirement": "ACC-02", "control": "as good", "expires": "2026-04-01"}
    accepted = {**control, "accepted_by": [LEAD, {"person": approver, "role": "IA"}]}
    strand = children_form(author="ada")
    assert outcome(strand, {"ACC-02": None}, equivalents=[accepted]) == ("INCOMPLETE", "D9", {"ACC-02"})


def test_who_verifies_as_approver_is_outside_the_team():
    assert outcome(children_form(), {"SAF-01": entry("OM", "IA", verified_by="pia")}) == (
        "INCOMPLETE",
        "D5",
        {"SAF-01"},
    )
    approvers = [*STAFF, {"person": "ira", "roles": ["IA"], "contact": False, "raw_answers": False}]
    assert outcome(children_form(staff=approvers), {"SAF-01": entry("OM", "IA", verified_by="ira")})[0] == "GO"


@pytest.mark.parametrize(
    ("yeses", "expected"),
    [
        ([LEAD, APPROVER, BOARD], "GO"),
        ([{"person": "ira", "role": "SL"}, LEAD, APPROVER, BOARD], "GO"),  # sol, ira and eva are three
        ([{**LEAD, "person": "lia"}, APPROVER, BOARD], "INCOMPLETE"),  # never by the facilitator
        ([LEAD, {**APPROVER, "person": "pia"}, BOARD], "INCOMPLETE"),
        ([LEAD, APPROVER, {**BOARD, "person": "ira"}], "INCOMPLETE"),
        ([LEAD, {**APPROVER, "at": "2026-03-05"}, BOARD], "INCOMPLETE"),
    ],
)
def test_a_waiver_has_three_peoples_yes_by_now(yeses: list[Json], expected: str):
    waiver = {"code": "W3", "law_allows": True, "independent_adult": True, "approved_by": yeses}
    evidence = {"ETH-04": [entry("LF", "SL"), entry("LF", "SL", subject="a child", waiver=waiver)]}
    assert outcome(survivors_group(), evidence)[0] == expected


@pytest.mark.parametrize(
    ("lifted", "expected"),
    [
        ({}, "GO"),
        ({"lifted_at": "2026-02-27"}, "REFUSE"),  # before it was pressed
        ({"lifted_by": [LEAD, {"person": "cora", "role": "IA"}]}, "REFUSE"),
        ({"lifted_by": [LEAD, {**APPROVER, "at": "2026-03-05"}]}, "REFUSE"),
    ],
)
def test_a_stop_is_lifted_after_it_was_pressed_by_the_lead_and_somebody_from_outside(lifted: Json, expected: str):
    stop = {"scope": "consultation", "subject": "c", "at": "2026-02-28", "lifted_at": "2026-03-01"}
    assert outcome(children_form(), stops=[{**stop, "lifted_by": [LEAD, APPROVER], **lifted}])[0] == expected


def test_four_eyes_stands_above_a_due_decision_whatever_else_is_wrong():
    twice = [entry("OM", "SL", verified_by="olu"), entry("OM", "SL", subject="lia", revoked=True)]
    assert outcome(children_group(), {"TRN-01": twice, "SAF-01": None}, now=True)[:2] == ("INCOMPLETE", "D5")


# ---- time


def test_an_update_that_has_not_happened_yet_renews_nothing():
    old = entry("OM", "SL", attested_at="2024-04-02", verified_at="2024-04-03", updated_at="2026-08-01")
    assert outcome(children_form(), {"TRN-01": old}) == ("INCOMPLETE", "D6", {"TRN-01"})


@pytest.mark.parametrize(
    ("tested", "expected"), [("2026-01-31T16:00:00Z", "GO"), ("2026-01-31T15:59:59Z", "INCOMPLETE")]
)
def test_a_contact_test_counts_until_half_an_hour_past_the_meeting(tested: str, expected: str):
    strand = children_group()
    tests = [{**test, "at": tested} for test in passed_tests(strand)]
    assert outcome(strand, contact_tests=tests)[0] == expected


def test_a_channel_that_costs_money_is_no_channel():
    paid = [{**LINE["channels"][0], "free": False}, LINE["channels"][1]]
    assert outcome(children_form(services=[{**LINE, "channels": paid}])) == ("INCOMPLETE", "D6", {"SUP-04"})


def test_hours_of_many_years_are_compared_in_no_time():
    days = [(AT + timedelta(days=n), AT + timedelta(days=n, hours=1)) for n in range(50_000)]
    assert gaps(days, days[:-1]) == [days[-1]]


# ---- fallback


def test_representatives_are_named_for_their_own_strand():
    own = {
        "REP-01": [entry("LF", "SL", subject=who, strand=strand) for who, strand in (("anna", "ry"), ("otto", "ro"))]
    }
    gap = [entry("LF", "SL"), entry("LF", "SL", strand="g", revoked=True)]
    proposed = [representatives("RY"), representatives("RO")]
    answer = decide(children_form(), proposed, {**own, "SAF-03": gap}, now=True)
    assert answer.fallback is not None
    assert answer.fallback.strand == "ry"
    only_otto = decide(children_form(), proposed, {"REP-01": own["REP-01"][1:], "SAF-03": gap}, now=True)
    assert only_otto.fallback is not None
    assert only_otto.fallback.strand == "ro"


def test_one_more_gap_never_turns_a_refusal_into_a_fallback():
    strand = children_form(**TWO_LANGUAGES)
    spanish = [representatives("RY", languages=["es"])]
    speaks = {"SUP-03": [entry("SVC", "SL"), {"subject": "quz", "missing": True}]}
    before = decide(strand, spanish, speaks, now=True)
    after = decide(strand, spanish, {**speaks, "ETH-04": None}, now=True)
    assert [part.decision.value for part in before.parts] == ["GO", "REFUSE"]
    assert [part.decision.value for part in after.parts] == ["FALLBACK", "REFUSE"]
    assert before.decision is after.decision


def test_adults_of_different_languages_stand_in_each_for_their_own():
    answer = decide(
        children_form(**TWO_LANGUAGES),
        [representatives("RY", languages=["es"]), representatives("RO", **{**TWO_LANGUAGES, "languages": ["quz"]})],
        {"ETH-04": None},
        now=True,
    )
    stand_ins = {part.plan.strand.languages: part.fallback.strand for part in answer.parts if part.fallback}
    assert (answer.decision.value, stand_ins) == ("FALLBACK", {("es",): "ry", ("quz",): "ro"})


def test_where_children_need_not_be_asked_nobody_waits_to_ask_them():
    found = entry("LF", "IA", finding="already_known")
    answer = decide(children_form(), [representatives("RY")], {"SAF-02": found})
    assert answer.row == "D4"
    assert ["published" in option for option in answer.options] == [True, False]
    assert "wait" not in " ".join(answer.options)


# ---- questions


@pytest.mark.parametrize(
    "text",
    [
        "Que t'est-il arrivé ?",
        "Est-ce que quelqu’un t’a déjà fait du mal ?",
        "As-tu été victime d'abus ?",
        "Raconte-nous une fois où tu as eu peur.",
        "¿Alguien te ha hecho daño?",
        "¿Qué te pasó?",
        "¿Fuiste acosada?",
        "ماذا حدث لك؟",
        "هل آذاك أحد؟",
        "هل تعرضت لإساءة؟",
    ],
)
def test_nobody_is_asked_for_own_abuse_in_any_shipped_language(text: str):
    strand = children_form(questions={"items": [{"id": "q", "topic": "T1", "text": text}]})
    assert outcome(strand) == ("REFUSE", "D3", {"matrix"})


@pytest.mark.parametrize(
    "text",
    [
        "Nous ne te demanderons pas ce qui t'est arrivé.",
        "Qu'est-ce qui aiderait les enfants à se sentir en sécurité ?",
        "¿Hay alguien que te pueda ayudar?",
        "لن نسألك عما حدث لك.",
    ],
)
def test_a_promise_not_to_ask_and_a_question_about_help_ask_nothing(text: str):
    assert not asks_own_abuse(text)


def test_the_linter_says_so_beside_the_question_in_french():
    question = DraftQuestion(
        id="q", topic=Topic.SAFETY, kind=QuestionKind.TEXT, text="Que t'est-il arrivé ?", limit=200
    )
    bands = (AgeBand.B13_14,)
    found = lint(
        (question,),
        audience=Audience.CHILDREN,
        bands=bands,
        language="fr",
        policy=POLICY,
        topics={AgeBand.B13_14: frozenset({Topic.SAFETY})},
    )
    assert ("L2", "q") in {(finding.rule, finding.question) for finding in found}


def test_sign_off_names_the_questions_it_was_given_for():
    nameless = decide(children_form(), evidence={"SAF-15": entry("LF", "SL")})
    questions = children_form()["questions"]
    assert named(nameless) == {"SAF-15"}
    assert "for which words" in nameless.reasons[0].why
    locked = children_form(questions={**questions, "digest": "third draft"})
    assert outcome(locked, {"SAF-15": entry("LF", "SL", digest="third draft")})[0] == "GO"
    assert outcome(locked, {"SAF-15": entry("LF", "SL", digest="second draft")})[0] == "INCOMPLETE"
