"""The second step: codes work once, guessing slows down, and nobody resets their way into another's account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.errors import Conflict, Denied, NotFound
from consult.models import AuditEvent, CodeApp, Passkey
from consult.sealing.suite import SealingError, Secret
from consult.sealing.totp import code_at
from consult.services.auditing import Verb
from consult.services.people import secondfactor, sessions
from consult.services.people.passkeys import Relying
from consult.services.people.secondfactor import Step
from consult.services.people.sessions import Factor
from tests.office import NOW, SEED, Office
from tests.toolbox.waiting import until_it_waits

SITE = Relying("localhost", "http://localhost", "The office")
HALF_A_MINUTE = timedelta(seconds=30)


def take(office: Office, given: str, way: Factor = Factor.APP, later: timedelta = timedelta()) -> Step:
    who = office.people["leila"]
    with write(office.engine) as db:
        token = sessions.begin_session(db, who, NOW + later)
        return secondfactor.take_step(db, office.keys, SITE, who, way, given, token, NOW + later)


def test_the_apps_code_completes_the_sign_in_and_works_once(office: Office) -> None:
    assert take(office, code_at(SEED, NOW)).token
    assert take(office, code_at(SEED, NOW)).token is None
    assert take(office, code_at(SEED, NOW - HALF_A_MINUTE)).token is None, "nor does an older one"
    assert take(office, code_at(SEED, NOW + HALF_A_MINUTE), later=HALF_A_MINUTE).token


@pytest.mark.parametrize(("minutes", "fits"), [(-1, False), (-0.5, True), (0.5, True), (1, False)])
def test_a_clock_may_be_half_a_minute_off(office: Office, minutes: float, fits: bool) -> None:
    code = code_at(SEED, NOW + timedelta(minutes=minutes))
    assert (take(office, code).token is not None) == fits


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "000 000 000", "\x00"])
def test_what_is_no_code_is_refused_in_a_sentence(office: Office, typed: str) -> None:
    step = take(office, typed)
    assert (step.token, bool(step.problem)) == (None, True)


def test_spaces_in_a_code_do_not_matter(office: Office) -> None:
    code = code_at(SEED, NOW)
    assert take(office, f" {code[:3]} {code[3:]} ").token


def test_a_backup_code_works_once_and_for_its_owner_only(office: Office) -> None:
    with write(office.engine) as db:
        codes = secondfactor.new_codes(db, office.keys, office.people["leila"], NOW)
        others = secondfactor.new_codes(db, office.keys, office.people["sami"], NOW)
    assert len(set(codes)) == 10
    assert take(office, others[0], Factor.BACKUP).token is None
    assert take(office, codes[0].upper().replace("-", " "), Factor.BACKUP).token
    assert take(office, codes[0], Factor.BACKUP).token is None
    with read(office.engine) as db:
        assert secondfactor.factors_of(db, office.people["leila"].id).backup_codes == 9


def test_new_backup_codes_end_the_old_ones(office: Office) -> None:
    with write(office.engine) as db:
        old = secondfactor.new_codes(db, office.keys, office.people["leila"], NOW)
        secondfactor.new_codes(db, office.keys, office.people["leila"], NOW)
    assert take(office, old[3], Factor.BACKUP).token is None


def test_guessing_slows_down_is_put_on_record_and_ends_with_the_right_code(office: Office) -> None:
    for _ in range(secondfactor.FREE_TRIES + 1):
        assert "does not fit" in take(office, "000000").problem
    assert "Too many" in take(office, code_at(SEED, NOW)).problem, "not even looked at"
    with read(office.engine) as db:
        alerts = db.scalars(select(AuditEvent.facts).where(AuditEvent.verb == Verb.SIGN_IN_REFUSED)).all()
    assert alerts == [{"step": 2, "tries": 5}]
    later = secondfactor.wait_after(secondfactor.FREE_TRIES + 1)
    assert take(office, code_at(SEED, NOW + later), later=later).token
    assert "does not fit" in take(office, "000000", later=later).problem, "counted from the beginning"


def test_a_code_seen_over_the_shoulder_and_sent_at_the_same_moment_is_taken_once(office: Office) -> None:
    if office.engine.dialect.name != "postgresql":
        return  # there all who write wait for each other
    who, code = office.people["leila"], code_at(SEED, NOW)
    with ThreadPoolExecutor(1) as pool, office.engine.connect() as watching:
        with write(office.engine) as db:
            token = sessions.begin_session(db, who, NOW)
            first = secondfactor.take_step(db, office.keys, SITE, who, Factor.APP, code, token, NOW)
            second = pool.submit(take, office, code)
            until_it_waits(watching, second)
        assert first.token
        assert second.result().token is None


@given(st.integers(0, 10_000))
def test_waits_only_grow_and_never_beyond_a_quarter_of_an_hour(failed: int) -> None:
    assert secondfactor.wait_after(failed) <= secondfactor.wait_after(failed + 1) <= timedelta(minutes=15)


def test_the_seed_lies_sealed_and_bound_to_its_person(office: Office) -> None:
    with read(office.engine) as db:
        stored = [bytes(row[0]) for row in db.execute(text("SELECT sealed_seed FROM code_apps"))]
    assert all(SEED not in each for each in stored)
    with write(office.engine) as db:
        mine, theirs = (db.get_one(CodeApp, office.people[name].id) for name in ("leila", "sami"))
        mine.sealed_seed = theirs.sealed_seed
    with pytest.raises(SealingError):
        take(office, code_at(SEED, NOW))


def test_the_last_second_factor_stays(office: Office) -> None:
    with pytest.raises(Conflict), write(office.engine) as db:
        secondfactor.remove_app(db, office.keys, office.people["leila"], b"", NOW)
    assert take(office, code_at(SEED, NOW)).token


@pytest.mark.parametrize("order", [("app", "passkey"), ("passkey", "app")])
def test_of_two_that_are_taken_away_at_the_same_moment_one_stays(office: Office, order: tuple[str, str]) -> None:
    """Without any, whoever knows the passphrase alone would set up one of their own."""
    who, key = office.people["leila"], b"a passkey"
    facts = {"name": "Phone", "public_key": b"key", "sign_count": 0, "added_on": NOW.date(), "row_seal": b"seal"}
    with write(office.engine) as db:
        db.add(Passkey(credential_id=key, person_id=who.id, **facts))

    def take_away(db: Session, way: str) -> None:
        if way == "app":
            secondfactor.remove_app(db, office.keys, who, b"", NOW)
        else:
            secondfactor.remove_passkey(db, office.keys, who, key.hex(), b"", NOW)

    def later() -> None:
        with write(office.engine) as db:
            take_away(db, order[1])

    with ThreadPoolExecutor(1) as pool, office.engine.connect() as watching:
        with write(office.engine) as db:
            take_away(db, order[0])
            second = pool.submit(later)
            until_it_waits(watching, second)
        assert isinstance(second.exception(), Conflict)
    with read(office.engine) as db:
        factors = secondfactor.factors_of(db, who.id)
    assert (factors.app_since is None, len(factors.passkeys)) == (order[0] == "app", order[0] == "app")


def test_a_new_app_ends_what_the_old_one_signed_in_elsewhere(office: Office) -> None:
    """A phone that was lost, or taken, with the sign-in that it completed."""
    leila, other = office.people["leila"], Secret(bytes(range(1, 21)))
    with write(office.engine) as db:
        lost, here = (sessions.start_session(db, office.keys, leila, NOW, Factor.APP) for _ in range(2))
        beside = sessions.start_session(db, office.keys, leila, NOW, Factor.PASSKEY)
        secondfactor.add_app(db, office.keys, leila, other, code_at(other, NOW), NOW, here)
    with read(office.engine) as db:
        stands = [
            sessions.resume_session(db, each, NOW, timedelta(hours=1)) is not None for each in (lost, here, beside)
        ]
    assert stands == [False, True, True]


def test_an_app_is_kept_only_with_a_code_that_fits(office: Office) -> None:
    other = bytes(20)
    with pytest.raises(Denied), write(office.engine) as db:
        secondfactor.add_app(db, office.keys, office.people["leila"], other, code_at(SEED, NOW), NOW)  # type: ignore[arg-type]
    assert take(office, code_at(SEED, NOW)).token


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id":"x","rawId":"x","response":{}}', "\x00", "9"])
def test_what_is_no_passkeys_answer_is_refused_in_a_sentence(office: Office, answer: str) -> None:
    assert "did not fit" in take(office, answer, Factor.PASSKEY).problem


def test_a_reset_takes_the_factors_and_needs_passphrase_and_link_to_go_on(office: Office) -> None:
    leila = office.people["leila"]
    with write(office.engine) as db:
        token = sessions.start_session(db, office.keys, leila, NOW, Factor.APP)
        link = secondfactor.reset(db, office.keys, office.people["admin"], leila.id, office.passphrases["admin"], NOW)
    with read(office.engine) as db:
        assert not secondfactor.factors_of(db, leila.id).any
        assert sessions.resume_session(db, token, NOW, timedelta(hours=1)) is None
        assert secondfactor.wants_reset_link(db, leila)
    for wrong in ("", "7kq2m-x9tbd-4hwzr-p8vnc"):
        with pytest.raises(Denied), write(office.engine) as db:
            secondfactor.check_reset_link(db, office.keys, leila, wrong, NOW)
    with write(office.engine) as db:
        secondfactor.check_reset_link(db, office.keys, leila, link.code, NOW)
    with read(office.engine) as db:
        assert not secondfactor.wants_reset_link(db, leila)


def test_a_stolen_sign_in_of_an_administrator_resets_nobodys_second_step(office: Office) -> None:
    leila = office.people["leila"]
    with pytest.raises(Denied, match="not your passphrase"), write(office.engine) as db:
        secondfactor.reset(db, office.keys, office.people["admin"], leila.id, "not mine", NOW)
    with read(office.engine) as db:
        assert secondfactor.factors_of(db, leila.id).any


@pytest.mark.parametrize(("by", "whose"), [("admin", "admin"), ("leila", "sami"), ("otto", "rosa"), ("nadia", "omar")])
def test_only_another_administrator_resets_a_second_step(office: Office, by: str, whose: str) -> None:
    with pytest.raises(Denied), write(office.engine) as db:
        secondfactor.reset(db, office.keys, office.people[by], office.people[whose].id, office.passphrases[by], NOW)


def test_nothing_is_reset_for_somebody_who_has_not_joined(office: Office) -> None:
    with write(office.engine) as db:
        eve = office.invited(db, "eve", ["ANA"])  # type: ignore[list-item]
    with pytest.raises(NotFound), write(office.engine) as db:
        secondfactor.reset(db, office.keys, office.people["admin"], eve.person_id, office.passphrases["admin"], NOW)
