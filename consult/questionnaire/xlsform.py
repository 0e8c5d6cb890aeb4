"""Reads an XLSForm: the three sheets in which ODK, KoboToolbox and others keep a questionnaire.

Source of sheets, columns and types: https://xlsform.org/en/ref-table/. A question that could only be taken over as
another one is left out, with the reason and the mend.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from consult.questionnaire.bands import AGE_BANDS
from consult.questionnaire.bank import bank_questions, bank_version
from consult.questionnaire.content import content, shipped_languages
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.questionnaire.ownquestion import LIMITS, OWN, USUAL_LIMIT, whole
from consult.questionnaire.question import LONGEST_TEXT, Kind, OnlyIf, Option, Question, Topic, check_order
from consult.questionnaire.xlsformrelevant import read_relevant
from consult.questionnaire.xlsformtypes import AGES, END_OF_GROUP, GROUPS, REPEATS, TOPIC, WHY_NOT, type_of
from safeguards.said import said

_LABEL = re.compile(r"(label|hint)\s*::?\s*(.+)", re.IGNORECASE)
_TAG = re.compile(r"\(([A-Za-z-]+)\)\s*$")
_NO_ID = re.compile(r"[^A-Za-z0-9_]")
_MARKUP = re.compile(r"<[A-Za-z/!]")
_MOST = re.compile(r"\s*(?:count-selected|string-length)\(\s*\.\s*\)\s*<=\s*(\d{1,9})\s*")
_BOUNDS = re.compile(r"\s*\.\s*>=\s*(-?\d{1,9})\s+and\s+\.\s*<=\s*(-?\d{1,9})\s*")
_RANGE = re.compile(r"(start|end)\s*=\s*(-?\d{1,9})\b")
_YES = frozenset({"yes", "true", "true()", "1"})


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet: its number as a spreadsheet program shows it, and its cells by the heading of the column."""

    number: int
    cells: Mapping[str, str]

    def cell(self, *names: str) -> str:
        """The first of these columns that has something in it."""
        return next((found for name in names if (found := self.cells.get(name, ""))), "")


Sheets = Mapping[str, Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one row of the survey. `why`: all that was not taken over of it, in sentences."""

    number: int
    type: str
    name: str
    question: Question | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file gives. The first language is the source; of those `left_out` nothing is taken."""

    languages: tuple[str, ...]
    left_out: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions that can be asked, in the order of the file."""
        return tuple(row.question for row in self.rows if row.question is not None)

    @property
    def form(self) -> Form:
        """The same as a form without texts."""
        return Form(bank_version(), self.languages, self.questions)


class _NotTaken(Exception):
    """A row that can not be asked as it is meant; its text is a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_xlsform(sheets: Sheets, languages: Sequence[str] = (), topic: Topic | None = None) -> Taken:
    """The questions of a form's sheets (`survey`, `choices`, `settings`), row by row.

    `languages`: those that are wanted, the source first; none: all that the file has, its default first. `topic`: of
    questions whose row names none. Raises FormError for a file that is no XLSForm.
    """
    survey = sheets.get("survey")
    if not survey:
        raise FormError("file", said("There is no sheet survey with questions in it. Send an XLSForm."))
    usual = _tag(next((line.cell("default_language") for line in sheets.get("settings", ())), ""))
    there = _languages([*survey, *sheets.get("choices", ())], usual or (languages[0] if languages else "en"))
    known = [each for each in there if each in shipped_languages()]
    wanted = tuple(languages) or tuple(known)
    if not wanted:
        raise FormError("file", said("None of the languages of this file is one that this site speaks."))
    form = _Reading(wanted, usual or wanted[0], topic, _choices(sheets.get("choices", ())))
    return Taken(wanted, tuple(each for each in there if each not in wanted), tuple(form.rows(survey)))


def _languages(lines: Iterable[Line], usual: str) -> tuple[str, ...]:
    """Every language that the columns name, the default of the file first; what is none stays as it is written."""
    headings = dict.fromkeys(name for line in lines for name in line.cells)
    named = [found.group(2) for name in headings if (found := _LABEL.fullmatch(name))]
    plain = [usual] if "label" in headings else []
    tags = dict.fromkeys([*plain, *(_tag(each) or each.strip() for each in named)])
    return tuple(sorted(tags, key=lambda each: each != usual))


def _tag(named: str) -> str:
    """The language of `English (en)`, `en`, `English` or `Kiswahili`; "" for none that this program speaks."""
    found = _TAG.search(named)
    wanted = (found.group(1) if found else named).strip().lower()
    if not wanted:
        return ""
    for language in shipped_languages():
        if wanted in (language.lower(), language.lower().partition("-")[0], content(language).name.lower()):
            return language
    return "en" if wanted == "english" else ""


def _choices(lines: Sequence[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.cell("list_name", "list name"), []).append(line)
    return found


class _Reading:
    """A walk down the survey, which knows in which groups it is and which names are taken."""

    def __init__(
        self, languages: tuple[str, ...], usual: str, topic: Topic | None, choices: Mapping[str, list[Line]]
    ) -> None:
        self._languages, self._usual, self._topic, self._choices = languages, usual, topic, choices
        self._taken: dict[str, Question] = {}
        #: of each group around a row, under which condition it is asked ("": none); None: several times
        self._groups: list[str | None] = []

    def rows(self, survey: Sequence[Line]) -> Iterator[Row]:
        for line in survey:
            kind, listed = type_of(line.cell("type"))
            if not kind:
                continue
            question: Question | None = None
            why: list[str] = []
            try:
                if not self._walked(kind, line):
                    question = self._question(kind, listed, line, why)
                    self._taken[question.id] = question
            except _NotTaken as refused:
                why = [refused.why]
            except FormError as error:
                why = [error.sentence]
            if kind not in END_OF_GROUP:
                yield Row(line.number, line.cell("type"), line.cell("name"), question, tuple(why))

    def _walked(self, kind: str, line: Line) -> bool:
        """Whether the row ends a group. Raises `_NotTaken` for one that begins it, and for all that asks nothing."""
        if kind in END_OF_GROUP:
            if self._groups:
                self._groups.pop()
            return True
        if kind in GROUPS:
            asked_once = kind not in REPEATS
            self._groups.append(line.cell("relevant") if asked_once else None)
            raise _NotTaken(
                said("Each of its questions is taken over by itself. The heading is not shown.")
                if asked_once
                else said("Its questions would be asked several times. Ask each once.")
            )
        if None in self._groups:
            raise _NotTaken(said("It stands in a group that is asked several times."))
        if kind in WHY_NOT:
            raise _NotTaken(WHY_NOT[kind])
        return False

    def _question(self, kind: str, listed: str, line: Line, why: list[str]) -> Question:
        own = _id_of(line.cell("name"))
        known = bank_questions().get(own)
        if not line.cell("name") or own in self._taken:
            raise _NotTaken(said("Its name is missing, or stands twice. Give each question a name of its own."))
        if line.cell("choice_filter"):
            raise _NotTaken(said("Its choices depend on another answer. Give it a list of its own."))
        plain = Question(
            id=own,
            kind=_kind(kind, line),
            topic=known.topic if known else self._about(line),
            text=self._words(line, "label"),
            bands=_ages(line),
            options=self._options(listed),
            required=known is not None and known.required,
            hint=self._words(line, "hint"),
            only_if=self._only_if(line),
        )
        question = whole(_limited(plain, line, why), self._languages)
        Form(version="", languages=self._languages, questions=(replace(question, only_if=None),))
        check_order((*self._taken.values(), question))
        why += _left_out(question, line)
        return question

    def _only_if(self, line: Line) -> OnlyIf | None:
        conditions = [each for each in (*self._groups, line.cell("relevant")) if each]
        if not conditions:
            return None
        found = read_relevant(conditions[0], _id_of) if len(conditions) == 1 else None
        if found is None:
            raise _NotTaken(
                said(
                    "Its condition is not read here. It can name the answers to one earlier question, such as "
                    "%(example)s.",
                    example="${safe} = 'no' or ${safe} = 'not_sure'",
                )
            )
        return OnlyIf(found.question, tuple(_NO_ID.sub("_", option) for option in found.options))

    def _about(self, line: Line) -> Topic:
        named = line.cell(TOPIC).upper()
        if named and named not in list(Topic):
            raise _NotTaken(said("%(column)s is none of T0, T1, T2 and T3.", column=TOPIC))
        topic = Topic(named) if named else self._topic
        if topic is None:
            raise _NotTaken(said("Say in the column %(column)s what it is about: T0, T1, T2 or T3.", column=TOPIC))
        return topic

    def _options(self, listed: str) -> tuple[Option, ...]:
        if not listed:
            return ()
        if listed not in self._choices:
            raise _NotTaken(said("The sheet choices has no list %(list)s.", list=listed))
        return tuple(
            Option(_NO_ID.sub("_", each.cell("name", "value")), self._words(each, "label"))
            for each in self._choices[listed]
        )

    def _words(self, line: Line, column: str) -> dict[str, str]:
        """What stands in a column in each language. Raises `_NotTaken` for words that only another program fills in."""
        found = {self._usual: line.cell(column)} if line.cell(column) else {}
        for name, words in line.cells.items():
            of = _LABEL.fullmatch(name)
            if of and of.group(1).lower() == column and words:
                found[_tag(of.group(2))] = words
        for words in found.values():
            if "${" in words:
                raise _NotTaken(said("Its words repeat an answer. Write it so that everybody reads the same."))
            if _MARKUP.search(words):
                raise _NotTaken(said("There is markup between its words. Take it out."))
        return found


def _kind(kind: str, line: Line) -> Kind:
    if kind == "select_one":
        return Kind.SCALE if "likert" in line.cell("appearance").split() else Kind.ONE
    return {"select_multiple": Kind.MULTI, "text": Kind.TEXT}.get(kind, Kind.NUMBER)


def _id_of(named: str) -> str:
    """The id here of a name in the file: the bank's stand for the bank's questions alone."""
    name = _NO_ID.sub("_", named)
    return name if name in bank_questions() or name.startswith(OWN) else f"{OWN}{name}"


def _ages(line: Line) -> tuple[str, ...]:
    named = line.cell(AGES).replace(",", " ").split()
    unknown = [each for each in named if each not in AGE_BANDS]
    if unknown:
        raise _NotTaken(
            said("%(ages)s is no age group. There are %(known)s.", ages=unknown[0], known=", ".join(AGE_BANDS))
        )
    return tuple(each for each in AGE_BANDS if each in named)


def _limited(plain: Question, line: Line, why: list[str]) -> Question:
    """The question with the limits that its row sets, else with the usual ones, which are said in `why`."""
    limit = _MOST.fullmatch(line.cell("constraint"))
    most = int(limit.group(1)) if limit else None
    if plain.kind is Kind.MULTI:
        every = len(plain.options)
        if most is not None and most not in (*LIMITS, every):
            why.append(
                said("As many as fit can be chosen: people can choose up to two, three or four, or all that fit.")
            )
        return replace(plain, limit=most if most in LIMITS and most <= every else every)
    if plain.kind is Kind.TEXT:
        if most is None or most > LONGEST_TEXT:
            why.append(said("It takes %(limit)s characters, the usual number.", limit=USUAL_LIMIT))
            most = USUAL_LIMIT
        return replace(plain, limit=most)
    if plain.kind is Kind.NUMBER:
        bounds = _bounds(line)
        if bounds is None:
            raise _NotTaken(
                said("Say the lowest and the highest number, such as . >= 0 and . <= 20, as its constraint.")
            )
        return replace(plain, minimum=bounds[0], maximum=bounds[1])
    return plain


def _bounds(line: Line) -> tuple[int, int] | None:
    found = _BOUNDS.fullmatch(line.cell("constraint"))
    if found:
        return int(found.group(1)), int(found.group(2))
    ends = dict(_RANGE.findall(line.cell("parameters")))
    return (int(ends["start"]), int(ends["end"])) if ends.keys() == {"start", "end"} else None


def _left_out(question: Question, line: Line) -> Iterator[str]:
    """What another program does with the row and this one does not, though the question is the same without."""
    if line.cell("required").lower() in _YES and not question.required:
        yield said("It can be skipped, as every question.")
    if line.cell(TOPIC).upper() not in ("", question.topic):
        yield said("It keeps the topic that it has in the question bank: %(topic)s.", topic=question.topic)
    if line.cell("default"):
        yield said("Nothing is chosen beforehand.")
    if any(name.startswith(("image", "audio", "video", "big-image", "media::")) for name in line.cells):
        yield said("Its pictures and recordings are left out. Recordings are brought in on a page of their own.")
    if "or_other" in line.cell("type").split():
        yield said("The choice to write something else is left out. Ask for it in a question of its own.")
    said_here = _MOST.fullmatch(line.cell("constraint")) or _bounds(line)
    if line.cell("constraint") and not said_here:
        yield said("The condition on its answers is left out.")
