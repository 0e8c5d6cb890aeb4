"""Answers: read from a page, checked again as a whole before sending, and made compact for sealing.

An answer is an option id (one, scale), a tuple of option ids in the order shown (multi), a whole number, or own
words. None means skipped; a skipped question has no entry at all.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from consult.questionnaire.errors import AnswerError, Problem
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind, Question

Answer = str | int | tuple[str, ...]

# All own words of one person, as UTF-8: with the rest of the state they still fit three cookies once compressed.
OWN_WORDS_BYTES = 8 * 1024

_MOST_DIGITS = 9
_NUMBER = re.compile(r"[-+]?\d+")
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(words: str) -> str:
    """Own words in NFC, with line feeds as the only control characters, without blank ends.

    Characters that override the direction of text go too: in a reader's table they can make words look like others.
    Joiners stay, Persian and many emoji need them.
    """
    if words.isprintable():  # nothing to take away, and nearly always so
        return (words if words.isascii() else unicodedata.normalize("NFC", words)).strip()
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(character for character in lines if _kept(character))
    return unicodedata.normalize("NFC", kept).strip()


def _kept(character: str) -> bool:
    if character == "\n":
        return True
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _BIDI_CONTROLS


def read_number(words: str, question: str, minimum: int, maximum: int) -> int:
    """A whole number in any script's digits (١٢ is 12). Raises AnswerError."""
    compact = "".join(words.split())
    if not _NUMBER.fullmatch(compact) or len(compact) > _MOST_DIGITS:
        raise AnswerError(Problem.NOT_A_NUMBER, question, kept=clean(words))
    value = int(compact)
    if not minimum <= value <= maximum:
        bounds = {"minimum": minimum, "maximum": maximum}
        raise AnswerError(Problem.OUT_OF_RANGE, question, bounds, kept=clean(words))
    return value


def read_answer(question: Question, values: Sequence[str], language: str) -> Answer | None:
    """The answer in the values of one form field, or None when it was skipped.

    Raises AnswerError for what cannot be an answer to this question as it was shown in this language; own words are
    kept in the error.
    """
    given = [value for value in values if clean(value)]
    if language not in question.text:
        raise AnswerError(Problem.NOT_IN_LANGUAGE, question.id, {"language": language})
    if not given:
        if question.required:
            raise AnswerError(Problem.REQUIRED, question.id)
        return None
    if question.kind is Kind.MULTI:
        return _picks(question, given)
    if len(given) > 1:
        raise AnswerError(Problem.ONE_ONLY, question.id)
    if question.kind is Kind.NUMBER:
        return read_number(given[0], question.id, question.minimum or 0, question.maximum or 0)
    return _own_words(question, given[0]) if question.kind is Kind.TEXT else _pick(question, given[0])


def _pick(question: Question, value: str) -> str:
    if value not in question.option_ids:
        raise AnswerError(Problem.UNKNOWN_OPTION, question.id)
    return value


def _picks(question: Question, values: Sequence[str]) -> tuple[str, ...]:
    offered = question.option_ids
    if not set(values) <= set(offered):
        raise AnswerError(Problem.UNKNOWN_OPTION, question.id)
    chosen = set(values)
    limit = question.limit or 0
    if len(chosen) > limit:
        raise AnswerError(Problem.TOO_MANY, question.id, {"limit": limit, "given": len(chosen)})
    return tuple(option for option in offered if option in chosen)


def _own_words(question: Question, value: str) -> str:
    words = clean(value)
    limit = question.limit or 0
    if len(words) > limit:
        raise AnswerError(Problem.TOO_LONG, question.id, {"limit": limit, "given": len(words)}, kept=words)
    return words


def normalise(form: Form, band: str, answers: Mapping[str, object]) -> dict[str, Answer]:
    """The whole set, checked again on sending and put into the form's order.

    Raises AnswerError for a question that this person is not asked, an answer that was not offered, a required answer
    that is missing, or more own words in all than `OWN_WORDS_BYTES`.
    """
    asked = {question.id: question for question in form.after(band, answers)}
    strangers = sorted(set(answers) - set(asked))
    if strangers:
        raise AnswerError(Problem.NOT_ASKED, strangers[0])
    taken: dict[str, Answer] = {}
    for question in asked.values():
        stored = answers.get(question.id)
        if stored is None and not question.required:
            continue
        answer = read_answer(question, _values(question, stored), form.languages[0])
        if answer is not None:
            taken[question.id] = answer
    size = own_words_bytes(form, taken)
    if size > OWN_WORDS_BYTES:
        last = next(question.id for question in reversed(asked.values()) if question.kind is Kind.TEXT)
        raise AnswerError(Problem.TOO_LONG_TOGETHER, last, {"limit": OWN_WORDS_BYTES, "given": size})
    return taken


def still_asked(form: Form, band: str, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """These answers without those to what is not asked of this person, or not any more."""
    asked = {question.id for question in form.after(band, answers)}
    return {key: answer for key, answer in answers.items() if key in asked}


def own_words_bytes(form: Form, answers: Mapping[str, Answer]) -> int:
    """How much all own words weigh together, in bytes of UTF-8."""
    texts = [question.id for question in form.questions if question.kind is Kind.TEXT]
    return sum(len(str(answers[key]).encode()) for key in texts if key in answers)


def _values(question: Question, stored: object) -> list[str]:
    """A stored answer as the values of a form field again, so that reading and checking share one function."""
    if stored is None:
        return []
    if question.kind is Kind.MULTI and isinstance(stored, (tuple, list)):
        return [str(item) for item in stored]
    if question.kind is Kind.NUMBER and isinstance(stored, int) and not isinstance(stored, bool):
        return [str(stored)]
    if question.kind not in (Kind.MULTI, Kind.NUMBER) and isinstance(stored, str):
        return [stored]
    raise AnswerError(Problem.MALFORMED, question.id)


def encode(answers: Mapping[str, Answer]) -> bytes:
    """Compact JSON, the same bytes for the same answers."""
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode(blob: bytes) -> dict[str, Answer]:
    """The answers that `encode` was given. Raises AnswerError when the bytes are something else."""
    try:
        data = json.loads(blob)
    except ValueError as error:
        raise AnswerError(Problem.MALFORMED, "answers") from error
    if not isinstance(data, dict):
        raise AnswerError(Problem.MALFORMED, "answers")
    return {key: _decoded(key, value) for key, value in data.items()}


def _decoded(key: str, value: object) -> Answer:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return value
    raise AnswerError(Problem.MALFORMED, key)
