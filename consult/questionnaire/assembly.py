"""Joins what all languages share about a question or a dimension with the words of each language."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from consult.questionnaire import strict
from consult.questionnaire.content import Content
from consult.questionnaire.errors import FormError
from consult.questionnaire.profile import Category, Dimension
from consult.questionnaire.question import Kind, Option, Question, Topic

Contents = tuple[Content, ...]


def gathered(versions: Iterable[tuple[Content, str | None]]) -> dict[str, str]:
    """One text by language; a language that has no words for it is left out."""
    return {words.language: version for words, version in versions if version is not None}


def question(key: str, value: object, asked: Mapping[str, tuple[str, ...]], contents: Contents) -> Question:
    """A question from its entry in the bank; `asked` names the age bands that entries refer to. Raises FormError."""
    where = f"bank.toml.questions.{key}"
    data = strict.members(
        value,
        where,
        ("kind", "topic", "asked", "inspire"),
        ("options", "limit", "minimum", "maximum", "required"),
    )
    bands = strict.name(data["asked"], f"{where}.asked")
    if bands not in asked:
        raise FormError(f"{where}.asked", f"unknown name {bands!r}; known are {', '.join(asked)}")
    option_ids = strict.names(data.get("options", []), f"{where}.options")
    plain = Question(
        id=strict.name(key, where),
        kind=Kind(strict.text(data["kind"], f"{where}.kind")),
        topic=Topic(strict.text(data["topic"], f"{where}.topic")),
        text=gathered((words, words.question(key).text) for words in contents),
        bands=asked[bands],
        options=tuple(_option(key, option, contents) for option in option_ids),
        limit=strict.number_or_none(data.get("limit"), f"{where}.limit"),
        minimum=strict.number_or_none(data.get("minimum"), f"{where}.minimum"),
        maximum=strict.number_or_none(data.get("maximum"), f"{where}.maximum"),
        required=strict.flag(data.get("required", False), f"{where}.required"),
    )
    return replace(plain, hint=gathered((words, hint(words, plain, words.question(key).hint)) for words in contents))


def _option(key: str, option: str, contents: Contents) -> Option:
    shared_or_own = (
        (words, words.question(key).options.get(option) or words.options.get(option)) for words in contents
    )
    return Option(option, gathered(shared_or_own))


def hint(words: Content, plain: Question, own: str | None = None) -> str | None:
    """The question's own hint, then how many to choose, then what to leave out of own words and who does not read them.

    A language that lacks one part has no hint at all: half a warning must not pass for a whole one.
    """
    parts = [own] if own else []
    for key in _hint_keys(plain):
        if key not in words.hints:
            return None
        parts.append(words.hints[key].format(minimum=plain.minimum, maximum=plain.maximum))
    return " ".join(parts) or None


def _hint_keys(plain: Question) -> list[str]:
    keys = []
    if plain.kind is Kind.MULTI:
        keys.append("all" if plain.limit == len(plain.options) else f"up_to_{plain.limit}")
    if plain.kind is Kind.NUMBER:
        keys.append("number")
    if plain.kind is Kind.TEXT:
        keys.append("own_words")
    return [*keys, "required"] if plain.required else keys


def dimension(key: str, value: object, contents: Contents) -> Dimension:
    """A dimension from its entry in the profile file. Raises FormError."""
    where = f"profile.toml.dimensions.{key}"
    data = strict.members(
        value,
        where,
        ("bands", "sensitive", "categories"),
        ("parts", "levels", "flagged", "groups", "only"),
    )
    only = _lists(data, "only", where)
    return Dimension(
        key=strict.name(key, where),
        text=gathered((words, words.dimension(key).text) for words in contents),
        hint=gathered((words, words.dimension(key).hint) for words in contents),
        categories=tuple(
            Category(item, _category_words(key, item, contents), only.get(item, ()))
            for item in strict.names(data["categories"], f"{where}.categories")
        ),
        parts=tuple(
            Category(item, gathered((words, words.dimension(key).parts.get(item)) for words in contents))
            for item in strict.names(data.get("parts", []), f"{where}.parts")
        ),
        levels=tuple(
            Category(item, _level_words(key, item, contents))
            for item in strict.names(data.get("levels", []), f"{where}.levels")
        ),
        bands=strict.names(data["bands"], f"{where}.bands"),
        sensitive=strict.flag(data["sensitive"], f"{where}.sensitive"),
        flagged=strict.names(data.get("flagged", []), f"{where}.flagged"),
        groups=_lists(data, "groups", where),
    )


def _category_words(key: str, item: str, contents: Contents) -> dict[str, str]:
    return gathered((words, words.dimension(key).categories.get(item) or words.options.get(item)) for words in contents)


def _level_words(key: str, item: str, contents: Contents) -> dict[str, str]:
    return gathered((words, words.dimension(key).levels.get(item) or words.options.get(item)) for words in contents)


def _lists(data: Mapping[str, object], key: str, where: str) -> dict[str, tuple[str, ...]]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise FormError(f"{where}.{key}", "must be a table of lists")
    return {name: strict.names(ids, f"{where}.{key}.{name}") for name, ids in value.items()}
