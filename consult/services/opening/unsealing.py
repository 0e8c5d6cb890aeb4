"""The opening's own process: both halves meet, rows come straight from the database, and only what was asked leaves.

For counting, the process works in two copies of itself, each with half of the epochs and then half of the rows, so
that a million answers take seconds and no more memory than a thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from consult.database import read_at, stream
from consult.errors import Denied
from consult.inclusion.tabulate import Tables
from consult.models import Epoch, Response, ResponseShare
from consult.sealing.epoch import EpochKey, SealedEpoch
from consult.sealing.opening import GrantTerms, Opening, receive_grant
from consult.sealing.record import Purpose, open_each
from consult.sealing.root import RowSealKey
from consult.sealing.strand import Half, HolderRole, SealedShare, StrandKey, open_share
from consult.sealing.suite import PrivateKey
from consult.services.opening.ownwords import OwnWords, read_own_words, read_texts
from consult.services.ownprocess import side_by_side
from consult.services.tables.codedrows import count_answers
from consult.services.tables.doubt import epochs_apart
from consult.services.tables.payload import ANSWERS_SCHEMA
from consult.services.tables.tabulating import Tabulation

__all__ = ["Meeting", "Unsealing", "count_rows", "held_share", "read_all_words", "read_words_of"]

#: Tables, not mapped classes: making all mappings ready would take as long as opening ten thousand answers.
_ANSWERS, _SHARES, _EPOCHS = Response.__table__.c, ResponseShare.__table__.c, Epoch.__table__.c

#: Ids are random or keyed digests, so as many begin with a low byte as with a high one.
_HALVES: tuple[tuple[bytes, bytes | None], ...] = ((b"", b"\x80"), (b"\x80", None))


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a lead's grant and a reviewer's passphrase give, for a short-lived process in which the halves meet."""

    key: StrandKey
    reviewer_id: str
    reviewer_private: PrivateKey = field(repr=False)
    request_private: PrivateKey = field(repr=False)
    sealed_half: bytes
    terms: GrantTerms

    def halves(self) -> tuple[Half, Half]:
        """The lead's and the reviewer's; only there. Raises `SealingError`."""
        lead = receive_grant(self.request_private, self.sealed_half, self.terms)
        mine = held_share(self.key, self.reviewer_id, HolderRole.REVIEWER)
        return lead, open_share(self.key, mine, self.reviewer_private)


@dataclass(frozen=True, slots=True)
class Unsealing:
    """Everything the short-lived process needs; it is handed over by pipe and written nowhere."""

    meeting: Meeting
    row_seal_key: RowSealKey = field(repr=False)
    #: the address of the database, password and all
    database: str = field(repr=False)

    @property
    def strand_id(self) -> str:
        """The strand whose key it is."""
        return self.meeting.key.strand_id

    def opening(self) -> Opening:
        """The strand opened. Raises `SealingError`."""
        return Opening(self.meeting.key, *self.meeting.halves(), self.row_seal_key)


def held_share(key: StrandKey, person_id: str, role: HolderRole) -> SealedShare:
    """A holder's share of a key. Raises `Denied` for whoever holds none in this role."""
    for share in key.shares:
        if (share.holder_id, share.role) == (person_id, role):
            return share
    raise Denied("You hold no half of this part's key.")


def count_rows(work: Unsealing, tabulation: Tabulation) -> Tables:
    """All answers of the strand in the tables of a release, not protected. Raises `SealingError`."""
    keys = _all_epoch_keys(work)
    one, other = side_by_side(partial(_count_half, work.database, work.strand_id, keys, tabulation), _HALVES)
    return one.plus(other)


def read_all_words(work: Unsealing, questions: Sequence[str]) -> tuple[OwnWords, ...]:
    """What people wrote in their own words. Raises `SealingError`."""
    with read_at(work.database) as db:
        records = list(stream(db, _of(work.strand_id).order_by(_ANSWERS.id)))
        plain = work.opening().open_records(_epochs(db, work.strand_id), records, ANSWERS_SCHEMA)
        return read_own_words(plain, responses=[record_id for record_id, *_ in records], questions=questions)


def read_words_of(work: Unsealing, questions: Sequence[str], epochs: frozenset[bytes]) -> tuple[Mapping[str, str], ...]:
    """Own words alone, of some epochs, by question. Raises `SealingError`."""
    with read_at(work.database) as db:
        found = (each for each in stream(db, _of(work.strand_id).order_by(_ANSWERS.id)) if each[1] in epochs)
        plain = work.opening().open_records(_epochs(db, work.strand_id), found, ANSWERS_SCHEMA)
        return read_texts(plain, questions=questions)


def _all_epoch_keys(work: Unsealing) -> dict[bytes, EpochKey]:
    one, other = side_by_side(partial(_epoch_keys, work), _HALVES)
    return one | other


def _epoch_keys(work: Unsealing, half: tuple[bytes, bytes | None]) -> dict[bytes, EpochKey]:
    with read_at(work.database) as db:
        return work.opening().open_epochs(_epochs(db, work.strand_id, half))


def _count_half(
    database: str,
    strand_id: str,
    keys: Mapping[bytes, EpochKey],
    tabulation: Tabulation,
    half: tuple[bytes, bytes | None],
) -> Tables:
    start, end = half
    wanted = _of(strand_id).where(_ANSWERS.id >= start)
    with read_at(database) as db:
        records = stream(db, wanted if end is None else wanted.where(_ANSWERS.id < end))
        return count_answers(open_each(keys, Purpose.ANSWERS, strand_id, ANSWERS_SCHEMA, records), tabulation)


def _of(strand_id: str) -> Select[bytes, bytes, bytes, bytes]:
    """Every answer of the strand but those that are set apart: the one place from which answers go to an opening.

    An answer whose share is gone comes without one and stops the opening: it is not left out in silence.
    """
    with_shares = Response.__table__.outerjoin(ResponseShare.__table__, _SHARES.response_id == _ANSWERS.id)
    return (
        select(_ANSWERS.id, _ANSWERS.epoch_id, func.coalesce(_SHARES.share, b""), _ANSWERS.sealed)
        .select_from(with_shares)
        .where(_ANSWERS.strand_id == strand_id, _ANSWERS.epoch_id.not_in(epochs_apart()))
    )


def _epochs(db: Session, strand_id: str, half: tuple[bytes, bytes | None] = (b"", None)) -> Iterator[SealedEpoch]:
    start, end = half
    columns = (_EPOCHS[each.name] for each in fields(SealedEpoch))
    wanted = select(*columns).where(_EPOCHS.strand_id == strand_id, _EPOCHS.id >= start)
    return (SealedEpoch(*row) for row in stream(db, wanted if end is None else wanted.where(_EPOCHS.id < end)))
