"""What is counted of answers and profiles: dimensions, their categories, the tables of a release, one row a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.inclusion.dimensions import NO, YES, Dimension
from consult.inclusion.published import Group
from consult.questionnaire.answers import Answer
from consult.questionnaire.bands import VIEWS
from consult.questionnaire.form import Form
from consult.questionnaire.profile import ASIDE, NOT_ASKED, SKIPPED
from consult.questionnaire.profile import Dimension as Asked
from consult.questionnaire.question import Kind, Question
from consult.services.tables.payload import Payload
from consult.services.tables.plannedtables import further, names_of, planned_pairs

__all__ = [
    "AGE",
    "LANGUAGE",
    "ReleaseText",
    "Tabulation",
    "about_people",
    "always_tables",
    "answer_tables",
    "band_name",
    "dimensions_of",
    "number_bands",
    "row_of",
]

AGE = "age"
LANGUAGE = "language"
#: Few skip a question, so skipping would often cost the table: "not chosen" holds them and shows as much of interest.
_NOT_CHOSEN = {"not_chosen": (NO, SKIPPED)}
_NUMBER_BANDS = 5
#: Groups besides age by which closed answers are tabulated.
_SHOWN_BY = frozenset({"gender", "location"})
_SINGLE_YEAR = ("15",)  # a one-year band is never shown alone


@dataclass(frozen=True, slots=True)
class Tabulation:
    """What to count and how to protect it: everything the process needs besides the answers.

    `previous` are the texts of the earlier releases of the series, oldest first; `withdrawn` is how many have taken
    their answers back since the last of them, or since people could answer. It is told in whole lots of k. `planned`
    are the groups that the part wants to hear: they say by which groups answers are tabulated besides. `beside` are the
    texts of the other series of the same people: of a release the live snapshots, of a snapshot the releases.
    """

    release_id: str
    series: str
    respondent_class: str
    k: int
    form: Mapping[str, Any]
    bands: tuple[str, ...]
    languages: tuple[str, ...]
    budget_seconds: float
    previous: tuple[str, ...] = ()
    withdrawn: int | None = None
    planned: tuple[Group, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseText:
    """A release as it is frozen: canonical JSON and its digest."""

    text: str
    digest: str


def dimensions_of(form: Form, bands: tuple[str, ...], languages: tuple[str, ...]) -> tuple[Dimension, ...]:
    """Age, language, the dimensions the strand chose, then each closed answer."""
    about = about_people(form, bands, languages)
    return (*about, *(dimension for question in form.questions for dimension in _closed(question, form, bands)))


def about_people(form: Form, bands: tuple[str, ...], languages: tuple[str, ...]) -> tuple[Dimension, ...]:
    """Age, language, and the dimensions the strand chose: what a profile holds, in its order."""
    return (_age(bands), Dimension(LANGUAGE, languages), *_profile(form, bands))


def _age(bands: tuple[str, ...]) -> Dimension:
    groups = {
        view: tuple(band for band in members if band in bands)
        for view, members in VIEWS["A"].items()
        if len([band for band in members if band in bands]) > 1
    }
    grouped = {band for members in groups.values() for band in members}
    return Dimension(AGE, bands, groups=groups, never_alone=tuple(b for b in _SINGLE_YEAR if b in grouped))


def _profile(form: Form, bands: tuple[str, ...]) -> Iterator[Dimension]:
    for dimension in form.profile:
        offered = [c.id for c in dimension.categories if not c.bands or set(c.bands) & set(bands)]
        unasked = _of_other_ages(dimension, bands)
        aside = [value for value in ASIDE if value not in offered and (unasked or value != NOT_ASKED)]
        groups = {
            label: kept
            for label, members in dimension.groups.items()
            if len(kept := tuple(each for each in members if each in offered)) > 1
        }
        yield Dimension(
            dimension.key,
            (*offered, *aside),
            groups=groups,
            sensitive=dimension.sensitive,
            not_asked_of=unasked,
            offered_to=_offered(dimension, bands),
        )


def _offered(asked: Asked, bands: tuple[str, ...]) -> tuple[str, dict[str, tuple[str, ...]]] | None:
    """The categories that not all who are asked can choose, and the ages that can."""
    ages = [band for band in bands if asked.asked_of(band)]
    who = {each.id: tuple(band for band in ages if band in each.bands) for each in asked.categories if each.bands}
    some = {category: those for category, those in who.items() if 0 < len(those) < len(ages)}
    return (AGE, some) if some else None


def _of_other_ages(asked: Question | Asked, bands: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """The ages that are not asked, if any are not."""
    unasked = tuple(band for band in bands if not asked.asked_of(band))
    return (AGE, unasked) if unasked else None


def _unasked(question: Question, form: Form, bands: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """By what it is decided who is not asked, and of which of its categories they are; None: everybody is asked."""
    if question.only_if is None:
        return _of_other_ages(question, bands)
    earlier = next(each for each in form.questions if each.id == question.only_if.question)
    decides = next(_closed(earlier, form, bands))
    return decides.name, tuple(each for each in decides.categories if each not in question.only_if.options)


def _closed(question: Question, form: Form, bands: tuple[str, ...]) -> Iterator[Dimension]:
    """One dimension for a single choice or a number in bands, a yes-or-no one for each option of a multiple choice."""
    unasked = _unasked(question, form, bands)
    aside = (SKIPPED, NOT_ASKED) if unasked else (SKIPPED,)
    if question.kind in {Kind.ONE, Kind.SCALE}:
        yield Dimension(question.id, (*question.option_ids, *aside), not_asked_of=unasked)
    if question.kind is Kind.NUMBER:
        yield Dimension(question.id, (*map(band_name, number_bands(question)), *aside), not_asked_of=unasked)
    if question.kind is Kind.MULTI:
        most = question.limit or len(question.options)
        for name, _ in question.names_of_options:
            yield Dimension(
                name,
                (YES, NO, *aside),
                groups=_NOT_CHOSEN,
                option_of=question.id,
                choices=(1, most),
                not_asked_of=unasked,
            )


def answer_tables(form: Form, planned: Sequence[Group] = ()) -> tuple[tuple[str, ...], ...]:
    """Everything that is counted for a release: what is always wanted, pairs of planned groups, answers by each group.

    Which tables can be shown is for the protection to find out.
    """
    about = (AGE, LANGUAGE, *(dimension.key for dimension in form.profile))
    asked = further(form, planned, about)
    finer = (names for bundle in asked for names in bundle)
    return tuple(dict.fromkeys((*always_tables(form), *planned_pairs(planned, about), *finer)))


def always_tables(form: Form) -> tuple[tuple[str, ...], ...]:
    """Single margins of everything; age by background and by each closed answer; the other groups by answers of one.

    Options of a multiple choice are shown by age alone unless a group was planned for: each would be a table of its
    own, and counting them all takes longer.
    """
    background = [LANGUAGE, *(dimension.key for dimension in form.profile)]
    answers = [name for question in form.questions for name in names_of(question)]
    single = [(AGE,), *((name,) for name in background), *((name,) for name in answers)]
    by_group = [
        (dimension.key, question.id)
        for dimension in form.profile
        if dimension.key in _SHOWN_BY
        for question in form.questions
        if question.kind in {Kind.ONE, Kind.SCALE, Kind.NUMBER}
    ]
    return (*single, *((AGE, name) for name in (*background, *answers)), *by_group)


def number_bands(question: Question) -> tuple[tuple[int, int], ...]:
    """A number question's range in at most five bands of whole numbers, equally wide but for the last."""
    low, high = question.minimum or 0, question.maximum or 0
    width = -(-(high - low + 1) // _NUMBER_BANDS)
    return tuple((start, min(start + width - 1, high)) for start in range(low, high + 1, width))


def band_name(band: tuple[int, int]) -> str:
    """The category of a band of numbers: "0_4"; one number alone is "7"."""
    low, high = band
    return str(low) if low == high else f"{low}_{high}"


def row_of(form: Form, payload: Payload) -> Mapping[str, str]:
    """One person: the name of each dimension to a category. Own words are read by people, never counted here."""
    row = {AGE: payload.band, LANGUAGE: payload.language, **payload.profile}
    asked = {question.id for question in form.after(payload.band, payload.answers)}
    for question in form.questions:
        row.update(_answer(question, payload.answers.get(question.id), asked=question.id in asked))
    return row


def _answer(question: Question, answer: Answer | None, *, asked: bool) -> dict[str, str]:
    aside = NOT_ASKED if not asked else SKIPPED if answer is None else None
    if question.kind in {Kind.ONE, Kind.SCALE}:
        return {question.id: aside or str(answer)}
    if question.kind is Kind.NUMBER:
        return {question.id: aside or _banded(question, answer)}
    if question.kind is not Kind.MULTI:
        return {}
    chosen = set(answer) if isinstance(answer, tuple) else set()
    return {name: aside or (YES if option in chosen else NO) for name, option in question.names_of_options}


def _banded(question: Question, answer: Answer | None) -> str:
    return next(band_name((low, high)) for low, high in number_bands(question) if low <= int(str(answer)) <= high)
