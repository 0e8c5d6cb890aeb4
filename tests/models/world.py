"""Rows for the attacks: one strand in every situation that a rule speaks of, under readable names."""

from datetime import timedelta

from sqlalchemy.orm import Session

from consult.models import (
    EpochTriage,
    EquivalentControl,
    FeedbackNote,
    Incident,
    KeptText,
    MainIdea,
    OpeningMode,
    PageRecording,
    ProgramCheck,
    Quarantine,
    QuarantinedEpoch,
    ReviewNote,
    Strand,
    StrandState,
    SupportService,
    ThemeRelease,
    TriageClock,
)
from safeguards.terms import Audience, Decision, RepresentativeClass
from tests import factories as make
from tests.releases import opening_request, release

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
        "doubted",
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
    opening_request(db, closed, "asked")
    release(db, opening_request(db, closed, "granted", granted=True), closed, "release")
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
    make.stored(db, SupportService(id="line", name="Line", facts={}))
    about = {"kind": "allegation", "about": "person", "subject": "author", "opened_by": "deputy", "opened_at": make.NOW}
    make.stored(db, Incident(id="incident", **about))
    yeses = {"resolved_by_lead": "lead", "resolved_by_approver": "approver", "resolved_at": make.NOW}
    make.stored(db, Incident(id="ended", **about, **yeses))
    _desks(db)
    _findings(db)
    _doubts(db)
    _partners(db)
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
    """A substitute that two accepted, a check that the program made, a question of a lead, and a page that is heard."""
    said = {"language": "en", "says": "1", "words": "Go on", "page": "go_on", "digest": "1", "content": b"sound"}
    make.stored(db, PageRecording(**said, added_by="author", added_at=make.NOW, heard_by=[]))
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


def _findings(db: Session) -> None:
    """What came of a reading, and two consultations: of one everything was told, of the other nothing yet."""
    closed = db.get_one(Strand, "closed")
    reading = opening_request(db, closed, "read", mode=OpeningMode.READ, granted=True)
    about = {"strand_id": closed.id, "opening_id": reading.id, "question_id": "Q1"}
    text = {**about, "language": "en", "kind": "paraphrase", "text": "Answer", "kept_by": "reviewer"}
    make.stored(db, KeptText(id="kept", kept_on=make.NOW.date(), **text))
    confirmed = {"confirmed_by": "lead", "confirmed_on": make.NOW.date()}
    make.stored(db, KeptText(id="shown", kept_on=make.NOW.date(), **text, **confirmed))
    counted = {"consultation_id": closed.consultation_id, "respondent_class": "child", "content": "[]", "digest": "d"}
    make.stored(db, ThemeRelease(id="counted", **about, **counted, themes={}, made_by="reviewer", made_at=make.NOW))
    other = make.consultation(db, "elsewhere")
    for name, where in (("told", closed.consultation_id), ("untold", other.id)):
        said = {"source": "children", "words": {"en": "Answer"}, "made_by": "lead", "made_at": make.NOW}
        make.stored(db, MainIdea(id=name, consultation_id=where, **said))
    for stage in ("said", "answers"):
        note = {"consultation_id": closed.consultation_id, "words": {"en": "We heard"}, "written_by": "author"}
        day = make.NOW.date()
        make.stored(db, FeedbackNote(stage=stage, published_by="lead", published_on=day, digest="d", **note))
    draft = {"stage": "said", "words": {"en": "We heard"}, "written_by": "author"}
    make.stored(db, FeedbackNote(consultation_id=other.id, **draft))


def _partners(db: Session) -> None:
    """A partner with a proposal that waits and one that was answered, one who was a partner, and one of elsewhere."""
    make.partner(db, "partner")
    make.person(db, "nobody")
    make.holder(db, "keyed")
    make.partner(db, "keyed")
    make.partner(db, "former", ended_by="author", ended_at=make.NOW)
    make.partner(db, "foreign", "elsewhere")
    make.proposal(db, "proposed", "partner", "survivors")
    answer = {"outcome": "taken", "reason": "Clearer", "now_reads": "Who?", "decided_by": "lead"}
    make.proposal(db, "answered", "partner", "survivors", **answer, decided_at=make.NOW)


def _doubts(db: Session) -> None:
    """Answers that are set apart, for a cause that is decided and for one that is not."""
    doubted = make.signed_strand(db, "doubted", state=StrandState.OPEN)
    cause = {"strand_id": doubted.id, "cause": "SAF-17", "why": "Posted", "found_at": make.NOW, "decide_by": make.NOW}
    clear = {"lead_id": "lead", "lead_says": "clear", "approver_id": "approver", "approver_says": "clear"}
    make.stored(db, Quarantine(id="undecided", **cause))
    make.stored(db, Quarantine(id="decided", **cause, **clear, outcome="clear", ended_at=make.NOW))
    for each in ("undecided", "decided"):
        make.stored(db, QuarantinedEpoch(epoch_id=b"doubted", quarantine_id=each))
