"""Receipts: what somebody types is read kindly, and a slip of the pen is noticed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sealing.receipt import (
    ReceiptDigits,
    ReceiptError,
    ReceiptProblem,
    grouped,
    new_receipt,
    normalise,
    record_ids,
)
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError

SALT = bytes(range(32))
ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
EXTENDED = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")

receipts = st.builds(new_receipt)
few = settings(deadline=None, max_examples=25)


@given(receipts)
def test_a_receipt_is_twenty_digits_shown_in_four_groups_of_five(digits: ReceiptDigits) -> None:
    groups = grouped(digits).split(" ")
    assert [len(group) for group in groups] == [5, 5, 5, 5]
    assert "".join(groups) == digits
    assert int(digits[:-1]) < 2**63


@few
@given(receipts)
def test_every_single_wrong_digit_is_noticed(digits: ReceiptDigits) -> None:
    for position, right in enumerate(digits):
        for wrong in set("0123456789") - {right}:
            with pytest.raises(ReceiptError) as caught:
                normalise(digits[:position] + wrong + digits[position + 1 :])
            assert caught.value.problem is ReceiptProblem.DIGIT


@few
@given(receipts)
def test_every_two_neighbours_swapped_are_noticed(digits: ReceiptDigits) -> None:
    for position in range(19):
        left, right = digits[position : position + 2]
        if left != right:
            with pytest.raises(ReceiptError) as caught:
                normalise(digits[:position] + right + left + digits[position + 2 :])
            assert caught.value.problem is ReceiptProblem.DIGIT


@given(receipts)
def test_it_is_read_as_people_write_it(digits: ReceiptDigits) -> None:
    shown = grouped(digits)
    for typed in (
        digits,
        shown,
        shown.replace(" ", "-"),
        shown.replace(" ", " – "),
        shown.replace(" ", "."),
        f"\u200f\u2067 {shown}\u2069\r\n",
        shown.replace(" ", "\u00a0").translate(ARABIC_INDIC),
        shown.translate(EXTENDED),
    ):
        assert normalise(typed) == digits


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", ReceiptProblem.LENGTH),
        ("12345", ReceiptProblem.LENGTH),
        ("0" * 21, ReceiptProblem.LENGTH),
        ("my receipt", ReceiptProblem.CHARACTER),
        ("O" + "0" * 19, ReceiptProblem.CHARACTER),
        ("0" * 19 + "½", ReceiptProblem.CHARACTER),
        ("0" * 19 + "²", ReceiptProblem.CHARACTER),
        ("0" * 19 + "\0", ReceiptProblem.CHARACTER),
    ],
)
def test_what_is_no_receipt_says_why_and_repeats_nothing(typed: str, problem: ReceiptProblem) -> None:
    with pytest.raises(ReceiptError) as caught:
        normalise(typed)
    assert caught.value.problem is problem
    assert "Please" in str(caught.value)
    assert not typed or typed not in str(caught.value)


def test_the_same_digits_lead_to_the_same_two_records_and_other_digits_elsewhere(keys: RootKeys) -> None:
    first, second = new_receipt(), new_receipt()
    ids = record_ids(keys.receipt, SALT, first)
    assert ids == record_ids(keys.receipt, SALT, first)
    others = [
        record_ids(keys.receipt, SALT, second),
        record_ids(keys.receipt, SALT[::-1], first),
        record_ids(RootKeys.from_root(bytes(32)).receipt, SALT, first),
    ]
    every = [one for pair in (ids, *others) for one in (pair.profile, pair.answers)]
    assert len(set(every)) == 8
    assert {len(one) for one in every} == {32}


@pytest.mark.parametrize("salt", [b"", bytes(31)])
def test_a_destroyed_salt_leads_nowhere(keys: RootKeys, salt: bytes) -> None:
    with pytest.raises(SealingError, match="salt"):
        record_ids(keys.receipt, salt, new_receipt())


def test_receipts_do_not_repeat() -> None:
    assert len({new_receipt() for _ in range(500)}) == 500
