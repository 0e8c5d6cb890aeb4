"""What partners read and propose about questions and texts before they are signed, as they and the team see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import Consultation, Outcome, Partner, Proposal, ProposalKind, Strand, StrandState
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, visible_consultation
from consult.services.auditing import Verb, record
from consult.services.gate.planning import form_of
from consult.services.partners.partnering import partnership
from consult.services.texts.waystoreach import way_to_reach
from safeguards.lifecycle import BEFORE_SIGNING

__all__ = [
    "ANSWERED_WITHIN",
    "LONGEST",
    "TOO_LONG",
    "ProposalValues",
    "ProposalView",
    "Readable",
    "due_on",
    "may_propose",
    "my_proposals",
    "proposal_of",
    "proposals_of",
    "propose",
    "readable",
]

#: A partner knows what became of a proposal within two weeks.
ANSWERED_WITHIN = timedelta(days=14)
LONGEST = 600
"""The most characters of a comment and of a reason; other words for a text may be twice as long as the text."""
_MOST_OPEN = 100
TOO_LONG = sentence("Keep it shorter: one thought, in at most 600 characters.")
_NOTHING = sentence("Write what you propose or want to say.")
_SIGNED = sentence("This part is signed. Its questions are not changed any more.")


@dataclass(frozen=True, slots=True)
class Readable:
    """A part whose questions and texts a partner may read; `hosted`: by the reader's own organisation."""

    id: str
    name: str
    state: StrandState
    hosted: bool
    form: Form | None


@dataclass(frozen=True, slots=True)
class ProposalValues:
    """What a partner says about one text: other words for it, or a comment; `why` may stay empty."""

    kind: str
    place: str
    language: str
    words: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """One proposal as its partner and the team see it. `stands`: how the text reads in the draft today."""

    id: str
    strand_id: str
    strand: str
    organisation: str
    kind: ProposalKind
    place: str
    language: str
    before: str
    words: str
    why: str
    made_on: date
    due_on: date
    outcome: Outcome | None
    reason: str
    now_reads: str
    decided_on: date | None
    erased: bool
    stands: str


def due_on(made_at: datetime) -> date:
    """The day by which a proposal is answered."""
    return (made_at + ANSWERED_WITHIN).date()


def readable(db: Session, actor: Actor, consultation_id: str) -> tuple[Readable, ...]:
    """The parts of the actor's consultation, with their forms while they can still be changed."""
    mine = partnership(db, actor, consultation_id)
    consultation = db.get_one(Consultation, consultation_id)
    return tuple(
        Readable(
            each.id,
            each.name,
            StrandState(each.state),
            mine.id in each.facts.get("partners", ()),
            form_of(each) if each.state in BEFORE_SIGNING else None,
        )
        for each in consultation.strands
    )


def may_propose(strand: Strand) -> Ruling:
    """Whether a partner may still read and propose."""
    return Ruling(ok=strand.state in BEFORE_SIGNING, why=_SIGNED)


def propose(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    consultation_id: str,
    strand_id: str,
    values: ProposalValues,
    now: datetime,
) -> Proposal:
    """Propose a change of a text, or a comment on it. Raises `NotFound`, `Conflict` for a signed part, and `Invalid`.

    A change is proposed in the first language of the part, from which all others are translated.
    """
    partner = partnership(db, actor, consultation_id)
    strand = db.get(Strand, strand_id)
    if strand is None or strand.consultation_id != consultation_id:
        raise NotFound
    if not may_propose(strand).ok:
        raise Conflict(_SIGNED)
    form = form_of(strand)
    before = form.words_by_place().get(values.place, {}).get(values.language)
    if before is None:
        raise NotFound
    _check(form, values, before)
    waiting = select(func.count()).where(Proposal.partner_id == partner.id, Proposal.outcome.is_(None))
    if (db.scalar(waiting) or 0) >= _MOST_OPEN:
        raise Conflict(sentence("A hundred of your proposals wait for an answer. Propose more when some have one."))
    row = Proposal(
        partner_id=partner.id,
        strand_id=strand.id,
        kind=values.kind,
        place=values.place,
        language=values.language,
        before=before,
        words=values.words.strip(),
        why=values.why.strip(),
        made_at=now,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.PROPOSAL_MADE, row.id, now, {"partner": partner.id, "strand": strand.id})
    return row


def _check(form: Form, values: ProposalValues, before: str) -> None:
    change = values.kind == ProposalKind.CHANGE
    kind = _wrong_kind(form, values)
    found = {
        "kind": kind,
        "words": _wrong_change(form, values, before) if change and not kind else _wrong_comment(values, values.words),
        "why": _wrong_comment(values, values.why or "-"),
    }
    problems = {field: [wrong] for field, wrong in found.items() if wrong}
    if problems:
        raise Invalid(problems)


def _wrong_kind(form: Form, values: ProposalValues) -> str:
    if values.kind not in set(ProposalKind):
        return sentence("Choose one of the answers.")
    if values.kind == ProposalKind.CHANGE and values.language != form.languages[0]:
        return sentence("Other words are proposed in the first language. Write a comment instead.")
    return ""


def _wrong_change(form: Form, values: ProposalValues, before: str) -> str:
    words = values.words.strip()
    if not words:
        return _NOTHING
    if words == before.strip():
        return sentence("These are the words that stand there already.")
    if len(words) > max(LONGEST, 2 * len(before)):
        return TOO_LONG
    try:
        form.with_words(values.language, {values.place: words})
    except FormError as error:
        return error.sentence
    return ""


def _wrong_comment(values: ProposalValues, text: str) -> str:
    if not text.strip():
        return _NOTHING
    if len(text.strip()) > LONGEST:
        return TOO_LONG
    return way_to_reach(text, values.language)


def my_proposals(db: Session, actor: Actor, consultation_id: str) -> tuple[ProposalView, ...]:
    """What the actor proposed here and what became of it, the newest first. Raises `NotFound` for others."""
    partner = partnership(db, actor, consultation_id)
    return _views(db, db.scalars(_newest().where(Proposal.partner_id == partner.id)).all())


def proposals_of(db: Session, actor: Actor, consultation_id: str) -> tuple[ProposalView, ...]:
    """Everything that partners proposed in a consultation within the actor's scope; what waits comes first."""
    visible_consultation(db, actor, consultation_id)
    rows = _newest().join(Partner, Partner.id == Proposal.partner_id).where(Partner.consultation_id == consultation_id)
    found = _views(db, db.scalars(rows).all())
    return tuple(
        sorted(found, key=lambda each: (each.outcome is not None, each.due_on if not each.outcome else date.min))
    )


def proposal_of(db: Session, actor: Actor, consultation_id: str, proposal_id: str) -> tuple[ProposalView, Strand]:
    """One proposal and its part, within the actor's scope. Raises `NotFound`."""
    found = next((each for each in proposals_of(db, actor, consultation_id) if each.id == proposal_id), None)
    if found is None:
        raise NotFound
    return found, db.get_one(Strand, found.strand_id)


def _newest() -> Select[Proposal]:
    return select(Proposal).order_by(Proposal.made_at.desc(), Proposal.id)


def _views(db: Session, rows: Sequence[Proposal]) -> tuple[ProposalView, ...]:
    of_rows = select(Strand).where(Strand.id.in_({row.strand_id for row in rows}))
    strands = {row.id: row for row in db.scalars(of_rows)}
    by_rows = select(Partner).where(Partner.id.in_({row.partner_id for row in rows}))
    partners = {row.id: row for row in db.scalars(by_rows)}
    words = {key: form_of(strand).words_by_place() for key, strand in strands.items()}
    return tuple(
        ProposalView(
            id=row.id,
            strand_id=row.strand_id,
            strand=strands[row.strand_id].name,
            organisation=partners[row.partner_id].organisation,
            kind=ProposalKind(row.kind),
            place=row.place,
            language=row.language,
            before=row.before,
            words=row.words,
            why=row.why,
            made_on=row.made_at.date(),
            due_on=due_on(row.made_at),
            outcome=Outcome(row.outcome) if row.outcome else None,
            reason=row.reason or "",
            now_reads=row.now_reads or "",
            decided_on=row.decided_at.date() if row.decided_at else None,
            erased=row.erased,
            stands=words[row.strand_id].get(row.place, {}).get(row.language, ""),
        )
        for row in rows
    )
