"""Sending: a response checked, sealed and stored for good beside a bare durable insert in the same folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from consult.bench.comparison import Comparison, turn_by_turn
from consult.bench.invented import payloads
from consult.bench.staged import Staged, now, staged
from consult.database import read, write
from consult.sealing.receipt import new_receipt
from consult.sealing.record import BLOB_SIZES
from consult.services.payload import Payload
from consult.services.responding import Door, EpochBook, Submission, door, give

__all__ = ["measure"]

_ROUNDS, _REPEATS = 3, 100


def measure() -> Comparison:
    """Send invented responses one after the other, each in a transaction of its own that is on disk when it ends."""
    with staged() as stage, closing(_bare(stage.folder)) as bare:
        with read(stage.engine) as db:
            entrance = door(db, stage.strand_id, now())
        if entrance is None:
            raise RuntimeError("the strand of the benchmark should have a door")
        epochs = EpochBook(stage.keys.row_seal)
        waiting = iter([_submission(payload) for payload in payloads(_ROUNDS * _REPEATS)])
        sending, inserting = turn_by_turn(
            lambda: _send(stage, epochs, entrance, waiting), lambda: _insert(bare), rounds=_ROUNDS, repeats=_REPEATS
        )
        epochs.drop(stage.strand_id)
    return Comparison(
        name="submit",
        saying="responses checked, sealed and committed one after the other on SQLite, beside bare commits of one blob "
        f"of {BLOB_SIZES[0]} bytes in the same folder, forced to the disk alike",
        product={"responses_per_s": 1 / sending, "response_ms": sending * 1e3},
        limit={"inserts_per_s": 1 / inserting, "insert_ms": inserting * 1e3},
        ratio=sending / inserting,
        n=_ROUNDS * _REPEATS,
    )


def _submission(payload: Payload) -> Submission:
    return Submission(
        assented=True,
        band=payload.band,
        language=payload.language,
        answers=payload.answers,
        profile={key: value for key, value in payload.profile.items() if value != "not_asked"},
        receipt=new_receipt(),
    )


def _send(stage: Staged, epochs: EpochBook, entrance: Door, waiting: Iterator[Submission]) -> None:
    with write(stage.engine) as db:
        give(db, epochs, stage.keys, entrance, next(waiting), now())


def _bare(folder: Path) -> sqlite3.Connection:
    """Another database beside the product's, as durable: write-ahead log, every commit forced to the disk."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    for line in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE blobs (id BLOB PRIMARY KEY, b BLOB)",
    ):
        connection.execute(line)
    return connection


def _insert(bare: sqlite3.Connection) -> None:
    bare.execute("BEGIN IMMEDIATE")
    bare.execute("INSERT INTO blobs VALUES (?, ?)", (os.urandom(32), bytes(BLOB_SIZES[0])))
    bare.execute("COMMIT")
