"""The worked scenarios that the gate decides, one test each, by their numbers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from safeguards.results import Status
from safeguards.terms import Decision, RepresentativeClass
from tests.safeguards.plans import (
    AT,
    LINE,
    SESSION,
    STAFF,
    TWO_PLACES,
    WINDOW,
    adult_survivors,
    children_form,
    children_group,
    decide,
    entry,
    harm_individual,
    named,
    representatives,
    survivors_group,
)

YES: list[dict[str, Any]] = [{"person": "sol", "role": "SL"}, {"person": "ira", "role": "IA"}]
PUBLIC: dict[str, Any] = {**LINE, "kind": "public_number"}
NOTICE: dict[str, Any] = {
    "requirement": "SUP-01",
    "control": "the service was told and a practitioner in town is named",
    "accepted_by": YES,
    "expires": "2026-04-01",
    "written_notice": True,
    "practitioner": "Dr Rosas",
}


def declared(day: str, place: str = "PE") -> dict[str, Any]:
    return {"scope": "alert", "subject": place, "at": f"{day}T09:00:00Z"}


def outcome(answer: Any) -> tuple[str, str]:
    return answer.decision.value, answer.row


def test_x1_everything_verified_by_two_people_goes_until_the_earliest_end():
    answer = decide(children_form(), evidence={"SAF-01": entry("OM", "IA", expires="2026-03-10T12:00:00Z")})
    assert outcome(answer) == ("GO", "D11")
    assert answer.valid_until == datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    assert not answer.reasons


@pytest.mark.parametrize(
    ("unmet", "expected"),
    [
        (["INC-04", "TRN-12", "ACC-04"], ("GO", "D11")),
        (["INC-04", "TRN-12", "ACC-04", "TRN-05"], ("GO_WITH_CONDITIONS", "D10")),
    ],
)
def test_x2_more_than_three_advisory_gaps_make_it_conditional(unmet: list[str], expected: tuple[str, str]):
    answer = decide(children_form(), evidence=dict.fromkeys(unmet))
    assert outcome(answer) == expected
    if expected[1] == "D11":
        assert len(answer.notes) == len(unmet)
    else:
        assert {condition.requirement for condition in answer.conditions} == set(unmet)


def test_x3_a_public_number_alone_is_no_plan():
    answer = decide(children_form(services=[PUBLIC]))
    assert outcome(answer) == ("INCOMPLETE", "D9")
    assert named(answer) == {"SUP-01"}


def test_x3_an_accepted_equivalent_carries_a_mild_form():
    answer = decide(children_form(services=[PUBLIC]), equivalents=[NOTICE])
    assert outcome(answer) == ("GO_WITH_CONDITIONS", "D10")
    assert [condition.requirement for condition in answer.conditions] == ["SUP-01"]


@pytest.mark.parametrize("lacking", [{"written_notice": False}, {"practitioner": ""}, {"accepted_by": YES[:1]}])
def test_x3_half_an_equivalent_carries_nothing(lacking: dict[str, Any]):
    assert outcome(decide(children_form(services=[PUBLIC]), equivalents=[{**NOTICE, **lacking}])) == (
        "INCOMPLETE",
        "D9",
    )


def test_x3_an_equivalent_needs_the_contact_tests_passed():
    answer = decide(children_form(services=[PUBLIC]), equivalents=[NOTICE], evidence={"SUP-04": None})
    assert outcome(answer) == ("INCOMPLETE", "D6")
    assert named(answer) == {"SUP-01", "SUP-04"}


def test_x3_about_harm_there_is_no_equivalent():
    strand = children_form(services=[PUBLIC], topics=["T0", "T1", "T2"])
    answer = decide(strand, equivalents=[NOTICE], now=True)
    assert outcome(answer) == ("REFUSE", "D7")


def test_x3_for_adults_there_is_no_equivalent_either():
    answer = decide(adult_survivors(services=[PUBLIC]), equivalents=[NOTICE])
    assert (outcome(answer), named(answer)) == (("INCOMPLETE", "D9"), {"SUP-01"})


def test_x3_a_question_about_harm_counts_as_the_topic():
    harm = {"items": [{"id": "Q16", "topic": "T2", "text": "What can make it hard to ask for help?"}]}
    answer = decide(children_form(services=[PUBLIC], questions=harm), equivalents=[NOTICE])
    assert outcome(answer) == ("INCOMPLETE", "D6")


def test_x4_an_untrained_note_taker_closes_it_and_leaving_opens_it():
    note_taker = {"person": "nico", "roles": ["INT"], "languages": ["es"]}
    training = [entry("OM", "SL"), {"subject": "nico", "missing": True}]
    strand = children_group(staff=[*STAFF, note_taker], uses_interpreters=True)
    assert outcome(decide(strand, evidence={"TRN-01": training}, now=True)) == ("REFUSE", "D7")
    stand_in = representatives("RY")
    answer = decide(strand, [stand_in], evidence={"TRN-01": training}, now=True)
    assert outcome(answer) == ("FALLBACK", "D7")
    assert outcome(decide(children_group(), evidence={"TRN-01": entry("OM", "SL")}, now=True)) == ("GO", "D11")


def test_x5_the_co_facilitator_leads_instead():
    leads = {"requirement": "TRN-03", "control": "CoF leads", "accepted_by": YES, "expires": "2026-04-01"}
    answer = decide(children_group(), evidence={"TRN-03": None}, equivalents=[leads])
    assert outcome(answer) == ("GO_WITH_CONDITIONS", "D10")
    assert [condition.condition for condition in answer.conditions] == ["CoF leads"]
    assert answer.valid_until is not None
    assert answer.valid_until <= datetime(2026, 4, 1, tzinfo=UTC)


def test_x6_a_language_without_service_falls_back_alone():
    strand = children_form(languages=["es", "quz"])
    channels = [{**channel, "id": f"kawsay-{channel['kind']}"} for channel in LINE["channels"]]
    quechua = {**LINE, "id": "kawsay", "languages": ["quz"], "channels": channels}
    members = representatives("RO", languages=["quz"], services=[quechua])
    answer = decide(strand, [members], now=True)
    assert (answer.decision, answer.row) == (Decision.FALLBACK, "D8")
    spanish, other = answer.parts
    assert (spanish.plan.strand.languages, spanish.decision) == (("es",), Decision.GO)
    assert (other.plan.strand.languages, other.decision, other.row) == (("quz",), Decision.FALLBACK, "D7")
    assert other.fallback is not None
    assert other.fallback.audience is RepresentativeClass.ORGANISATIONS


def test_x11_training_must_cover_the_end_of_the_session_and_half_an_hour():
    def answer(expires: str) -> Any:
        training = [entry("OM", "SL"), entry("OM", "SL", subject="lia", expires=expires)]
        return decide(children_group(), evidence={"TRN-01": training})

    short = answer("2026-03-02T15:00:00Z")
    assert outcome(short) == ("INCOMPLETE", "D6")
    assert [(reason.requirement, reason.status) for reason in short.reasons] == [("TRN-01", Status.TOO_SHORT)]
    assert outcome(answer("2026-03-02T15:59:59Z")) == ("INCOMPLETE", "D6")
    assert outcome(answer("2026-03-02T16:00:00Z")) == ("GO", "D11")


def test_x14_a_lead_who_facilitates_breaks_four_eyes():
    both = [{**STAFF[0], "person": "sol", "roles": ["LF", "SL"]}, STAFF[1], {**STAFF[2], "person": "ines"}, STAFF[3]]
    session = {**SESSION, "adults": ["sol", "cora"], "duty_lead": "ines"}
    duty = {"lead": "ines", "answers_within_minutes": 10, "reachable_hours_after": 24}
    assert outcome(decide(children_group(staff=both, sessions=[session], duty=duty))) == ("INCOMPLETE", "D5")
    apart = [{**STAFF[0], "person": "sol"}, *both[1:]]
    assert outcome(decide(children_group(staff=apart, sessions=[session], duty=duty))) == ("GO", "D11")


def test_x15_one_vetted_adult_does_not_start():
    answer = decide(children_group(sessions=[{**SESSION, "adults": ["lia"], "children": 8}]), now=True)
    assert outcome(answer) == ("REFUSE", "D7")
    assert "SAF-04" in named(answer)


def test_x18_ages_twelve_and_sixteen_do_not_sit_together():
    answer = decide(children_group(ages=[12, 16], sessions=[{**SESSION, "ages": [12, 16], "active_minutes": 30}]))
    assert "SAF-13" in named(answer)
    assert answer.decision is Decision.INCOMPLETE


def test_x19_caregivers_and_children_together_are_split():
    answer = decide(children_group(sessions=[{**SESSION, "adult_participants": 3}]))
    assert (answer.decision, named(answer)) == (Decision.INCOMPLETE, {"SAF-13"})


def test_x20_who_turned_eighteen_cannot_sit_in_the_child_group():
    answer = decide(children_group(ages=[16, 18], sessions=[{**SESSION, "ages": [16, 18]}]), [representatives("RY")])
    assert (answer.decision, answer.row) == (Decision.FALLBACK, "D3")


def test_x23_child_survivors_in_their_own_service_may_be_asked():
    answer = decide(survivors_group())
    assert outcome(answer) == ("GO", "D11")
    assert [role.value for role in answer.signers] == ["SL", "IA"]


@pytest.mark.parametrize("row", ["SAF-20", "SUP-07", "SUP-08", "ETH-01"])
def test_x23_none_of_their_rows_may_be_missing(row: str):
    answer = decide(survivors_group(), evidence={row: None})
    assert (answer.decision, named(answer)) == (Decision.INCOMPLETE, {row})


def test_x23_without_an_approver_nobody_can_open_it():
    assert outcome(decide(survivors_group(approver=None))) == ("INCOMPLETE", "D5")


def test_x25_child_survivors_are_never_asked_by_an_open_form():
    strand = survivors_group(mode="OI", sessions=[], window=WINDOW)
    answer = decide(strand, [adult_survivors(), representatives("RO")])
    assert outcome(answer) == ("FALLBACK", "D3")
    assert answer.fallback is not None
    assert (answer.fallback.audience, answer.fallback.rank) == (RepresentativeClass.ADULT_SURVIVORS, 1)


def test_x28_in_a_conflict_professionals_stand_in_and_the_debt_has_a_day():
    professionals = representatives("RP", ask_children_by="2026-12-01")
    answer = decide(children_form(), [professionals], stops=[declared("2026-03-01")], now=True)
    assert outcome(answer) == ("FALLBACK", "D7")
    assert answer.fallback is not None
    assert answer.fallback.audience is RepresentativeClass.PROFESSIONALS
    assert answer.fallback.debt is not None
    assert str(answer.fallback.debt.ask_children_by) == "2026-12-01"
    assert "wait until ready" in answer.options[0]
    assert "published" in answer.options[-1]


def test_x27_what_was_found_before_an_emergency_does_not_count_there_and_only_there():
    assert outcome(decide(children_form())) == ("GO", "D11")
    answer = decide(children_form(), stops=[declared("2026-03-01")])
    assert (answer.decision, named(answer)) == (Decision.INCOMPLETE, {"SAF-22"})
    ended = {**declared("2026-03-01"), "lifted_at": "2026-03-02T09:00:00Z", "lifted_by": YES}
    assert named(decide(children_form(), stops=[ended])) == {"SAF-22"}, "nobody has looked at the place since"
    split = decide(children_form(**TWO_PLACES), stops=[declared("2026-03-01", "BO")])
    assert [part.decision for part in split.parts] == [Decision.GO, Decision.INCOMPLETE]
    assert decide(representatives("RP"), stops=[declared("2026-03-01")]).decision is Decision.GO


def test_x27_an_emergency_in_a_region_reaches_who_is_asked_anywhere_in_its_country():
    answer = decide(children_form(), stops=[declared("2026-03-01", "PE-CUS")])
    assert (answer.decision, named(answer)) == (Decision.INCOMPLETE, {"SAF-22"})
    since = entry("SL", "IA", attested_at="2026-03-02T09:00:00Z", verified_at="2026-03-02T10:00:00Z")
    looked = decide(children_form(), stops=[declared("2026-03-01", "PE-CUS")], evidence={"SAF-22": since})
    assert outcome(looked) == ("GO", "D11")
    split = decide(children_form(**TWO_PLACES), stops=[declared("2026-03-01", "PE-CUS")])
    decided = {part.plan.strand.jurisdictions: part.decision for part in split.parts}
    assert decided == {("PE",): Decision.INCOMPLETE, ("BO",): Decision.GO}


def test_x27_a_substitute_that_two_accepted_before_an_emergency_does_not_count_either():
    def asked(day: str) -> str:
        accepted_by = [{**yes, "at": f"{day}T09:00:00Z"} for yes in YES]
        instead = {**NOTICE, "requirement": "SAF-22", "control": "talks by phone only", "accepted_by": accepted_by}
        evidence = {"SAF-22": None}
        return outcome(
            decide(adult_survivors(), evidence=evidence, equivalents=[instead], stops=[declared("2026-02-20")])
        )[0]

    assert asked("2026-02-19") == "INCOMPLETE"
    assert asked("2026-02-21") == "GO_WITH_CONDITIONS"


def test_x27_while_an_emergency_goes_on_stability_is_looked_at_every_week():
    on = declared("2026-02-19")
    answer = decide(children_form(), stops=[on])
    assert (answer.decision, named(answer)) == (Decision.INCOMPLETE, {"SAF-22"}), "looked at ten days ago"
    ended = {**on, "lifted_at": "2026-03-01T09:00:00Z", "lifted_by": YES}
    assert outcome(decide(children_form(), stops=[ended])) == ("GO", "D11")
    fresh = entry("SL", "IA", attested_at="2026-02-26T09:00:00Z", verified_at="2026-02-26T10:00:00Z")
    answer = decide(children_form(), stops=[on], evidence={"SAF-22": fresh})
    assert (outcome(answer), answer.valid_until) == (("GO", "D11"), datetime(2026, 3, 5, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "GO"),
        ({"independent_adult": False}, "INCOMPLETE"),
        ({"law_allows": False}, "INCOMPLETE"),
        ({"support_worker": False}, "INCOMPLETE"),
        ({"approved_by": YES}, "INCOMPLETE"),
    ],
)
def test_x29_guardian_consent_is_waived_only_with_all_its_conditions(changes: dict[str, Any], expected: str):
    waiver: dict[str, Any] = {
        "code": "W2",
        "law_allows": True,
        "independent_adult": True,
        "support_worker": True,
        "approved_by": [*YES, {"person": "board", "role": "EB"}],
    }
    consent = [entry("LF", "SL", subject="child-1", waiver={**waiver, **changes}), entry("LF", "SL", subject="child-2")]
    assert decide(survivors_group(), evidence={"ETH-04": consent}).decision.value == expected


def test_x32_the_secrecy_text_must_match_the_law_as_it_is_known_now():
    newer = entry("LEX", "SL", attested_at="2026-02-25T09:00:00Z", verified_at="2026-02-26T09:00:00Z")
    answer = decide(children_form(), evidence={"SAF-08": newer, "ETH-05": entry("SL", "LEX")})
    assert [(reason.requirement, reason.status) for reason in answer.reasons] == [("ETH-05", Status.CHANGED)]
    matching = {**newer, "attested_as": "SL", "verified_as": "LEX"}
    assert outcome(decide(children_form(), evidence={"SAF-08": newer, "ETH-05": matching})) == ("GO", "D11")


def test_x34_only_specialist_professionals_stand_in_for_children_who_caused_harm():
    others = [adult_survivors(), representatives("RC"), representatives("RY")]
    without_service = {"SUP-01": None, "TRN-07": None}
    answer = decide(harm_individual(), others, evidence=without_service, now=True)
    assert outcome(answer) == ("REFUSE", "D7")
    answer = decide(harm_individual(), [*others, representatives("RP")], evidence=without_service, now=True)
    assert outcome(answer) == ("FALLBACK", "D7")
    assert answer.fallback is not None
    assert answer.fallback.audience is RepresentativeClass.PROFESSIONALS
    assert {rung.audience.value for rung in answer.fallback.skipped} == {"A", "RC", "RY"}


def test_x36_an_allegation_refuses_every_strand_that_uses_the_person():
    allegation = {"id": "i1", "kind": "allegation", "about": "person", "subject": "cora", "at": "2026-03-01T00:00:00Z"}
    assert outcome(decide(children_group(), incidents=[allegation])) == ("REFUSE", "D2")
    others = [member for member in STAFF if member["person"] != "cora"] + [{**STAFF[1], "person": "dina"}]
    session = {**SESSION, "adults": ["lia", "dina"]}
    assert outcome(decide(children_group(staff=others, sessions=[session]), incidents=[allegation])) == ("GO", "D11")
    resolved = {**allegation, "resolved_at": "2026-03-02T13:00:00Z"}
    assert outcome(decide(children_group(), incidents=[resolved])) == ("GO", "D11")


def test_x38_the_third_fallback_in_a_row_needs_the_approver():
    answer = decide(
        children_form(), [representatives("RY")], {"ETH-04": None}, now=True, fallbacks_in_a_row=2, debts_missed=2
    )
    assert answer.decision is Decision.FALLBACK
    assert answer.fallback is not None
    assert answer.fallback.needs_independent_approver
    assert [role.value for role in answer.signers] == ["SL", "IA"]
    assert "wait until ready" in answer.options[0]
    second = decide(children_form(), [representatives("RY")], {"ETH-04": None}, now=True, fallbacks_in_a_row=1)
    assert second.fallback is not None
    assert not second.fallback.needs_independent_approver


def test_the_scenarios_have_the_decision_open_before_its_date():
    assert decide(children_form(), evidence={"SAF-03": None}, at=AT).row == "D6"
