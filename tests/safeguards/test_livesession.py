"""Rules of a live session: enough adults, the clock, the time to come back. Whatever is noted, in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeguards.lapse import FINISH_WITHIN, PeopleIn
from safeguards.livesession import OVERRUN, Live, Meeting, Note, Noted, Phase, Register, follow, people_in
from safeguards.planfile import PlanFile
from safeguards.precheck import CLOSING_POINTS, STARTING_POINTS, Lack, missing, missing_to_go_on, not_closed
from safeguards.terms import Audience
from tests.safeguards import plans

STARTS = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
ADULTS = ("lia", "cora", "pia")


def plan(**changes: object) -> PlanFile:
    return plans.plan(plans.children_group(**changes))


def meeting(**changes: object) -> Meeting:
    strand = plan(**changes).plan.strand
    return Meeting(strand, strand.sessions[0], plans.POLICY)


MEETING = meeting()


def at(minutes: float) -> datetime:
    return STARTS + timedelta(minutes=minutes)


def begun(children: int = 4, youngest: int = 13, oldest: int = 15, adults: tuple[str, ...] = ADULTS) -> list[Noted]:
    """A session that started on time, with everything noted before."""
    return [
        *(Noted(Note.CHECKED_IN, at(-20), who) for who in adults),
        Noted(Note.LEAD_ANSWERED, at(-15), "sol"),
        Noted(Note.COUNTED, at(-10), register=Register(children, youngest, oldest)),
        *(Noted(Note.CONFIRMED, at(-5), f"start-{point}") for point in STARTING_POINTS),
        Noted(Note.STARTED, at(0)),
    ]


def allowed(notes: list[Noted], minute: float, of: Meeting = MEETING) -> PeopleIn:
    return people_in(follow(of, notes, at(minute)), of, at(minute))


# ---- properties

registers = st.builds(
    lambda children, youngest, span: Register(children, youngest, youngest + span),
    st.integers(0, 25),
    st.integers(6, 17),
    st.integers(0, 4),
)
kinds = st.sampled_from(Note)
courses = st.lists(st.tuples(kinds, st.integers(0, 12), st.sampled_from(ADULTS), registers), max_size=25)


def noted(course: list[tuple[Note, int, str, Register]]) -> list[Noted]:
    """A course of notes, each some minutes after the one before."""
    found, minute = begun(), 0
    for note, later, who, register in course:
        minute += later
        found.append(Noted(note, at(minute), who, register if note is Note.COUNTED else None))
    return found


@given(courses, st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_answers_are_taken_only_with_enough_adults_in_time_and_within_the_length(
    course: list[tuple[Note, int, str, Register]], minute: int
) -> None:
    notes = [each for each in noted(course) if each.at <= at(minute)]
    live = follow(MEETING, notes, at(minute))
    if people_in(live, MEETING, at(minute)) is PeopleIn.CONTINUE:
        assert live.phase is Phase.RUNNING
        assert enough(live)
        assert live.lead_due is None
        assert live.worked < live.limit
        assert at(minute) < MEETING.session.ends
    if people_in(live, MEETING, at(minute)) is PeopleIn.FINISH:
        assert enough(live)
        assert live.worked < live.limit + OVERRUN
        assert at(minute) < MEETING.last_moment


def enough(live: Live) -> bool:
    """SAF-04 and SAF-05 in plain arithmetic: two adults, one to ten (one to eight, one to six) by the youngest."""
    register = live.register
    assert register is not None
    each = 6 if register.youngest < 10 else 8 if register.youngest < 13 else 10
    return len(live.present) >= max(2, -(-register.children // each))


@given(courses, st.integers(0, 200), st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_the_clock_counts_no_more_than_has_passed_and_never_runs_back(
    course: list[tuple[Note, int, str, Register]], one: int, other: int
) -> None:
    early, late = sorted((one, other))
    notes = noted(course)
    before = follow(MEETING, [each for each in notes if each.at <= at(early)], at(early))
    after = follow(MEETING, [each for each in notes if each.at <= at(late)], at(late))
    assert timedelta() <= after.worked <= timedelta(minutes=late)
    assert after.stretch <= after.worked
    if before.started == after.started:
        assert before.worked <= after.worked


@given(courses, st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_over_never_runs_again(course: list[tuple[Note, int, str, Register]], data: st.DataObject) -> None:
    finished, notes = {Phase.OVER, Phase.CLOSING, Phase.ENDED}, noted(course)
    number = data.draw(st.integers(1, len(notes)))
    before, after = follow(MEETING, notes[:number], notes[number - 1].at), follow(MEETING, notes, notes[-1].at)
    assert before.phase not in finished or after.phase in finished


@given(st.integers(0, 60), st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_the_second_adult_is_back_in_time_or_it_is_over(left: int, away: int) -> None:
    notes = [*begun(adults=("lia", "cora")), Noted(Note.LEFT, at(left), "cora")]
    assert allowed(notes, left) is not PeopleIn.CONTINUE, "one adult alone asks nobody"
    notes += [Noted(Note.BACK, at(left + away), "cora"), Noted(Note.WENT_ON, at(left + away))]
    live = follow(MEETING, notes, at(left + away))
    assert (live.phase is Phase.RUNNING) == (away < plans.POLICY.p("P-GAP"))


@given(st.integers(1, 30), st.sampled_from([(6, 6), (9, 6), (10, 8), (12, 8), (13, 10), (15, 10)]))
@settings(max_examples=40, deadline=None)
def test_one_child_too_many_pauses(children: int, ages: tuple[int, int]) -> None:
    youngest, each = ages
    of = meeting(ages=[6, 17], topics=["T0"], group_size=30)
    notes = begun(children=children, youngest=youngest, oldest=youngest + 1)
    live = follow(of, notes, at(1))
    crowded = children > (12 if youngest < 10 else 20)
    assert (live.phase is Phase.PAUSED) == (children > each * len(ADULTS) or crowded)


# ---- single rules


def test_a_break_stands_the_clock_still_and_is_due_after_so_many_minutes() -> None:
    notes = begun()
    assert not follow(MEETING, notes, at(29)).rest_due
    assert follow(MEETING, notes, at(30)).rest_due
    notes += [Noted(Note.BREAK, at(30))]
    assert allowed(notes, 35) is PeopleIn.PAUSE
    notes += [Noted(Note.WENT_ON, at(40))]
    live = follow(MEETING, notes, at(45))
    assert (live.worked, live.stretch, live.rest_due) == (timedelta(minutes=35), timedelta(minutes=5), False)


def test_the_youngest_who_was_ever_there_governs_the_length() -> None:
    of = meeting(ages=[10, 15])
    notes = [*begun(youngest=12, oldest=15), Noted(Note.COUNTED, at(5), register=Register(3, 13, 15))]
    assert follow(of, notes, at(6)).limit == timedelta(minutes=45)
    assert follow(of, notes, at(6)).stretch_limit == timedelta(minutes=20)


def test_past_its_length_people_finish_and_past_the_overrun_nobody_goes_on() -> None:
    of = meeting(sessions=[{**plans.SESSION, "ends": "2026-03-02T18:00:00Z"}])
    assert allowed(begun(), 59, of) is PeopleIn.CONTINUE
    assert allowed(begun(), 60, of) is PeopleIn.FINISH
    assert allowed(begun(), 60 + OVERRUN.seconds / 60, of) is PeopleIn.STOP


def test_past_its_planned_end_people_finish_and_half_an_hour_later_it_is_over() -> None:
    notes = [*begun(), Noted(Note.BREAK, at(20)), Noted(Note.WENT_ON, at(55))]
    assert allowed(notes, 59) is PeopleIn.CONTINUE
    assert allowed(notes, 60) is PeopleIn.FINISH
    late = 60 + FINISH_WITHIN.seconds / 60
    assert allowed(notes, late) is PeopleIn.STOP
    assert follow(MEETING, notes, at(late)).phase is Phase.OVER


@pytest.mark.parametrize("answered", [True, False])
def test_something_is_wrong_pauses_until_the_lead_has_answered(answered: bool) -> None:
    notes = [*begun(), Noted(Note.WRONG, at(10))]
    assert allowed(notes, 10) is PeopleIn.PAUSE
    notes += [Noted(Note.LEAD_ANSWERED, at(12), "sol")] if answered else []
    notes += [Noted(Note.WENT_ON, at(13))]
    assert (allowed(notes, 14) is PeopleIn.CONTINUE) is answered
    assert (allowed(notes, 20) is PeopleIn.STOP) is not answered


def test_a_lead_who_does_not_answer_twice_pauses() -> None:
    once = [*begun(), Noted(Note.LEAD_SILENT, at(5), "sol")]
    assert allowed(once, 6) is PeopleIn.CONTINUE
    assert allowed([*once, Noted(Note.LEAD_SILENT, at(6), "sol")], 6) is PeopleIn.PAUSE
    between = [*once, Noted(Note.LEAD_ANSWERED, at(6), "sol"), Noted(Note.LEAD_SILENT, at(7), "sol")]
    assert allowed(between, 8) is PeopleIn.CONTINUE


def test_closing_lets_people_finish_unless_it_was_forced() -> None:
    assert allowed([*begun(), Noted(Note.CLOSING, at(40))], 41) is PeopleIn.FINISH
    forced = [*begun(), Noted(Note.WRONG, at(40)), Noted(Note.CLOSING, at(41))]
    assert allowed(forced, 42) is PeopleIn.STOP


def test_closing_gives_nobody_more_time_and_needs_the_adults_as_well() -> None:
    late = 60 + FINISH_WITHIN.seconds / 60
    assert allowed([*begun(), Noted(Note.CLOSING, at(40))], late) is PeopleIn.STOP, "nobody pressed the end"
    assert allowed([*begun(), Noted(Note.CLOSING, at(late + 1))], late + 2) is PeopleIn.STOP, "it was over before"
    alone = [*begun(adults=("lia", "cora")), Noted(Note.CLOSING, at(40)), Noted(Note.LEFT, at(41), "cora")]
    assert allowed(alone, 42) is PeopleIn.PAUSE
    assert allowed([*alone, Noted(Note.BACK, at(43), "cora")], 44) is PeopleIn.FINISH


def test_the_closing_routine_is_done_when_every_point_is_and_who_leaves_was_counted() -> None:
    notes = [*begun(), Noted(Note.CLOSING, at(40))]
    assert set(not_closed(follow(MEETING, notes, at(41)))) == {*CLOSING_POINTS, "count"}
    notes += [Noted(Note.CONFIRMED, at(42), f"end-{point}") for point in CLOSING_POINTS]
    assert not_closed(follow(MEETING, notes, at(43))) == ("count",)
    notes += [Noted(Note.COUNTED, at(44), register=Register(4, 13, 15))]
    assert not_closed(follow(MEETING, notes, at(45))) == ()


# ---- the pre-check


def lacks(notes: list[Noted], minute: float = 0, file: PlanFile | None = None) -> set[Lack]:
    found = file or plan()
    of = Meeting(found.plan.strand, found.plan.strand.sessions[0], plans.POLICY)
    live = follow(of, notes, at(minute))
    return {each.lack for each in missing(live, of, found.plan, found.record, at(minute))}


READY = begun()[:-1]


def test_a_session_with_everything_in_place_may_start() -> None:
    assert lacks(READY) == set()


def test_nothing_noted_starts_nothing() -> None:
    assert lacks([]) == set(Lack) - {Lack.TIME}


@pytest.mark.parametrize("left_out", range(len(READY)))
def test_no_single_note_can_be_left_out(left_out: int) -> None:
    spare = READY[left_out].about in ("cora", "pia", "lia")  # three adults came; SAF-04 asks for two
    notes = [each for n, each in enumerate(READY) if n != left_out]
    assert lacks(notes) or spare


@pytest.mark.parametrize(
    ("notes", "minute", "lack"),
    [
        (READY, -1, Lack.TIME),
        (READY, 60, Lack.TIME),
        (begun(adults=("lia",))[:-1], 0, Lack.ADULTS),
        (begun(adults=("lia",))[:-1], 0, Lack.GATE),
        (begun(adults=("pia", "sol"))[:-1], 0, Lack.FACILITATOR),
        (begun(adults=("lia", "cora", "sol"))[:-1], 0, Lack.LEAD),
        ([*READY, Noted(Note.LEAD_SILENT, at(-2), "sol")], 0, Lack.LEAD),
        (begun(youngest=12)[:-1], 0, Lack.REGISTER),
        (begun(children=0)[:-1], 0, Lack.REGISTER),
        (begun(children=21)[:-1], 0, Lack.GATE),
    ],
)
def test_what_is_missing_is_named(notes: list[Noted], minute: float, lack: Lack) -> None:
    assert lack in lacks(notes, minute)


def test_an_old_call_is_no_test_call() -> None:
    early = [Noted(each.note, at(-40), each.about) if each.note is Note.LEAD_ANSWERED else each for each in READY]
    assert Lack.LEAD in lacks(early)


def test_evidence_that_ends_half_an_hour_after_the_session_is_the_least() -> None:
    """X11: training that ends in the middle of the session, or too soon after it, fails the pre-check."""
    for ends, starts in (
        ("2026-03-02T15:00:00Z", False),
        ("2026-03-02T15:59:00Z", False),
        ("2026-03-02T16:00:00Z", True),
    ):
        proof = plans.entry("OM", "SL", expires=ends)
        file = plans.plan(plans.children_group(), evidence={"TRN-01": [proof]})
        assert (lacks(READY, file=file) == set()) is starts


def test_going_on_asks_the_same_gate_again() -> None:
    notes, file = [*begun(), Noted(Note.BREAK, at(20))], plan()
    live = follow(MEETING, notes, at(25))
    assert missing_to_go_on(live, MEETING, file.plan, file.record, at(25)) == ()
    stopped = plans.plan(
        plans.children_group(), stops=[{"scope": "consultation", "subject": "c", "at": "2026-03-02T14:45:00Z"}]
    )
    found = missing_to_go_on(live, MEETING, stopped.plan, stopped.record, at(25))
    assert {each.lack for each in found} == {Lack.GATE}


def test_an_approver_who_signed_counts_whoever_of_the_team_is_in_the_room() -> None:
    strand = plans.survivors_group(approver=None, ages=[15, 17])
    file = plans.plan(strand)
    digest = file.plan.digest()
    yes = [{"person": "ira", "role": "IA", "at": "2026-03-01T09:00:00Z", "strand": "s", "digest": digest}]
    signed = plans.plan(strand, signatures=yes)
    assert signed.plan.strand.audience is Audience.CHILD_SURVIVORS
    notes = begun(children=2, youngest=15, oldest=16)[:-1]
    assert Lack.GATE in lacks(notes, file=file)
    assert lacks(notes, file=signed) == set()
