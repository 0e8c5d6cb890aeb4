"""Computed requirements: each with facts that fulfil it and facts that do not, and what no change of facts may do."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeguards.measures import COMPUTED, Measure, check
from safeguards.plan import Hours
from safeguards.policy import Policy, Stricter
from tests.safeguards.opening import weekly
from tests.safeguards.plans import (
    AT,
    LINE,
    POLICY,
    SESSION,
    STAFF,
    WINDOW,
    Json,
    adult_survivors,
    children_form,
    children_group,
    harm_individual,
    plan,
    survivors_group,
)
from tests.safeguards.plans import (
    tests_of as passed_tests,
)

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
EVERY_DAY = [*WEEKDAYS, "sat", "sun"]


def measured(requirement: str, strand: Json, at: datetime = AT, policy: Policy = POLICY, **record: Any) -> Measure:
    file = plan(strand, **record)
    found = check(requirement, file.plan, file.record, policy, at)
    assert found is not None
    return found


def session(**changes: Any) -> list[Json]:
    return [SESSION | changes]


def staff(**changes: Json) -> list[Json]:
    return [member | changes.get(member["person"], {}) for member in STAFF]


def service(**changes: Any) -> list[Json]:
    return [LINE | changes]


@pytest.mark.parametrize("strand", [children_form(), children_group(), survivors_group(), harm_individual()])
def test_whole_plans_fulfil_every_measure(strand: Json) -> None:
    file = plan(strand)
    applying = [requirement.id for requirement, _ in POLICY.applying(file.plan.strand) if requirement.id in COMPUTED]
    found = {key: check(key, file.plan, file.record, POLICY, AT) for key in applying}
    assert {key: measure.why for key, measure in found.items() if measure and not measure.ok} == {}
    assert len(applying) >= 7


def test_nothing_is_computed_for_the_others() -> None:
    file = plan(children_form())
    assert check("TRN-01", file.plan, file.record, POLICY, AT) is None


# ---- people: (requirement, a plan that fails, what it says)

SURVIVORS = {"children": 4, "practitioners": ["pia"]}
FAILING = [
    ("SAF-04", children_group(sessions=session(adults=["lia"])), "1 adult; at least 2"),
    ("SAF-04", children_group(staff=staff(lia={"relatives_of": ["cora"]})), "neither partners nor relatives"),
    ("SAF-04", children_group(staff=staff(cora={"contact": False})), "not listed as in contact"),
    ("SAF-04", children_group(sessions=[]), "no session"),
    ("SAF-05", children_group(sessions=session(children=21)), "3 are needed, one for every 10"),
    ("SAF-05", children_group(ages=[10, 12], sessions=session(children=17)), "3 are needed, one for every 8"),
    ("SAF-05", children_group(ages=[9, 12], sessions=session(children=13)), "3 are needed, one for every 6"),
    (
        "SAF-05",
        children_group(ages=[6, 10], sessions=session(children=13, ages=[6, 8])),
        "3 are needed, one for every 6",
    ),
    ("SAF-05", children_group(sessions=session(children=1, adults=["lia"])), "2 are needed"),
    ("SAF-05", children_group(mode="OG", sessions=session(children=13)), "3 are needed, one for every 6"),
    ("SAF-05", survivors_group(sessions=session(children=5)), "3 are needed, one for every 2"),
    ("SAF-05", survivors_group(sessions=session(adults=["lia", "pia"])), "1 adult besides practitioners"),
    ("SAF-05", children_group(group_size=None, sessions=session(children=None)), "number of children is not given"),
    (
        "SAF-06",
        children_form(duty={"lead": "lia", "answers_within_minutes": 9, "reachable_hours_after": 24}),
        "not listed",
    ),
    ("SAF-06", children_form(staff=staff(sol={"roles": ["SL", "LF"]})), "facilitates"),
    (
        "SAF-06",
        children_form(duty={"lead": "sol", "reachable_hours_after": 24}),
        "within 240 minutes; nothing is given",
    ),
    (
        "SAF-06",
        children_group(duty={"lead": "sol", "answers_within_minutes": 11, "reachable_hours_after": 24}),
        "within 10 minutes; given: 11",
    ),
    (
        "SAF-06",
        children_form(duty={"lead": "sol", "answers_within_minutes": 9, "reachable_hours_after": 23}),
        "24 hours",
    ),
    ("SAF-06", children_form(duty=None), "no safeguarding lead"),
    ("SAF-13", children_group(ages=[12, 16]), "more than 3 years apart"),
    ("SAF-13", children_group(sessions=session(children=21)), "at most 20"),
    ("SAF-13", children_group(ages=[8, 11], sessions=session(children=13)), "at most 12"),
    ("SAF-13", children_group(mode="OG", sessions=session(children=11)), "at most 10"),
    ("SAF-13", survivors_group(sessions=session(children=5)), "at most 4"),
    ("SAF-13", children_group(sessions=session(adult_participants=1)), "1 adult would take part with children"),
    (
        "SAF-13",
        survivors_group(sessions=session(audiences=["S", "H"])),
        "child survivors, children who caused harm",
    ),
    ("SAF-14", children_group(sessions=session(active_minutes=61)), "at most 60"),
    ("SAF-14", children_group(ages=[9, 12], sessions=session(active_minutes=31)), "at most 30"),
    ("SAF-14", survivors_group(sessions=session(active_minutes=46)), "at most 45"),
    ("SAF-14", children_group(sessions=session(breaks=[])), "after every 30 minutes"),
    ("SAF-14", children_group(ages=[10, 12], sessions=session(breaks=[21])), "after every 20 minutes"),
    ("SAF-14", children_form(minutes=16), "at most 15"),
    ("SAF-14", children_form(minutes=None), "nothing is given"),
    ("SAF-14", children_form(minutes=13, ages=[10, 12]), "at most 12"),
    ("SAF-15", children_form(questions=None), "no questions"),
    ("SAF-15", children_form(questions={"items": [{"id": "q", "topic": "T1"}], "lint_errors": ["L1 why"]}), "L1 why"),
    ("SUP-07", children_group(sessions=session(practitioners=[])), "within 15 minutes"),
    ("SUP-07", children_group(sessions=session(practitioners=["cora"])), "within 15 minutes"),
    ("SUP-07", survivors_group(sessions=session(children=5)), "1 practitioner for a group of 5"),
    ("SUP-07", survivors_group(sessions=session(practitioners=[], practitioner_within_minutes=5)), "0 practitioners"),
]


@pytest.mark.parametrize(("requirement", "strand", "says"), FAILING)
def test_facts_that_do_not_fulfil_it(requirement: str, strand: Json, says: str) -> None:
    found = measured(requirement, strand)
    assert not found.ok
    assert says in found.why


ENOUGH = [
    ("SAF-05", children_group(sessions=session(children=20))),
    ("SAF-05", children_group(ages=[10, 12], sessions=session(children=16))),
    ("SAF-05", survivors_group(sessions=session(children=4))),
    ("SAF-13", children_group(ages=[13, 16])),
    ("SAF-13", adult_survivors(mode="PG", window=None, sessions=session(children=20))),
    ("SAF-14", children_group(sessions=session(active_minutes=60, breaks=[30]))),
    ("SAF-14", children_form(minutes=15)),
    ("SUP-07", children_group(sessions=session(practitioners=[], practitioner_within_minutes=15))),
    ("SUP-07", adult_survivors(mode="PG", window=None, sessions=session(practitioner_within_minutes=90))),
]


@pytest.mark.parametrize(("requirement", "strand"), ENOUGH)
def test_facts_on_the_very_edge_fulfil_it(requirement: str, strand: Json) -> None:
    assert measured(requirement, strand).ok


def test_sessions_that_have_ended_are_no_longer_looked_at() -> None:
    past = session(adults=["lia"])
    assert measured("SAF-04", children_group(sessions=past), at=datetime(2026, 3, 3, tzinfo=UTC)).ok


# ---- help: agreements


def test_an_agreement_covers_the_close_and_three_days() -> None:
    long_enough = measured("SUP-01", children_form(services=service(agreement_ends="2026-03-19T20:00:00Z")))
    assert (long_enough.ok, long_enough.valid_until) == (True, datetime(2026, 3, 19, 20, tzinfo=UTC))
    too_short = measured("SUP-01", children_form(services=service(agreement_ends="2026-03-19T19:59:00Z")))
    assert not too_short.ok


def test_a_public_number_is_no_agreement() -> None:
    assert not measured("SUP-01", children_form(services=service(kind="public_number"))).ok


def test_a_service_that_does_not_take_them_fails_for_them_alone() -> None:
    two_bands = children_form(ages=[10, 15], services=service(ages=[13, 17]))
    assert measured("SUP-01", two_bands).failing == {"bands": {"10_12"}}
    two_places = children_form(jurisdictions=["PE", "BO"])
    assert measured("SUP-01", two_places).failing == {"jurisdictions": {"BO"}}
    other = measured("SUP-01", children_form(services=service(audiences=["A"])))
    assert (other.ok, other.failing) == (False, {})


def test_whoever_else_meets_there_meanwhile_is_company() -> None:
    """Whomever either asks: ages, size and company are those of everybody in the room."""
    there = {"strand": "h", "starts": SESSION["starts"], "ends": SESSION["ends"], "venue": " HALL"}
    for group in (survivors_group(), children_group()):
        found = measured("SAF-13", group, meetings=[there])
        assert not found.ok
        assert "another group meets in the same place at the same time" in found.why
    before = {"starts": "2026-03-02T13:30:00Z", "ends": SESSION["starts"]}
    for apart in ({"venue": "hall 2"}, before):
        assert measured("SAF-13", survivors_group(), meetings=[there | apart]).ok
    assert measured("SAF-13", survivors_group(venue=""), meetings=[there]).ok


# ---- help: hours


def by_day(opens: str, closes: str, days: list[str] = EVERY_DAY, **changes: Any) -> list[Json]:
    hours = [{"days": days, "open": opens, "close": closes}]
    return service(round_the_clock=False, hours=hours, **changes)


def test_a_form_open_day_and_night_needs_a_service_day_and_night() -> None:
    assert measured("SUP-02", children_form()).ok
    found = measured("SUP-02", children_form(services=by_day("08:00", "20:00")))
    assert not found.ok
    assert "from 2026-03-03T01:00:00Z to 2026-03-03T13:00:00Z" in found.why  # 20:00 to 08:00 in Lima


def test_answering_hours_within_the_services_hours_will_do() -> None:
    hours = [{"days": WEEKDAYS, "open": "15:00", "close": "20:00"}]
    inside = children_form(window=WINDOW | {"hours": hours}, services=by_day("08:00", "20:00"))
    assert measured("SUP-02", inside).ok
    longer = children_form(window=WINDOW | {"hours": hours}, services=by_day("08:00", "19:59"))
    assert not measured("SUP-02", longer).ok


def test_local_time_is_each_ones_own() -> None:
    hours = [{"days": EVERY_DAY, "open": "15:00", "close": "20:00"}]
    far_away = by_day("15:00", "20:00", timezone="Europe/Madrid")
    assert not measured("SUP-02", children_form(window=WINDOW | {"hours": hours}, services=far_away)).ok


def test_two_services_share_the_day() -> None:
    day, night = by_day("08:00", "20:00")[0], by_day("20:00", "08:00", id="night", channels=[])[0]
    assert measured("SUP-02", children_form(services=[day, night])).ok


def test_the_service_keeps_its_hours_after_the_close_and_an_emergency_contact_is_always_there() -> None:
    ends_soon = service(agreement_ends="2026-03-18T20:00:00Z")
    assert "keeps its hours" in measured("SUP-02", children_form(services=ends_soon)).why
    no_emergency = measured("SUP-02", children_form(emergency=[]))
    assert "no emergency contact that answers at every hour in: PE" in no_emergency.why
    by_day_only = [{"jurisdiction": "PE", "number": "105"}]
    assert not measured("SUP-02", children_form(emergency=by_day_only)).ok


def test_hours_are_needed_only_while_a_session_runs() -> None:
    assert measured("SUP-02", children_group(services=by_day("09:00", "11:00", ["mon"]))).ok  # 09:30 to 10:30 in Lima
    assert not measured("SUP-02", children_group(services=by_day("09:00", "10:00", ["mon"]))).ok


def test_without_a_window_nobody_can_say_that_help_is_there() -> None:
    assert not measured("SUP-02", children_form(window=None)).ok
    assert not measured("SUP-01", children_form(window=None)).ok


# ---- help: languages


def test_a_language_nobody_answers_in_fails_alone() -> None:
    found = measured("SUP-03", children_form(languages=["es", "quz"]))
    assert (found.ok, found.failing) == (False, {"languages": {"quz"}})


def test_an_interpreter_comes_in_time() -> None:
    assert measured("SUP-03", children_form(services=service(interpreter_minutes=10))).ok
    assert not measured("SUP-03", children_form(services=service(interpreter_minutes=11))).ok


def test_somebody_reads_every_language_first() -> None:
    only_spanish = staff(sol={"languages": ["en"]})
    found = measured("SUP-03", children_form(staff=only_spanish))
    assert "reads answers first" in found.why
    assert measured("SUP-03", children_group(staff=only_spanish)).ok


# ---- help: contact tests


def contact(**changes: Any) -> list[Json]:
    return [test | changes for test in passed_tests(children_form())]


def test_contact_tests_hold_for_thirty_days() -> None:
    found = measured("SUP-04", children_form())
    assert found.valid_until == datetime(2026, 4, 1, 9, tzinfo=UTC)
    at = found.valid_until
    assert measured("SUP-04", children_form(), at=at - timedelta(minutes=1)).ok
    stale = measured("SUP-04", children_form(), at=at)
    assert (stale.ok, stale.ran_out) == (False, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reached": False},
        {"minutes": 10.5},
        {"minutes": None},
        {"tries": 3},
        {"language": "en"},
        {"language": ""},
        {"jurisdiction": "BO"},
        {"free": False},
        {"at": "2026-03-02T14:00:01Z"},
    ],
)
def test_a_test_proves_only_what_it_was(wrong: Json) -> None:
    found = measured("SUP-04", children_form(), contact_tests=contact(**wrong))
    assert (found.ok, found.ran_out) == (False, False)


def test_the_last_test_counts() -> None:
    earlier, later = contact(), contact(at="2026-03-02T13:00:00Z", reached=False, language="", jurisdiction="")
    assert not measured("SUP-04", children_form(), contact_tests=earlier + later).ok
    again = contact(at="2026-03-02T13:30:00Z")
    assert measured("SUP-04", children_form(), contact_tests=earlier + later + again).ok


def test_a_call_that_nobody_answered_speaks_for_no_language() -> None:
    unanswered = contact(at="2026-03-02T13:00:00Z", reached=False, language="quz")
    assert not measured("SUP-04", children_form(), contact_tests=contact() + unanswered).ok
    slow = contact(at="2026-03-02T13:00:00Z", minutes=10.5, language="quz")
    assert measured("SUP-04", children_form(), contact_tests=contact() + slow).ok, "the control"


def test_a_call_of_one_person_alone_proves_nothing_and_takes_nothing_away() -> None:
    lone = measured("SUP-04", children_form(), contact_tests=contact(waits=True))
    assert (lone.ok, lone.ran_out) == (False, False)
    assert "another person has to confirm" in lone.why
    renewed = contact() + contact(at="2026-03-02T13:00:00Z", waits=True)
    assert measured("SUP-04", children_form(), contact_tests=renewed).ok
    stale = measured("SUP-04", children_form(), contact_tests=contact(at="2026-01-02T13:00:00Z") + contact(waits=True))
    assert (stale.ok, stale.ran_out) == (False, True), "what only ran out lets people inside finish"
    failed = contact() + contact(at="2026-03-02T13:00:00Z", reached=False, waits=True)
    assert not measured("SUP-04", children_form(), contact_tests=failed).ok


def test_each_channel_is_tested_and_a_second_one_is_there() -> None:
    found = measured("SUP-04", children_form(), contact_tests=contact()[:1])
    assert "never tested" in found.why
    alone = children_form(services=service(channels=LINE["channels"][:1]))
    assert "a second one must be ready" in measured("SUP-04", alone, contact_tests=contact()[1:]).why


def test_survivors_services_are_tested_weekly_and_on_the_day() -> None:
    yesterday = [test | {"at": "2026-03-01T15:00:00Z"} for test in passed_tests(survivors_group())]
    before_check = datetime(2026, 3, 2, 13, 59, tzinfo=UTC)
    assert measured("SUP-04", survivors_group(), at=before_check, contact_tests=yesterday).ok
    due = measured("SUP-04", survivors_group(), at=AT, contact_tests=yesterday)
    assert (due.ok, due.ran_out) == (False, True)
    last_week = [test | {"at": "2026-02-23T13:00:00Z"} for test in passed_tests(survivors_group())]
    assert not measured("SUP-04", survivors_group(), at=before_check, contact_tests=last_week).ok


# ---- properties


def tightened(key: str, by: int) -> Policy:
    parameter = POLICY.parameters[key]
    sign = -1 if parameter.stricter is Stricter.LOWER else 1
    values = {case: max(1, value + sign * by) for case, value in parameter.values.items()}
    return replace(POLICY, parameters={**POLICY.parameters, key: replace(parameter, values=values)})


@settings(max_examples=150)
@given(st.sampled_from(FAILING), st.sampled_from(sorted(POLICY.parameters)), st.integers(0, 40))
def test_tightening_a_number_never_mends_a_plan(case: tuple[str, Json, str], key: str, by: int) -> None:
    requirement, strand, _ = case
    assert not measured(requirement, strand, policy=tightened(key, by)).ok


def written(hours: Iterable[Hours]) -> list[Json]:
    def clock(minute: int) -> str:
        return f"{minute // 60:02}:{minute % 60:02}"

    return [{"days": [*h.days], "open": clock(h.open), "close": clock(h.close)} for h in hours]


@settings(max_examples=60, deadline=None)
@given(weekly, weekly, weekly)
def test_more_hours_never_break_coverage(answering: tuple, hours: tuple, more: tuple) -> None:  # type: ignore[type-arg]
    def covered(of_service: tuple) -> bool:  # type: ignore[type-arg]
        services = service(round_the_clock=False, hours=written(of_service))
        return measured("SUP-02", children_form(window=WINDOW | {"hours": written(answering)}, services=services)).ok

    enough = answering + hours if answering else hours
    if covered(enough):
        assert covered(enough + more)
