"""What waits for a person: requests for help, signatures, returned parts, openings to grant, tables to make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.models import Consultation, HolderRole, OpeningMode, Strand, StrandHolder, StrandState
from consult.services.actors import Actor, roles_in, visible_consultations
from consult.services.auditing import Verb
from consult.services.evidence.allegations import waiting_for_yes
from consult.services.evidence.attesting import evidence_of, verifying_right
from consult.services.evidence.waivers import awaited
from consult.services.feedback.feedbacknotes import to_read_over
from consult.services.gate.planning import form_of
from consult.services.gate.standing import standing_signature, stops_in_force
from consult.services.help.helpdesk import help_requests
from consult.services.holders.holding import Held, changes_for, held_parts
from consult.services.keys.confirming import awaiting
from consult.services.opening.openingrules import may_ask
from consult.services.opening.reading import open_requests
from consult.services.opening.triage import backlogs
from consult.services.report.quarantinedesk import decisions_for
from consult.services.signed.incidents import unseen
from consult.services.signed.languages import shut_languages
from consult.services.texts.translationstate import unconfirmed
from consult.services.translation.recordings import to_hear
from consult.services.translation.translating import TRANSLATING
from safeguards.lifecycle import BEFORE_SIGNING, SIGNED
from safeguards.policy import Policy
from safeguards.terms import Role

__all__ = ["Task", "Waiting", "waiting_for"]


class Task(StrEnum):
    """What the person is asked to do."""

    FINISH_DRAFT = "finish_draft"
    CHECK = "check"
    SIGN = "sign"
    OPEN = "open"
    RESUME = "resume"
    GRANT = "grant"
    ASK_TABLES = "ask_tables"
    MAKE_TABLES = "make_tables"
    CONFIRM = "confirm"
    NEW_HALVES = "new_halves"
    HOLDER_JOINED = "holder_joined"
    HOLDER_LEFT = "holder_left"
    READ_WORDS = "read_words"
    ANSWER_HELP = "answer_help"
    TRIAGE = "triage"
    DECIDE_APART = "decide_apart"
    AGREE_WAIVER = "agree_waiver"
    TRANSLATE = "translate"
    LISTEN = "listen"
    RECORD_AGAIN = "record_again"
    LISTEN_PAGES = "listen_pages"
    RECORD_PAGES = "record_pages"
    SIGN_LANGUAGE = "sign_language"
    STOPPED = "stopped"
    END_ALLEGATION = "end_allegation"
    READ_OVER = "read_over"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do: where it is, and the note that came with it."""

    task: Task
    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    note: str = ""
    request_id: str = ""
    count: int = 0


_BY_STATE = {
    StrandState.DRAFT: (Task.FINISH_DRAFT, Role.LEAD_FACILITATOR),
    StrandState.GATE_PENDING: (Task.SIGN, Role.SAFEGUARDING_LEAD),
    StrandState.DECIDED: (Task.OPEN, Role.SAFEGUARDING_LEAD),
    StrandState.SUSPENDED: (Task.RESUME, Role.SAFEGUARDING_LEAD),
}
#: Whose work the words of other languages are.
_TRANSLATORS = frozenset({Role.TRANSLATION_LEAD, Role.INTERPRETER})
_TO_USE = {OpeningMode.TABLES: Task.MAKE_TABLES}
_PROVED_IN = BEFORE_SIGNING | SIGNED - {StrandState.DECIDED}


def waiting_for(db: Session, actor: Actor, policy: Policy, now: datetime) -> list[Waiting]:
    """Everything that waits for the actor, within the actor's scope."""
    consultations = {each.id: each for each in visible_consultations(db, actor)}
    strands = db.scalars(
        select(Strand).where(Strand.consultation_id.in_(consultations)).order_by(Strand.made_at, Strand.id)
    ).all()
    found = []
    for strand in strands:
        where = consultations[strand.consultation_id]
        task, role = _BY_STATE.get(StrandState(strand.state), (None, None))
        mine = strand.author_id == actor.id and task is not Task.FINISH_DRAFT  # nobody decides on their own plan
        if task and role in roles_in(db, actor, strand) and not mine:
            found.append(_waiting(task, where, strand, strand.state_reason or ""))
        found += _languages(db, actor, where, strand)
        to_check = _to_check(db, actor, strand, policy)
        if to_check:
            found.append(_waiting(Task.CHECK, where, strand, count=to_check))
    stopped = [
        Waiting(Task.STOPPED, each.consultation_id, each.consultation, "", "", request_id=each.id)
        for each in unseen(db, actor)
    ]
    stopped += [Waiting(Task.END_ALLEGATION, "", "", "", "", request_id=each) for each in waiting_for_yes(db, actor)]
    first = stopped + _help(db, actor, policy, now) + _apart(db, actor) + _triage(db, actor, policy, now)
    found += _waivers(db, actor)
    over = to_read_over(db, actor, consultations)
    found += [Waiting(Task.READ_OVER, key, consultations[key].title, "", "", count=n) for key, n in over.items()]
    to_ask = _to_ask(db, actor, strands, now)
    found += [_waiting(Task.ASK_TABLES, consultations[each.consultation_id], each) for each in to_ask]
    return first + found + _openings(db, actor, consultations, now) + _keys(db, actor, now)


def _languages(db: Session, actor: Actor, where: Consultation, strand: Strand) -> list[Waiting]:
    """Translations to write or confirm, recordings to hear or bring anew, languages shut that need a signature.

    Which recordings are silent is known where pages are: of a part with some, whoever brings them is asked.
    """
    if strand.state not in BEFORE_SIGNING | SIGNED:
        return []
    found, roles, form = [], roles_in(db, actor, strand), form_of(strand)
    if roles & _TRANSLATORS:
        left = {language: unconfirmed(db, form, language) for language in form.languages[1:]}
        count = sum(each.safety + each.others for each in left.values())
        found += [_waiting(Task.TRANSLATE, where, strand, count=count)] if count else []
    count = len(to_hear(db, actor, strand))
    found += [_waiting(Task.LISTEN, where, strand, count=count)] if count else []
    found += [_waiting(Task.RECORD_AGAIN, where, strand)] if form.recordings and roles & TRANSLATING else []
    if Role.SAFEGUARDING_LEAD in roles and strand.author_id != actor.id:
        count = len(shut_languages(strand, standing_signature(db, strand.id)))
        found += [_waiting(Task.SIGN_LANGUAGE, where, strand, count=count)] if count else []
    return found


def _help(db: Session, actor: Actor, policy: Policy, now: datetime) -> list[Waiting]:
    """Somebody asked to be contacted: before everything else."""
    waiting = [each for each in help_requests(db, policy, actor, now) if each.answered_on is None]
    return [
        Waiting(Task.ANSWER_HELP, "", each.consultation, each.strand_id, each.strand, request_id=each.id)
        for each in waiting
    ]


def _apart(db: Session, actor: Actor) -> list[Waiting]:
    """Answers in doubt, to be cleared or destroyed: with a day on which they are destroyed by themselves."""
    return [
        Waiting(Task.DECIDE_APART, each.consultation_id, each.consultation, each.strand_id, each.strand)
        for each in decisions_for(db, actor)
    ]


def _waivers(db: Session, actor: Actor) -> list[Waiting]:
    """Waivers of guardians' consent for which the actor's yes is the next."""
    return [
        Waiting(Task.AGREE_WAIVER, each.consultation_id, each.consultation, each.strand_id, each.strand, each.code)
        for each in awaited(db, actor)
    ]


def _triage(db: Session, actor: Actor, policy: Policy, now: datetime) -> list[Waiting]:
    """Own words of open parts that wait for this redactor to ask."""
    waiting = [each for each in backlogs(db, actor, policy, now) if each.may_ask]
    return [
        Waiting(Task.TRIAGE, each.consultation_id, each.consultation, each.strand_id, each.strand) for each in waiting
    ]


def _to_check(db: Session, actor: Actor, strand: Strand, policy: Policy) -> int:
    """How many pieces of evidence of the strand wait for a check that the actor may make."""
    if strand.state not in _PROVED_IN:
        return 0
    waiting = [row for row in evidence_of(db, strand) if row.verified_by is None and row.revoked_by is None]
    return sum(
        row.requirement in policy.requirements
        and verifying_right(db, actor, strand, policy.requirements[row.requirement], row).ok
        for row in waiting
    )


def _to_ask(db: Session, actor: Actor, strands: Sequence[Strand], now: datetime) -> list[Strand]:
    """Closed parts whose tables nobody has asked for, and this reviewer may, until one of them has."""
    asked = {request.strand_id for request in open_requests(db, now) if request.mode == OpeningMode.TABLES}
    return [
        each
        for each in strands
        if each.state == StrandState.CLOSED
        and each.id not in asked
        and may_ask(db, actor, each)
        and not stops_in_force(db, each)
    ]


def _openings(db: Session, actor: Actor, consultations: dict[str, Consultation], now: datetime) -> list[Waiting]:
    found = []
    for request in open_requests(db, now):
        strand = db.get_one(Strand, request.strand_id)
        held = db.get(StrandHolder, (strand.id, actor.id))
        grants = held is not None and held.role == HolderRole.LEAD and request.granted_by is None
        makes = request.requested_by == actor.id and request.granted_by is not None
        if strand.consultation_id in consultations and (grants or makes):
            task = Task.GRANT if grants else _TO_USE.get(OpeningMode(request.mode), Task.READ_WORDS)
            found.append(
                _waiting(task, consultations[strand.consultation_id], strand, request.reason, request_id=request.id)
            )
    return found


def _keys(db: Session, actor: Actor, now: datetime) -> list[Waiting]:
    """People to confirm, halves to be drawn anew, and who joined or left beside the actor lately."""
    found = [
        Waiting(Task.CONFIRM, consultation_id="", consultation=name, strand_id="", strand="", request_id=person_id)
        for person_id, name in awaiting(db, actor)
    ]
    parts = {part.strand_id: part for part in held_parts(db, actor)}
    waits = [part for part in parts.values() if part.waits]
    asks = [each for each in waits if may_ask(db, actor, db.get_one(Strand, each.strand_id), OpeningMode.REWRAP)]
    found += [_of_key(Task.NEW_HALVES, part) for part in asks]
    for change in changes_for(db, actor, now):
        if change.strand_id in parts:
            task = Task.HOLDER_JOINED if change.verb is Verb.HOLDER_JOINED else Task.HOLDER_LEFT
            found.append(_of_key(task, parts[change.strand_id], change.who))
    return found


def _of_key(task: Task, part: Held, who: str = "") -> Waiting:
    return Waiting(task, part.consultation_id, who or part.strand, part.strand_id, part.strand if who else "")


def _waiting(
    task: Task, consultation: Consultation, strand: Strand, note: str = "", *, request_id: str = "", count: int = 0
) -> Waiting:
    return Waiting(task, consultation.id, consultation.title, strand.id, strand.name, note, request_id, count)
