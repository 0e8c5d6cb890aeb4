"""What a job is: a plain function that says in a sentence what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import write
from consult.errors import Conflict
from consult.logs import fault
from consult.sealing.root import RootKeys
from safeguards.policy import Policy

__all__ = ["Job", "one_by_one"]

Job = Callable[[Engine, RootKeys, Policy, datetime], str]
T = TypeVar("T", str, bytes)


def one_by_one(engine: Engine, what: str, due: Iterable[T], work: Callable[[Session, T], int]) -> int:
    """Do what is due in a transaction each, so that one that can not be done keeps none of the others; how many were.

    `work` says whether there was anything to do, or how much. Raises `Conflict` at the end, with how many failed.
    """
    done = failed = 0
    for each in due:
        try:
            with write(engine) as db:
                done += work(db, each)
        except Exception as error:  # whatever it stumbles over, the others are due as well
            fault(f"{what}: one can not be done", error=type(error).__name__, about=_named(each))
            failed += 1
    if failed:
        raise Conflict(f"{failed} can not be done, {done} were. Run `consult check`, then the job again.")
    return done


def _named(key: str | bytes) -> str:
    return key if isinstance(key, str) else key.hex()
