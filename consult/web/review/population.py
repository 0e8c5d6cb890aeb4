"""A reference population of two groups at once: a table such as age by gender, typed from what a census says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FieldList

from consult.database import read
from consult.errors import sentence
from consult.inclusion.coverage import Group, Reference
from consult.models import CoveragePlan
from consult.services import coverageplans
from consult.services.coverageplans import Choice, Countable, Planned
from consult.services.desk import StrandView
from consult.web.forms import StaffForm, number_field, text_field
from consult.web.parts import here, part_page, row_of
from consult.web.review import phrases
from consult.web.review.blueprint import review
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["population"]


class PopulationForm(StaffForm):
    """One number a crossing, row by row, and where they are from."""

    people = FieldList(number_field(sentence("People living there")))
    source = text_field(sentence("Where are the numbers of people from?"))


@review.route("/c/<consultation_id>/<strand_id>/coverage/population", methods=["GET", "POST"])
def population(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """Choose two things that the part counts; then their table, to be filled in."""
    who = actor()
    with read(site().engine) as db:
        consultation, part = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        dimensions, plan = coverageplans.countable(row), coverageplans.planned(db, strand_id)
        may_plan, has_reference = coverageplans.may_plan(db, who, row), coverageplans.has_reference(row)
    both = _chosen(dimensions)
    groups = _groups(both)
    form = PopulationForm(_stored(plan, groups))
    if both and form.is_sent and attempt(form, lambda db: _save(db, part, plan, groups, form)) is not None:
        return redirect(url_for("review.coverage", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)
    page = part_page(
        "report/population.html",
        consultation,
        part,
        form=form,
        plan=plan,
        dimensions=[(each.key, phrases.called(each.key, each.words)) for each in dimensions],
        both=[(each.key, phrases.called(each.key, each.words), _names(each)) for each in both],
        known=[_said(each, dimensions) for each in plan.references if len(each.dimensions) > 1],
        may_plan=may_plan,
        has_reference=has_reference,
    )
    return page, status_of(form)


def _chosen(dimensions: tuple[Countable, ...]) -> tuple[Countable, ...]:
    """The two that the address names; nothing where it does not name two."""
    by_key = {each.key: each for each in dimensions}
    first, second = (by_key.get(request.args.get(name, "")) for name in ("first", "second"))
    return (first, second) if first and second and first is not second else ()


def _single(dimension: Countable) -> list[Choice]:
    """The groups that a population lists: each once, no wider one made of others."""
    return [choice for choice in dimension.choices if not choice.wide]


def _names(dimension: Countable) -> list[str]:
    return [phrases.chosen(dimension.key, choice.code, choice.words) for choice in _single(dimension)]


def _groups(both: tuple[Countable, ...]) -> list[Group]:
    parts = ([(each.key, choice.code) for choice in _single(each)] for each in both)
    return [tuple(sorted(pairs)) for pairs in product(*parts)] if both else []


def _stored(plan: Planned, groups: list[Group]) -> Mapping[str, object]:
    found = next((each for each in plan.references if set(each.people) & set(groups)), None)
    people = found.people if found else {}
    return {"people": [people.get(group) for group in groups], "source": found.source if found else ""}


def _save(db: Session, part: StrandView, plan: Planned, groups: list[Group], form: PopulationForm) -> CoveragePlan:
    people = {group: n for group, n in zip(groups, (each.data for each in form.people), strict=False) if n is not None}
    reference = Reference(form.source.data or "", people) if people else None
    values = plan.with_population(tuple(name for name, _ in groups[0]), reference)
    return coverageplans.save(db, site().keys.audit, actor(), part.id, seen_version(), values, site().clock())


def _said(reference: Reference, dimensions: tuple[Countable, ...]) -> tuple[tuple[str, ...], str, str]:
    """What a stored population is of, in codes and in words, and where it is from."""
    words = {each.key: each.words for each in dimensions}
    named = " · ".join(phrases.called(key, words.get(key, {})) for key in reference.dimensions)
    return reference.dimensions, named, reference.source
