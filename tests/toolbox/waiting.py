"""Waiting until somebody waits: for tests in which two people act at the same moment."""

from __future__ import annotations

from concurrent.futures import Future

from sqlalchemy import Connection, text

_WAIT = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def until_it_waits(watching: Connection, other: Future[object]) -> None:
    """Until another connection waits for a lock, or the other one, who should, has ended without: its result says why.

    On SQLite they wait at a file, which nobody has to see.
    """
    while watching.dialect.name == "postgresql" and not other.done() and not watching.scalar(_WAIT):
        watching.rollback()
