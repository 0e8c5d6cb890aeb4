"""People and strands for the sealing tests, made by plain functions."""

from collections.abc import Mapping
from dataclasses import dataclass

from consult.sealing.epoch import Epoch, new_epoch
from consult.sealing.identity import LIGHT, Identity, create_identity, new_passphrase
from consult.sealing.record import Purpose, RecordContext, StoredRecord, seal_record
from consult.sealing.recovery import RecoveryCode, new_recovery_code
from consult.sealing.root import RootKeys
from consult.sealing.strand import Half, StrandKey, create_strand_key, open_share
from consult.sealing.suite import KeyPair, generate_key_pair

LEADS = ("lead-1", "lead-2")
REVIEWERS = ("reviewer-1", "reviewer-2")
SCHEMA = "children-1"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a passphrase and a printed recovery code, and what is stored of them."""

    passphrase: str
    identity: Identity
    code: RecoveryCode


@dataclass(frozen=True, slots=True)
class House:
    """A strand with its holders, as it stands right after signing."""

    pairs: Mapping[str, KeyPair]
    strand: StrandKey

    def half(self, holder_id: str) -> Half:
        share = next(share for share in self.strand.shares if share.holder_id == holder_id)
        return open_share(self.strand, share, self.pairs[holder_id].private)


def new_house(strand_id: str) -> House:
    pairs = {name: generate_key_pair() for name in (*LEADS, *REVIEWERS)}
    return House(pairs, sign_strand(strand_id, {name: pair.public for name, pair in pairs.items()}))


def sign_strand(strand_id: str, public_keys: Mapping[str, bytes]) -> StrandKey:
    leads = {name: public_keys[name] for name in LEADS}
    reviewers = {name: public_keys[name] for name in REVIEWERS}
    return create_strand_key(strand_id, leads, reviewers)


def new_person(keys: RootKeys) -> Person:
    passphrase, code = new_passphrase(), new_recovery_code()
    identity = create_identity(passphrase, keys.passphrase, holder=True, stretching=LIGHT, strict=False, code=code)
    return Person(passphrase, identity, code)


def epoch_of(strand: StrandKey, keys: RootKeys) -> Epoch:
    return new_epoch(strand.strand_id, strand.public, keys.row_seal)


def answers(strand: StrandKey, epoch: Epoch, record_id: bytes, plaintext: bytes) -> StoredRecord:
    """One sealed record of answers as the tables hold it."""
    context = RecordContext(Purpose.ANSWERS, strand.strand_id, epoch.id, SCHEMA)
    sealed = seal_record(epoch.key, context, record_id, plaintext)
    return StoredRecord(sealed.id, epoch.id, sealed.share, sealed.blob)


def changed(blob: bytes, position: int) -> bytes:
    """The blob with one bit turned over."""
    return blob[:position] + bytes([blob[position] ^ 1]) + blob[position + 1 :]
