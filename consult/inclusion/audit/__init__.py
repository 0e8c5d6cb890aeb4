"""The audit of a release: takes release JSON and nothing else, shares no code with the protection, and decides."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from consult.inclusion.audit.beside import between, of_a_snapshot
from consult.inclusion.audit.effort import work_time
from consult.inclusion.audit.examination import Examination
from consult.inclusion.audit.findings import AuditResult, Finding, Kind, Region, Summary
from consult.inclusion.audit.model import connected_tables
from consult.inclusion.audit.reading import Unreadable, read

__all__ = [
    "AuditResult",
    "Examination",
    "Finding",
    "Kind",
    "Region",
    "Summary",
    "audit_live",
    "audit_release",
    "audit_snapshot",
    "connected_parts",
]


def audit_release(
    release: Mapping[str, Any],
    budget_seconds: float = 60.0,
    *,
    previous: Sequence[Mapping[str, Any]] = (),
    snapshots: Sequence[Mapping[str, Any]] = (),
    most: int | None = None,
) -> AuditResult:
    """Try to undo the protection of a release, all its tables together with all releases before it.

    `previous` are the earlier releases of its series, oldest first; one that the release names and that is missing
    leaves it `unresolved`. `snapshots` are live figures of the same people, in lots, as staff could see them: what
    both tell together of who came or left is looked at as well.

    `budget_seconds` bounds the work, counted in about as many seconds of processor time (`effort`: neither the machine
    nor how busy it is decides anything): what is undecided by then counts as found. `most` ends the audit early, once
    that many findings are there; `narrowest` is then not looked for.
    """
    return _judged(release, previous, (*previous, release), snapshots, budget_seconds, most)


def audit_live(
    snapshot: Mapping[str, Any],
    budget_seconds: float = 60.0,
    *,
    previous: Sequence[Mapping[str, Any]] = (),
    releases: Sequence[Mapping[str, Any]] = (),
) -> AuditResult:
    """The same for live figures in lots, as staff could see them: by themselves, and beside each other moment.

    The other moments are `previous`, all live figures before them, and `releases` of the same people. Nobody says who
    came or left in between, so two at a time are as exact as all at once (`beside`).
    """
    return _judged(snapshot, previous, (snapshot,), (*previous, *releases), budget_seconds)


def _judged(
    release: Mapping[str, Any],
    previous: Sequence[Mapping[str, Any]],
    series: Sequence[Mapping[str, Any]],
    moments: Sequence[Mapping[str, Any]],
    budget_seconds: float,
    most: int | None = None,
) -> AuditResult:
    """The verdict on the last of a `series`, judged together, and on it with each of the other `moments`."""
    start = work_time()
    deadline = start + budget_seconds
    cells = hidden = 0
    width: int | None = None
    try:
        examination = Examination(series, lambda: deadline - work_time())
        cells, hidden = examination.published.cells, examination.published.hidden
        beside = (between(one, release, lambda: deadline - work_time()) for one in moments)
        found = chain(_missing(release, previous), examination.findings(), chain.from_iterable(beside))
        findings = tuple(dict.fromkeys(islice(found, most)))
        width = None if findings or most else examination.narrowest()
    except Unreadable as problem:
        findings = (Finding(Kind.INVALID, (), str(problem)),)
    return AuditResult(findings, Summary(cells, hidden, width, round(work_time() - start, 2)))


def audit_snapshot(
    snapshot: Mapping[str, Any],
    budget_seconds: float = 60.0,
    *,
    releases: Sequence[Mapping[str, Any]] = (),
    heads: int | None = None,
) -> tuple[Finding, ...]:
    """What is wrong with showing live figures in lots, by themselves and beside releases of the same people.

    `heads`: how many people there are, as somebody knows who saw them come; pages tell that in lots too.
    `budget_seconds` is that of `audit_release`.
    """
    deadline = work_time() + budget_seconds
    try:
        return tuple(of_a_snapshot(snapshot, releases, lambda: deadline - work_time(), heads))
    except Unreadable as problem:
        return (Finding(Kind.INVALID, (), str(problem)),)


def _missing(release: Mapping[str, Any], previous: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Earlier releases that are named and not there to be looked at, or are of another series."""
    named = release.get("previous", [])
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise Unreadable("previous must be a list of ids")
    given = [one.get("id") for one in previous]
    absent = [one for one in named if one not in given]
    if absent:
        yield Finding(
            Kind.UNRESOLVED, (), f"earlier releases of the series are not part of this audit: {', '.join(absent)}"
        )
    if any(one.get("series") != release.get("series") for one in previous):
        yield Finding(Kind.INVALID, (), "the releases are of different series")


def connected_parts(release: Mapping[str, Any], previous: Sequence[Mapping[str, Any]] = ()) -> list[tuple[int, ...]]:
    """Positions of tables that can only be judged together; tables of different parts say nothing of each other.

    With earlier releases their tables come first.
    """
    return connected_tables(read([*previous, release]))
