"""A short-lived process of its own for work with private keys: when it ends, its memory ends with it.

Work goes in and comes out through pipes, nothing through files or the environment. A plain new interpreter rather than
`multiprocessing`: that would import the server's own main module again, and a server may forbid its workers children.
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

__all__ = ["ProcessEnded", "answer_one", "in_process_of_its_own"]

P = ParamSpec("P")
T = TypeVar("T")

_START = f"from {__name__} import answer_one; answer_one()"


class ProcessEnded(RuntimeError):
    """The process ended before it answered: killed, out of memory, or broken. Nothing of its work exists."""


def in_process_of_its_own(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a fresh process and give back its result or raise its error.

    `work` is a function of a module that can be imported. Costs about the time of importing that module: on two cores
    0.05 s for making a key, 0.7 s before an opening begins to count. Raises `ProcessEnded`.
    """
    # -I: no environment, no current folder, no user's packages decide what runs here.
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own words
        [sys.executable, "-I", "-c", _START],
        input=pickle.dumps((work, args, kwargs)),
        stdout=subprocess.PIPE,
        env={},
        check=False,
    )
    if done.returncode != 0:
        raise ProcessEnded(f"The process for work with keys ended with code {done.returncode} before it answered.")
    fine, value = pickle.loads(done.stdout)  # noqa: S301 - written by our own process, in this very call
    if fine:
        return cast("T", value)
    raise value


def answer_one() -> None:
    """The other side: read one piece of work from standard input, write its result or its error to standard output."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write keys to a core dump
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    work, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    answer: tuple[bool, Any]
    try:
        answer = (True, work(*args, **kwargs))
    except Exception as error:  # every error is the caller's to handle
        answer = (False, error)
    with answers:
        pickle.dump(answer, answers)
