"""The self-assessment: nine requirements, a line an indicator, the team beside the children's advisers."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.services.evidence import assessing
from consult.services.evidence.assessing import AssessmentView, Scored
from consult.web.assessmentwords import INDICATOR_WORDS, REQUIREMENTS, SCORERS, SCORES
from consult.web.facilitate.blueprint import facilitate
from consult.web.forms import StaffForm, one_or_none, picked, text_field
from consult.web.languages import gettext
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor
from safeguards.assessment import INDICATORS, MOST, Requirement, Scorer

__all__ = ["assessment", "score"]


_SCORES = {indicator: f"score_{indicator}" for indicator in INDICATORS}
_EVIDENCE = {indicator: f"evidence_{indicator}" for indicator in INDICATORS}
_OF_REQUIREMENT = {row: [key for key, of in INDICATORS.items() if of is row] for row in Requirement}
#: A score and its evidence for each indicator; none chosen means not scored.
_ScoreForm = type(
    "ScoreForm",
    (StaffForm,),
    {
        name: field
        for key in INDICATORS
        for name, field in (
            (_SCORES[key], one_or_none(INDICATOR_WORDS[key])),
            (_EVIDENCE[key], text_field(sentence("Where can it be seen?"))),
        )
    },
)


def _view(consultation_id: str) -> AssessmentView:
    with read(site().engine) as db:
        return assessing.assessment(db, actor(), consultation_id)


@facilitate.get("/c/<consultation_id>/assessment")
def assessment(consultation_id: str) -> str:
    """Both scorers side by side, the mean of each requirement, and the floor."""
    return render_template(
        "staff/assessment.html",
        view=_view(consultation_id),
        requirements=REQUIREMENTS,
        indicators=_OF_REQUIREMENT,
        words_of=INDICATOR_WORDS,
        scorers=SCORERS,
        scores=SCORES,
        most=MOST,
    )


@facilitate.route("/c/<consultation_id>/assessment/<scorer>", methods=["GET", "POST"])
def score(consultation_id: str, scorer: str) -> Response | tuple[str, int]:
    """Enter what one scorer gives."""
    if scorer not in list(Scorer):
        raise NotFound
    view, who = _view(consultation_id), Scorer(scorer)
    choices = [("", gettext("Not scored")), *picked(SCORES)]
    form = _ScoreForm(_stored(view.scores[who]), **dict.fromkeys(_SCORES.values(), choices))
    if form.is_sent and _saved(form, consultation_id, who):
        return redirect(url_for("facilitate.assessment", consultation_id=consultation_id, saved=1), 303)
    return (
        render_template(
            "staff/assessment_form.html",
            view=view,
            form=form,
            scorer=gettext(SCORERS[who]),
            requirements=REQUIREMENTS,
            indicators=_OF_REQUIREMENT,
        ),
        status_of(form),
    )


def _stored(scores: Mapping[str, Scored]) -> dict[str, str]:
    given = {name: str(scores[key].score) if key in scores else "" for key, name in _SCORES.items()}
    return given | {name: scores[key].evidence for key, name in _EVIDENCE.items() if key in scores}


def _saved(form: StaffForm, consultation_id: str, who: Scorer) -> bool:
    def save(db: Session) -> bool:
        given = {key: (_points(form, key), form[_EVIDENCE[key]].data) for key in INDICATORS}
        assessing.score(db, site().keys, actor(), consultation_id, who, given, site().clock())
        return True

    return attempt(form, save) is not None


def _points(form: StaffForm, indicator: str) -> int | None:
    chosen = form[_SCORES[indicator]].data
    return int(chosen) if chosen else None
