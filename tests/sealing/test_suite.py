"""Sealing to a public key: what opens, and what does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sealing.canonical import encode
from consult.sealing.root import RootKeys
from consult.sealing.suite import (
    HEADER,
    PrivateKey,
    SealingError,
    Secret,
    fingerprint,
    generate_key_pair,
    public_of,
    seal_to,
    unseal,
)
from consult.sealing.wrapping import unwrap, wrap
from tests.sealing.house import changed

PAIR = generate_key_pair()
KEY = bytes(range(32))
SEALED = seal_to(PAIR.public, b"a key of thirty-two bytes, nearly", b"here")
WRAPPED = wrap(KEY, b"a private key", b"here")

quick = settings(deadline=None, max_examples=60)


@quick
@given(st.binary(max_size=200), st.binary(max_size=60))
def test_what_is_sealed_opens_for_its_owner_and_place(plaintext: bytes, info: bytes) -> None:
    assert unseal(PAIR.private, seal_to(PAIR.public, plaintext, info), info) == plaintext
    assert unwrap(KEY, wrap(KEY, plaintext, info), info) == plaintext


@quick
@given(st.integers(0, len(SEALED) - 1))
def test_any_changed_byte_of_a_sealed_key_is_refused(position: int) -> None:
    with pytest.raises(SealingError):
        unseal(PAIR.private, changed(SEALED, position), b"here")


@pytest.mark.parametrize("position", range(len(WRAPPED)))
def test_any_changed_byte_of_a_wrapped_secret_is_refused(position: int) -> None:
    with pytest.raises(SealingError):
        unwrap(KEY, changed(WRAPPED, position), b"here")


@quick
@given(st.integers(0, len(SEALED) - 1))
def test_a_truncated_blob_is_refused(length: int) -> None:
    with pytest.raises(SealingError):
        unseal(PAIR.private, SEALED[:length], b"here")
    with pytest.raises(SealingError):
        unwrap(KEY, WRAPPED[: length % len(WRAPPED)], b"here")


def test_an_unknown_version_or_suite_is_named() -> None:
    with pytest.raises(SealingError, match="version 2"):
        unseal(PAIR.private, b"\x02" + SEALED[1:], b"here")
    with pytest.raises(SealingError, match="suite 9"):
        unwrap(KEY, WRAPPED[:1] + b"\x09" + WRAPPED[2:], b"here")


def test_another_place_or_another_key_is_refused() -> None:
    for private, info in ((PAIR.private, b"there"), (generate_key_pair().private, b"here")):
        with pytest.raises(SealingError):
            unseal(private, SEALED, info)
    for key, context in ((KEY, b"there"), (KEY[::-1], b"here")):
        with pytest.raises(SealingError):
            unwrap(key, WRAPPED, context)


def test_version_and_suite_are_authenticated_and_not_only_looked_at() -> None:
    """What was sealed without the header in its `info` must not open, although its header looks right."""
    bare = seal_to(PAIR.public, b"key", b"")
    with pytest.raises(SealingError):
        unseal(PAIR.private, bare, HEADER)


@pytest.mark.parametrize(
    "public", [b"", PAIR.public[:-1], PAIR.public + b"x", b"\xff" * 1216, PAIR.public[:1184] + bytes(32)]
)
def test_a_damaged_public_key_is_refused(public: bytes) -> None:
    with pytest.raises(SealingError):
        seal_to(public, b"key", b"here")


@pytest.mark.parametrize("length", [0, 95, 97])
def test_a_damaged_private_key_is_refused(length: int) -> None:
    with pytest.raises(SealingError, match="96 bytes"):
        unseal(PrivateKey(Secret(bytes(length))), SEALED, b"here")


def test_key_sizes_and_the_public_key_of_a_private_one() -> None:
    assert (len(PAIR.public), len(PAIR.private)) == (1216, 96)
    assert public_of(PAIR.private) == PAIR.public


def test_fingerprints_differ_and_read_in_groups_of_four() -> None:
    mine, yours = fingerprint(PAIR.public), fingerprint(generate_key_pair().public)
    assert mine != yours
    assert [len(group) for group in mine.split(" ")] == [4] * 8


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{!r}".format, "%s".__mod__])
def test_secrets_print_as_nothing(shown: object) -> None:
    assert callable(shown)
    for secret in (PAIR.private, PAIR, RootKeys.from_root(KEY).form, RootKeys.from_root(KEY)):
        text = shown(secret)
        assert "<secret>" in text
        assert repr(bytes(PAIR.private))[2:20] not in text


def test_root_keys_differ_from_each_other_and_follow_the_root() -> None:
    ours, theirs = RootKeys.from_root(KEY), RootKeys.from_root(KEY[::-1])
    all_keys = [getattr(keys, name) for keys in (ours, theirs) for name in RootKeys.__slots__]
    assert len(set(all_keys)) == 2 * len(RootKeys.__slots__)
    assert RootKeys.from_root(KEY) == ours


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_root_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(SealingError, match=f"this one has {length}"):
        RootKeys.from_root(bytes(length))


tricky = st.text("sn|:,0", max_size=6)  # what a separator, a kind or a length could be mistaken for
fields = st.lists(st.one_of(tricky, tricky.map(str.encode), st.integers(0, 9), st.none()), max_size=3)


@given(fields, fields)
def test_two_lists_of_fields_are_encoded_alike_only_if_they_are_alike(left: list[object], right: list[object]) -> None:
    alike = [(type(field), field) for field in left] == [(type(field), field) for field in right]
    assert (encode(*left) == encode(*right)) is alike


def test_fields_can_not_be_shifted_over_their_boundaries() -> None:
    for left, right in (
        (("a|b", "c"), ("a", "b|c")),
        (("a|sb",), ("a", "b")),
        (("ab", ""), ("a", "b")),
        (("", "ab"), ("ab", "")),
        (("1",), (1,)),
        ((b"1",), ("1",)),
        (("",), (None,)),
        ((12, 3), (1, 23)),
    ):
        assert encode(*left) != encode(*right)


def test_what_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="not float"):
        encode(1.5)
