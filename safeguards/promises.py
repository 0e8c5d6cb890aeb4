"""What those who answered were promised: by when they hear what was said, what is answered, and what came of it.

The chain of General Comment 12, paragraph 134 (i), with the days of P-FEEDBACK. Time is an argument.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from .policy import Policy

__all__ = ["Answer", "Promise", "Stage", "may_begin_another", "promises"]


class Stage(StrEnum):
    """The three promises, in the order in which they fall due."""

    SAID = "said"
    ANSWERS = "answers"
    IMPACT = "impact"


class Answer(StrEnum):
    """What a decision-maker says to an idea; each comes with the reason."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: the day it falls due (None: nobody has answered yet), and the day it was kept."""

    stage: Stage
    due: date | None
    kept: date | None

    def missed(self, today: date) -> bool:
        """Whether it was kept too late, or is not kept and its day is over."""
        return self.due is not None and (self.kept or today) > self.due

    def overdue(self, today: date) -> bool:
        """Whether its day is over and it is still not kept."""
        return self.kept is None and self.missed(today)


def promises(
    closed: date | None,
    promised: date,
    kept: Mapping[Stage, date],
    policy: Policy,
    taken_back: Mapping[Stage, date] = MappingProxyType({}),
) -> tuple[Promise, ...]:
    """The promises of a consultation whose last part closed on `closed` (None: some part still takes answers).

    `promised` is the day of the answers that participants read before they answered: it holds even where the policy
    would leave more time, and from the moment it is over. What was taken back on a day is owed anew, with as long as
    the first promise has: nobody hesitates to take back what should not stand there.
    """
    within = {
        Stage.SAID: policy.p("P-FEEDBACK", "feedback"),
        Stage.ANSWERS: policy.p("P-FEEDBACK", "report"),
        Stage.IMPACT: policy.p("P-FEEDBACK", "impact"),
    }
    due: dict[Stage, date | None] = {
        stage: closed + timedelta(days=days) if closed else None for stage, days in within.items()
    }
    answers = due[Stage.ANSWERS]
    due[Stage.ANSWERS] = min(answers, promised) if answers else promised
    for stage, day in taken_back.items():
        due[stage] = max(due[stage] or day, day + timedelta(days=within[Stage.SAID]))
    return tuple(Promise(stage, due[stage], kept.get(stage)) for stage in Stage)


def may_begin_another(all_promises: Iterable[Promise], today: date, policy: Policy) -> bool:
    """Whether a new consultation may be set up: fewer promises are overdue than P-OVERDUE says."""
    overdue: Collection[Promise] = [promise for promise in all_promises if promise.overdue(today)]
    return len(overdue) < policy.p("P-OVERDUE")
