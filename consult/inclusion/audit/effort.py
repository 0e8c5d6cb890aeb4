"""A clock that counts the work of solving: what ends by it ends at the same place on every machine, busy or not.

It goes by the size of each programme, and the steps that the solver took. The rates make one unit about a second of
processor time (fitted to 4,000 programmes of releases of 140 to 900 people).
"""

from typing import Final

__all__ = ["build", "search", "step", "work_time"]

_A_RUN: Final = 1e-4
_AN_ENTRY: Final = 4e-7
_A_STEP: Final = 5e-6
_STEP_AND_ENTRY: Final = 2e-9
_BUILT: Final = 2e-5
_SEARCHED: Final = 6e-6
_done = 0.0


def work_time() -> float:
    """The work done by this process so far, in seconds as that machine would take; only differences mean anything."""
    return _done


def step(entries: int, steps: int) -> None:
    """A linear programme of so many entries that are not 0 was solved in so many steps."""
    _add(_A_RUN + _AN_ENTRY * entries + steps * (_A_STEP + _STEP_AND_ENTRY * entries))


def build(entries: int) -> None:
    """Something of so many entries was put together."""
    _add(_BUILT * entries)


def search(entries: int, nodes: int | None) -> None:
    """A programme in whole numbers was looked through at so many nodes."""
    _add(_SEARCHED * (entries + 200) * max(1, nodes or 0))


def _add(work: float) -> None:
    """One clock a process, as that of the processor is."""
    global _done
    _done += work
