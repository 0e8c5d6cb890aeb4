"""Answers that arrived in a known order, where they lie on the disk, and whether their place tells that order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from scipy.stats import spearmanr
from sqlalchemy import Engine, select, text

from consult.database import read, write
from consult.models import Epoch, Response, ResponseShare, StrandSalt
from consult.sealing.epoch import SealedEpoch
from consult.sealing.opening import Opening
from consult.sealing.receipt import ReceiptDigits, new_receipt, record_ids
from consult.sealing.record import StoredRecord
from consult.sealing.root import RootKeys
from consult.sealing.strand import open_share
from consult.services.keys.keystore import stored_key
from consult.services.participation.epochs import EpochBook
from consult.services.participation.responding import Submission, door, give, take_back
from consult.services.tables.payload import ANSWERS_SCHEMA, Payload
from tests.web.participate.world import NOW, ROOT, World

KEYS = RootKeys.from_root(ROOT)
TABLES = {"epochs": "id", "responses": "id", "response_shares": "response_id"}
#: Rows beside them that come one by one, in an order that nobody may learn either, and a column of random bytes.
BESIDE = {
    "profiles": ("id", "sealed"),
    "profile_shares": ("profile_id", "share"),
    "help_requests": ("id", "id"),
    "help_copies": ("request_id", "sealed"),
}


def new_book() -> EpochBook:
    """A worker's epochs, two answers each, so that their order can be seen too."""
    return EpochBook(KEYS.row_seal, most_responses=2, most_age=timedelta(minutes=15))


def send(world: World, book: EpochBook, words: str) -> ReceiptDigits:
    """One person answers; what the receipt says."""
    with write(world.engine) as db:
        entrance = door(db, world.strand_id, NOW)
        assert entrance is not None
        submission = Submission(
            assented=True, band="15", language="en", answers={"Q27": words}, profile={}, receipt=new_receipt()
        )
        give(db, book, KEYS, entrance, submission, NOW)
        return submission.receipt


def withdraw(world: World, receipt: str) -> bool:
    """One person takes the answers back; whether there were any."""
    with write(world.engine) as db:
        return take_back(db, KEYS, receipt)


def opened(world: World) -> list[Payload]:
    """What a lead and a reviewer read together."""
    with read(world.engine) as db:
        key = stored_key(db, KEYS.row_seal, world.strand_id)
        epochs = [
            SealedEpoch(e.id, e.strand_id, e.sealed_key, e.row_seal, e.inclusion_generation, e.sealed_profile_key)
            for e in db.scalars(select(Epoch))
        ]
        rows = db.execute(select(Response, ResponseShare.share).join(ResponseShare)).all()
        records = [StoredRecord(r.id, r.epoch_id, share, r.sealed) for r, share in rows]
    halves = {share.role: open_share(key, share, world.holders[share.holder_id].private) for share in key.shares}
    lead, reviewer = (halves[role] for role in sorted(halves))
    return [
        Payload.from_bytes(plain)
        for plain in Opening(key, lead, reviewer, KEYS.row_seal).open_records(epochs, records, ANSWERS_SCHEMA)
    ]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Keys of rows, first come first, by table."""

    order: Mapping[str, Sequence[bytes]]

    @classmethod
    def of(cls, world: World, receipts: Sequence[ReceiptDigits]) -> Arrivals:
        """In the order in which these receipts were given."""
        with read(world.engine) as db:
            salt = db.get_one(StrandSalt, world.strand_id).salt
            epoch_of = {row.id: row.epoch_id for row in db.scalars(select(Response))}
        ids = [record_ids(KEYS.receipt, salt, each).answers for each in receipts]
        epochs = list(dict.fromkeys(epoch_of[each] for each in ids))
        return cls({"epochs": epochs, "responses": ids, "response_shares": ids})

    def told_beside(self, engine: Engine) -> dict[str, bool]:
        """The same of rows beside the answers: by their place, by their key, and on PostgreSQL by their transaction."""
        return {
            f"{table} {way}": _tells([where[key] for key in keys if key in where])
            for table, keys in self.order.items()
            if table in BESIDE
            for way, where in _places_beside(engine, table)
        }

    def told_by(self, engine: Engine) -> dict[str, bool]:
        """For each way of looking at the disk: whether it tells who came before whom, more than chance would."""
        places = dict(_places(engine))
        assert places
        return {
            way: _tells([where[key] for key in self.order[way.split()[0]] if key in where])
            for way, where in places.items()
        }


def _tells(places: Sequence[int]) -> bool:
    """Rank correlation beyond 4.5 standard errors of a random shuffle: by chance once in 150,000 times."""
    if len(set(places)) == 1:
        return False
    return abs(float(spearmanr(range(len(places)), places).statistic)) > 4.5 / math.sqrt(len(places) - 1)


Places = Mapping[bytes, int]


def _places(engine: Engine) -> Iterator[tuple[str, Places]]:
    yield from _on_postgresql(engine) if engine.dialect.name == "postgresql" else _on_sqlite(engine)


def _on_postgresql(engine: Engine) -> Iterator[tuple[str, Places]]:
    with read(engine) as db:
        for table, key in TABLES.items():
            rows = db.execute(text(f"SELECT {key} AS key, ctid::text AS place, xmin::text AS xmin FROM {table}")).all()
            yield f"{table} ctid", {bytes(row.key): _block(row.place) for row in rows}
            yield f"{table} xmin", {bytes(row.key): int(row.xmin) for row in rows}
        toast = db.scalar(text("SELECT reltoastrelid::regclass::text FROM pg_class WHERE relname = 'responses'"))
        chunks = db.execute(text(f"SELECT chunk_id, chunk_data FROM {toast} WHERE chunk_seq = 0")).all()
        key_of = {row.sealed[:16]: row.id for row in db.scalars(select(Response))}
        yield "responses long ones kept apart", {key_of[bytes(data[:16])]: int(chunk) for chunk, data in chunks}


def _on_sqlite(engine: Engine) -> Iterator[tuple[str, Places]]:
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    disk = Path(engine.url.database or "").read_bytes()
    with read(engine) as db:
        for table, key in TABLES.items():
            rows = db.execute(text(f"SELECT rowid AS place, {key} AS key, * FROM {table}")).all()
            yield f"{table} rowid", {row.key: row.place for row in rows}
            yield f"{table} as dumped", {row.key: n for n, row in enumerate(rows)}
        blobs = {
            "epochs": dict(db.execute(select(Epoch.id, Epoch.sealed_key)).all()),
            "responses": dict(db.execute(select(Response.id, Response.sealed)).all()),
            "response_shares": dict(db.execute(select(ResponseShare.response_id, ResponseShare.share)).all()),
        }
    for table, found in blobs.items():
        yield f"{table} first bytes in the file", {key: _in_pages(disk.index(blob[:16])) for key, blob in found.items()}
        yield f"{table} last bytes in the file", {key: _in_pages(disk.index(blob[-16:])) for key, blob in found.items()}


def _places_beside(engine: Engine, table: str) -> Iterator[tuple[str, Places]]:
    key, blob = BESIDE[table]
    on_postgresql = engine.dialect.name == "postgresql"
    place = "ctid::text AS place, xmin::text AS xmin" if on_postgresql else "rowid AS place"
    if not on_postgresql:
        with engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with read(engine) as db:
        rows = db.execute(text(f"SELECT {key} AS key, {blob} AS blob, {place} FROM {table}")).all()
    yield "key itself", {bytes(row.key): int.from_bytes(bytes(row.key)[:6]) for row in rows}
    yield "as dumped", {bytes(row.key): n for n, row in enumerate(rows)}
    if on_postgresql:
        yield "ctid", {bytes(row.key): _block(row.place) for row in rows}
        yield "xmin", {bytes(row.key): int(row.xmin) for row in rows}
        return
    yield "rowid", {bytes(row.key): row.place for row in rows}
    disk = Path(engine.url.database or "").read_bytes()
    yield "in the file", {bytes(row.key): _in_pages(disk.index(bytes(row.blob)[:16])) for row in rows}


def _block(place: str) -> int:
    page, item = (int(each) for each in re.findall(r"\d+", place))
    return page * 10_000 + item


def _in_pages(offset: int) -> int:
    """An offset in the order in which SQLite fills its file: page after page, each from its end."""
    page, inside = divmod(offset, 4096)
    return page * 4096 + 4095 - inside


def on_disk(engine: Engine) -> bytes:
    """Every byte of the database's own files; PostgreSQL's log of writes is not among them."""
    if engine.dialect.name == "sqlite":
        name = engine.url.database or ""
        return b"".join(file.read_bytes() for end in ("", "-wal") if (file := Path(name + end)).exists())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = connection.scalar(text("SHOW data_directory"))
        number = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    return b"".join(file.read_bytes() for file in (Path(folder) / "base" / str(number)).iterdir())
