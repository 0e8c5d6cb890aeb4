"""The command `consult`: parsers joined, refusals turned into one clear line and an exit code."""

from __future__ import annotations

import argparse
import errno
import os
import resource
import sqlite3
import sys
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from consult.commands import backup, bench, demo, gate, inclusion, jobs, people, questionnaire, recovery, site
from consult.commands.installation import OldSchema
from consult.commands.output import FAILED, complain
from consult.commands.storage import not_allowed
from consult.config import ConfigError
from consult.database import UnknownSchema
from consult.databasefault import told
from consult.errors import ConsultError, Invalid
from safeguards.policyfile import PolicyError

__all__ = ["main", "parser"]

_GROUPS = (demo, site, people, recovery, gate, questionnaire, inclusion, jobs, backup, bench)


def parser() -> argparse.ArgumentParser:
    """The whole command line, for `main` and for whoever checks that documentation tells the truth about it."""
    whole = argparse.ArgumentParser(
        prog="consult", description="Consultations that open only where safeguards are in place."
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for group in _GROUPS:
        group.register(commands)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0 done, 2 wrong arguments or bad input, 1 anything else."""
    chosen = parser().parse_args(arguments)
    os.umask(0o077)  # whatever is written is for this user alone, however the command was started
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash writes no keys to the disk, whatever the machine allows
    try:
        return int(chosen.run(chosen))
    except ConfigError as error:
        return complain(error.problems)
    except Invalid as error:
        return complain(f"{where or 'input'}: {' '.join(said)}" for where, said in error.problems.items())
    except (ConsultError, PolicyError) as error:
        return complain([str(error)])
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except (OldSchema, UnknownSchema, SQLAlchemyError, sqlite3.Error, OSError) as error:
        complain([_fault(error)])
        return FAILED


def _fault(error: OldSchema | UnknownSchema | SQLAlchemyError | sqlite3.Error | OSError) -> str:
    match error:
        case OldSchema() | UnknownSchema():
            return str(error)
        case SQLAlchemyError() | sqlite3.Error():  # its own words may repeat what was stored
            return f"the database: {told(error)}"
        case OSError(errno=errno.ENOSPC):  # what is written says no name
            return "the disk is full, that of the data or of the backup: make room, then do it again"
        case PermissionError():
            return not_allowed(error)
        case OSError():  # a file of somebody else
            return f"{error.filename or 'a file or the network'}: {error.strerror or type(error).__name__}"
