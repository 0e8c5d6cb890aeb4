"""Lawful rows for tests: each function stores one and gives it back. Ids are words, so that a test can be read."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from consult.models import (
    AddedMeeting,
    AuditEvent,
    Base,
    Concern,
    Consultation,
    Epoch,
    Evidence,
    HelpAlert,
    HelpCopy,
    HelpRequest,
    HolderRole,
    InclusionKey,
    InclusionShare,
    LiveSession,
    LiveSnapshot,
    Partner,
    Person,
    PolicyDecision,
    PolicyProposal,
    Profile,
    ProfileShare,
    Proposal,
    Response,
    ResponseShare,
    RunningTotals,
    SessionNote,
    Signature,
    Stop,
    Strand,
    StrandHolder,
    StrandKey,
    StrandShare,
    StrandState,
)
from safeguards.terms import Audience, Decision, Mode, RepresentativeClass, RespondentClass, Role, Scope

Row = TypeVar("Row", bound=Base)

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
HOLDERS = {
    "lead": HolderRole.LEAD,
    "deputy": HolderRole.LEAD,
    "reviewer": HolderRole.REVIEWER,
    "analyst": HolderRole.REVIEWER,
}
_CLASSES = {
    RepresentativeClass.YOUNG_ADULTS: RespondentClass.YOUNG_ADULT,
    RepresentativeClass.ORGANISATIONS: RespondentClass.REPRESENTATIVE,
    RepresentativeClass.PROFESSIONALS: RespondentClass.PROFESSIONAL,
    RepresentativeClass.CAREGIVERS: RespondentClass.CAREGIVER,
}


def stored(db: Session, row: Row) -> Row:
    """Store a row at once, so that what hangs on it can follow."""
    db.add(row)
    db.flush()
    return row


def person(db: Session, name: str) -> Person:
    """Somebody who is listed and can not sign in; `name` is the id as well."""
    return stored(db, Person(id=name, name=name.capitalize()))


def holder(db: Session, name: str, *, confirmed: bool = True) -> Person:
    """Somebody who can hold keys, invited by the author and confirmed by the approver."""
    return stored(
        db,
        Person(
            id=name,
            name=name.capitalize(),
            email=f"{name}@example.org",
            identity={},
            public_key=name.encode(),
            added_by="author",
            confirmed_by="approver" if confirmed else None,
            confirmed_at=NOW if confirmed else None,
            confirmation_seal=b"seal" if confirmed else None,
        ),
    )


def share(db: Session, of: Strand, name: str) -> StrandShare:
    """Somebody's half of a strand's key, which opens nothing."""
    return stored(
        db,
        StrandShare(
            strand_id=of.id,
            person_id=name,
            role=HOLDERS[name],
            generation=1,
            sealed=b"half",
            check=b"check",
            row_seal=b"seal",
        ),
    )


def swap_key(db: Session, person_id: str, public: bytes | None) -> None:
    """As somebody would who can write the database, past the guard that another key is not confirmed."""
    victim = db.get_one(Person, person_id)
    confirmed = victim.confirmed_by, victim.confirmed_at, victim.confirmation_seal
    victim.public_key, victim.confirmed_by, victim.confirmed_at, victim.confirmation_seal = public, None, None, None
    db.flush()
    victim.confirmed_by, victim.confirmed_at, victim.confirmation_seal = confirmed
    db.flush()


def people(db: Session) -> None:
    """The author of every plan, an independent approver, and four people who can hold keys (`HOLDERS`)."""
    for name in ("author", "approver"):
        person(db, name)
    for name in HOLDERS:
        holder(db, name)


def partner(db: Session, name: str, where: str = "consultation", **values: object) -> Partner:
    """Somebody who speaks for an organisation in a consultation, invited by the author; `name` is every id."""
    if db.get(Person, name) is None:
        person(db, name)
    about = {"organisation": "Street Voices", "kind": "child_led", "invited_by": "author", "invited_at": NOW}
    return stored(db, Partner(id=name, person_id=name, consultation_id=where, **{**about, **values}))


def proposal(db: Session, name: str, by: str, strand_id: str, **values: object) -> Proposal:
    """Other words for a question, proposed by a partner and not answered yet."""
    about = {"kind": "change", "place": "questions.Q14.text", "language": "en", "before": "Where?", "words": "Who?"}
    return stored(
        db,
        Proposal(id=name, partner_id=by, strand_id=strand_id, **about, why="", made_at=NOW, erased=False, **values),
    )


def consultation(db: Session, name: str = "consultation") -> Consultation:
    """A consultation by `author`."""
    return stored(
        db,
        Consultation(
            id=name,
            title="Safer messages",
            cover_name="Your town",
            purpose="To change the reporting button",
            decision_maker="The regulator",
            feedback_due=date(2030, 6, 1),
            author_id="author",
            made_at=NOW,
        ),
    )


def strand(
    db: Session,
    name: str,
    audience: Audience = Audience.CHILDREN,
    representatives: RepresentativeClass | None = None,
    consultation_id: str = "consultation",
) -> Strand:
    """A draft strand by `author`; what its answers count as follows from whom it asks."""
    if representatives is not None:
        counted = _CLASSES[representatives]
    elif audience is Audience.ADULT_SURVIVORS:
        counted = RespondentClass.ADULT_SURVIVOR
    else:
        counted = RespondentClass.CHILD
    return stored(
        db,
        Strand(
            id=name,
            consultation_id=consultation_id,
            name=name,
            audience=audience,
            representatives=representatives,
            respondent_class=counted,
            mode=Mode.ONLINE_INDIVIDUAL,
            facts={},
            form={},
            author_id="author",
            made_at=NOW,
        ),
    )


def holders(db: Session, of: Strand) -> None:
    """Two leads and two reviewers who will hold the strand's key."""
    for name, role in HOLDERS.items():
        stored(db, StrandHolder(strand_id=of.id, person_id=name, role=role))


def signature(db: Session, of: Strand, decision: Decision = Decision.GO) -> Signature:
    """The lead's signature, with the approver's beside it; its id is the strand's."""
    return stored(
        db,
        Signature(
            id=of.id,
            strand_id=of.id,
            author_id=of.author_id,
            audience=of.audience,
            plan_digest="0" * 64,
            decision=decision,
            row="D11",
            evaluation={},
            valid_until=NOW + timedelta(days=30),
            signed_by="lead",
            signed_at=NOW,
            second_by="approver",
        ),
    )


def strand_key(db: Session, signed: Signature) -> StrandKey:
    """A key that looks like one and opens nothing; the strand needs its `holders` before."""
    return stored(
        db,
        StrandKey(
            strand_id=signed.strand_id,
            signature_id=signed.id,
            decision=signed.decision,
            generation=1,
            suite=1,
            public_key=b"public",
            wrapped_private=b"wrapped",
            row_seal=b"seal",
        ),
    )


def signed_strand(
    db: Session,
    name: str,
    audience: Audience = Audience.CHILDREN,
    representatives: RepresentativeClass | None = None,
    state: StrandState = StrandState.DECIDED,
) -> Strand:
    """A strand signed to open, with holders, a key and, for answers to come, one epoch; then moved to `state`."""
    made = strand(db, name, audience, representatives)
    holders(db, made)
    strand_key(db, signature(db, made))
    epoch(db, made)
    made.state = state
    db.flush()
    return made


def epoch(db: Session, of: Strand) -> Epoch:
    """An epoch of a strand with a key; its id is the strand's, as bytes."""
    return stored(db, Epoch(id=of.id.encode(), strand_id=of.id, sealed_key=b"sealed", row_seal=b"seal"))


def response(db: Session, of: Strand, name: str) -> Response:
    """A sealed answer with its share, in the strand's epoch; the strand has to be open."""
    made = Response(id=name.encode(), strand_id=of.id, epoch_id=of.id.encode(), sealed=b"sealed")
    stored(db, made)
    stored(db, ResponseShare(response_id=made.id, share=bytes(16)))
    return made


def help_request(db: Session, of: Strand, name: str) -> HelpRequest:
    """Somebody of the strand asked; one lead's copy, and an alert."""
    made = stored(db, HelpRequest(id=name.encode(), strand_id=of.id, asked_on=NOW.date()))
    stored(db, HelpCopy(request_id=made.id, person_id="lead", sealed=b"sealed"))
    stored(db, HelpAlert(strand_id=of.id, at=NOW))
    return made


def inclusion(db: Session, of: Strand) -> None:
    """An inclusion key of the strand's consultation, the lead's share of it, and one profile with its share."""
    stored(db, InclusionKey(consultation_id=of.consultation_id, generation=1, suite=1, public_key=b"p", row_seal=b"s"))
    stored(
        db,
        InclusionShare(
            consultation_id=of.consultation_id, generation=1, person_id="lead", sealed=b"sealed", row_seal=b"s"
        ),
    )
    stored(db, Profile(id=b"profile", strand_id=of.id, epoch_id=of.id.encode(), sealed=b"sealed"))
    stored(db, ProfileShare(profile_id=b"profile", share=bytes(16)))
    stored(db, RunningTotals(strand_id=of.id, inclusion_generation=1, sealed=b"sealed", row_seal=b"s"))
    snapshot = {"id": "snapshot", "strand_id": of.id, "number": 1, "content": "{}", "digest": "00"}
    stored(db, LiveSnapshot(**snapshot, made_by="lead", made_at=NOW))


def live_session(db: Session, of: Strand) -> LiveSession:
    """A session of the strand, with its code, and one note of the lead: eight came. Its id is the strand's."""
    row = {"id": of.id, "strand_id": of.id, "meeting": "meeting-1", "code": "12345678"}
    made = stored(db, LiveSession(opened_by="lead", opened_at=NOW, **row))
    register = {"children": 8, "youngest": 13, "oldest": 15}
    stored(db, SessionNote(session_id=of.id, number=1, at=NOW, note="counted", by_id="lead", **register))
    added = {"strand_id": of.id, "plan_digest": "00", "meeting": "meeting-2", "facts": {"id": "meeting-2"}}
    stored(db, AddedMeeting(added_by="lead", added_at=NOW, **added))
    return made


def concern(db: Session, of: Strand, name: str) -> Concern:
    """Somebody may be in danger: logged by the lead, and nothing done yet."""
    return stored(
        db,
        Concern(
            id=name,
            strand_id=of.id,
            known_at=NOW,
            channel="own_words",
            severity="serious",
            logged_by="lead",
            wish="not_known",
        ),
    )


def evidence(db: Session, name: str, *, verified: bool = False) -> Evidence:
    """The lead's statement about the organisation, checked by the approver or waiting."""
    return stored(
        db,
        Evidence(
            id=name,
            requirement="SAF-01",
            scope=Scope.ORGANISATION,
            statement="The policy is in force",
            attested_by="lead",
            attested_as=Role.SAFEGUARDING_LEAD,
            attested_at=NOW,
            verified_by="approver" if verified else None,
            verified_as=Role.INDEPENDENT_APPROVER if verified else None,
            verified_at=NOW if verified else None,
        ),
    )


def stop(db: Session, name: str) -> Stop:
    """An emergency stop of the whole consultation, pressed by the lead."""
    return stored(
        db,
        Stop(id=name, scope="consultation", subject="consultation", cause="drill", pressed_by="lead", pressed_at=NOW),
    )


def policy_proposal(db: Session, name: str, numbers: Mapping[str, Mapping[str, int]] | None = None) -> PolicyProposal:
    """A change of the policy that the lead proposes."""
    return stored(
        db,
        PolicyProposal(
            id=name,
            parameter="P-TEST",
            numbers=dict(numbers or {"P-TEST": {"default": 20}}),
            changes_digest="00",
            reason="Calls go stale.",
            proposed_by="lead",
            proposed_as="SL",
            proposed_at=NOW,
        ),
    )


def policy_decision(db: Session, proposal: PolicyProposal) -> PolicyDecision:
    """The approver's yes to it."""
    return stored(
        db,
        PolicyDecision(
            number=1,
            proposal_id=proposal.id,
            proposed_by=proposal.proposed_by,
            proposed_as=proposal.proposed_as,
            outcome="approved",
            decided_by="approver",
            decided_as="IA",
            decided_at=NOW,
        ),
    )


def audit_event(db: Session, number: int) -> AuditEvent:
    """One event, not truly chained."""
    return stored(
        db,
        AuditEvent(number=number, at=NOW, actor="lead", verb="strand.signed", subject="open", facts={}, link=bytes(32)),
    )
