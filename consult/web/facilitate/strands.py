"""Adding a group to hear from: whom, how, with which questions, or in the place of children."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import Invalid, sentence
from consult.models import Strand
from consult.questionnaire.bank import compose, default_sets
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.services.desks import desk
from consult.services.setup import drafting
from consult.services.texts.wording import reader_of
from consult.web.facilitate.blueprint import facilitate
from consult.web.facilitate.planform import PlanForm
from consult.web.forms import one_of, one_or_none, picked
from consult.web.languages import gettext
from consult.web.once import once
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import AUDIENCES, MODES, REPRESENTATIVES
from safeguards.terms import CHILD_AUDIENCES, Audience, Mode, RepresentativeClass

__all__ = ["StrandForm"]

_LATER = "later"
_SETS = {
    "children_6_9": sentence("Children 6 to 9, with somebody beside them"),
    "children_10_12": sentence("Children 10 to 12: life online, safety and help"),
    "children_13_17": sentence("Children 13 to 17: life online, safety and help"),
    "adult_survivors": sentence("Adult survivors: services and what would help"),
    "young_adults": sentence("Young adults and other representatives: what children need"),
    "caregivers": sentence("Caregivers: what would help them to help children"),
    _LATER: sentence("I choose from the question bank in a moment"),
}
_ASKED_AS_REPRESENTATIVES = (
    RepresentativeClass.YOUNG_ADULTS,
    RepresentativeClass.ORGANISATIONS,
    RepresentativeClass.PROFESSIONALS,
    RepresentativeClass.CAREGIVERS,
)


class StrandForm(PlanForm):
    """The plan, and what is fixed from the start: audience, mode, questions, whom it stands in for."""

    audience = one_of(sentence("Whom do you want to hear from?"))
    representatives = one_or_none(
        sentence("Which representatives?"), hint=sentence("Only where you ask representatives of children.")
    )
    mode = one_of(sentence("How?"))
    question_set = one_of(sentence("Questions to begin with"), hint=sentence("You can change every question later."))
    stands_in_for = one_or_none(
        sentence("Do these adults stand in for children who can not be asked yet?"),
        hint=sentence("Waiting until it is safe to ask children is often better."),
    )

    def checks(self) -> Iterable[Callable[[], object]]:
        """Those of the plan, then what fits this audience."""
        return (*super().checks(), *(() if self.audience.errors else (self._representatives, self._form)))

    def values(self) -> drafting.StrandValues:
        """What the service takes. Raises `Invalid`."""
        form = self._form()
        facts = {name: value for name, value in self.facts().items() if value is not None}
        return drafting.StrandValues(
            name=self.name.data,
            audience=Audience(self.audience.data),
            mode=Mode(self.mode.data),
            facts={**facts, "topics": sorted({str(question.topic) for question in form.questions})},
            form=form,
            representatives=self._representatives(),
            stands_in_for=self.stands_in_for.data or None,
            decision_due=self.decision_due(),
            public_reason=self.public_reason.data,
        )

    def _representatives(self) -> RepresentativeClass | None:
        if Audience(self.audience.data) is not Audience.REPRESENTATIVES:
            return None
        if not self.representatives.data:
            raise Invalid({"representatives": [sentence("Choose which representatives.")]})
        return RepresentativeClass(self.representatives.data)

    def _form(self) -> Form:
        languages = tuple(self.languages.data or ())
        if not languages:
            raise Invalid({"languages": [sentence("Choose at least one language.")]})
        ready = default_sets().get(self.question_set.data)
        reader = reader_of(Audience(self.audience.data))
        if ready is not None and ready.reader is not reader:
            raise Invalid(
                {
                    "question_set": [
                        sentence("These questions are written for somebody else. Choose a set for this group.")
                    ]
                }
            )
        try:
            return compose(
                ready.questions if ready else (), languages, reader=reader, dimensions=ready.dimensions if ready else ()
            )
        except FormError as error:
            raise Invalid({"question_set": [error.sentence]}) from error


@facilitate.route("/c/<consultation_id>/add", methods=["GET", "POST"])
def add(consultation_id: str) -> str | Response | tuple[str, int]:
    """Add a group. Its audience, and so what its answers count as, is fixed from here on."""
    with read(site().engine) as db:
        found = desk.consultation(db, actor(), consultation_id)
    children = [("", gettext("No"))] + [
        (each.id, each.name) for each in found.strands if each.audience in CHILD_AUDIENCES
    ]
    form = StrandForm(
        _start(request.args.get("for", "")),
        audience=picked(AUDIENCES),
        representatives=picked({each: REPRESENTATIVES[each] for each in _ASKED_AS_REPRESENTATIVES}),
        mode=picked(MODES),
        question_set=picked(_SETS),
        stands_in_for=children,
    )
    if form.is_sent:
        made = attempt(form, once(Strand, lambda db: _add(db, consultation_id, form)))
        if made is not None:
            there = "questions" if form.question_set.data == _LATER else "team"
            return redirect(
                url_for(f"facilitate.{there}", consultation_id=consultation_id, strand_id=made.id, saved=1), 303
            )
    return render_template("staff/strand_form.html", form=form, consultation=found), status_of(form)


def _add(db: Session, consultation_id: str, form: StrandForm) -> Strand:
    return drafting.add_strand(db, site().keys.audit, actor(), consultation_id, form.values(), site().clock())


def _start(stands_in_for: str) -> dict[str, Any]:
    """What a new form shows: nothing about the people is chosen for the facilitator but the most careful mode."""
    start: dict[str, Any] = {"mode": str(Mode.ONLINE_INDIVIDUAL), "stands_in_for": stands_in_for}
    if stands_in_for:
        start |= {
            "audience": str(Audience.ADULT_SURVIVORS),
            "youngest": 18,
            "oldest": 99,
            "question_set": "adult_survivors",
        }
    return start
