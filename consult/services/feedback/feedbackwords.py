"""Words that participants read back: who writes, answers, publishes and takes them back, in which languages."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from consult.errors import Invalid, sentence
from consult.models import Consultation
from consult.services.actors import Actor, Ruling, roles_in_consultation
from consult.services.texts.waystoreach import way_to_reach
from safeguards.said import said
from safeguards.terms import Role

__all__ = [
    "Words",
    "in_every_language",
    "languages_of",
    "may_answer",
    "may_read_over",
    "may_take_back",
    "may_write",
    "places_of",
]

#: language -> text
Words = Mapping[str, str]
_WRITERS = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.ORGANISATION_MANAGER})
_ANSWERERS = _WRITERS | {Role.DECISION_MAKER}
_READ_OVER = _WRITERS | {Role.SAFEGUARDING_LEAD}
_TAKE_BACK = _READ_OVER | {Role.INDEPENDENT_APPROVER}
LONGEST = 600


def may_write(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor writes ideas and notes of this consultation."""
    held = bool(roles_in_consultation(db, actor, consultation) & _WRITERS)
    return Ruling(ok=held, why=sentence("Facilitators and the organisation's manager write what participants read."))


def may_answer(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor enters answers: the decision-maker, or whoever writes down what the decision-maker said."""
    held = bool(roles_in_consultation(db, actor, consultation) & _ANSWERERS)
    return Ruling(ok=held, why=sentence("The decision-maker answers, or a facilitator who writes the answer down."))


def may_read_over(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor publishes what somebody else wrote: a safeguarding lead, or who may write it too."""
    held = bool(roles_in_consultation(db, actor, consultation) & _READ_OVER)
    return Ruling(
        ok=held,
        why=sentence(
            "A safeguarding lead, a facilitator or the organisation's manager reads it over and publishes it."
        ),
    )


def may_take_back(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    """Whether the actor takes back what is published: whoever may publish, and the approver outside the team."""
    held = bool(roles_in_consultation(db, actor, consultation) & _TAKE_BACK)
    return Ruling(ok=held, why=sentence("Your role in this consultation does not include this step."))


def languages_of(consultation: Consultation) -> tuple[str, ...]:
    """The languages in which somebody could answer: those of every part that was ever open, the first part's first."""
    asked = [strand for strand in consultation.strands if strand.entry_code] or list(consultation.strands)
    return tuple(dict.fromkeys(code for strand in asked for code in strand.facts.get("languages", ())))


def places_of(consultation: Consultation) -> tuple[str, ...]:
    """The countries in which people are asked: their ways of writing numbers are tried."""
    return tuple(sorted({place for each in consultation.strands for place in each.facts.get("jurisdictions", ())}))


def in_every_language(consultation: Consultation, words: Words, field: str) -> dict[str, str]:
    """Words that stand before participants: in each of their languages, and no way to reach somebody among them."""
    kept = {code: words.get(code, "").strip() for code in languages_of(consultation)}
    problems = {
        f"{field}_{code}": [sentence("Write it in this language too.")] for code, text in kept.items() if not text
    }
    problems |= {
        f"{field}_{code}": [said("Keep it under %(most)s characters: people read it on small screens.", most=LONGEST)]
        for code, text in kept.items()
        if len(text) > LONGEST
    }
    places = places_of(consultation)
    problems |= {
        f"{field}_{code}": [wrong] for code, text in kept.items() if (wrong := way_to_reach(text, code, places))
    }
    if problems:
        raise Invalid(problems)
    return kept
