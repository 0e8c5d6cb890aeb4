"""Documents as evidence: known by their content, kept sealed, given only to who proves or checks the requirement.

A certificate about a person is not for here: it is looked at and its hash is entered, as `attesting` has it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from unicodedata import category

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid, NotFound, sentence
from consult.models import Evidence, EvidenceDocument, Strand
from consult.sealing.canonical import encode
from consult.sealing.root import EvidenceKey
from consult.sealing.wrapping import unwrap, wrap
from consult.services.actors import Actor, roles_in
from consult.services.evidence.attesting import OUTSIDE_ROLES, evidence_of
from safeguards.policy import Policy, Requirement
from safeguards.terms import Role, Scope

__all__ = [
    "MOST_BYTES",
    "PERSONAL",
    "Document",
    "DocumentKind",
    "attach",
    "checked",
    "documents_of",
    "kind_of",
    "may_read",
    "read_document",
]

MOST_BYTES = 2 * 1024 * 1024
_NAME_CHARACTERS = 80
_ENDS_WITHIN = 2048
#: What is about one person is looked at and known by its hash; it is never kept.
PERSONAL = frozenset({Scope.PERSON, Scope.CHILD})
_ENTERING = frozenset({Role.LEAD_FACILITATOR, Role.SAFEGUARDING_LEAD, Role.ORGANISATION_MANAGER})
_CHECKING = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})


class DocumentKind(StrEnum):
    """What is taken; the value is the ending that a file gets when it is given out."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    TEXT = "txt"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as somebody gave it; its name is made safe for every file system."""

    name: str
    kind: DocumentKind
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal, as people compare it."""
        return hashlib.sha256(self.content).hexdigest()


def kind_of(content: bytes) -> DocumentKind | None:
    """What this is by its content, whatever it is called; None for everything that is not taken."""
    if content.startswith((b"%PDF-1.", b"%PDF-2.")):
        return DocumentKind.PDF if b"%%EOF" in content[-_ENDS_WITHIN:] else None
    if content.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"):
        return DocumentKind.PNG if content[-8:-4] == b"IEND" else None
    if content.startswith(b"\xff\xd8\xff"):
        return DocumentKind.JPEG if content.rstrip(b"\x00").endswith(b"\xff\xd9") else None
    return DocumentKind.TEXT if _is_plain(content) else None


def checked(name: str, content: bytes) -> Document:
    """The document, if it is one that is taken. Raises `Invalid` for the field `document`."""
    if len(content) > MOST_BYTES:
        raise Invalid({"document": [sentence("This file is too large. Two megabytes are the most.")]})
    kind = kind_of(content)
    if kind is None:
        problem = sentence("This is no PDF, PNG, JPEG or plain text, whatever its name says. Nothing was kept.")
        raise Invalid({"document": [problem]})
    return Document(_safe(name, kind), kind, content)


def attach(db: Session, key: EvidenceKey, evidence: Evidence, document: Document) -> EvidenceDocument:
    """Keep a document with a piece of evidence that was just made; ValueError for one about a person."""
    if evidence.scope in PERSONAL:
        raise ValueError("a document about a person is hashed, not kept")
    row = EvidenceDocument(evidence_id=evidence.id, sealed=wrap(key, _packed(document), _bound(evidence.id)))
    db.add(row)
    db.flush()
    return row


def documents_of(db: Session, evidence_ids: Iterable[str]) -> dict[str, str]:
    """Evidence id → id of its document, where there is one; nothing is opened."""
    rows = select(EvidenceDocument.evidence_id, EvidenceDocument.id).where(
        EvidenceDocument.evidence_id.in_(list(evidence_ids))
    )
    return {each.evidence_id: each.id for each in db.execute(rows)}


def may_read(db: Session, actor: Actor, strand: Strand, requirement: Requirement) -> bool:
    """Whether the person proves or checks this requirement here; others see that it is proven, not how."""
    roles = roles_in(db, actor, strand)
    named = frozenset(requirement.attest) | frozenset(requirement.verify) | _CHECKING
    return bool(roles & (named | (_ENTERING if named & OUTSIDE_ROLES else frozenset())))


def read_document(
    db: Session, key: EvidenceKey, policy: Policy, actor: Actor, strand: Strand, document_id: str
) -> Document:
    """One document. Raises `NotFound` outside what the person proves or checks, as if there were none."""
    row = db.get(EvidenceDocument, document_id)
    evidence = next((each for each in evidence_of(db, strand) if row and each.id == row.evidence_id), None)
    requirement = policy.requirements.get(evidence.requirement) if evidence else None
    if row is None or requirement is None or not may_read(db, actor, strand, requirement):
        raise NotFound
    return _unpacked(unwrap(key, row.sealed, _bound(row.evidence_id)))


def _is_plain(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and not any(category(letter) == "Cc" and letter not in "\r\n\t" for letter in text)


def _safe(name: str, kind: DocumentKind) -> str:
    """Letters, digits, dash and underline, and the ending that its content has."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or "document"
    plain = re.sub(r"[^\w-]+", "_", stem).strip("_")[:_NAME_CHARACTERS] or "document"
    return f"{plain}.{kind}"


def _packed(document: Document) -> bytes:
    head = json.dumps([document.name, document.kind]).encode()
    return len(head).to_bytes(2, "big") + head + document.content


def _unpacked(packed: bytes) -> Document:
    start = 2 + int.from_bytes(packed[:2], "big")
    name, kind = json.loads(packed[2:start])
    return Document(name, DocumentKind(kind), packed[start:])


def _bound(evidence_id: str) -> bytes:
    return encode("evidence document", evidence_id)
