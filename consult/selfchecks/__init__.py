"""The program tests itself: its own pages, its own database, its own numbers; what it finds is evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Engine

from consult.config import Settings
from consult.selfchecks.finding import Finding
from consult.selfchecks.numbers import small_numbers_stay_hidden
from consult.selfchecks.pages import entry_is_controlled, help_and_leave_work, saying_no_works
from consult.selfchecks.rehearsal import Rehearsal, rehearsal
from consult.selfchecks.sent import nothing_from_elsewhere
from consult.selfchecks.stored import class_never_changes, deletion_works, nothing_identifies
from consult.services.evidence.programchecks import Result
from safeguards.policy import Policy

__all__ = ["run"]

Check = Callable[[Rehearsal, Finding], None]
_CHECKS: dict[str, Check] = {
    "SAF-12": help_and_leave_work,
    "ETH-03": saying_no_works,
    "SAF-17": entry_is_controlled,
    "DAT-07": nothing_from_elsewhere,
    "DAT-06": small_numbers_stay_hidden,
    "REP-03": class_never_changes,
    "DAT-02": nothing_identifies,
    "DAT-05": deletion_works,  # the last: it destroys what the others have made
}


def run(
    settings: Settings, engine: Engine, policy: Policy, now: datetime, progress: Callable[[str], None]
) -> Iterable[Result]:
    """Every check, one after the other: over this installation's database, and a rehearsal with its settings.

    Nothing is written to the installation's database. A check that breaks has failed.
    """
    with rehearsal(settings, engine, policy, now) as stage:
        for requirement, check in _CHECKS.items():
            progress(requirement)
            found = Finding()
            try:
                check(stage, found)
            except Exception as error:  # whatever it is, the check did not pass; its words may quote what is stored
                found.wrong(f"The check itself broke: {type(error).__name__}.")
            yield Result(requirement, not found.problems, tuple(found.problems or found.held))
