"""Every row of a database, to see whether something changed it; and rows that can not be changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.orm import InstrumentedAttribute

from consult.models import Base

__all__ = ["dump", "stuck"]

T = TypeVar("T", str, bytes)
_REFUSE = {
    "sqlite": (
        "CREATE TRIGGER stuck_{what} BEFORE {what} ON {table} WHEN {one} BEGIN SELECT RAISE(ABORT, 'stuck'); END",
        "DROP TRIGGER stuck_{what}",
    ),
    "postgresql": (
        (
            "CREATE FUNCTION stuck_{what}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE 'stuck' USING ERRCODE = 'integrity_constraint_violation'; END $$;"
            "CREATE TRIGGER stuck BEFORE {what} ON {table} FOR EACH ROW WHEN ({one}) EXECUTE FUNCTION stuck_{what}()"
        ),
        "DROP FUNCTION stuck_{what} CASCADE",
    ),
}


def dump(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Table → its rows, in an order that does not depend on how they are stored."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(table.select())),
                key=repr,
            )
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def stuck(engine: Engine, what: str, column: InstrumentedAttribute[T], value: T) -> Iterator[None]:
    """Inside, the database refuses to do `what` (DELETE, UPDATE) to rows with this value in this column."""
    begin, end = _REFUSE[engine.dialect.name]
    quote = {"sqlite": "X'%s'", "postgresql": r"'\x%s'"}[engine.dialect.name]
    is_it = quote % value.hex() if isinstance(value, bytes) else f"'{value}'"
    words = {"what": what, "table": column.class_.__tablename__, "one": f"OLD.{column.key} = {is_it}"}
    with engine.begin() as connection:
        connection.execute(text(begin.format(**words)))
    yield
    with engine.begin() as connection:
        connection.execute(text(end.format(**words)))
