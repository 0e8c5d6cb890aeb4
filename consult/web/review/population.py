"""A reference population of one group or of two at once: a table such as age by gender, typed, or read from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from flask import Response as Answer
from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FieldList

from consult.database import read
from consult.errors import Invalid, sentence
from consult.inclusion.coverage import Reference
from consult.inclusion.published import Group
from consult.models import CoveragePlan
from consult.services.actors import Ruling
from consult.services.desks.desk import ConsultationView, StrandView
from consult.services.tables import coverageplans
from consult.services.tables.coverageplans import Choice, Countable, Planned
from consult.services.tables.populationfile import (
    MOST_BYTES,
    Named,
    Problem,
    Unreadable,
    read_population,
    write_template,
)
from consult.web.forms import StaffForm, number_field, text_field
from consult.web.languages import gettext
from consult.web.parts import here, part_page, row_of
from consult.web.review import phrases
from consult.web.review.blueprint import review
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["population", "population_template", "read_population_file"]

_ADDRESS = "/c/<consultation_id>/<strand_id>/coverage/population"


class PopulationForm(StaffForm):
    """One number a group, row by row, and where they are from."""

    people = FieldList(number_field(sentence("People living there")))
    source = text_field(sentence("Where are the numbers of people from?"))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every page of populations needs of the part."""

    consultation: ConsultationView
    part: StrandView
    dimensions: tuple[Countable, ...]
    plan: Planned
    may_plan: Ruling
    has_reference: bool

    def named(self, keys: Sequence[str]) -> tuple[Countable, ...]:
        """The dimensions of these keys, one or two different ones; nothing where they are not."""
        by_key = {each.key: each for each in self.dimensions}
        found = tuple(by_key[key] for key in keys if key in by_key)
        return found if len(found) == len(set(keys)) == len(keys) else ()

    def stored(self, groups: Sequence[Group]) -> Mapping[str, object]:
        """What the form shows of what is saved for these groups."""
        found = next((each for each in self.plan.references if set(each.people) & set(groups)), None)
        people = found.people if found else {}
        return {"people": [people.get(group) for group in groups], "source": found.source if found else ""}


def _desk(consultation_id: str, strand_id: str) -> _Desk:
    with read(site().engine) as db:
        consultation, part = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        return _Desk(
            consultation,
            part,
            coverageplans.countable(row),
            coverageplans.planned(db, strand_id),
            coverageplans.may_plan(db, actor(), row),
            coverageplans.has_reference(row),
        )


@review.route(_ADDRESS, methods=["GET", "POST"])
def population(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """Choose one or two things that the part counts; then their table, to be filled in."""
    desk = _desk(consultation_id, strand_id)
    chosen = desk.named(_asked_for())
    groups = _groups(chosen)
    form = PopulationForm(desk.stored(groups))
    if chosen and form.is_sent and attempt(form, lambda db: _save(db, desk, groups, form)) is not None:
        return redirect(url_for("review.coverage", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)
    return _page(desk, form, chosen), status_of(form)


@review.get(f"{_ADDRESS}/file")
def population_template(consultation_id: str, strand_id: str) -> Answer:
    """A file to be filled in: a row for every group of what the address names; for every age where it names nothing."""
    desk = _desk(consultation_id, strand_id)
    chosen = desk.named(_asked_for()) or desk.dimensions[:1]
    people = {group: n for each in desk.plan.references for group, n in each.people.items()}
    answer = Answer(write_template([_named(each) for each in chosen], people), mimetype="text/csv")
    name = "-".join(("people", *(each.key for each in chosen)))
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return answer


@review.post(f"{_ADDRESS}/file")
def read_population_file(consultation_id: str, strand_id: str) -> str | tuple[str, int]:
    """Show what a file says in the same table, to be looked at and saved; nothing is stored here."""
    desk = _desk(consultation_id, strand_id)
    desk.may_plan.demand()
    form, sent = PopulationForm(), request.files.get("file")
    try:
        found = read_population(sent.read(MOST_BYTES + 1) if sent else b"", [_named(each) for each in desk.dimensions])
    except Unreadable as error:
        form.refuse(Invalid({"": [_where(each) for each in error.problems]}))
        return _page(desk, form, desk.named(_asked_for())), status_of(form)
    chosen = desk.named(found.dimensions)
    groups = _groups(chosen)
    form.process(data={**desk.stored(groups), "people": [found.people.get(group) for group in groups]})
    return _page(desk, form, chosen, from_file=True, shares=found.shares)


def _page(
    desk: _Desk, form: PopulationForm, chosen: tuple[Countable, ...], *, from_file: bool = False, shares: bool = False
) -> str:
    return part_page(
        "report/population.html",
        desk.consultation,
        desk.part,
        form=form,
        plan=desk.plan,
        dimensions=[(each.key, phrases.called(each.key, each.words)) for each in desk.dimensions],
        chosen=[(each.key, phrases.called(each.key, each.words), _names(each)) for each in chosen],
        known=[_said(each, desk.dimensions) for each in desk.plan.references],
        may_plan=desk.may_plan,
        has_reference=desk.has_reference,
        from_file=from_file,
        shares=shares,
    )


def _asked_for() -> list[str]:
    """What the address names: one thing, or two."""
    return [request.args[name] for name in ("first", "second") if request.args.get(name)]


def _where(problem: Problem) -> str:
    why = gettext(problem.why)
    if not problem.column:
        return gettext("Line %(n)s: %(why)s", n=problem.line, why=why)
    return gettext("Line %(n)s, column %(name)s: %(why)s", n=problem.line, name=problem.column, why=why)


def _named(dimension: Countable) -> Named:
    categories = {
        choice.code: phrases.chosen(dimension.key, choice.code, choice.words) for choice in _single(dimension)
    }
    return Named(dimension.key, phrases.called(dimension.key, dimension.words), categories)


def _single(dimension: Countable) -> list[Choice]:
    """The groups that a population lists: each once, no wider one made of others."""
    return [choice for choice in dimension.choices if not choice.wide]


def _names(dimension: Countable) -> list[str]:
    return [phrases.chosen(dimension.key, choice.code, choice.words) for choice in _single(dimension)]


def _groups(chosen: tuple[Countable, ...]) -> list[Group]:
    parts = ([(each.key, choice.code) for choice in _single(each)] for each in chosen)
    return [tuple(sorted(pairs)) for pairs in product(*parts)] if chosen else []


def _save(db: Session, desk: _Desk, groups: list[Group], form: PopulationForm) -> CoveragePlan:
    people = {group: n for group, n in zip(groups, (each.data for each in form.people), strict=False) if n is not None}
    reference = Reference(form.source.data or "", people) if people else None
    values = desk.plan.with_population(tuple(name for name, _ in groups[0]), reference)
    return coverageplans.save(db, site().keys.audit, actor(), desk.part.id, seen_version(), values, site().clock())


def _said(reference: Reference, dimensions: tuple[Countable, ...]) -> tuple[tuple[str, ...], str, str]:
    """What a stored population is of, in codes and in words, and where it is from."""
    words = {each.key: each.words for each in dimensions}
    named = " · ".join(phrases.called(key, words.get(key, {})) for key in reference.dimensions)
    return reference.dimensions, named, reference.source
