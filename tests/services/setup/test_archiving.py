"""The end of a consultation: only when everybody was answered and nothing is kept, and then for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied
from consult.models import AuditEvent, Consultation, InclusionKey, InclusionShare, Strand
from consult.services.auditing import Verb
from consult.services.desks import desk
from consult.services.feedback.news import news_of
from consult.services.safekeeping.retention import end_retention
from consult.services.setup import archiving
from consult.services.setup.drafting import may_change, may_edit
from consult.services.signed import signing
from safeguards.lifecycle import ConsultationState, StrandState
from safeguards.promises import Stage as Step
from tests.scenario import NOW, after, closed_with, with_release
from tests.services.feedback.test_feedback import WORDS, answered, idea, published

KEPT = timedelta(days=90)
YEAR = timedelta(days=365)


def _fed_back(stage: Stage) -> Stage:
    """Everybody was answered; the parts that never opened are drafts."""
    with_release(stage)
    answered(stage, idea(stage))
    published(stage, Step.SAID)
    with write(stage.engine) as db:
        db.execute(update(Consultation).values(state=ConsultationState.FEEDBACK_DUE))
        db.execute(update(Strand).where(Strand.state == StrandState.GATE_PENDING).values(state=StrandState.DRAFT))
    published(stage, Step.ANSWERS)
    return stage


fed_back = after(_fed_back)


def archive(stage: Stage, who: str = "facilitator") -> None:
    with write(stage.engine) as db:
        archiving.archive(db, stage.keys, stage.people[who], stage.consultation_id, NOW + KEPT)


def keep_no_longer(stage: Stage) -> None:
    with write(stage.engine) as db:
        assert end_retention(db, stage.keys, stage.policy, NOW + KEPT)


def state(stage: Stage) -> str:
    with read(stage.engine) as db:
        return db.get_one(Consultation, stage.consultation_id).state


def test_not_while_answers_are_kept_and_not_by_everybody(fed_back: Stage) -> None:
    with pytest.raises(Denied, match="answers of every part are destroyed"):
        archive(fed_back)
    keep_no_longer(fed_back)
    for who in ("reviewer1", "lead1", "operator"):
        with pytest.raises(Denied, match="data protection lead"):
            archive(fed_back, who)
    assert state(fed_back) == ConsultationState.FED_BACK


@pytest.mark.parametrize("who", ["facilitator", "manager", "dpl"])
def test_when_nothing_is_kept_it_is_archived_for_good_and_its_key_is_gone(fed_back: Stage, who: str) -> None:
    keep_no_longer(fed_back)
    archive(fed_back, who)
    with read(fed_back.engine) as db:
        assert db.scalars(select(InclusionKey)).all() == []
        assert db.scalars(select(InclusionShare)).all() == []
        event = db.scalars(select(AuditEvent).order_by(AuditEvent.number.desc())).first()
        assert event is not None
        assert (event.verb, event.facts, event.actor) == (
            Verb.CONSULTATION_CHANGED,
            {"move": "archive"},
            fed_back.people[who].id,
        )
        (card,) = desk.consultations(db, fed_back.people["facilitator"])
        assert card.archived
    with pytest.raises(Denied):
        archive(fed_back, who)


def test_in_an_archived_one_nothing_can_be_changed_sent_or_opened(fed_back: Stage) -> None:
    keep_no_longer(fed_back)
    archive(fed_back)
    facilitator = fed_back.people["facilitator"]
    with write(fed_back.engine) as db:
        strand = db.get_one(Strand, fed_back.strands["children"])
        assert not may_edit(db, facilitator, strand).ok
        assert not may_change(facilitator, db.get_one(Consultation, fed_back.consultation_id)).ok
        with pytest.raises(Conflict, match="archived"):
            signing.send_for_signature(db, fed_back.keys, facilitator, strand, NOW + KEPT)


def test_what_came_of_it_is_still_published_a_year_later(fed_back: Stage) -> None:
    keep_no_longer(fed_back)
    archive(fed_back)
    published(fed_back, Step.IMPACT, now=NOW + YEAR)
    with read(fed_back.engine) as db:
        news = news_of(db, fed_back.strands["young_adults"], "en", fed_back.policy, NOW + YEAR)
    assert news.notes[Step.IMPACT].text == WORDS["en"]
    assert state(fed_back) == ConsultationState.ARCHIVED


def test_not_before_everybody_was_answered(stage_on_sqlite: Stage) -> None:
    closed_with(stage_on_sqlite, "young_adults", 2)
    with pytest.raises(Denied, match="main idea has its answer"):
        archive(stage_on_sqlite)
