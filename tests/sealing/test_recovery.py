"""The printed recovery code: what it opens, and what a slip of the pen or another person's paper does not."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.sealing.identity import new_passphrase, recover_identity, rewrap_identity, unwrap_identity, with_recovery
from consult.sealing.recovery import RecoveryCode, grouped, new_recovery_code, read_recovery_code
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError, public_of
from tests.sealing.house import Person, changed, new_person

OTHER_KEYS = RootKeys.from_root(bytes(32))
NEW = "six other words of mine now"
ALPHABET = "".join(letter for letter in string.digits + string.ascii_uppercase if letter not in "ILOU")
codes = st.builds(lambda _: new_recovery_code(), st.integers())


Printed = tuple[Person, RecoveryCode]


@pytest.fixture(scope="module")
def printed(keys: RootKeys) -> Printed:
    person, code = new_person(keys), new_recovery_code()
    return replace(person, identity=with_recovery(person.identity, person.passphrase, code, keys.passphrase)), code


def test_the_code_opens_the_same_key_under_a_new_passphrase(printed: Printed, keys: RootKeys) -> None:
    person, code = printed
    after = recover_identity(person.identity, code, NEW, keys.passphrase)
    assert public_of(unwrap_identity(after, NEW, keys.passphrase)) == person.identity.public
    with pytest.raises(SealingError):
        unwrap_identity(after, person.passphrase, keys.passphrase)
    with pytest.raises(SealingError, match="No recovery code"):
        recover_identity(after, code, NEW, keys.passphrase)


def test_the_paper_outlives_a_change_of_passphrase(printed: Printed, keys: RootKeys) -> None:
    person, code = printed
    later = rewrap_identity(person.identity, person.passphrase, NEW, keys.passphrase)
    assert recover_identity(later, code, new_passphrase(), keys.passphrase)


def test_another_code_configuration_or_person_opens_nothing(printed: Printed, keys: RootKeys) -> None:
    person, code = printed
    stranger = replace(person.identity, public=new_person(keys).identity.public)
    for identity, typed, key in (
        (person.identity, new_recovery_code(), keys.passphrase),
        (person.identity, code, OTHER_KEYS.passphrase),
        (stranger, code, keys.passphrase),
    ):
        with pytest.raises(SealingError):
            recover_identity(identity, typed, NEW, key)


@pytest.mark.parametrize("position", [0, 1, 2, 20, -1])
def test_a_changed_wrap_is_refused(printed: Printed, keys: RootKeys, position: int) -> None:
    person, code = printed
    stored = person.identity.recovery
    assert stored is not None
    wrapped = changed(stored.wrapped, position % len(stored.wrapped))
    damaged = replace(person.identity, recovery=replace(stored, wrapped=wrapped))
    with pytest.raises(SealingError):
        recover_identity(damaged, code, NEW, keys.passphrase)


@given(codes)
def test_a_code_reads_back_however_it_was_typed(code: RecoveryCode) -> None:
    typed = "  " + grouped(code).lower().replace(" ", " - ").replace("0", "o").replace("1", "l") + "\n"
    assert read_recovery_code(typed) == code
    assert len(code) == 27
    assert set(code) <= set(ALPHABET)


@given(codes, st.integers(0, 26), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(code: RecoveryCode, at: int, letter: str) -> None:
    wrong = code[:at] + letter + code[at + 1 :]
    if wrong != code:
        with pytest.raises(SealingError, match="not right"):
            read_recovery_code(wrong)


@given(codes, st.integers(0, 26), st.integers(0, 26))
def test_two_characters_that_changed_places_are_found(code: RecoveryCode, one: int, other: int) -> None:
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    if letters != list(code):
        with pytest.raises(SealingError, match="not right"):
            read_recovery_code("".join(letters))


@pytest.mark.parametrize("typed", ["", "123", "U" * 27, "é" * 27, "0" * 28])
def test_what_can_be_no_code_is_told_so(typed: str) -> None:
    with pytest.raises(SealingError, match="recovery code has"):
        read_recovery_code(typed)


def test_two_codes_are_never_the_same() -> None:
    assert len({new_recovery_code() for _ in range(200)}) == 200
