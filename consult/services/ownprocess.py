"""A short-lived process of its own for work with private keys: when it ends, its memory ends with it.

Work goes in and comes out through pipes, nothing through files or the environment. A plain new interpreter rather than
`multiprocessing`: that would import the server's own main module again, and a server may forbid its workers children.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from typing import Any, ParamSpec, TypeVar, cast

__all__ = ["ProcessEnded", "answer_one", "in_process_of_its_own", "in_stages", "side_by_side"]

A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")

_START = f"from {__name__} import answer_one; answer_one()"


class ProcessEnded(RuntimeError):
    """The process ended before it answered: killed, out of memory, or broken. Nothing of its work exists."""


def in_process_of_its_own(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a fresh process and give back its result or raise its error.

    `work` is a function of a module that can be imported. Costs about the time of importing that module: on two cores
    0.05 s for making a key, 0.3 s before an opening begins to count. Raises `ProcessEnded`.
    """
    return cast("T", _answer([partial(work, *args, **kwargs)]))


def in_stages(first: Callable[[], A], then: Callable[[A], T]) -> T:
    """As `in_process_of_its_own`, in two stages: what `first` gives stays there and is handed to `then`.

    The module of `then` is imported when its turn comes. Both are functions of modules, or `partial` of such.
    """
    return cast("T", _answer([first, then]))


def side_by_side(work: Callable[[A], T], parts: Sequence[A]) -> list[T]:
    """`work` on each part at once, each in a copy of the process of its own that this runs in; results in order.

    Only there: a copy of a server's process would hold its locks and connections. Raises `ProcessEnded`.
    """
    gc.collect()
    gc.freeze()  # what is here stays where it is, so that the copies share it
    with ProcessPoolExecutor(len(parts), mp_context=get_context("fork")) as copies:
        try:
            return list(copies.map(work, parts))
        except BrokenProcessPool as error:
            raise ProcessEnded("A process for work with keys ended before it answered.") from error


def _answer(stages: Sequence[Callable[..., Any]]) -> object:
    # -I: no environment, no current folder, no user's packages decide what runs here. Only how to reach PostgreSQL
    # may come from outside; and one thread for numpy, as two processes use two cores.
    passed = {name: value for name, value in os.environ.items() if name == "HOME" or name.startswith("PG")}
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own words
        [sys.executable, "-I", "-c", _START],
        input=pickle.dumps(len(stages)) + b"".join(pickle.dumps(stage) for stage in stages),
        stdout=subprocess.PIPE,
        env={**passed, "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    if done.returncode != 0:
        raise ProcessEnded(f"The process for work with keys ended with code {done.returncode} before it answered.")
    fine, value = pickle.loads(done.stdout)  # noqa: S301 - written by our own process, in this very call
    if fine:
        return value
    raise value


def answer_one() -> None:
    """The other side: work comes by standard input; the result of its last stage, or its error, goes to the output."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write keys to a core dump
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    answer: tuple[bool, Any]
    try:
        answer = (True, _all_stages())
    except Exception as error:  # every error is the caller's to handle
        answer = (False, error)
    with answers:
        pickle.dump(answer, answers)


def _all_stages() -> object:
    stages = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    given: tuple[Any, ...] = ()
    for _ in range(stages):
        given = (pickle.load(sys.stdin.buffer)(*given),)  # noqa: S301 - the same
    return given[0]
