"""Allegations: what relies on somebody shuts at once, and whom it is about neither sees it nor ends it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, ConsultError, Denied, Invalid, NotFound
from consult.models import Appointment, AuditEvent, Notice, Person, Quarantine, Strand, SupportService, Verdict
from consult.services.actors import Actor, actor_of
from consult.services.auditing import Verb
from consult.services.desks.auditlog import log_page
from consult.services.desks.waiting import Task, waiting_for
from consult.services.evidence import allegations
from consult.services.gate.gating import judge
from consult.services.holders import recusal
from consult.services.report import quarantinedesk
from safeguards.lifecycle import StrandState
from safeguards.record import IncidentKind
from safeguards.telling import Matter
from safeguards.terms import Role
from tests.scenario import NOW, give, open_part, row


def log(stage: Stage, by: str, code: str, passphrase: str | None = None, kind: str = "allegation") -> str:
    words = stage.passphrases[by] if passphrase is None else passphrase
    with write(stage.engine) as db:
        given = IncidentKind(kind), code, words, NOW
        return allegations.log(db, stage.keys, stage.policy, _now(stage, by), *given).id


def end(stage: Stage, by: str, allegation: str) -> None:
    with write(stage.engine) as db:
        words = stage.passphrases[by]
        allegations.say_nothing_stands(db, stage.keys, _now(stage, by), allegation, words, NOW)


def seen(stage: Stage, by: str) -> list[str]:
    with read(stage.engine) as db:
        return [each.id for each in allegations.allegations(db, _now(stage, by))]


def gate(stage: Stage, key: str) -> str:
    with read(stage.engine) as db:
        return judge(db, db.get_one(Strand, stage.strands[key]), stage.policy, NOW).evaluation.row


def _now(stage: Stage, who: str) -> Actor:
    with read(stage.engine) as db:
        return actor_of(db.get_one(Person, stage.people[who].id))


def about(stage: Stage, who: str) -> str:
    return f"person/{stage.people[who].id}"


def test_what_relies_on_somebody_pauses_at_once_and_what_was_sent_is_set_apart(stage: Stage) -> None:
    open_part(stage, "children")
    give(stage, "children", 2)
    log(stage, "lead1", about(stage, "facilitator"))
    paused = row(stage, "children")
    assert paused.state == StrandState.SUSPENDED
    assert paused.finish_by is None, "nobody finishes either"
    assert stage.people["facilitator"].id not in (paused.state_reason or ""), "whoever reads it may be the one"
    assert {gate(stage, key) for key in stage.strands} == {"D2"}
    with read(stage.engine) as db:
        assert db.scalars(select(Quarantine.cause)).all() == ["incident"]
        (event,) = db.scalars(select(AuditEvent).where(AuditEvent.verb == Verb.INCIDENT_OPENED))
        assert event.facts == {"kind": "allegation", "about": "person"}


def test_other_parts_go_on(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, "children")
    log(stage, "approver", "venue/a quiet room (invented)", kind="serious_incident")
    assert gate(stage, "child_survivors") == "D2"
    assert gate(stage, "children") != "D2"
    assert row(stage, "children").state == StrandState.OPEN


def test_a_service_is_refused_where_it_is_named(stage_on_sqlite: Stage) -> None:
    with read(stage_on_sqlite.engine) as db:
        service = db.scalars(select(SupportService.id)).first()
    log(stage_on_sqlite, "lead1", f"partner/{service}")
    assert gate(stage_on_sqlite, "children") == "D2"


def test_it_ends_with_a_leads_and_the_approvers_yes_and_opens_nothing_by_itself(stage: Stage) -> None:
    open_part(stage, "children")
    found = log(stage, "lead1", about(stage, "facilitator"))
    end(stage, "lead2", found)
    assert gate(stage, "children") == "D2", "one yes ends nothing"
    with pytest.raises(Denied):
        end(stage, "lead1", found)
    end(stage, "approver", found)
    assert gate(stage, "children") != "D2"
    assert row(stage, "children").state == StrandState.SUSPENDED
    with pytest.raises(Conflict):
        end(stage, "lead1", found)


def test_half_a_yes_goes_with_who_is_kept_out_and_they_give_none_again(stage: Stage) -> None:
    """Also with a role for the whole organisation: a conflict of interest in one part that relies on it is one."""
    lead, found = stage.people["lead2"], log(stage, "lead1", about(stage, "facilitator"))
    elsewhere = log(stage, "lead1", about(stage, "manager"))
    end(stage, "lead2", found)
    with write(stage.engine) as db:
        typed = stage.passphrases["lead2"]
        recusal.declare(db, stage.keys, lead, stage.consultation_id, lead.id, "A friend of theirs", typed, NOW)
    end(stage, "approver", found)
    assert gate(stage, "children") == "D2", "the half of who is kept out completes nothing"
    assert not waits_at_home(stage, "lead2", found)
    with pytest.raises(Denied):
        end(stage, "lead2", found)
    end(stage, "lead2", elsewhere)
    end(stage, "lead1", found)
    assert gate(stage, "children") != "D2"


def test_whom_it_is_about_neither_sees_nor_ends_it(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    found = log(stage, "lead1", about(stage, "lead2"))
    assert seen(stage, "lead2") == []
    with pytest.raises(NotFound):
        end(stage, "lead2", found)
    with pytest.raises(Invalid):
        log(stage, "lead2", about(stage, "lead2"))
    assert seen(stage, "lead1") == seen(stage, "approver") == [found]
    with read(stage.engine) as db:
        logged = {who: {line.verb for line in log_page(db, _now(stage, who)).lines} for who in ("lead1", "lead2")}
    assert Verb.INCIDENT_OPENED in logged["lead1"]
    assert Verb.INCIDENT_OPENED not in logged["lead2"]


def test_whom_it_is_about_has_no_word_about_the_answers_that_it_set_apart(stage: Stage) -> None:
    open_part(stage, "children")
    give(stage, "children", 2)
    log(stage, "lead1", about(stage, "lead2"))
    with write(stage.engine) as db:
        strand, apart = db.get_one(Strand, stage.strands["children"]), db.scalars(select(Quarantine)).one()
        given = strand, apart.id, Verdict.CLEAR
        with pytest.raises(Denied):
            quarantinedesk.decide(db, stage.keys, _now(stage, "lead2"), *given, stage.passphrases["lead2"], NOW)
        assert quarantinedesk.decisions_for(db, _now(stage, "lead2")) == ()
        quarantinedesk.decide(db, stage.keys, _now(stage, "lead1"), *given, stage.passphrases["lead1"], NOW)
        assert apart.lead_id == stage.people["lead1"].id


@pytest.mark.parametrize(
    ("by", "code", "passphrase", "refusal"),
    [
        ("facilitator", "lead1", None, Invalid),
        ("reviewer1", "lead1", None, Invalid),
        ("manager", "lead1", None, Invalid),
        ("admin", "lead1", None, Invalid),
        ("lead1", "facilitator", "not mine", Denied),
        ("lead1", "nobody", None, Invalid),
    ],
)
def test_only_who_decides_logs_one_and_types_the_passphrase(
    stage_on_sqlite: Stage, by: str, code: str, passphrase: str | None, refusal: type[ConsultError]
) -> None:
    stage = stage_on_sqlite
    whom = about(stage, code) if code in stage.people else f"person/{code}"
    with pytest.raises(refusal):
        log(stage, by, whom, passphrase)
    assert gate(stage, "children") != "D2"


def test_the_same_twice_is_one(stage_on_sqlite: Stage) -> None:
    log(stage_on_sqlite, "lead1", about(stage_on_sqlite, "facilitator"))
    with pytest.raises(Conflict):
        log(stage_on_sqlite, "approver", about(stage_on_sqlite, "facilitator"))


def test_a_lead_of_one_consultation_reaches_what_it_relies_on_and_nothing_else(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    with write(stage.engine) as db:
        (only,) = db.scalars(select(Appointment).where(Appointment.person_id == stage.people["manager"].id))
        only.role, only.consultation_id = Role.SAFEGUARDING_LEAD, stage.consultation_id
    found, other = log(stage, "lead1", about(stage, "facilitator")), log(stage, "lead1", about(stage, "admin"))
    assert seen(stage, "manager") == [found]
    assert other in seen(stage, "lead1")
    with pytest.raises(NotFound):
        end(stage, "manager", other)


def waits_at_home(stage: Stage, by: str, allegation: str) -> bool:
    with read(stage.engine) as db:
        found = waiting_for(db, _now(stage, by), stage.policy, NOW)
        return allegation in {each.request_id for each in found if each.task is Task.END_ALLEGATION}


def told(stage: Stage) -> set[str]:
    names = {who.id: name for name, who in stage.people.items()}
    with read(stage.engine) as db:
        rows = db.scalars(select(Notice).where(Notice.matter == Matter.ALLEGATION, Notice.done_on.is_(None)))
        return {names[each.person_id] for each in rows}


def test_whoever_can_still_end_it_is_told_and_sees_it_at_home_and_nobody_else(stage: Stage) -> None:
    found = log(stage, "lead1", about(stage, "lead2"))
    assert told(stage) == {"approver"}, "not whoever logged it, never whom it is about"
    assert [waits_at_home(stage, each, found) for each in ("lead1", "approver")] == [True, True]
    assert [waits_at_home(stage, each, found) for each in ("lead2", "facilitator", "manager")] == [False] * 3
    end(stage, "approver", found)
    assert told(stage) == {"lead1"}, "it is the lead's turn"
    assert [waits_at_home(stage, each, found) for each in ("lead1", "approver", "lead2")] == [True, False, False]
    end(stage, "lead1", found)
    assert told(stage) == set()
    assert not waits_at_home(stage, "lead1", found)
