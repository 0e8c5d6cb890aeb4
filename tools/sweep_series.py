"""An adversarial sweep: series of releases from invented people, each made and then attacked by the two commands.

Every series is three releases in a row: people come, and of those who came before some leave. `consult inclusion
release` makes each from a CSV file, `consult inclusion audit`, which shares no code with it, attacks all three
together, and this program, which shares code with neither, looks besides whether every number shown is the true one,
at least k or zero, and differs from every earlier one of the same cell by nothing or at least k.

    python tools/sweep_series.py            # the fixed list, as the table in docs/explanation/disclosure-control.md
    python tools/sweep_series.py 3 17       # only these of the list
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from consult.cli import main as consult

__all__ = ["SERIES", "Series", "Verdict", "attack"]

K = 10
_CATEGORIES = (2, 4, 4, 3, 5, 3)  # of each dimension, in order; the last dimension of a series is sensitive
_OTHERS = "others"
_PARTLY, _ASKED, _NOT_ASKED = 2, 2, "not_asked"  # which dimension, of how many categories of the one before it
_COME, _LEAVE = (0.45, 0.3), 0.05
_SECONDS = 60
_DONE, _REFUSED, _INVALID = 0, 1, 2
_HEAD = ("no.", "people at first", "dimensions", "spread", "releases", "tables", "cells", "withheld", "narrowest")

Group = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Series:
    """So many people in the first release, by so many dimensions; `shape` is how they are spread."""

    people: int
    dimensions: int
    shape: str
    seed: int


#: even: all categories about as large. skewed: each half as large as the one before. tied: what somebody is in one
#: dimension mostly follows from another. lonely: one category of each dimension has next to nobody. unasked: besides,
#: the third dimension is asked of the first categories of the second alone, as the spec says.
SERIES = (
    *(Series(people, 3, shape, 1) for people in (40, 120, 300) for shape in ("even", "skewed", "tied", "lonely")),
    *(Series(people, 4, shape, 2) for people in (90, 200, 700) for shape in ("skewed", "tied", "lonely")),
    *(Series(people, 5, shape, 3) for people in (150, 1_500) for shape in ("even", "lonely")),
    *(Series(people, 6, "tied", 4) for people in (250, 5_000)),
    Series(50_000, 4, "skewed", 5),
    Series(100_000, 6, "lonely", 6),
    Series(1_000_000, 3, "tied", 7),
    Series(1_000_000, 5, "lonely", 8),
    *(Series(people, 4, "unasked", 9) for people in (60, 120, 300, 700)),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one series. `findings`: what the audit or the look at the truth objects to, by kind; none is right.

    `made`: how many of the three releases were made; the others were refused, and so told nobody anything.
    """

    made: int
    tables: int
    cells: int
    withheld: int
    narrowest: int | None
    findings: tuple[str, ...]
    seconds: float


def attack(series: Series, folder: Path) -> Verdict:
    """Make the releases of one series in a folder, and attack them."""
    begun = perf_counter()
    made: list[tuple[Path, NDArray[np.uint8]]] = []
    for number, people in enumerate(_waves(series), 1):
        data, release = folder / f"people-{number}.csv", folder / f"release-{number}.json"
        _write(data, people)
        if _release(series, data, release, [path for path, _ in made]):
            made.append((release, people))
        data.unlink()
    releases = [json.loads(path.read_text(encoding="utf-8")) for path, _ in made]
    findings = [*_audited([path for path, _ in made]), *_untrue(releases, [people for _, people in made])]
    narrowest = [one["audit"]["narrowest"] for one in releases if one["audit"]["narrowest"] is not None]
    return Verdict(
        made=len(made),
        tables=sum(len(one["tables"]) for one in releases),
        cells=sum(one["audit"]["cells"] for one in releases),
        withheld=sum(one["audit"]["withheld"] for one in releases),
        narrowest=min(narrowest, default=None),
        findings=tuple(sorted(set(findings))),
        seconds=perf_counter() - begun,
    )


def _waves(series: Series) -> Iterator[NDArray[np.uint8]]:
    """The people of each release, one row each: some of those before have left, more have come."""
    chance = np.random.default_rng(series.seed)
    people = _invented(series, series.people, chance)
    yield people
    for share in _COME:
        stay = people[chance.random(len(people)) >= _LEAVE]
        people = np.concatenate([stay, _invented(series, int(len(people) * share) + 2 * K, chance)])
        yield people


def _invented(series: Series, people: int, chance: np.random.Generator) -> NDArray[np.uint8]:
    columns: list[NDArray[np.int64]] = []
    for length in _CATEGORIES[: series.dimensions]:
        weights = {
            "even": np.ones(length),
            "skewed": 0.5 ** np.arange(length),
            "tied": np.ones(length),
            "lonely": np.where(np.arange(length) == length - 1, 0.012, 1),
            "unasked": np.where(np.arange(length) == length - 1, 0.05, 1),
        }[series.shape]
        column = chance.choice(length, people, p=weights / weights.sum())
        if series.shape == "tied" and columns:
            column = np.where(chance.random(people) < 0.8, columns[-1] % length, column)
        if series.shape == "unasked" and len(columns) == _PARTLY:
            column = np.where(columns[-1] < _ASKED, column, length)
        columns.append(column)
    return np.stack(columns, axis=1).astype(np.uint8)


def _write(path: Path, people: NDArray[np.uint8]) -> None:
    names = _names(people.shape[1])
    lines = {tuple(row): ",".join(_label(place, code) for place, code in enumerate(row)) + "\n"
             for row in np.unique(people, axis=0).tolist()}  # fmt: skip
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(names) + "\n")
        file.writelines(lines[tuple(row)] for row in people.tolist())


def _names(dimensions: int) -> list[str]:
    return [chr(ord("a") + place) for place in range(dimensions)]


def _label(dimension: int, code: int) -> str:
    return _NOT_ASKED if code == _CATEGORIES[dimension] else f"{_names(dimension + 1)[-1]}{code}"


def _release(series: Series, data: Path, release: Path, before: Sequence[Path]) -> bool:
    """Whether a release was made. Too few more people, or nothing that passes its audit, is an answer too."""
    names = _names(series.dimensions)
    spec = data.with_suffix(".toml")
    some = series.shape == "unasked"
    known = "\n".join(
        f"{name} = {json.dumps([_label(place, code) for code in range(length + (some and place == _PARTLY))])}"
        for place, (name, length) in enumerate(zip(names, _CATEGORIES, strict=False))
    )
    unasked = [_label(_PARTLY - 1, code) for code in range(_ASKED, _CATEGORIES[_PARTLY - 1])]
    form = f"[not_asked_of.{names[_PARTLY]}]\n{names[_PARTLY - 1]} = {json.dumps(unasked)}\n" if some else ""
    spec.write_text(f'sensitive = ["{names[-1]}"]\n[categories]\n{known}\n{form}', encoding="utf-8")
    previous = ["--previous", *map(str, before)] if before else []
    code, told, complaint = _consult("release", data, "--spec", spec, "--seconds", _SECONDS, "--json", *previous)
    if code == _DONE:
        release.write_text(told, encoding="utf-8")
    elif code not in (_REFUSED, _INVALID) or (code == _INVALID and "too few" not in complaint):
        raise RuntimeError(f"{series}: {complaint}")
    return code == _DONE


def _audited(paths: Sequence[Path]) -> Iterator[str]:
    if not paths:
        return
    _, told, _ = _consult("audit", *paths, "--seconds", 4 * _SECONDS, "--json")
    for release in json.loads(told)["releases"]:
        yield from (finding["kind"] for finding in release["findings"])


def _untrue(releases: Sequence[Mapping[str, Any]], people: Sequence[NDArray[np.uint8]]) -> Iterator[str]:
    """What a look at the people themselves objects to."""
    told: dict[Group, list[int]] = {}
    for release, rows in zip(releases, people, strict=True):
        known = {one["name"]: one["categories"] for one in release["dimensions"]}
        for group, count in _shown(release).items():
            if _true_count(group, known, rows) != count:
                yield "not_the_true_count"
            if 0 < count < K:
                yield "under_k"
            if any(0 < abs(count - before) < K for before in told.get(group, ())):
                yield "difference_under_k"
            told.setdefault(group, []).append(count)


def _shown(release: Mapping[str, Any]) -> dict[Group, int]:
    return {
        frozenset(pair for pair in zip(table["dimensions"], cell["at"], strict=True) if pair[1] != "*"): cell["count"]
        for table in release["tables"]
        for cell in table["cells"]
        if cell["count"] is not None
    }


def _true_count(group: Group, known: Mapping[str, Sequence[str]], rows: NDArray[np.uint8]) -> int:
    within = np.ones(len(rows), dtype=bool)
    for name, label in group:
        if label == _OTHERS:
            within &= ~np.any([_has(name, each, rows) for each in known[name] if each != _OTHERS], axis=0)
        else:
            within &= _has(name, label, rows)
    return int(within.sum())


def _has(name: str, label: str, rows: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Who has a category of a dimension, or of the dimension behind a wider one."""
    place = ord(name[0]) - ord("a")
    has: NDArray[np.bool_] = rows[:, place] == (
        _CATEGORIES[place] if label == _NOT_ASKED else int(label.removeprefix(name[0]))
    )
    return has


def _consult(action: str, *arguments: object) -> tuple[int, str, str]:
    """The exit code of the command, its answer and its complaints."""
    with redirect_stdout(StringIO()) as told, redirect_stderr(StringIO()) as complaint:
        code = consult(["inclusion", action, *map(str, arguments)])
    return code, told.getvalue(), complaint.getvalue()


def main(wanted: Sequence[int]) -> int:
    """Print a table row for each series; 1 if anything was found."""
    print("| " + " | ".join((*_HEAD, "found", "seconds")) + " |")
    print("|---" * (len(_HEAD) + 2) + "|")
    found = 0
    for number, series in enumerate(SERIES, 1):
        if wanted and number not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="consult-sweep-") as folder:
            told = attack(series, Path(folder))
        found += len(told.findings)
        print(
            f"| {number} | {series.people:,} | {series.dimensions} | {series.shape} | {told.made} | {told.tables} | "
            f"{told.cells:,} | {told.withheld} | {told.narrowest or '–'} | {', '.join(told.findings) or 'nothing'} | "
            f"{told.seconds:.0f} |",
            flush=True,
        )
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main([int(number) for number in sys.argv[1:]]))
