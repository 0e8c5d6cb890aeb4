"""The self-assessment of a consultation: two scorers, each with the evidence, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid, sentence
from consult.models import Consultation, IndicatorScore
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in_consultation, visible_consultation
from consult.services.auditing import Verb, record
from safeguards.assessment import INDICATORS, MOST, Result, Scorer, assess
from safeguards.terms import Role

__all__ = ["AssessmentView", "Scored", "assessment", "assessment_of", "score"]

_SCORERS = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.ORGANISATION_MANAGER})
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Scored:
    """One score from 0 to 3, and where it can be seen."""

    score: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentView:
    """Scores by scorer and indicator, and what each scorer's come to."""

    consultation_id: str
    title: str
    scores: Mapping[Scorer, Mapping[str, Scored]]
    results: Mapping[Scorer, Result]
    may_score: Ruling

    @property
    def begun(self) -> bool:
        """Whether anything is scored."""
        return any(self.scores.values())

    @property
    def acceptable(self) -> bool | None:
        """The floor rule over both scorers: one 0 of either is enough; None while it cannot be said."""
        each = [result.acceptable for result in self.results.values()]
        return False if False in each else None if None in each else True


def assessment(db: Session, actor: Actor, consultation_id: str) -> AssessmentView:
    """The self-assessment of one consultation. Raises `NotFound` outside the actor's scope."""
    consultation = visible_consultation(db, actor, consultation_id)
    scores = assessment_of(db, consultation.id)
    return AssessmentView(
        consultation_id=consultation.id,
        title=consultation.title,
        scores=scores,
        results={who: assess({key: each.score for key, each in scored.items()}) for who, scored in scores.items()},
        may_score=_may_score(db, actor, consultation),
    )


def assessment_of(db: Session, consultation_id: str) -> dict[Scorer, dict[str, Scored]]:
    """What is scored so far, by scorer and indicator."""
    found: dict[Scorer, dict[str, Scored]] = {who: {} for who in Scorer}
    for row in db.scalars(select(IndicatorScore).where(IndicatorScore.consultation_id == consultation_id)):
        found[Scorer(row.scorer)][row.indicator] = Scored(row.score, row.evidence)
    return found


def score(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    consultation_id: str,
    scorer: Scorer,
    given: Mapping[str, tuple[int | None, str]],
    now: datetime,
) -> None:
    """Save what one scorer gives: indicator to score and evidence; no score takes it out. Raises `Invalid`.

    The children's advisers have no account: somebody of the team enters what they say, and the log says who.
    """
    consultation = visible_consultation(db, actor, consultation_id)
    _may_score(db, actor, consultation).demand()
    _check(given)
    for indicator, (points, evidence) in given.items():
        row = db.get(IndicatorScore, (consultation.id, indicator, scorer))
        if points is None:
            if row is not None:
                db.delete(row)
        elif row is None or (row.score, row.evidence) != (points, evidence.strip()):
            db.merge(
                IndicatorScore(
                    consultation_id=consultation.id,
                    indicator=indicator,
                    scorer=scorer,
                    score=points,
                    evidence=evidence.strip(),
                    entered_by=actor.id,
                    entered_at=now,
                )
            )
    db.flush()
    record(db, keys.audit, actor.id, Verb.ASSESSMENT_SCORED, consultation.id, now, {"scorer": scorer.value})


def _check(given: Mapping[str, tuple[int | None, str]]) -> None:
    problems: dict[str, list[str]] = {}
    for indicator, (points, evidence) in given.items():
        if indicator not in INDICATORS or (points is not None and not 0 <= points <= MOST):
            raise Invalid({"": [sentence("Choose one of the scores from 0 to 3.")]})
        if points is not None and not evidence.strip():
            problems[f"evidence_{indicator}"] = [
                sentence("Say where this can be seen: an address, or the name of a document.")
            ]
        elif len(evidence) > LONGEST:
            problems[f"evidence_{indicator}"] = [sentence("Keep it short: where it can be seen, not the whole of it.")]
    if problems:
        raise Invalid(problems)


def _may_score(db: Session, actor: Actor, consultation: Consultation) -> Ruling:
    held = roles_in_consultation(db, actor, consultation)
    return Ruling(ok=bool(held & _SCORERS), why=sentence("The team of the consultation enters the scores."))
