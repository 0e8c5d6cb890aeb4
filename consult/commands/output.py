"""How commands speak: JSON or lines on standard output, progress and complaints on standard error."""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

__all__ = [
    "BAD_INPUT",
    "DONE",
    "FAILED",
    "answer",
    "answers",
    "complain",
    "libraries_aside",
    "progress",
    "say",
    "say_json",
]

DONE, FAILED, BAD_INPUT = 0, 1, 2


@contextmanager
def libraries_aside() -> Iterator[None]:
    """What a compiled library prints meanwhile goes to standard error, so that nothing gets into the answer."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)


def answers(command: argparse.ArgumentParser) -> None:
    """Every command that answers does so for programs too."""
    command.add_argument("--json", action="store_true", help="answer with one JSON object")


def answer(arguments: argparse.Namespace, told: Mapping[str, object], *lines: str) -> None:
    """The answer as it was asked for: as one JSON object, or in lines for people."""
    if arguments.json:
        say_json(told)
    else:
        for line in lines:
            say(line)


def say(line: str) -> None:
    """A line of the answer."""
    sys.stdout.write(line + "\n")


def say_json(value: object) -> None:
    """The answer as one JSON object."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def progress(line: str) -> None:
    """What is happening, for whoever waits."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def complain(problems: Iterable[str]) -> int:
    """What is wrong, where, and the mend: a line each. Returns the exit code of bad input."""
    for problem in problems:
        sys.stderr.write(f"consult: {problem}\n")
    return BAD_INPUT
