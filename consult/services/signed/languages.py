"""Languages of a signed part: one is shut while the others go on, and a lead's new signature opens it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consult.errors import NotFound, Refused, sentence
from consult.models import Signature, Strand
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling
from consult.services.auditing import Verb, hold, record
from consult.services.gate.gating import Judgement, judge
from consult.services.gate.standing import Standing, open_languages, standing_signature, stops_in_force
from consult.services.people.accounts import confirm
from consult.services.signed.signing import Countersigner, approver, is_independent, needs_approver, write_signature
from safeguards.lapse import class_of
from safeguards.lifecycle import StrandState
from safeguards.policy import Policy
from safeguards.results import Evaluation
from safeguards.terms import LapseClass

__all__ = [
    "CHANGED_WORDS",
    "Offer",
    "failing_alone",
    "judge_with",
    "may_sign_language",
    "offer",
    "shut",
    "shut_languages",
    "sign_language",
]

CHANGED_WORDS = sentence("Its words are not those that were signed.")
_NOT_SHUT = sentence("This language is not shut.")
_RUNS = frozenset({StrandState.DECIDED, StrandState.OPEN})


def shut_languages(strand: Strand, signature: Signature | None) -> dict[str, str]:
    """The languages of a signed part in which nobody can take part now, and why, in staff words."""
    known, open_now = strand.languages_shut or {}, open_languages(strand, signature)
    languages = strand.facts.get("languages", ()) if signature is not None else ()
    return {each: known.get(each, CHANGED_WORDS) for each in languages if each not in open_now}


def shut(
    db: Session, keys: RootKeys, strand: Strand, languages: Iterable[str], why: str, now: datetime, actor_id: str
) -> None:
    """Nobody begins, goes on or sends in these languages from now on; the others go on."""
    for language in languages:
        hold(db, strand)
        strand.languages_shut = {**(strand.languages_shut or {}), language: why}
        record(db, keys.audit, actor_id, Verb.LANGUAGE_SHUT, strand.id, now, {"language": language})


def failing_alone(standing: Standing, policy: Policy) -> tuple[str, ...]:
    """The languages for which protection is missing while the rest of the part passes; nothing for a milder lapse.

    What only ran out (C2) lets people finish, and that holds for the part as a whole.
    """
    evaluation = standing.evaluation
    rest, *others = evaluation.parts or (None,)
    if rest is None or not rest.decision.opens:
        return ()
    whole, left = standing.judgement.plan.strand, rest.plan.strand
    same_people = (whole.jurisdictions, whole.age_bands, whole.modes) == (
        left.jurisdictions,
        left.age_bands,
        left.modes,
    )
    reasons = [finding for part in others for finding in part.reasons]
    if not same_people or any(class_of(each, policy) is not LapseClass.HALT for each in reasons):
        return ()
    return tuple(each for each in whole.languages if each not in left.languages)


def judge_with(db: Session, strand: Strand, language: str, policy: Policy, now: datetime) -> Judgement:
    """The gate's answer for the languages that are open and this one."""
    running = open_languages(strand, standing_signature(db, strand.id))
    return judge(db, strand, policy, now, languages={*running, language})


@dataclass(frozen=True, slots=True)
class Offer:
    """A language that was shut as a lead looks at it: why, what the gate gives for it now, who may sign."""

    why: str
    ruling: Ruling
    evaluation: Evaluation | None = None
    digest: str = ""
    two_sign: bool = False


def offer(db: Session, actor: Actor, strand: Strand, language: str, policy: Policy, now: datetime) -> Offer:
    """What a signature of this language would be about. Raises `NotFound` for one that the part does not have."""
    if language not in strand.facts.get("languages", ()):
        raise NotFound
    why = shut_languages(strand, standing_signature(db, strand.id)).get(language)
    if why is None:
        return Offer("", Ruling(ok=False, why=_NOT_SHUT))
    judgement = judge_with(db, strand, language, policy, now)
    two = needs_approver(strand, judgement.evaluation.decision, judgement.evaluation)
    ruling = may_sign_language(db, actor, strand, language, judgement)
    return Offer(why, ruling, judgement.evaluation, judgement.plan.digest(), two)


def may_sign_language(db: Session, actor: Actor, strand: Strand, language: str, judgement: Judgement) -> Ruling:
    """Whether the actor may sign this language again now: a lead who is independent, for what the gate gives."""
    if language not in shut_languages(strand, standing_signature(db, strand.id)):
        return Ruling(ok=False, why=_NOT_SHUT)
    if strand.state not in _RUNS or stops_in_force(db, strand):
        return Ruling(
            ok=False, why=sentence("This part does not run. A language is signed with it when it opens again.")
        )
    independent = is_independent(db, actor, strand)
    if not independent.ok:
        return independent
    if not judgement.evaluation.decision.opens:
        return Ruling(ok=False, why=sentence("The gate does not give this language yet."))
    return Ruling(ok=True)


def sign_language(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    strand: Strand,
    language: str,
    plan_digest: str,
    passphrase: str,
    now: datetime,
    countersigner: Countersigner | None = None,
) -> Signature:
    """Open a language again: the lead signs the part in the languages that are open and in this one.

    Raises `Conflict` when the plan is another one than the lead has seen, `Refused` while the gate does not give it,
    `Denied` for a wrong person or passphrase. For child survivors and children who caused harm the independent approver
    signs beside.
    """
    if language not in strand.facts.get("languages", ()):
        raise NotFound
    hold(db, strand)
    judgement = judge_with(db, strand, language, policy, now)
    judgement.must_be_of(plan_digest)
    ruling = may_sign_language(db, actor, strand, language, judgement)
    if not ruling.ok:
        raise Refused(judgement.evaluation, ruling.why)
    confirm(db, keys, actor, passphrase)
    decision, second = judgement.evaluation.decision, None
    if needs_approver(strand, decision, judgement.evaluation):
        second = approver(db, keys, strand, actor, countersigner, now)
    signature = write_signature(db, keys, strand, judgement, decision, actor, second, "", now)
    strand.languages_shut = {each: why for each, why in (strand.languages_shut or {}).items() if each != language}
    record(db, keys.audit, actor.id, Verb.LANGUAGE_SIGNED, strand.id, now, {"language": language})
    return signature
