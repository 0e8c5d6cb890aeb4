"""What a fault of the database means and what to do: never its own words, which may repeat what is stored."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

__all__ = ["told", "undone"]

_FULL = "the disk that it lies on is full. Nothing was stored: make room, then do it again"
_OLD = "it does not have the newest schema: run `consult upgrade`, then `consult check`"
_BUSY = "another program uses it and did not let go. Nothing was stored: do it again in a moment"
_NO_WRITING = "this user may not write it: look at the owner and the mode of the file and of its folder"
_REFUSED = "it refuses this user or password: look at CONSULT_DATABASE_URL"
_UNDONE = frozenset({_FULL, _BUSY, _NO_WRITING})
_CHECK = "it did not do what was asked: run `consult check`"

#: by the first part of the name that SQLite gives an error (its list of result codes)
_SQLITE = {
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "the disk that it lies on can not be read or written, or is full. Look at it, then do it again",
    "SQLITE_CANTOPEN": "the file can not be opened: look at CONSULT_DATABASE_URL, whether the folder is there and "
    "whether this user may write in it",
    "SQLITE_READONLY": _NO_WRITING,
    "SQLITE_PERM": _NO_WRITING,
    "SQLITE_NOTADB": "the file that CONSULT_DATABASE_URL names is no database",
    "SQLITE_CORRUPT": "the file is damaged: stop the service, keep a copy, restore the newest backup",
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
}
#: by SQLSTATE (PostgreSQL, appendix A)
_POSTGRESQL = {
    "28000": _REFUSED,
    "28P01": _REFUSED,
    "3D000": "the server has no database of this name: make it, or mend CONSULT_DATABASE_URL",
    "53100": _FULL,
    "53300": "the server takes no more connections: fewer workers, or a larger max_connections",
    "57P03": "the server starts or stops at the moment: do it again when it runs",
    "25006": "the server takes no writing: it is a copy, or was set so",
    "42501": "this user may not do that there: it has to own the tables",
    "42P01": _OLD,
    "42703": _OLD,
    "55P03": _BUSY,
    "40P01": _BUSY,
}
_NO_ANSWER = (
    "the server does not answer, or knows no such database, user or password: look whether it runs, and at "
    "CONSULT_DATABASE_URL"
)


def told(error: SQLAlchemyError | sqlite3.Error) -> str:
    """What is wrong and the mend, behind the words "the database: "."""
    known = _known(error.orig if isinstance(error, DBAPIError) else error)
    return f"{known or _CHECK} ({type(error).__name__})"


def undone(error: Exception) -> bool:
    """Whether it is sure that nothing of the transaction was stored."""
    return isinstance(error, DBAPIError) and _known(error.orig) in _UNDONE


def _known(cause: BaseException | None) -> str:
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "")
        if name == "SQLITE_ERROR" and "no such" in str(cause):
            return _OLD
        return next((what for code, what in _SQLITE.items() if name.startswith(code)), "")
    state = getattr(cause, "sqlstate", "")
    return _NO_ANSWER if state is None else _POSTGRESQL.get(state, "")
