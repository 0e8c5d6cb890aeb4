"""`consult bench`: the product's figure and its limit, measured side by side."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping

from consult.bench import gate, opening, page, release, submit
from consult.bench.comparison import Comparison
from consult.commands.output import DONE, answer, answers, libraries_aside, progress
from consult.errors import Invalid

__all__ = ["BENCHMARKS", "register"]

BENCHMARKS: Mapping[str, Callable[[], Comparison]] = {
    "gate": gate.measure,
    "open": opening.measure,
    "page": page.measure,
    "release": release.measure,
    "submit": submit.measure,
}
SERVED: Mapping[str, Callable[..., Comparison]] = {"page": page.measure, "submit": submit.measure}
SIZED: Mapping[str, Callable[[int], Comparison]] = {"open": opening.measure, "release": release.measure}
LEAST, MILLION = 500, 1_000_000


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser."""
    bench = commands.add_parser("bench", help="measure what the program does beside its limit on this machine")
    bench.add_argument("name", choices=sorted(BENCHMARKS), help="what is measured")
    answers(bench)
    bench.add_argument("--database", default="", help="page, submit: an empty PostgreSQL database instead of SQLite")
    bench.add_argument("--added-sync-ms", type=int, default=0, help="page, submit: so much slower a disk (Linux, cc)")
    bench.add_argument("--visits", type=int, help="page, submit: so many, 500 or more")
    bench.add_argument("--people", type=int, default=MILLION, help="open, release: so many instead of a million")
    bench.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    progress(f"Measuring {arguments.name}; a million takes some minutes, anything else some seconds")
    compared = _measured(arguments)
    answer(arguments, compared.to_json(), *_lines(compared))
    return DONE


def _measured(arguments: argparse.Namespace) -> Comparison:
    if arguments.added_sync_ms < 0:
        raise Invalid({"--added-sync-ms": ["a number of milliseconds from 0 on"]})
    served = SERVED.get(arguments.name)
    if served is not None:
        if arguments.visits is None:
            return served(arguments.database, arguments.added_sync_ms)
        if arguments.visits < LEAST:
            raise Invalid({"--visits": [f"at least {LEAST}"]})
        return served(arguments.database, arguments.added_sync_ms, arguments.visits)
    if arguments.database or arguments.added_sync_ms or arguments.visits is not None:
        raise Invalid({"--database, --added-sync-ms, --visits": [f"are for {' and '.join(sorted(SERVED))} only"]})
    sized = SIZED.get(arguments.name)
    if arguments.people != MILLION and (sized is None or arguments.people < LEAST):
        raise Invalid({"--people": [f"is for {' and '.join(sorted(SIZED))} only, and at least {LEAST}"]})
    with libraries_aside():
        return sized(arguments.people) if sized else BENCHMARKS[arguments.name]()


def _lines(compared: Comparison) -> Iterator[str]:
    figures = compared.to_json()
    yield f"{compared.name}: {compared.saying}"
    for what in ("product", "limit"):
        yield f"  {what}: " + ", ".join(f"{key} {value:g}" for key, value in figures[what].items())
    words = "of the limit" if compared.share else "times the limit"
    yield f"  {figures['ratio']:g} {words}, n {compared.n}, on {figures['machine']['cpus']} processors"
