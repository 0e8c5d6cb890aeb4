"""A passphrase is stretched while no transaction is open, and what an act does is stored once and whole."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Denied
from consult.models import AuditEvent, Person, Signature, Strand
from consult.services.beforehand import beforehand, prepared
from consult.services.people import accounts, identities, onboarding
from consult.services.signed import signing
from safeguards.terms import Decision, Role
from tests.scenario import NOW, beside, digest_of, survivors_proven


def signed(stage: Stage, key: str, passphrase: str, begun: list[int], second: object = None) -> Signature:
    """A lead signs as a page lets them; `begun`: one more for each transaction."""

    def act(db: Session) -> Signature:
        begun.append(len(begun))
        strand, lead = db.get_one(Strand, stage.strands[key]), stage.people["lead2"]
        return signing.sign(
            db,
            stage.keys,
            stage.policy,
            lead,
            strand,
            Decision.GO,
            digest_of(stage, key),
            passphrase,
            NOW,
            countersigner=second,  # type: ignore[arg-type]
            decide_now=True,
        )

    return prepared(stage.engine, act)


def events(stage: Stage) -> int:
    with read(stage.engine) as db:
        return db.scalar(select(func.count()).select_from(AuditEvent)) or 0


def test_the_transaction_that_signs_stretches_nothing(stage: Stage) -> None:
    """It is begun anew for each passphrase that it needs: once for the lead."""
    begun: list[int] = []
    before = events(stage)
    assert signed(stage, "children", stage.passphrases["lead2"], begun).decision == Decision.GO
    assert len(begun) == 2
    with read(stage.engine) as db:
        assert db.scalar(select(func.count()).select_from(Signature)) == 1
    assert events(stage) > before


def test_nor_does_the_one_that_two_people_sign(stage_on_sqlite: Stage) -> None:
    stage, begun = survivors_proven(stage_on_sqlite), list[int]()
    assert signed(stage, "child_survivors", stage.passphrases["lead2"], begun, beside(stage, "approver")).second_by
    assert len(begun) == 3


def test_a_wrong_passphrase_is_refused_as_ever_and_nothing_is_stored(stage_on_sqlite: Stage) -> None:
    before = events(stage_on_sqlite)
    with pytest.raises(Denied, match="not your passphrase"):
        signed(stage_on_sqlite, "children", "not mine", [])
    assert events(stage_on_sqlite) == before


def test_an_address_that_nobody_has_takes_as_long_and_ends(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    with pytest.raises(Denied, match="do not belong together"):
        prepared(stage.engine, lambda db: accounts.sign_in(db, stage.keys, "nobody@example.org", "six words"))


ACTS: dict[str, Callable[[Stage, Session, str], object]] = {
    "another passphrase": lambda stage, db, words: identities.set_passphrase(
        db, stage.keys, stage.people["lead1"], words, NOW
    ),
    "somebody may know it": lambda stage, db, words: identities.start_anew(
        db, stage.keys, stage.people["lead1"], words, NOW
    ),
    "another code": lambda stage, db, words: identities.new_code(db, stage.keys, stage.people["lead1"], words, NOW),
    "a half": lambda stage, db, words: identities.unlock(db, stage.keys, stage.people["lead1"], words),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_new_secret_is_made_before_it_is_stored_and_is_the_one_that_is_shown(
    stage_on_sqlite: Stage, act: Callable[[Stage, Session, str], object]
) -> None:
    stage, begun = stage_on_sqlite, list[int]()

    def counted(db: Session) -> object:
        begun.append(1)
        return act(stage, db, stage.passphrases["lead1"])

    made = prepared(stage.engine, counted)
    assert len(begun) > 1
    words = getattr(made, "passphrase", "") or stage.passphrases["lead1"]
    with read(stage.engine) as db:
        accounts.confirm(db, stage.keys, stage.people["lead1"], words)


def test_whoever_joins_gets_the_passphrase_that_was_stored(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    with write(stage.engine) as db:
        admin = stage.people["admin"]
        code = onboarding.invite(db, stage.keys, admin, "New", "new@example.org", [Role.ANALYST], NOW).code
    who, made = prepared(stage.engine, lambda db: onboarding.accept(db, stage.keys, code, NOW))
    with read(stage.engine) as db:
        accounts.confirm(db, stage.keys, who, made.passphrase)
        assert db.get_one(Person, who.id).public_key


def test_while_the_long_work_is_done_others_write(sqlite_engine: Engine) -> None:
    """SQLite has one writer: a transaction that was open would keep this one waiting for ever."""

    def long_work() -> int:
        with sqlite_engine.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout = 0")
            other.exec_driver_sql("CREATE TABLE meanwhile (n INTEGER)")
            other.commit()
        return 7

    def act(db: Session) -> int:
        found = beforehand(long_work)
        db.connection().exec_driver_sql("INSERT INTO meanwhile VALUES (1)")
        return found

    assert prepared(sqlite_engine, act) == 7
    with sqlite_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM meanwhile").scalar() == 1


def test_what_one_act_did_is_kept_for_no_other(sqlite_engine: Engine) -> None:
    assert prepared(sqlite_engine, lambda _: beforehand(random.random)) != prepared(
        sqlite_engine, lambda _: beforehand(random.random)
    )


def test_an_error_of_the_long_work_is_raised_where_it_belongs(sqlite_engine: Engine) -> None:
    def breaks() -> int:
        raise ValueError("broken")

    def act(_: Session) -> str:
        try:
            return str(beforehand(breaks))
        except ValueError:
            return "handled"

    assert prepared(sqlite_engine, act) == "handled"
