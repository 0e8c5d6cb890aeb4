"""A strand opens with one lead and one reviewer, and in no other way."""

from dataclasses import replace
from itertools import combinations, product

import pytest

from consult.sealing.strand import Half, HolderRole, create_strand_key, open_share, open_strand_private
from consult.sealing.suite import SealingError, Secret, generate_key_pair, public_of
from tests.sealing.house import LEADS, REVIEWERS, House, changed

KEYS = {name: generate_key_pair().public for name in ("a", "b", "c", "d", "e")}


@pytest.mark.parametrize(("lead", "reviewer"), [*product(LEADS, REVIEWERS)])
def test_every_lead_with_every_reviewer_opens(house: House, lead: str, reviewer: str) -> None:
    private = open_strand_private(house.strand, house.half(lead), house.half(reviewer))
    assert public_of(private) == house.strand.public


@pytest.mark.parametrize("pair", [*combinations(LEADS, 2), *combinations(REVIEWERS, 2), *((one, one) for one in LEADS)])
def test_two_of_one_role_or_one_person_twice_do_not_open(house: House, pair: tuple[str, str]) -> None:
    """Not by their halves as they are, and not by calling one of them the other role."""
    first, second = (house.half(name) for name in pair)
    with pytest.raises(SealingError, match="one of each"):
        open_strand_private(house.strand, first, second)
    with pytest.raises(SealingError):
        open_strand_private(house.strand, Half(HolderRole.LEAD, first.key), Half(HolderRole.REVIEWER, second.key))


def test_halves_in_the_wrong_order_are_refused(house: House) -> None:
    with pytest.raises(SealingError, match="one of each"):
        open_strand_private(house.strand, house.half("reviewer-1"), house.half("lead-1"))


@pytest.mark.parametrize("guess", [bytes(32), b"\xff" * 32])
def test_one_half_and_a_guess_do_not_open(house: House, guess: bytes) -> None:
    with pytest.raises(SealingError):
        open_strand_private(house.strand, house.half("lead-1"), Half(HolderRole.REVIEWER, Secret(guess)))


def test_a_share_opens_for_its_holder_only(house: House) -> None:
    for share in house.strand.shares:
        for name, pair in house.pairs.items():
            if name != share.holder_id:
                with pytest.raises(SealingError):
                    open_share(house.strand, share, pair.private)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"strand_id": "strand-9"},
        {"generation": 2},
        {"suite": 2},
        {"public": KEYS["a"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_strand_generation_suite_or_public_key_is_refused(house: House, elsewhere: dict[str, str]) -> None:
    lead, reviewer = house.half("lead-1"), house.half("reviewer-1")
    moved = replace(house.strand, **elsewhere)
    with pytest.raises(SealingError):
        open_strand_private(moved, lead, reviewer)
    with pytest.raises(SealingError):
        open_share(moved, house.strand.shares[0], house.pairs["lead-1"].private)


def test_a_strand_of_another_suite_is_named(house: House) -> None:
    with pytest.raises(SealingError, match="signed with suite 2"):
        open_strand_private(replace(house.strand, suite=2), house.half("lead-1"), house.half("reviewer-1"))


def test_a_share_of_another_role_or_holder_or_with_another_check_is_refused(house: House) -> None:
    share, private = house.strand.shares[0], house.pairs["lead-1"].private
    assert (share.holder_id, share.role) == ("lead-1", HolderRole.LEAD)
    for forged in (
        replace(share, role=HolderRole.REVIEWER),
        replace(share, holder_id="lead-2"),
        replace(share, check=changed(share.check, 5)),
        replace(share, sealed=house.strand.shares[1].sealed),
    ):
        with pytest.raises(SealingError):
            open_share(house.strand, forged, private)


def test_halves_of_another_strand_do_not_open(house: House, other_house: House) -> None:
    with pytest.raises(SealingError):
        open_strand_private(house.strand, other_house.half("lead-1"), other_house.half("reviewer-1"))


@pytest.mark.parametrize("position", [0, 1, 2, 13, 14, 60, -17, -1])
def test_a_changed_wrap_is_refused(house: House, position: int) -> None:
    wrapped = house.strand.wrapped_private
    damaged = replace(house.strand, wrapped_private=changed(wrapped, position % len(wrapped)))
    with pytest.raises(SealingError):
        open_strand_private(damaged, house.half("lead-1"), house.half("reviewer-1"))


@pytest.mark.parametrize(
    ("leads", "reviewers", "reason"),
    [
        ("a", "cd", "at least 2 leads"),
        ("ab", "c", "at least 2 reviewers"),
        ("", "", "at least 2 leads"),
        ("ab", "bc", "lead and reviewer"),
    ],
)
def test_too_few_holders_or_one_in_both_roles_are_refused(leads: str, reviewers: str, reason: str) -> None:
    with pytest.raises(SealingError, match=reason):
        create_strand_key("s", {name: KEYS[name] for name in leads}, {name: KEYS[name] for name in reviewers})


@pytest.mark.parametrize("twice", ["b", "c"])
def test_two_accounts_with_one_key_are_refused(twice: str) -> None:
    """A second account with the first one's key is the same holder again, in one role or in both."""
    keys = {**KEYS, twice: KEYS["a"]}
    with pytest.raises(SealingError, match="same key"):
        create_strand_key("s", {name: keys[name] for name in "ab"}, {name: keys[name] for name in "cd"})


def test_every_strand_gets_a_key_of_its_own_and_a_half_is_never_stored(house: House, other_house: House) -> None:
    assert house.strand.public != other_house.strand.public
    stored = b"".join([house.strand.wrapped_private, *(share.sealed + share.check for share in house.strand.shares)])
    for name in (*LEADS, *REVIEWERS):
        assert bytes(house.half(name).key) not in stored


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_half_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(SealingError, match="32 bytes"):
        Half(HolderRole.LEAD, Secret(bytes(length)))
