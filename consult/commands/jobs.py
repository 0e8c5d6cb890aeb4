"""`consult jobs`: what has to happen without anybody asking."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

from consult.commands.output import DONE, say
from consult.config import Settings
from consult.database import connect
from consult.jobs import JOBS
from consult.sealing.root import RootKeys
from safeguards import policyfile

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    jobs = commands.add_parser("jobs", help="jobs that a scheduler runs").add_subparsers(
        required=True, metavar="ACTION"
    )
    run = jobs.add_parser("run", help="run one job, or all; safe to run twice and side by side")
    run.add_argument("name", nargs="?", choices=sorted(JOBS))
    run.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ)
    engine = connect(settings.database_url)
    for name in [arguments.name] if arguments.name else sorted(JOBS):
        done = JOBS[name](engine, RootKeys.from_root(settings.root), policyfile.default(), datetime.now(UTC))
        say(f"{name}: {done}")
    engine.dispose()
    return DONE
