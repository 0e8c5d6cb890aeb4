"""The question bank, and forms made from it: content is copied into a consultation when it is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from consult.questionnaire import assembly, strict
from consult.questionnaire.content import Content, Reader, content, shipped_languages, structure
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.questionnaire.profile import Category, Dimension
from consult.questionnaire.question import Option, Question
from consult.questionnaire.strict import Texts

_Item = TypeVar("_Item")

# What a page puts into the braces of a text. Every language uses the same names.
PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "answer_date": "day by which the decision-maker answers",
        "authority": "whom the law says to tell",
        "base": "how many answered a question",
        "code": "the receipt's digits",
        "country": "country of the strand",
        "date": "last day to take answers back; in R-L3, day when children will be asked",
        "days": "days until the last key backup is gone; in T-CONTACT, days for which a request is kept once answered",
        "emergency": "emergency number",
        "hours": "opening hours of the service, in local time; in T-HOURS, those of the part",
        "language": "language the service speaks",
        "link": "address of the page with what changed",
        "minutes": "about how long it takes",
        "n": "how many people, or how many of them chose an answer",
        "name": "the safeguarding lead of a live session; in T-CONTACT, the leads on call",
        "number": "telephone number or chat of the service",
        "place": "city after which the time zone of the part is named",
        "reason": "public reason why no children were asked",
        "report_date": "day when the ideas are handed over",
        "service": "name of the help service",
        "time": "how soon a safeguarding lead answers who asked to be contacted",
        "who": "the decision-maker",
    }
)


@dataclass(frozen=True, slots=True)
class Check:
    """One of the true-or-not sentences that show whether we explained well. `key` and `why` are text keys."""

    key: str
    right: bool
    why: str


CHECKS = (
    Check("C-SKIP", right=True, why="C-SKIP-why"),
    Check("C-NAME", right=False, why="C-NAME-why"),
    Check("C-HELP", right=False, why="C-HELP-why"),
)
# With people in the room somebody may know the name and can help; what must be clear is what can not stay secret.
LIVE_CHECKS = (CHECKS[0], Check("C-TELL", right=False, why="C-TELL-why"))

# Put together they are T-HELP. A page repeats the service for each one whose contact test holds, and leaves out
# T-HELP-now when there is none that answers at this hour: it would promise somebody who is not there.
HELP_PARTS = ("T-HELP-worry", "T-HELP-now", "T-HELP-service", "T-HELP-danger", "T-HELP-trust", "T-HELP-fault")


@dataclass(frozen=True, slots=True)
class DefaultSet:
    """A ready set of questions and dimensions for one kind of strand."""

    name: str
    reader: Reader
    questions: tuple[str, ...]
    dimensions: tuple[str, ...]


def bank_version() -> str:
    """The version of the bank, copied into every form made from it."""
    return strict.text(structure("bank.toml").get("version"), "bank.toml.version")


@cache
def bank_questions() -> Mapping[str, Question]:
    """Every question of the bank by id, in all shipped languages."""
    asked = {name: strict.names(bands, f"asked.{name}") for name, bands in _table("bank.toml", "asked").items()}
    tables = _table("bank.toml", "questions")
    questions = {key: assembly.question(key, value, asked, _contents()) for key, value in tables.items()}
    for words in _contents():
        _known(words.questions, questions, f"{words.language}.toml.questions")
        for key, question in questions.items():
            if key in words.questions:
                _known(words.questions[key].options, question.option_ids, f"{words.language}.toml.questions.{key}")
    return MappingProxyType(questions)


@cache
def bank_dimensions() -> Mapping[str, Dimension]:
    """Every dimension by key, in all shipped languages. Those of `supplied_dimensions` still lack their local list."""
    tables = _table("profile.toml", "dimensions")
    dimensions = {key: assembly.dimension(key, value, _contents()) for key, value in tables.items()}
    for words in _contents():
        _known(words.dimensions, dimensions, f"{words.language}.toml.dimensions")
    return MappingProxyType(dimensions)


@cache
def supplied_dimensions() -> tuple[str, ...]:
    """Dimensions whose list is local (regions, languages, groups): the consultation supplies their categories."""
    return strict.names(structure("profile.toml").get("supplied"), "profile.toml.supplied")


@cache
def bank_texts(reader: Reader) -> Mapping[str, Texts]:
    """Every text by key for one reader, in all shipped languages."""
    source = content(shipped_languages()[0]).texts
    for words in _contents():
        _known(words.texts, source, f"{words.language}.toml.texts")
    return MappingProxyType(
        {key: assembly.gathered((words, words.text(key, reader)) for words in _contents()) for key in source}
    )


@cache
def bank_easy(reader: Reader) -> Mapping[str, Texts]:
    """Easy words by place for one reader, in the shipped languages that have some: of texts and of questions."""
    source = content(shipped_languages()[0])
    found: dict[str, dict[str, str]] = {}
    for words in _contents():
        _known(words.easy_texts, source.texts, f"{words.language}.toml.easy.texts")
        _known(words.easy_questions, source.questions, f"{words.language}.toml.easy.questions")
        texts = {f"texts.{key}": words.easy_text(key, reader) for key in words.easy_texts}
        questions = {f"questions.{key}.text": said for key, said in words.easy_questions.items()}
        for where, said in {**texts, **questions}.items():
            if said is not None:
                found.setdefault(where, {})[words.language] = said
    return MappingProxyType(found)


def site_text(key: str, language: str, reader: Reader) -> str | None:
    """A text of the site's own pages, which no consultation copies; None in a language that lacks it."""
    return content(language).text(key, reader) if language in shipped_languages() else None


def _of_the_site(key: str) -> bool:
    return key.startswith("SITE-")


@cache
def default_sets() -> Mapping[str, DefaultSet]:
    """The ready sets by name: children_13_17, adult_survivors, young_adults."""
    return MappingProxyType({name: _default_set(name, value) for name, value in _table("sets.toml", "sets").items()})


def compose(
    question_ids: Iterable[str],
    languages: Iterable[str],
    overrides: Mapping[str, Question] | None = None,
    *,
    reader: Reader,
    dimensions: Iterable[str] = (),
    categories: Mapping[str, tuple[Category, ...]] | None = None,
) -> Form:
    """A form with copies of these questions, the reader's texts and these dimensions, in these languages.

    The first language is the source. `overrides` replaces bank questions by id or adds the consultation's own ones.
    `categories` gives local lists (dimension key -> categories, put before the fixed ones); dimensions named in
    `supplied_dimensions` need one. Raises FormError.
    """
    wanted = tuple(languages)
    for language in wanted:
        content(language)
    own, local = overrides or {}, categories or {}
    questions = {**bank_questions(), **own}
    form = Form(
        version=bank_version(),
        languages=wanted,
        questions=tuple(copied(_found(questions, key, "questions"), wanted) for key in question_ids),
        texts={key: _only(words, wanted) for key, words in bank_texts(reader).items() if not _of_the_site(key)},
        profile=tuple(_asked(key, local.get(key, ()), wanted) for key in dimensions),
    )
    return replace(form, easy=easy_words_of(form, reader))


def easy_words_of(form: Form, reader: Reader) -> dict[str, dict[str, str]]:
    """The bank's easy words for every text that reads as the bank's: they say what their text says, not another."""
    ours: dict[str, Texts] = {f"texts.{key}": words for key, words in bank_texts(reader).items()}
    ours |= {f"questions.{key}.text": each.text for key, each in bank_questions().items()}
    said = form.words_by_place()
    found = {
        where: {
            language: words
            for language, words in easy.items()
            if language in said[where] and said[where][language] == ours[where].get(language)
        }
        for where, easy in bank_easy(reader).items()
        if where in said
    }
    return {where: words for where, words in found.items() if words}


def compose_set(name: str, languages: Iterable[str]) -> Form:
    """The form of a ready set. Raises FormError for an unknown name."""
    ready = _found(default_sets(), name, "sets")
    return compose(ready.questions, languages, reader=ready.reader, dimensions=ready.dimensions)


def _contents() -> tuple[Content, ...]:
    return tuple(content(language) for language in shipped_languages())


def _table(file_name: str, key: str) -> dict[str, object]:
    value = structure(file_name).get(key)
    if not isinstance(value, dict):
        raise FormError(f"{file_name}.{key}", "must be a table")
    return value


def _known(words: Iterable[str], known: Iterable[str], where: str) -> None:
    unknown = sorted(set(words) - set(known))
    if unknown:
        raise FormError(where, f"words for {unknown[0]!r}, which does not exist")


def _found(items: Mapping[str, _Item], key: str, where: str) -> _Item:
    if key not in items:
        raise FormError(where, f"there is no {key!r}; known are {', '.join(items)}")
    return items[key]


def _default_set(name: str, value: object) -> DefaultSet:
    where = f"sets.toml.sets.{name}"
    data = strict.members(value, where, ("reader", "questions", "dimensions"))
    return DefaultSet(
        name=name,
        reader=Reader(strict.text(data["reader"], f"{where}.reader")),
        questions=strict.names(data["questions"], f"{where}.questions"),
        dimensions=strict.names(data["dimensions"], f"{where}.dimensions"),
    )


def _asked(key: str, local: tuple[Category, ...], languages: tuple[str, ...]) -> Dimension:
    known = _found(bank_dimensions(), key, "dimensions")
    if key in supplied_dimensions() and not local:
        raise FormError(f"dimensions.{key}", "needs the consultation's own list of categories")
    copied = replace(known, text=_only(known.text, languages), hint=_only(known.hint, languages))
    return replace(
        copied,
        categories=_only_categories((*local, *known.categories), languages),
        parts=_only_categories(known.parts, languages),
        levels=_only_categories(known.levels, languages),
    )


def _only_categories(categories: tuple[Category, ...], languages: tuple[str, ...]) -> tuple[Category, ...]:
    return tuple(replace(category, text=_only(category.text, languages)) for category in categories)


def copied(question: Question, languages: tuple[str, ...]) -> Question:
    """The question with its words in these languages alone."""
    options = tuple(Option(option.id, _only(option.text, languages)) for option in question.options)
    text, hint = _only(question.text, languages), _only(question.hint, languages)
    return replace(question, text=text, hint=hint, options=options)


def _only(words: Texts, languages: tuple[str, ...]) -> dict[str, str]:
    return {language: words[language] for language in languages if language in words}
