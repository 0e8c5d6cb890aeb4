"""`consult inclusion`: protected releases from a table of people, and the independent audit of releases."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from consult.commands.microrelease import add_release
from consult.commands.output import DONE, FAILED, answer, answers, complain, libraries_aside, progress
from consult.commands.releasefiles import NoRelease, read_release
from consult.inclusion.audit import AuditResult, Finding, Kind, audit_live, audit_release
from consult.inclusion.lots import LIVE

__all__ = ["register"]

_BUDGET_SECONDS = 60


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    inclusion = commands.add_parser("inclusion", help="releases: make one, audit what was published").add_subparsers(
        required=True, metavar="ACTION"
    )
    add_release(inclusion)
    audit = inclusion.add_parser(
        "audit", help="try to recompute every withheld number, of a series all together; exit code 1 on any finding"
    )
    audit.add_argument("releases", nargs="+", type=Path, metavar="RELEASE.json", help="of one series, oldest first")
    audit.add_argument(
        "--seconds",
        type=int,
        default=_BUDGET_SECONDS,
        metavar="N",
        help="how much work a file: about as many seconds, the same on every machine; undecided counts as found",
    )
    answers(audit)
    audit.set_defaults(run=_audit)


def _audit(arguments: argparse.Namespace) -> int:
    if arguments.seconds < 1:
        return complain([f"--seconds is {arguments.seconds}: give a whole number from 1 on"])
    try:
        releases = {path: read_release(path) for path in arguments.releases}
    except NoRelease as problem:
        return complain([str(problem)])
    verdicts = {}
    for path, release in releases.items():
        progress(f"Auditing {path}")
        with libraries_aside():
            verdicts[path] = _verdict(release, list(releases.values()), arguments.seconds)
    told = {"ok": _ok(verdicts), "releases": [_described(path, each) for path, each in verdicts.items()]}
    answer(arguments, told, *_lines(verdicts))
    return DONE if _ok(verdicts) else FAILED


def _verdict(release: dict[str, Any], given: list[dict[str, Any]], seconds: int) -> AuditResult:
    """What the audit says of a release, with what was shown live of the same people; or of such live figures."""
    series, before = str(release.get("series")), _before(release, given)
    if series.startswith(LIVE):
        releases = [one for one in given if f"{LIVE}{one.get('series')}" == series]
        found = audit_live(release, seconds, previous=before, releases=releases)
    else:
        live = [one for one in given if one.get("series") == f"{LIVE}{series}"]
        found = audit_release(release, seconds, previous=before, snapshots=live)
    return replace(found, findings=(*found.findings, *_strangers(release, given)))


def _strangers(release: dict[str, Any], given: list[dict[str, Any]]) -> Iterator[Finding]:
    """Other files of the same series of which neither names the other: together they may tell what each keeps."""
    for one in given:
        of_it = one != release and one.get("series") == release.get("series")
        if of_it and not _is_before(one, release) and not _is_before(release, one):
            detail = f"{one.get('id')!r} is of the same series, and neither names the other as an earlier release"
            yield Finding(Kind.UNRESOLVED, (), detail)


def _is_before(one: dict[str, Any], other: dict[str, Any]) -> bool:
    named = other.get("previous")
    return isinstance(named, list) and one.get("id") in named


def _before(release: dict[str, Any], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the files given those that a release names as earlier ones of its series, in its order."""
    named = release.get("previous")
    by_id = {one["id"]: one for one in given if isinstance(one.get("id"), str) and one is not release}
    return [by_id[name] for name in named if isinstance(name, str) and name in by_id] if isinstance(named, list) else []


def _ok(verdicts: dict[Path, AuditResult]) -> bool:
    return all(verdict.ok for verdict in verdicts.values())


def _described(path: Path, verdict: AuditResult) -> dict[str, Any]:
    return {
        "file": str(path),
        "ok": verdict.ok,
        "findings": [_finding(finding) for finding in verdict.findings],
        **asdict(verdict.summary),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    where = {name: list(leaves) for name, leaves in finding.region}
    return {"kind": finding.kind.value, "where": where, "detail": finding.detail}


def _lines(verdicts: dict[Path, AuditResult]) -> Iterator[str]:
    for path, verdict in verdicts.items():
        told = verdict.summary
        yield f"{path}: {'passed' if verdict.ok else 'FAILED'}, {told.cells} cells, {told.withheld} withheld"
        yield from (f"  {finding}" for finding in verdict.findings)
