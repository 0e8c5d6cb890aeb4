"""A question of a consultation's own, beside those of the bank: what it may be, and what stands below it.

Its id begins with `own_`, so that it is taken for no question of the bank, nor for anything else that reports count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from consult.questionnaire.assembly import hint
from consult.questionnaire.bank import bank_questions
from consult.questionnaire.content import content
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Kind, Option, Question
from consult.questionnaire.strict import Texts, placeholders
from safeguards.said import said

OWN = "own_"
NOT_SURE = "not_sure"
#: How many may be chosen at most, where it is not as many as there are: the page says it in words.
LIMITS = (2, 3, 4)
USUAL_LIMIT = 300  # characters of own words, as most questions of the bank

_LONGEST_ID = 40
_LONGEST_WORDS = 500
_MOST_OPTIONS = 20


def free_id(taken: Iterable[str]) -> str:
    """The id of the next question that is written on the site."""
    used, n = set(taken), 1
    while f"{OWN}{n}" in used:
        n += 1
    return f"{OWN}{n}"


def not_sure(languages: Iterable[str]) -> Option:
    """The choice that children need beside a list, in the words that the bank's questions have."""
    return Option(NOT_SURE, {each: content(each).options[NOT_SURE] for each in languages})


def whole(plain: Question, languages: tuple[str, ...]) -> Question:
    """The question with all that is said below such a one: its own hint, how many to choose, to leave out names.

    Only words in these languages stay. A language in which a part of the hint is not translated yet has none. Raises
    FormError for a question that is none of the consultation's own, or not well made; its id is the place.
    """
    question = replace(
        plain,
        text=_only(plain.text, languages),
        options=tuple(Option(each.id, _only(each.text, languages)) for each in plain.options),
        hint=_hints(plain, languages),
    )
    _check(question)
    return question


def _only(words: Texts, languages: tuple[str, ...]) -> dict[str, str]:
    return {each: words[each] for each in languages if each in words}


def own_hints(question: Question, languages: Iterable[str]) -> dict[str, str]:
    """A question's hints without what the program itself says behind them."""
    found = {each: _own_part(question, each) for each in languages}
    return {each: words for each, words in found.items() if words}


def _hints(plain: Question, languages: tuple[str, ...]) -> dict[str, str]:
    own = {each: _own_part(plain, each) for each in languages}
    found = {each: hint(content(each), plain, own[each]) for each in languages}
    source = languages[0]
    return {
        each: words for each, words in found.items() if words and found[source] and bool(own[each]) == bool(own[source])
    }


def _own_part(plain: Question, language: str) -> str:
    """A hint without what the program itself says behind it, which a file that was given out has too."""
    return plain.hint.get(language, "").removesuffix(hint(content(language), plain) or "").strip()


def _check(question: Question) -> None:
    known = bank_questions().get(question.id)
    if known is None and not question.id.startswith(OWN):
        raise FormError(question.id, said("A question of your own has a name that begins with %(own)s.", own=OWN))
    if known is not None and (known.kind, known.topic, known.option_ids) != (
        question.kind,
        question.topic,
        question.option_ids,
    ):
        raise FormError(
            question.id,
            said("The bank has a question of this name with other choices. Give yours another name."),
        )
    if len(question.id) > _LONGEST_ID:
        raise FormError(question.id, said("The name is longer than %(most)s letters.", most=_LONGEST_ID))
    if len(question.options) > _MOST_OPTIONS:
        raise FormError(question.id, said("There are more than %(most)s choices.", most=_MOST_OPTIONS))
    if question.kind is Kind.MULTI and question.limit not in (*LIMITS, len(question.options)):
        raise FormError(question.id, said("People can choose up to two, three or four, or all that fit."))
    for words in (question.text, *(each.text for each in question.options)):
        _check_words(question.id, words)


def _check_words(where: str, words: Mapping[str, str]) -> None:
    for text in words.values():
        if len(text) > _LONGEST_WORDS:
            raise FormError(where, said("A text is longer than %(most)s characters.", most=_LONGEST_WORDS))
        if placeholders(text):
            raise FormError(where, said("Braces stand for something that only the program's own texts know."))
