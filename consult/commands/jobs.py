"""`consult jobs`: what has to happen without anybody asking."""

from __future__ import annotations

import argparse
import sqlite3
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consult.commands.installation import installation
from consult.commands.loghead import note_head
from consult.commands.output import DONE, FAILED, answer, answers, complain, say, say_json
from consult.database import read, write
from consult.databasefault import told
from consult.errors import ConsultError
from consult.jobs import DESTROYING, NAMES, Job, jobs_of
from consult.sealing.root import RootKeys
from consult.services import clock
from consult.services.auditing import head
from consult.services.policyinforce import in_force
from consult.services.safekeeping.retention import endings

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    jobs = commands.add_parser("jobs", help="jobs that a scheduler runs").add_subparsers(
        required=True, metavar="ACTION"
    )
    run = jobs.add_parser("run", help="run some jobs, or all; safe to run twice and side by side")
    run.add_argument("names", nargs="*", type=_known, metavar="NAME", help=", ".join(NAMES))
    answers(run)
    run.set_defaults(run=_run)
    date = jobs.add_parser("clock", help="whether the date of this server is believed by what destroys")
    date.add_argument("--is-right", action="store_true", help="you have looked: the date that it says is right")
    answers(date)
    date.set_defaults(run=_clock)
    preview = jobs.add_parser("preview", help="what will be destroyed, and from when on; nothing is done")
    answers(preview)
    preview.set_defaults(run=_preview)


def _known(name: str) -> str:
    """A job's name. Not `choices`: the argparse of Python 3.11 wants "none named" to be among them."""
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no job {name!r}; the jobs are {', '.join(NAMES)}")
    return name


def _run(arguments: argparse.Namespace) -> int:
    with installation() as (settings, engine, keys):
        wanted = arguments.names or NAMES
        with write(engine) as db:
            silent = clock.look(db, datetime.now(UTC))
        done: dict[str, str | None] = {}
        for name, job in jobs_of(settings).items():
            if name in wanted:
                done[name] = _one(name, job, engine, keys, silent if name in DESTROYING else None)
                if done[name] is not None and not arguments.json:
                    say(f"{name}: {done[name]}")
        with read(engine) as db:
            note_head(settings.data_folder, head(db))
    if arguments.json:
        say_json({"jobs": [{"name": name, "ok": did is not None, "did": did} for name, did in done.items()]})
    return FAILED if None in done.values() else DONE


def _clock(arguments: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    with installation() as (_, engine, keys), write(engine) as db:
        if arguments.is_right:
            clock.believe(db, keys.audit, now)
        silent = clock.silence(db, now)
    lines = [f"By the clock of this server it is {now:%Y-%m-%d %H:%M} UTC, and what destroys believes it."]
    if silent is not None:
        complain([_silent(silent, now)])
        lines = []
    answer(arguments, {"at": now.isoformat(), "believed": silent is None}, *lines)
    return DONE if silent is None else FAILED


def _silent(silent: timedelta, now: datetime) -> str:
    return (
        f"by the clock of this server ({now:%Y-%m-%d %H:%M} UTC) the jobs were silent for {silent.days} days: until "
        "somebody says that its date is right, nothing is destroyed. Look at the date; if it is right, run "
        "`consult jobs clock --is-right`"
    )


def _preview(arguments: argparse.Namespace) -> int:
    """What the job `retention` has before it: the dry run that DAT-05 asks for."""
    now = datetime.now(UTC)
    with installation() as (_, engine, _keys), read(engine) as db:
        found = endings(db, in_force(db))
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


def _one(name: str, job: Job, engine: Engine, keys: RootKeys, silent: timedelta | None) -> str | None:
    """What the job did; None unless it ended well: then the next one has its turn. `silent`: it does not run."""
    if silent is not None:
        complain([f"{name}: not run: {_silent(silent, datetime.now(UTC))}"])
        return None
    try:
        with read(engine) as db:
            policy = in_force(db)
        return job(engine, keys, policy, datetime.now(UTC))
    except ConsultError as error:
        complain([f"{name}: {error}"])
    except (SQLAlchemyError, sqlite3.Error) as error:  # tidying speaks to the driver itself
        complain([f"{name}: the database: {told(error)}"])
    except Exception as error:  # its own words may repeat what was stored
        complain([f"{name}: failed ({type(error).__name__}): run `consult check`, then the job again"])
    return None
