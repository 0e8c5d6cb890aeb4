"""From counts to a frozen release: protect, audit, freeze. Runs inside an opening's own process."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from consult.errors import Conflict, sentence
from consult.inclusion.dimensions import NO, YES, Dimension, InvalidInput, TooSoon
from consult.inclusion.lots import LIVE, in_lots, lot_that_hides
from consult.inclusion.release import ReleaseRefused, begin, build_release, canonical, release_tables
from consult.inclusion.series import with_unasked
from consult.inclusion.tabulate import Tables
from consult.questionnaire.form import Form
from consult.services.tables.plannedtables import further, planned_pairs, ways
from consult.services.tables.tabulating import AGE, LANGUAGE, ReleaseText, Tabulation, always_tables

__all__ = ["protected", "protected_snapshot", "protected_themes"]

_THEMES_SECONDS = 30.0
_TOO_NARROW = sentence(
    "The themes can not be counted without giving somebody away. Merge the rare ones, then count again."
)
_REFUSED = sentence("No set of tables passed the audit, so what is shown stays as it is.")


def protected(counted: Tables, tabulation: Tabulation) -> ReleaseText:
    """The release of counted tables, and nothing else of them.

    Raises `Conflict` when too few people have come since the last release of the series, or when no set of tables
    passes the audit: what the audit found names bounds of small groups, so it ends with this process.
    """
    form = Form.from_json(dict(tabulation.form))
    wide = {dimension.key: dict(dimension.groups) for dimension in form.profile}
    about = (AGE, LANGUAGE, *wide)
    pairs = [pair for pair in planned_pairs(tabulation.planned, about) if pair in counted.counts]
    answers = [
        bundle
        for bundle in further(form, tabulation.planned, about)
        if all(names in counted.counts for names in bundle)
    ]
    tables, found = ways(counted, [*((pair,) for pair in pairs), *answers], tabulation.planned, wide)
    always, dimensions = {*always_tables(form), *pairs}, tuple(tables.dimensions.values())
    finer = [each for each in found[len(pairs) :] if len(each) > 1 or not always.issuperset(each[0])]
    try:
        heading, before = begin(
            tabulation.release_id,
            tabulation.series,
            tabulation.respondent_class,
            tabulation.k,
            dimensions,
            [json.loads(text) for text in tabulation.previous],
            tabulation.withdrawn,
        )
        beside = (with_unasked(json.loads(text), dimensions) for text in tabulation.beside)
        made = release_tables(
            heading,
            tables,
            chosen=True,
            left=tabulation.budget_seconds,
            before=replace(before, snapshots=tuple(map(in_lots, beside))),
            planned=found[: len(pairs)],
            further=finer,
            always=always,
            by_largest=not tabulation.series.startswith(LIVE),
        )
    except TooSoon:
        raise Conflict("Too few people have come since the last snapshot. What is shown stays as it is.") from None
    except (ReleaseRefused, InvalidInput):
        raise Conflict(_REFUSED) from None
    return ReleaseText(made.text, made.digest)


def protected_snapshot(counted: Tables, tabulation: Tabulation) -> ReleaseText:
    """A live snapshot, with the size of the lots in which it may be shown beside the releases of the same people.

    Raises as `protected`; also where no lots are large enough.
    """
    made = protected(counted, replace(tabulation, beside=()))
    releases = [json.loads(text) for text in tabulation.beside]
    chosen = lot_that_hides(json.loads(made.text), releases, tabulation.budget_seconds)
    if chosen is None:
        raise Conflict(_REFUSED)
    text = canonical(chosen)
    return ReleaseText(text, hashlib.sha256(text.encode()).hexdigest())


def protected_themes(
    release_id: str,
    respondent_class: str,
    question_id: str,
    themes: Sequence[str],
    people: Sequence[Collection[str]],
    previous: Sequence[str],
    asked: Sequence[Dimension],
) -> ReleaseText:
    """How many of the people have each theme, in the series of the report: `people` has the themes of each of them.

    `previous`: the texts of all releases of the same people, oldest first; `asked`: what the form counts, which says
    whom it did not ask where these do not. Raises `Conflict` when the people are not
    the same any more, and when no count passes the audit together with those.
    """
    before = [with_unasked(json.loads(text), asked) for text in previous]
    try:
        made = build_release(
            id=release_id,
            series=before[0]["series"],
            respondent_class=respondent_class,
            k=before[-1]["k"],
            dimensions=[Dimension(theme, (YES, NO), option_of=f"themes.{question_id}") for theme in themes],
            rows=[{theme: YES if theme in has else NO for theme in themes} for has in people],
            tables=[(theme,) for theme in themes],
            budget_seconds=_THEMES_SECONDS,
            previous=before,
            same_people=True,
        )
    except InvalidInput:
        raise Conflict("Somebody took answers back since the report, so themes can not be counted beside it.") from None
    except ReleaseRefused:
        raise Conflict(_TOO_NARROW) from None
    return ReleaseText(made.text, made.digest)
