"""Rows for the attacks: one strand in every situation that a rule speaks of, under readable names."""

from datetime import timedelta

from sqlalchemy.orm import Session

from consult.models import EpochTriage, EquivalentControl, ProgramCheck, ReviewNote, StrandState, TriageClock
from safeguards.terms import Audience, Decision, RepresentativeClass
from tests import factories as make

#: the epochs of `furnish` and of a statement's own blob; bytes are written differently on the two databases
BLOBS = {
    name: name.encode()
    for name in (
        "open",
        "adults",
        "suspended",
        "finishing",
        "closed",
        "decided",
        "waiting",
        "answered",
        "triaged",
        "told",
        "new",
    )
}


def furnish(db: Session) -> None:
    """Store them all."""
    make.people(db)
    make.consultation(db)
    make.strand(db, "draft")
    make.strand(db, "survivors", Audience.CHILD_SURVIVORS)
    make.strand(db, "young", Audience.REPRESENTATIVES, RepresentativeClass.YOUNG_ADULTS)
    lonely = make.strand(db, "lonely")
    make.signature(db, lonely)
    _keyless(db)
    taking = make.signed_strand(db, "open", state=StrandState.OPEN)
    make.response(db, taking, "answer")
    make.inclusion(db, taking)
    make.signed_strand(db, "told", Audience.CHILD_SURVIVORS, state=StrandState.OPEN)
    make.share(db, taking, "lead")
    make.share(db, taking, "reviewer")
    make.holder(db, "joined")
    make.holder(db, "newcomer", confirmed=False)
    make.signed_strand(db, "adults", Audience.ADULT_SURVIVORS, state=StrandState.OPEN)
    make.signed_strand(db, "decided")
    make.signed_strand(db, "suspended", state=StrandState.SUSPENDED)
    make.signed_strand(db, "finishing", state=StrandState.SUSPENDED).finish_by = make.NOW + timedelta(minutes=30)
    closed = make.signed_strand(db, "closed", state=StrandState.CLOSED)
    make.opening_request(db, closed, "asked")
    make.release(db, make.opening_request(db, closed, "granted", granted=True), closed, "release")
    make.evidence(db, "attested")
    make.evidence(db, "verified", verified=True)
    revoked = make.evidence(db, "revoked", verified=True)
    revoked.revoked_by, revoked.revoked_at, revoked.revoked_reason = "deputy", make.NOW, "The policy was withdrawn"
    make.live_session(db, taking)
    make.concern(db, closed, "open")
    make.concern(db, closed, "decided").decided_at = make.NOW
    make.signed_strand(db, "triaged", state=StrandState.OPEN)
    make.stored(db, EpochTriage(epoch_id=b"triaged", request_id="granted", read=True))
    make.stored(db, TriageClock(strand_id="open", waiting_since=make.NOW))
    make.help_request(db, closed, "waiting")
    answered = make.help_request(db, closed, "answered")
    answered.answered_by, answered.answered_on = "lead", make.NOW.date()
    make.stop(db, "stop")
    _desks(db)
    make.audit_event(db, 1)
    make.policy_proposal(db, "proposed")
    make.policy_decision(db, make.policy_proposal(db, "agreed"))


def _keyless(db: Session) -> None:
    refused = make.strand(db, "refused")
    make.holders(db, refused)
    make.signature(db, refused, Decision.REFUSE)
    signed = make.strand(db, "signed")
    make.holders(db, signed)
    make.signature(db, signed)


def _desks(db: Session) -> None:
    """A substitute that two accepted, a check that the program made, and a question of a lead."""
    make.stored(
        db,
        EquivalentControl(
            id="substitute",
            strand_id="open",
            requirement="INC-01",
            what="Two schools invite by hand",
            proposed_by="lead",
            proposed_at=make.NOW,
            lead_id="lead",
            approver_id="approver",
            accepted_at=make.NOW,
            expires=make.NOW + timedelta(days=30),
            owner_id="lead",
        ),
    )
    make.stored(db, ProgramCheck(id="check", requirement="SAF-12", release="1", passed=True, found=[], ran_at=make.NOW))
    make.stored(
        db,
        ReviewNote(id="note", strand_id="open", kind="ask", words="Who calls?", written_by="lead", written_at=make.NOW),
    )
