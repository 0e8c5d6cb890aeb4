"""The inclusion tier: profiles apart from answers, one holder opens them, and live figures in frozen snapshots."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select, update

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid
from consult.inclusion.audit import audit_snapshot
from consult.inclusion.lots import in_lots, size_of_a_lot
from consult.jobs.inclusion import renew_inclusion_keys
from consult.jobs.rewriting import rewrite
from consult.models import (
    AuditEvent,
    Epoch,
    InclusionKey,
    InclusionShare,
    LiveSnapshot,
    Person,
    Profile,
    ProfileShare,
    Response,
    ResponseShare,
    Strand,
)
from consult.sealing.epoch import open_profile_epoch
from consult.sealing.inclusion import open_inclusion_key
from consult.sealing.record import PROFILE_SIZE, Purpose, RecordContext, open_record
from consult.sealing.record import SealedRecord as Sealed
from consult.sealing.suite import SealingError, Unsealer
from consult.services.actors import actor_of
from consult.services.auditing import Verb
from consult.services.holders import appointing
from consult.services.keys import confirming, inclusionjoining
from consult.services.keys.inclusionholders import stored_keys
from consult.services.keys.keystore import check_all_keys, sealed_epoch
from consult.services.participation import responding
from consult.services.people.identities import unlock
from consult.services.report import livecoverage
from consult.services.tables.codedrows import PROFILE_SCHEMA, codes_of
from consult.services.tables.payload import ANSWERS_SCHEMA
from consult.services.tables.tabulating import about_people
from safeguards.terms import Role
from tests.scenario import NOW, give, open_part
from tests.services.snapshots import HOLDER, KEY, refresh


def shown(stage: Stage) -> str | None:
    with read(stage.engine) as db:
        return livecoverage.newest(db, stage.strands[KEY])


def counts(stage: Stage) -> tuple[int, ...]:
    with read(stage.engine) as db:
        tables = (Response, ResponseShare, Profile, ProfileShare)
        return tuple(db.scalar(select(func.count()).select_from(each)) or 0 for each in tables)


def test_a_profile_stands_beside_each_answer_under_ids_and_shares_of_its_own(running: Stage) -> None:
    give(running, KEY, 3)
    assert counts(running) == (3, 3, 3, 3)
    with read(running.engine) as db:
        answers, profiles = set(db.scalars(select(Response.id))), db.execute(select(Profile.id, Profile.sealed)).all()
        shares = set(db.scalars(select(ResponseShare.share))) & set(db.scalars(select(ProfileShare.share)))
    assert not answers & {each.id for each in profiles}
    assert not shares
    assert {len(each.sealed) for each in profiles} == {PROFILE_SIZE}


def test_taking_back_deletes_both_records_and_both_shares(running: Stage) -> None:
    receipts = give(running, KEY, 3)
    with write(running.engine) as db:
        assert responding.take_back(db, running.keys, receipts[1])
    assert counts(running) == (2, 2, 2, 2)


@pytest.mark.parametrize(
    "changes", [{"expected_participants": 19}, {"expected_participants": None}], ids=["19 expected", "not known"]
)
def test_under_twenty_expected_there_are_no_profiles(running_on_sqlite: Stage, changes: dict[str, object]) -> None:
    stage = running_on_sqlite
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        strand.facts = {**strand.facts, **changes}
    give(stage, KEY, 2)
    assert counts(stage) == (2, 2, 0, 0)
    with pytest.raises(Conflict, match="too few people are expected"):
        refresh(stage)


def test_without_an_inclusion_holder_there_are_no_profiles(stage_on_sqlite: Stage) -> None:
    with write(stage_on_sqlite.engine) as db:
        db.execute(update(Person).where(Person.id == stage_on_sqlite.people[HOLDER].id).values(active=False))
    open_part(stage_on_sqlite, KEY)
    give(stage_on_sqlite, KEY, 2)
    assert counts(stage_on_sqlite) == (2, 2, 0, 0)


def test_one_holder_freezes_a_snapshot_that_passed_its_audit(running: Stage) -> None:
    give(running, KEY, 40)
    made = json.loads(refresh(running))
    assert json.loads(shown(running) or "{}") == made
    assert made["audit"]
    assert {name for table in made["tables"] for name in table["dimensions"]} >= {"age"}


def test_watching_the_screen_before_and_after_a_child_sends_tells_nothing(running_on_sqlite: Stage) -> None:
    """Between snapshots nothing moves, and nobody can make another one for so few."""
    stage = running_on_sqlite
    give(stage, KEY, 40)
    refresh(stage)
    before = shown(stage)
    for seed in range(2, 6):
        give(stage, KEY, 1, seed=seed)
        assert shown(stage) == before
        with pytest.raises(Conflict, match="Too few people"):
            refresh(stage)
    assert shown(stage) == before


def test_a_later_snapshot_needs_more_people_and_is_audited_with_those_before(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    give(stage, KEY, 40)
    refresh(stage)
    give(stage, KEY, 30, seed=2)
    second = json.loads(refresh(stage))
    assert second["audit"]
    with read(stage.engine) as db:
        assert len(livecoverage.snapshots(db, stage.strands[KEY])) == 2


def test_the_lots_of_a_snapshot_are_chosen_by_the_audit_and_frozen_with_it(running_on_sqlite: Stage) -> None:
    give(running_on_sqlite, KEY, 40)
    made = json.loads(refresh(running_on_sqlite))
    assert made["told_in_lots_of"] == size_of_a_lot(made) >= 20
    assert not audit_snapshot(in_lots(made), 20)


def test_a_withdrawal_brings_no_snapshot_forward_and_is_gone_from_the_next(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    receipts = give(stage, KEY, 40)
    refresh(stage)
    before = shown(stage)
    with write(stage.engine) as db:
        responding.take_back(db, stage.keys, receipts[0])
    assert shown(stage) == before
    with pytest.raises(Conflict):
        refresh(stage)


@pytest.mark.parametrize("by", ["lead1", "reviewer1", "reviewer2", "facilitator", "admin", "dpl"])
def test_nobody_but_an_inclusion_holder_counts(running_on_sqlite: Stage, by: str) -> None:
    give(running_on_sqlite, KEY, 40)
    with pytest.raises(Denied):
        refresh(running_on_sqlite, by)
    assert shown(running_on_sqlite) is None


def test_a_wrong_passphrase_counts_nothing(running_on_sqlite: Stage) -> None:
    give(running_on_sqlite, KEY, 40)
    with pytest.raises(Denied):
        refresh(running_on_sqlite, passphrase="wrong words")
    assert shown(running_on_sqlite) is None


def test_who_opens_profiles_opens_no_answer(running_on_sqlite: Stage) -> None:
    """With the inclusion key, every row and every share: profiles open, answers stay shut."""
    stage = running_on_sqlite
    give(stage, KEY, 2)
    with read(stage.engine) as db:
        who = stage.people[HOLDER]
        key = stored_keys(db, stage.keys, stage.consultation_id)[0]
        private = open_inclusion_key(key, who.id, unlock(db, stage.keys, who, stage.passphrases[HOLDER]))
        row = sealed_epoch(db.scalars(select(Epoch)).one())
        profile_key = open_profile_epoch(Unsealer(private), row, stage.keys.row_seal)
        strand = stage.strands[KEY]
        for profile, share in db.execute(select(Profile, ProfileShare.share).join(ProfileShare)):
            record, place = (
                Sealed(profile.id, share, profile.sealed),
                RecordContext(Purpose.PROFILE, strand, row.id, PROFILE_SCHEMA),
            )
            assert open_record(profile_key, place, record)
        for answer, share in db.execute(select(Response, ResponseShare.share).join(ResponseShare)):
            record = Sealed(answer.id, share, answer.sealed)
            for purpose in Purpose:
                with pytest.raises(SealingError):
                    open_record(profile_key, RecordContext(purpose, strand, row.id, ANSWERS_SCHEMA), record)
        with pytest.raises(SealingError):
            Unsealer(private).unseal(row.sealed_key, b"")


@pytest.mark.parametrize("table", ["inclusion_keys", "inclusion_shares", "epochs"])
def test_a_row_that_was_changed_from_outside_counts_nothing(running_on_sqlite: Stage, table: str) -> None:
    stage = running_on_sqlite
    give(stage, KEY, 40)
    column = {"inclusion_keys": "public_key", "inclusion_shares": "sealed", "epochs": "sealed_profile_key"}[table]
    with stage.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = x'0102' WHERE {column} IS NOT NULL")
    with pytest.raises(Conflict, match="incident"):
        refresh(stage)
    if table == "epochs":
        with read(stage.engine) as db, pytest.raises(SealingError):
            check_all_keys(db, stage.keys)


def test_a_swapped_inclusion_key_takes_no_answer(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    with stage.engine.begin() as connection:
        connection.execute(update(InclusionKey).values(public_key=bytes(1216)))
    with pytest.raises(responding.NotOpen):
        give(stage, KEY, 1)
    assert counts(stage) == (0, 0, 0, 0)


def test_when_a_holder_leaves_what_comes_after_is_sealed_to_those_who_stay(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    with write(stage.engine) as db:
        leaver = Person(name="Somebody who left", active=False)
        db.add(leaver)
        db.flush()
        share = db.scalars(select(InclusionShare)).one()
        copy = InclusionShare(
            consultation_id=share.consultation_id,
            generation=1,
            person_id=leaver.id,
            sealed=share.sealed,
            row_seal=share.row_seal,
        )
        db.add(copy)
    assert renew_inclusion_keys(stage.engine, stage.keys, stage.policy, NOW) == "1 made anew"
    assert renew_inclusion_keys(stage.engine, stage.keys, stage.policy, NOW) == "0 made anew"
    give(stage, KEY, 1)
    with read(stage.engine) as db:
        assert db.scalars(select(Epoch.inclusion_generation)).all() == [2]
        newest = db.scalars(select(InclusionShare.person_id).where(InclusionShare.generation == 2)).all()
        held = set(db.scalars(select(InclusionShare.person_id)))
    assert newest == [stage.people[HOLDER].id]
    assert held == {stage.people[HOLDER].id}, "the leaver's own share is gone, also of what came before"


def test_the_only_share_of_a_generation_stays_for_without_it_profiles_would_be_lost(running: Stage) -> None:
    with write(running.engine) as db:
        leaver = Person(name="Somebody who left", active=False)
        db.add(leaver)
        db.flush()
        db.execute(update(InclusionShare).values(person_id=leaver.id))
        left = leaver.id
    for _ in range(2):
        renew_inclusion_keys(running.engine, running.keys, running.policy, NOW)
    with read(running.engine) as db:
        held = {(row.generation, row.person_id) for row in db.scalars(select(InclusionShare))}
    assert held == {(1, left), (2, running.people[HOLDER].id)}


def second_holder(stage: Stage) -> str:
    """The approver gets the inclusion role, and a lead confirms the key for it; the person's id."""
    who = stage.people["approver"]
    with write(stage.engine) as db:
        roles, words = (Role.INDEPENDENT_APPROVER, Role.INCLUSION), stage.passphrases["admin"]
        appointing.set_roles(db, stage.keys, stage.policy, stage.people["admin"], who.id, roles, words, NOW)
    with write(stage.engine) as db:
        typed, lead = confirming.fingerprint_of(db, stage.keys, who), stage.people["lead1"]
        confirming.confirm_holder(db, stage.keys, lead, who.id, typed, stage.passphrases["lead1"], NOW)
        stage.people["approver"] = actor_of(db.get_one(Person, who.id))
    return who.id


def give_on(stage: Stage, person_id: str, by: str = HOLDER, passphrase: str = "") -> None:
    with write(stage.engine) as db:
        strand, words = db.get_one(Strand, stage.strands[KEY]), passphrase or stage.passphrases[by]
        inclusionjoining.join(db, stage.keys, stage.people[by], strand, person_id, words, NOW)


def test_a_new_holder_gets_what_came_before_from_one_who_has_it(running: Stage) -> None:
    give(running, KEY, 40)
    joiner = second_holder(running)
    with pytest.raises(Conflict):
        refresh(running, by="approver")
    give_on(running, joiner)
    assert refresh(running, by="approver")
    with pytest.raises(Invalid):
        give_on(running, joiner)  # there is nothing more to give
    with read(running.engine) as db:
        joined = db.scalars(select(AuditEvent).where(AuditEvent.verb == Verb.INCLUSION_HOLDER_JOINED)).one()
        assert joined.facts == {"person": joiner, "generations": 1}
        check_all_keys(db, running.keys)


def test_nobody_else_gives_it_on_and_not_to_anybody(running_on_sqlite: Stage) -> None:
    joiner = second_holder(running_on_sqlite)
    with pytest.raises(Denied):
        give_on(running_on_sqlite, joiner, passphrase="not mine")
    with pytest.raises(Denied):
        give_on(running_on_sqlite, joiner, by="lead1")
    with pytest.raises(Invalid):
        give_on(running_on_sqlite, joiner, by="approver")
    with pytest.raises(Invalid):
        give_on(running_on_sqlite, running_on_sqlite.people["facilitator"].id)


def test_the_nightly_rewrite_covers_profiles(running: Stage) -> None:
    give(running, KEY, 40)
    rewrite(running.engine, running.keys, running.policy, NOW)
    assert counts(running) == (40, 40, 40, 40)
    assert json.loads(refresh(running))["audit"]
    with read(running.engine) as db:
        order = list(db.scalars(select(Profile.id))) if running.engine.dialect.name == "sqlite" else []
    assert order == sorted(order)


def test_every_category_of_every_dimension_has_a_byte_of_its_own(running_on_sqlite: Stage) -> None:
    with read(running_on_sqlite.engine) as db:
        entrance = responding.door(db, running_on_sqlite.strands[KEY], NOW)
    assert entrance is not None
    dimensions = about_people(entrance.form, entrance.bands, entrance.languages)
    for place, dimension in enumerate(dimensions[2:], 2):
        assert len(dimension.categories) < 255
        for code, category in enumerate(dimension.categories):
            where = (entrance.form, entrance.face.digest, entrance.bands, entrance.languages)
            row = codes_of(*where, entrance.bands[0], "fr", {dimension.name: category})
            assert (row[place], row[1], len(row)) == (code, entrance.languages.index("fr"), len(dimensions))


def test_the_tables_of_the_tier_name_nobody_who_answered(running_on_sqlite: Stage) -> None:
    looked = inspect(running_on_sqlite.engine)
    assert {column["name"] for column in looked.get_columns("profiles")} == {"id", "strand_id", "epoch_id", "sealed"}
    assert {column["name"] for column in looked.get_columns("profile_shares")} == {"profile_id", "share"}


def test_a_snapshot_is_made_once_when_two_are_counted_at_the_same_time(running_on_sqlite: Stage) -> None:
    stage = running_on_sqlite
    give(stage, KEY, 40)
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        words = stage.passphrases[HOLDER]
        made = livecoverage.count(db, stage.keys, stage.policy, stage.people[HOLDER], strand, words, NOW)
    refresh(stage)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[KEY])
        with pytest.raises(Conflict):
            livecoverage.freeze(db, stage.keys, stage.people[HOLDER], strand, made, NOW + timedelta(hours=1))
    with read(stage.engine) as db:
        assert db.scalar(select(func.count()).select_from(LiveSnapshot)) == 1
