"""The audit log: every act writes one event, chained to the one before, in its own transaction, without content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from consult.models import AuditEvent, Strand
from consult.models.base import Base
from consult.sealing.chain import GENESIS, ChainBroken, audit_link, verify_chain
from consult.sealing.root import AuditKey
from consult.sealing.suite import SealingError

__all__ = [
    "INSTALLATION",
    "Head",
    "LogBroken",
    "Verb",
    "began_under",
    "check_log",
    "head",
    "hold",
    "hold_part",
    "record",
]

#: The actor of what is done at the server's command line.
INSTALLATION = "installation"


class Verb(StrEnum):
    """What can happen. Answers, withdrawals and asking for help are missing on purpose: an event would date them."""

    PERSON_ADDED = "person.added"
    PERSON_INVITED = "person.invited"
    PERSON_JOINED = "person.joined"
    PERSON_APPOINTED = "person.appointed"
    PERSON_DISMISSED = "person.dismissed"
    PERSON_DISABLED = "person.disabled"
    SIGN_IN_RENEWED = "person.sign_in_renewed"
    LANGUAGE_CHOSEN = "person.language_chosen"
    RECOVERY_PRINTED = "person.recovery_printed"
    RECOVERED = "person.recovered"
    HOLDER_CONFIRMED = "holder.confirmed"
    HOLDER_JOINED = "holder.joined"
    HOLDER_LEFT = "holder.left"
    KEY_REDRAWN = "key.redrawn"
    KEY_DESTROYED = "key.destroyed"
    BACKUP_MADE = "backup.made"
    RESTORED = "backup.restored"
    SIGNED_IN = "person.signed_in"
    SIGNED_OUT = "person.signed_out"
    SIGN_IN_REFUSED = "person.sign_in_refused"
    FACTOR_ADDED = "person.factor_added"
    FACTOR_REMOVED = "person.factor_removed"
    FACTORS_RESET = "person.factors_reset"
    BACKUP_CODES_MADE = "person.backup_codes_made"
    RECUSED = "person.recused"
    RECUSAL_LIFTED = "person.recusal_lifted"
    CONSULTATION_MADE = "consultation.made"
    CONSULTATION_CHANGED = "consultation.changed"
    STRAND_MADE = "strand.made"
    STRAND_CHANGED = "strand.changed"
    WORDS_WRITTEN = "strand.words_written"
    WORDS_CHECKED = "strand.words_checked"
    PAGE_RECORDED = "page.recorded"
    PAGE_HEARD = "page.heard"
    PAGE_SILENCED = "page.silenced"
    LANGUAGE_SHUT = "strand.language_shut"
    LANGUAGE_SIGNED = "strand.language_signed"
    TOTALS_ENTERED = "totals.entered"
    TOTALS_CONFIRMED = "totals.confirmed"
    STRAND_SENT = "strand.sent_for_signature"
    STRAND_RETURNED = "strand.returned"
    STRAND_SIGNED = "strand.signed"
    STRAND_OPENED = "strand.opened"
    STRAND_SUSPENDED = "strand.suspended"
    STRAND_RESUMED = "strand.resumed"
    STRAND_STOPPED = "strand.stopped"
    STRAND_CLOSED = "strand.closed"
    STRAND_FELL_BACK = "strand.fell_back"
    WITHDRAWALS_ENDED = "strand.withdrawals_ended"
    RESPONSES_COUNTED = "strand.responses_counted"
    RECORDS_REWRITTEN = "records.rewritten"
    CLOCK_BELIEVED = "clock.believed"
    INVITATIONS_MADE = "invitations.made"
    INVITATIONS_VOID = "invitations.void"
    EVIDENCE_ATTESTED = "evidence.attested"
    EVIDENCE_VERIFIED = "evidence.verified"
    EVIDENCE_REVOKED = "evidence.revoked"
    EQUIVALENT_PROPOSED = "equivalent.proposed"
    EQUIVALENT_ACCEPTED = "equivalent.accepted"
    EQUIVALENT_KEPT = "equivalent.kept"
    EQUIVALENT_ENDED = "equivalent.ended"
    PROGRAM_CHECKED = "program.checked"
    PROGRAM_CHECK_VERIFIED = "program.check_verified"
    REVIEW_ASKED = "review.asked"
    REVIEW_ANSWERED = "review.answered"
    STOP_SEEN = "stop.seen"
    STOP_CAUSE_WRITTEN = "stop.cause_written"
    DEBT_KEPT = "fallback.debt_kept"
    WAIVER_PROPOSED = "waiver.proposed"
    WAIVER_AGREED = "waiver.agreed"
    WAIVER_REVOKED = "waiver.revoked"
    SERVICE_SAVED = "service.saved"
    SERVICE_TESTED = "service.tested"
    SERVICE_TEST_CONFIRMED = "service.test_confirmed"
    STOP_PRESSED = "stop.pressed"
    STOP_LIFTED = "stop.lifted"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_RESOLVED = "incident.resolved"
    OPENING_ASKED = "opening.asked"
    OPENING_GRANTED = "opening.granted"
    OPENING_REFUSED = "opening.refused"
    OPENING_USED = "opening.used"
    HELP_READ = "help.read"
    HELP_ANSWERED = "help.answered"
    HELP_FORGOTTEN = "help.forgotten"
    CONCERN_LOGGED = "concern.logged"
    CONCERN_HANDLED = "concern.handled"
    CONCERN_CLOSED = "concern.closed"
    SET_APART = "answers.set_apart"
    DOUBT_JUDGED = "answers.judged"
    DOUBT_CLEARED = "answers.cleared"
    DOUBTED_DESTROYED = "answers.destroyed"
    TRIAGE_BEGUN = "triage.begun"
    INCLUSION_KEY_MADE = "inclusion.key_made"
    INCLUSION_HOLDER_JOINED = "inclusion.holder_joined"
    COVERAGE_REFRESHED = "coverage.refreshed"
    RELEASE_MADE = "release.made"
    COMPLAINT_READ = "complaint.read"
    COMPLAINT_ANSWERED = "complaint.answered"
    RELEASE_PUBLISHED = "release.published"
    REPORT_HANDED_OUT = "release.handed_out"
    COVERAGE_PLANNED = "coverage.planned"
    ADJUSTMENT_NOTED = "adjustment.noted"
    ADJUSTMENT_ANSWERED = "adjustment.answered"
    THEME_MADE = "theme.made"
    THEMES_RELEASED = "themes.released"
    TEXT_KEPT = "text.kept"
    TEXT_CONFIRMED = "text.confirmed"
    TEXT_DROPPED = "text.dropped"
    IDEA_WRITTEN = "idea.written"
    IDEA_REMOVED = "idea.removed"
    IDEA_ANSWERED = "idea.answered"
    FEEDBACK_WRITTEN = "feedback.written"
    FEEDBACK_PUBLISHED = "feedback.published"
    FEEDBACK_TAKEN_BACK = "feedback.taken_back"
    ASSESSMENT_SCORED = "assessment.scored"
    POLICY_PROPOSED = "policy.proposed"
    POLICY_DECIDED = "policy.decided"
    PARTNER_INVITED = "partner.invited"
    PARTNER_REMINDED = "partner.reminded"
    PARTNER_NAMED = "partner.named"
    PARTNER_ENDED = "partner.ended"
    PROPOSAL_MADE = "proposal.made"
    PROPOSAL_DECIDED = "proposal.decided"
    PROPOSAL_ERASED = "proposal.erased"
    HOST_NAMED = "strand.host_named"
    SESSION_ADDED = "session.added"
    SESSION_TAKEN_OFF = "session.taken_off"
    SESSION_BEGUN = "session.begun"
    SESSION_NOTED = "session.noted"


def record(
    db: Session,
    key: AuditKey,
    actor_id: str,
    verb: Verb,
    subject: str,
    now: datetime,
    facts: Mapping[str, str | int | None] | None = None,
) -> None:
    """Write one event. `subject` is a row's id, `facts` short codes and numbers: never anybody's words."""
    hold(db)  # two writers must not follow the same event
    last = head(db)
    event = AuditEvent(
        number=last.number + 1,
        at=now,
        actor=actor_id,
        verb=verb,
        subject=subject,
        facts=dict(facts or {}),
        link=b"",
    )
    event.link = audit_link(key, last.link, _bytes(event))
    db.add(event)
    db.flush()


def hold(db: Session, *parts: Base) -> None:
    """From here on nobody else puts anything on record until this transaction ends, and what others did is there.

    `parts` are read anew: somebody may have stopped or closed one since it was read.

    Taken before the gate is asked about what then opens at once: a proof that is taken back at the same moment was
    taken back before, or its taker finds the part open and asks again. On SQLite all who write wait for each other.
    Always before rows of parts are written, so that nobody waits in a circle.
    """
    if db.get_bind().dialect.name == "postgresql":
        with db.no_autoflush:
            db.execute(text("LOCK TABLE audit_events IN EXCLUSIVE MODE"))
    for part in parts:
        db.refresh(part)


def hold_part(db: Session, strand_id: str) -> None:
    """The same, and no answer to this part is stored meanwhile: none slips past what is done now."""
    hold(db)
    db.execute(select(Strand.id).where(Strand.id == strand_id).with_for_update())


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of the log, to be noted outside the database: its number and its link."""

    number: int
    link: bytes


class LogBroken(SealingError):
    """The audit log does not hold: says at which event, and what it is or was."""


def check_log(db: Session, key: AuditKey, noted: Head | None = None) -> None:
    """Raise `LogBroken`, naming the event, when one was changed, removed or put in between.

    The chain alone can not show that its newest events are gone: `noted`, a head of earlier, does.
    """
    events = db.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()
    try:
        verify_chain(key, ((_bytes(event), event.link) for event in events))
    except ChainBroken as error:
        raise LogBroken(_what_is_wrong(events, error.index)) from error
    if noted is None or noted.number == 0:
        return
    if len(events) < noted.number:
        gone = f"Event {len(events) + 1} to event {noted.number} of the audit log"
        raise LogBroken(f"{gone} are gone: the end was removed, or an older copy was put back.")
    if events[noted.number - 1].link != noted.link:
        raise LogBroken(f"Event {noted.number} of the audit log is not the one that was noted here earlier.")


def began_under(db: Session, key: AuditKey) -> bool:
    """Whether the first event was written under this key; a log without one begins under any."""
    first = db.get(AuditEvent, 1)
    return first is None or first.link == audit_link(key, GENESIS, _bytes(first))


def head(db: Session) -> Head:
    """The newest event; number 0 and the first link for an empty log."""
    last = db.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).first()
    return Head(last.number, last.link) if last else Head(0, GENESIS)


def _what_is_wrong(events: Sequence[AuditEvent], index: int) -> str:
    event, number = events[index], index + 1
    if event.number != number:
        return f"Event {number} of the audit log was removed; what follows is {event.number} ({event.verb})."
    other_key = ", or the root key is not the one of this database" if number == 1 else ""
    return f"Event {number} of the audit log ({event.verb}, {event.at:%Y-%m-%d %H:%M} UTC) was changed{other_key}."


def _bytes(event: AuditEvent) -> bytes:
    at = event.at.isoformat()
    return json.dumps([event.number, at, event.actor, event.verb, event.subject, event.facts], sort_keys=True).encode()
