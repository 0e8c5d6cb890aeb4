"""The life of a consultation and a strand: nothing opens without a gate and a second person; the drawing is current."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeguards.lifecycle import (
    CONSULTATION,
    OPENING,
    STRAND,
    ConsultationState,
    Fact,
    StrandState,
    may_move,
    moves_from,
    needs,
)
from safeguards.terms import Audience, Role
from tools.draw_states import PAGE, page

EVERYTHING = frozenset(Fact)
SECOND_PERSONS = {
    *(Fact.GATE_PASSES, Fact.GO_SIGNED, Fact.SECOND_PERSON, Fact.SIGNED_SINCE),
    *(Fact.SAME_PLAN, Fact.IN_DATE, Fact.NO_STOP),
}

# Which of the possible moves, by whom, and what does not hold: mostly one fact or none, so that walks get far.
steps = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from([None, *Role]),
        st.just(frozenset()) | st.frozensets(st.sampled_from(Fact), max_size=3),
    ),
    min_size=25,
    max_size=40,
)


@settings(max_examples=200)
@given(steps, st.sampled_from(Audience))
def test_no_walk_opens_without_a_passed_gate_and_a_second_person(
    walk: list[tuple[int, Role | None, frozenset[Fact]]], audience: Audience
) -> None:
    state = StrandState.DRAFT
    for choice, asked_by, missing in walk:
        possible = moves_from(STRAND, state)
        if not possible:
            break
        move = possible[choice % len(possible)]
        role = asked_by if asked_by is None or asked_by in move.who else min(move.who)
        facts = EVERYTHING - missing
        if not may_move(STRAND, state, move.name, role, facts, audience):
            continue
        state = move.target
        if state is StrandState.OPEN:
            assert facts >= SECOND_PERSONS
            assert role is Role.SAFEGUARDING_LEAD
            if audience in (Audience.CHILD_SURVIVORS, Audience.CHILDREN_WHO_CAUSED_HARM):
                assert Fact.APPROVER_SIGNED in facts


def test_the_walk_does_reach_open() -> None:
    state = StrandState.DRAFT
    for name, role in [
        ("ask_for_decision", Role.LEAD_FACILITATOR),
        ("decide", Role.SAFEGUARDING_LEAD),
        ("open", Role.SAFEGUARDING_LEAD),
    ]:
        assert may_move(STRAND, state, name, role, EVERYTHING, Audience.CHILDREN)
        state = next(move.target for move in moves_from(STRAND, state) if move.name == name)
    assert state is StrandState.OPEN


@pytest.mark.parametrize("fact", sorted(OPENING))
@pytest.mark.parametrize("source", [StrandState.DECIDED, StrandState.SUSPENDED])
def test_each_part_of_opening_is_needed(fact: Fact, source: StrandState) -> None:
    name = "open" if source is StrandState.DECIDED else "resume"
    ruling = may_move(STRAND, source, name, Role.SAFEGUARDING_LEAD, EVERYTHING - {fact}, Audience.CHILDREN)
    assert not ruling
    assert ruling.missing == {fact}
    assert fact in ruling.why


def test_survivors_need_the_independent_approver_and_children_in_general_do_not() -> None:
    without = EVERYTHING - {Fact.APPROVER_SIGNED}
    allowed = {
        audience: bool(may_move(STRAND, StrandState.DECIDED, "open", Role.SAFEGUARDING_LEAD, without, audience))
        for audience in Audience
    }
    assert allowed == {Audience(letter): letter in "GAR" for letter in "GSHAR"}


@pytest.mark.parametrize("fact", [Fact.CAUSE_REMOVED, Fact.REVERIFIED, Fact.SIGNED_AGAIN, Fact.NOTED])
def test_a_restart_needs_what_the_lapse_rules_ask(fact: Fact) -> None:
    facts = EVERYTHING - {fact}
    assert may_move(STRAND, StrandState.SUSPENDED, "resume", Role.SAFEGUARDING_LEAD, facts).missing == {fact}


def test_any_adult_on_duty_can_stop_and_one_person_alone_cannot_lift() -> None:
    on_duty = [
        Role.LEAD_FACILITATOR,
        Role.CO_FACILITATOR,
        Role.MODERATOR,
        Role.INTERPRETER,
        Role.SUPPORT_PRACTITIONER,
        Role.SAFEGUARDING_LEAD,
        Role.INDEPENDENT_APPROVER,
        Role.TECHNICAL_OPERATOR,
    ]
    assert all(may_move(STRAND, StrandState.OPEN, "stop", role, frozenset()) for role in on_duty)
    alone = EVERYTHING - {Fact.LIFTED_BY_TWO}
    assert not may_move(STRAND, StrandState.STOPPED, "lift", Role.SAFEGUARDING_LEAD, alone)
    assert not may_move(CONSULTATION, ConsultationState.STOPPED, "lift", Role.INDEPENDENT_APPROVER, alone)


def test_lifting_a_stop_opens_nothing_by_itself() -> None:
    assert [move.target for move in moves_from(STRAND, StrandState.STOPPED)] == [
        StrandState.SUSPENDED,
        StrandState.DESTROYED,
    ]


def test_the_system_pauses_and_closes_but_never_opens_decides_or_lifts() -> None:
    assert {move.name for move in STRAND if move.by_itself} == {"suspend", "close", "decide_anew", "destroy"}
    assert not any(move.by_itself for move in CONSULTATION)


def test_answers_open_only_after_the_close_and_by_two_people() -> None:
    (move,) = [move for move in STRAND if move.target is StrandState.OPENED]
    assert move.source is StrandState.CLOSED
    assert move.needs >= {Fact.OPENING_ASKED, Fact.OPENING_GRANTED}
    assert not may_move(STRAND, StrandState.CLOSED, move.name, Role.ANALYST, EVERYTHING - {Fact.OPENING_GRANTED})


@pytest.mark.parametrize("table", [STRAND, CONSULTATION], ids=["strand", "consultation"])
def test_every_state_can_be_reached_and_no_move_has_two_meanings(table: tuple) -> None:  # type: ignore[type-arg]
    states = set(type(table[0].source))
    reached = {table[0].source} | {move.target for move in table}
    assert reached == states
    arrows = [(move.source, move.name) for move in table]
    assert len(arrows) == len(set(arrows))
    assert all(move.who for move in table)


def test_a_refusal_says_how_things_stand_and_whose_move_it_is() -> None:
    ruling = may_move(STRAND, StrandState.DRAFT, "open", Role.SAFEGUARDING_LEAD, EVERYTHING)
    assert (ruling.ok, ruling.why) == (False, "This can not be done as things stand: draft.")
    wrong_role = may_move(STRAND, StrandState.DECIDED, "open", Role.ADMINISTRATOR, EVERYTHING)
    assert (wrong_role.ok, wrong_role.why) == (False, "This is for: safeguarding lead.")


def test_needs_of_a_move_that_opens_nothing_do_not_grow_with_the_audience() -> None:
    (close, *_) = [move for move in STRAND if move.name == "close"]
    assert needs(close, Audience.CHILD_SURVIVORS) == frozenset()


def test_the_drawing_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "draw it again: python -m tools.draw_states"
