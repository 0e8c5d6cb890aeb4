"""Long work that needs no database is done before a transaction: nobody waits for a writer who stretches a secret.

A transaction that comes upon such work for the first time is given up before it has stored anything, the work is done,
and it begins anew with what came of it. What came of it is kept for this one act only.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import write

__all__ = ["beforehand", "prepared"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of it: a value, or the error that it raised."""

    value: object = None
    error: Exception | None = None


_DONE: ContextVar[dict[Hashable, _Done] | None] = ContextVar("done", default=None)


class _NotDoneYet(BaseException):
    """Long work came up within a transaction; no handler of errors may take it for one."""

    def __init__(self, key: Hashable, work: Callable[[], object]) -> None:
        super().__init__()
        self.key, self.work = key, work


def prepared(
    engine: Engine,
    act: Callable[[Session], T],
    within: Callable[[Engine], AbstractContextManager[Session]] = write,
) -> T:
    """What `act` gives, stored in one transaction, with all its long work done before. Raises whatever `act` does.

    `act` may be begun several times.
    """
    done: dict[Hashable, _Done] = {}
    while True:
        before = _DONE.set(done)
        try:
            with within(engine) as db:
                return act(db)
        except _NotDoneYet as wanted:
            key, work = wanted.key, wanted.work
        finally:
            _DONE.reset(before)
        done[key] = _outcome(work)


def beforehand(work: Callable[..., T], *given: Hashable) -> T:
    """`work(*given)`, done before the transaction where the act is `prepared`, at once elsewhere.

    The same work on the same things is done once; so none of them may be drawn at random by the act itself.
    """
    done = _DONE.get()
    if done is None:
        return work(*given)
    if (work, given) not in done:
        raise _NotDoneYet((work, given), lambda: work(*given))
    found = done[work, given]
    if found.error is not None:
        raise found.error
    return cast("T", found.value)


def _outcome(work: Callable[[], Any]) -> _Done:
    try:
        return _Done(work())
    except Exception as error:  # raised again where it belongs
        return _Done(error=error)
