"""`consult jobs`: what has to happen without anybody asking."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consult.commands.databasefault import told
from consult.commands.loghead import note_head
from consult.commands.output import DONE, FAILED, complain, say, say_json
from consult.config import Settings
from consult.database import connect, read, schema_is_current
from consult.errors import ConsultError
from consult.jobs import NAMES, Job, jobs_of
from consult.sealing.root import RootKeys
from consult.services.auditing import head
from consult.services.policyinforce import in_force
from consult.services.retention import endings

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    jobs = commands.add_parser("jobs", help="jobs that a scheduler runs").add_subparsers(
        required=True, metavar="ACTION"
    )
    run = jobs.add_parser("run", help="run some jobs, or all; safe to run twice and side by side")
    run.add_argument("names", nargs="*", type=_known, metavar="NAME", help=", ".join(NAMES))
    run.set_defaults(run=_run)
    preview = jobs.add_parser("preview", help="what will be destroyed, and from when on; nothing is done")
    preview.add_argument("--json", action="store_true")
    preview.set_defaults(run=_preview)


def _known(name: str) -> str:
    """A job's name. Not `choices`: the argparse of Python 3.11 wants "none named" to be among them."""
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no job {name!r}; the jobs are {', '.join(NAMES)}")
    return name


def _run(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    engine, keys = connect(settings.database_url), RootKeys.from_root(settings.root)
    try:
        if not schema_is_current(engine):
            complain(["the database does not have the newest schema: run `consult upgrade`, then `consult check`"])
            return FAILED
        wanted = arguments.names or NAMES
        done = [_one(name, job, engine, keys) for name, job in jobs_of(settings).items() if name in wanted]
        with read(engine) as db:
            note_head(settings.data_folder, head(db))
    finally:
        engine.dispose()
    return DONE if all(done) else FAILED


def _preview(arguments: argparse.Namespace) -> int:
    """What the job `retention` has before it: the dry run that DAT-05 asks for."""
    settings, now = Settings.from_environment(os.environ), datetime.now(UTC)
    engine = connect(settings.database_url)
    try:
        with read(engine) as db:
            found = endings(db, in_force(db))
    finally:
        engine.dispose()
    if arguments.json:
        told = [{"strand": each.strand_id, "name": each.name, "at": each.at.isoformat()} for each in found]
        say_json({"at": now.isoformat(), "destroy": told})
        return DONE
    for each in found:
        why = "its report" if each.reported else "the day of the answer; there is no report"
        say(f"{each.at:%Y-%m-%d}  {each.name}: {'due now' if now >= each.at else 'destroyed then'}, counted from {why}")
    if not found:
        say("Nothing is over that still has its key.")
    return DONE


def _one(name: str, job: Job, engine: Engine, keys: RootKeys) -> bool:
    """Whether the job ended well. Whatever went wrong, the next one has its turn."""
    try:
        with read(engine) as db:
            policy = in_force(db)
        say(f"{name}: {job(engine, keys, policy, datetime.now(UTC))}")
    except ConsultError as error:
        complain([f"{name}: {error}"])
    except SQLAlchemyError as error:
        complain([f"{name}: the database: {told(error)}"])
    except Exception as error:  # its own words may repeat what was stored
        complain([f"{name}: failed ({type(error).__name__}): run `consult check`, then the job again"])
    else:
        return True
    return False
