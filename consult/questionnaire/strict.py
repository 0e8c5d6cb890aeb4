"""Reads parsed JSON strictly: every unknown key, wrong type or missing word is an error that names its place."""

import re
import string
from collections.abc import Collection, Mapping

from consult.questionnaire.errors import FormError
from safeguards.said import Language, said

Texts = Mapping[str, str]  # language -> words

OTHER_BRACES = said("Keep what stands in braces, such as {who}: the page puts the name there.")
_NAME = re.compile(r"[A-Za-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def members(value: object, where: str, required: Collection[str], optional: Collection[str] = ()) -> dict[str, object]:
    """The object's members, all `required` ones present and none beyond `required` and `optional`."""
    if not isinstance(value, dict):
        raise FormError(where, "must be an object")
    unknown = sorted(str(key) for key in value if key not in required and key not in optional)
    if unknown:
        raise FormError(where, f"unknown key {unknown[0]!r}; known are {', '.join([*required, *optional])}")
    missing = [key for key in required if key not in value]
    if missing:
        raise FormError(where, f"key {missing[0]!r} is missing")
    return value


def items(value: object, where: str) -> list[object]:
    """The members of a list."""
    if not isinstance(value, list):
        raise FormError(where, "must be a list")
    return value


def text(value: object, where: str) -> str:
    """Words that are not blank."""
    if not isinstance(value, str) or not value.strip():
        raise FormError(where, "must be a text that is not empty")
    return value


def name(value: object, where: str) -> str:
    """An identifier that can stand in a form field: letters, digits and underscores."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise FormError(where, "must be an identifier of letters, digits and underscores")
    return value


def names(value: object, where: str) -> tuple[str, ...]:
    """A list of identifiers."""
    return tuple(name(item, f"{where}[{place}]") for place, item in enumerate(items(value, where)))


def number(value: object, where: str) -> int:
    """A whole number; true and false are not numbers."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise FormError(where, "must be a whole number")
    return value


def number_or_none(value: object, where: str) -> int | None:
    """A whole number, or nothing."""
    return None if value is None else number(value, where)


def flag(value: object, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise FormError(where, "must be true or false")
    return value


def language(value: object, where: str) -> str:
    """A language tag such as `en`, `pt-BR`."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise FormError(where, "must be a language tag such as en or pt-BR")
    return value


def texts(value: object, where: str) -> dict[str, str]:
    """Words by language. Which languages must be there is the form's business (see `translated`)."""
    if not isinstance(value, dict):
        raise FormError(where, "must be an object of texts by language")
    return {language(tag, where): text(words, f"{where}.{tag}") for tag, words in value.items()}


def placeholders(words: str) -> frozenset[str]:
    """The names in braces: `{who}` and `{date}` of "{who} reads this on {date}". A lone brace is an error."""
    try:
        return frozenset(field for _, field, _, _ in string.Formatter().parse(words) if field is not None)
    except ValueError as error:
        raise FormError("text", said("A brace stands alone: give it its partner, or take it out.")) from error


def translated(words: Texts, where: str, languages: tuple[str, ...]) -> None:
    """Refuses words without the first (source) language, in an unlisted language, or with other placeholders.

    Other languages may still be missing: such a language is not complete and stays shut (`Form.complete_languages`).
    """
    source = languages[0]
    if source not in words:
        raise FormError(where, said("The words in %(language)s are missing.", language=Language(source)))
    for tag, version in words.items():
        if tag not in languages:
            raise FormError(f"{where}.{tag}", f"the form does not list this language; it lists {', '.join(languages)}")
        if placeholders(version) != placeholders(words[source]):
            raise FormError(f"{where}.{tag}", OTHER_BRACES)


def distinct(values: Collection[str], where: str) -> None:
    """Refuses a value that stands twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise FormError(where, f"{value!r} stands twice")
        seen.add(value)
