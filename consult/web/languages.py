"""The languages of the interface: their own names, their direction, and the words in templates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from babel import Locale
from flask import Flask, g, has_request_context
from markupsafe import Markup, escape

from consult.questionnaire.content import content, shipped_languages
from consult.resources import catalogue

__all__ = ["LANGUAGES", "Language", "as_in", "current_language", "gettext", "install", "ngettext", "use_language"]


@dataclass(frozen=True, slots=True)
class Language:
    """A language as its readers call it, and the direction it is written in ("ltr" or "rtl")."""

    code: str
    name: str
    direction: str

    @property
    def locale(self) -> Locale:
        """For dates, numbers and plurals."""
        return _locale(self.code)


@cache
def _locale(code: str) -> Locale:
    """Read once: a page asks for it at every number, hour and name."""
    return Locale.parse(code)


#: Every language that has content, English first: a language is added by its files, not here.
LANGUAGES = {code: Language(code, content(code).name, content(code).direction) for code in shipped_languages()}


def use_language(code: str) -> None:
    """Answer this request in the language, English where we do not have it."""
    g.language = LANGUAGES.get(code, LANGUAGES["en"])


def current_language() -> Language:
    """The language this request is answered in."""
    return g.get("language", LANGUAGES["en"]) if has_request_context() else LANGUAGES["en"]


@contextmanager
def as_in(code: str) -> Iterator[None]:
    """Within it words, dates and numbers are made in another language than that of this request."""
    ours = current_language()
    use_language(code)
    try:
        yield
    finally:
        use_language(ours.code)


def gettext(message: str, **values: object) -> str:
    """An interface sentence in the language of the request; markup, where one of the values is."""
    words = catalogue(current_language().code).gettext(message)
    return _filled(words, values) if values else words


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """An interface sentence about `n` things, in the language of the request."""
    return _filled(catalogue(current_language().code).ngettext(one, many, n), {"n": n, "num": n, **values})


def _filled(words: str, values: dict[str, object]) -> str:
    """The sentence with its values in it: a date that keeps its own direction stays markup, all the rest is escaped."""
    marked = any(isinstance(value, Markup) for value in values.values())
    return (escape(words) if marked else words) % values


def install(app: Flask) -> None:
    """Give templates `_()`, `{% trans %}` and the current language."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]
    app.jinja_env.globals["_"] = gettext
    app.context_processor(_language)


def _language() -> dict[str, object]:
    return {"language": current_language(), "languages": LANGUAGES}
