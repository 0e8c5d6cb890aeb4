"""The words of a form: in which languages, what is missing, one question or text changed, and a hash a language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from consult.errors import Invalid, sentence
from consult.questionnaire.bank import bank_dimensions, bank_questions, bank_texts, compose, easy_words_of
from consult.questionnaire.content import Reader, shipped_languages
from consult.questionnaire.easier import Recording
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.questionnaire.ownquestion import own_hints, whole
from consult.questionnaire.profile import Category, Dimension, dimension_texts
from consult.questionnaire.question import Option, Question, question_texts
from safeguards.said import said
from safeguards.terms import CHILD_AUDIENCES, Audience

__all__ = [
    "chosen",
    "in_languages",
    "profile_in_every_language",
    "reader_of",
    "text_digest",
    "with_easy",
    "with_own",
    "with_question",
    "with_recording",
    "with_text",
]

Texts = Mapping[str, str]
T = TypeVar("T")


def reader_of(audience: Audience) -> Reader:
    """For whom the words of a strand are meant."""
    if audience in CHILD_AUDIENCES:
        return Reader.CHILD
    return Reader.ADULT if audience is Audience.ADULT_SURVIVORS else Reader.REPRESENTATIVE


def text_digest(form: Form, language: str) -> str:
    """SHA-256 in hex of all that is read in this language: what translator and reviewer sign (ETH-02, INC-05).

    Easy words and recordings are read and heard too, so they are part of it where there are some.
    """
    places = [place for question in form.questions for place in question_texts(question, f"questions.{question.id}")]
    places += [(f"texts.{key}", words) for key, words in form.texts.items()]
    places += [place for each in form.profile for place in dimension_texts(each, f"profile.{each.key}")]
    words = {where: texts[language] for where, texts in places if language in texts}
    words |= {f"easy.{where}": said[language] for where, said in form.easy.items() if language in said}
    words |= {
        f"recordings.{where}": f"{each[language].digest} {each[language].reads}".rstrip()
        for where, each in form.recordings.items()
        if language in each
    }
    canonical = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def chosen(
    form: Form | None, question_ids: Iterable[str], dimensions: Iterable[str], languages: Iterable[str], reader: Reader
) -> Form:
    """A form of these questions in this order. What `form` has already keeps its words; the bank gives the rest.

    Raises `Invalid` for an empty or impossible choice.
    """
    ids, wanted = tuple(question_ids), tuple(languages)
    if not wanted:
        raise Invalid({"languages": [sentence("Choose at least one language.")]})
    if not ids:
        raise Invalid({"questions": [sentence("Choose at least one question.")]})
    kept = in_languages(form, wanted, reader) if form else None
    own = {question.id: question for question in kept.questions} if kept else {}
    bank = bank_questions()
    unknown = [key for key in ids if key not in own and key not in bank]
    if unknown:
        raise Invalid({"questions": [said("There is no question %(question)s.", question=unknown[0])]})
    try:
        fresh = compose(ids, wanted, own, reader=reader, dimensions=dimensions)
        if kept is None:
            return fresh
        profile = {each.key: each for each in kept.profile}
        places = kept.words_by_place()
        new = {where: words for where, words in fresh.easy.items() if where not in places}
        plain = replace(
            fresh,
            texts={**fresh.texts, **kept.texts},
            profile=tuple(profile.get(each.key, each) for each in fresh.profile),
            easy={},
        )
        there = plain.words_by_place()
        return plain.with_easier(
            kept, {where: words for where, words in {**new, **kept.easy}.items() if where in there}
        )
    except FormError as error:
        raise Invalid({"questions": [error.sentence]}) from error


def in_languages(form: Form, languages: Iterable[str], reader: Reader) -> Form:
    """The same form in these languages: words of others go, what the bank has of new ones comes.

    The bank's words come only where the source text is still the bank's own. Raises `Invalid` when nothing could be
    read in the first language.
    """
    wanted = tuple(languages)
    if not wanted:
        raise Invalid({"languages": [sentence("Choose at least one language.")]})
    bank, texts, dimensions = bank_questions(), bank_texts(reader), bank_dimensions()
    try:
        plain = replace(
            form,
            languages=wanted,
            questions=tuple(_question(each, bank.get(each.id), wanted) for each in form.questions),
            texts={key: _words(words, texts.get(key), wanted) for key, words in form.texts.items()},
            profile=tuple(_dimension(each, dimensions.get(each.key), wanted) for each in form.profile),
            easy={},
            recordings={},
        )
        return replace(plain, easy=_easy(form, plain, reader), recordings=_only(form.recordings, wanted))
    except FormError as error:
        raise Invalid(
            {
                "languages": [
                    said(
                        "%(problem)s Write them in the new first language, then change the languages.",
                        problem=error.sentence,
                    )
                ]
            }
        ) from error


def profile_in_every_language(form: Form) -> Form:
    """The form with what it asks about a person in the bank's words too, for staff who read none of its languages."""
    wanted = tuple(dict.fromkeys((*form.languages, *shipped_languages())))
    known = bank_dimensions()
    return replace(
        form, languages=wanted, profile=tuple(_dimension(each, known.get(each.key), wanted) for each in form.profile)
    )


def _easy(form: Form, plain: Form, reader: Reader) -> dict[str, dict[str, str]]:
    """What the form has in easy words; for languages that are new to it, what the bank has."""
    new = [language for language in plain.languages if language not in form.languages]
    found = _only(easy_words_of(plain, reader), new)
    for where, words in _only(form.easy, plain.languages).items():
        found[where] = {**found.get(where, {}), **words}
    return found


def _only(table: Mapping[str, Mapping[str, T]], languages: Iterable[str]) -> dict[str, dict[str, T]]:
    wanted = set(languages)
    found = {
        where: {each: said for each, said in by_language.items() if each in wanted}
        for where, by_language in table.items()
    }
    return {where: said for where, said in found.items() if said}


def _question(ours: Question, known: Question | None, wanted: tuple[str, ...]) -> Question:
    labels = {option.id: option.text for option in known.options} if known else {}
    return replace(
        ours,
        text=_words(ours.text, known.text if known else None, wanted),
        hint=_words(ours.hint, known.hint if known else None, wanted),
        options=tuple(Option(each.id, _words(each.text, labels.get(each.id), wanted)) for each in ours.options),
    )


def _dimension(ours: Dimension, known: Dimension | None, wanted: tuple[str, ...]) -> Dimension:
    if known is None:
        return ours
    return replace(
        ours,
        text=_words(ours.text, known.text, wanted),
        hint=_words(ours.hint, known.hint, wanted),
        categories=_categories(ours.categories, known.categories, wanted),
        parts=_categories(ours.parts, known.parts, wanted),
        levels=_categories(ours.levels, known.levels, wanted),
    )


def _categories(
    ours: tuple[Category, ...], known: tuple[Category, ...], wanted: tuple[str, ...]
) -> tuple[Category, ...]:
    words = {each.id: each.text for each in known}
    return tuple(replace(each, text=_words(each.text, words.get(each.id), wanted)) for each in ours)


def _words(ours: Texts, known: Texts | None, wanted: tuple[str, ...]) -> dict[str, str]:
    same = known is not None and any(known.get(language) == words for language, words in ours.items())
    source = {**(known or {}), **ours} if same else dict(ours)
    return {language: source[language] for language in wanted if language in source}


def with_question(form: Form, question: Question) -> Form:
    """The form with this question in the place of the one with its id, else at the end. Raises `Invalid`."""
    known = [each.id for each in form.questions]
    questions = [question if each.id == question.id else each for each in form.questions]
    return _checked(form, questions=tuple(questions if question.id in known else [*questions, question]))


def with_own(form: Form, asked: Iterable[Question]) -> Form:
    """The form with these questions of its own, each in the place of the one with its id, else at the end.

    What is not brought along in a language stays as it was there. Raises `Invalid`.
    """
    try:
        for each in asked:
            form = with_question(form, whole(_with_known(each, form), form.languages))
    except FormError as error:
        raise Invalid({"": [error.sentence]}) from error
    return form


def _with_known(asked: Question, form: Form) -> Question:
    known = form.question(asked.id)
    if known is None:
        return asked
    labels = {option.id: option.text for option in known.options}
    return replace(
        asked,
        text={**known.text, **asked.text},
        options=tuple(Option(each.id, {**labels.get(each.id, {}), **each.text}) for each in asked.options),
        hint={**own_hints(known, form.languages), **asked.hint} if asked.hint else {},
    )


def with_text(form: Form, key: str, words: Texts) -> Form:
    """The form with one of its texts replaced. Raises `Invalid`."""
    return _checked(form, texts={**form.texts, key: dict(words)})


def with_easy(form: Form, where: str, language: str, words: str) -> Form:
    """The form with a text's easy words in one language replaced; empty words take them away. Raises `Invalid`."""
    return _checked(form, easy=_put(form.easy, where, language, words or None))


def with_recording(form: Form, where: str, language: str, recording: Recording | None) -> Form:
    """The form with the recording of a text in one language replaced, or taken away. Raises `Invalid`."""
    return _checked(form, recordings=_put(form.recordings, where, language, recording))


def _put(table: Mapping[str, Mapping[str, T]], where: str, language: str, value: T | None) -> dict[str, dict[str, T]]:
    mine = {each: said for each, said in table.get(where, {}).items() if each != language}
    mine |= {language: value} if value is not None else {}
    found = {place: dict(said) for place, said in table.items() if place != where}
    return {**found, where: mine} if mine else found


def _checked(form: Form, **changes: object) -> Form:
    """The changed form. What reads otherwise now has lost its easy words, and its recordings are silent."""
    try:
        if "recordings" in changes:
            return replace(form, **changes)  # type: ignore[arg-type]
        if "easy" in changes:
            return form.with_easier(form, changes["easy"])  # type: ignore[arg-type]
        return replace(form, easy={}, recordings={}, **changes).with_easier(form)  # type: ignore[arg-type]
    except FormError as error:
        raise Invalid({"": [error.sentence]}) from error
