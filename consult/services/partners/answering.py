"""Answering partners: what they propose is taken, taken in part or not taken, with the reason; and the proof of it.

A taken change is written into the draft by the same function as every change of its words; so its sign-off, its
translations and what was confirmed of them have to be given again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, sentence
from consult.models import Evidence, Outcome, Partner, Proposal, ProposalKind, Strand
from consult.questionnaire.errors import FormError
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in, visible_consultation
from consult.services.auditing import Verb, hold, record
from consult.services.evidence.attesting import EvidenceValues, attest
from consult.services.gate.planning import form_of
from consult.services.partners.codesign import changes_of
from consult.services.partners.partnering import INVITING, may_invite
from consult.services.partners.proposals import LONGEST, TOO_LONG, proposal_of
from consult.services.setup.drafting import change_form
from consult.services.signed.running import SYSTEM
from consult.services.telling import put_down
from safeguards.policy import Policy
from safeguards.telling import Matter
from safeguards.validity import add_months

__all__ = ["CO_DESIGN", "Decided", "decide", "forget_words", "may_decide", "old_words", "prove"]

CO_DESIGN = "ACC-04"
"""Children or survivors helped to shape questions and texts."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A facilitator's answer. `words`: how the text reads from now on, where it is taken in part.

    `personal`: what the partner wrote is too personal to keep, and is taken out.
    """

    outcome: str
    reason: str
    words: str = ""
    personal: bool = False


def may_decide(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor answers what partners propose about this part."""
    held = bool(roles_in(db, actor, strand) & INVITING)
    return Ruling(ok=held, why=sentence("A facilitator of this consultation works with its partners."))


def decide(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    consultation_id: str,
    proposal_id: str,
    version: int,
    given: Decided,
    now: datetime,
) -> Proposal:
    """Say what became of a proposal, and write a taken change into the draft.

    Raises `Denied`, `Invalid` for what is missing, and `Conflict` when it was answered already, when somebody else
    saved the part meanwhile, or when the part is signed and the answer would change it.
    """
    _, strand = proposal_of(db, actor, consultation_id, proposal_id)
    may_decide(db, actor, strand).demand()
    row = db.get_one(Proposal, proposal_id)
    if row.outcome is not None:
        raise Conflict(sentence("This was answered already."))
    changes = row.kind == ProposalKind.CHANGE and given.outcome in {Outcome.TAKEN, Outcome.IN_PART}
    words = row.words if given.outcome == Outcome.TAKEN else given.words.strip()
    _check_answer(row, given, words, changes=changes)
    if changes:
        change_form(db, keys.audit, actor, strand.id, version, _rewritten(strand, row, words), now)
        row.now_reads = words
    row.outcome, row.reason = given.outcome, given.reason.strip()
    row.decided_by, row.decided_at = actor.id, now
    if given.personal:
        _erase(row)
    db.flush()
    facts: dict[str, str | int | None] = {"outcome": given.outcome, "strand": strand.id, "erased": int(given.personal)}
    record(db, keys.audit, actor.id, Verb.PROPOSAL_DECIDED, row.id, now, facts)
    partner = db.get_one(Partner, row.partner_id)
    if partner.ended_at is None:
        put_down(db, Matter.PROPOSAL_ANSWERED, [partner.person_id], now, subject=partner.id, occasion=row.id)
    return row


def _rewritten(strand: Strand, row: Proposal, words: str) -> dict[str, object]:
    """The form with these words in the place of the proposal, as it is stored."""
    form = form_of(strand)
    if row.place not in form.words_by_place():
        raise Conflict(sentence("This text is not part of the questions any more. Say so as the reason."))
    try:
        return form.with_words(row.language, {row.place: words}).to_json()
    except FormError as error:
        raise Invalid({"words": [error.sentence]}) from error


def _check_answer(row: Proposal, given: Decided, words: str, *, changes: bool) -> None:
    problems: dict[str, list[str]] = {}
    if given.outcome not in set(Outcome):
        problems["outcome"] = [sentence("Choose one of the answers.")]
    if not given.reason.strip():
        problems["reason"] = [sentence("Say why, in plain words. The partner reads it as you write it.")]
    elif len(given.reason) > LONGEST:
        problems["reason"] = [TOO_LONG]
    if changes and not words:
        problems["words"] = [sentence("Write how the text reads from now on.")]
    elif changes and given.outcome == Outcome.IN_PART and words in {row.words, row.before}:
        problems["words"] = [sentence("Taken in part, the text is neither the old one nor the one proposed.")]
    if given.personal and given.outcome == Outcome.TAKEN:
        problems["personal"] = [sentence("What is too personal to keep can not be taken word for word.")]
    if problems:
        raise Invalid(problems)


def _erase(row: Proposal) -> None:
    row.words, row.why, row.erased = "", "", True


def old_words(db: Session, policy: Policy, now: datetime) -> list[str]:
    """The ids of proposals whose own words were kept as long as redacted text may be (P-RETAIN-REDACTED)."""
    before = add_months(now, -policy.p("P-RETAIN-REDACTED"))
    old = select(Proposal.id).where(~Proposal.erased, func.coalesce(Proposal.decided_at, Proposal.made_at) < before)
    return list(db.scalars(old.order_by(Proposal.id)))


def forget_words(db: Session, keys: RootKeys, proposal_id: str, now: datetime) -> bool:
    """Take a partner's own words out, on record; whether they were still there.

    Where, what became of it, why, and how the text reads since, stay: that is the record (ACC-04).
    """
    hold(db)
    row = db.get_one(Proposal, proposal_id)
    if row.erased:
        return False
    _erase(row)
    record(db, keys.audit, SYSTEM, Verb.PROPOSAL_ERASED, row.id, now)
    return True


def prove(db: Session, keys: RootKeys, policy: Policy, actor: Actor, consultation_id: str, now: datetime) -> Evidence:
    """Attest with the record of what partners changed that they helped shape questions and texts (ACC-04).

    A lead checks it as every other evidence. Raises `Conflict` before anything of a child-led or survivor-led
    organisation was taken: what others say is no evidence of it.
    """
    consultation = visible_consultation(db, actor, consultation_id)
    may_invite(db, actor, consultation).demand()
    changes = changes_of(db, consultation_id)
    if not changes.counts:
        why = sentence("Nothing that a child-led or survivor-led organisation proposed was taken yet.")
        raise Conflict(why)
    if not consultation.strands:
        raise Denied(sentence("This consultation has no part yet."))
    digest = hashlib.sha256(json.dumps(changes.to_json(), ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    same = select(Evidence.id).where(Evidence.subject == consultation_id, Evidence.document_digest == digest)
    if db.scalars(same.where(Evidence.requirement == CO_DESIGN, Evidence.revoked_by.is_(None))).first():
        raise Conflict(sentence("This list was attested already. A lead checks it."))
    statement = (
        f"What partners changed: {changes.taken} taken, {changes.in_part} in part, {changes.not_taken} not taken."
        " The list stands on this page."
    )
    values = EvidenceValues(CO_DESIGN, "", statement, document_digest=digest)
    return attest(db, keys, policy, actor, consultation.strands[0], values, now)
