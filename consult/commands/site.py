"""`consult serve`, `upgrade`, `check`: the running site."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from babel.support import Translations
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from consult import selfchecks
from consult.app import create_app
from consult.commands.installation import OldSchema, installation
from consult.commands.loghead import noted_head
from consult.commands.output import DONE, FAILED, answer, answers, complain, progress, say
from consult.commands.storage import no_writing, too_little_room, what_postgresql_tells
from consult.config import ConfigError, Settings
from consult.database import UnknownSchema, connect, read, schema_is_current, upgrade, write
from consult.databasefault import told
from consult.resources import catalogue, damage
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError
from consult.server import become, not_free
from consult.services import clock
from consult.services.auditing import LogBroken, check_log
from consult.services.evidence.programchecks import Result, record_results
from consult.services.gate.complaintroute import unreadable
from consult.services.gate.programruns import release
from consult.services.holders.leaving import waiting_for_new_halves
from consult.services.keys.keystore import check_all_keys
from consult.services.mailing import stuck, try_server
from consult.services.people.passkeys import check_all_passkeys
from consult.services.policyinforce import PolicyDamaged, in_force, is_on_record, no_longer_possible
from consult.services.report.counting import missing
from consult.services.safekeeping.backups import begun, last_backup
from consult.web.fallback import fallback_page
from consult.web.languages import LANGUAGES

__all__ = ["register"]

_BACKUP_WITHIN = timedelta(days=2)


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    serve = commands.add_parser("serve", help="run the production server")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on; left out: %(default)s")
    serve.add_argument("--port", type=_number(1, 65535), default=8000, metavar="PORT", help="left out: %(default)s")
    serve.add_argument(
        "--workers",
        type=_number(1, 64),
        default=2,
        metavar="WORKERS",
        help="processes that answer; left out: %(default)s",
    )
    serve.set_defaults(run=_serve)
    page = commands.add_parser(
        "fallback-page", help="the page in every language that the front server shows when nothing answers"
    )
    page.set_defaults(run=_fallback_page)
    newest = commands.add_parser("upgrade", help="bring the database to the newest schema")
    answers(newest)
    newest.set_defaults(run=_upgrade)
    check = commands.add_parser(
        "check", help="settings, database, keys, catalogues, policy: what is wrong and the mend"
    )
    answers(check)
    check.add_argument(
        "--attest",
        action="store_true",
        help="test the program itself too, and record what was found as evidence; what fails closes what relies on it",
    )
    check.set_defaults(run=_check)


def _number(least: int, most: int) -> Callable[[str], int]:
    def read_number(typed: str) -> int:
        if not (typed.isascii() and typed.isdigit() and least <= int(typed) <= most):
            raise argparse.ArgumentTypeError(f"{typed!r} is no whole number from {least} to {most}")
        return int(typed)

    return read_number


def _serve(arguments: argparse.Namespace) -> int:
    with installation() as (settings, engine, _):
        problems = damage() or no_writing(settings.data_folder, engine)
        why_not = not_free(arguments.host, arguments.port)
    if problems:
        complain(problems)
        return FAILED
    if why_not:
        complain([f"{arguments.host}, port {arguments.port}: {why_not}: choose another --port or --host"])
        return FAILED
    return become(arguments.host, arguments.port, arguments.workers)


def _fallback_page(_arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    say(fallback_page(create_app(settings), settings))
    return DONE


def _upgrade(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    engine = connect(settings.database_url)
    upgrade(engine)
    engine.dispose()
    answer(arguments, {"schema": "current"}, "The database has the newest schema.")
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    wrong = damage()
    problems, owed = (wrong, []) if wrong else _problems()
    results = _attest() if arguments.attest and not problems else []
    failed = [f"{each.requirement}: {' '.join(each.found)}" for each in results if not each.passed]
    problems = [*problems, *owed, *failed]
    told = [{"requirement": each.requirement, "passed": each.passed, "found": each.found} for each in results]
    answer(
        arguments,
        {
            "ok": not problems,
            "problems": problems,
            "at": datetime.now(UTC).isoformat(),
            **({"release": release(), "attested": told} if arguments.attest else {}),
        },
        *(problems or ["Everything that can be checked from here is in order."]),
    )
    return FAILED if problems else DONE


def _attest() -> list[Result]:
    """What the program finds out about itself, recorded as evidence with its release."""
    settings, now = Settings.from_environment(os.environ), datetime.now(UTC)
    engine = connect(settings.database_url)
    try:
        with read(engine) as db:
            policy = in_force(db)
        results = list(selfchecks.run(settings, engine, policy, now, progress))
        with write(engine) as db:
            keys = RootKeys.from_root(settings.root)
            for lapsed in record_results(db, keys, policy, results, datetime.now(UTC)):
                progress(f"closed: {lapsed.why}")
    finally:
        engine.dispose()
    for each in results:
        progress(f"{each.requirement}: {'passed' if each.passed else 'FAILED'}")
    return results


def _problems() -> tuple[list[str], list[str]]:
    """What is wrong, and what people owe while all works: the program does not test itself over the first alone."""
    try:
        settings = Settings.from_environment(os.environ)
    except ConfigError as error:
        return list(error.problems), []
    owed = _mail_problems(settings)
    problems = [
        f"translations: {code} has no catalogue: reinstall, or add translations/{code}"
        for code in LANGUAGES
        if code != "en" and not isinstance(catalogue(code), Translations)
    ]
    engine = connect(settings.database_url)
    try:
        if not schema_is_current(engine):
            return [*problems, str(OldSchema(engine))], owed
        problems += no_writing(settings.data_folder, engine)
        problems += too_little_room(settings.data_folder)
        keys = RootKeys.from_root(settings.root)
        with read(engine) as db:
            check_log(db, keys.audit, noted_head(settings.data_folder))
            problems += _policy_problems(db)
            problems += _clock_problems(db)
            problems += [f"answers: {each}: treat it as an incident" for each in missing(db)]
            check_all_keys(db, keys)
            check_all_passkeys(db, keys)
            owed += _owed(db, datetime.now(UTC))
    except UnknownSchema as error:
        problems.append(str(error))
    except LogBroken as error:
        problems.append(f"log: {error} Somebody changed the database from outside: treat it as an incident")
    except SealingError as error:
        problems.append(f"keys: {error} Somebody changed the database from outside: treat it as an incident")
    except SQLAlchemyError as error:
        problems.append(f"database: {told(error)}")
    finally:
        engine.dispose()
    return problems, owed


def _owed(db: Session, now: datetime) -> Iterator[str]:
    """What somebody has to see to, though nothing is wrong with the installation."""
    yield from _backup_problems(db, now)
    yield from what_postgresql_tells(db)
    if stuck(db):
        yield f"mail: tried in vain for {stuck(db)} people: see whether their addresses are right"
    lost = len(unreadable(db))
    if lost:
        yield f"complaints: {lost} that nobody can read any more: who takes the next one answers, under Complaints"
    for _, name in waiting_for_new_halves(db):
        yield f"keys: {name}: somebody who held its key left. A reviewer asks for new halves, a lead grants"


def _policy_problems(db: Session) -> list[str]:
    """Whether the policy in force is the one that two people agreed on, whole."""
    try:
        found = [f"policy: {each}: propose it anew" for each in no_longer_possible(db)]
    except PolicyDamaged as error:
        return [f"policy: {error}"]
    return (
        found
        if is_on_record(db)
        else ["policy: not the one that two people agreed on: treat it as an incident", *found]
    )


def _clock_problems(db: Session) -> list[str]:
    """What keeps the jobs from destroying what is due."""
    silent = clock.silence(db, datetime.now(UTC))
    if silent is None:
        return []
    told = f"clock: the jobs were silent for {silent.days} days, so nothing is destroyed: let the scheduler run them"
    return [f"{told}; where the date of this server is right, run `consult jobs clock --is-right`"]


def _backup_problems(db: Session, now: datetime) -> list[str]:
    """Whether the nightly backup comes about; what one says of itself only the scheduler hears."""
    made = last_backup(db)
    if made is not None and made - now >= _BACKUP_WITHIN:
        return [
            f"backups: the last is of {made:%Y-%m-%d}, which is to come: look at the date of this server, then make one"
        ]
    last = made or begun(db)
    if last is None or now - last < _BACKUP_WITHIN:
        return []
    return [f"backups: none for {(now - last).days} days: run the backup by hand, and look at what it says"]


def _mail_problems(settings: Settings) -> list[str]:
    """Whether the mail server takes us; nothing is sent."""
    if settings.mail is None:
        return []
    wrong = try_server(settings.mail)
    return [f"mail: {settings.mail.host}: {wrong}: check CONSULT_MAIL_SERVER"] if wrong else []
