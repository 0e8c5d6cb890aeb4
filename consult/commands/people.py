"""`consult user`: the first administrator's link, the list, ending an account."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from consult.commands.installation import installation
from consult.commands.output import DONE, answer, answers
from consult.database import read, write
from consult.sealing.root import RootKeys
from consult.services.holders import leaving
from consult.services.people import onboarding, roster
from consult.services.policyinforce import in_force
from safeguards.terms import Role

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    user = commands.add_parser("user", help="accounts").add_subparsers(required=True, metavar="ACTION")
    add = user.add_parser(
        "add", help="a link for the first administrator, or a witness; others are invited on the site"
    )
    add.add_argument("name", help="as colleagues know the person")
    add.add_argument("email", help="the address that the person signs in with")
    add.add_argument(
        "--witness",
        choices=sorted(each.value for each in onboarding.WITNESS_ROLES),
        metavar="ROLE",
        help="not an administrator but somebody who confirms holders: IA, OM or DPL",
    )
    listed = user.add_parser("list", help="who has an account")
    disable = user.add_parser("disable", help="end an account and its sessions")
    disable.add_argument("email", help="the address of the account")
    for command, run in ((add, _add), (listed, _list), (disable, _disable)):
        answers(command)
        command.set_defaults(run=run)


def _add(arguments: argparse.Namespace) -> int:
    with installation() as (settings, engine, keys), write(engine) as db:
        made = _invited(db, keys, arguments)
    link = f"{settings.address}/s/join/{made.code}"
    answer(
        arguments,
        {"link": link, "until": made.expires_at.isoformat()},
        link,
        f"It is for its owner alone. It works once, until {made.expires_at:%Y-%m-%d %H:%M} UTC, on the running site.",
        "Passphrase and second step are set up there, and nobody else sees them.",
    )
    return DONE


def _invited(db: Session, keys: RootKeys, arguments: argparse.Namespace) -> onboarding.Invited:
    name, email, now = arguments.name, arguments.email, datetime.now(UTC)
    if arguments.witness:
        return onboarding.invite_witness(db, keys, name, email, Role(arguments.witness), now)
    return onboarding.invite_first_administrator(db, keys, name, email, now)


def _list(arguments: argparse.Namespace) -> int:
    with installation() as (_, engine, _keys), read(engine) as db:
        everybody = [
            (
                person.actor.name,
                sorted(person.actor.roles),
                "" if person.second_step else "no second step yet" if person.joined else "invited",
            )
            for person in roster.roster(db, datetime.now(UTC))
        ]
    answer(
        arguments,
        {"accounts": [{"name": name, "roles": roles, "waits": waits or None} for name, roles, waits in everybody]},
        *(f"{name}  {' '.join(roles)}{f'  ({waits})' if waits else ''}" for name, roles, waits in everybody),
    )
    return DONE


def _disable(arguments: argparse.Namespace) -> int:
    with installation() as (_, engine, keys), write(engine) as db:
        lapsed = leaving.end_account(db, keys, in_force(db), arguments.email, datetime.now(UTC))
    paused = [f"Open parts that relied on this person are suspended: {len(lapsed)}. A lead has to look at them."]
    answer(
        arguments,
        {"suspended": len(lapsed)},
        "The account is ended and signed out everywhere.",
        *(paused if lapsed else []),
    )
    return DONE
