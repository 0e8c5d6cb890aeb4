"""Fixtures of the tests of pages: the permission matrix's world, and the law that no write is without its event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import has_request_context, request
from sqlalchemy import Connection, Engine, event

from tests.web.place import place

__all__ = ["place"]

_WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", re.IGNORECASE)
#: Tables that a staff page may write without an audit event, and why.
WITHOUT_EVENT = {
    "staff_sessions": "a half sign-in is none yet, and use every minute is no act; sign-in and sign-out have events",
    "notices": "that somebody has put a notice away is no act; what it tells of has its event",
    "code_tries": "single wrong codes; every fifth has an event",
    "sign_in_tries": "single wrong passphrases; every fifth has an event",
}
_breaches: list[str] = []


@event.listens_for(Engine, "before_cursor_execute")
def _note(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
    written = _WRITE.match(statement)
    if written and has_request_context() and request.path.startswith("/s/"):
        connection.info.setdefault("written", set()).add(written[1])


@event.listens_for(Engine, "commit")
def _judge(connection: Connection) -> None:
    written = connection.info.pop("written", set())
    if written - set(WITHOUT_EVENT) and "audit_events" not in written:
        _breaches.append(f"{request.method} {request.path} wrote {', '.join(sorted(written))}")


@event.listens_for(Engine, "rollback")
def _forget(connection: Connection) -> None:
    if not connection.invalidated:  # else what it knew has gone with it
        connection.info.pop("written", None)


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """Pages behave the same on both kinds of database; their services are tested on both."""
    return sqlite_engine


@pytest.fixture(autouse=True)
def _no_write_without_its_event() -> Iterator[None]:
    """In the same transaction, for everything that a staff page stores in any of these tests."""
    _breaches.clear()
    yield
    assert _breaches == []
