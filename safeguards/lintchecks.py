"""How each rule of the question linter is checked: on one question, in words, and on the form as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from . import readability
from .lintrules import AgeLimits, OwnAbuse, Severity, WordList, found, limits, prepared, rules, word_list
from .policy import Policy
from .said import Language, Said, said
from .terms import AgeBand, Audience, Topic

__all__ = [
    "DraftQuestion",
    "Finding",
    "Form",
    "QuestionKind",
    "asking",
    "finding",
    "in_words",
    "most_grade",
    "of_own_abuse",
    "of_question",
    "of_words",
    "own_abuse",
    "whole_form",
]

SCALE_POINTS = 5
_CALM = frozenset({Topic.LIFE_ONLINE, Topic.SAFETY})
_TOGETHER = frozenset({AgeBand.B13_14, AgeBand.B15})
_LONG_WORD = 4
_SENTENCE = re.compile(r"[^.?!]+[.?!]*")


class QuestionKind(StrEnum):
    """How a question is answered."""

    ONE = "one"
    MULTI = "multi"
    SCALE = "scale"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftQuestion:
    """A question as one person reads it in one language.

    ``options``: the choices in order, without "not sure"; of a scale its points from low to high.
    ``has_not_sure``: "not sure", "prefer not to say" or "no experience" stands beside them.
    ``open_list``: no list could name everything, so "something else" must be among the options.
    ``limit``: most picks (multi) or characters (text). ``bands``: whom it is asked; empty means everybody.
    """

    id: str
    topic: Topic
    kind: QuestionKind
    text: str
    options: tuple[str, ...] = ()
    has_not_sure: bool = False
    open_list: bool = False
    limit: int | None = None
    required: bool = False
    hint: str = ""
    machine_translated: bool = False
    bands: tuple[AgeBand, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. ``question`` is empty when it is about the whole form."""

    rule: str
    severity: Severity
    question: str
    language: str
    message: Said
    mend: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is checked: the questions in one language, and for whom."""

    questions: tuple[DraftQuestion, ...]
    audience: Audience
    bands: tuple[AgeBand, ...]
    language: str
    policy: Policy
    topics: Mapping[AgeBand, frozenset[Topic]]
    option_counts: Mapping[str, Mapping[str, int]]

    @property
    def words(self) -> WordList | None:
        """The word list of the language, if there is one."""
        return word_list(self.language)

    def bands_of(self, question: DraftQuestion) -> tuple[AgeBand, ...]:
        """Who is asked it."""
        return tuple(band for band in self.bands if not question.bands or band in question.bands)

    def limits_of(self, question: DraftQuestion) -> tuple[int, AgeLimits]:
        """The youngest age that is asked it, and the limits of that age. Asked of nobody yet: the strictest."""
        bands = self.bands_of(question) or question.bands or tuple(AgeBand)
        youngest = min(band.youngest for band in bands)
        return youngest, limits(youngest)

    def sittings(self) -> Iterator[tuple[AgeBand, tuple[DraftQuestion, ...]]]:
        """What people of each band are asked; bands with the same questions and limits once, by the youngest."""
        seen = set()
        for band in sorted(self.bands, key=lambda band: band.youngest):
            asked = tuple(question for question in self.questions if band in self.bands_of(question))
            key = (asked, limits(band.youngest), most_grade(self.policy, band))
            if asked and key not in seen:
                seen.add(key)
                yield band, asked

    def finding(self, name: str, question: str = "", **values: object) -> Finding:
        """A finding in this form's language."""
        return finding(name, question, self.language, **values)


def finding(name: str, question: str, language: str, **values: object) -> Finding:
    """A finding by the rule of that name, its message filled in."""
    rule = rules()[name]
    told = {"language": Language(language), **values}
    return Finding(rule.id, rule.severity, question, language, said(rule.message, **told), said(rule.mend, **told))


# ---- parts


def asking(words: OwnAbuse, text: str) -> str:
    """The prepared text without statements that promise not to ask."""
    sentences = _SENTENCE.findall(prepared(text)[0])
    return " ".join(s for s in sentences if s.endswith("?") or not words.reassuring.search(s))


def own_abuse(words: OwnAbuse, text: str) -> str:
    """The words that ask what was done to the person; empty when none do."""
    asked = words.own_abuse.search(asking(words, text)) or words.own_abuse_spelled.search(prepared(text)[1])
    return asked.group().strip() if asked else ""


def most_grade(policy: Policy, band: AgeBand) -> int:
    """The highest school grade that a text for this band may need (P-READ)."""
    case = "adults" if band.youngest >= 18 else "13_17" if band.youngest >= 13 else band.value
    return policy.p("P-READ", case)


def in_words(words: WordList, where: str, text: str, audience: Audience) -> Iterator[Finding]:
    """Blame, figures of speech and words to avoid: wherever they stand."""
    for name, pattern in (("blame", words.blame), ("idiom", words.idioms)):
        if what := found(pattern, text):
            yield finding(name, where, words.language, found=what)
    for term in words.terms:
        what = found(term.pattern, text) if not term.audiences or audience in term.audiences else ""
        if what:
            name = "word_to_weigh" if term.weigh else "word_to_avoid"
            yield finding(name, where, words.language, found=what, use=term.use)


def _all_words(question: DraftQuestion) -> str:
    """Everything that is read, part by part, so that no pattern joins two of them."""
    return " . ".join((question.text, question.hint, *question.options))


# ---- one question, in any language


def of_question(form: Form, question: DraftQuestion) -> Iterator[Finding]:
    """What needs no words."""
    for check in (_one_ask, _choices, _own_words, _topic, _shown_together, _translation):
        yield from check(form, question)


def _one_ask(form: Form, question: DraftQuestion) -> Iterator[Finding]:
    marks = prepared(question.text)[0].count("?")
    if marks > 1:
        yield form.finding("two_questions", question.id, count=marks)
    age, most = form.limits_of(question)
    count = len(readability.words(question.text))
    if count > most.words:
        yield form.finding("long_question", question.id, count=count, most=most.words, age=age)


def _choices(form: Form, question: DraftQuestion) -> Iterator[Finding]:
    if question.kind in (QuestionKind.NUMBER, QuestionKind.TEXT):
        return
    count = len(question.options)
    if question.kind is QuestionKind.SCALE and count != SCALE_POINTS:
        yield form.finding("scale_points", question.id, count=count)
    if not question.has_not_sure:
        yield form.finding("not_sure", question.id)
    age, most = form.limits_of(question)
    # Representatives say whom they speak for: those lists are as long as they must be (Q36 to Q43).
    if count > most.options and form.audience is not Audience.REPRESENTATIVES:
        yield form.finding("too_many_options", question.id, count=count, most=most.options, age=age)
    for language, other in sorted(form.option_counts.get(question.id, {}).items()):
        if other != count and language != form.language:
            yield finding("option_count", question.id, language, count=count, other=other)


def _own_words(form: Form, question: DraftQuestion) -> Iterator[Finding]:
    if question.kind is not QuestionKind.TEXT:
        return
    if question.limit is None:
        yield form.finding("own_words_limit", question.id)
    read = f"{question.text} . {question.hint}"
    told = bool(question.hint.strip()) if form.words is None else bool(found(form.words.leave_out_names, read))
    if not told:
        yield form.finding("leave_out_names", question.id)


def _topic(form: Form, question: DraftQuestion) -> Iterator[Finding]:
    for band in sorted(form.bands_of(question), key=lambda band: band.youngest):
        if question.topic not in form.topics.get(band, frozenset()):
            told = {"topic": question.topic, "audience": form.audience, "age": band.youngest}
            yield form.finding("topic", question.id, **told)
            return


def _shown_together(form: Form, question: DraftQuestion) -> Iterator[Finding]:
    """How many of 13 to 15 were not asked would tell how many are 15, so what asks a part of them is not counted."""
    some = _TOGETHER.intersection(form.bands_of(question))
    if question.kind is not QuestionKind.TEXT and some and not some.issuperset(_TOGETHER.intersection(form.bands)):
        yield form.finding("part_of_an_age", question.id)


def _translation(form: Form, question: DraftQuestion) -> Iterator[Finding]:
    if question.required and form.audience is not Audience.REPRESENTATIVES:
        yield form.finding("required", question.id)
    if question.machine_translated:
        yield form.finding("machine_translated", question.id)


# ---- one question, in the words of its language


def of_words(words: WordList, form: Form, question: DraftQuestion) -> Iterator[Finding]:
    """What the word list knows, but for L2."""
    for name, what in _asked(words, question):
        if what:
            yield form.finding(name, question.id, found=what)
    yield from in_words(words, question.id, _all_words(question), form.audience)
    for check in (_scale, _long_words, _for_under_13, _something_else):
        yield from check(words, form, question)


def of_own_abuse(words: OwnAbuse, form: Form, question: DraftQuestion) -> Iterator[Finding]:
    """L2, also in a language of which nothing else is known."""
    if what := own_abuse(words, _all_words(question)):
        yield form.finding("own_abuse", question.id, found=what)


def _asked(words: WordList, question: DraftQuestion) -> Iterator[tuple[str, str]]:
    yield "why", found(words.why, question.text)
    yield "two_asks", found(words.two_asks, question.text)
    yield "leading", found(words.leading, question.text)
    asked = words.personal_data.search(asking(words, f"{question.text} . {question.hint}"))
    yield "personal_data", asked.group().strip() if asked else ""


def _scale(words: WordList, form: Form, question: DraftQuestion) -> Iterator[Finding]:
    if question.kind is not QuestionKind.SCALE:
        return
    low = [point for point in question.options if found(words.scale_low, point)]
    high = [point for point in question.options if point not in low and found(words.scale_high, point)]
    # Fewer than three known points say nothing about the others.
    if len(low) != len(high) and len(low) + len(high) >= SCALE_POINTS // 2 + 1:
        yield form.finding("scale_balance", question.id, low=len(low), high=len(high))


def _long_words(words: WordList, form: Form, question: DraftQuestion) -> Iterator[Finding]:
    if not readability.applies_to(form.language):
        return
    for word in dict.fromkeys(word.casefold() for word in readability.words(_all_words(question))):
        if word not in words.allowed_words and readability.syllables(word) >= _LONG_WORD:
            yield form.finding("long_word", question.id, found=word)


def _for_under_13(words: WordList, form: Form, question: DraftQuestion) -> Iterator[Finding]:
    what = found(words.sexual_words, _all_words(question))
    if what and not form.limits_of(question)[1].sexual_words:
        yield form.finding("sexual_words", question.id, found=what)


def _something_else(words: WordList, form: Form, question: DraftQuestion) -> Iterator[Finding]:
    if question.open_list and not any(found(words.something_else, option) for option in question.options):
        yield form.finding("something_else", question.id)


# ---- the form as one person meets it


def whole_form(form: Form) -> Iterator[Finding]:
    """Order, length and reading level, for each age that meets another form."""
    for band, asked in form.sittings():
        for check in (_order, _length, _reading):
            yield from check(form, band, asked)


def _order(form: Form, band: AgeBand, asked: tuple[DraftQuestion, ...]) -> Iterator[Finding]:
    for name, question in (("opening", asked[0]), ("ending", asked[-1])):
        if question.topic not in _CALM:
            yield form.finding(name, question.id, topic=question.topic, age=band.youngest)


def _length(form: Form, band: AgeBand, asked: tuple[DraftQuestion, ...]) -> Iterator[Finding]:
    most, age = limits(band.youngest), band.youngest
    if len(asked) > most.questions:
        yield form.finding("too_long", count=len(asked), most=most.questions, age=age)
    own = sum(question.kind is QuestionKind.TEXT for question in asked)
    if own > most.own_words:
        yield form.finding("too_many_own_words", count=own, most=most.own_words, age=age)


def _reading(form: Form, band: AgeBand, asked: tuple[DraftQuestion, ...]) -> Iterator[Finding]:
    if not readability.applies_to(form.language):
        return
    parts = dict.fromkeys(part.strip() for question in asked for part in (question.text, question.hint))
    needed = readability.grade(" . ".join(part for part in parts if part))
    most = most_grade(form.policy, band)
    if needed is not None and needed > most:
        yield form.finding("reading_grade", grade=f"{needed:.1f}", most=most, age=band.youngest)
