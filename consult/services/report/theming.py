"""Themes by hand: codes with a memo, and how many responses have each, protected like every other count."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, sentence
from consult.inclusion.dimensions import YES
from consult.models import HolderRole, OpeningRequest, Release, Response, Strand, StrandHolder, Theme, ThemeRelease
from consult.models.base import new_id
from consult.sealing.root import RootKeys
from consult.services.actors import Actor
from consult.services.auditing import Verb, record
from consult.services.gate.planning import form_of, plan_of
from consult.services.ownprocess import in_process_of_its_own
from consult.services.report.counting import hold_withdrawn, withdrawn
from consult.services.tables.protecting import protected_themes
from consult.services.tables.quoting import must_be_enough, published_of
from consult.services.tables.tabulating import dimensions_of

__all__ = [
    "Counted",
    "ThemeCount",
    "ThemeView",
    "add_theme",
    "count_themes",
    "store_themes",
    "theme_counts",
    "themes_of",
]

_MOST_LETTERS = 80
_SOME_AGES = sentence(
    "Only some ages were asked this question, so it could be worked out how few of them did not say a thing. "
    "Its themes are not counted: put what they wrote into main ideas."
)
_COUNTED = sentence("The themes of this question are counted. Counting the same people again could give one away.")


@dataclass(frozen=True, slots=True)
class ThemeView:
    """A theme: its name, and when a text has it."""

    id: str
    name: str
    memo: str


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """A theme of a frozen count, and how many responses have it."""

    name: str
    memo: str
    count: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A protected count that is not stored yet.

    `previous`: the releases that it was audited with; `withdrawn`: how many had taken answers back when it was made.
    """

    release_id: str
    question_id: str
    text: str
    digest: str
    themes: Mapping[str, Any]
    previous: tuple[str, ...]
    withdrawn: int


def themes_of(db: Session, strand_id: str, question_id: str) -> list[ThemeView]:
    """The themes for one question, in the order in which they were made."""
    rows = select(Theme).where(Theme.strand_id == strand_id, Theme.question_id == question_id)
    return [ThemeView(each.id, each.name, each.memo) for each in db.scalars(rows.order_by(Theme.made_at, Theme.id))]


def add_theme(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, question_id: str, name: str, memo: str, now: datetime
) -> Theme:
    """A new theme with a memo that says when it is given. Raises `Denied`, `Invalid`, `Conflict` once counted."""
    held = db.get(StrandHolder, (strand.id, actor.id))
    if held is None or held.role != HolderRole.REVIEWER:
        raise Denied("Whoever reads what people wrote makes the themes.")
    if _counted(db, strand.id, question_id):
        raise Conflict(_COUNTED)
    problems = {}
    if not 0 < len(name.strip()) <= _MOST_LETTERS:
        problems["theme"] = [sentence("Give the theme a short name. It stands in the report.")]
    if not memo.strip():
        problems["memo"] = [sentence("Say when a text has this theme, so that somebody else would decide the same.")]
    if any(each.name.casefold() == name.strip().casefold() for each in themes_of(db, strand.id, question_id)):
        problems["theme"] = [sentence("There is a theme of that name already.")]
    if problems:
        raise Invalid(problems)
    theme = Theme(
        strand_id=strand.id,
        question_id=question_id,
        name=name.strip(),
        memo=memo.strip(),
        made_by=actor.id,
        made_at=now,
    )
    db.add(theme)
    db.flush()
    record(db, keys.audit, actor.id, Verb.THEME_MADE, theme.id, now, {"strand": strand.id})
    return theme


def count_themes(db: Session, strand: Strand, question_id: str, coded: Sequence[Collection[str]]) -> Counted:
    """Protect and audit how many responses have each theme, together with every earlier release of the same people.

    `coded`: the ids of the themes of each response that has any. Only looks, and works in a process of its own, so
    nobody who sends answers has to wait for it. Raises `Conflict` before there is a report, where too few people took
    part for a quote or not all ages were asked, when somebody took answers back since the report, and when no count
    passes the audit.
    """
    themes = themes_of(db, strand.id, question_id)
    if not themes:
        raise Invalid({"theme": [sentence("Make at least one theme first.")]})
    if _counted(db, strand.id, question_id):
        raise Conflict(_COUNTED)
    previous = _previous(db, strand.id)
    if not previous:
        raise Conflict("Make the report first: the count of themes is checked together with it.")
    published = must_be_enough(published_of(db, strand.id))  # a theme of few people is what one of them wrote
    if published.asks_some(question_id):
        raise Conflict(_SOME_AGES)
    taken_back = withdrawn(db, strand.id)
    people = db.scalar(select(func.count()).select_from(Response).where(Response.strand_id == strand.id)) or 0
    form, facts = form_of(strand), plan_of(db, strand).strand
    release_id, names = new_id(), {theme.id: _name(theme.id) for theme in themes}
    release = in_process_of_its_own(
        protected_themes,
        release_id,
        strand.respondent_class,
        question_id,
        tuple(names.values()),
        [frozenset(names[theme] for theme in has) for has in coded] + [frozenset()] * (people - len(coded)),
        previous,
        dimensions_of(form, tuple(map(str, facts.age_bands)), tuple(facts.languages)),
    )
    named = {theme.id: {"name": theme.name, "memo": theme.memo} for theme in themes}
    return Counted(release_id, question_id, release.text, release.digest, named, previous, taken_back)


def store_themes(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, request_id: str, counted: Counted, now: datetime
) -> ThemeRelease:
    """Freeze a count that came out of the actor's own reading; one a question, because the people stay the same.

    Raises `Conflict` when somebody took answers back, or something else was counted or changed, since it was made.
    """
    request = db.get_one(OpeningRequest, request_id)
    if request.requested_by != actor.id or request.used_at is None or request.strand_id != strand.id:
        raise Conflict("Nothing was read with this request, so nothing can be counted from it.")
    hold_withdrawn(db, strand.id, counted.withdrawn)
    if _counted(db, strand.id, counted.question_id):
        raise Conflict(_COUNTED)
    themes = {each.id for each in themes_of(db, strand.id, counted.question_id)}
    if themes != set(counted.themes) or _previous(db, strand.id) != counted.previous:
        raise Conflict("Somebody changed the themes or counted others meanwhile. Look at them, then count again.")
    row = ThemeRelease(
        id=counted.release_id,
        consultation_id=strand.consultation_id,
        strand_id=strand.id,
        respondent_class=strand.respondent_class,
        question_id=counted.question_id,
        content=counted.text,
        digest=counted.digest,
        themes=dict(counted.themes),
        opening_id=request_id,
        made_by=actor.id,
        made_at=now,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.THEMES_RELEASED, row.id, now, {"strand": strand.id, "digest": row.digest})
    return row


def theme_counts(db: Session, strand_id: str) -> dict[str, tuple[ThemeCount, ...]]:
    """The frozen counts of a part by question, the largest first; of a question without any, none.

    A theme without a number is left out: its name and memo may be what one person wrote, and one reader chose them.
    """
    found = {}
    for row in db.scalars(select(ThemeRelease).where(ThemeRelease.strand_id == strand_id)):
        counts = {
            table["dimensions"][0]: cell["count"]
            for table in json.loads(row.content)["tables"]
            for cell in table["cells"]
            if table["dimensions"] and cell["at"] == [YES]
        }
        every = [
            ThemeCount(each["name"], each["memo"], count)
            for key, each in row.themes.items()
            if (count := counts.get(_name(key))) is not None
        ]
        found[row.question_id] = tuple(sorted(every, key=lambda one: (-one.count, one.name)))
    return found


def _name(theme_id: str) -> str:
    return f"theme.{theme_id}"


def _counted(db: Session, strand_id: str, question_id: str) -> bool:
    where = (ThemeRelease.strand_id == strand_id, ThemeRelease.question_id == question_id)
    return db.scalar(select(func.count()).select_from(ThemeRelease).where(*where)) != 0


def _previous(db: Session, strand_id: str) -> tuple[str, ...]:
    """The texts of every earlier release of the same people, oldest first: the report, then counts of themes."""
    reports = db.scalars(select(Release).where(Release.strand_id == strand_id))
    counts = db.scalars(select(ThemeRelease).where(ThemeRelease.strand_id == strand_id))
    made = [(row.made_at, row.content) for row in (*reports, *counts)]
    return tuple(content for _, content in sorted(made))
