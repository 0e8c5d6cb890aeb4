"""`consult inclusion`: the independent audit of releases."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from consult.commands.output import DONE, FAILED, complain, progress, say, say_json
from consult.inclusion import AuditResult, Finding, audit_release

__all__ = ["register"]

_BUDGET_SECONDS = 60
_MEND = "give the release file as it was published"


class _NoRelease(Exception):
    """The file holds no release at all; the message is one line: what is wrong, where, the mend."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers."""
    inclusion = commands.add_parser("inclusion", help="releases: audit what was published").add_subparsers(
        required=True, metavar="ACTION"
    )
    audit = inclusion.add_parser("audit", help="try to recompute every withheld number; exit code 1 on any finding")
    audit.add_argument("releases", nargs="+", type=Path, metavar="RELEASE.json")
    audit.add_argument(
        "--seconds",
        type=int,
        default=_BUDGET_SECONDS,
        metavar="N",
        help="time a file; undecided counts as found",
    )
    audit.add_argument("--json", action="store_true", help="print the verdicts as one JSON object")
    audit.set_defaults(run=_audit)


def _audit(arguments: argparse.Namespace) -> int:
    if arguments.seconds < 1:
        return complain([f"--seconds is {arguments.seconds}: give a whole number from 1 on"])
    try:
        releases = {path: _read(path) for path in arguments.releases}
    except _NoRelease as problem:
        return complain([str(problem)])
    verdicts = {}
    for path, release in releases.items():
        progress(f"Auditing {path}")
        verdicts[path] = audit_release(release, arguments.seconds)
    if arguments.json:
        say_json({"ok": _ok(verdicts), "releases": [_described(path, each) for path, each in verdicts.items()]})
    else:
        _show(verdicts)
    return DONE if _ok(verdicts) else FAILED


def _ok(verdicts: dict[Path, AuditResult]) -> bool:
    return all(verdict.ok for verdict in verdicts.values())


def _read(path: Path) -> dict[str, Any]:
    """What may be a release: whether it is a sound one is for the audit to say."""
    try:
        release = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _NoRelease(f"{path}: {error.strerror or error}: name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise _NoRelease(f"{path}: not text in UTF-8: {_MEND}") from error
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise _NoRelease(f"{where}: not JSON ({error.msg}): {_MEND}") from error
    except RecursionError as error:
        raise _NoRelease(f"{path}: nested too deeply for a release: {_MEND}") from error
    if not isinstance(release, dict) or not {"version", "k", "tables"} <= release.keys():
        raise _NoRelease(f"{path}: no release, which has version, k, dimensions and tables: {_MEND}")
    return release


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


def _show(verdicts: dict[Path, AuditResult]) -> None:
    for path, verdict in verdicts.items():
        told = verdict.summary
        say(f"{path}: {'passed' if verdict.ok else 'FAILED'}, {told.cells} cells, {told.withheld} withheld")
        for finding in verdict.findings:
            say(f"  {finding}")
