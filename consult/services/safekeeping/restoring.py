"""Restoring a backup into an empty database: everything or nothing, and said plainly which withdrawals to repeat."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import Engine, Table, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from consult.database import write
from consult.errors import Invalid, sentence
from consult.models import AuditEvent, BackupCode, Invitation, Person, Response, ResponseShare, Strand, StrandSalt
from consult.models.base import Base
from consult.sealing.archive import read_archive
from consult.sealing.chain import ChainBroken
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError
from consult.services.auditing import INSTALLATION, Head, Verb, check_log, head, record
from consult.services.guards import guards_off
from consult.services.keys.keystore import check_all_keys
from consult.services.policyinforce import in_force
from consult.services.safekeeping.backups import (
    KEY_DAYS,
    BackupClass,
    Header,
    class_of,
    key_columns,
    read_value,
    schema_of,
)
from consult.services.safekeeping.forgetting import end_withdrawals
from consult.services.safekeeping.retention import end_retention
from consult.services.signed.running import PEOPLE_INSIDE, put_on_hold
from safeguards.lifecycle import StrandState

__all__ = ["PartRestored", "Restored", "restore_backup"]

_BATCH = 500
#: A server whose date is further back would take keys that are older than people were told.
_CLOCKS_DIFFER = timedelta(hours=1)
_PAUSED = sentence(
    "The data come from a backup. What was stopped, taken back or ended after it was made is not known here: look, "
    "then sign again."
)
_WITHOUT_KEY = dict.fromkeys(("public_key", "key_seal", "confirmed_by", "confirmed_at", "confirmation_seal"))

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PartRestored:
    """One part. `dropped`: answers without a share in the keys: taken back, or given, between the two files.

    `void_codes`: one-time codes that count as spent now. `paused`: it was open in the backup, or signed to open.
    """

    strand_id: str
    name: str
    answers: int
    dropped: int
    can_be_taken_back: bool
    void_codes: int
    paused: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. Whoever took answers back after `keys_made_at` has to do it again, in parts where one can."""

    keys_made_at: datetime
    ciphertext_made_at: datetime
    rows: Mapping[str, int]
    parts: tuple[PartRestored, ...]


def restore_backup(
    engine: Engine,
    keys: RootKeys,
    files: Mapping[BackupClass, BinaryIO],
    now: datetime,
    noted: Callable[[Head], object],
) -> Restored:
    """Fill an empty database of the newest schema from both files, check every seal and the audit log, and store it.

    Raises `Invalid` for a database that is not empty, a file that is damaged or of another schema, and keys that are
    older than `KEY_DAYS` or not the newest: what somebody took back since then would come back with them.

    What was stopped, paused or taken back since the backup is not known any more, so nothing that was open in it, or
    signed to open, is so afterwards: a lead signs each part again.

    `noted` is told where the log ends now, before anything of it counts: ended between the two, a later note of the log
    that was lost would pass for proof that somebody cut this one.
    """
    with write(engine) as db:
        if db.scalar(select(func.count()).select_from(AuditEvent)) or db.scalars(select(Person.id).limit(1)).first():
            raise Invalid(
                {"database": [sentence("It is not empty. Make a new one, run `consult upgrade` on it, then restore.")]}
            )
        found = {kind: _Reading(kind, read_archive(file, keys.archive, kind)) for kind, file in files.items()}
        cipher, key = found[BackupClass.CIPHERTEXT].header(), found[BackupClass.KEYS].header()
        _check_headers(schema_of(db), cipher, key, now)
        with guards_off(db, Base.metadata.sorted_tables):
            rows = _fill(db, found, BackupClass.KEYS if key.number > cipher.number else BackupClass.CIPHERTEXT)
            parts = _parts(db, _void_codes(db), _open_ones(db))
        for reading in found.values():
            reading.finish()
        _check_content(db, keys)
        record(db, keys.audit, INSTALLATION, Verb.RESTORED, "backup", now, {"keys": key.number})
        for strand in _open_ones(db):
            put_on_hold(strand, _PAUSED, finish_by=None)
            record(db, keys.audit, INSTALLATION, Verb.STRAND_SUSPENDED, strand.id, now, {"move": "restore"})
        policy = in_force(db)
        end_withdrawals(db, keys, policy, now)
        end_retention(db, keys, policy, now)
        noted(head(db))
    return Restored(key.made_at, cipher.made_at, rows, parts)


class _Reading:
    """The lines of one file, in order; what is wrong with it is told by its class."""

    def __init__(self, kind: BackupClass, lines: Iterator[bytes]) -> None:
        self._kind, self._lines = kind, lines
        self._table: Any = {}

    def header(self) -> Header:
        """The first line."""
        found = Header.from_line(self._line_as_it_is())
        self._table = self._line()
        return found

    def rows(self, table: Table) -> Iterator[Row]:
        """The rows of a table, if it comes next in this file; all of them are to be taken."""
        if self._table == "end" or self._table["table"] != table.name:
            return
        names = self._table["columns"]
        while isinstance(line := self._line(), list):
            yield {name: read_value(value) for name, value in zip(names, line, strict=True)}
        self._table = line

    def finish(self) -> None:
        """Nothing is left: only now is the whole file known to be genuine."""
        try:
            if self._table != "end" or next(self._lines, None) is not None:
                raise Invalid({self._kind: [sentence("This file holds tables that this version does not know.")]})
        except SealingError as error:
            raise Invalid({self._kind: [str(error)]}) from error

    def _line(self) -> Any:  # noqa: ANN401 - what JSON holds
        return json.loads(self._line_as_it_is())

    def _line_as_it_is(self) -> bytes:
        try:
            return next(self._lines)
        except (SealingError, StopIteration) as error:
            raise Invalid({self._kind: [str(error) or sentence("This file is cut short.")]}) from error


def _check_headers(schema: str, cipher: Header, key: Header, now: datetime) -> None:
    for kind, header in ((BackupClass.CIPHERTEXT, cipher), (BackupClass.KEYS, key)):
        if header.schema != schema:
            why = (
                f"It was made with schema {header.schema}, this database has {schema}. Nothing is lost: restore with "
                "the version of the program that made it, then upgrade (docs/how-to/install.md, Restore)."
            )
            raise Invalid({kind: [why]})
    if now - key.made_at > timedelta(days=KEY_DAYS):
        why = f"This key backup is older than {KEY_DAYS} days. People were told that it is gone: delete it."
        raise Invalid({BackupClass.KEYS: [why]})
    if key.made_at - now > _CLOCKS_DIFFER:
        why = f"These keys are of {key.made_at:%Y-%m-%d %H:%M} UTC, which is to come: look at the date of this server."
        raise Invalid({BackupClass.KEYS: [why]})
    if cipher.number > key.number:
        why = sentence(
            "There is a newer key backup. Take the newest one, or, if it is lost, the ciphertext of the same day."
        )
        raise Invalid({BackupClass.KEYS: [why]})


def _fill(db: Session, found: Mapping[BackupClass, _Reading], newer: BackupClass) -> dict[str, int]:
    """Store every row whose neighbours are there; table → how many."""
    if db.get_bind().dialect.name == "sqlite":
        db.execute(text("PRAGMA defer_foreign_keys=ON"))
    known: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}
    counts = {}
    for table in Base.metadata.sorted_tables:
        read = {kind: reading.rows(table) for kind, reading in found.items()}
        kept = class_of(table)
        if table.name == "audit_events":
            rows = [row for kind, each in read.items() for row in each if kind is newer]
            counts[table.name] = _store(db, table, rows)
            continue
        split = {row["id"]: row for row in read[BackupClass.KEYS]} if key_columns(table) else {}
        wanted = (_joined(row, split, table) for row in read[kept]) if kept else iter(())
        counts[table.name] = _store(db, table, _with_neighbours(table, wanted, known))
    return counts


def _joined(row: Row, split: Mapping[str, Row], table: Table) -> Row:
    """A row with its columns of the other file; somebody whose wrapped key is not there has no key any more."""
    names = key_columns(table)
    if not names:
        return row
    missing = row["id"] not in split
    return {**row, **dict.fromkeys(names), **split.get(row["id"], {}), **(_WITHOUT_KEY if missing else {})}


def _with_neighbours(
    table: Table, rows: Iterable[Row], known: dict[tuple[str, ...], set[tuple[Any, ...]]]
) -> Iterator[Row]:
    """Rows that point to something that is in the other file and was not there yet, or not any more, stay out."""
    points = [
        (tuple(fk.column_keys), (fk.referred_table.name, *(element.column.name for element in fk.elements)))
        for fk in table.foreign_key_constraints
        if fk.referred_table is not table
    ]
    remembered = {
        names: known.setdefault((table.name, *names), set())
        for other in Base.metadata.sorted_tables
        for fk in other.foreign_key_constraints
        if fk.referred_table is table
        for names in [tuple(element.column.name for element in fk.elements)]
    }
    for row in rows:
        values = [(tuple(row[name] for name in names), target) for names, target in points]
        if any(None not in value and value not in known[target] for value, target in values):
            continue
        for names, seen in remembered.items():
            seen.add(tuple(row[name] for name in names))
        yield row


def _store(db: Session, table: Table, rows: Iterable[Row]) -> int:
    """Store rows in lots; how many."""
    waiting, count = iter(rows), 0
    # rows that name each other go in with one statement, which is checked as a whole
    at_once = any(fk.referred_table is table for fk in table.foreign_key_constraints)
    size = None if at_once else _BATCH
    while lot := list(islice(waiting, size)):
        if at_once:
            db.execute(insert(table).values(lot))
        else:
            db.execute(insert(table), lot)
        count += len(lot)
    return count


def _void_codes(db: Session) -> dict[str, int]:
    """Spend every one-time code; part → how many. Which of them were spent since the backup, nothing tells.

    The codes of people's second steps go as well: each makes new ones.
    """
    unspent = select(Invitation.strand_id, func.count()).where(~Invitation.spent).group_by(Invitation.strand_id)
    void = {row[0]: row[1] for row in db.execute(unspent)}
    db.execute(update(Invitation).where(~Invitation.spent).values(spent=True))
    db.execute(delete(BackupCode))
    return void


def _open_ones(db: Session) -> Sequence[Strand]:
    """What lets somebody in, or would with one press and no new signature."""
    opens = or_(PEOPLE_INSIDE, Strand.state == StrandState.DECIDED)
    return db.scalars(select(Strand).where(opens).order_by(Strand.id)).all()


def _parts(db: Session, void: Mapping[str, int], paused: Sequence[Strand]) -> tuple[PartRestored, ...]:
    """Each part with its answers; those without a share can never be opened, and go."""
    open_ones, on_hold = set(db.scalars(select(StrandSalt.strand_id))), {strand.id for strand in paused}
    has_share = select(ResponseShare.response_id)
    by_strand = select(Response.strand_id, func.count()).group_by(Response.strand_id)
    dropped = dict(db.execute(by_strand.where(Response.id.not_in(has_share))).all())
    db.execute(delete(Response).where(Response.id.not_in(has_share)))
    kept = dict(db.execute(by_strand).all())
    return tuple(
        PartRestored(
            row.id,
            row.name,
            kept.get(row.id, 0),
            dropped.get(row.id, 0),
            row.id in open_ones,
            void.get(row.id, 0),
            row.id in on_hold,
        )
        for row in db.execute(select(Strand.id, Strand.name).order_by(Strand.name, Strand.id))
        if row.id in {*open_ones, *kept, *dropped, *void, *on_hold}
    )


def _check_content(db: Session, keys: RootKeys) -> None:
    try:
        check_log(db, keys.audit)
        check_all_keys(db, keys)
    except (SealingError, ChainBroken) as error:
        raise Invalid({"backup": [f"{error} Nothing was restored."]}) from error
