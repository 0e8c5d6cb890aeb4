"""Passphrases and identity keys."""

import math
import re
from dataclasses import replace

import pytest

from consult.sealing.identity import (
    LIGHT,
    STANDARD,
    Stretching,
    check_passphrase,
    create_identity,
    new_passphrase,
    rewrap_identity,
    unwrap_identity,
)
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError, public_of
from tests.sealing.house import Person, changed, new_person

OTHER_KEYS = RootKeys.from_root(bytes(32))


@pytest.fixture(scope="module")
def person(keys: RootKeys) -> Person:
    return new_person(keys)


def test_the_right_passphrase_signs_in_and_unwraps(person: Person, keys: RootKeys) -> None:
    assert check_passphrase(person.identity, person.passphrase, keys.passphrase)
    private = unwrap_identity(person.identity, person.passphrase, keys.passphrase)
    assert public_of(private) == person.identity.public


def test_typing_differences_that_nobody_can_hear_are_accepted(person: Person, keys: RootKeys) -> None:
    typed = "  " + person.passphrase.upper().replace(" ", "-", 2).replace(" ", "\u00a0  ") + "\n"
    assert check_passphrase(person.identity, typed, keys.passphrase)


def test_another_passphrase_or_another_configuration_is_refused(person: Person, keys: RootKeys) -> None:
    for passphrase, key in (
        (new_passphrase(), keys.passphrase),
        (person.passphrase, OTHER_KEYS.passphrase),
        ("", keys.passphrase),
    ):
        assert not check_passphrase(person.identity, passphrase, key)
        with pytest.raises(SealingError, match="not the passphrase"):
            unwrap_identity(person.identity, passphrase, key)


def test_somebody_who_holds_no_key_can_sign_in_and_unwrap_nothing(keys: RootKeys) -> None:
    identity = create_identity("three plain words", keys.passphrase, holder=False, stretching=LIGHT, strict=False)
    assert check_passphrase(identity, "three plain words", keys.passphrase)
    assert (identity.public, identity.wrapped_private) == (None, None)
    with pytest.raises(SealingError, match="holds no identity key"):
        unwrap_identity(identity, "three plain words", keys.passphrase)


def test_a_wrapped_key_moved_to_another_identity_is_refused(person: Person, keys: RootKeys) -> None:
    """Even under the same passphrase: salt and public key are bound into the wrap."""
    twin = create_identity(person.passphrase, keys.passphrase, holder=True, stretching=LIGHT, strict=False)
    moved = replace(twin, public=person.identity.public, wrapped_private=person.identity.wrapped_private)
    with pytest.raises(SealingError):
        unwrap_identity(moved, person.passphrase, keys.passphrase)


@pytest.mark.parametrize("position", [0, 1, 2, 13, 14, 80, -1])
def test_a_changed_wrap_is_refused(person: Person, keys: RootKeys, position: int) -> None:
    wrapped = person.identity.wrapped_private
    assert wrapped is not None
    damaged = replace(person.identity, wrapped_private=changed(wrapped, position % len(wrapped)))
    with pytest.raises(SealingError):
        unwrap_identity(damaged, person.passphrase, keys.passphrase)


def test_a_swapped_public_key_is_refused(person: Person, keys: RootKeys) -> None:
    swapped = replace(person.identity, public=new_person(keys).identity.public)
    with pytest.raises(SealingError):
        unwrap_identity(swapped, person.passphrase, keys.passphrase)


@pytest.mark.parametrize(
    "weak", [LIGHT, replace(STANDARD, memory_kib=STANDARD.memory_kib - 1), replace(STANDARD, iterations=2)]
)
def test_parameters_below_the_floor_are_refused_where_it_counts(keys: RootKeys, weak: Stretching) -> None:
    with pytest.raises(SealingError, match="below the floor"):
        create_identity(new_passphrase(), keys.passphrase, holder=False, stretching=weak)


def test_the_standard_is_taken_and_works(keys: RootKeys) -> None:
    identity = create_identity("six words", keys.passphrase, holder=False)
    assert identity.stretching == Stretching(memory_kib=65536, iterations=3, lanes=4)
    assert check_passphrase(identity, "six words", keys.passphrase)


@pytest.mark.parametrize(
    "forged", [replace(LIGHT, memory_kib=2**31), replace(LIGHT, iterations=10**6), replace(LIGHT, memory_kib=0)]
)
def test_a_forged_record_can_not_exhaust_the_server(person: Person, keys: RootKeys, forged: Stretching) -> None:
    with pytest.raises(SealingError):
        check_passphrase(replace(person.identity, stretching=forged), person.passphrase, keys.passphrase)


def test_generated_passphrases_are_six_words_that_can_be_said() -> None:
    drawn = [new_passphrase() for _ in range(400)]
    syllable = "(?:[bdfgjklmnrstvw]|[bfgkp]l|[bdkt]r|st)[aeiou]"
    assert all(re.fullmatch(rf"(?:(?:{syllable}){{2}} ){{5}}(?:{syllable}){{2}}", passphrase) for passphrase in drawn)


def test_generated_passphrases_reach_77_bits() -> None:
    """Measured on what comes out: every syllable is seen, and none more often than chance gives (4,800 draws)."""
    openings: dict[str, int] = {}
    for word in " ".join(new_passphrase() for _ in range(400)).split(" "):
        for syllable in re.findall("[^aeiou]+[aeiou]", word):
            openings[syllable] = openings.get(syllable, 0) + 1
    assert 12 * math.log2(len(openings)) >= 77
    assert max(openings.values()) < 4800 / len(openings) * 2.2


def test_another_passphrase_opens_the_same_key_and_the_old_one_opens_nothing(person: Person, keys: RootKeys) -> None:
    changed_identity = rewrap_identity(
        person.identity, person.passphrase, "six other words of mine now", keys.passphrase
    )
    private = unwrap_identity(changed_identity, "six other words of mine now", keys.passphrase)
    assert public_of(private) == person.identity.public
    assert changed_identity.salt != person.identity.salt
    with pytest.raises(SealingError):
        unwrap_identity(changed_identity, person.passphrase, keys.passphrase)


def test_a_passphrase_is_not_changed_without_the_old_one(person: Person, keys: RootKeys) -> None:
    with pytest.raises(SealingError):
        rewrap_identity(person.identity, "wrong", "new", keys.passphrase)
