"""Requests, grants and openings: two people meet, for one strand, on the terms that were agreed."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sealing.epoch import Epoch, SealedEpoch, new_epoch
from consult.sealing.opening import (
    GrantTerms,
    Opening,
    grant,
    new_request,
    receive_grant,
    unwrap_request_private,
    wrap_request_private,
)
from consult.sealing.record import StoredRecord
from consult.sealing.root import RootKeys
from consult.sealing.strand import Half, HolderRole
from consult.sealing.suite import SealingError, Secret, seal_to
from tests.sealing.house import LEADS, REVIEWERS, SCHEMA, House, answers, changed, epoch_of

TERMS = GrantTerms("request-1", "strand-1", "lead-1", "reviewer-1", "tables", "2026-03-01T12:00:00Z")
COOKIE = bytes(range(64, 96))
REQUEST = new_request()

quick = settings(deadline=None, max_examples=60)


@pytest.fixture(scope="module")
def epochs(house: House, keys: RootKeys) -> list[Epoch]:
    return [epoch_of(house.strand, keys) for _ in range(3)]


@pytest.fixture(scope="module")
def records(house: House, epochs: list[Epoch]) -> list[StoredRecord]:
    return [answers(house.strand, epochs[n % 3], os.urandom(32), b"answer %d" % n) for n in range(7)]


def stored(epochs: list[Epoch]) -> list[SealedEpoch]:
    return [epoch.stored for epoch in epochs]


def opened(
    house: House, keys: RootKeys, epochs: list[SealedEpoch], records: list[StoredRecord], schema: str = SCHEMA
) -> list[bytes]:
    opening = Opening(house.strand, house.half("lead-1"), house.half("reviewer-1"), keys.row_seal)
    return list(opening.open_records(epochs, records, schema))


@pytest.mark.parametrize(("lead", "reviewer"), [*product(LEADS, REVIEWERS)])
def test_a_request_a_grant_and_a_reviewer_open_every_record(
    house: House, keys: RootKeys, epochs: list[Epoch], records: list[StoredRecord], lead: str, reviewer: str
) -> None:
    terms = replace(TERMS, lead_id=lead, reviewer_id=reviewer)
    request = new_request()
    in_session = wrap_request_private(COOKIE, request.private, terms.request_id)
    granted = grant(house.half(lead), request.public, terms)

    private = unwrap_request_private(COOKIE, in_session, terms.request_id)
    opening = Opening(house.strand, receive_grant(private, granted, terms), house.half(reviewer), keys.row_seal)

    assert list(opening.open_records(stored(epochs), records, SCHEMA)) == [b"answer %d" % n for n in range(7)]


@pytest.mark.parametrize("term", ["request_id", "strand_id", "lead_id", "reviewer_id", "mode", "ends"])
def test_a_grant_holds_for_exactly_its_terms(house: House, term: str) -> None:
    granted = grant(house.half("lead-1"), REQUEST.public, TERMS)
    with pytest.raises(SealingError):
        receive_grant(REQUEST.private, granted, replace(TERMS, **{term: "another"}))


def test_a_grant_to_one_request_opens_no_other(house: House) -> None:
    granted = grant(house.half("lead-1"), REQUEST.public, TERMS)
    with pytest.raises(SealingError):
        receive_grant(new_request().private, granted, TERMS)


def test_a_grant_with_a_changed_byte_is_refused(house: House) -> None:
    granted = grant(house.half("lead-1"), REQUEST.public, TERMS)
    for position in range(0, len(granted), 7):
        with pytest.raises(SealingError):
            receive_grant(REQUEST.private, changed(granted, position), TERMS)


def test_a_reviewer_can_not_grant_and_nobody_grants_to_himself(house: House) -> None:
    with pytest.raises(SealingError, match="Only a lead's half"):
        grant(house.half("reviewer-1"), REQUEST.public, TERMS)
    with pytest.raises(SealingError, match="two people"):
        grant(house.half("lead-1"), REQUEST.public, replace(TERMS, reviewer_id="lead-1"))


@pytest.mark.parametrize("forged", [b"", bytes(32), bytes(31)])
def test_a_grant_forged_without_the_half_opens_nothing(house: House, keys: RootKeys, forged: bytes) -> None:
    """Anybody with the database can seal something to the request: it is not L, so the strand stays shut."""
    granted = seal_to(REQUEST.public, forged, TERMS.bound())
    with pytest.raises(SealingError):
        Opening(house.strand, receive_grant(REQUEST.private, granted, TERMS), house.half("reviewer-1"), keys.row_seal)


def test_a_request_key_opens_with_its_own_cookie_and_session_only() -> None:
    in_session = wrap_request_private(COOKIE, REQUEST.private, "request-1")
    assert unwrap_request_private(COOKIE, in_session, "request-1") == REQUEST.private
    for cookie, wrapped, request_id in (
        (COOKIE[::-1], in_session, "request-1"),
        (COOKIE, in_session, "request-2"),
        (COOKIE, changed(in_session, 40), "request-1"),
        (COOKIE, in_session[:-1], "request-1"),
        (b"", in_session, "request-1"),
    ):
        with pytest.raises(SealingError):
            unwrap_request_private(cookie, wrapped, request_id)


def test_halves_of_another_strand_or_role_open_nothing(house: House, other_house: House, keys: RootKeys) -> None:
    lead, reviewer = house.half("lead-1"), house.half("reviewer-1")
    for pair in (
        (lead, house.half("lead-2")),
        (reviewer, house.half("reviewer-2")),
        (reviewer, lead),
        (lead, other_house.half("reviewer-1")),
        (lead, Half(HolderRole.REVIEWER, lead.key)),
        (lead, Half(HolderRole.REVIEWER, Secret(bytes(32)))),
    ):
        with pytest.raises(SealingError):
            Opening(house.strand, *pair, keys.row_seal)
    with pytest.raises(SealingError):
        Opening(replace(house.strand, generation=2), lead, reviewer, keys.row_seal)


@pytest.mark.parametrize("part", ["id", "share", "blob", "epoch_id"])
@quick
@given(data=st.data())
def test_a_changed_byte_of_a_record_stops_the_opening_before_it(
    house: House, keys: RootKeys, epochs: list[Epoch], records: list[StoredRecord], part: str, data: st.DataObject
) -> None:
    value = getattr(records[1], part)
    position = data.draw(st.integers(0, len(value) - 1))
    damaged = records[1]._replace(**{part: changed(value, position)})
    opening = Opening(house.strand, house.half("lead-1"), house.half("reviewer-1"), keys.row_seal)
    read = opening.open_records(stored(epochs), [records[0], damaged, records[2]], SCHEMA)
    assert read_until_refused(read) in ([], [b"answer 0"])
    assert list(read) == []


def test_many_records_come_out_in_the_order_given_and_none_after_a_changed_one(
    house: House, keys: RootKeys, epochs: list[Epoch]
) -> None:
    plain = [b"answer %d" % number for number in range(100)]
    many = [answers(house.strand, epochs[number % 3], os.urandom(32), text) for number, text in enumerate(plain)]
    opening = Opening(house.strand, house.half("lead-1"), house.half("reviewer-1"), keys.row_seal)
    assert list(opening.open_records(stored(epochs), many, SCHEMA)) == plain
    many[70] = many[70]._replace(share=many[71].share)
    before = read_until_refused(opening.open_records(stored(epochs), many, SCHEMA))
    assert before == plain[: len(before)]
    assert len(before) <= 70


def read_until_refused(read: Iterator[bytes]) -> list[bytes]:
    """What comes out before the opening stops, as it has to."""
    came: list[bytes] = []
    with pytest.raises(SealingError):
        came.extend(read)
    return came


def test_a_record_in_the_wrong_epoch_schema_or_without_its_epoch_is_refused(
    house: House, keys: RootKeys, epochs: list[Epoch], records: list[StoredRecord]
) -> None:
    moved = records[0]._replace(epoch_id=records[1].epoch_id)
    for given_epochs, record in ((epochs, moved), (epochs[1:], records[0]), ([], records[0])):
        with pytest.raises(SealingError):
            opened(house, keys, stored(given_epochs), [record])
    with pytest.raises(SealingError):
        opened(house, keys, stored(epochs), [records[0]], schema="children-2")


def test_the_parts_of_two_records_do_not_mix(
    house: House, keys: RootKeys, epochs: list[Epoch], records: list[StoredRecord]
) -> None:
    """Records 0 and 3 lie in one epoch: only id, share and blob of the same response fit together."""
    assert records[0].epoch_id == records[3].epoch_id
    for part in ("id", "share", "blob"):
        with pytest.raises(SealingError):
            opened(house, keys, stored(epochs), [records[0]._replace(**{part: getattr(records[3], part)})])


def test_a_forged_or_strange_epoch_is_refused_before_any_record_is_read(
    house: House, other_house: House, keys: RootKeys, epochs: list[Epoch], records: list[StoredRecord]
) -> None:
    forger = RootKeys.from_root(bytes(32))
    forged = new_epoch("strand-1", house.strand.public, forger.row_seal).stored
    strange = epoch_of(other_house.strand, keys).stored
    renamed = replace(strange, strand_id="strand-1")
    opening = Opening(house.strand, house.half("lead-1"), house.half("reviewer-1"), keys.row_seal)
    with pytest.raises(SealingError, match="another strand"):
        opening.open_records([strange], [], SCHEMA)
    for bad in (forged, strange, renamed, replace(epochs[0].stored, sealed_key=epochs[1].stored.sealed_key)):
        with pytest.raises(SealingError):
            opening.open_records([*stored(epochs), bad], records, SCHEMA)


def test_two_strands_stay_apart_even_for_one_pair_of_people(
    house: House, other_house: House, keys: RootKeys, epochs: list[Epoch], records: list[StoredRecord]
) -> None:
    with pytest.raises(SealingError):
        opened(other_house, keys, stored(epochs), records)
    with pytest.raises(SealingError):
        opened(other_house, keys, [], records)
    assert opened(house, keys, stored(epochs), records)
