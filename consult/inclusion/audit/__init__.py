"""The audit of a release: takes the release JSON and nothing else, shares no code with the protection, and decides."""

from collections.abc import Iterator, Mapping
from itertools import islice
from time import perf_counter
from typing import Any

from consult.inclusion.audit.attack import OutOfTime
from consult.inclusion.audit.findings import AuditResult, Finding, Kind, Region, Summary
from consult.inclusion.audit.judge import judge, shares
from consult.inclusion.audit.model import TooLarge, connected_tables, systems
from consult.inclusion.audit.reading import Published, Unreadable, contradictions, read

__all__ = ["AuditResult", "Finding", "Kind", "Region", "Summary", "audit_release", "connected_parts"]


def audit_release(release: Mapping[str, Any], budget_seconds: float = 60.0, *, most: int | None = None) -> AuditResult:
    """Try to undo the protection of one release, all its tables together.

    `budget_seconds` bounds the time: what is undecided by then counts as found (`unresolved`). `most` ends the audit
    early, once that many findings are there. A release that names earlier ones is not cleared by this audit alone.
    """
    start = perf_counter()
    deadline = start + budget_seconds
    ranges: list[int] = []
    published: Published | None = None
    findings: tuple[Finding, ...]
    try:
        published = read(release)
        found = _findings(release, published, deadline, ranges)
        findings = tuple(dict.fromkeys(islice(found, most)))
    except Unreadable as problem:
        findings = (Finding(Kind.INVALID, (), str(problem)),)
    summary = Summary(
        cells=published.cells if published else 0,
        withheld=len(published.withheld) if published else 0,
        narrowest=min(ranges, default=None),
        seconds=round(perf_counter() - start, 2),
    )
    return AuditResult(findings, summary)


def _findings(
    release: Mapping[str, Any], published: Published, deadline: float, ranges: list[int]
) -> Iterator[Finding]:
    if release.get("previous"):
        yield Finding(Kind.UNRESOLVED, (), "earlier releases of the series are not part of this audit")
    yield from contradictions(published)
    yield from shares(published)
    if not published.tables:
        return
    try:
        for system in systems(published):
            yield from judge(system, published, lambda: deadline - perf_counter(), ranges)
    except OutOfTime:
        yield Finding(Kind.UNRESOLVED, (), "the time budget is used up")
    except TooLarge as problem:
        yield Finding(Kind.UNRESOLVED, (), str(problem))


def connected_parts(release: Mapping[str, Any]) -> list[tuple[int, ...]]:
    """Positions of tables that can only be judged together; tables of different parts say nothing of each other."""
    return connected_tables(read(release))
