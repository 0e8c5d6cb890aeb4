"""A staff form that makes something makes it once, however often the button on one page is pressed.

The form carries bits of its own (`ui.token(once=true)`). What is made bears a name that follows from them, from who
sent them and from what was written: the second press finds it there. With other words, or from another page, it is
another thing. Not for what is noted in codes alone (a concern, a call, a stop): two of those may be alike, both true.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from flask import request
from sqlalchemy import event
from sqlalchemy.orm import Session

from consult.models.base import Base
from consult.sealing.canonical import encode
from consult.sealing.invitation import page_digest
from consult.services.auditing import hold
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["once"]

R = TypeVar("R", bound=Base)
T = TypeVar("T")

_FIELD = "once"
_ID_DIGITS = 20
#: Not what is typed to sign: nothing that is stored follows from a passphrase.
_APART = frozenset({_FIELD, "token", "passphrase"})


def once(
    kind: type[R], work: Callable[[Session], T], again: Callable[[Session, R], T] | None = None
) -> Callable[[Session], T]:
    """`work`, which makes a row of this kind; `again` says what an earlier press gives where that is not its row."""

    def do(db: Session) -> T:
        name = _name(kind.__tablename__)
        if not name:
            return work(db)
        hold(db)  # of two presses at one moment the second waits here for what the first has made
        made = db.get(kind, name)
        if made is not None:
            return again(db, made) if again else cast("T", made)

        def bear(_session: Session, row: object) -> None:
            if isinstance(row, kind) and name not in named:
                named.add(name)
                row.id = name  # type: ignore[attr-defined]

        named: set[str] = set()
        event.listen(db, "transient_to_pending", bear)
        return work(db)

    return do


def _name(table: str) -> str:
    """What the row of this press is called; "" for a form that carries no bits of ours."""
    written = [
        encode(name, each) for name, values in sorted(request.form.lists()) if name not in _APART for each in values
    ]
    way = encode(table, actor().id, request.full_path, *written).hex()
    digest = page_digest(site().keys.invitation, request.form.get(_FIELD, ""), way)
    return digest.hex()[:_ID_DIGITS] if digest else ""
