"""Somebody takes the database: what lies in the tables beside the answers, table by table, with a control for each.

The control writes the same words as they are into the same place, as they would lie there were nothing sealed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.database import write
from consult.demo.setup import Stage
from consult.models import Evidence, HelpCopy, Invitation, Profile, Purpose, Strand
from consult.models.complaint import ComplaintCopy
from consult.models.document import EvidenceDocument
from consult.sealing.invitation import new_code
from consult.services import complaints, documents, invitations, responding
from consult.services.helprequests import Contact, ask_for_contact
from tests.scenario import NOW, give, open_part
from tests.sealing.thief import traces

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
