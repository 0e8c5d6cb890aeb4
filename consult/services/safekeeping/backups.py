"""Backups in two classes, so that taking back reaches the copies: ciphertext, kept long, and keys, seven days.

Both are logical exports in the order of their keys, taken in one look at the database, encrypted under the archive key
of the root. The ciphertext alone opens nothing, whoever has which passphrase: shares, halves, salts, wrapped keys and
running totals are in the other class. Request and sign-in rows are in neither.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, BinaryIO

from sqlalchemy import Engine, Table, func, select
from sqlalchemy.orm import Session

from consult.database import write
from consult.models import AuditEvent
from consult.models.base import Base
from consult.sealing.archive import write_archive
from consult.sealing.root import RootKeys
from consult.services.auditing import INSTALLATION, Verb, head, record

__all__ = [
    "KEY_DAYS",
    "BackupClass",
    "Header",
    "begun",
    "class_of",
    "key_columns",
    "last_backup",
    "make_backup",
    "note_backup",
    "read_value",
    "schema_of",
    "tables_of",
]

#: After so many days a key backup is deleted, and no restore takes it: from then on a withdrawal is complete.
KEY_DAYS = 7


class BackupClass(StrEnum):
    """The two files of one backup."""

    CIPHERTEXT = "ciphertext"
    KEYS = "keys"


#: What may be kept long: it opens nothing. A table that nobody has put anywhere is kept for seven days only.
_KEPT_LONG = frozenset(
    {
        *("audit_events", "people", "appointments", "consultations", "strands", "strand_staff", "strand_services"),
        *("strand_holders", "strand_counts", "signatures", "fallback_debts", "equivalent_controls", "stops"),
        *("stop_notices", "program_checks", "review_notes"),
        *("incidents", "evidence", "contact_tests", "support_services", "opening_requests", "releases"),
        *("epochs", "responses", "profiles", "live_snapshots", "concerns"),
        *("quarantines", "quarantined_epochs"),
        *("guardian_waivers", "recordings", "page_recordings"),
        *("live_sessions", "session_notes", "added_meetings"),
        *("themes", "theme_releases", "main_ideas", "feedback_notes", "indicator_scores"),
        *("translations", "translation_checks", "source_changes"),
        *("policy_proposals", "policy_decisions", "destructions", "supplied_releases"),
        *("partners", "proposals"),
    }
)
#: The log is in both, so that it is never older than the keys whose generations it holds.
_IN_BOTH = frozenset({"audit_events"})
#: What is in no backup: sign-ins, mails that would go out again, a number that means something to
#: running workers only, when jobs ran last on this server.
_LEFT_OUT = frozenset(
    {"mails_waiting", "staff_sessions", "account_invitations", "code_tries", "sign_in_tries", "edition", "clock"}
)
#: Columns of a table that is kept long which are not: they go with the keys, by the id of their row.
_KEY_COLUMNS: Mapping[str, tuple[str, ...]] = {"people": ("identity",)}
#: A request that was used stays as a record of it, with nothing in it that could ever open anything.
_BLANKED: Mapping[str, Mapping[str, Any]] = {
    "opening_requests": {"public_key": b"", "wrapped_private": None, "sealed_half": b""}
}


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file: how far the log had come that it holds, when it was made, and of which schema.

    `number` is that of the newest event: each backup that was finished is an event, so a later one has a higher number.
    """

    number: int
    made_at: datetime
    schema: str

    def to_line(self) -> bytes:
        """As the file has it."""
        return _line({"backup": self.number, "made_at": self.made_at.isoformat(), "schema": self.schema})

    @classmethod
    def from_line(cls, line: bytes) -> Header:
        """Back from the file."""
        read = json.loads(line)
        return cls(read["backup"], datetime.fromisoformat(read["made_at"]), read["schema"])


def class_of(table: Table) -> BackupClass | None:
    """In which file a table goes; None for what is in no backup."""
    if table.name in _LEFT_OUT:
        return None
    return BackupClass.CIPHERTEXT if table.name in _KEPT_LONG else BackupClass.KEYS


def tables_of(kind: BackupClass) -> list[tuple[Table, tuple[str, ...]]]:
    """The tables of a class with their columns, each after those it hangs on."""
    found = []
    for table in Base.metadata.sorted_tables:
        split = _KEY_COLUMNS.get(table.name, ())
        if class_of(table) is kind or table.name in _IN_BOTH:
            found.append((table, tuple(column.name for column in table.columns if column.name not in split)))
        elif split and kind is BackupClass.KEYS:
            found.append((table, (*(column.name for column in table.primary_key), *split)))
    return found


def key_columns(table: Table) -> tuple[str, ...]:
    """The columns of a table that is kept long which are with the keys all the same."""
    return _KEY_COLUMNS.get(table.name, ())


def make_backup(
    engine: Engine, keys: RootKeys, files: Mapping[BackupClass, BinaryIO], now: datetime
) -> Mapping[str, int]:
    """Write both files of one backup; table → rows written. Once they are safe, `note_backup` counts it as made."""
    counts: dict[str, int] = {}
    with _one_look(engine) as db:
        header = Header(head(db).number, now, schema_of(db))
        for kind, file in files.items():
            write_archive(file, keys.archive, kind, _lines(db, kind, header, counts))
    return counts


def note_backup(engine: Engine, keys: RootKeys, now: datetime) -> None:
    """Put on record that a backup of `now` was made: its files are whole under their names."""
    with write(engine) as db:
        record(db, keys.audit, INSTALLATION, Verb.BACKUP_MADE, "backup", now)


def last_backup(db: Session) -> datetime | None:
    """When all was last in a backup: one that was made, or restored. The log's order says which is the last."""
    made = select(AuditEvent.at).where(AuditEvent.verb.in_((Verb.BACKUP_MADE, Verb.RESTORED)))
    return db.scalar(made.order_by(AuditEvent.number.desc()).limit(1))


def begun(db: Session) -> datetime | None:
    """When this installation began: from then on a first backup is owed."""
    return db.scalar(select(func.min(AuditEvent.at)))


def schema_of(db: Session) -> str:
    """The revision of the database's schema."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - a running server does without

    return MigrationContext.configure(db.connection()).get_current_revision() or ""


def _one_look(engine: Engine) -> Session:
    """Everything as it is at one moment, whatever is stored meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Session(engine)


def _lines(db: Session, kind: BackupClass, header: Header, counts: dict[str, int]) -> Iterator[bytes]:
    yield header.to_line()
    for table, names in tables_of(kind):
        yield _line({"table": table.name, "columns": names})
        for row in _rows(db, table, names):
            counts[table.name] = counts.get(table.name, 0) + 1
            yield _line([_out(value) for value in row])
    yield _line("end")


def _rows(db: Session, table: Table, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in the order of their keys, as a backup has them."""
    chosen = select(*(table.c[name] for name in names)).order_by(*table.primary_key)
    if table.name == "opening_requests":
        chosen = chosen.where(table.c.used_at.is_not(None))
    blank = _BLANKED.get(table.name, {})
    for row in db.execute(chosen.execution_options(yield_per=1000)):
        yield tuple(blank.get(name, value) for name, value in zip(names, row, strict=True))


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _out(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """A column's value in JSON: plain where JSON has it, else named by its kind."""
    match value:
        case bytes():
            return {"b": base64.b64encode(value).decode("ascii")}
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case dict() | list():
            return {"j": value}
        case _:
            return value


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "b": base64.b64decode,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "j": lambda value: value,
}


def read_value(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """Back from JSON."""
    if isinstance(value, dict):
        ((kind, inside),) = value.items()
        return _KINDS[kind](inside)
    return value
