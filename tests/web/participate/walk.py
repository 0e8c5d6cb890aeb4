"""A participant without scripts: follows forms and links of the real pages, one page after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flask import Flask
from werkzeug.test import TestResponse

from tests.web.markup import shown_as_words
from tests.web.participate.world import CODE

CHECKS = {"C-SKIP": "true", "C-NAME": "false", "C-HELP": "false"}
READ = ("about", "choice", "keep", "help")

Fields = Mapping[str, str | Sequence[str]]


class Walk:
    """One browser: its cookies, and the page it is on."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        """Load a page and go where it leads."""
        return _read(self.client.get(path, headers=headers, follow_redirects=True))

    def post(self, path: str, fields: Fields | None = None) -> TestResponse:
        """Send a form and go where it leads."""
        return _read(self.client.post(path, data=dict(fields or {}), follow_redirects=True))

    def enter(self, language: str = "en", code: str = CODE) -> TestResponse:
        """From the link to the safe place."""
        self.get(f"/k/{code}")
        return self.post("/c/language", {"language": language})

    def prepare(self, language: str = "en", age: str = "15", code: str = CODE) -> TestResponse:
        """From the link to the question of taking part."""
        self.enter(language, code)
        self.post("/c/place")
        self.post("/c/age", {"age": age})
        for step in READ:
            self.post(f"/c/{step}")
        return self.post("/c/check", CHECKS)

    def begin(self, language: str = "en", age: str = "15", code: str = CODE) -> TestResponse:
        """From the link to the first question."""
        self.prepare(language, age, code)
        return self.post("/c/agree", {"answer": "yes"})

    def finish(self, language: str = "en", age: str = "15", questions: int = 10, about: int = 3) -> TestResponse:
        """From the link to the page to look again, everything skipped."""
        self.begin(language, age)
        for n in range(1, questions + 1):
            self.post(f"/c/q/{n}", {"skip": "1"})
        for n in range(1, about + 1):
            page = self.post(f"/c/you/{n}", {"skip": "1"})
        return page

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that this browser still has."""
        return {cookie.key: cookie.value for cookie in self.client._cookies.values()}

    def use_cookies(self, cookies: Mapping[str, str]) -> None:
        """Put cookies back, as a browser that restores its session, or a copy of one, would."""
        for name, value in cookies.items():
            self.client.set_cookie(name, value)


def _read(page: TestResponse) -> TestResponse:
    """The page, looked at as every reader does."""
    if page.mimetype == "text/html":
        assert not shown_as_words(page.text), shown_as_words(page.text)
    return page


def receipt_on(page: TestResponse) -> str:
    """The twenty digits that the page shows."""
    return "".join(re.findall(r"<span>(\d{5})</span>", page.text))


def title_of(page: TestResponse) -> str:
    """What the browser's tab says."""
    found = re.search(r"<title>(.*?)</title>", page.text)
    return found.group(1) if found else ""
