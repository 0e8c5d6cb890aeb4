"""A question of a consultation's own, beside those of the bank: what it may be, and what stands below it.

Its id begins with `own_`, so that it is taken for no question of the bank, nor for anything else that reports count.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from consult.questionnaire.assembly import hint
from consult.questionnaire.bank import bank_questions, copied
from consult.questionnaire.content import content
from consult.questionnaire.errors import FormError
from consult.questionnaire.question import Kind, Option, Question
from consult.questionnaire.strict import placeholders
from safeguards.said import said

OWN = "own_"
NOT_SURE = "not_sure"
#: How many may be chosen at most, where it is not as many as there are: the page says it in words.
LIMITS = (2, 3, 4)
USUAL_LIMIT = 300  # characters of own words, as most questions of the bank

_LONGEST_ID = 40
_LONGEST_WORDS = 500
_MOST_OPTIONS = 20


def free_ids(begin: str, taken: Iterable[str]) -> Iterator[str]:
    """Ids with this beginning and a number that are not taken, without end."""
    used = set(taken)
    return (key for n in count(1) if (key := f"{begin}{n}") not in used)


def not_sure(languages: Iterable[str]) -> Option:
    """The choice that children need beside a list, in the words that the bank's questions have."""
    return Option(NOT_SURE, {each: content(each).options[NOT_SURE] for each in languages})


def whole(plain: Question, languages: tuple[str, ...]) -> Question:
    """The question with all that is said below such a one: its own hint, how many to choose, to leave out names.

    Only words in these languages stay. A language in which a part of the hint is not translated yet has none. Raises
    FormError for a question that is none of the consultation's own, or not well made; its id is the place.
    """
    question = replace(copied(plain, languages), hint=_hints(plain, languages))
    _check(question)
    return question


def own_hints(question: Question, languages: Iterable[str]) -> dict[str, str]:
    """A question's hints without what the program itself says behind them."""
    found = {each: _own_part(question, each) for each in languages}
    return {each: words for each, words in found.items() if words}


def _hints(plain: Question, languages: tuple[str, ...]) -> dict[str, str]:
    own, source = own_hints(plain, languages), languages[0]
    found = {each: hint(content(each), plain, own.get(each)) for each in languages}
    return {
        each: words for each, words in found.items() if words and found[source] and (each in own) == (source in own)
    }


def _own_part(plain: Question, language: str) -> str:
    """A hint without what the program itself says behind it, which a file that was given out has too."""
    return plain.hint.get(language, "").removesuffix(hint(content(language), plain) or "").strip()


def _check(question: Question) -> None:
    known = bank_questions().get(question.id)
    if known is None and not question.id.startswith(OWN):
        raise FormError(question.id, said("A question of your own has a name that begins with %(own)s.", own=OWN))
    if known is not None and known.topic is not question.topic:
        about = said(
            "The bank has a question of this name, about: %(topic)s. Give yours another name.", topic=known.topic
        )
        raise FormError(question.id, about)
    if known is not None and (known.kind, known.option_ids) != (question.kind, question.option_ids):
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
