"""The question linter, L1 to L14: what may not be asked, not like that, or not of somebody so young (SAF-15).

Rules, limits and words are data (policies/lint.toml, lint.en.toml); lintchecks.py is how each is checked. A language
without a word list gets the checks that need no words, and a note that a person has to read the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import readability
from .lintchecks import (
    DraftQuestion,
    Finding,
    Form,
    QuestionKind,
    asking,
    finding,
    in_words,
    most_grade,
    of_own_abuse,
    of_question,
    of_words,
    own_abuse,
    whole_form,
)
from .lintrules import Severity, own_abuse_languages, own_abuse_words, word_list
from .matrix import objections
from .plan import Strand
from .policy import Policy
from .terms import AgeBand, Audience, Topic

__all__ = [
    "DraftQuestion",
    "Finding",
    "QuestionKind",
    "Severity",
    "asks_own_abuse",
    "lint",
    "lint_text",
    "topics_of",
]


def lint(
    questions: tuple[DraftQuestion, ...],
    *,
    audience: Audience,
    bands: tuple[AgeBand, ...],
    language: str,
    policy: Policy,
    topics: Mapping[AgeBand, frozenset[Topic]],
    option_counts: Mapping[str, Mapping[str, int]] | None = None,
) -> tuple[Finding, ...]:
    """Everything to mend in one language of a form: question by question in their order, then the form as a whole.

    ``bands``: who is asked. ``topics``: what each band may be asked about (``topics_of``); a band left out: nothing.
    ``option_counts``: question id → language → how many choices it has there, "not sure" left out, to compare with.
    Only findings with severity error keep the set from being signed off.
    """
    form = Form(
        questions=questions,
        audience=audience,
        bands=bands,
        language=language,
        policy=policy,
        topics=topics,
        option_counts=option_counts or {},
    )
    words, forbidden = form.words, own_abuse_words(language)
    found: list[Finding] = []
    for question in questions:
        found += of_question(form, question)
        found += of_own_abuse(forbidden, form, question) if forbidden else ()
        found += of_words(words, form, question) if words else ()
    found += whole_form(form)
    return (*found, *(() if words else (form.finding("unread"),)))


def lint_text(
    key: str, text: str, *, audience: Audience, band: AgeBand, language: str, policy: Policy
) -> tuple[Finding, ...]:
    """Everything to mend in a text that people of this band read around the questions (L2, L5, L6, L9, L11).

    Of a language without a word list only L2, where its words are known; `lint` says for the form that it is unread.
    """
    words, forbidden = word_list(language), own_abuse_words(language)
    if words is None:
        what = own_abuse(forbidden, text) if forbidden else ""
        return (finding("own_abuse", key, language, found=what),) if what else ()
    personal = words.personal_data.search(asking(words, text))
    asked = {"own_abuse": own_abuse(words, text), "personal_data": personal.group().strip() if personal else ""}
    found = [finding(name, key, language, found=what) for name, what in asked.items() if what]
    found += in_words(words, key, text, audience)
    needed, most = readability.grade(text) if readability.applies_to(language) else None, most_grade(policy, band)
    if needed is not None and needed > most:
        found.append(finding("reading_grade", key, language, grade=f"{needed:.1f}", most=most, age=band.youngest))
    return tuple(found)


def asks_own_abuse(text: str) -> bool:
    """Whether a text asks what was done to the person, which is refused for everybody (decision table D3, L2).

    Capitals, curly quotes, odd spacing, accents, punctuation and s p e l l e d words hide nothing. Looked at in every
    language that has a list (Arabic, English, French, Spanish); in others only a reader can tell: False.
    """
    lists = [own_abuse_words(language) for language in own_abuse_languages()]
    return any(words is not None and own_abuse(words, text) for words in lists)


def topics_of(strand: Strand, policy: Policy) -> Mapping[AgeBand, frozenset[Topic]]:
    """What each band of a strand (one mode) may be asked about, by the matrix."""
    return {
        band: frozenset(topic for topic in Topic if not objections(_about(strand, band, topic), policy))
        for band in strand.age_bands
    }


def _about(strand: Strand, band: AgeBand, topic: Topic) -> Strand:
    youngest, oldest = max(band.youngest, strand.ages[0]), min(band.oldest, strand.ages[1])
    return replace(strand, ages=(youngest, max(youngest, oldest)), bands=(), topics=(topic,), questions=None)
