"""The release: a million people to protected, audited, frozen tables, beside one bare count of the same tables.

And one of few people with planned groups, where many finer tables are tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from consult.bench.comparison import Comparison
from consult.bench.invented import BANDS, LANGUAGES, form, payloads
from consult.inclusion.dimensions import THRESHOLDS, Dimension, choose_tables
from consult.inclusion.release import begin, release_tables
from consult.inclusion.tabulate import Tables, tabulate_codes
from consult.services.tables.codedrows import count_answers, sealed_bytes
from consult.services.tables.protecting import protected
from consult.services.tables.tabulating import Tabulation

__all__ = ["measure"]

_GROWN = 100
_CHUNK = 65_536
_SECONDS = 300
_FEW = 140
_PLANNED = (
    (("age", "13_14"),),
    (("gender", "girl"),),
    (("location", "camp"),),
    (("age", "13_14"), ("location", "countryside")),
)
#: The last category of each is rare, so that there are small groups to protect also among a million.
_SHARES: Mapping[str, tuple[float, ...]] = {
    "age": (0.3, 0.4, 0.3),
    "gender": (0.49, 0.42, 0.05, 0.04),
    "region": (0.35, 0.3, 0.2, 0.14, 0.01),
    "disability": (0.14, 0.78, 0.08),
    "language": (0.5, 0.3, 0.1999, 0.0001),
    "school": (0.7, 0.22, 0.08),
}
_THREE_WAY = (("age", "gender", "region"), ("age", "gender", "disability"), ("age", "region", "school"))

Codes = Mapping[str, NDArray[np.uint8]]


def measure(people: int = 1_000_000) -> Comparison:
    """Count, protect, audit and freeze over six dimensions: all tables of one and two and three of three."""
    dimensions = tuple(
        Dimension(name, tuple(f"{name}_{place}" for place in range(len(shares))), sensitive=name == "disability")
        for name, shares in _SHARES.items()
    )
    wanted = (*choose_tables(dimensions, None, most=2), *_THREE_WAY)
    few = _release(people // _GROWN, dimensions, wanted)
    counting, protecting, bare = _release(people, dimensions, wanted)
    return Comparison(
        name="release",
        saying=f"one release for {people} people over six dimensions: {len(wanted)} tables counted, then protected, "
        f"audited and frozen; beside one bare numpy count of the same tables; growth is from {people // _GROWN} "
        f"people; then one for {_FEW} people with planned groups, from counts to the frozen release",
        product={
            "release_s": counting + protecting,
            "count_s": counting,
            "protect_and_audit_s": protecting,
            "count_growth": counting / few[0],
            "protect_growth": protecting / few[1],
            "few_people_processor_s": _of_few(),
        },
        limit={"count_s": bare, "protect_and_audit_s": 60},
        ratio=counting / bare,
        n=people,
    )


def _release(
    people: int, dimensions: Sequence[Dimension], wanted: Sequence[tuple[str, ...]]
) -> tuple[float, float, float]:
    """Seconds to count, to protect and audit, and to count without a look at anything."""
    chunks = list(_invented(people))
    begun = perf_counter()
    counted = tabulate_codes(chunks, dimensions, wanted)
    counting = perf_counter() - begun
    heading, before = begin("benchmark", "benchmark", "child", THRESHOLDS["child"], dimensions)
    begun = perf_counter()
    release_tables(heading, counted, chosen=True, left=_SECONDS, before=before)
    return counting, perf_counter() - begun, _bare(chunks, counted)


def _of_few() -> float:
    """Processor seconds of a release of few people, all finer tables for planned groups tried."""
    asked, digest = form(), form().digest()
    tabulation = Tabulation(
        "benchmark", "benchmark", "child", THRESHOLDS["child"], asked.to_json(), BANDS, LANGUAGES, 60, planned=_PLANNED
    )
    counted = count_answers(
        (sealed_bytes(asked, digest, BANDS, LANGUAGES, each) for each in payloads(_FEW)), tabulation
    )
    begun = process_time()
    protected(counted, tabulation)
    return process_time() - begun


def _invented(people: int) -> Iterator[Codes]:
    chance = np.random.default_rng(1)
    for start in range(0, people, _CHUNK):
        size = min(_CHUNK, people - start)
        yield {name: chance.choice(len(shares), size, p=shares).astype(np.uint8) for name, shares in _SHARES.items()}


def _bare(chunks: Sequence[Codes], counted: Tables) -> float:
    """Numpy alone: the codes of each table put together and counted."""
    begun = perf_counter()
    for chunk in chunks:
        for names, cells in counted.counts.items():
            place = np.zeros(chunk[names[0]].size, dtype=np.intp)
            for name, length in zip(names, cells.shape, strict=True):
                place = place * length + chunk[name]
            np.bincount(place, minlength=cells.size)
    return perf_counter() - begun
