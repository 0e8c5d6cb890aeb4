"""The limit of `page` and `submit`: a lean Flask site on the same server that does only what cannot be left out.

Its page opens the form state and answers with as many bytes as the product's; its Send opens the state, seals answers
and profile under an epoch's two keys, as the product does, and puts both as one row on the disk, several rows at once
in one forced write. No template, no check, no help.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections import deque
from pathlib import Path
from threading import Lock
from typing import Any, cast

import psycopg
from flask import Flask, Response, request

from consult.sealing.epoch import Epoch, EpochKey, new_epoch
from consult.sealing.form import open_form
from consult.sealing.receipt import ReceiptDigits, record_ids
from consult.sealing.record import Purpose, RecordContext, SealedRecord, seal_record
from consult.sealing.root import RootKeys
from consult.server import server
from consult.services.tables.codedrows import PROFILE_SCHEMA
from consult.services.tables.payload import ANSWERS_SCHEMA

__all__ = ["SETTINGS", "lean"]

SETTINGS = "CONSULT_TEST_LEAN"
_ROWS_A_KEY = 64
_NOW = 0
_GENERATION = 1
_COLUMNS = ("id", "share", "sealed", "profile_id", "profile_share", "profile_sealed", "epoch")
_SCHEMAS = {Purpose.ANSWERS: ANSWERS_SCHEMA, Purpose.PROFILE: PROFILE_SCHEMA}
Row = tuple[bytes, ...]


class _Store:
    """One connection, one writer at a time, everybody who waits in one commit."""

    def __init__(self, url: str) -> None:
        self._lock, self._waiting = Lock(), deque[Row]()
        self._sqlite = url.startswith("sqlite")
        self._connection: Any
        if self._sqlite:
            self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False, timeout=60)
            self._connection.isolation_level = None
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
        else:
            self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def prepare(self) -> None:
        """Make the table: before there are workers, which would race for it."""
        blob = "BLOB" if self._sqlite else "BYTEA"
        columns = ", ".join(f"{name} {blob}" for name in _COLUMNS)
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS lean ({columns}, PRIMARY KEY (id))")
        self._connection.close()

    def store(self, row: Row) -> None:
        self._waiting.append(row)
        with self._lock:
            rows = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if rows:
                self._commit(rows)

    def _commit(self, rows: list[Row]) -> None:
        marks = ", ".join(["?" if self._sqlite else "%s"] * len(_COLUMNS))
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
        cursor.executemany(f"INSERT INTO lean VALUES ({marks})", rows)  # noqa: S608 - no input
        cursor.execute("COMMIT")


class _Keys:
    """The epoch in use, and how often it may still be."""

    def __init__(self, keys: RootKeys, strand_id: str, public: bytes) -> None:
        self._keys, self._strand_id, self._public = keys, strand_id, public
        self._lock, self._left = Lock(), 0
        self._epoch: Epoch

    def epoch(self) -> Epoch:
        with self._lock:
            if self._left == 0:
                self._epoch, self._left = self._new(), _ROWS_A_KEY
            self._left -= 1
            return self._epoch

    def _new(self) -> Epoch:
        return new_epoch(self._strand_id, self._public, self._keys.row_seal, (_GENERATION, self._public))


def lean() -> Flask:
    """The site, as its settings say."""
    settings = _settings()
    keys, strand_id, salt = RootKeys.from_root(bytes.fromhex(settings["root"])), settings["strand"], bytes(32)
    page, store = b"x" * settings["page_bytes"], _Store(settings["database"])
    epochs = _Keys(keys, strand_id, bytes.fromhex(settings["public_key"]))
    app = Flask("lean")

    def state() -> dict[str, Any]:
        values = [request.cookies[name] for name in ("o1", "o2", "o3") if name in request.cookies]
        _, opened = open_form(keys.form, values, _NOW)
        found: dict[str, Any] = json.loads(opened)
        return found

    def form() -> Response:
        state()
        return Response(page, mimetype="text/html")

    def send() -> Response:
        carried, epoch = state(), epochs.epoch()
        ids = record_ids(keys.receipt, salt, ReceiptDigits(carried["r"]))
        plain, codes = json.dumps([carried["q"], carried["p"]]).encode(), bytes(len(carried["p"]))
        answers = seal_record(epoch.key, _context(Purpose.ANSWERS, epoch), ids.answers, plain)
        profile = seal_record(cast("EpochKey", epoch.profile_key), _context(Purpose.PROFILE, epoch), ids.profile, codes)
        store.store((*_stored(answers), *_stored(profile), epoch.id))
        return Response(status=303, headers={"Location": "/c/receipt"})

    app.add_url_rule("/c/q/1", view_func=form)
    app.add_url_rule("/c/send", view_func=send, methods=["POST"])
    return app


def _context(purpose: Purpose, epoch: Epoch) -> RecordContext:
    return RecordContext(purpose, epoch.stored.strand_id, epoch.id, _SCHEMAS[purpose])


def _stored(record: SealedRecord) -> tuple[bytes, bytes, bytes]:
    return record.id, record.share, record.blob


def _settings() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(os.environ[SETTINGS]).read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    _Store(_settings()["database"]).prepare()
    server("consult.bench.lean:lean", "127.0.0.1", int(sys.argv[1]), int(sys.argv[2])).serve()
