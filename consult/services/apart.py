"""A short-lived process of its own for work with private keys: when it ends, its memory ends with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

__all__ = ["in_process_of_its_own"]

P = ParamSpec("P")
T = TypeVar("T")


def in_process_of_its_own(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a fresh process and give back its result or raise its error. `work` is a module-level function."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()
