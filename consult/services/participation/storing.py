"""The rows of responses as they are stored: a few statements, written once, for one response or many at a time.

Each insert stores only while the strand runs and the epoch's row is there, unchanged, read by nobody and not in doubt,
as the transaction itself sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Dialect,
    LargeBinary,
    Subquery,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from consult.database import insert_for, inserting
from consult.grouped import Writing
from consult.models import (
    Edition,
    Epoch,
    EpochTriage,
    Profile,
    ProfileShare,
    QuarantinedEpoch,
    Response,
    ResponseShare,
    Strand,
    StrandSalt,
    StrandState,
)
from consult.models.base import UTCDateTime
from consult.sealing.epoch import SealedEpoch
from consult.sealing.record import SealedRecord

__all__ = ["Apart", "hold", "store", "store_epoch"]


class Apart(Exception):
    """Of several responses one is there already, or is not taken: each has to be stored alone."""


def hold(writing: Writing, strand_id: str) -> tuple[int | None, bytes | None]:
    """Keep the strand from changing until the transaction ends; the edition as of then, and the strand's salt."""
    row = writing.first(*_statements(writing.dialect).held, about={"strand": strand_id})
    return (row[0], row[1]) if row else (None, None)


def store(
    writing: Writing,
    epoch: SealedEpoch,
    answers: Sequence[SealedRecord],
    profiles: Sequence[SealedRecord],
    now: datetime,
    offer: Callable[[], None],
) -> bool:
    """Insert answers and profiles with their shares. Whether the answers are there now, from now or from before.

    A profile that is there already stays. `offer` is called when no answer was taken: it stores the epoch's row, unless
    it is there. Raises `Apart`.
    """
    statements = _statements(writing.dialect)
    at = {
        "strand": epoch.strand_id,
        "epoch": epoch.id,
        "sealed_key": epoch.sealed_key,
        "now": statements.moment(now),
    }
    inserts = [(each, at | _numbered(answers)) for each in statements.of_answers(len(answers))]
    if profiles:
        inserts += [(each, at | _numbered(profiles)) for each in statements.of_profiles(len(profiles))]
    stored = writing.insert(*inserts)
    if stored == 0:
        offer()
        stored = writing.insert(*inserts)
    if stored == len(answers):
        return True
    if len(answers) > 1:
        raise Apart
    return writing.session.get(Response, answers[0].id) is not None


def store_epoch(db: Session, epoch: SealedEpoch) -> bool:
    """Insert the row of an epoch; whether it was not there yet."""
    offered = inserting(db, Epoch).values(asdict(epoch)).on_conflict_do_nothing().returning(Epoch.__table__.c.id)
    return db.execute(offered).first() is not None


def _numbered(records: Sequence[SealedRecord]) -> dict[str, Any]:
    """The values of several records, as a statement for so many names them."""
    values: dict[str, Any] = {}
    for n, record in enumerate(records):
        values[f"record{n}"], values[f"blob{n}"], values[f"share{n}"] = record.id, record.blob, record.share
    return values


_STRANDS, _EPOCHS, _SALTS = Strand.__table__.c, Epoch.__table__.c, StrandSalt.__table__.c


class _Statements:
    """Written once for a kind of database, and handed to its driver as they are: that takes a tenth of the time."""

    def __init__(self, dialect: Dialect) -> None:
        kind: Any = type(dialect)
        self._named: Dialect = kind(paramstyle="named" if dialect.name == "sqlite" else "pyformat")
        salt = select(_SALTS.salt).where(_SALTS.strand_id == bindparam("strand")).scalar_subquery()
        edition = self._sql(select(Edition.__table__.c.n, salt))
        locked = self._sql(select(_STRANDS.id).where(_STRANDS.id == bindparam("strand")).with_for_update(read=True))
        # On SQLite nobody else writes meanwhile.
        self.held = (locked, edition) if dialect.name == "postgresql" else (edition,)
        running = exists().where(
            _STRANDS.id == bindparam("strand"),
            or_(
                _STRANDS.state == literal_column(f"'{StrandState.OPEN}'"),
                and_(
                    _STRANDS.state == literal_column(f"'{StrandState.SUSPENDED}'"),
                    _STRANDS.finish_by > bindparam("now"),
                ),
            ),
        )
        stored = exists().where(
            _EPOCHS.id == bindparam("epoch"),
            _EPOCHS.strand_id == bindparam("strand"),
            _EPOCHS.sealed_key == bindparam("sealed_key"),
            ~exists().where(EpochTriage.__table__.c.epoch_id == _EPOCHS.id),
            ~exists().where(QuarantinedEpoch.__table__.c.epoch_id == _EPOCHS.id),
        )
        self._answers_if, self._profiles_if = (running, stored), (stored,)
        self._moment = UTCDateTime().dialect_impl(dialect).bind_processor(dialect)

    def moment(self, now: datetime) -> object:
        """A time as this database's driver takes it."""
        return self._moment(now) if self._moment else now

    @cache  # noqa: B019 - there is one of these for a kind of database, and it stays
    def of_answers(self, n: int) -> tuple[str, str]:
        """Insert so many answers, and their shares."""
        return self._records(Response, n, *self._answers_if), self._shares(ResponseShare, Response, n)

    @cache  # noqa: B019 - as above
    def of_profiles(self, n: int) -> tuple[str, str]:
        """Insert so many profiles, and their shares."""
        return self._records(Profile, n, *self._profiles_if), self._shares(ProfileShare, Profile, n)

    def _records(self, model: type[Any], n: int, *conditions: ColumnElement[bool]) -> str:
        c, given = model.__table__.c, _given(n, "blob")
        at = (bindparam("strand", type_=c.strand_id.type), bindparam("epoch", type_=c.epoch_id.type))
        values = select(given.c.record, *at, given.c.blob).where(*conditions)
        into = insert_for(self._named.name, model).from_select(["id", "strand_id", "epoch_id", "sealed"], values)
        return self._sql(into.on_conflict_do_nothing())

    def _shares(self, model: type[Any], of: type[Any], n: int) -> str:
        """Only beside a record that was stored under this epoch: what was not taken gets none."""
        (key,), c, given = model.__table__.primary_key, of.__table__.c, _given(n, "share")
        beside = exists().where(c.id == given.c.record, c.epoch_id == bindparam("epoch"))
        values = select(given.c.record, given.c.share).where(beside)
        into = insert_for(self._named.name, model).from_select([key.name, "share"], values)
        return self._sql(into.on_conflict_do_nothing())

    def _sql(self, statement: ClauseElement) -> str:
        return str(statement.compile(dialect=self._named))


def _given(n: int, beside: str) -> Subquery:
    """So many rows of values as one table: a statement for all takes fewer steps than one for each."""
    rows = (
        select(*(bindparam(f"{name}{row}", type_=LargeBinary()).label(name) for name in ("record", beside)))
        for row in range(n)
    )
    return union_all(*rows).subquery("given")


_KNOWN: dict[str, _Statements] = {}


def _statements(dialect: Dialect) -> _Statements:
    if dialect.name not in _KNOWN:
        _KNOWN[dialect.name] = _Statements(dialect)
    return _KNOWN[dialect.name]
