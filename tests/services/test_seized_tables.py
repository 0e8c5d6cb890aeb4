"""Somebody takes the database: what lies in the tables beside the answers, table by table, with a control for each.

The control writes the same words as they are into the same place, as they would lie there were nothing sealed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Evidence, HelpCopy, Invitation, Profile, Purpose, RunningTotals, Strand
from consult.models.complaint import ComplaintCopy
from consult.models.document import EvidenceDocument
from consult.sealing.invitation import new_code
from consult.sealing.receipt import new_receipt
from consult.services.evidence import documents
from consult.services.help import complaints
from consult.services.help.helprequests import Contact, ask_for_contact
from consult.services.participation import invitations, responding
from consult.services.participation.epochs import EpochBook
from consult.services.tables.codedrows import codes_of
from tests.scenario import NOW, give, open_part
from tests.sealing.thief import traces
from tests.services.snapshots import refresh

KEY = "children"
CANARY = "Canary sings 0712345678"


def helped(db: Session, stage: Stage) -> list[str]:
    entrance = responding.door(db, stage.strands[KEY], NOW)
    assert entrance is not None
    contact = Contact(name=CANARY, how=CANARY, when=CANARY, more=CANARY, language="en")
    ask_for_contact(db, stage.keys, stage.policy, entrance, contact, NOW)
    return [CANARY]


def complained(db: Session, stage: Stage) -> list[str]:
    code = new_code()
    complaints.complain(db, stage.keys, CANARY, code, stage.strands[KEY], NOW, stage.policy)
    return [CANARY, code]


def proven(db: Session, stage: Stage, words: str = CANARY) -> list[str]:
    evidence = db.scalars(select(Evidence).where(Evidence.scope == "organisation")).first()
    assert evidence is not None
    documents.attach(db, stage.keys.evidence, evidence, documents.checked(f"{words}.txt", words.encode()))
    return [words]


def invited(db: Session, stage: Stage) -> list[str]:
    lead, strand = stage.people["lead1"], db.get_one(Strand, stage.strands[KEY])
    return invitations.issue(db, stage.keys, lead, strand, 3, Purpose.ENTRY, NOW)


TABLES: dict[str, tuple[Callable[[Session, Stage], list[str]], type, str]] = {
    "requests for help": (helped, HelpCopy, "sealed"),
    "complaints": (complained, ComplaintCopy, "sealed"),
    "evidence documents": (proven, EvidenceDocument, "sealed"),
    "one-time invitations": (invited, Invitation, "digest"),
}


def on_disk(stage: Stage) -> bytes:
    name = stage.engine.url.database or ""
    with sqlite3.connect(name) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(file.read_bytes() for end in ("", "-wal") if (file := Path(name + end)).exists())


def found(stage: Stage, words: list[str]) -> list[str]:
    disk = on_disk(stage)
    return [each for each in words if any(trace in disk for trace in traces(each.encode()))]


@pytest.mark.parametrize("name", list(TABLES))
def test_nothing_that_somebody_wrote_lies_in_the_table_and_the_control_finds_it(
    stage_on_sqlite: Stage, name: str
) -> None:
    write_it, model, column = TABLES[name]
    open_part(stage_on_sqlite, KEY)
    with write(stage_on_sqlite.engine) as db:
        words = write_it(db, stage_on_sqlite)
        assert db.scalars(select(model)).all(), "the table that is looked at holds something"
    assert found(stage_on_sqlite, words) == []
    with sqlite3.connect(stage_on_sqlite.engine.url.database or "") as connection:  # guards would refuse a change
        rows = connection.execute(f"SELECT * FROM {model.__tablename__}")
        names = [each[0] for each in rows.description]
        clear = dict(zip(names, rows.fetchone(), strict=True)) | {column: words[0].encode()}
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(f"DELETE FROM {model.__tablename__}")
        places = ", ".join("?" for _ in clear)
        connection.execute(f"INSERT INTO {model.__tablename__} VALUES ({places})", list(clear.values()))
    assert found(stage_on_sqlite, words[:1]) == words[:1], "the control: unsealed, the search finds it"


def test_rows_of_profiles_look_alike_whatever_somebody_said_of_themselves(stage_on_sqlite: Stage) -> None:
    open_part(stage_on_sqlite, KEY)
    give(stage_on_sqlite, KEY, 12)
    with write(stage_on_sqlite.engine) as db:
        blobs = db.scalars(select(Profile.sealed)).all()
    assert len(blobs) == len(set(blobs)) == 12
    assert len({len(each) for each in blobs}) == 1


#: Shorter words turn up in what is sealed by chance.
_LONG_ENOUGH = 7


def table_by_table(stage: Stage, words: set[str]) -> dict[str, int]:
    """Table → how often any of the words lies in it, in whatever encoding, column by column."""
    looked_for = {trace for word in words for trace in traces(word.encode())}
    with sqlite3.connect(stage.engine.url.database or "") as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        values = {
            name: [
                each if isinstance(each, bytes) else str(each).encode()
                for row in connection.execute(f"SELECT * FROM {name}")
                for each in row
                if each is not None
            ]
            for name in names
        }
    return {name: sum(each.count(trace) for each in found for trace in looked_for) for name, found in values.items()}


def test_no_table_gains_a_word_or_value_of_a_profile_and_the_control_does(stage_on_sqlite: Stage) -> None:
    """The categories stand in the form, in clear, as they did before anybody chose one; nobody's choice is added."""
    stage = stage_on_sqlite
    open_part(stage, KEY)
    with read(stage.engine) as db:
        entrance = responding.door(db, stage.strands[KEY], NOW)
    assert entrance is not None
    band, language = entrance.bands[0], entrance.languages[0]
    asked = [each for each in entrance.form.profile if each.asked_of(band)]
    chosen = {each.key: each.offered(band)[-1] for each in asked}
    profile = {key: category.id for key, category in chosen.items()}
    values = {*profile, *profile.values(), *(each.text[language] for each in chosen.values())}
    words = {each for each in values if len(each) >= _LONG_ENOUGH}
    assert len(words) >= len(profile), "something is looked for of every dimension"
    before = table_by_table(stage, words)
    assert before["strands"] > 0, "the search finds the categories where they stand in clear"
    sent = responding.Submission(
        assented=True, band=band, language=language, answers={}, profile=profile, receipt=new_receipt()
    )
    with write(stage.engine) as db:
        responding.give(db, EpochBook(stage.keys.row_seal), stage.keys, entrance, sent, NOW)
    give(stage, KEY, 35)
    assert table_by_table(stage, words) == before
    refresh(stage)
    with read(stage.engine) as db:
        assert db.scalar(select(func.count()).select_from(Profile)) == 36
        assert db.scalar(select(func.count()).select_from(RunningTotals)) == 1
    after = table_by_table(stage, words)
    assert {name for name, n in after.items() if n != before[name]} == {"live_snapshots"}, "counts of all, in lots"

    codes = codes_of(
        entrance.form, entrance.face.digest, entrance.bands, entrance.languages, band, language, profile
    ).hex()
    sealed = [each.hex() for each in _bytes_in(stage, "profiles", "profile_shares", "running_totals", "epochs")]
    assert not [each for each in sealed if codes in each], "nor the bytes of the copy for the count"
    with sqlite3.connect(stage.engine.url.database or "") as connection:
        kept = connection.execute("SELECT id, strand_id, epoch_id FROM profiles").fetchone()
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("DELETE FROM profiles WHERE id = ?", (kept[0],))
        clear = str(profile).encode() + bytes.fromhex(codes)
        connection.execute("INSERT INTO profiles (id, strand_id, epoch_id, sealed) VALUES (?, ?, ?, ?)", (*kept, clear))
    assert [name for name, n in table_by_table(stage, words).items() if n != after[name]] == ["profiles"]
    assert [each for each in _bytes_in(stage, "profiles") if codes in each.hex()] == [clear]


def _bytes_in(stage: Stage, *tables: str) -> list[bytes]:
    with sqlite3.connect(stage.engine.url.database or "") as connection:
        rows = [row for name in tables for row in connection.execute(f"SELECT * FROM {name}")]
    return [each for row in rows for each in row if isinstance(each, bytes)]
