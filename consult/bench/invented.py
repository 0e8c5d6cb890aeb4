"""Invented answers to the demonstration's form for young people: what the benchmarks open and count."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random

from consult.questionnaire.answers import Answer
from consult.questionnaire.bank import compose_set
from consult.questionnaire.form import Form
from consult.questionnaire.profile import read_profile
from consult.questionnaire.question import Kind, Question
from consult.services.tables.payload import Payload

__all__ = ["BANDS", "LANGUAGES", "form", "payloads"]

BANDS = ("13_14", "15", "16_17")
LANGUAGES = ("en", "fr", "ar")
_OWN_WORDS = "Make the report button easy to find. (invented)"
_SKIPS = 0.08


@cache
def form() -> Form:
    """The questions for 13 to 17 in three languages."""
    return compose_set("children_13_17", LANGUAGES)


def payloads(n: int, seed: int = 1) -> list[Payload]:
    """`n` invented responses; the same seed gives the same ones."""
    chance = Random(seed)  # noqa: S311 - nothing is protected by it
    asked, digest = form(), form().digest()
    return [_payload(asked, digest, chance) for _ in range(n)]


def _payload(asked: Form, digest: str, chance: Random) -> Payload:
    band = chance.choice(BANDS)
    answers = {question.id: _answer(question, chance) for question in asked.for_person(band)}
    told = {
        name: _leaning([each.id for each in dimension.offered(band)], 30 if dimension.parts else 6, chance)
        for dimension in asked.profile
        for name in dimension.fields()
        if dimension.asked_of(band)
    }
    return Payload(
        band=band,
        language=chance.choice(LANGUAGES),
        mode="OI",
        place="",
        form_version=asked.version,
        form_digest=digest,
        answers={key: answer for key, answer in answers.items() if answer is not None},
        profile=read_profile(asked.profile, band, told),
    )


def _answer(question: Question, chance: Random) -> Answer | None:
    if chance.random() < _SKIPS:
        return None
    if question.kind is Kind.TEXT:
        return _OWN_WORDS
    if question.kind is Kind.NUMBER:
        return chance.randint(question.minimum or 0, question.maximum or 0)
    if question.kind is Kind.MULTI:
        picks = {_leaning(question.option_ids, 2, chance) for _ in range(question.limit or 1)}
        return tuple(option for option in question.option_ids if option in picks)
    return _leaning(question.option_ids, 2, chance)


def _leaning(options: Sequence[str], lean: int, chance: Random) -> str:
    """One option; the first two are `lean` times as likely as the others, as real answers are never even."""
    return chance.choices(options, [lean if place < 2 else 1 for place in range(len(options))])[0]
