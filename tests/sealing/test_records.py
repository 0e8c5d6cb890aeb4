"""Epochs and records: what is sealed under them, and what a change to either does."""

import hmac
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sealing.canonical import encode
from consult.sealing.epoch import Epoch, EpochKey, new_epoch, open_epoch
from consult.sealing.record import (
    BLOB_SIZES,
    LARGEST_PLAINTEXT_BYTES,
    Purpose,
    RecordContext,
    RecordTooLarge,
    SealedRecord,
    open_record,
    seal_record,
)
from consult.sealing.root import RootKeys
from consult.sealing.rowseal import row_seal
from consult.sealing.strand import open_strand_private
from consult.sealing.suite import HEADER, SealingError, Secret, Unsealer
from tests.sealing.house import House, changed, epoch_of

KEY = EpochKey(Secret(bytes(range(32))))
ID = bytes(range(32, 64))
PLACE = RecordContext(Purpose.ANSWERS, "strand-1", bytes(16), "children-1")
RECORD = seal_record(KEY, PLACE, ID, b"what somebody wrote")

quick = settings(deadline=None, max_examples=80)


def bound(place: RecordContext) -> bytes:
    """What is authenticated with a record, before its id: what was sealed years ago must open by it."""
    return HEADER + encode("record", place.purpose.value, place.strand_id, place.epoch_id, place.schema)


@quick
@given(st.binary(max_size=3000))
def test_what_is_sealed_opens_and_its_size_is_one_of_five(plaintext: bytes) -> None:
    record = seal_record(KEY, PLACE, ID, plaintext)
    assert open_record(KEY, PLACE, record) == plaintext
    assert len(record.blob) in BLOB_SIZES


@pytest.mark.parametrize("size", BLOB_SIZES)
def test_each_size_is_filled_to_its_last_byte(size: int) -> None:
    full = b"\0" * (size - 22)
    assert len(seal_record(KEY, PLACE, ID, full).blob) == size
    assert open_record(KEY, PLACE, seal_record(KEY, PLACE, ID, full)) == full
    if size < BLOB_SIZES[-1]:
        assert len(seal_record(KEY, PLACE, ID, full + b"x").blob) == 2 * size


def test_too_large_is_a_clear_error() -> None:
    assert LARGEST_PLAINTEXT_BYTES == 16362
    with pytest.raises(RecordTooLarge, match="16363 bytes, and such a record holds at most 16362"):
        seal_record(KEY, PLACE, ID, b"x" * 16363)


@quick
@given(st.integers(0, len(RECORD.blob) - 1))
def test_any_changed_byte_of_the_blob_is_refused(position: int) -> None:
    with pytest.raises(SealingError):
        open_record(KEY, PLACE, replace(RECORD, blob=changed(RECORD.blob, position)))


@quick
@given(st.integers(0, len(RECORD.blob) - 1))
def test_a_truncated_blob_is_refused(length: int) -> None:
    with pytest.raises(SealingError, match="cut short"):
        open_record(KEY, PLACE, replace(RECORD, blob=RECORD.blob[:length]))


@pytest.mark.parametrize(
    "record",
    [
        replace(RECORD, share=changed(RECORD.share, 0)),
        replace(RECORD, share=b""),
        replace(RECORD, id=changed(RECORD.id, 31)),
        replace(RECORD, id=RECORD.id[:-1]),
        replace(RECORD, id=RECORD.id + RECORD.share[:1], share=RECORD.share[1:]),
        replace(RECORD, blob=RECORD.blob + RECORD.blob),
    ],
    ids=["share changed", "share gone", "id changed", "id cut", "boundary shifted", "blob doubled"],
)
def test_a_changed_share_or_id_is_refused(record: SealedRecord) -> None:
    with pytest.raises(SealingError):
        open_record(KEY, PLACE, record)


def test_an_id_or_a_share_of_another_length_is_named() -> None:
    """Both stand in what a key is made of without their lengths; and a share that is gone is told as that."""
    with pytest.raises(SealingError, match="id of 32 bytes"):
        seal_record(KEY, PLACE, ID[:-1], b"words")
    with pytest.raises(SealingError, match="share of 16"):
        open_record(KEY, PLACE, replace(RECORD, share=b""))


@pytest.mark.parametrize(
    "place",
    [
        replace(PLACE, purpose=Purpose.PROFILE),
        replace(PLACE, strand_id="strand-2"),
        replace(PLACE, epoch_id=bytes(15) + b"x"),
        replace(PLACE, schema="children-2"),
    ],
    ids=["purpose", "strand", "epoch", "schema"],
)
def test_a_record_opens_in_its_own_place_only(place: RecordContext) -> None:
    with pytest.raises(SealingError):
        open_record(KEY, place, RECORD)


def test_an_unknown_version_or_suite_is_named() -> None:
    for blob, named in ((b"\x07" + RECORD.blob[1:], "version 7"), (b"\x01\x02" + RECORD.blob[2:], "suite 2")):
        with pytest.raises(SealingError, match=named):
            open_record(KEY, PLACE, replace(RECORD, blob=blob))


def test_sealing_the_same_again_never_uses_a_key_twice() -> None:
    """The zero nonce rests on this: same epoch, same id, same words, and yet another share and another blob."""
    sealed = [seal_record(KEY, PLACE, ID, b"same") for _ in range(50)]
    assert len({record.share for record in sealed}) == 50
    assert len({record.blob[2:18] for record in sealed}) == 50


@quick
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.sampled_from(Purpose))
def test_a_records_key_is_hmac_sha256_of_purpose_id_and_share(
    epoch_key: bytes, record_id: bytes, purpose: Purpose
) -> None:
    """The page on sealing says so, and what was sealed years ago must open by it."""
    place = replace(PLACE, purpose=purpose)
    record = seal_record(EpochKey(Secret(epoch_key)), place, record_id, b"words")
    told = encode("record key", purpose.value) + record_id + record.share
    padded = AESGCM(hmac.digest(epoch_key, told, "sha256")).decrypt(
        bytes(12), record.blob[2:], bound(place) + record_id
    )
    assert padded.rstrip(b"\0")[4:] == b"words"
    assert open_record(EpochKey(Secret(epoch_key)), place, record) == b"words"


@quick
@given(st.integers(0, 5000), st.sampled_from([b"\0" * 3 + b"\xff", b"\xff" * 4]))
def test_padding_that_is_not_zero_or_a_length_beyond_the_end_is_refused(position: int, length: bytes) -> None:
    """Only a program that holds the key can make such a record; it is damaged all the same."""
    record_id, share = bytes(32), bytes(16)
    key = hmac.digest(KEY, encode("record key", PLACE.purpose.value) + record_id + share, "sha256")
    padded = bytearray(length + bytes(1002))
    padded[4 + 255 + position % 747] |= 1
    sealed = AESGCM(key).encrypt(bytes(12), bytes(padded), bound(PLACE) + record_id)
    with pytest.raises(SealingError, match="padding"):
        open_record(KEY, PLACE, SealedRecord(record_id, share, HEADER + sealed))


@pytest.fixture(scope="module")
def unsealer(house: House) -> Unsealer:
    return Unsealer(open_strand_private(house.strand, house.half("lead-1"), house.half("reviewer-1")))


@pytest.fixture(scope="module")
def epoch(house: House, keys: RootKeys) -> Epoch:
    return epoch_of(house.strand, keys)


def test_an_epoch_opens_for_its_strand(epoch: Epoch, unsealer: Unsealer, keys: RootKeys) -> None:
    assert open_epoch(unsealer, epoch.stored, keys.row_seal) == epoch.key
    assert bytes(epoch.key) not in epoch.stored.sealed_key
    assert repr(bytes(epoch.key))[2:20] not in repr(epoch)


def test_two_epochs_share_nothing(house: House, keys: RootKeys) -> None:
    first, second = epoch_of(house.strand, keys), epoch_of(house.strand, keys)
    assert first.id != second.id
    assert first.key != second.key


def test_an_epoch_of_another_strand_does_not_open(other_house: House, unsealer: Unsealer, keys: RootKeys) -> None:
    with pytest.raises(SealingError):
        open_epoch(unsealer, epoch_of(other_house.strand, keys).stored, keys.row_seal)


def test_a_forged_epoch_is_refused_although_it_is_sealed_to_the_right_key(
    house: House, epoch: Epoch, unsealer: Unsealer, keys: RootKeys
) -> None:
    """Anybody with the database can seal to a public key; without the row-seal key they can not pass it off."""
    forger = RootKeys.from_root(bytes(32))
    forged = new_epoch(house.strand.strand_id, house.strand.public, forger.row_seal).stored
    with pytest.raises(SealingError, match=f"{forged.id.hex()} of table epoch"):
        open_epoch(unsealer, forged, keys.row_seal)
    with pytest.raises(SealingError):
        open_epoch(unsealer, replace(forged, row_seal=epoch.stored.row_seal), keys.row_seal)


@pytest.mark.parametrize("part", ["id", "sealed_key", "row_seal"])
@quick
@given(data=st.data())
def test_any_changed_byte_of_a_stored_epoch_is_refused(
    epoch: Epoch, unsealer: Unsealer, keys: RootKeys, part: str, data: st.DataObject
) -> None:
    value = getattr(epoch.stored, part)
    position = data.draw(st.integers(0, len(value) - 1))
    damaged = replace(epoch.stored, **{part: changed(value, position)})
    with pytest.raises(SealingError):
        open_epoch(unsealer, damaged, keys.row_seal)


def test_an_epoch_given_another_id_is_refused_even_when_the_row_is_sealed_again(
    epoch: Epoch, unsealer: Unsealer, keys: RootKeys
) -> None:
    """Who has the configuration as well can forge rows; the epoch's key still opens under its own id only."""
    columns = {"strand_id": epoch.stored.strand_id, "sealed_key": epoch.stored.sealed_key}
    moved_id = changed(epoch.id, 0)
    resealed = replace(epoch.stored, id=moved_id, row_seal=row_seal(keys.row_seal, "epoch", moved_id, columns, 1))
    with pytest.raises(SealingError, match="does not open"):
        open_epoch(unsealer, resealed, keys.row_seal)
