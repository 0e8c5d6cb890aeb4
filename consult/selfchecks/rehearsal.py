"""A rehearsal: the same program and settings over a database of its own, walked through by invented people."""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import unescape
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from consult.app import create_app
from consult.config import Settings
from consult.database import connect, upgrade
from consult.demo import setup
from consult.demo.cast import LANGUAGES, STRANDS
from consult.questionnaire.form import Form
from consult.sealing.identity import LIGHT
from consult.sealing.root import RootKeys
from safeguards.policy import Policy

__all__ = ["MARK", "Rehearsal", "Walk", "rehearsal", "title_of"]

#: Stands in the agent and the own words of the rehearsal: where it is found, something is stored or logged.
MARK = "rehearsal7e31"
_ASKED = STRANDS[0]
_CHECKS = {"C-SKIP": "true", "C-NAME": "false", "C-HELP": "false"}
_READ = ("about", "choice", "keep", "help")


@dataclass(slots=True)
class Rehearsal:
    """The stage: the installation itself to look at, and its double to walk through."""

    settings: Settings
    real: Engine
    stage: setup.Stage
    app: Flask
    form: Form
    strand_id: str
    code: str
    now: datetime
    file: Path
    languages: tuple[str, ...] = LANGUAGES
    pages: dict[str, str] = field(default_factory=dict)

    def walk(self) -> Walk:
        """Somebody new."""
        return Walk(self)


class Walk:
    """One browser without scripts: its cookies, and what it saw."""

    def __init__(self, stage: Rehearsal) -> None:
        self._stage = stage
        self._client = stage.app.test_client()

    def get(self, path: str, *, follow: bool = True) -> TestResponse:
        """Load a page and go where it leads."""
        return self._seen(self._open("GET", path, {}, follow=follow))

    def post(self, path: str, values: Mapping[str, object] | None = None, *, follow: bool = True) -> TestResponse:
        """Send a form and go where it leads."""
        return self._seen(self._open("POST", path, values or {}, follow=follow))

    def to_the_questions(self, language: str, *, says: str = "yes", age: int = 15) -> TestResponse:
        """From the link to the answer whether to take part."""
        self.get(f"/k/{self._stage.code}")
        self.post("/c/language", {"language": language})
        self.post("/c/place")
        self.post("/c/age", {"age": str(age)})
        for step in _READ:
            self.post(f"/c/{step}")
        self.post("/c/check", _CHECKS)
        return self.post("/c/agree", {"answer": says})

    def skip_everything(self) -> TestResponse:
        """From the first question to the page to look again, nothing answered but one text with the mark."""
        answer = self.get("/c/q/1")
        for _ in range(60):
            path = answer.request.path
            if not path.startswith(("/c/q/", "/c/you/", "/c/note", "/c/rest")):
                return answer
            answer = self.post(
                path, {"a": f"Words of the rehearsal {MARK}"} if "<textarea" in answer.text else {"skip": "1"}
            )
        return answer

    @property
    def cookies(self) -> list[str]:
        """The names of the cookies that this browser has."""
        return [cookie.key for cookie in (self._client._cookies or {}).values()]  # noqa: SLF001 - werkzeug gives no other way

    def _open(self, method: str, path: str, values: Mapping[str, object], *, follow: bool) -> TestResponse:
        return self._client.open(
            path,
            method=method,
            data=dict(values) if method == "POST" else None,
            base_url=self._stage.settings.address,
            headers={"User-Agent": f"Agent {MARK}", "X-Forwarded-For": "203.0.113.77"},
            follow_redirects=follow,
        )

    def _seen(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html" and answer.status_code == 200:
            self._stage.pages[answer.request.path] = answer.text
        return answer


@contextmanager
def rehearsal(settings: Settings, real: Engine, policy: Policy, now: datetime) -> Iterator[Rehearsal]:
    """A part of invented young people, signed and open, in a folder that goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="consult-rehearsal-") as name:
        file = Path(name) / "rehearsal.sqlite"
        own = replace(settings, root=secrets.token_bytes(32), data_folder=Path(name), database_url=f"sqlite:///{file}")
        engine = connect(own.database_url)
        try:
            upgrade(engine)
            stage = setup.Stage(
                engine, RootKeys.from_root(own.root), policy, stretching=LIGHT
            )  # these passphrases guard nothing
            setup.make_accounts(stage, now)
            setup.make_directory(stage, now)
            setup.make_consultation(stage, "Rehearsal (invented)", [_ASKED], now)
            setup.put_safeguards_in_place(stage, now)
            setup.sign_and_open(stage, now)
            app = create_app(own, engine=engine, clock=lambda: now)
            yield Rehearsal(
                settings=own,
                real=real,
                stage=stage,
                app=app,
                form=_ASKED.form(),
                strand_id=stage.strands[_ASKED.key],
                code=stage.codes[_ASKED.key],
                now=now,
                file=file,
            )
        finally:
            engine.dispose()


def title_of(page: str) -> str:
    """What the browser's tab says."""
    found = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    return unescape(found[1]).strip() if found else ""
