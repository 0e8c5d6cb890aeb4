"""A date that is added after signing: within what was signed, proven by itself, asked of the whole gate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo import setup
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.jobs.notices import reminders
from consult.models import AddedMeeting, Evidence, LiveSession, Notice, SessionNote, Signature, Strand, StrandState
from consult.services.evidence import attesting
from consult.services.gate import addedmeetings
from consult.services.gate.gating import judge
from consult.services.gate.meetingproof import not_proven
from consult.services.live import livesessions, sessionviews
from consult.services.live.livesessions import SessionDesk
from consult.services.safekeeping import retention
from consult.services.signed import running
from safeguards.livesession import Phase
from safeguards.telling import Matter
from tests.meetings import STARTS, act, at, built_live, closed, now_in, prepared
from tests.scenario import NOW, copied

AGAIN = timedelta(days=4)
DAY = 24 * 60
NEW = STARTS + timedelta(days=2)


@pytest.fixture(scope="module")
def twice(sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage]:
    """A part that meets twice, four days apart, signed and open. Built once; every test works on a copy."""
    return built_live(sent_on_sqlite, tmp_path_factory.mktemp("twice"), again=AGAIN)


@pytest.fixture
def part(twice: tuple[Path, Stage], tmp_path: Path) -> Iterator[Stage]:
    with copied(twice, tmp_path) as stage:
        yield stage


def add(stage: Stage, starts: datetime | None = NEW, by: str = "facilitator", like: str = "meeting-1") -> str:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["meeting"])
        return addedmeetings.add_meeting(db, stage.keys, stage.people[by], strand, like, starts, at(0)).meeting


def prove(stage: Stage, meeting: str) -> None:
    """What is asked for this meeting alone, attested by one and checked by another."""
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["meeting"])
        for requirement_id, _ in not_proven(db, strand, stage.policy, at(1))[meeting]:
            requirement = stage.policy.requirements[requirement_id]
            who, outside = setup._attester(stage, requirement)
            said = attesting.EvidenceValues(requirement_id, meeting, "Seen (invented)", outside_person=outside)
            row = attesting.attest(db, stage.keys, stage.policy, who, strand, said, at(1))
            checker = setup._verifier(stage, requirement, {who.id})
            attesting.verify(db, stage.keys, stage.policy, checker, strand, row.id, at(1))


def state(stage: Stage) -> str:
    with read(stage.engine) as db:
        return db.get_one(Strand, stage.strands["meeting"]).state


@pytest.mark.parametrize(
    ("starts", "like", "field"),
    [
        (STARTS + AGAIN + timedelta(minutes=1), "meeting-1", "starts"),
        (STARTS - timedelta(days=1), "meeting-1", "starts"),
        (STARTS + AGAIN - timedelta(minutes=30), "meeting-1", "starts"),
        (None, "meeting-1", "starts"),
        (NEW, "meeting-9", "like"),
    ],
)
def test_what_was_not_signed_is_refused(part: Stage, starts: datetime | None, like: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(part, starts, like=like)
    assert set(refused.value.problems) == {field}


def test_it_is_not_added_where_another_group_meets(part: Stage) -> None:
    """The other part would lapse, and what was said there be set apart, by the hand of a team that does not see it."""
    with write(part.engine) as db:
        mine = db.get_one(Strand, part.strands["meeting"])
        other = db.scalars(select(Strand).where(Strand.consultation_id != mine.consultation_id)).first()
        assert other is not None
        times = {"starts": NEW.isoformat(), "ends": (NEW + timedelta(hours=1)).isoformat()}
        there = {**mine.facts["sessions"][0], **times, "id": "other", "venue": mine.facts["venue"].upper()}
        other.mode, other.state, other.facts = mine.mode, StrandState.DECIDED, {**other.facts, "sessions": [there]}
    with pytest.raises(Invalid) as refused:
        add(part)
    assert refused.value.problems == {"starts": ("Another group meets in the same place at that time.",)}
    assert add(part, NEW + timedelta(hours=1))


def test_it_stands_among_the_meetings_and_changes_nothing_about_what_was_signed(part: Stage) -> None:
    for nobody in ("lead2", "manager"):
        with pytest.raises(Denied):
            add(part, by=nobody)
    meeting = add(part)
    with write(part.engine) as db:
        strand = db.get_one(Strand, part.strands["meeting"])
        listed = sessionviews.planned_sessions(db, strand, part.policy, at(0))
        assert [each.id for each in listed] == ["meeting-1", meeting, "meeting-2"]
        judgement = judge(db, strand, part.policy, at(90))
        signed = db.scalars(select(Signature.plan_digest).where(Signature.strand_id == strand.id)).one()
        assert judgement.plan.digest() == signed
        assert running.sweep(db, part.keys, part.policy, at(90)) == [], "what is not proven yet shuts nothing"
        db.add(
            AddedMeeting(
                strand_id=strand.id,
                plan_digest="of another plan",
                meeting="elsewhere",
                facts={**strand.facts["sessions"][0], "id": "elsewhere"},
                added_by=strand.author_id,
                added_at=at(0),
            )
        )
        db.flush()
        assert "elsewhere" not in {each["id"] for each in addedmeetings.added_to(db, strand)}
    assert state(part) == StrandState.OPEN


def test_it_starts_only_when_its_own_safeguards_are_proven_and_a_lapse_ends_it(part: Stage) -> None:
    meeting, later = add(part), 2 * DAY
    session_id = prepared(part, later, meeting)
    with pytest.raises(Conflict):
        act(part, session_id, later, SessionDesk.start)
    with read(part.engine) as db:
        strand, sitting = livesessions.sitting_in(db, part.people["facilitator"], session_id, part.policy)
        missing = livesessions.lacking(db, part.policy, strand, sitting, at(later))
        assert any(each.about.startswith(part.policy.requirements["SAF-04"].title) for each in missing)
        assert meeting in not_proven(db, strand, part.policy, at(1))
    prove(part, meeting)
    act(part, session_id, later, SessionDesk.start)
    assert now_in(part, session_id, later + 1).phase is Phase.RUNNING
    with write(part.engine) as db:
        strand = db.get_one(Strand, part.strands["meeting"])
        proof = (Evidence.requirement == "SAF-10", Evidence.subject == meeting)
        row = db.scalars(select(Evidence).where(*proof)).one()
        lead, why = part.people["lead1"], "The room is another one"
        attesting.revoke(db, part.keys, part.policy, lead, strand, row.id, why, at(later + 2))
    assert state(part) == StrandState.SUSPENDED, "from its start on the gate looks at it at every event"


def take_off(stage: Stage, meeting: str, by: str = "facilitator") -> None:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["meeting"])
        addedmeetings.take_off(db, stage.keys, stage.people[by], strand, meeting, at(1))


def test_it_is_taken_off_again_before_its_pre_check_and_not_after(part: Stage) -> None:
    meeting = add(part)
    with pytest.raises(Denied):
        take_off(part, meeting, by="lead2")
    with pytest.raises(NotFound):
        take_off(part, "meeting-1")
    take_off(part, meeting)
    with read(part.engine) as db:
        assert addedmeetings.added_to(db, db.get_one(Strand, part.strands["meeting"])) == ()
    with pytest.raises(NotFound):
        take_off(part, meeting)
    assert add(part) == meeting, "the same date can be added anew"
    with write(part.engine) as db:
        db.add(
            LiveSession(
                strand_id=part.strands["meeting"],
                meeting=meeting,
                opened_by=part.people["facilitator"].id,
                opened_at=at(1),
            )
        )
    with pytest.raises(Conflict, match="pre-check has begun"):
        take_off(part, meeting)


def test_a_missing_proof_of_the_next_meeting_is_told_before_it_closes_the_part(part: Stage) -> None:
    def waiting(days: float) -> list[str]:
        now = STARTS + timedelta(days=days)
        reminders(part.engine, part.keys, part.policy, now)
        with read(part.engine) as db:
            told = select(Notice.person_id).where(Notice.matter == Matter.MEETING_PROOFS, Notice.done_on.is_(None))
            return list(db.scalars(told))

    assert waiting(0) == [], "both meetings are proven"
    with write(part.engine) as db:
        row = db.scalars(
            select(Evidence).where(Evidence.subject == "meeting-2", Evidence.requirement == "SAF-10")
        ).one()
        row.revoked_by, row.revoked_at, row.revoked_reason = part.people["lead1"].id, NOW, "Another room"
    assert part.people["facilitator"].id in waiting(0)
    assert waiting(1) == [], "the first meeting is over: it is no reminder any more, it has closed the part"


def test_what_was_noted_goes_with_the_key_of_the_part_and_not_before(part: Stage) -> None:
    session_id = prepared(part)
    act(part, session_id, 0, SessionDesk.start)
    closed(part, session_id, 50)
    with write(part.engine) as db:
        running.close(db, part.keys, part.people["lead1"], db.get_one(Strand, part.strands["meeting"]), at(6 * DAY))
    with write(part.engine) as db:
        (ending,) = [each for each in retention.endings(db, part.policy) if each.strand_id == part.strands["meeting"]]
        retention.end_retention(db, part.keys, part.policy, ending.at - timedelta(seconds=1))
        assert db.scalars(select(SessionNote.number)).all() != []
        retention.end_retention(db, part.keys, part.policy, ending.at)
        for table in (SessionNote, LiveSession):
            assert db.scalars(select(table)).all() == []
