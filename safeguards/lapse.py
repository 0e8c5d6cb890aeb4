"""What a lapse does to new starts, to people already in, and to what they have not sent; and what a restart needs.

Class C1: protection is missing now. C2: a document ran out, the protection is still real. C3: a quality gap.
What lapses when, and in which class, is policy data (each requirement's ``lapses``); events.py names what can happen.
Help page, quick exit and complaint route stay up in every state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from .lifecycle import Fact
from .names import may_be_in
from .plan import Strand
from .policy import Policy
from .results import Evaluation, Finding, Status
from .said import Said, joined, said
from .terms import SPECIALIST, LapseClass, Level

__all__ = [
    "FINISH_WITHIN",
    "Effect",
    "Happening",
    "NewStarts",
    "PeopleIn",
    "Reach",
    "SentAnswers",
    "UnsentAnswers",
    "casts_doubt",
    "class_of",
    "doubts",
    "effect",
    "lapses",
]

FINISH_WITHIN = timedelta(minutes=30)
"""C2: how long people may still finish a form, or a session go on past its planned end."""


class NewStarts(StrEnum):
    """Whether anybody else may begin."""

    BLOCKED = "blocked"
    ALLOWED = "allowed"


class PeopleIn(StrEnum):
    """What happens to people who have begun.

    stop: form: the next page is the calm closing page with help; meeting: closing routine and safe hand-over.
    pause: nothing goes on until ``must_close_by``; then stop, unless the cause is gone.
    """

    STOP = "stop"
    PAUSE = "pause"
    FINISH = "finish"
    CONTINUE = "continue"


class UnsentAnswers(StrEnum):
    """What becomes of answers that were not sent. They exist only in the person's browser."""

    ERASED = "erased"
    HELD = "held"
    COMPLETE_FLAGGED = "submitted_under_C2"
    COMPLETE = "complete_normally"


class SentAnswers(StrEnum):
    """What becomes of answers that were sent before. Quarantined: sealed as they are and counted nowhere."""

    KEPT = "kept"
    QUARANTINED = "quarantined"


class Reach(StrEnum):
    """Whom it touches."""

    STRAND = "strand"
    PERSON = "person"
    LANGUAGE = "language"
    JURISDICTION = "jurisdiction"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that makes a safeguard lapse, as far as its effect goes.

    ``subject``: the language, jurisdiction or person it is about. ``pause_minutes``: only a pause at first; it becomes
    a stop after so long. ``quarantine``: touches consent, wrong audience, question set, staff or data security.
    ``stop``: the emergency stop. ``outputs_off``: exports and reports are off until it is mended.
    """

    lapse_class: LapseClass
    why: Said
    reach: Reach = Reach.STRAND
    subject: str = ""
    requirement: str = ""
    quarantine: bool = False
    pause_minutes: int | None = None
    stop: bool = False
    outputs_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What has to happen. ``lapse_class`` None: it does not touch this strand. Times are UTC-aware."""

    lapse_class: LapseClass | None
    why: Said
    reach: Reach = Reach.NOBODY
    subject: str = ""
    requirement: str = ""
    new_starts: NewStarts = NewStarts.ALLOWED
    people_in: PeopleIn = PeopleIn.CONTINUE
    unsent_answers: UnsentAnswers = UnsentAnswers.COMPLETE
    must_close_by: datetime | None = None
    sent_answers: SentAnswers = SentAnswers.KEPT
    decide_quarantine_by: datetime | None = None
    outputs_off: bool = False
    restart_needs: frozenset[Fact] = field(default_factory=frozenset)


_RESTART = frozenset({Fact.CAUSE_REMOVED, Fact.REVERIFIED, Fact.SIGNED_AGAIN, Fact.NOTED})
_LIFT = frozenset({Fact.LIFTED_BY_TWO, Fact.CAUSE_WRITTEN, Fact.INCIDENT_REVIEWED})


def effect(happening: Happening, strand: Strand, policy: Policy, at: datetime) -> Effect:
    """What a happening does to a strand (one mode) at a time."""
    lapse_class = _class_here(happening, strand, policy)
    if lapse_class is None:
        return Effect(lapse_class=None, why=said("this part is not touched: %(why)s", why=happening.why))
    people_in, unsent, close_by = _inside(lapse_class, happening, strand, at)
    halted = lapse_class is LapseClass.HALT
    quarantined = happening.quarantine and halted
    others_go_on = happening.reach is Reach.PERSON or lapse_class is LapseClass.NOTE
    return Effect(
        lapse_class=lapse_class,
        why=happening.why,
        reach=happening.reach,
        subject=happening.subject,
        requirement=happening.requirement,
        new_starts=NewStarts.ALLOWED if others_go_on else NewStarts.BLOCKED,
        people_in=people_in,
        unsent_answers=unsent,
        must_close_by=close_by,
        sent_answers=SentAnswers.QUARANTINED if quarantined else SentAnswers.KEPT,
        decide_quarantine_by=at + timedelta(days=policy.p("P-QUAR")) if quarantined else None,
        outputs_off=happening.outputs_off or happening.stop,
        restart_needs=_restart_needs(lapse_class, happening, strand),
    )


def _class_here(happening: Happening, strand: Strand, policy: Policy) -> LapseClass | None:
    """The class for this strand: nothing where the requirement does not bind it, a note where it only advises."""
    if happening.subject and not _is_about(happening, strand):
        return None
    requirement = policy.requirements.get(happening.requirement)
    if requirement is None:
        return happening.lapse_class
    level = requirement.level_for(strand)
    if level is Level.ADVISORY:
        return LapseClass.NOTE
    return happening.lapse_class if level is not None else None


def _is_about(happening: Happening, strand: Strand) -> bool:
    match happening.reach:
        case Reach.LANGUAGE:
            return happening.subject in strand.languages
        case Reach.JURISDICTION:
            return may_be_in(happening.subject, strand.jurisdictions)
        case _:
            return True


def _inside(
    lapse_class: LapseClass, happening: Happening, strand: Strand, at: datetime
) -> tuple[PeopleIn, UnsentAnswers, datetime | None]:
    match lapse_class:
        case LapseClass.NOTE:
            return PeopleIn.CONTINUE, UnsentAnswers.COMPLETE, None
        case LapseClass.FINISH_SAFELY:
            return PeopleIn.FINISH, UnsentAnswers.COMPLETE_FLAGGED, _finish_by(strand, at)
        case LapseClass.HALT if happening.pause_minutes is not None:
            return PeopleIn.PAUSE, UnsentAnswers.HELD, at + timedelta(minutes=happening.pause_minutes)
        case LapseClass.HALT:
            return PeopleIn.STOP, UnsentAnswers.ERASED, at


def _finish_by(strand: Strand, at: datetime) -> datetime:
    """A form: half an hour, within its window. A meeting: its planned end and at most half an hour."""
    if strand.live:
        running = [s for s in strand.sessions if s.starts <= at < s.ends + FINISH_WITHIN]
        return max((session.ends + FINISH_WITHIN for session in running), default=at)
    closes = strand.window.closes if strand.window else at
    return max(at, min(at + FINISH_WITHIN, closes))


def _restart_needs(lapse_class: LapseClass, happening: Happening, strand: Strand) -> frozenset[Fact]:
    """The cause removed, checked by a second person, signed again (S and H by two), a note to participants."""
    if lapse_class is LapseClass.NOTE:
        return frozenset()
    second = frozenset({Fact.APPROVER_SIGNED}) if strand.audience in SPECIALIST else frozenset()
    return _RESTART | second | (_LIFT if happening.stop else frozenset())


# ---- from what the gate finds

_RAN_OUT = frozenset({Status.EXPIRED, Status.TOO_SHORT})
_UNTRUE = frozenset({Status.REVOKED, Status.FOUND_FALSE, Status.FOUR_EYES, Status.WRONG_ROLE})
_STRICTEST_FIRST = tuple(LapseClass)
# Consent, wrong audience, question set, staff and data security: what was sent meanwhile has to be looked at.
_DOUBTFUL = (
    "incident",
    "TRN-",
    "DAT-",
    "ETH-02",
    "ETH-03",
    "ETH-04",
    "ETH-05",
    "ETH-06",
    "SAF-13",
    "SAF-15",
    "SAF-17",
    "SAF-20",
)


def class_of(finding: Finding, policy: Policy) -> LapseClass:
    """What it means for an open strand that something no longer holds.

    A document that only ran out is the mildest class of the requirement's row (C2 where it says so: the protection is
    still real); anything else the strictest. What turned out untrue, or is no requirement (D1, D2), is C1. A gap that
    only advises is a note.
    """
    if finding.level is Level.ADVISORY:
        return LapseClass.NOTE
    requirement = policy.requirements.get(finding.requirement)
    if requirement is None or not requirement.lapses or finding.status in _UNTRUE:
        return LapseClass.HALT
    named = sorted((row.lapse_class for row in requirement.lapses), key=_STRICTEST_FIRST.index)
    return named[-1] if finding.status in _RAN_OUT else named[0]


def casts_doubt(requirement: str) -> bool:
    """Whether a C1 lapse of this requirement quarantines what was sent."""
    return requirement.startswith(_DOUBTFUL)


def doubts(finding: Finding) -> bool:
    """Whether what was sent before is in doubt. What only ran out held until then."""
    return casts_doubt(finding.requirement) and finding.status not in _RAN_OUT


def lapses(before: Evaluation, after: Evaluation, policy: Policy) -> tuple[Happening, ...]:
    """What held before and does not hold now, strictest first."""
    known = {finding.requirement for finding in _unmet(before)}
    fresh = {f.requirement: f for f in _unmet(after) if f.requirement not in known}
    found = [_happening(finding, policy) for finding in fresh.values()]
    return tuple(sorted(found, key=lambda happening: _STRICTEST_FIRST.index(happening.lapse_class)))


def _unmet(evaluation: Evaluation) -> Iterable[Finding]:
    for finding in (*evaluation.findings, *evaluation.reasons):
        if finding.status not in (Status.MET, Status.EQUIVALENT):
            yield finding
    for part in evaluation.parts:
        yield from _unmet(part)


def _happening(finding: Finding, policy: Policy) -> Happening:
    reach, subject = Reach.STRAND, ""
    for kind, named in (("languages", Reach.LANGUAGE), ("jurisdictions", Reach.JURISDICTION)):
        if len(finding.failing.get(kind, ())) == 1:
            reach, (subject,) = named, finding.failing[kind]
    return Happening(
        lapse_class=class_of(finding, policy),
        why=joined((finding.requirement, finding.why), ": "),
        reach=reach,
        subject=subject,
        requirement=finding.requirement,
        quarantine=doubts(finding),
    )
