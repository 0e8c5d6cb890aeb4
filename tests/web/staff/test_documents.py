"""Documents as evidence: known by content, kept sealed, given as a file to who proves or checks the requirement."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from consult.database import read, write
from consult.errors import Conflict
from consult.models import Evidence, EvidenceDocument
from consult.services.evidence.documents import MOST_BYTES, DocumentKind, kind_of
from tests.web.answers import is_hardened
from tests.web.staff.desk import Browser, Desk

CANARY = b"canary of a policy that nobody may read on a disk"
PDF = b"%PDF-1.7\n" + CANARY + b"\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9"
WORDS = "A policy. Une règle. سياسة\u200f\r\n".encode()


@pytest.fixture
def part(desk: Desk) -> str:
    consultation = desk.office.consultation()
    return f"/s/c/{consultation}/{desk.office.strand(consultation)}/safeguards"


def attested(browser: Browser, part: str, content: bytes, name: str = "policy.pdf") -> TestResponse:
    """Send the form as a browser does; Werkzeug's own builder would make a temporary file that the test looks for."""
    fields = {"token": browser.form_token, "statement": "Seen, signed by the board."}
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    quoted = name.replace("\\", "\\\\")
    parts.append(f'Content-Disposition: form-data; name="document"; filename="{quoted}"\r\n\r\n')
    body = b"--edge\r\n" + "--edge\r\n".join(parts).encode() + content + b"\r\n--edge--\r\n"
    return browser.client.post(f"{part}/SAF-01/attest", data=body, content_type="multipart/form-data; boundary=edge")


def link_on(page: str) -> str | None:
    found = re.search(r'href="(/s/c/[^"]+/safeguards/document/[^"]+)"', page)
    return found.group(1) if found else None


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, DocumentKind.PDF), (PNG, DocumentKind.PNG), (JPEG, DocumentKind.JPEG), (WORDS, DocumentKind.TEXT)],
    ids=["pdf", "png", "jpeg", "text"],
)
def test_what_it_is_shows_in_its_content_and_its_name_follows(
    desk: Desk, part: str, content: bytes, kind: DocumentKind
) -> None:
    otto = desk.browser("otto")
    assert attested(otto, part, content, "../..\\evil name.html.exe").status_code == 303
    link = link_on(otto.get(f"{part}/SAF-01"))
    assert link is not None
    answer = otto.client.get(link)
    assert answer.data == content
    assert answer.headers["Content-Disposition"] == f"attachment; filename=evil_name_html.{kind}"
    assert answer.mimetype == "application/octet-stream"
    is_hardened(answer)
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        b"GIF89a" + bytes(100),
        b"%PDF-1.7 cut",
        PNG[:-12],
        JPEG[:-2],
        b"\x00words",
        "words".encode("utf-16"),
        b"   \r\n",
        b"%PDF-1.7\n" + bytes(MOST_BYTES) + b"%%EOF",
    ],
    ids=["program", "archive", "gif", "cut pdf", "cut png", "cut jpeg", "nul", "utf-16", "nothing", "too large"],
)
def test_anything_else_is_refused_and_nothing_is_kept(desk: Desk, part: str, content: bytes) -> None:
    answer = attested(desk.browser("otto"), part, content)
    assert answer.status_code == 422
    assert "Seen, signed by the board." in answer.text
    with read(desk.office.engine) as db:
        assert db.scalars(select(EvidenceDocument)).all() == []
        assert db.scalars(select(Evidence)).all() == []


def test_more_than_a_document_may_be_is_not_even_read(desk: Desk, part: str) -> None:
    refused = attested(desk.browser("otto"), part, bytes(MOST_BYTES + 70_000))
    assert (refused.status_code, "send a smaller file" in refused.text) == (413, True)
    nobody = desk.browser(None)
    assert attested(nobody, part, PDF).location == "/s/in"


def test_who_proves_or_checks_it_reads_it_and_nobody_else_does(desk: Desk, part: str) -> None:
    otto = desk.browser("otto")
    attested(otto, part, PDF)
    link = link_on(otto.get(f"{part}/SAF-01"))
    assert link is not None
    for name, status in {"otto": 200, "ines": 200, "leila": 200, "tara": 404, "lina": 404, "rosa": 404}.items():
        browser = desk.browser(name)
        assert (name, browser.client.get(link).status_code) == (name, status)
        if status == 404 and name != "rosa":
            assert link_on(browser.get(f"{part}/SAF-01")) is None
    elsewhere = desk.office.consultation("omar")
    other = f"/s/c/{elsewhere}/{desk.office.strand(elsewhere, 'omar')}/safeguards/document/{link.rpartition('/')[2]}"
    assert desk.browser("nadia").client.get(other).status_code == 404


def test_nothing_of_it_lies_on_the_disk_in_clear(desk: Desk, part: str, tmp_path: Path) -> None:
    large = b"%PDF-1.7\n" + CANARY * 20_000 + b"\n%%EOF"
    before = set(Path(tempfile.gettempdir()).iterdir())
    assert attested(desk.browser("otto"), part, large, "board-minutes-canary.pdf").status_code == 303
    assert {each for each in Path(tempfile.gettempdir()).iterdir() if each.is_file()} <= before
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert CANARY not in kept
    assert b"board-minutes" not in kept
    assert hashlib.sha256(large).hexdigest().encode() in kept, "the hash that people compare"


def test_a_document_stays_as_it_was_given(desk: Desk, part: str) -> None:
    attested(desk.browser("otto"), part, PDF)
    with pytest.raises(Conflict), write(desk.office.engine) as db:
        db.execute(text("UPDATE evidence_documents SET evidence_id = evidence_id"))


def test_without_a_document_the_hash_alone_is_kept(desk: Desk, part: str) -> None:
    otto = desk.browser("otto")
    otto.post(f"{part}/SAF-01/attest", {"statement": "Seen.", "document_digest": "a" * 64})
    page = otto.get(f"{part}/SAF-01")
    assert "aaaaaaaaaaaa…" in page
    assert link_on(page) is None


def test_a_picture_that_says_it_is_text_is_a_picture() -> None:
    assert kind_of(PNG) is DocumentKind.PNG
    assert kind_of(b"<script>alert(1)</script>") is DocumentKind.TEXT
