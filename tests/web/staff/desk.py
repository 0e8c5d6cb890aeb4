"""The staff face over a working organisation: an application, and browsers of people who are signed in."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult.app import create_app
from consult.config import Settings
from consult.database import read, write
from consult.models import Strand
from consult.questionnaire.form import Form
from consult.sealing.totp import code_at
from consult.services.people.sessions import Factor, start_session
from tests.office import NOW, ROOT, SEED, Office
from tests.web.markup import shown_as_words

__all__ = ["Browser", "Desk", "form_of", "sentences"]


@dataclass
class Browser:
    """Somebody's browser: signed in when `secret` is set."""

    client: FlaskClient
    secret: bytes | None = None

    @property
    def form_token(self) -> str:
        """What each of this person's forms carries."""
        return hashlib.sha256(b"form token|" + self.secret).hexdigest() if self.secret else ""

    def get(self, address: str, status: int = 200) -> str:
        """A page, which has to come with this status."""
        response = self.client.get(address)
        assert response.status_code == status, (address, response.status_code, sentences(response.text))
        assert not shown_as_words(response.text), (address, shown_as_words(response.text))
        return response.text

    def post(self, address: str, values: Mapping[str, object] | None = None) -> TestResponse:
        """Send a form with its token."""
        return self.client.post(address, data={"token": self.form_token, **(values or {})})

    def take(self, address: str, passphrase: str) -> TestResponse:
        """A file, for which the passphrase is typed again."""
        return self.post(address, {"passphrase": passphrase})

    def version(self, address: str) -> str:
        """The version that the form on a page was made from."""
        return re.findall(r'name="version" value="(\d+)"', self.get(address))[0]


@dataclass
class Desk:
    """The application, its clock and its people."""

    office: Office
    app: Flask
    now: list[datetime] = field(default_factory=lambda: [NOW])

    @classmethod
    def over(cls, office: Office, folder: Path, address: str = "http://localhost") -> Desk:
        """The whole site on the office's database."""
        settings = Settings(
            root=ROOT,
            organisation="The office",
            address=address,
            data_folder=folder,
            database_url=str(office.engine.url),
        )
        now = [NOW]
        app = create_app(settings, engine=office.engine, clock=lambda: now[0])
        return cls(office, app, now)

    def secret(self, name: str) -> bytes:
        """A new sign-in of somebody, made without typing a passphrase."""
        with write(self.office.engine) as db:
            return start_session(db, self.office.keys, self.office.people[name], self.now[0], Factor.APP)

    def sign_in(self, client: FlaskClient, name: str) -> TestResponse:
        """Sign somebody in through the pages, with passphrase and app; the answer of the second step.

        A code works once: somebody who signs in again has to let half a minute pass on the site's clock.
        """
        office = self.office
        typed = {"email": f"{name}@example.org", "passphrase": office.passphrases[name]}
        answer = client.post("/s/in", data=typed)
        assert answer.location == "/s/in/step", sentences(answer.text)
        token = re.findall(r'name="token" value="(\w+)"', client.get("/s/in/step").text)[0]
        code = code_at(SEED, self.now[0])
        return client.post("/s/in/step", data={"token": token, "way": "app", "answer": code})

    def browser(self, name: str | None) -> Browser:
        """A browser of somebody signed in, or of nobody."""
        client = self.app.test_client()
        if name is None:
            return Browser(client)
        secret = self.secret(name)
        client.set_cookie("desk", base64.urlsafe_b64encode(secret).decode("ascii"), domain="localhost")
        return Browser(client, secret)


def sentences(page: str) -> str:
    """The words of a page without its marks."""
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", "", page.partition("<main")[2] or page, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", "<" + body)))


def form_of(office: Office, strand_id: str) -> Form:
    """The form of a part as it is stored."""
    with read(office.engine) as db:
        return Form.from_json(db.get_one(Strand, strand_id).form)
