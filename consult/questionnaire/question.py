"""A question: how it is answered, what it is about, the words of it, and of which ages it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from consult.questionnaire import strict
from consult.questionnaire.bands import AGE_BANDS
from consult.questionnaire.errors import FormError
from consult.questionnaire.strict import Texts
from safeguards.said import said

E = TypeVar("E", bound=StrEnum)

SCALE_POINTS = 5
LONGEST_TEXT = 2000


class Kind(StrEnum):
    """How a question is answered."""

    ONE = "one"
    MULTI = "multi"
    SCALE = "scale"
    NUMBER = "number"
    TEXT = "text"


class Topic(StrEnum):
    """What a question is about: life online; safety and help; sexual harm in general; own experience of services."""

    LIFE_ONLINE = "T0"
    SAFETY = "T1"
    HARM_IN_GENERAL = "T2"
    SERVICES = "T3"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. The id is the same in every language."""

    id: str
    text: Texts


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """Who is asked a question: whoever chose one of these options of an earlier one, and nobody else."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question on one page.

    `bands`: storage age bands for which it is asked; empty means all. `limit`: most picks (multi) or most characters
    (text). `minimum` and `maximum`: number only, both included. A scale's first five options are its points from low
    to high; what follows ("not sure") stands beside the scale. `only_if`: asked after certain answers alone; its ages
    are then those of the earlier question.
    """

    id: str
    kind: Kind
    topic: Topic
    text: Texts
    bands: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    limit: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    required: bool = False
    hint: Texts = field(default_factory=dict)
    only_if: OnlyIf | None = None

    def asked_of(self, band: str) -> bool:
        """Whether a person of this band may be asked."""
        return not self.bands or band in self.bands

    def asked_after(self, answers: Mapping[str, object]) -> bool:
        """Whether it is asked after these answers to earlier questions, by their ids."""
        return self.only_if is None or answers.get(self.only_if.question) in self.only_if.options

    @cached_property
    def option_ids(self) -> tuple[str, ...]:
        """Ids of the options, in the order shown."""
        return tuple(option.id for option in self.options)

    @cached_property
    def names_of_options(self) -> tuple[tuple[str, str], ...]:
        """Each option's id with the name under which it is counted by itself."""
        return tuple((f"{self.id}.{option}", option) for option in self.option_ids)

    @property
    def points(self) -> tuple[Option, ...]:
        """The five points of a scale, low to high; nothing for other kinds."""
        return self.options[:SCALE_POINTS] if self.kind is Kind.SCALE else ()


def question_texts(question: Question, where: str) -> list[tuple[str, Texts]]:
    """Every text of a question with its place."""
    hint = [(f"{where}.hint", question.hint)] if question.hint else []
    options = [(f"{where}.options.{option.id}", option.text) for option in question.options]
    return [(f"{where}.text", question.text), *hint, *options]


def question_from_json(value: object, where: str) -> Question:
    data = strict.members(
        value,
        where,
        ("id", "kind", "topic", "text"),
        ("bands", "options", "limit", "minimum", "maximum", "required", "hint", "only_if"),
    )
    return Question(
        id=strict.name(data["id"], f"{where}.id"),
        kind=_one_of(Kind, data["kind"], f"{where}.kind"),
        topic=_one_of(Topic, data["topic"], f"{where}.topic"),
        text=strict.texts(data["text"], f"{where}.text"),
        bands=strict.names(data.get("bands", []), f"{where}.bands"),
        options=tuple(
            _option(item, f"{where}.options[{place}]")
            for place, item in enumerate(strict.items(data.get("options", []), f"{where}.options"))
        ),
        limit=strict.number_or_none(data.get("limit"), f"{where}.limit"),
        minimum=strict.number_or_none(data.get("minimum"), f"{where}.minimum"),
        maximum=strict.number_or_none(data.get("maximum"), f"{where}.maximum"),
        required=strict.flag(data.get("required", False), f"{where}.required"),
        hint=strict.texts(data.get("hint", {}), f"{where}.hint"),
        only_if=_only_if(data["only_if"], f"{where}.only_if") if "only_if" in data else None,
    )


def _only_if(value: object, where: str) -> OnlyIf:
    data = strict.members(value, where, ("question", "options"))
    return OnlyIf(strict.name(data["question"], where), strict.names(data["options"], where))


def _one_of(known: type[E], value: object, where: str) -> E:
    if value not in list(known):
        raise FormError(where, f"must be one of {', '.join(known)}")
    return known(str(value))


def _option(value: object, where: str) -> Option:
    data = strict.members(value, where, ("id", "text"))
    return Option(strict.name(data["id"], f"{where}.id"), strict.texts(data["text"], f"{where}.text"))


def question_to_json(question: Question) -> dict[str, object]:
    return {
        "id": question.id,
        "kind": question.kind.value,
        "topic": question.topic.value,
        "text": dict(question.text),
        "bands": list(question.bands),
        "options": [{"id": option.id, "text": dict(option.text)} for option in question.options],
        "limit": question.limit,
        "minimum": question.minimum,
        "maximum": question.maximum,
        "required": question.required,
        "hint": dict(question.hint),
        **_told(question.only_if),
    }


def _told(only_if: OnlyIf | None) -> dict[str, object]:
    """No condition leaves no trace: a form that was signed before there were any has the digest it had."""
    return {"only_if": {"question": only_if.question, "options": list(only_if.options)}} if only_if else {}


def check_question(question: Question, where: str, languages: tuple[str, ...]) -> None:
    for place, words in question_texts(question, where):
        strict.translated(words, place, languages)
    strict.distinct(question.option_ids, f"{where}.options")
    unknown = [band for band in question.bands if band not in AGE_BANDS]
    if unknown:
        raise FormError(f"{where}.bands", f"unknown age band {unknown[0]!r}; known are {', '.join(AGE_BANDS)}")
    fault = _shape_fault(question)
    if fault:
        raise FormError(where, f"a {question.kind} question {fault}")


def check_order(questions: Sequence[Question]) -> None:
    """Refuse a question that is asked after an answer that nobody can have given by then, or that ages decide too.

    Own words are asked of everybody: beside a quote it would be known what else its author answered.
    """
    earlier: dict[str, Question] = {}
    for question in questions:
        if question.only_if is not None:
            _check_only_if(question, question.only_if, earlier.get(question.only_if.question))
        earlier[question.id] = question


def _check_only_if(question: Question, only_if: OnlyIf, asked: Question | None) -> None:
    where = f"questions.{question.id}"
    if asked is None or asked.kind not in {Kind.ONE, Kind.SCALE}:
        raise FormError(
            where,
            said(
                "%(question)s is asked after an answer to %(earlier)s: that has to stand before it, with one answer "
                "to choose.",
                question=question.id,
                earlier=only_if.question,
            ),
        )
    strict.distinct(only_if.options, f"{where}.only_if")
    if not only_if.options or not set(only_if.options) <= set(asked.option_ids):
        raise FormError(
            where,
            said(
                "%(question)s is asked after an answer that %(earlier)s does not have. Change that first.",
                question=question.id,
                earlier=asked.id,
            ),
        )
    if question.kind is Kind.TEXT or question.required or question.bands:
        raise FormError(
            where,
            said(
                "%(question)s is asked after an answer: it needs choices or a number, no ages, and can be skipped.",
                question=question.id,
            ),
        )


def _shape_fault(question: Question) -> str | None:
    count, limit = len(question.options), question.limit
    bounds = (question.minimum, question.maximum)
    if question.kind is not Kind.NUMBER and bounds != (None, None):
        return "has no minimum or maximum"
    if question.kind in (Kind.NUMBER, Kind.TEXT) and count:
        return "has no options"
    match question.kind:
        case Kind.ONE:
            return None if count >= 2 and limit is None else "needs two options or more and no limit"
        case Kind.SCALE:
            return None if count >= SCALE_POINTS and limit is None else "needs five points or more and no limit"
        case Kind.MULTI:
            return None if limit is not None and 1 <= limit <= count else "needs options and a limit up to their number"
        case Kind.TEXT:
            return None if limit is not None and 1 <= limit <= LONGEST_TEXT else f"needs a limit up to {LONGEST_TEXT}"
        case Kind.NUMBER:
            low, high = bounds
            fine = limit is None and low is not None and high is not None and low < high
            return None if fine else "needs a minimum under its maximum and no limit"
