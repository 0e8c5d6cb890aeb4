"""`consult user`: the first administrator, the list, ending an account."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from consult.commands.output import DONE, say
from consult.config import Settings
from consult.database import connect, read, write
from consult.sealing.root import RootKeys
from consult.services import accounts, leaving
from safeguards import policyfile
from safeguards.terms import Role

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    user = commands.add_parser("user", help="accounts").add_subparsers(required=True, metavar="ACTION")
    add = user.add_parser("add", help="the first administrator, or a witness; others are invited on the site")
    add.add_argument("name")
    add.add_argument("email")
    add.add_argument(
        "--witness",
        choices=sorted(accounts.WITNESS_ROLES),
        metavar="ROLE",
        help="not an administrator but somebody who confirms holders: IA, OM or DPL",
    )
    add.set_defaults(run=_add)
    user.add_parser("list", help="who has an account").set_defaults(run=_list)
    disable = user.add_parser("disable", help="end an account and its sessions")
    disable.add_argument("email")
    disable.set_defaults(run=_disable)


def _add(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    engine = connect(settings.database_url)
    with write(engine) as db:
        made = _made(db, RootKeys.from_root(settings.root), arguments)
    engine.dispose()
    say("Give this passphrase to its owner now; it is shown once and kept nowhere:")
    say(made.passphrase)
    return DONE


def _made(db: Session, keys: RootKeys, arguments: argparse.Namespace) -> accounts.NewAccount:
    name, email, now = arguments.name, arguments.email, datetime.now(UTC)
    if arguments.witness:
        return accounts.add_witness(db, keys, name, email, Role(arguments.witness), now)
    return accounts.add_first_administrator(db, keys, name, email, now)


def _list(_arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    engine = connect(settings.database_url)
    with read(engine) as db:
        for person in accounts.people(db):
            say(f"{person.name}  {' '.join(sorted(person.roles))}")
    engine.dispose()
    return DONE


def _disable(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    engine = connect(settings.database_url)
    keys, now = RootKeys.from_root(settings.root), datetime.now(UTC)
    with write(engine) as db:
        lapsed = leaving.end_account(db, keys, policyfile.default(), arguments.email, now)
    engine.dispose()
    say("The account is ended and signed out everywhere.")
    if lapsed:
        say(f"Open parts that relied on this person are suspended: {len(lapsed)}. A lead has to look at them.")
    return DONE
