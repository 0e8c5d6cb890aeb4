"""A PostgreSQL server of the tests' own: thrown away with its folder; no port, no password, no fsync."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

_OPTIONS = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c listen_addresses='' -c max_connections=60"
#: As docs/how-to/install.md asks for, like the rest that `consult check` looks at.
_QUIET = "-c log_min_error_statement=panic -c log_error_verbosity=terse"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that listens on one socket in a folder of its own."""

    folder: Path

    def url(self, database: str) -> str:
        """The address of one of its databases, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://consult@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template0") -> None:
        """Make a database, as a copy of another one if named; nobody may be connected to that one."""
        self._say(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")
        self._say(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected."""
        self._say(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def _say(self, command: str) -> None:
        with psycopg.connect(host=str(self.folder), user="consult", dbname="postgres", autocommit=True) as connection:
            connection.execute(command.encode())


@contextmanager
def running_server(binaries: Path) -> Iterator[Server]:
    """Start a fresh server from `binaries`; RuntimeError with the server's own words when it does not start."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short on purpose: a socket's path has at most 107 characters
    user = _unprivileged_user()
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    try:
        _run(
            user,
            folder,
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "consult",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-locale",
        )
        _run(
            user,
            folder,
            binaries / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            f"{_OPTIONS} {_QUIET} -k {folder}",
            "start",
        )
        try:
            yield Server(folder)
        finally:
            _run(user, folder, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: somebody else, when we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(user: str | None, folder: Path, *command: str | Path) -> None:
    entry = pwd.getpwnam(user) if user else None
    finished = subprocess.run(
        command,
        cwd=folder,
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if command[-1] != "start" else subprocess.DEVNULL,
        stderr=subprocess.PIPE if command[-1] != "start" else subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if finished.returncode:
        log = folder / "log"
        words = finished.stderr or (log.read_text() if log.exists() else "")
        message = f"PostgreSQL's {Path(command[0]).name} failed in {folder}: {words.strip()}"
        raise RuntimeError(message)
