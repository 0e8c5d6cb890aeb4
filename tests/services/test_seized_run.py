"""Somebody takes everything after a run through the real pages: database, its log, logs, backups, temporary files.

The run holds what lies beside the answers as well: requests for help, complaints, texts read in triage, evidence
documents, running totals, sessions where people meet, notices, sign-ins. Every word that somebody wrote carries one
token, so that one search finds any of them in any encoding; what the site itself draws is searched for one by one.
"""

from __future__ import annotations

import base64
import io
import re
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text

from consult.database import read, write
from consult.demo.setup import Stage
from consult.jobs import JOBS
from consult.models import (
    ComplaintCopy,
    EvidenceDocument,
    HelpCopy,
    HelpRequest,
    LiveSession,
    Notice,
    Response,
    RunningTotals,
    SessionNote,
    Strand,
)
from consult.sealing.archive import read_archive
from consult.sealing.totp import code_at
from consult.services.safekeeping.backups import BackupClass, make_backup
from tests.meetings import at, live_part, started
from tests.scenario import NOW, give, open_part
from tests.sealing.thief import traces
from tests.services.snapshots import refresh
from tests.services.test_seized_tables import proven
from tests.web.participate.walk import Walk, receipt_on
from tests.web.staff.desk import Browser, Desk, sentences

pytestmark = pytest.mark.slow

TOKEN = "Zq7canary4Xw"
WORDS = f"{TOKEN} wörds that ش nobody may find"
ADDRESS, FORWARDED, AGENT = "198.51.100.23", "203.0.113.77", "Seized-Agent-5731"
KEY = "children"
FILLED = (HelpCopy, ComplaintCopy, EvidenceDocument, RunningTotals, LiveSession, SessionNote, Notice, Response)


@dataclass(frozen=True)
class Run:
    """What somebody finds, and what it is searched for: name → secret."""

    disk: bytes
    secrets: dict[str, str]
    in_clear: str


@pytest.fixture
def run(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = _log_of_writes(stage.engine)
    desk = Desk.over(stage, tmp_path / "data")  # type: ignore[arg-type] - a stage has all that a desk asks of an office
    desk.now[0] = NOW
    secrets = _participants(desk, stage) | _staff(desk, stage)
    _beside(stage)
    during = _taken(stage.engine, tmp_path, before)
    for job in ("counts", "reminders", "rewrite", "settle"):
        JOBS[job](stage.engine, stage.keys, stage.policy, NOW)
    backups = _backups(stage)
    said = capfd.readouterr()
    left = during + _taken(stage.engine, tmp_path, before) + backups + said.out.encode() + said.err.encode()
    with read(stage.engine) as db:
        assert [each.__name__ for each in FILLED if not db.scalar(select(func.count()).select_from(each))] == []
        name = db.get_one(Strand, stage.strands[KEY]).name
    assert list(temporary.iterdir()) == []
    return Run(left, secrets, name)


def test_nothing_of_what_people_wrote_and_no_secret_is_found_and_what_is_in_clear_is(run: Run) -> None:
    found = [
        name for name, secret in run.secrets.items() if any(trace in run.disk for trace in traces(secret.encode()))
    ]
    assert found == []
    assert len(run.secrets) >= 15
    assert run.in_clear.encode() in run.disk, "the control: what is stored in clear is found by the same search"


def _participants(desk: Desk, stage: Stage) -> dict[str, str]:
    """Somebody answers, asks for contact and complains; from an address, with a browser that tells all about itself."""
    code = open_part(stage, KEY)
    walk = Walk(desk.app)
    _telling(walk.client)
    walk.begin(code=code)
    assert walk.post("/c/q/9", {"a": WORDS}).status_code == 200
    assert TOKEN in walk.get("/c/look").text
    sent = walk.post("/c/send")
    receipt = receipt_on(sent)
    assert len(receipt) == 20, sentences(sent.text)
    asked = dict.fromkeys(("name", "how", "when"), WORDS[:40]) | {"more": WORDS}
    assert walk.client.post(f"/contact/{code}?l=en", data=asked).status_code == 303
    once = re.findall(r'name="once" value="([^"]+)"', walk.get("/complaint").text)[0]
    complained = walk.post("/complaint", {"once": once, "words": WORDS}).text
    (complaint,) = re.findall(r'class="num"[^>]*>([^<]+)<', complained)
    approver = _browser(desk, "approver")
    (where,) = re.findall(r'href="(/s/complaints/[0-9a-f]+)"', approver.get("/s/complaints"))
    passphrase = {"passphrase": stage.passphrases["approver"]}
    assert TOKEN in approver.post(where, passphrase).text
    assert approver.post(f"{where}/answer", {"outcome": "upheld", "reply": WORDS}).status_code == 303
    lead = _browser(desk, "lead1")
    with read(stage.engine) as db:
        help_id = db.scalars(select(HelpRequest.id)).one().hex()
    shown = lead.post(f"/s/help-requests/{help_id}/read", {"passphrase": stage.passphrases["lead1"]})
    assert TOKEN in shown.text
    grouped = "-".join(re.findall(r"\d{5}", receipt))
    return {
        "what was written": TOKEN,
        "receipt": receipt,
        "receipt in groups": grouped,
        "receipt as it is shown": grouped.replace("-", " "),
        "code of the complaint": complaint,
        "what its form was sent with": once,
        "address": ADDRESS,
        "address that a front server names": FORWARDED,
        "browser": AGENT,
        **{f"cookie {name}": value for name, value in walk.cookies.items()},
    }


def _staff(desk: Desk, stage: Stage) -> dict[str, str]:
    """Sign-ins that fit and that do not, codes drawn anew, and a triage in which the words are read."""
    desk.now[0] += timedelta(minutes=2)
    client, word = desk.app.test_client(), stage.passphrases["lead2"]
    _telling(client)
    client.post("/s/in", data={"email": f"{TOKEN}@example.org", "passphrase": WORDS}).close()
    assert client.post("/s/in", data={"email": "lead2@demo.example", "passphrase": word}).location == "/s/in/step"
    token = re.findall(r'name="token" value="(\w+)"', client.get("/s/in/step").text)[0]
    code = code_at(stage.app_seed, desk.now[0])
    answer = client.post("/s/in/step", data={"token": token, "way": "app", "answer": code})
    assert answer.status_code == 303, sentences(answer.text)
    (cookie,) = (each.value for each in client._cookies.values() if each.key == "desk")
    lead = Browser(client, base64.urlsafe_b64decode(cookie))
    codes = re.findall(r'<bdi dir="ltr">(\S+)</bdi>', lead.post("/s/me/sign-in/codes", {"passphrase": word}).text)
    (recovery,) = re.findall(r'<bdi dir="ltr">([^<]+)</bdi>', lead.post("/s/me/code", {"typed": word}).text)
    assert len(codes) == 10
    _read_new_words(desk, stage)
    raw = bytes(stage.app_seed)
    return {
        "cookie of a sign-in": cookie,
        "seed of an app": base64.b32encode(raw).decode().rstrip("="),
        "seed of an app in hexadecimal": raw.hex(),
        "recovery code": recovery,
        "recovery code without groups": recovery.replace("-", "").replace(" ", ""),
        "backup code": codes[0],
        **{f"passphrase of {name}": each for name, each in stage.passphrases.items()},
    }


def _read_new_words(desk: Desk, stage: Stage) -> None:
    reviewer, lead = _browser(desk, "reviewer2"), _browser(desk, "lead1")
    part = f"/s/c/{stage.consultation_id}/{stage.strands[KEY]}"
    asked = reviewer.post(f"{part}/ask?mode=triage", {"reason": "Is somebody in danger?", "hours": 8})
    where = str(asked.location).partition("?")[0]
    assert lead.post(f"{where}/grant", {"passphrase": stage.passphrases["lead1"]}).status_code == 303
    shown = reviewer.post(f"{where}/new-words", {"passphrase": stage.passphrases["reviewer2"]})
    assert TOKEN in shown.text


def _beside(stage: Stage) -> None:
    """An evidence document, running totals, and a session of a part that meets."""
    with write(stage.engine) as db:
        proven(db, stage, TOKEN)
    give(stage, KEY, 35)
    refresh(stage)
    started(live_part(stage))
    assert at(0) > NOW


def _telling(client: FlaskClient) -> None:
    client.environ_base |= {"REMOTE_ADDR": ADDRESS, "HTTP_X_FORWARDED_FOR": FORWARDED, "HTTP_USER_AGENT": AGENT}


def _browser(desk: Desk, name: str) -> Browser:
    found = desk.browser(name)
    _telling(found.client)
    return found


def _backups(stage: Stage) -> bytes:
    """Both files as they lie there, and what is in them for somebody who has the root key."""
    files = {kind: io.BytesIO() for kind in BackupClass}
    make_backup(stage.engine, stage.keys, files, NOW)
    found = [file.getvalue() for file in files.values()]
    for kind, file in files.items():
        file.seek(0)
        found += read_archive(file, stage.keys.archive, kind)
    return b"\n".join(found)


def _log_of_writes(engine: Engine) -> str:
    """PostgreSQL: in which file of its log of writes it is now; what came before is not ours."""
    if engine.dialect.name != "postgresql":
        return ""
    with read(engine) as db:
        return str(db.scalar(text("SELECT pg_walfile_name(pg_current_wal_lsn())")))


def _taken(engine: Engine, folder: Path, before: str) -> bytes:
    """Every byte of the site's folder, and on PostgreSQL of the cluster: our database, its log of writes, its log."""
    places = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
            data = Path(connection.scalar(text("SHOW data_directory")) or "")
            number = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
        others = [each for each in (data / "base").iterdir() if each.name != str(number)]
        places += [
            file
            for file in sorted(data.parent.rglob("*"))
            if file.is_file()
            and not any(other in file.parents for other in others)
            and not (file.parent.name == "pg_wal" and file.name < before)
        ]
        assert any(file.parent.name == "pg_wal" for file in places)
    return b"\n".join(file.read_bytes() for file in places if file.exists())
