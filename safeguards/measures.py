"""Requirements that are computed from facts: ``check`` says whether the plan fulfils one, why, and until when.

A fact that is missing is not fulfilled. Evidence comes on top; this module never looks at who attested what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from .measure import Measure, fine
from .measuredservices import agreements, contact_tests, hours, languages
from .measuredsessions import duty_lead, groups, length, practitioners, ratio, two_adults
from .plan import Plan
from .policy import Policy
from .record import Record
from .said import joined, said
from .validity import Case

__all__ = ["CHECKED", "COMPUTED", "Measure", "check"]


def check(requirement_id: str, plan: Plan, record: Record, policy: Policy, at: datetime) -> Measure | None:
    """How the facts of a plan (strand with one mode) stand to a requirement at a time; None: nothing is computed."""
    computed = COMPUTED.get(requirement_id)
    return computed(Case(plan, record, policy, at)) if computed else None


def _question_set(case: Case) -> Measure:
    """SAF-15: there is a set, and the linter found no error in it; which one was signed off is evidence's to say."""
    questions = case.strand.questions
    if questions is None or not questions.items:
        return Measure(ok=False, why=said("no questions are given"))
    if questions.lint_errors:
        return Measure(
            ok=False, why=said("the check of the questions found: %(what)s", what=joined(questions.lint_errors))
        )
    return fine(said("the check of the questions found nothing to mend"))


def _own_check(requirement: str) -> Callable[[Case], Measure]:
    """What the program found out about itself: a check that failed outweighs whatever is attested."""

    def check_run(case: Case) -> Measure:
        run = next((each for each in case.record.checks if each.requirement == requirement), None)
        if run is None or run.passed:
            return fine(_NONE_FAILED)
        why = said("the program's own check on %(when)s found: %(what)s", when=run.at, what=run.found)
        return Measure(ok=False, why=why)

    return check_run


_NONE_FAILED = said("no check of the program failed")

CHECKED = ("SAF-12", "SAF-17", "ETH-03", "DAT-02", "DAT-05", "DAT-06", "DAT-07", "REP-03")
"""Requirements that the program tests itself (`consult check --attest`): a failed run lapses them."""

COMPUTED: Mapping[str, Callable[[Case], Measure]] = {
    "SAF-04": two_adults,
    "SAF-05": ratio,
    "SAF-06": duty_lead,
    "SAF-13": groups,
    "SAF-14": length,
    "SAF-15": _question_set,
    "SUP-01": agreements,
    "SUP-02": hours,
    "SUP-03": languages,
    "SUP-04": contact_tests,
    "SUP-07": practitioners,
    **{requirement: _own_check(requirement) for requirement in CHECKED},
}
"""Requirement id → the computation."""
