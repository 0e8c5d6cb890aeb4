"""Form state: it opens in its own place and time, or says why not."""

import base64
import json
import random
import string
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sealing import form
from consult.sealing.form import (
    FormContext,
    FormDamaged,
    FormExpired,
    FormTooLarge,
    open_form,
    seal_form,
)
from consult.sealing.root import RootKeys

HERE = FormContext("strand-1", "d1" * 32, "children-1")
NOW, LATER = 1_800_000_000, 1_800_003_600
STATE = json.dumps({"Q14": "often", "own": "سلام، " * 40}, ensure_ascii=False).encode()

quick = settings(deadline=None, max_examples=60)


@pytest.fixture(scope="module")
def values(keys: RootKeys) -> tuple[str, ...]:
    """A state that takes all three cookies."""
    return seal_form(keys.form, HERE, random.Random(1).randbytes(8000), LATER)


@quick
@given(state=st.binary(max_size=5000))
def test_what_is_sealed_opens_and_fits_its_cookies(keys: RootKeys, state: bytes) -> None:
    values = seal_form(keys.form, HERE, state, LATER)
    assert open_form(keys.form, values, NOW) == (HERE, state)
    assert 1 <= len(values) <= 3
    safe = set(string.ascii_letters + string.digits + "-_")
    assert all(0 < len(value) <= 3800 and set(value) <= safe for value in values)


def test_the_largest_state_that_is_taken_comes_back(keys: RootKeys) -> None:
    state = bytes(64 * 1024)
    assert open_form(keys.form, seal_form(keys.form, HERE, state, LATER), NOW) == (HERE, state)


@pytest.mark.parametrize("seed", range(5))
def test_8_kb_of_own_words_fit_beside_fifty_other_answers(keys: RootKeys, seed: int) -> None:
    """The worst that text can be: every printable ASCII character equally often, in no order."""
    dice = random.Random(seed)
    printable = [character for character in string.printable[:95] if character not in '"\\']
    words = {f"own-{n}": "".join(dice.choices(printable, k=2048)) for n in range(4)}
    closed = {f"Q{n}": dice.choice(["often", "sometimes", "never"]) for n in range(50)}
    state = json.dumps(words | closed).encode()
    assert open_form(keys.form, seal_form(keys.form, HERE, state, LATER), NOW) == (HERE, state)


def test_cookies_do_not_tell_which_consultation_they_belong_to(values: tuple[str, ...]) -> None:
    raw = base64.urlsafe_b64decode("".join(values) + "==")
    for named in (HERE.strand, HERE.plan_digest, HERE.schema):
        assert named.encode() not in raw
        assert named not in "".join(values)


def test_the_same_state_twice_gives_other_cookies(keys: RootKeys) -> None:
    assert seal_form(keys.form, HERE, STATE, LATER) != seal_form(keys.form, HERE, STATE, LATER)


@pytest.mark.parametrize("now", [LATER, LATER + 1, LATER + 10**6])
def test_an_expired_state_says_so(keys: RootKeys, now: int) -> None:
    values = seal_form(keys.form, HERE, STATE, LATER)
    assert open_form(keys.form, values, LATER - 1) == (HERE, STATE)
    with pytest.raises(FormExpired):
        open_form(keys.form, values, now)


@pytest.mark.parametrize(
    "there",
    [replace(HERE, strand="strand-2"), replace(HERE, plan_digest="d2" * 32), replace(HERE, schema="children-2")],
    ids=["strand", "plan", "schema"],
)
def test_a_state_says_where_it_belongs(keys: RootKeys, there: FormContext) -> None:
    assert open_form(keys.form, seal_form(keys.form, there, STATE, LATER), NOW) == (there, STATE)


def test_a_head_of_one_state_on_the_body_of_another_is_damaged(keys: RootKeys) -> None:
    """Neither another strand's head nor a later expiry can be put on an older body."""
    for head in (
        seal_form(keys.form, replace(HERE, strand="strand-2"), STATE, LATER),
        seal_form(keys.form, HERE, STATE, LATER + 1),
    ):
        body = seal_form(keys.form, HERE, STATE, LATER)
        spliced = _spliced(head, body)
        with pytest.raises(FormDamaged):
            open_form(keys.form, spliced, NOW)


@quick
@given(data=st.data())
def test_any_changed_character_is_damaged(keys: RootKeys, values: tuple[str, ...], data: st.DataObject) -> None:
    which = data.draw(st.integers(0, 2))
    position = data.draw(st.integers(0, len(values[which]) - 1))
    other = data.draw(st.sampled_from("AQgw_-09z=; é").filter(lambda it: it != values[which][position]))
    altered = list(values)
    altered[which] = values[which][:position] + other + values[which][position + 1 :]
    with pytest.raises(FormDamaged):
        open_form(keys.form, altered, NOW)


def test_bits_that_base64_leaves_unused_can_not_be_changed_either(keys: RootKeys) -> None:
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    (value,) = next(values for n in range(4) if len((values := seal_form(keys.form, HERE, b"x" * n, LATER))[0]) % 4)
    sibling = alphabet[alphabet.index(value[-1]) + 1]
    assert base64.urlsafe_b64decode(value[:-1] + sibling + "==") == base64.urlsafe_b64decode(value + "==")
    with pytest.raises(FormDamaged):
        open_form(keys.form, (value[:-1] + sibling,), NOW)


def test_cut_missing_swapped_or_added_cookies_are_damaged(keys: RootKeys, values: tuple[str, ...]) -> None:
    assert len(values) == 3
    first, second, third = values
    for altered in (
        (),
        ("",),
        ("AQ",),
        ("AQEA",),
        (first,),
        (first, second),
        (second, third),
        (first, third, second),
        (first, second, third[:-1]),
        (first, second, third + "A"),
        (*values, ""),
        (first + second, third),
        seal_form(RootKeys.from_root(bytes(32)).form, HERE, STATE, LATER),
    ):
        with pytest.raises(FormDamaged):
            open_form(keys.form, altered, NOW)


@pytest.mark.parametrize("size", [9_000, 65_537])
def test_a_state_too_large_says_so(keys: RootKeys, size: int) -> None:
    with pytest.raises(FormTooLarge):
        seal_form(keys.form, HERE, random.Random(2).randbytes(size), LATER)
    with pytest.raises(FormTooLarge):
        seal_form(keys.form, HERE, bytes(65_537), LATER)


@pytest.mark.parametrize(
    "compressed",
    [zlib.compress(bytes(5 * 10**6), 9), zlib.compress(STATE)[:-4], zlib.compress(STATE) + b"more", b"not compressed"],
    ids=["bomb", "cut", "added", "nothing"],
)
def test_what_unpacks_wrongly_is_damaged(keys: RootKeys, compressed: bytes) -> None:
    """Rightly sealed, as by another program under the same key: 5 MB that fit two cookies are not unpacked."""
    values = form._values(form._packed(keys.form, HERE, compressed, LATER))
    with pytest.raises(FormDamaged, match="unpack"):
        open_form(keys.form, values, NOW)


def _spliced(head: tuple[str, ...], body: tuple[str, ...]) -> tuple[str, ...]:
    heads, bodies = (base64.urlsafe_b64decode("".join(values) + "==") for values in (head, body))
    ends = [4 + int.from_bytes(packed[2:4], "big") for packed in (heads, bodies)]
    joined = heads[: ends[0]] + bodies[ends[1] :]
    return (base64.urlsafe_b64encode(joined).decode().rstrip("="),)
