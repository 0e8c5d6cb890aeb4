"""What a lapse does: the worked scenarios, every event of the policy, and the command."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.commands import gate
from safeguards.events import EVENTS, UnknownEventError, happening, known_events
from safeguards.lapse import Effect, NewStarts, PeopleIn, Reach, SentAnswers, UnsentAnswers, effect, lapses
from safeguards.lifecycle import Fact
from safeguards.plan import Strand
from safeguards.terms import Decision, LapseClass
from tests.safeguards.plans import (
    AT,
    POLICY,
    SESSION,
    WINDOW,
    Json,
    adult_survivors,
    children_form,
    children_group,
    decide,
    entry,
    plan,
    plan_json,
    representatives,
    survivors_group,
)
from tools.draw_events import PAGE, page

MID_SESSION = datetime(2026, 3, 2, 14, 50, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def after(event: str, strand: Json, at: datetime = AT, subject: str = "") -> Effect:
    return effect(happening(event, POLICY, subject), plan(strand).plan.strand, POLICY, at)


def shape(told: Effect) -> tuple[str | None, str, str, str]:
    lapse_class = told.lapse_class.value if told.lapse_class else None
    return lapse_class, told.new_starts.value, told.people_in.value, told.unsent_answers.value


# ---- the worked scenarios


def old_test(days: int, **changes: Any) -> list[Json]:
    at = (AT - timedelta(days=days)).isoformat()
    whole = plan_json(children_form())["record"]["contact_tests"]
    return [{**test, "at": at, **changes} for test in whole]


def test_x8_a_contact_test_31_days_old_lets_people_inside_finish() -> None:
    before, now = decide(children_form()), decide(children_form(), contact_tests=old_test(31))
    assert (before.decision, now.decision) == (Decision.GO, Decision.INCOMPLETE)
    (found,) = lapses(before, now, POLICY)
    told = effect(found, plan(children_form()).plan.strand, POLICY, AT)
    assert shape(told) == ("C2", "blocked", "finish", "submitted_under_C2")
    assert told.must_close_by == AT + HALF_HOUR
    assert shape(after("contact_test_stale", children_form())) == shape(told)


def test_x9_two_unanswered_test_calls_halt_and_a_tested_backup_under_the_leads_signature_resumes() -> None:
    silent = {"reached": False, "minutes": None, "tries": 2}
    failed = [test | silent if test["channel"] == "line-phone" else test for test in old_test(0)]
    now = decide(children_form(), contact_tests=[*old_test(3), *failed])
    (found,) = lapses(decide(children_form()), now, POLICY)
    told = effect(found, plan(children_form()).plan.strand, POLICY, AT)
    assert shape(told) == ("C1", "blocked", "stop", "erased")
    assert told.restart_needs >= {Fact.REVERIFIED, Fact.SIGNED_AGAIN}
    backup = children_form()
    backup["services"][0]["channels"] = [
        {"id": "line-chat", "free": True},
        {"id": "line-text", "free": True, "backup": True},
    ]
    assert decide(backup).decision is Decision.GO


def test_x10_a_service_that_goes_offline_erases_what_was_not_sent() -> None:
    told = after("service_offline", children_form())
    assert shape(told) == ("C1", "blocked", "stop", "erased")
    assert (told.must_close_by, told.sent_answers) == (AT, SentAnswers.KEPT)


def test_x11_training_that_ends_in_the_session_does_not_pass_the_pre_check() -> None:
    ends = entry("OM", "SL", subject="lia", expires="2026-03-02T15:00:00Z")
    evaluation = decide(children_group(), evidence={"TRN-01": [entry("OM", "SL"), ends]}, at=AT)
    assert evaluation.decision is Decision.INCOMPLETE
    running = after("expired:TRN-01", children_group(), at=MID_SESSION)
    assert shape(running) == ("C2", "blocked", "finish", "submitted_under_C2")
    assert running.must_close_by == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


def test_x13_a_false_certificate_stops_the_session_and_quarantines_its_answers() -> None:
    told = after("false_certificate", children_group(), at=MID_SESSION)
    assert shape(told) == ("C1", "blocked", "stop", "erased")
    assert told.sent_answers is SentAnswers.QUARANTINED
    assert told.decide_quarantine_by == MID_SESSION + timedelta(days=14)
    incident = {"id": "i", "kind": "allegation", "about": "person", "subject": "lia", "at": "2026-03-02T13:00:00Z"}
    refused = decide(children_group(), incidents=[incident])
    assert (refused.decision, refused.row) == (Decision.REFUSE, "D2")


def test_x16_a_second_adult_who_leaves_pauses_ten_minutes_then_closes() -> None:
    paused = after("adult_left", children_group(), at=MID_SESSION)
    assert shape(paused) == ("C1", "blocked", "pause", "held")
    assert paused.must_close_by == MID_SESSION + timedelta(minutes=10)
    too_long = after("adult_not_back", children_group(), at=MID_SESSION)
    assert shape(too_long) == ("C1", "blocked", "stop", "erased")
    assert too_long.must_close_by == MID_SESSION


def test_x27_an_earthquake_stops_children_there_and_nobody_else() -> None:
    here, elsewhere = children_form(), children_form(jurisdictions=["CL"], services=[], emergency=[])
    assert shape(after("emergency_declared", here, subject="PE"))[:2] == ("C1", "blocked")
    assert shape(after("emergency_declared", here, subject="PE-CUS"))[:2] == ("C1", "blocked"), "who may be there"
    assert after("emergency_declared", elsewhere, subject="PE").lapse_class is None
    assert after("emergency_declared", representatives("RO"), subject="PE").lapse_class is None


def test_x36_an_allegation_stops_the_team_and_seals_what_it_collected() -> None:
    told = after("staff_allegation", children_group(), at=MID_SESSION)
    assert shape(told) == ("C1", "blocked", "stop", "erased")
    assert (told.sent_answers, told.outputs_off) == (SentAnswers.QUARANTINED, True)


def test_x41_something_is_wrong_pauses_one_person_and_the_lead_answers_within_ten_minutes() -> None:
    told = after("something_wrong", children_form())
    assert shape(told) == ("C1", "allowed", "pause", "held")
    assert (told.reach, told.must_close_by) == (Reach.PERSON, AT + timedelta(minutes=10))
    silent = after("duty_lead_silent", children_form())
    assert (shape(silent), silent.reach) == (("C1", "blocked", "stop", "erased"), Reach.STRAND)


# ---- the rules behind them


def test_the_emergency_stop_ends_everything_and_two_people_lift_it() -> None:
    told = after("emergency_stop", children_group(), at=MID_SESSION)
    assert shape(told) == ("C1", "blocked", "stop", "erased")
    assert told.outputs_off
    assert told.restart_needs >= {Fact.LIFTED_BY_TWO, Fact.CAUSE_WRITTEN, Fact.INCIDENT_REVIEWED, Fact.SIGNED_AGAIN}


def test_survivors_restart_only_with_the_approver() -> None:
    assert Fact.APPROVER_SIGNED in after("venue_changed", survivors_group(), at=MID_SESSION).restart_needs
    assert Fact.APPROVER_SIGNED not in after("venue_changed", children_group(), at=MID_SESSION).restart_needs


@pytest.mark.parametrize(
    ("event", "strand", "expected"),
    [
        ("service_offline", representatives("RP"), None),
        ("speaker_left", representatives("RP"), "C3"),
        ("service_offline", adult_survivors(), "C1"),
        ("below_ratio", children_form(), None),
        ("practitioner_left", children_form(), None),
        ("consent_withdrawn", adult_survivors(), None),
        ("revoked:TRN-01", representatives("RP"), "C1"),
        ("revoked:TRN-03", children_group(), "C1"),
        ("expired:TRN-03", children_group(), "C2"),
        ("expired:SAF-08", children_form(), "C2"),
        ("failed:SAF-08", children_form(), "C1"),
        ("expired:SAF-12", children_form(), "C1"),
        ("found_false:INC-01", children_form(), "C1"),
        ("failed:INC-01", children_form(), "C3"),
    ],
)
def test_the_class_follows_the_policys_row_and_the_level(event: str, strand: Json, expected: str | None) -> None:
    assert shape(after(event, strand))[0] == expected


def test_an_edit_of_the_question_set_quarantines_what_was_sent() -> None:
    assert after("question_set_edited", children_form()).sent_answers is SentAnswers.QUARANTINED
    assert after("contact_test_failed", children_form()).sent_answers is SentAnswers.KEPT


def test_only_the_language_that_lost_its_speaker_is_touched() -> None:
    both = children_form(languages=["es", "quz"])
    told = after("speaker_left", both, subject="quz")
    assert (told.lapse_class, told.reach, told.subject) == (LapseClass.HALT, Reach.LANGUAGE, "quz")
    assert after("speaker_left", children_form(), subject="quz").lapse_class is None


def test_only_the_person_concerned_stops_when_a_child_says_no() -> None:
    told = after("consent_withdrawn", children_group(), at=MID_SESSION)
    assert (told.new_starts, told.people_in, told.reach) == (NewStarts.ALLOWED, PeopleIn.STOP, Reach.PERSON)


def test_small_numbers_that_show_turn_outputs_off_and_stop_nobody() -> None:
    told = after("small_numbers_shown", children_form())
    assert (shape(told), told.outputs_off) == (("C3", "allowed", "continue", "complete_normally"), True)


def test_nobody_finishes_a_form_after_its_window() -> None:
    closes = datetime(2026, 3, 2, 14, 10, tzinfo=UTC)
    told = after("contact_test_stale", children_form(window=WINDOW | {"closes": closes.isoformat()}))
    assert told.must_close_by == closes


def test_between_sessions_nobody_is_left_to_finish() -> None:
    before_start = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    told = after("expired:TRN-03", children_group(sessions=[SESSION]), at=before_start)
    assert told.must_close_by == before_start


def test_what_held_neither_before_nor_now_is_no_lapse() -> None:
    stale = decide(children_form(), contact_tests=old_test(31))
    assert lapses(stale, stale, POLICY) == ()


def test_an_incident_lapses_as_c1_beside_the_requirements() -> None:
    incident = {"id": "i", "kind": "allegation", "about": "person", "subject": "lia", "at": "2026-03-02T13:00:00Z"}
    found = lapses(decide(children_form()), decide(children_form(), incidents=[incident]), POLICY)
    assert [happened.lapse_class for happened in found] == [LapseClass.HALT]


def test_every_named_event_has_its_row_in_the_policy_and_every_halting_row_has_an_event() -> None:
    rows = {(event.requirement, event.when) for event in EVENTS.values()}
    in_policy = {(r.id, row.when): row for r in POLICY.requirements.values() for row in r.lapses}
    assert rows <= in_policy.keys()
    halting = {key for key, row in in_policy.items() if row.lapse_class is LapseClass.HALT}
    assert halting - rows == set()


strands = st.sampled_from(
    [plan(made).plan.strand for made in (children_form(), children_group(), survivors_group(), adult_survivors())]
)
events = st.sampled_from(
    [name for name in known_events() if ":" not in name]
    + [f"{kind}:{requirement}" for kind in ("expired", "failed", "revoked") for requirement in POLICY.requirements]
)


@given(events, strands, st.integers(-3000, 3000))
def test_no_lapse_ever_keeps_what_a_halt_erases_or_blocks_without_an_end(
    event: str, strand: Strand, minutes: int
) -> None:
    at = AT + timedelta(minutes=minutes)
    told = effect(happening(event, POLICY), strand, POLICY, at)
    if told.people_in is PeopleIn.STOP:
        assert told.unsent_answers is UnsentAnswers.ERASED
    if told.lapse_class in (LapseClass.HALT, LapseClass.FINISH_SAFELY):
        assert told.new_starts is NewStarts.BLOCKED or told.reach is Reach.PERSON
        assert told.must_close_by is not None
        assert at <= told.must_close_by <= at + timedelta(hours=2)
        assert told.restart_needs
    else:
        assert (told.new_starts, told.must_close_by) == (NewStarts.ALLOWED, None)


def test_an_unknown_event_is_refused_with_the_known_ones() -> None:
    for name in ("fire", "expired:TRN-99", "expired", ""):
        with pytest.raises(UnknownEventError, match="contact_test_failed"):
            happening(name, POLICY)


# ---- the command


def lapse_command(tmp_path: Path, strand: Json, *arguments: str) -> int:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan_json(strand)), encoding="utf-8")
    parser = ArgumentParser()
    gate.register(parser.add_subparsers())
    chosen = parser.parse_args(["gate", "lapse", str(file), "--at", "2026-03-02T14:00:00Z", *arguments])
    return int(chosen.run(chosen))


def test_the_command_prints_the_promised_fields(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lapse_command(tmp_path, children_form(), "--event", "expired:TRN-01", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    promised = ("class", "new_starts", "people_in", "unsent_answers", "must_close_by")
    assert [told[key] for key in promised] == ["C2", "blocked", "finish", "submitted_under_C2", "2026-03-02T14:30:00Z"]


def test_the_command_gives_the_strictest_of_several_modes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = children_group(mode=["OI", "PG"], window=WINDOW, sessions=[SESSION | {"mode": "PG"}])
    assert lapse_command(tmp_path, both, "--event", "below_ratio", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["class"], [(p["mode"], p["class"]) for p in told["parts"]]) == ("C1", [("OI", None), ("PG", "C1")])


def test_the_command_speaks_to_people_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lapse_command(tmp_path, children_form(), "--event", "key_exposed") == 0
    said = capsys.readouterr().out
    assert said.startswith("C1 · strand g, OI: DAT-03: a key was exposed\nnew starts: blocked")
    assert "answers sent before: quarantined, decided by 2026-03-16T14:00:00Z" in said


def test_the_command_refuses_an_unknown_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lapse_command(tmp_path, children_form(), "--event", "fire", "--json") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("consult: --event: 'fire' is not an event; known are: ")
    assert output.err.count("\n") == 1


def test_the_page_of_events_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "draw it again: python -m tools.draw_events"
