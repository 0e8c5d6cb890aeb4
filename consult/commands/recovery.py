"""`consult recovery`: a new passphrase by the printed code, at the server, when the site can not be reached."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

from consult.commands.installation import installation
from consult.commands.output import DONE, answer, answers
from consult.database import write
from consult.services.people import identities

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    recovery = commands.add_parser("recovery", help="a new passphrase with the printed recovery code").add_subparsers(
        required=True, metavar="ACTION"
    )
    use = recovery.add_parser("use", help="set a new passphrase; asks for the code, or reads it from standard input")
    use.add_argument("email", help="the address of the account")
    answers(use)
    use.set_defaults(run=_use)


def _use(arguments: argparse.Namespace) -> int:
    # Never as an argument: those are seen by everybody on the machine, and kept in the shell's history.
    code = getpass.getpass("Recovery code: ") if sys.stdin.isatty() else sys.stdin.readline()
    with installation() as (_, engine, keys), write(engine) as db:
        made = identities.recover(db, keys, arguments.email, code, datetime.now(UTC))
    answer(
        arguments,
        {"passphrase": made.passphrase, "recovery_code": made.recovery_code},
        "The new passphrase, and a new recovery code to print; both are shown once and kept nowhere:",
        made.passphrase,
        made.recovery_code,
    )
    return DONE
