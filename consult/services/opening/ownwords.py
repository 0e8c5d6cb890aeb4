"""Own words out of an opening: what people wrote, for two people who opened it, in the memory of one request.

Runs inside the opening's own process and lets nothing else of a response out. Nothing of it is stored, logged or put
into a page that a cache may keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind
from consult.services.tables.payload import Payload

__all__ = ["MAY_QUOTE", "OwnWords", "read_own_words", "read_texts", "text_questions"]

MAY_QUOTE, YES = "QUOTE", "yes"
"""The question whether one's own words may be shown to others, and the answer that allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """What one person wrote, by question. Nobody who wrote nothing is among them.

    `response` is the id of the stored row: what was made of these words and hangs on it goes when the answer is taken
    back. `band`, `language` and `profile` are as the person chose them. `may_quote`: the person said yes to being shown
    in the own words, where the form asked it.
    """

    response: bytes
    band: str
    language: str
    profile: Mapping[str, str] = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    may_quote: bool = False


def text_questions(form: Form) -> tuple[str, ...]:
    """The ids of the questions that are answered in own words, in the order asked."""
    return tuple(question.id for question in form.questions if question.kind is Kind.TEXT)


def read_own_words(
    plaintexts: Iterable[bytes], *, responses: Sequence[bytes], questions: Sequence[str]
) -> tuple[OwnWords, ...]:
    """Own words with who wrote them, in coarse groups; `responses` are the ids of the rows, in the same order."""
    return tuple(
        OwnWords(
            response=response,
            band=sent.band,
            language=sent.language,
            profile=dict(sent.profile),
            texts=texts,
            may_quote=sent.answers.get(MAY_QUOTE) == YES,
        )
        for response, sent, texts in _written(plaintexts, responses, questions)
    )


def read_texts(plaintexts: Iterable[bytes], *, questions: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    """Own words alone, by question: what triage may see."""
    return tuple(texts for plain in plaintexts if (texts := _texts(Payload.from_bytes(plain), questions)))


def _written(
    plaintexts: Iterable[bytes], responses: Sequence[bytes], questions: Sequence[str]
) -> Iterator[tuple[bytes, Payload, dict[str, str]]]:
    for response, plain in zip(responses, plaintexts, strict=True):
        sent = Payload.from_bytes(plain)
        texts = _texts(sent, questions)
        if texts:
            yield response, sent, texts


def _texts(sent: Payload, questions: Sequence[str]) -> dict[str, str]:
    return {key: str(sent.answers[key]) for key in questions if sent.answers.get(key)}
