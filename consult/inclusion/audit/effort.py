"""A clock that counts the work of solving: what ends by it ends at the same place on every machine, busy or not.

It goes by the size of each programme, and the steps that the solver took. The rates make one unit about a second of
processor time (fitted to 4,000 programmes of each kind, of releases of 140 to 900 people). Each thread has its own.
"""

from threading import local
from typing import Final

__all__ = ["build", "looks_in", "search", "step", "steps_in", "work_time"]

_UNIT: Final = 1_000_000_000
_A_RUN: Final = 100_000
_AN_ENTRY: Final = 400
_A_STEP: Final = 5_000
_STEP_AND_ENTRY: Final = 2
_BUILT: Final = 20_000
_A_SEARCH: Final = 1_000_000
_A_LOOK: Final = 2_000_000
_LOOK_AND_ENTRY: Final = 400
_SEARCH_STEP: Final = 50_000


class _Clock(local):
    done = 0


_clock = _Clock()


def work_time() -> float:
    """The work done so far, in seconds as that machine would take; only differences mean anything."""
    return _clock.done / _UNIT


def step(entries: int, steps: int) -> None:
    """A linear programme of so many entries that are not 0 was solved in so many steps."""
    _clock.done += _A_RUN + _AN_ENTRY * entries + steps * _of_a_step(entries)


def steps_in(work: float, entries: int) -> int:
    """In how many steps at a linear programme so much work is done."""
    return int(work * _UNIT / _of_a_step(entries))


def build(entries: int) -> None:
    """Something of so many entries was put together."""
    _clock.done += _BUILT * entries


def search(entries: int, looks: int, steps: int) -> None:
    """A programme in whole numbers was looked through, in so many looks and steps."""
    _clock.done += _A_SEARCH + max(1, looks) * _of_a_look(entries) + steps * _SEARCH_STEP


def looks_in(work: float, entries: int) -> int:
    """In how many looks at a programme in whole numbers so much work is done."""
    return int(work * _UNIT / _of_a_look(entries))


def _of_a_step(entries: int) -> int:
    return _A_STEP + _STEP_AND_ENTRY * entries


def _of_a_look(entries: int) -> int:
    return _A_LOOK + _LOOK_AND_ENTRY * entries
