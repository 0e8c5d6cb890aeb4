"""Handing a report out as a file: from there on it is in other hands, so the passphrase is typed again, on record."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consult.models import Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.auditing import Verb, record
from consult.services.people.accounts import confirm
from consult.services.report.livecoverage import snapshot_text
from consult.services.report.reporting import release_text
from consult.services.report.suppliedreports import totals_text

__all__ = ["hand_out", "hand_out_snapshot", "hand_out_totals"]


def hand_out(
    db: Session, keys: RootKeys, actor: Actor, release_id: str, kind: str, passphrase: str, now: datetime
) -> None:
    """Let the actor take a release away as a file of this kind. Raises as `release_text`, and `Denied`."""
    release_text(db, actor, release_id)
    confirm(db, keys, actor, passphrase)
    record(db, keys.audit, actor.id, Verb.REPORT_HANDED_OUT, release_id, now, {"kind": kind})


def hand_out_totals(
    db: Session, keys: RootKeys, actor: Actor, strand_id: str, kind: str, passphrase: str, now: datetime
) -> None:
    """The same for a report of supplied totals. Raises as `totals_text`, and `Denied`."""
    totals_text(db, actor, strand_id)
    confirm(db, keys, actor, passphrase)
    record(db, keys.audit, actor.id, Verb.REPORT_HANDED_OUT, strand_id, now, {"kind": kind})


def hand_out_snapshot(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, number: int, passphrase: str, now: datetime
) -> None:
    """The same for live figures, as pages showed them. Raises as `snapshot_text`, and `Denied`."""
    snapshot_text(db, strand, number)
    confirm(db, keys, actor, passphrase)
    record(db, keys.audit, actor.id, Verb.REPORT_HANDED_OUT, strand.id, now, {"kind": "live", "number": number})
