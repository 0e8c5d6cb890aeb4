"""A visit to the real server by somebody whose browser tells all about itself: none of it is left anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import Engine, select

from consult.database import connect, read
from consult.demo.server import free_port, serving
from consult.logs import FIELDS
from consult.models import Response
from tests.sealing.thief import traces
from tests.web.participate.walk import CHECKS, READ
from tests.web.participate.world import CODE, ROOT, open_strand

AGENT = "Canary-Agent-5731"
FORWARDED = "203.0.113.77"
REFERER = "https://canary-referer.example/from-here"
QUERY = "canary-query-8842"
WORDS = "canary wörds that ش nobody may find"
PATH = "canary-path-3390"
EMAIL = "canary-mail-6617@example.org"
PASSPHRASE = "canary passphrase never stored"
CANARIES = (AGENT, FORWARDED, "canary-referer", QUERY, WORDS, PATH, EMAIL, PASSPHRASE)


class Visitor:
    """A browser over a real connection that tells all about itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> tuple[int, str]:
        """One request; its status and its page."""
        mark = "&" if "?" in path else "?"
        headers = {
            "Host": f"localhost:{self.port}",
            "User-Agent": AGENT,
            "X-Forwarded-For": FORWARDED,
            "X-Real-Ip": FORWARDED,
            "Forwarded": f"for={FORWARDED}",
            "Referer": REFERER,
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body = urlencode(fields or {}).encode() if method == "POST" else None
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, f"{path}{mark}q={QUERY}", body=body, headers=headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(header).items():
                self.cookies.pop(name, None)
                if morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
        return answer.status, page


@pytest.mark.slow
def test_a_visit_leaves_nothing_of_itself_in_logs_database_or_files(
    migrated_sqlite_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    now, temporary, port = datetime.now(UTC), tmp_path / "temporary", free_port()
    temporary.mkdir()
    engine = connect(migrated_sqlite_url)
    window = {"opens": (now - timedelta(days=1)).isoformat(), "closes": (now + timedelta(days=9)).isoformat()}
    open_strand(engine, facts={"window": {**window, "timezone": "UTC"}}, now=now)
    environment = {
        "CONSULT_ROOT_KEY": ROOT.hex(),
        "CONSULT_ORGANISATION": "Harbour Trust",
        "CONSULT_ADDRESS": f"http://localhost:{port}",
        "CONSULT_DATA": str(tmp_path),
        "CONSULT_DATABASE_URL": migrated_sqlite_url,
        "TMPDIR": str(temporary),
    }
    with serving(environment, port):
        visitor = Visitor(port)
        digits = _answer(visitor)
        with read(engine) as db:
            assert len(db.scalars(select(Response.id)).all()) == 1
        during = _kept(tmp_path)
        _go_wrong(visitor, engine)
        during += _kept(tmp_path)
    engine.dispose()
    said = capfd.readouterr()
    left = during + _kept(tmp_path) + said.out.encode() + said.err.encode()
    for canary in (*CANARIES, digits, *visitor.cookies.values(), "127.0.0.1"):
        for trace in {*traces(canary.encode()), quote(canary).encode()}:
            assert trace not in left, canary
    assert '"error": "OperationalError", "endpoint": "participate.' in said.err, "the control: a fault is in the log"
    for line in said.err.splitlines():
        assert set(json.loads(line)) <= {"level", "from", *FIELDS}, line
    assert b"Harbour" not in said.err.encode()
    assert b"Child Helpline" in left, "the control: what is stored in clear is found by the same search"
    assert list(temporary.iterdir()) == []


def _answer(visitor: Visitor) -> str:
    """From the link to the receipt; the receipt's digits."""
    visitor.send("GET", f"/k/{CODE}")
    visitor.send("POST", "/c/language", {"language": "en"})
    visitor.send("POST", "/c/place")
    visitor.send("POST", "/c/age", {"age": "15"})
    for step in READ:
        visitor.send("POST", f"/c/{step}")
    visitor.send("POST", "/c/check", CHECKS)
    visitor.send("POST", "/c/agree", {"answer": "yes"})
    assert visitor.send("POST", "/c/q/9", {"a": WORDS})[0] == 303
    assert WORDS in visitor.send("GET", "/c/look")[1]
    visitor.send("POST", "/c/send")
    page = visitor.send("GET", "/c/receipt")[1]
    return "".join(re.findall(r"<span>(\d{5})</span>", page))


def _go_wrong(visitor: Visitor, engine: Engine) -> None:
    """Everything that could make a server write down what it was sent."""
    assert visitor.send("GET", f"/{PATH}")[0] == 404
    assert visitor.send("POST", "/s/in", {"email": EMAIL, "passphrase": PASSPHRASE})[0] == 403
    assert visitor.send("POST", "/back", {"number": f"{WORDS}"})[0] == 422
    assert visitor.send("POST", "/", {"code": WORDS})[0] == 303
    assert visitor.send("POST", "/back", {"number": WORDS * 3000})[0] == 413
    visitor.send("GET", f"/k/{CODE}")
    with engine.connect() as connection:
        for table in ("edition", "contact_tests"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.commit()
    assert visitor.send("POST", "/c/language", {"language": WORDS})[0] == 500
    assert visitor.send("GET", f"/k/{CODE}")[0] == 500


def _kept(folder: Path) -> bytes:
    """Every byte of every file: database, write-ahead log, temporary files."""
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
