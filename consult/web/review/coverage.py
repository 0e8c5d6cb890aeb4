"""Whom a part wants to hear, and whom it has not heard yet: targets, reference populations, the register of needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FieldList, Form, FormField

from consult.database import read
from consult.errors import Invalid, sentence
from consult.inclusion.coverage import Reference, Target
from consult.models import AdjustmentRequest, CoveragePlan
from consult.services.desks import desk
from consult.services.desks.desk import StrandView
from consult.services.evidence import adjustments
from consult.services.report.heardsofar import heard_so_far
from consult.services.tables import coverageplans
from consult.services.tables.coverageplans import Choice, Countable, Planned
from consult.web.forms import StaffForm, day_field, number_field, offered, one_of, picked, text_field
from consult.web.languages import current_language, gettext
from consult.web.parts import here, part_page, row_of
from consult.web.review import phrases
from consult.web.review.blueprint import review
from consult.web.review.chart import bars
from consult.web.review.sections.adjustments import OUTCOMES
from consult.web.review.sections.coverage import heard
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import BARRIERS, NEEDS

__all__ = ["answer_need", "coverage", "needs"]

_PAIRS = 4
_BETWEEN = "|"


class GroupForm(Form):  # type: ignore[misc]
    """One group: how many shall be heard at least, and how many such people live there."""

    least = number_field(sentence("Planned, at least"))
    living = number_field(sentence("People living there"))


class PairForm(Form):  # type: ignore[misc]
    """People who are in two groups at once."""

    first = one_of(sentence("Group"), listed=True)
    other = one_of(sentence("and"), listed=True)
    least = number_field(sentence("Planned, at least"))


class CoverageForm(StaffForm):
    """The whole plan; `groups` and `sources` stand in the order of the part's dimensions and their groups."""

    invited = number_field(sentence("How many people were invited?"), sentence("Leave it empty where nobody can know."))
    groups = FieldList(FormField(GroupForm))
    sources = FieldList(text_field(sentence("Where are the numbers of people from?")))
    pairs = FieldList(FormField(PairForm), min_entries=_PAIRS)

    def planned(self, dimensions: tuple[Countable, ...], kept: Planned) -> Planned:
        """What was typed, and the populations of two groups at once, which have a page of their own. Raises `Invalid`
        for half of a pair."""
        rows = list(zip(_groups(dimensions), self.groups, strict=False))
        targets = [Target(((key, choice.code),), row.form.least.data) for (key, choice), row in rows if _set(row)]
        people: dict[str, dict[str, int]] = {}
        for (key, choice), row in rows:
            if row.form.living.data is not None and not choice.wide:
                people.setdefault(key, {})[choice.code] = row.form.living.data
        sources = dict(zip((each.key for each in dimensions), self.sources, strict=False))
        return Planned(
            targets=(*targets, *self._both()),
            references=(
                *(Reference.of(key, sources[key].data or "", counts) for key, counts in people.items()),
                *(each for each in kept.references if len(each.dimensions) > 1),
            ),
            invited=self.invited.data,
        )

    def _both(self) -> Iterator[Target]:
        for row in self.pairs:
            first, other, least = row.form.first.data, row.form.other.data, row.form.least.data
            if not first and not other and least is None:
                continue
            if not first or not other or least is None:
                raise Invalid({"": [sentence("People in two groups: choose both, and how many at least.")]})
            parts = [tuple(each.split(_BETWEEN, 1)) for each in (first, other)]
            yield Target(tuple(sorted((name, label) for name, label in parts)), least)


def _set(row: FormField) -> bool:
    return row.form.least.data is not None


def _groups(dimensions: tuple[Countable, ...]) -> Iterator[tuple[str, Choice]]:
    return ((each.key, choice) for each in dimensions for choice in each.choices)


def _stored(plan: Planned, dimensions: tuple[Countable, ...]) -> Mapping[str, Any]:
    least = {target.group: target.least for target in plan.targets}
    living = {group: n for each in plan.references for group, n in each.people.items()}
    source = {each.dimensions[0]: each.source for each in plan.references if len(each.dimensions) == 1}
    pairs = [target for target in plan.targets if len(target.group) > 1]
    return {
        "invited": plan.invited,
        "groups": [
            {"least": least.get(((key, choice.code),)), "living": living.get(((key, choice.code),))}
            for key, choice in _groups(dimensions)
        ],
        "sources": [source.get(each.key, "") for each in dimensions],
        "pairs": [_pair(target) for target in pairs],
    }


def _pair(target: Target) -> dict[str, object]:
    first, other = sorted(target.group, key=lambda part: part[0] != coverageplans.AGE)
    return {"first": _BETWEEN.join(first), "other": _BETWEEN.join(other), "least": target.least}


@review.route("/c/<consultation_id>/<strand_id>/coverage", methods=["GET", "POST"])
def coverage(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """The plan of a part beside what is known so far of whom it has heard."""
    who = actor()
    with read(site().engine) as db:
        consultation, part = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        dimensions, plan = coverageplans.countable(row), coverageplans.planned(db, strand_id)
        so_far = heard_so_far(db, row, current_language().code)
        may_plan, has_reference = coverageplans.may_plan(db, who, row), coverageplans.has_reference(row)
    form = CoverageForm(_stored(plan, dimensions))
    _offer(form, dimensions)
    if form.is_sent and attempt(form, lambda db: _save(db, part, form, dimensions, plan)) is not None:
        return redirect(_here("coverage", part, saved=1), 303)
    page = part_page(
        "report/coverage.html",
        consultation,
        part,
        form=form,
        plan=plan,
        dimensions=[_shown(each) for each in dimensions],
        may_plan=may_plan,
        has_reference=has_reference,
        so_far=so_far,
        blocks=list(heard(so_far.coverage, so_far.k)) if so_far else [],
        bars=bars,
    )
    return page, status_of(form)


def _save(
    db: Session, part: StrandView, form: CoverageForm, dimensions: tuple[Countable, ...], kept: Planned
) -> CoveragePlan:
    values = form.planned(dimensions, kept)
    return coverageplans.save(db, site().keys.audit, actor(), part.id, seen_version(), values, site().clock())


def _shown(dimension: Countable) -> tuple[str, str, list[tuple[str, bool]]]:
    names = [(phrases.chosen(dimension.key, choice.code, choice.words), choice.wide) for choice in dimension.choices]
    return dimension.key, phrases.called(dimension.key, dimension.words), names


def _offer(form: CoverageForm, dimensions: tuple[Countable, ...]) -> None:
    """The choices of pairs: any two groups; a table of the two is then tried."""
    groups = [
        (
            f"{each.key}{_BETWEEN}{choice.code}",
            f"{phrases.called(each.key, each.words)}: {phrases.chosen(each.key, choice.code, choice.words)}",
        )
        for each in dimensions
        for choice in each.choices
    ]
    for entry in form.pairs:
        entry.form.first.choices, entry.form.other.choices = (
            offered([("", "–"), *groups]),
            offered([("", "–"), *groups]),
        )


def _here(endpoint: str, part: StrandView, **values: object) -> str:
    return url_for(f"review.{endpoint}", consultation_id=part.card.consultation_id, strand_id=part.id, **values)  # type: ignore[arg-type]


class NeedForm(StaffForm):
    """What somebody needs, in codes: the form has no place for a name or a diagnosis."""

    barrier = one_of(sentence("What gets in the way?"), listed=True)
    need = one_of(sentence("What is needed?"), listed=True)
    day = day_field(sentence("By which day?"), sentence("The day of the meeting, or of the close."))


@review.route("/c/<consultation_id>/<strand_id>/needs", methods=["GET", "POST"])
def needs(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """The register of adjustments: what was asked for, what came of it."""
    who = actor()
    with read(site().engine) as db:
        consultation, part = here(db, consultation_id, strand_id)
        may_note = adjustments.may_note(db, who, row_of(db, strand_id))
        rows = adjustments.register(db, strand_id)
    form = NeedForm(barrier=[("", "–"), *picked(BARRIERS)], need=[("", "–"), *picked(NEEDS)])
    if form.is_sent and attempt(form, lambda db: _noted(db, part, form)) is not None:
        return redirect(_here("needs", part, saved=1), 303)
    page = part_page(
        "report/needs.html",
        consultation,
        part,
        form=form,
        rows=rows,
        may_note=may_note,
        outcomes=[(code, gettext(text)) for code, text in OUTCOMES.items()],
        kept=adjustments.KEPT.days,
    )
    return page, status_of(form)


def _noted(db: Session, part: StrandView, form: NeedForm) -> AdjustmentRequest:
    strand = row_of(db, part.id)
    key, now = site().keys.audit, site().clock()
    return adjustments.note(db, key, actor(), strand, form.barrier.data, form.need.data, form.day.data, now)


class OutcomeForm(StaffForm):
    """What came of a request."""

    request_id = text_field("")
    outcome = text_field("")


@review.post("/c/<consultation_id>/<strand_id>/needs/answer")
def answer_need(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Say what came of one request."""
    form = OutcomeForm()
    with read(site().engine) as db:
        part = desk.strand(db, actor(), consultation_id, strand_id)
    if attempt(form, lambda db: _answered(db, part, form)) is None:
        raise Invalid({"outcome": [str(each) for _, each in form.problems]})
    return redirect(_here("needs", part, saved=1), 303)


def _answered(db: Session, part: StrandView, form: OutcomeForm) -> AdjustmentRequest:
    strand = row_of(db, part.id)
    key, now = site().keys.audit, site().clock()
    return adjustments.answer(db, key, actor(), strand, form.request_id.data, form.outcome.data, now)
