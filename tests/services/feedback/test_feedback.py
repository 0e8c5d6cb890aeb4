"""Feeding back: ideas and answers in every language, published by two, promises kept or broken in sight of all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage, make_consultation
from consult.errors import Conflict, Denied, Invalid
from consult.models import AuditEvent, Consultation, IdeaSource, Strand
from consult.services.feedback import feedback, feedbacknotes
from consult.services.feedback.feedback import FeedbackView
from consult.services.feedback.news import News, news_of
from consult.services.signed import stopping
from safeguards.lifecycle import ConsultationState
from safeguards.promises import Answer
from safeguards.promises import Stage as Step
from tests.scenario import NOW, close_part, open_part

WORDS = {"en": "Answer within a day.", "fr": "Répondre en un jour.", "ar": "الرد خلال يوم."}


def by(
    stage: Stage, work: Callable[..., object], *values: object, who: str = "facilitator", now: object = NOW
) -> object:
    with write(stage.engine) as db:
        return work(db, stage.keys, stage.people[who], stage.consultation_id, *values, now)


def idea(stage: Stage, source: IdeaSource = IdeaSource.ADULTS, words: dict[str, str] = WORDS) -> str:
    return by(stage, feedback.add_idea, source, words).id  # type: ignore[attr-defined]


def answered(stage: Stage, idea_id: str, answer: Answer = Answer.NO, **changes: object) -> None:
    version = next(each.version for each in view(stage).ideas if each.id == idea_id)
    by(stage, feedback.answer_idea, idea_id, version, answer, WORDS, **changes)


def written(stage: Stage, step: Step, words: dict[str, str] = WORDS, **changes: object) -> str:
    """The facilitator writes a note; the digest of what would be published with it."""
    by(stage, feedbacknotes.write_note, step, words, **changes)  # type: ignore[arg-type]
    return view(stage).notes[step].digest


def read_over(stage: Stage, step: Step, seen: str, who: str = "lead1", now: datetime = NOW, **said: bool) -> None:
    with write(stage.engine) as db:
        feedbacknotes.publish(
            db, stage.keys, stage.people[who], stage.consultation_id, step, seen, now, **{"nobody": True, **said}
        )


def published(stage: Stage, step: Step, now: datetime = NOW) -> None:
    read_over(stage, step, written(stage, step, now=now), now=now)


def view(stage: Stage) -> FeedbackView:
    with read(stage.engine) as db:
        return feedback.feedback(db, stage.people["facilitator"], stage.consultation_id, stage.policy, NOW)


def news(stage: Stage, language: str = "en") -> News:
    with read(stage.engine) as db:
        return news_of(db, stage.strands["young_adults"], language, stage.policy, NOW)


def test_nothing_is_public_before_it_is_published_and_answers_only_after_their_own_note(released: Stage) -> None:
    one = idea(released)
    answered(released, one)
    assert (news(released).adults, dict(news(released).notes)) == ((), {})
    published(released, Step.SAID)
    assert [(each.words.text, each.answer) for each in news(released, "fr").adults] == [("Répondre en un jour.", None)]
    published(released, Step.ANSWERS)
    shown = news(released, "ar").adults[0]
    assert (shown.answer, shown.reason.text if shown.reason else "") == (Answer.NO, WORDS["ar"])


def test_a_reader_of_another_language_is_told_which_one_it_is(released: Stage) -> None:
    idea(released)
    published(released, Step.SAID)
    found = news(released, "sw")
    assert found.foreign
    assert found.adults[0].words.language in WORDS


@pytest.mark.parametrize("missing", ["fr", "ar"])
def test_every_language_of_the_consultation_is_needed(released: Stage, missing: str) -> None:
    with pytest.raises(Invalid) as refused:
        idea(released, words={**WORDS, missing: "  "})
    assert list(refused.value.problems) == [f"words_{missing}"]


@pytest.mark.parametrize("number", ["Write to us@example.org.", "Call +254 712 345 678."])
def test_no_number_stands_before_participants_that_one_person_brought_alone(released: Stage, number: str) -> None:
    """Help is shown as a lead signed it; what is published is written by one person and stays as it is."""
    words = {**WORDS, "fr": f"{WORDS['fr']} {number}"}
    with pytest.raises(Invalid) as refused:
        idea(released, words=words)
    assert set(refused.value.problems) == {"words_fr"}
    made = idea(released)
    version = next(each.version for each in view(released).ideas if each.id == made)
    with pytest.raises(Invalid) as refused:
        by(released, feedback.answer_idea, made, version, Answer.NO, words)
    assert set(refused.value.problems) == {"reason_fr"}
    with pytest.raises(Invalid) as refused:
        by(released, feedbacknotes.write_note, Step.SAID, words)
    assert set(refused.value.problems) == {"words_fr"}
    assert not view(released).published(Step.SAID)


def test_what_adults_said_is_never_shown_as_children_s(released: Stage) -> None:
    with pytest.raises(Invalid, match="change") as refused:
        idea(released, IdeaSource.CHILDREN)
    assert "source" in refused.value.problems
    open_part(released, "children")
    idea(released, IdeaSource.CHILDREN)
    published(released, Step.SAID)
    assert (len(news(released).children), len(news(released).adults)) == (1, 0)


def test_an_answer_is_needed_for_every_idea_before_the_answers_are_out(released: Stage) -> None:
    one, _ = idea(released), idea(released)
    published(released, Step.SAID)
    answered(released, one)
    with pytest.raises(Conflict, match="Every main idea"):
        published(released, Step.ANSWERS)


def test_nothing_is_told_while_an_emergency_stop_holds_a_part(released: Stage) -> None:
    idea(released)
    seen = written(released, Step.SAID)
    with write(released.engine) as db:
        part = db.get_one(Strand, released.strands["children"])
        stopping.press_stop(db, released.keys, released.people["operator"], part, "Somebody listened in", NOW)
    with pytest.raises(Conflict, match="emergency stop"):
        read_over(released, Step.SAID, seen)
    assert "emergency stop" in view(released).notes[Step.SAID].missing


@pytest.mark.parametrize("step", [Step.ANSWERS, Step.IMPACT])
def test_the_notes_come_in_their_order(released: Stage, step: Step) -> None:
    answered(released, idea(released))
    with pytest.raises(Conflict, match="first"):
        published(released, step)


def test_what_is_published_stays_until_it_is_taken_back(released: Stage) -> None:
    one = idea(released)
    published(released, Step.SAID)
    version = view(released).ideas[0].version
    for act, values in (
        (feedback.change_idea, (one, version, IdeaSource.ADULTS, {**WORDS, "en": "Other words."})),
        (feedback.remove_idea, (one, version)),
        (feedbacknotes.write_note, (Step.SAID, WORDS)),
        (feedback.add_idea, (IdeaSource.ADULTS, WORDS)),
    ):
        with pytest.raises(Conflict, match="take it back first"):
            by(released, act, *values)


def test_nobody_publishes_what_they_wrote_nor_what_they_have_not_read(released: Stage) -> None:
    """A sentence about one child can not be taken back from those who read it: a second person looks before."""
    idea(released)
    seen = written(released, Step.SAID)
    for who, why in (("facilitator", "You wrote some of it"), ("approver", "reads it over")):
        with pytest.raises(Denied, match=why):
            read_over(released, Step.SAID, seen, who)
    with pytest.raises(Invalid) as refused:
        read_over(released, Step.SAID, seen, nobody=False)
    assert set(refused.value.problems) == {"nobody"}
    by(released, feedback.add_idea, IdeaSource.ADULTS, {**WORDS, "fr": "La fille en fauteuil roulant."}, who="manager")
    with pytest.raises(Conflict, match="changed the words while you were reading"):
        read_over(released, Step.SAID, seen)
    assert not news(released).notes
    with pytest.raises(Denied, match="You wrote some of it"):
        read_over(released, Step.SAID, view(released).notes[Step.SAID].digest, "manager")
    read_over(released, Step.SAID, view(released).notes[Step.SAID].digest)
    assert {each.words.text for each in news(released, "fr").adults} == {WORDS["fr"], "La fille en fauteuil roulant."}


def test_whoever_wrote_an_answer_once_is_not_the_second_person_for_it(released: Stage) -> None:
    one = idea(released)
    published(released, Step.SAID)
    answered(released, one, who="manager")
    answered(released, one)
    seen = written(released, Step.ANSWERS)
    with pytest.raises(Denied, match="You wrote some of it"):
        read_over(released, Step.ANSWERS, seen, "manager")
    read_over(released, Step.ANSWERS, seen)


def test_one_person_takes_back_at_once_and_two_bring_it_back(released: Stage) -> None:
    one, later = idea(released), NOW + timedelta(days=3)
    published(released, Step.SAID)
    with pytest.raises(Denied):
        by(released, feedbacknotes.take_back, Step.SAID, who="reviewer1")
    by(released, feedbacknotes.take_back, Step.SAID, who="approver", now=later)
    gone = news(released)
    assert (gone.adults, dict(gone.notes), gone.changed) == ((), {}, {Step.SAID: later.date()})
    with pytest.raises(Conflict, match="nothing to take back"):
        by(released, feedbacknotes.take_back, Step.SAID)
    with read(released.engine) as db:
        last = db.scalars(select(AuditEvent).order_by(AuditEvent.number.desc())).first()
        assert last is not None
        assert (last.verb, last.actor) == ("feedback.taken_back", released.people["approver"].id)
    version = view(released).ideas[0].version
    by(released, feedback.change_idea, one, version, IdeaSource.ADULTS, {**WORDS, "en": "Within one day."})
    assert not news(released).adults
    read_over(released, Step.SAID, view(released).notes[Step.SAID].digest, now=later)
    back = news(released)
    assert (back.adults[0].words.text, back.changed) == ("Within one day.", {Step.SAID: later.date()})


def test_taking_back_breaks_no_promise_for_as_long_as_the_first_one_had(released: Stage) -> None:
    idea(released)
    published(released, Step.SAID)
    day = NOW + timedelta(days=100)
    by(released, feedbacknotes.take_back, Step.SAID, now=day)
    said = view(released).promises[0]
    assert (said.kept, said.due) == (None, day.date() + timedelta(days=60))


def test_what_a_database_was_made_to_show_is_not_shown(released: Stage) -> None:
    """What somebody changed by hand, past every guard, is not what two people confirmed."""
    idea(released)
    published(released, Step.SAID)
    with released.engine.begin() as by_hand:
        postgresql = by_hand.dialect.name == "postgresql"
        off = "ALTER TABLE main_ideas DISABLE TRIGGER ALL" if postgresql else "DROP TRIGGER main_ideas_said_stays"
        by_hand.execute(text(off))
        by_hand.execute(text('UPDATE main_ideas SET words = \'{"en": "The girl in the wheelchair."}\''))
    assert (news(released).adults, dict(news(released).notes)) == ((), {})


def test_without_a_report_nothing_is_published(stage_on_sqlite: Stage) -> None:
    idea(stage_on_sqlite)
    with pytest.raises(Conflict, match="no report yet"):
        published(stage_on_sqlite, Step.SAID)


@pytest.mark.parametrize("who", ["lead1", "reviewer1"])
def test_others_do_not_write_what_participants_read(released: Stage, who: str) -> None:
    with pytest.raises(Denied):
        by(released, feedback.add_idea, IdeaSource.ADULTS, WORDS, who=who)


def _alone(db: Session, stage: Stage) -> Consultation:
    """The consultation as if the parts that never opened were not there: its life then follows the one that did."""
    return db.get_one(Consultation, stage.consultation_id)


def test_answers_end_the_wait_of_a_consultation_whose_parts_are_over(released: Stage) -> None:
    answered(released, idea(released))
    published(released, Step.SAID)
    with write(released.engine) as db:
        _alone(db, released).state = ConsultationState.FEEDBACK_DUE
    published(released, Step.ANSWERS)
    with read(released.engine) as db:
        assert _alone(db, released).state == ConsultationState.FED_BACK


def test_two_overdue_promises_keep_the_organisation_from_asking_again(released: Stage) -> None:
    late = NOW + timedelta(days=200)
    with pytest.raises(Conflict, match="still wait to hear back"):
        make_consultation(released, "Another", (), late)
    idea(released)
    published(released, Step.SAID, now=late)
    make_consultation(released, "Another", (), late)


def test_a_consultation_that_nobody_came_to_owes_nothing(stage_on_sqlite: Stage) -> None:
    assert view(stage_on_sqlite).promises == ()
    make_consultation(stage_on_sqlite, "Another", (), NOW + timedelta(days=900))


def test_while_a_part_is_open_the_year_has_not_begun(released: Stage) -> None:
    open_part(released, "children")
    assert [each.due is None for each in view(released).promises] == [True, False, True]
    close_part(released, "children")
    assert [each.due is None for each in view(released).promises] == [False, False, False]
    with read(released.engine) as db:
        assert db.get_one(Strand, released.strands["children"]).state == "closed"
