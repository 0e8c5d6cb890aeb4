"""Joining, leaving and drawing new halves: who can, who is told, and that a leaver's old half opens nothing (7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.cli import main
from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, ConsultError, Denied, Invalid
from consult.jobs.retention import leavers
from consult.models import (
    AuditEvent,
    Epoch,
    OpeningMode,
    Person,
    Response,
    ResponseShare,
    Strand,
    StrandKey,
    StrandShare,
)
from consult.sealing.epoch import SealedEpoch
from consult.sealing.identity import LIGHT, unwrap_identity
from consult.sealing.opening import GrantTerms
from consult.sealing.record import StoredRecord
from consult.sealing.strand import open_share
from consult.sealing.suite import SealingError
from consult.services.auditing import Verb
from consult.services.desks.waiting import Task, waiting_for
from consult.services.holders import appointing, holding, joining, leaving, redrawing
from consult.services.keys import confirming
from consult.services.keys.keystore import check_all_keys, generation_of, stored_key
from consult.services.opening import reading
from consult.services.people import accounts, onboarding
from consult.services.people.identities import identity_of
from consult.services.tables.payload import ANSWERS_SCHEMA
from safeguards.lifecycle import StrandState
from safeguards.terms import Role
from tests.scenario import COOKIE, NOW, ROOT, ask, close_part, copied, further, give, grant, make, open_part, row
from tests.sealing.thief import Stored, read_records
from tests.toolbox.installation import installed_over
from tests.toolbox.rows import stuck

PART = "young_adults"


@pytest.fixture(scope="module")
def _closed(sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage]:
    return further(sent_on_sqlite, tmp_path_factory.mktemp("ceremonies"), _answered)


@pytest.fixture
def closed(_closed: tuple[Path, Stage], tmp_path: Path) -> Iterator[Stage]:
    """A part that three people have answered, and a third lead and a third reviewer who are confirmed."""
    with copied(_closed, tmp_path) as stage:
        yield stage


def _answered(stage: Stage) -> Stage:
    open_part(stage, PART)
    give(stage, PART, 3)
    close_part(stage, PART)
    for name, role in (("lead3", Role.SAFEGUARDING_LEAD), ("reviewer3", Role.ANALYST)):
        arrive(stage, name, role)
    return stage


def arrive(stage: Stage, name: str, role: Role) -> None:
    """Somebody is invited, sets a passphrase and is confirmed."""
    with write(stage.engine) as db:
        admin, email = stage.people["admin"], f"{name}@demo.example"
        code = onboarding.invite(db, stage.keys, admin, name.capitalize(), email, [role], NOW).code
        stage.people[name], own = onboarding.accept(db, stage.keys, code, NOW, stretching=LIGHT)
        stage.passphrases[name] = own.passphrase
        confirm(stage, db, name)


def confirm(stage: Stage, db: Session, name: str) -> None:
    heard, witness = confirming.fingerprint_of(db, stage.keys, stage.people[name]), stage.people["manager"]
    said = stage.passphrases["manager"]
    confirming.confirm_holder(db, stage.keys, witness, stage.people[name].id, heard, said, NOW)


def join(stage: Stage, name: str, by: str) -> None:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        joining.join(db, stage.keys, stage.people[by], strand, stage.people[name].id, stage.passphrases[by], NOW)


def leave(stage: Stage, name: str) -> None:
    with write(stage.engine) as db:
        leaving.end_account(db, stage.keys, stage.policy, f"{name}@demo.example", NOW)


def ask_for_halves(stage: Stage, by: str = "reviewer1") -> str:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        ends, mode = NOW + timedelta(hours=8), OpeningMode.REWRAP
        return reading.ask(db, stage.keys, stage.people[by], strand, "Somebody left.", ends, COOKIE, NOW, mode).id


def draw(stage: Stage, request: str, by: str = "reviewer1", cookie: bytes = COOKIE) -> None:
    with write(stage.engine) as db:
        redrawing.redraw(db, stage.keys, stage.people[by], request, stage.passphrases[by], cookie, NOW)


def ceremony(stage: Stage, lead: str, reviewer: str) -> None:
    request = ask_for_halves(stage, reviewer)
    grant(stage, request, lead)
    draw(stage, request, reviewer)


def holders(stage: Stage) -> set[str]:
    names = {who.id: name for name, who in stage.people.items()}
    with read(stage.engine) as db:
        strand_id = stage.strands[PART]
        shares = db.scalars(select(StrandShare.person_id).where(StrandShare.strand_id == strand_id))
        return {names[each] for each in shares}


def tasks(stage: Stage, name: str) -> set[Task]:
    with read(stage.engine) as db:
        return {each.task for each in waiting_for(db, stage.people[name], stage.policy, NOW)}


def stored(stage: Stage) -> Stored:
    """What a thief takes of the part today."""
    with read(stage.engine) as db:
        strand_id = stage.strands[PART]
        key = stored_key(db, stage.keys.row_seal, strand_id)
        epochs = db.scalars(select(Epoch).where(Epoch.strand_id == strand_id)).all()
        answers = db.execute(select(Response, ResponseShare.share).join(ResponseShare)).all()
        people = {each.id: identity_of(each) for each in db.scalars(select(Person)) if each.public_key}
        return Stored(
            people=people,
            strand=key,
            epochs=tuple(
                SealedEpoch(e.id, e.strand_id, e.sealed_key, e.row_seal, e.inclusion_generation, e.sealed_profile_key)
                for e in epochs
            ),
            records=tuple(StoredRecord(r.id, r.epoch_id, share, r.sealed) for r, share in answers),
            schema=ANSWERS_SCHEMA,
            terms=GrantTerms("none", strand_id, "a", "b", "tables", ""),
            wrapped_request=b"",
            grant=b"",
        )


# ---- joining


def test_a_holder_gives_his_half_on_and_the_joiner_opens_with_it(closed: Stage) -> None:
    join(closed, "lead3", by="lead1")
    join(closed, "reviewer3", by="reviewer2")
    assert holders(closed) == {"lead1", "lead2", "lead3", "reviewer1", "reviewer2", "reviewer3"}
    request = ask(closed, PART, "reviewer3")
    grant(closed, request, "lead3")
    assert row(closed, PART).state == StrandState.CLOSED
    with read(closed.engine) as db:
        check_all_keys(db, closed.keys)


def test_everybody_else_who_holds_a_half_is_told(closed: Stage) -> None:
    join(closed, "lead3", by="lead1")
    for name in ("lead2", "reviewer1", "reviewer2"):
        assert Task.HOLDER_JOINED in tasks(closed, name), name
    with read(closed.engine) as db:
        joined = db.scalars(select(AuditEvent.actor).where(AuditEvent.verb == Verb.HOLDER_JOINED)).all()
        page = holding.key_page(db, closed.people["reviewer1"], db.get_one(Strand, closed.strands[PART]))
    assert joined == [closed.people["lead1"].id]
    assert [(each.who, each.by) for each in page.changes] == [("Lead3", closed.people["lead1"].name)]


@pytest.mark.parametrize(
    ("name", "by"), [("lead3", "reviewer1"), ("reviewer3", "lead1"), ("lead2", "lead1"), ("facilitator", "lead1")]
)
def test_nobody_joins_in_another_role_twice_or_without_one(closed: Stage, name: str, by: str) -> None:
    with pytest.raises(Invalid):
        join(closed, name, by)
    assert holders(closed) == {"lead1", "lead2", "reviewer1", "reviewer2"}


@pytest.mark.parametrize("by", ["admin", "lead3", "facilitator"])
def test_whoever_holds_no_half_adds_nobody(closed: Stage, by: str) -> None:
    with pytest.raises(Denied):
        join(closed, "lead3", by)


def test_a_wrong_passphrase_gives_nothing_on(closed: Stage) -> None:
    closed.passphrases["lead1"] = "wrong"
    with pytest.raises(Denied):
        join(closed, "lead3", "lead1")


def test_while_people_answer_nobody_joins(stage_on_sqlite: Stage) -> None:
    """Who can open stands in the plan that was signed."""
    open_part(stage_on_sqlite, PART)
    arrive(stage_on_sqlite, "lead3", Role.SAFEGUARDING_LEAD)
    with pytest.raises(Denied, match="Pause it"):
        join(stage_on_sqlite, "lead3", "lead1")


def test_whoever_held_the_other_half_joins_only_after_new_ones_are_drawn(closed: Stage) -> None:
    """A lead who becomes an analyst, and kept a copy of everything from before, would open alone."""
    join(closed, "lead3", by="lead1")
    lead, admin = closed.people["lead3"], closed.people["admin"]
    with write(closed.engine) as db:
        passphrase, roles = closed.passphrases["admin"], [Role.ANALYST]
        appointing.set_roles(db, closed.keys, closed.policy, admin, lead.id, [Role.TRANSLATION_LEAD], passphrase, NOW)
        appointing.set_roles(db, closed.keys, closed.policy, admin, lead.id, roles, passphrase, NOW)
        confirm(closed, db, "lead3")
    with pytest.raises(Invalid):
        join(closed, "lead3", by="reviewer1")
    ceremony(closed, "lead1", "reviewer1")
    join(closed, "lead3", by="reviewer1")
    assert "lead3" in holders(closed)


# ---- leaving


def test_a_leavers_half_goes_at_once_and_the_part_waits(closed: Stage) -> None:
    leave(closed, "lead2")
    assert holders(closed) == {"lead1", "reviewer1", "reviewer2"}
    with read(closed.engine) as db:
        assert [name for _, name in leaving.waiting_for_new_halves(db)] == ["Young adults 18 to 24"]
    assert Task.NEW_HALVES in tasks(closed, "reviewer1")


def test_the_check_names_parts_that_wait_for_new_halves(
    closed: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed_over(monkeypatch, closed.engine, ROOT, tmp_path)
    assert main(["check"]) == 0
    leave(closed, "lead2")
    capsys.readouterr()
    assert main(["check"]) == 1
    assert "Young adults 18 to 24: somebody who held its key left" in capsys.readouterr().out
    join(closed, "lead3", by="lead1")
    ceremony(closed, "lead1", "reviewer1")
    assert main(["check"]) == 0


def test_ending_an_account_in_the_database_alone_is_seen_to_as_well(closed: Stage) -> None:
    with write(closed.engine) as db:
        for name in ("lead2", "reviewer2"):
            accounts.disable(db, closed.keys, f"{name}@demo.example", NOW)
    sweep = partial(leavers, closed.engine, closed.keys, closed.policy, NOW)
    stays = closed.people["reviewer2"].id
    with stuck(closed.engine, "DELETE", StrandShare.person_id, stays), pytest.raises(Conflict, match="1 were"):
        sweep()
    assert {"lead2", "reviewer2"} & holders(closed) == {"reviewer2"}
    assert sweep() == "1 left"


def test_a_passphrase_that_others_may_know_is_handled_as_a_leavers(closed: Stage) -> None:
    before = closed.passphrases["lead2"]
    with write(closed.engine) as db:
        made = leaving.passphrase_known(db, closed.keys, closed.policy, closed.people["lead2"], before, NOW)
        closed.passphrases["lead2"] = made.passphrase
    assert "lead2" not in holders(closed)
    with pytest.raises(Invalid):  # nobody has confirmed the new key
        join(closed, "lead2", by="lead1")
    with write(closed.engine) as db:
        confirm(closed, db, "lead2")
    join(closed, "lead2", by="lead1")
    ceremony(closed, "lead2", "reviewer1")
    assert read_records(stored(closed), ROOT, [before, closed.passphrases["reviewer1"]]) == set()


# ---- new halves


def test_a_lead_and_a_reviewer_draw_new_halves_and_everything_still_opens(closed: Stage) -> None:
    leave(closed, "lead2")
    join(closed, "lead3", by="lead1")
    before = stored(closed)
    ceremony(closed, "lead1", "reviewer2")
    after = stored(closed)
    assert (before.strand.generation, after.strand.generation) == (1, 2)
    assert before.strand.public == after.strand.public
    assert holders(closed) == {"lead1", "lead3", "reviewer1", "reviewer2"}
    with read(closed.engine) as db:
        assert leaving.waiting_for_new_halves(db) == []
        assert generation_of(db, closed.strands[PART]) == 2
        check_all_keys(db, closed.keys)
    both = [closed.passphrases[name] for name in ("lead3", "reviewer1")]
    assert len(read_records(after, ROOT, both)) == 3


def test_after_the_ceremony_a_leavers_old_half_opens_nothing(closed: Stage) -> None:
    """Promise 7; the control is the same theft before the ceremony."""
    old = stored(closed)
    leave(closed, "lead2")
    join(closed, "lead3", by="lead1")
    conspirators = [closed.passphrases[name] for name in ("lead2", "reviewer1")]
    mine = next(s for s in old.strand.shares if s.holder_id == closed.people["lead2"].id)
    kept = [mine.sealed, *_half(old, closed, "lead2")]
    assert len(read_records(stored(closed), ROOT, conspirators, kept)) == 3, "the control: until then it does"
    ceremony(closed, "lead1", "reviewer1")
    assert read_records(stored(closed), ROOT, [closed.passphrases["lead2"]], kept) == set()
    reviewers_old = _half(old, closed, "reviewer1")
    assert read_records(stored(closed), ROOT, conspirators, [*kept, *reviewers_old]) == set()


def _half(old: Stored, stage: Stage, name: str) -> list[bytes]:
    """The half in clear, as somebody could have kept it while it was his."""
    who = stage.people[name].id
    private = unwrap_identity(old.people[who], stage.passphrases[name], stage.keys.passphrase)
    share = next(each for each in old.strand.shares if each.holder_id == who)
    return [bytes(open_share(old.strand, share, private).key)]


def test_an_older_key_row_put_back_with_its_seal_is_refused(closed: Stage) -> None:
    with read(closed.engine) as db:
        old = db.get_one(StrandKey, closed.strands[PART])
        kept = (old.generation, old.wrapped_private, old.row_seal)
    ceremony(closed, "lead1", "reviewer1")
    with write(closed.engine) as db:
        found = db.get_one(StrandKey, closed.strands[PART])
        found.generation, found.wrapped_private, found.row_seal = kept
    with read(closed.engine) as db, pytest.raises(SealingError, match="older than the audit trail"):
        stored_key(db, closed.keys.row_seal, closed.strands[PART])


def test_too_few_holders_draw_nothing(closed: Stage) -> None:
    leave(closed, "lead2")
    request = ask_for_halves(closed)
    grant(closed, request, "lead1")
    with pytest.raises(Conflict, match="at least 2 leads"):
        draw(closed, request)
    assert stored(closed).strand.generation == 1


def test_a_grant_for_new_halves_makes_no_tables_and_one_for_tables_draws_none(closed: Stage) -> None:
    halves, tables = ask_for_halves(closed), ask(closed, PART)
    for request in (halves, tables):
        grant(closed, request)
    with pytest.raises(Conflict, match="something else"):
        make(closed, halves)
    with pytest.raises(Conflict, match="something else"):
        draw(closed, tables)


@pytest.mark.parametrize("wrong", ["no grant", "browser", "passphrase", "person", "twice"])
def test_whatever_is_missing_nothing_is_drawn(closed: Stage, wrong: str) -> None:
    request = ask_for_halves(closed)
    if wrong != "no grant":
        grant(closed, request)
    if wrong == "twice":
        draw(closed, request)
    generation = stored(closed).strand.generation
    if wrong == "passphrase":
        closed.passphrases["reviewer1"] = "wrong"
    with pytest.raises(ConsultError):
        draw(
            closed,
            request,
            "reviewer2" if wrong == "person" else "reviewer1",
            b"a key that no browser has here.." if wrong == "browser" else COOKIE,
        )
    assert stored(closed).strand.generation == generation
