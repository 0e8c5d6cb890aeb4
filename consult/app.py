"""The one place where the site is put together: settings, database, keys, pages."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from consult import logs
from consult.config import Settings
from consult.database import connect
from consult.grouped import GroupedWriter
from consult.sealing.root import RootKeys
from consult.services.participation.doorkeeper import Doorkeeper
from consult.services.participation.responding import EpochBook, give_all
from consult.services.participation.throttle import Throttle
from consult.services.policyinforce import PolicyBook
from consult.web import access, assets, failures, headers, hosts, languages, limits, navigation, requests, staff, words
from consult.web.administer import administer
from consult.web.facilitate import facilitate
from consult.web.health import health
from consult.web.participate import participate
from consult.web.partner import partner
from consult.web.review import review
from consult.web.safeguard import safeguard
from consult.web.signin import signin
from consult.web.site import Site

__all__ = ["create_app", "from_environment", "utc_now"]


def utc_now() -> datetime:
    """The clock of a real site."""
    return datetime.now(UTC)


class _Pages(Flask):
    """Flask, which would look at each function at each request for whether it is a coroutine; none of ours is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(
    settings: Settings,
    *,
    engine: Engine | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """A ready site. The database must have the newest schema (`consult upgrade`)."""
    app = _Pages("consult.web", static_url_path="/a")
    keys, engine = RootKeys.from_root(settings.root), engine or connect(settings.database_url)
    epochs = EpochBook(keys.row_seal, settings.epoch_responses, settings.epoch_age)
    app.extensions["consult"] = Site(
        settings=settings,
        engine=engine,
        keys=keys,
        clock=clock,
        policies=PolicyBook(engine),
        epochs=epochs,
        throttle=Throttle(settings.tries, settings.workers),
        doors=Doorkeeper(engine),
        writer=GroupedWriter(engine, lambda writing, gifts: give_all(writing, epochs, keys, gifts)),
    )
    # First the blueprints: theirs is the language of the page, a refusal of what is asked next comes in it too.
    for blueprint in (participate, signin, facilitate, safeguard, review, administer, partner, health):
        app.register_blueprint(blueprint)
    for part in (languages, words, assets, headers, failures, requests, hosts, staff, access, limits, navigation):
        part.install(app)
    return app


def from_environment() -> Flask:
    """The site that the server runs, with the settings of its environment."""
    logs.to_standard_error()
    app = create_app(Settings.from_environment(os.environ))
    gc.collect()
    gc.freeze()  # what is there now stays: it is looked through once, not again and again under load
    return app
