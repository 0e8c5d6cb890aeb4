"""The words of a page: signed texts in one language with their blanks filled, dates and hours as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from types import MappingProxyType

from babel import Locale
from babel.dates import format_date, format_time, get_day_names, get_timezone_location
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from consult.questionnaire.easier import BETWEEN_SENTENCES, EASY, in_one_line, words_place
from consult.questionnaire.form import Form
from consult.questionnaire.question import Question
from consult.web.languages import current_language, gettext
from consult.web.placenames import place_name
from safeguards.plan import Hours, Weekday

__all__ = [
    "Heard",
    "Words",
    "city",
    "country",
    "day",
    "hours",
    "isolated",
    "language_names",
    "number",
    "percent",
    "percent_pattern",
    "plain",
    "sentences_of",
]

_INTERNATIONAL_ENGLISH = Locale("en", "150")
_NOTHING: Mapping[str, Iterable[object]] = MappingProxyType({})
_DAYS = tuple(Weekday)
_DAY_MINUTES = 24 * 60
_ASKS = ("?", "؟")


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording that is offered: the place that it reads, SHA-256 of its sound, how many bytes that has."""

    where: str
    digest: str
    bytes: int


class Words:
    """The signed texts of one form in one language; with `easy`, in easy words where there are some."""

    def __init__(self, form: Form, language: str, *, easy: bool = False) -> None:
        self._form = form
        self.language = language
        self._easy = easy

    def asks(self, question: Question) -> str:
        """What a question asks."""
        return self._read(f"questions.{question.id}.text", question.text)

    def heard(self, places: Iterable[str], filled: Mapping[str, Iterable[object]] = _NOTHING) -> list[Heard]:
        """The recordings of these places that read the words which are shown, each confirmed by others.

        `filled`: of places of which the page shows other words than these, or more, what is shown there: blanks filled,
        the answers of a question.
        """
        if not self._form.recordings:
            return []
        found = (self._heard(where, filled.get(where, ())) for where in places)
        return [each for each in found if each]

    def _heard(self, usual: str, shown: Iterable[object]) -> Heard | None:
        is_easy = self._easy and self.language in self._form.easy.get(usual, {})
        place = EASY + usual if is_easy else usual
        of_place = [(where, each) for where, each in self._form.recordings.items() if words_place(where) == place]
        offered = [(where, each[self.language]) for where, each in of_place if self.language in each]
        if not offered:
            return None
        words = self._form.said_by_place()[place][self.language]
        read = plain(shown) or in_one_line(words)
        says = (each for each in offered if each[1].is_confirmed(each[0]) and each[1].spoken(words) == read)
        return next((Heard(where, each.digest, each.bytes) for where, each in says), None)

    def has(self, key: str) -> bool:
        """Whether the form has this text: one that was signed before the text came in has not."""
        return self.language in self._form.texts.get(key, {})

    def say(self, key: str, **blanks: object) -> Markup:
        """One text, its blanks filled; what fills them is escaped. Raises KeyError for a text the form lacks."""
        return escape(self._text(key)).format(**blanks)

    def sentences(self, key: str, **blanks: object) -> list[Markup]:
        """The same, one idea a line."""
        return [escape(each).format(**blanks) for each in sentences_of(self._text(key))]

    def headed(self, key: str) -> tuple[Markup, list[Markup]]:
        """The first sentence, which stands as a heading, and the lines of the others."""
        heading, *rest = BETWEEN_SENTENCES.split(self._text(key), maxsplit=1)
        return escape(heading), [escape(each) for each in sentences_of("".join(rest))]

    def before(self, key: str, blank: str) -> str:
        """What a text says before one of its blanks."""
        return self._text(key).partition("{" + blank + "}")[0].strip()

    def after_sentence_with(self, key: str, blank: str, **blanks: object) -> list[Markup]:
        """The lines of a text without the one that holds this blank."""
        kept = (each for each in sentences_of(self._text(key)) if "{" + blank + "}" not in each)
        return [escape(each).format(**blanks) for each in kept]

    def _text(self, key: str) -> str:
        return self._read(f"texts.{key}", self._form.texts[key])

    def _read(self, where: str, ordinary: Mapping[str, str]) -> str:
        easy = self._form.easy.get(where, {}) if self._easy else {}
        return easy.get(self.language) or ordinary[self.language]


def plain(shown: Iterable[object]) -> str:
    """What is shown, in one line, without marks."""
    return in_one_line(" ".join(escape(each).striptags() for each in shown))


def sentences_of(text: str) -> list[str]:
    """A text, one idea a line, which is easier to read: a sentence, or a question with what follows from it."""
    lines: list[str] = []
    for each in BETWEEN_SENTENCES.split(text) if text else ():
        if lines and lines[-1].endswith(_ASKS) and not each.endswith(_ASKS):
            lines[-1] = f"{lines[-1]} {each}"
        else:
            lines.append(each)
    return lines


def isolated(text: object) -> Markup:
    """A number, code or name that keeps its own direction inside other text."""
    return Markup("<bdi>{}</bdi>").format(text)


def day(value: date) -> Markup:
    """A date as written in the language of the page."""
    return isolated(format_date(value, "long", locale=_locale()))


def number(value: int) -> str:
    """A number as written in the language of the page."""
    return format_decimal(value, locale=_locale())


def percent(value: int) -> str:
    """A whole percentage as written in the language of the page (CLDR).

    Arabic has marks of direction around its sign, which keep it right of digits like ours in a line from the right.
    """
    locale = _locale()
    sign = locale.number_symbols.get("latn", {}).get("percentSign", "%")
    return str(format_percent(value / 100, "#,##0" + _percent_suffix(locale), locale=locale)).replace("%", sign)


def percent_pattern() -> str:
    """The same as a spreadsheet's number format; a program that shows it knows directions itself."""
    return "0" + _percent_suffix(_locale())


def _percent_suffix(locale: Locale) -> str:
    return str(locale.percent_formats[None].pattern).rpartition("0")[2]


def country(code: str) -> str:
    """The name of a place (PE, GB-SCT) in the language of the page; the code itself where no name is known."""
    return place_name(code, _locale())


def city(timezone: str) -> Markup:
    """The place after which a time zone is named, in the language of the page."""
    named = get_timezone_location(timezone, locale=_locale(), return_city=True)
    return isolated(named.rpartition("/")[2])


def language_names(codes: tuple[str, ...]) -> str:
    """Languages by name, in the language of the page."""
    names = [
        _locale().languages.get(code.replace("-", "_")) or _locale().languages.get(code[:2], code) for code in codes
    ]
    return gettext(", ").join(names)


def hours(spans: tuple[Hours, ...], *, round_the_clock: bool) -> Markup:
    """Opening hours in a few words: the days that share hours together, in local time."""
    if round_the_clock:
        return escape(gettext("day and night"))
    parts = (Markup("{} {}").format(_days(span.days), _times(span)) for span in spans)
    return escape(gettext(", ")).join(parts)


def _times(span: Hours) -> Markup:
    return Markup('<bdi class="whole">{}–{}</bdi>').format(_clock(span.open), _clock(span.close))


def _clock(minutes: int) -> str:
    return format_time(time(minutes // 60 % 24, minutes % 60), "HH:mm", locale=_locale())


def _days(days: tuple[Weekday, ...]) -> str:
    names = get_day_names("wide", locale=_locale())
    places = sorted({_DAYS.index(each) for each in days})
    if len(places) == len(_DAYS):
        return gettext("every day")
    runs: list[list[int]] = [[places[0]]] if places else []
    for before, place in pairwise(places):
        if place == before + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return gettext(", ").join(_run(names, run) for run in runs)


def _run(names: Mapping[int, str], run: list[int]) -> str:
    return names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}"


def _locale() -> Locale:
    """The language's own; for English the international one, which writes the day first."""
    language = current_language()
    return _INTERNATIONAL_ENGLISH if language.code == "en" else language.locale
