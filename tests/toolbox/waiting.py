"""Waiting until somebody waits: for tests in which two people act at the same moment."""

from __future__ import annotations

from concurrent.futures import Future

from sqlalchemy import Connection, text

_WAIT = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def until_it_waits(watching: Connection, *others: Future[object]) -> None:
    """Until so many connections wait for a lock, or one of them, who should, has ended without: its result says why.

    On SQLite they wait at a file, which nobody has to see.
    """
    if watching.dialect.name != "postgresql":
        return
    while not any(each.done() for each in others) and watching.scalars(_WAIT).one() < len(others):
        watching.rollback()
