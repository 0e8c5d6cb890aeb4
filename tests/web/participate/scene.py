"""One open strand, its site, and somebody who has answered everything and not sent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask
from sqlalchemy import Engine, select

from consult.database import read
from consult.models import Response, ResponseShare
from consult.questionnaire.bank import compose_set
from tests.web.participate.walk import Walk
from tests.web.participate.world import LANGUAGES, NOW, Clock, World

__all__ = ["FORM", "OWN_WORDS", "Scene"]

FORM = compose_set("children_13_17", LANGUAGES)
OWN_WORDS = "words of a child that are not sent"


@dataclass
class Scene:
    """Everything in one place; `cookies` are those of the person who has come."""

    engine: Engine
    world: World
    clock: Clock
    app: Flask
    cookies: dict[str, str] = field(default_factory=dict)

    def arrive(self, at: datetime = NOW) -> None:
        """Somebody goes all the way to the page to look again, with own words."""
        self.clock.now = at
        walk = Walk(self.app)
        walk.begin()
        walk.post("/c/q/9", {"a": OWN_WORDS})
        assert OWN_WORDS in walk.get("/c/look").text
        self.cookies = walk.cookies

    def browser(self) -> Walk:
        """A browser that has that person's cookies."""
        walk = Walk(self.app)
        walk.use_cookies(self.cookies)
        return walk

    def stored(self) -> int:
        with read(self.engine) as db:
            responses, shares = (len(db.scalars(select(each)).all()) for each in (Response, ResponseShare))
        assert responses == shares
        return responses
