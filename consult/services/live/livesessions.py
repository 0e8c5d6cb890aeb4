"""Running a live session: pre-check, start, breaks, gaps, "something is wrong", closing. No name of a child anywhere.

Every act is one note (`consult.models.SessionNote`), written with the strand held: no answer slips past a pause. What
follows from the notes is `safeguards.livesession`; whether it may start or go on, the gate says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import LiveSession, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in, visible_strand
from consult.services.auditing import Verb, hold_part, record
from consult.services.gate.standing import standing_of
from consult.services.live.sessionnotes import PARTICIPANT, UNDER_WAY, something_wrong, write_note
from consult.services.participation.invitations import new_entry_code
from consult.services.participation.sittings import Sitting, meeting_of, noted_in, sitting_of
from consult.services.people.accounts import sign_in
from consult.services.signed.stopping import STOPPERS
from safeguards.lifecycle import OPENING, StrandState
from safeguards.livesession import Live, Meeting, Note, Phase, Register
from safeguards.measuredservices import PRE_CHECK
from safeguards.policy import Policy
from safeguards.precheck import CLOSING_POINTS, STARTING_POINTS, Lack, Missing, missing, missing_to_go_on, not_closed
from safeguards.terms import Role

__all__ = [
    "PARTICIPANT",
    "SessionDesk",
    "begin",
    "lacking",
    "leads_on_call",
    "may_note",
    "may_run",
    "sitting_in",
    "something_wrong",
]

_OLDEST = 120
_MOVED_ON = sentence("The session has moved on. Look at how it stands now.")

_RUNNING = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR})
_THERE = _RUNNING | {Role.INTERPRETER, Role.SUPPORT_PRACTITIONER, Role.SAFEGUARDING_LEAD}
_POINTS = frozenset({f"start-{each}" for each in STARTING_POINTS} | {f"end-{each}" for each in CLOSING_POINTS})


def may_run(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may start, rest, close and end sessions of the strand."""
    return Ruling(
        ok=bool(roles_in(db, actor, strand) & _RUNNING), why=sentence("Whoever facilitates runs the session.")
    )


def may_note(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may note who comes and goes, calls and counts."""
    return Ruling(ok=bool(roles_in(db, actor, strand) & _THERE), why="This is for the adults on duty in this part.")


def begin(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, planned: str, now: datetime
) -> LiveSession:
    """Begin the pre-check of a planned meeting, from half an hour before it; the same row when somebody has begun it.

    Raises `NotFound` for a meeting that is not planned, `Conflict` before its time or while the strand is not open.
    """
    may_note(db, actor, strand).demand()
    row = _row_of(db, strand, planned)
    if row is not None:
        return row
    meeting = meeting_of(db, strand, planned, policy)
    if meeting is None:
        raise NotFound
    if strand.state != StrandState.OPEN:
        raise Conflict("This part is not open. Nobody can be asked in a meeting of it.")
    if not meeting.session.starts - PRE_CHECK <= now < meeting.session.ends:
        raise Conflict("The pre-check begins half an hour before the meeting, and is over when the meeting is.")
    row = LiveSession(strand_id=strand.id, meeting=planned, opened_by=actor.id, opened_at=now)
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.SESSION_BEGUN, row.id, now, {"strand": strand.id})
    return row


def _row_of(db: Session, strand: Strand, planned: str) -> LiveSession | None:
    hold_part(db, strand.id)
    return db.scalars(
        select(LiveSession).where(LiveSession.strand_id == strand.id, LiveSession.meeting == planned)
    ).first()


def sitting_in(db: Session, actor: Actor, session_id: str, policy: Policy) -> tuple[Strand, Sitting]:
    """A session within the actor's scope, with its strand. Raises `NotFound`."""
    row = db.get(LiveSession, session_id)
    if row is None:
        raise NotFound
    strand = visible_strand(db, actor, row.strand_id)
    found = sitting_of(db, session_id, strand, policy)
    if found is None:
        raise NotFound
    return strand, found


class SessionDesk:
    """The acts of one person in one session at one moment. Each raises `Denied`, or `Conflict` where it has moved on.

    Making it holds the strand until the transaction ends. Raises `NotFound` outside the actor's scope.
    """

    def __init__(
        self, db: Session, keys: RootKeys, policy: Policy, actor: Actor, session_id: str, now: datetime
    ) -> None:
        row = db.get(LiveSession, session_id)
        if row is None:
            raise NotFound
        hold_part(db, row.strand_id)
        self.strand, self.sitting = sitting_in(db, actor, session_id, policy)
        self._row, self._db, self._keys, self._policy, self._actor, self._now = row, db, keys, policy, actor, now

    @property
    def live(self) -> Live:
        """How the session stands."""
        return self.sitting.live(self._now)

    # ---- who is there

    def check_in(self) -> None:
        """The actor is there. Everybody checks in for themselves."""
        self._check_in(self._actor)

    def check_in_beside(self, email: str, passphrase: str) -> None:
        """Another adult checks in on the same device, with an own passphrase. Raises `Denied` when it is not theirs."""
        self._of_those_there()
        self._check_in(sign_in(self._db, self._keys, email, passphrase))

    def leave(self, person_id: str) -> None:
        """An adult leaves the room."""
        self._go_or_come(person_id, Note.LEFT)

    def come_back(self, person_id: str) -> None:
        """An adult who had checked in is back."""
        self._go_or_come(person_id, Note.BACK)

    def count(self, register: Register) -> None:
        """The register by count: how many take part, how old the youngest and the oldest are. Nobody is named."""
        self._of_those_there()
        self._must_be(Phase.WAITING, *UNDER_WAY, Phase.CLOSING)
        if register.children < 0 or not 0 <= register.youngest <= register.oldest <= _OLDEST:
            raise Invalid(
                {"children": [sentence("Write how many take part, and the ages of the youngest and the oldest.")]}
            )
        self._note(Note.COUNTED, children=register.children, youngest=register.youngest, oldest=register.oldest)

    def call(self, person_id: str, *, answered: bool) -> None:
        """Somebody called the lead on duty or a deputy. No answer twice in a row pauses what runs (SAF-06)."""
        self._of_those_there()
        if person_id not in leads_on_call(self.sitting.meeting):
            raise Invalid({"lead": [sentence("Choose the lead on duty or a deputy.")]})
        if person_id == self._actor.id:
            raise Invalid({"lead": [sentence("Somebody else calls the lead.")]})
        self._note(Note.LEAD_ANSWERED if answered else Note.LEAD_SILENT, person_id=person_id)

    def confirm(self, points: Iterable[str]) -> None:
        """Points of the lists before the start and at the end that hold now."""
        self._of_those_there()
        for point in sorted(set(points) & _POINTS - self.live.confirmed):
            self._note(Note.CONFIRMED, point=point)

    # ---- the course

    def start(self) -> str:
        """Start, if nothing is missing; the code for the devices."""
        self._runs_it()
        self._must_be(Phase.WAITING)
        if lacking(self._db, self._policy, self.strand, self.sitting, self._now):
            raise Conflict("The pre-check has not passed. Nothing was started.")
        self._note(Note.STARTED)
        self._row.code = new_entry_code(self._db)
        self._db.flush()
        return self._row.code

    def rest(self) -> None:
        """A break: the clock of work stands still, and nobody answers."""
        self._runs_it()
        self._must_be(Phase.RUNNING)
        self._note(Note.BREAK)

    def pause(self) -> None:
        """Pause at once. Any adult on duty may."""
        self._halt(Note.PAUSED)

    def something_is_wrong(self) -> None:
        """Pause at once, until the lead on duty has answered. Any adult on duty may."""
        self._halt(Note.WRONG)

    def go_on(self) -> None:
        """Go on after a break or a pause, if nothing is missing."""
        self._runs_it()
        self._must_be(Phase.BREAK, Phase.PAUSED)
        if lacking(self._db, self._policy, self.strand, self.sitting, self._now):
            raise Conflict("Something is missing still. The session stays paused.")
        self._note(Note.WENT_ON)

    def close(self) -> None:
        """Begin the closing routine."""
        self._of_those_there()
        self._must_be(*UNDER_WAY, Phase.OVER)
        self._note(Note.CLOSING)

    def end(self) -> None:
        """End: the code leads nowhere from here on. Not before the closing routine is done."""
        self._of_those_there()
        self._must_be(Phase.CLOSING)
        if not_closed(self.live):
            raise Conflict("The closing routine is not done. Confirm its points and count who leaves.")
        self._note(Note.ENDED)
        self._row.code = None
        self._db.flush()

    # ---- what they share

    def _check_in(self, who: Actor) -> None:
        self._must_be(Phase.WAITING, *UNDER_WAY, Phase.CLOSING)
        if self.sitting.meeting.strand.member(who.id) is None:
            raise Denied("Only adults who are named in the signed plan of this part check in.")
        if who.id not in self.live.present:
            self._note(Note.CHECKED_IN, person_id=who.id)

    def _go_or_come(self, person_id: str, what: Note) -> None:
        self._of_those_there()
        live = self.live
        if person_id not in live.known or (person_id in live.present) is (what is Note.BACK):
            raise Conflict(_MOVED_ON)
        self._note(what, person_id=person_id)

    def _halt(self, what: Note) -> None:
        if not roles_in(self._db, self._actor, self.strand) & STOPPERS:
            raise Denied("This is for the adults on duty in this part.")
        self._must_be(*UNDER_WAY)
        self._note(what)

    def _of_those_there(self) -> None:
        may_note(self._db, self._actor, self.strand).demand()

    def _runs_it(self) -> None:
        may_run(self._db, self._actor, self.strand).demand()

    def _must_be(self, *phases: Phase) -> None:
        if self.live.phase not in phases:
            raise Conflict(_MOVED_ON)

    def _note(self, what: Note, **about: object) -> None:
        write_note(self._db, self._keys, self._row.id, self._actor.id, what, self._now, **about)
        self.sitting = replace(self.sitting, noted=noted_in(self._db, self._row.id))


def leads_on_call(meeting: Meeting) -> tuple[str, ...]:
    """Who can be called: the lead on duty in this session first, then the deputies."""
    duty = meeting.strand.duty
    if duty is None:
        return ()
    return tuple(dict.fromkeys(each for each in (meeting.session.duty_lead or duty.lead, *duty.deputies)))


def lacking(db: Session, policy: Policy, strand: Strand, sitting: Sitting, now: datetime) -> tuple[Missing, ...]:
    """What is missing before the session may start or go on; nothing when it may. The gate is asked each time.

    The strand must be open on what was signed (as for opening it), and the whole gate must pass with the adults,
    children and ages that are really there.
    """
    standing = standing_of(db, strand, policy, now)
    live = sitting.live(now)
    if strand.state != StrandState.OPEN:
        return (Missing(Lack.GATE, "this part is not open"),)
    unsigned = sorted(OPENING - standing.facts)
    signed = tuple(Missing(Lack.GATE, each) for each in unsigned)
    check = missing if live.phase is Phase.WAITING else missing_to_go_on
    judged = standing.judgement
    return (*signed, *check(live, sitting.meeting, judged.plan, judged.record, now))
