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

from sqlalchemy import ColumnElement, Executable, Table, and_, bindparam, exists, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

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
from consult.sealing.epoch import SealedEpoch
from consult.sealing.record import SealedRecord

__all__ = ["Apart", "hold", "inserting", "store_answers", "store_epoch", "store_profiles"]


class Apart(Exception):
    """Of several responses one is there already, or is not taken: each has to be stored alone."""


def hold(db: Session, strand_id: str) -> tuple[int | None, bytes | None]:
    """Keep the strand from changing until the transaction ends; the edition as of then, and the strand's salt."""
    connection = db.connection()
    if connection.dialect.name == "postgresql":  # on SQLite nobody else writes meanwhile
        connection.execute(_LOCKED, {"strand": strand_id})
    row = connection.execute(_HELD, {"strand": strand_id}).first()
    return (row[0], row[1]) if row else (None, None)


def store_answers(
    db: Session, epoch: SealedEpoch, records: Sequence[SealedRecord], now: datetime, offer: Callable[[], None]
) -> bool:
    """Insert records with their shares. Whether they are there now, from this call or an earlier one.

    `offer` is called when none was taken: it stores the epoch's row, unless it is there. Raises `Apart`.
    """
    rows = [_row(epoch, each) | {"sealed_key": epoch.sealed_key, "now": now} for each in records]
    statement = _statements(_dialect(db)).answers
    stored = _count(db, statement, rows)
    if stored == 0:
        offer()
        stored = _count(db, statement, rows)
    if stored < len(rows):
        if len(rows) > 1:
            raise Apart
        return db.get(Response, records[0].id) is not None
    db.connection().execute(_SHARES, [{"response_id": each.id, "share": each.share} for each in records])
    return True


def store_profiles(db: Session, epoch: SealedEpoch, records: Sequence[SealedRecord]) -> None:
    """Insert profiles with their shares; one that is there already stays. Raises `Apart`."""
    stored = _count(db, _statements(_dialect(db)).profiles, [_row(epoch, each) for each in records])
    if stored == len(records):
        db.connection().execute(_PROFILE_SHARES, [{"profile_id": each.id, "share": each.share} for each in records])
    elif len(records) > 1:
        raise Apart


def store_epoch(db: Session, epoch: SealedEpoch) -> bool:
    """Insert the row of an epoch; whether it was not there yet."""
    offered = inserting(db, Epoch).values(asdict(epoch)).on_conflict_do_nothing().returning(Epoch.__table__.c.id)
    return db.execute(offered).first() is not None


def inserting(db: Session, model: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, for the database in use."""
    return _insert(_dialect(db), model)


def _dialect(db: Session) -> str:
    return db.get_bind().dialect.name


def _insert(dialect: str, model: type[Any]) -> postgresql.Insert | sqlite.Insert:
    table: Table = model.__table__
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _count(db: Session, statement: Executable, rows: list[dict[str, Any]]) -> int:
    """How many of the rows were inserted."""
    return db.connection().execute(statement, rows).rowcount


def _row(epoch: SealedEpoch, record: SealedRecord) -> dict[str, Any]:
    return {"record": record.id, "strand": epoch.strand_id, "epoch": epoch.id, "blob": record.blob}


_STRANDS, _EPOCHS = Strand.__table__.c, Epoch.__table__.c
_LOCKED = select(_STRANDS.id).where(_STRANDS.id == bindparam("strand")).with_for_update(read=True)
_HELD = select(
    Edition.__table__.c.n,
    select(StrandSalt.__table__.c.salt)
    .where(StrandSalt.__table__.c.strand_id == bindparam("strand"))
    .scalar_subquery(),
)
_SHARES, _PROFILE_SHARES = insert(ResponseShare), insert(ProfileShare)


class _Statements:
    def __init__(self, dialect: str) -> None:
        running = exists().where(
            _STRANDS.id == bindparam("strand"),
            or_(
                _STRANDS.state == StrandState.OPEN,
                and_(_STRANDS.state == StrandState.SUSPENDED, _STRANDS.finish_by > bindparam("now")),
            ),
        )
        stored = exists().where(
            _EPOCHS.id == bindparam("epoch"),
            _EPOCHS.strand_id == bindparam("strand"),
            _EPOCHS.sealed_key == bindparam("sealed_key"),
            ~exists().where(EpochTriage.__table__.c.epoch_id == _EPOCHS.id),
            ~exists().where(QuarantinedEpoch.__table__.c.epoch_id == _EPOCHS.id),
        )
        self.answers = _records(dialect, Response, running, stored)
        self.profiles = _records(dialect, Profile)


@cache
def _statements(dialect: str) -> _Statements:
    return _Statements(dialect)


def _records(dialect: str, model: type[Any], *conditions: ColumnElement[bool]) -> Executable:
    c = model.__table__.c
    values = select(
        bindparam("record", type_=c.id.type),
        bindparam("strand", type_=c.strand_id.type),
        bindparam("epoch", type_=c.epoch_id.type),
        bindparam("blob", type_=c.sealed.type),
    ).where(*conditions)
    into = _insert(dialect, model).from_select(["id", "strand_id", "epoch_id", "sealed"], values)
    return into.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
