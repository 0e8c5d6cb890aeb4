"""`consult serve`, `upgrade`, `check`: the running site."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

from babel.support import Translations
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from sqlalchemy.exc import SQLAlchemyError

from consult.app import create_app
from consult.commands.output import DONE, FAILED, complain, say, say_json
from consult.config import ConfigError, Settings
from consult.database import connect, read, schema_is_current, upgrade
from consult.resources import catalogue
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError
from consult.services.auditing import check_log
from consult.services.keystore import check_all_keys
from consult.web.fallback import fallback_page
from consult.web.languages import LANGUAGES
from consult.web.limits import THREADS
from safeguards import policyfile

__all__ = ["register"]

_HEADERS_WITHIN_MS = 10_000
_MOST_HEADER_BYTES = 64 * 1024
_MOST_WAITING = 1024
_MOST_AT_ONCE = 512


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    serve = commands.add_parser("serve", help="run the production server")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=int, default=2)
    serve.set_defaults(run=_serve)
    page = commands.add_parser(
        "fallback-page", help="the page in every language that the front server shows when nothing answers"
    )
    page.set_defaults(run=_fallback_page)
    commands.add_parser("upgrade", help="bring the database to the newest schema").set_defaults(run=_upgrade)
    check = commands.add_parser(
        "check", help="settings, database, keys, catalogues, policy: what is wrong and the mend"
    )
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_check)


def _serve(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    engine = connect(settings.database_url)
    current = schema_is_current(engine)
    engine.dispose()
    if not current:
        return complain(["the database does not have the newest schema: run `consult upgrade`, then start again"])
    # No access log: addresses, agents and times of participants are written nowhere.
    Granian(
        "consult.app:from_environment",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=arguments.workers,
        blocking_threads=THREADS,
        factory=True,
        log_access=False,
        log_level=LogLevels.warning,
        websockets=False,
        # Headers have to come within a time; for bodies see consult.web.limits.
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, max_buffer_size=_MOST_HEADER_BYTES),
        backlog=_MOST_WAITING,
        backpressure=_MOST_AT_ONCE,
        respawn_failed_workers=True,
    ).serve()
    return DONE


def _fallback_page(_arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    say(fallback_page(create_app(settings), settings))
    return DONE


def _upgrade(_arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    engine = connect(settings.database_url)
    upgrade(engine)
    engine.dispose()
    say("The database has the newest schema.")
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    problems = _problems()
    if arguments.json:
        say_json({"ok": not problems, "problems": problems, "at": datetime.now(UTC).isoformat()})
    else:
        for problem in problems or ["Everything that can be checked from here is in order."]:
            say(problem)
    return FAILED if problems else DONE


def _problems() -> list[str]:
    try:
        settings = Settings.from_environment(os.environ)
    except ConfigError as error:
        return list(error.problems)
    problems = [
        f"translations: {code} has no catalogue: reinstall, or add translations/{code}"
        for code in LANGUAGES
        if code != "en" and not isinstance(catalogue(code), Translations)
    ]
    policyfile.default()
    engine = connect(settings.database_url)
    try:
        if not schema_is_current(engine):
            return [*problems, "database: not the newest schema: run `consult upgrade`"]
        keys = RootKeys.from_root(settings.root)
        with read(engine) as db:
            check_log(db, keys.audit)
            check_all_keys(db, keys)
    except SealingError as error:
        problems.append(f"keys: {error} Somebody changed the database from outside: treat it as an incident")
    except SQLAlchemyError as error:
        problems.append(f"database: does not answer ({type(error).__name__}): check CONSULT_DATABASE_URL")
    finally:
        engine.dispose()
    return problems
