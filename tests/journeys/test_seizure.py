"""Somebody takes everything the site keeps, and its configuration: no answer, no profile, no passphrase, no address."""

import base64
import sqlite3
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Select, select

from consult.config import Settings
from consult.database import connect, read
from consult.demo.participants import OWN_WORDS
from consult.models import Epoch, OpeningMode, OpeningRequest, Person, Response, ResponseShare, Strand
from consult.sealing.epoch import SealedEpoch
from consult.sealing.identity import Identity, Stretching
from consult.sealing.opening import GrantTerms
from consult.sealing.record import StoredRecord
from consult.sealing.root import RootKeys
from consult.services.keys.keystore import stored_key
from consult.services.safekeeping.backups import BackupClass, make_backup
from consult.services.tables.payload import ANSWERS_SCHEMA
from tests.journeys.conftest import Told
from tests.sealing.thief import Stored, read_records, traces

pytestmark = pytest.mark.slow


def test_no_words_that_anybody_wrote_are_on_the_disk(told: Told) -> None:
    disk = _disk(told.folder)
    for words in (each for texts in OWN_WORDS.values() for each in texts):
        for trace in traces(words.encode()):
            assert trace not in disk, words


def test_no_passphrase_and_no_address_is_on_the_disk(told: Told) -> None:
    disk = _disk(told.folder)
    for passphrase in told.outcome.sign_ins.values():
        assert not [trace for trace in traces(passphrase.encode()) if trace in disk]
    assert b"127.0.0.1" not in disk
    assert b"python-urllib" not in disk.lower()


def test_the_root_of_all_keys_lies_in_its_own_file_and_nowhere_else(told: Told) -> None:
    root, disk = Settings.from_environment(told.environment).root, _disk(told.folder)
    keys = (root, *astuple(RootKeys.from_root(root)))
    assert not [key for key in keys for trace in (bytes(key), *traces(key.hex().encode())) if trace in disk]
    assert (told.folder / "root.key").stat().st_mode & 0o077 == 0


def test_backups_show_no_words_and_no_passphrase(told: Told, tmp_path: Path) -> None:
    """Both classes of a backup of the whole run; a stolen file has not even the name of a part in clear."""
    settings = Settings.from_environment(told.environment)
    engine = connect(settings.database_url)
    ciphertext, keys = tmp_path / "ciphertext", tmp_path / "keys"
    with ciphertext.open("wb") as one, keys.open("wb") as other:
        files = {BackupClass.CIPHERTEXT: one, BackupClass.KEYS: other}
        make_backup(engine, RootKeys.from_root(settings.root), files, datetime.now(UTC))
    engine.dispose()
    stolen = ciphertext.read_bytes() + keys.read_bytes()
    assert len(stolen) > 10_000
    secrets = [each for texts in OWN_WORDS.values() for each in texts] + list(told.outcome.sign_ins.values())
    for secret in (*secrets, "Young people 13 to 17", "127.0.0.1"):
        assert not [trace for trace in traces(secret.encode()) if trace in stolen], secret


def test_the_search_would_find_what_is_there(told: Told) -> None:
    """The control: what is stored in clear on purpose, the strand's name, is found by the same search."""
    assert b"Young people 13 to 17" in _disk(told.folder)


def test_database_and_configuration_open_no_answer(told: Told) -> None:
    root = Settings.from_environment(told.environment).root
    for stored in _stored(told):
        assert stored.records
        assert read_records(stored, root) == set()


@pytest.mark.parametrize("who", ["lead1", "lead2", "reviewer1", "reviewer2", "admin"])
def test_one_person_with_everything_that_is_stored_opens_no_answer(told: Told, who: str) -> None:
    root = Settings.from_environment(told.environment).root
    for stored in _stored(told):
        assert read_records(stored, root, [_passphrase(told, who)]) == set()


def test_a_lead_and_a_reviewer_together_open_every_answer(told: Told) -> None:
    """The control: the thief is a good one, so what he cannot do without two people means something.

    And what they read, answers and profile in one, lies nowhere as it was before it was sealed.
    """
    root, disk = Settings.from_environment(told.environment).root, _disk(told.folder)
    for stored in _stored(told):
        opened = read_records(stored, root, [_passphrase(told, "lead2"), _passphrase(told, "reviewer2")])
        assert len(opened) == len(stored.records)
        whole = [plain.rstrip(b" \0") for plain in opened]
        assert not [plain for plain in whole if plain[:60] in disk or plain[-60:] in disk]


def test_rows_of_answers_hold_no_time_and_no_order(told: Told) -> None:
    with sqlite3.connect(told.folder / "consult.sqlite") as db:
        columns = {row[1] for row in db.execute("PRAGMA table_info(responses)")}
    assert columns == {"id", "strand_id", "epoch_id", "sealed"}


def _disk(folder: Path) -> bytes:
    """Every byte the site keeps, the configuration's root left out: the thief tries that as a key instead."""
    return b"\n".join(
        file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".key"
    )


def _passphrase(told: Told, who: str) -> str:
    return next(word for name, word in told.outcome.sign_ins.items() if f"<{who}@" in name)


def _stored(told: Told) -> list[Stored]:
    settings = Settings.from_environment(told.environment)
    engine = connect(settings.database_url)
    with read(engine) as db:
        people = {each.id: _identity(each) for each in db.scalars(select(Person)) if each.public_key}
        strands = db.scalars(select(Strand).where(Strand.id.in_(select(Epoch.strand_id)))).all()
        found = [
            Stored(
                people=people,
                strand=stored_key(db, RootKeys.from_root(settings.root).row_seal, strand.id),
                epochs=tuple(
                    SealedEpoch(
                        row.id,
                        row.strand_id,
                        row.sealed_key,
                        row.row_seal,
                        row.inclusion_generation,
                        row.sealed_profile_key,
                    )
                    for row in db.scalars(select(Epoch).where(Epoch.strand_id == strand.id))
                ),
                records=tuple(
                    StoredRecord(row.id, row.epoch_id, share, row.sealed)
                    for row, share in db.execute(
                        select(Response, ResponseShare.share)
                        .join(ResponseShare, ResponseShare.response_id == Response.id)
                        .where(Response.strand_id == strand.id)
                    )
                ),
                schema=ANSWERS_SCHEMA,
                **_request(db.scalars(_for_tables(strand.id)).one()),
            )
            for strand in strands
        ]
    engine.dispose()
    return found


def _for_tables(strand_id: str) -> Select[tuple[OpeningRequest]]:
    return select(OpeningRequest).where(
        OpeningRequest.strand_id == strand_id, OpeningRequest.mode == OpeningMode.TABLES
    )


def _request(row: OpeningRequest) -> dict:
    terms = GrantTerms(
        request_id=row.id,
        strand_id=row.strand_id,
        lead_id=row.granted_by or "",
        reviewer_id=row.requested_by,
        mode=row.mode,
        ends=row.ends_at.isoformat(),
    )
    return {"terms": terms, "wrapped_request": row.wrapped_private or b"", "grant": row.sealed_half or b""}


def _identity(person: Person) -> Identity:
    stored = person.identity or {}
    return Identity(
        salt=base64.b64decode(stored["salt"]),
        stretching=Stretching(stored["memory_kib"], stored["iterations"], stored["lanes"]),
        sign_in_hash=base64.b64decode(stored["sign_in_hash"]),
        public=person.public_key,
        wrapped_private=base64.b64decode(stored["wrapped_private"]),
    )
