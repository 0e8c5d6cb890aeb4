"""The second step of a sign-in: a passkey, an app's code or a backup code; setting them up, and taking them away."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, union
from sqlalchemy.orm import Session

from consult.database import inserting
from consult.errors import Conflict, Denied, NotFound, sentence
from consult.models import AccountInvitation, BackupCode, CodeApp, CodeTries, Passkey, Person
from consult.sealing.root import RootKeys
from consult.sealing.staffcodes import BACKUP, LINK, new_backup_codes, staff_code_digest
from consult.sealing.suite import Secret
from consult.sealing.totp import matching_step, open_seed, seal_seed
from consult.services.actors import Actor
from consult.services.auditing import Verb, record
from consult.services.people import passkeys
from consult.services.people.accounts import confirm
from consult.services.people.onboarding import Invited, new_link
from consult.services.people.passkeys import PasskeyView, Relying, passkeys_of
from consult.services.people.sessions import Factor, complete_session, end_all_sessions, end_others_by
from safeguards.terms import Role

__all__ = [
    "FREE_TRIES",
    "CodeUnfit",
    "Factors",
    "Step",
    "add_app",
    "add_passkey",
    "check_reset_link",
    "count_unfit",
    "factors_of",
    "new_codes",
    "remove_app",
    "remove_passkey",
    "reset",
    "take_step",
    "use_code",
    "wait_after",
    "wants_reset_link",
    "with_a_factor",
]

#: How many wrong codes in a row cost nothing; each after that doubles the wait, from half a minute to a quarter hour.
FREE_TRIES = 4
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)
_ALERT_EVERY = 5
_UNFIT_CODE = sentence("This code does not fit, or it was used. Wait for the next one and try again.")
_UNFIT_BACKUP = sentence("This backup code does not fit, or it was used already.")
_WAIT = sentence("Too many codes did not fit. Wait a quarter of an hour, then try again. A passkey works at once.")
_WAIT_BESIDE = sentence("Too many codes of the second person did not fit. Wait a quarter of an hour, then try again.")
_LAST = sentence("This is your last way to sign in. Add another one first.")


@dataclass(frozen=True, slots=True)
class Factors:
    """What somebody can complete a sign-in with."""

    passkeys: tuple[PasskeyView, ...]
    app_since: date | None
    backup_codes: int

    @property
    def any(self) -> bool:
        """Whether there is a second factor; backup codes alone are none."""
        return bool(self.passkeys) or self.app_since is not None


@dataclass(frozen=True, slots=True)
class Step:
    """How a second step went: the token of the complete sign-in, or what did not fit, which was counted."""

    token: bytes | None
    problem: str = ""


class CodeUnfit(Denied):
    """A second person's code did not fit. What it was for left nothing behind: whoever catches this counts the try."""

    def __init__(self, person_id: str) -> None:
        super().__init__(sentence("The second person's code does not fit, or it was used. Wait for the next one."))
        self.person_id = person_id


def factors_of(db: Session, person_id: str) -> Factors:
    """The second factors of somebody."""
    app = db.get(CodeApp, person_id)
    codes = db.scalar(select(func.count()).select_from(BackupCode).where(BackupCode.person_id == person_id)) or 0
    return Factors(passkeys_of(db, person_id), app.added_on if app else None, codes)


def with_a_factor(db: Session) -> frozenset[str]:
    """The ids of everybody who has a second factor, as `Factors.any` counts them."""
    return frozenset(db.scalars(union(select(Passkey.person_id), select(CodeApp.person_id))))


def take_step(
    db: Session, keys: RootKeys, relying: Relying, actor: Actor, way: Factor, given: str, token: bytes, now: datetime
) -> Step:
    """Complete the sign-in `token` with what was given. What does not fit is counted, and slows the next typed code."""
    tries = _tries(db, actor.id)
    if way is not Factor.PASSKEY and _must_wait(tries, now):
        return Step(None, _WAIT)
    problem = _problem(db, keys, relying, actor, way, given, token, now)
    if problem:
        _count(db, keys, tries, now)
        return Step(None, problem)
    tries.failed, tries.wait_until = 0, None
    return Step(complete_session(db, keys, token, now, way))


def use_code(db: Session, keys: RootKeys, actor: Actor, code: str, now: datetime) -> None:
    """Use up a code of the actor's app, or a backup code, for one act without a sign-in.

    Raises `CodeUnfit`, to be counted by `count_unfit`, and `Denied` after too many.
    """
    tries = _tries(db, actor.id)
    if _must_wait(tries, now):
        raise Denied(_WAIT_BESIDE)
    if not (_app_fits(db, keys, actor, code, now) or _backup_fits(db, keys, actor, code)):
        raise CodeUnfit(actor.id)
    tries.failed, tries.wait_until = 0, None


def count_unfit(db: Session, keys: RootKeys, error: CodeUnfit, now: datetime) -> None:
    """Count a second person's code that did not fit, in a transaction of its own: it slows down the next one."""
    _count(db, keys, _tries(db, error.person_id), now)


def wait_after(failed: int) -> timedelta:
    """How long the next try waits after so many in a row that did not fit."""
    if failed <= FREE_TRIES:
        return timedelta()
    wait: timedelta = min(_FIRST_WAIT * 2 ** min(failed - FREE_TRIES - 1, 10), _LONGEST_WAIT)
    return wait


def add_app(
    db: Session, keys: RootKeys, actor: Actor, seed: Secret, code: str, now: datetime, token: bytes = b""
) -> None:
    """Keep the app whose code fits the seed. Raises `Denied` when it does not.

    The one before is gone, and with it what it signed in, but for the sign-in `token` that asks.
    """
    step = matching_step(seed, code, now, 0)
    if step is None:
        raise Denied(
            sentence("The code does not fit. Look at the clock of your phone, then type the code that is shown now.")
        )
    before = db.get(CodeApp, actor.id)
    if before is not None:
        db.delete(before)
        db.flush()
        end_others_by(db, actor, Factor.APP, token)
    sealed = seal_seed(keys.seed, actor.id, seed)
    db.add(CodeApp(person_id=actor.id, sealed_seed=sealed, last_step=step, added_on=now.date()))
    db.flush()
    record(db, keys.audit, actor.id, Verb.FACTOR_ADDED, actor.id, now, {"factor": Factor.APP})


def add_passkey(
    db: Session, keys: RootKeys, relying: Relying, actor: Actor, answer: str, name: str, token: bytes, now: datetime
) -> None:
    """Keep the passkey that the browser made. Raises `Denied` for an answer that does not fit."""
    passkeys.add_passkey(db, keys, relying, actor, answer, name, token, now)
    record(db, keys.audit, actor.id, Verb.FACTOR_ADDED, actor.id, now, {"factor": Factor.PASSKEY})


def remove_passkey(db: Session, keys: RootKeys, actor: Actor, name: str, token: bytes, now: datetime) -> None:
    """Take one of the actor's passkeys away, and what passkeys signed in elsewhere than `token`.

    Raises `Conflict` for the last second factor.
    """
    passkeys.remove_passkey(db, actor, name)
    _still_one(db, actor)
    end_others_by(db, actor, Factor.PASSKEY, token)
    record(db, keys.audit, actor.id, Verb.FACTOR_REMOVED, actor.id, now, {"factor": Factor.PASSKEY})


def remove_app(db: Session, keys: RootKeys, actor: Actor, token: bytes, now: datetime) -> None:
    """Take the actor's app away, and what it signed in elsewhere than `token`. Raises `Conflict` for the last one."""
    app = db.get(CodeApp, actor.id)
    if app is None:
        raise NotFound
    db.delete(app)
    db.flush()
    _still_one(db, actor)
    end_others_by(db, actor, Factor.APP, token)
    record(db, keys.audit, actor.id, Verb.FACTOR_REMOVED, actor.id, now, {"factor": Factor.APP})


def new_codes(db: Session, keys: RootKeys, actor: Actor, now: datetime) -> list[str]:
    """Ten backup codes, shown once; those before are worth nothing from now on."""
    made = new_backup_codes()
    db.execute(delete(BackupCode).where(BackupCode.person_id == actor.id))
    db.add_all(
        BackupCode(code_digest=staff_code_digest(keys.staff_code, BACKUP, code, actor.id), person_id=actor.id)
        for code in made
    )
    db.flush()
    record(db, keys.audit, actor.id, Verb.BACKUP_CODES_MADE, actor.id, now)
    return made


def reset(db: Session, keys: RootKeys, actor: Actor, person_id: str, passphrase: str, now: datetime) -> Invited:
    """Take every second factor of somebody away, who sets up a new one with the passphrase and a one-time code.

    Administrators only, never for themselves, with the own passphrase typed again: a sign-in that somebody stole is not
    enough to take away what stands before a passphrase that is known. It gives whoever does it nothing: the passphrase
    stays its owner's, and with it every key.
    """
    if not actor.has(Role.ADMINISTRATOR) or person_id == actor.id:
        raise Denied("Only another administrator resets somebody's second step.")
    person = db.get(Person, person_id)
    if person is None or not person.active or person.identity is None:
        raise NotFound
    confirm(db, keys, actor, passphrase)
    for table in (Passkey, CodeApp, BackupCode, CodeTries):
        db.execute(delete(table).where(table.person_id == person_id))
    end_all_sessions(db, person_id)
    record(db, keys.audit, actor.id, Verb.FACTORS_RESET, person_id, now)
    return new_link(db, keys, actor.id, person_id, now)


def wants_reset_link(db: Session, actor: Actor) -> bool:
    """Whether setting up a second factor takes a code from an administrator: after a reset, and only then."""
    return db.get(AccountInvitation, actor.id) is not None


def check_reset_link(db: Session, keys: RootKeys, actor: Actor, code: str, now: datetime) -> None:
    """Use that code up, if one is wanted. Raises `Denied` when it does not fit, or is too old."""
    row = db.get(AccountInvitation, actor.id)
    if row is None:
        return
    fits = hmac.compare_digest(row.code_digest, staff_code_digest(keys.staff_code, LINK, code))
    if not fits or now >= row.expires_at:
        raise Denied(sentence("The code from your administrator does not fit, or it is too old. Ask for a new one."))
    db.delete(row)
    db.flush()


def _tries(db: Session, person_id: str) -> CodeTries:
    """Somebody's tries, held until the transaction ends: codes sent at once are looked at one after the other."""
    db.execute(inserting(db, CodeTries).values(person_id=person_id, failed=0).on_conflict_do_nothing())
    return db.scalars(select(CodeTries).where(CodeTries.person_id == person_id).with_for_update()).one()


def _must_wait(tries: CodeTries, now: datetime) -> bool:
    return tries.wait_until is not None and now < tries.wait_until


def _count(db: Session, keys: RootKeys, tries: CodeTries, now: datetime) -> None:
    tries.failed += 1
    tries.wait_until = now + wait_after(tries.failed)
    db.flush()
    if tries.failed % _ALERT_EVERY == 0:
        who, facts = tries.person_id, {"step": 2, "tries": tries.failed}
        record(db, keys.audit, who, Verb.SIGN_IN_REFUSED, who, now, facts)


def _problem(
    db: Session, keys: RootKeys, relying: Relying, actor: Actor, way: Factor, given: str, token: bytes, now: datetime
) -> str:
    """What does not fit, in a sentence; "" when it fits, and then it is used up."""
    match way:
        case Factor.APP:
            return "" if _app_fits(db, keys, actor, given, now) else _UNFIT_CODE
        case Factor.BACKUP:
            return "" if _backup_fits(db, keys, actor, given) else _UNFIT_BACKUP
        case Factor.PASSKEY:
            try:
                passkeys.check_passkey(db, keys, relying, actor, given, token)
            except Denied as error:
                return error.message
            return ""


def _app_fits(db: Session, keys: RootKeys, actor: Actor, code: str, now: datetime) -> bool:
    app = db.get(CodeApp, actor.id)
    if app is None:
        return False
    step = matching_step(open_seed(keys.seed, actor.id, app.sealed_seed), code, now, app.last_step)
    if step is None:
        return False
    app.last_step = step
    db.flush()
    return True


def _backup_fits(db: Session, keys: RootKeys, actor: Actor, code: str) -> bool:
    row = db.get(BackupCode, staff_code_digest(keys.staff_code, BACKUP, code, actor.id))
    if row is None:
        return False
    db.delete(row)
    db.flush()
    return True


def _still_one(db: Session, actor: Actor) -> None:
    _tries(db, actor.id)  # two that are taken away at the same moment: the second one finds the first gone
    if not factors_of(db, actor.id).any:
        raise Conflict(_LAST)
