"""Guards of tables put aside for one transaction, for work that moves rows as they are instead of changing them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

__all__ = ["guards_off"]


@contextmanager
def guards_off(db: Session, tables: Iterable[Table]) -> Iterator[None]:
    """No trigger of ours on these tables inside; foreign keys stay on. After an error, throw the transaction away."""
    names = [table.name for table in tables]
    if db.get_bind().dialect.name == "postgresql":
        for name in names:
            db.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        yield
        for name in names:
            db.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
        return
    # SQLite can not switch triggers off: they are dropped and made again, word for word, in the same transaction.
    of_ours = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    guards = [guard for name in names for guard in db.execute(of_ours, {"table": name})]
    for guard in guards:
        db.execute(text(f"DROP TRIGGER {guard.name}"))
    yield
    for guard in guards:
        db.connection().exec_driver_sql(guard.sql)
