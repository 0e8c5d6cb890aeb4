"""Every row of a database, to see whether something changed it."""

from __future__ import annotations

from sqlalchemy import Engine

from consult.models import Base

__all__ = ["dump"]


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
