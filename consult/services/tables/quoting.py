"""What may be said beside a text of one person: at most one thing, of a group whose number is published.

A text says by itself in which language somebody answered. So it is shown only where the number of those is published,
and something besides only where the number of those who are both is. An answer to a question that only some ages were
asked says by itself how old somebody is, too, and that is then the one thing that is said.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict
from consult.models import KeptText, Release, Strand
from consult.questionnaire.bands import VIEWS
from consult.questionnaire.profile import ASIDE, PREFER_NOT
from consult.services.tables.doubt import in_doubt
from consult.services.tables.tabulating import AGE, LANGUAGE
from safeguards.terms import RepresentativeClass, RespondentClass

__all__ = ["Attribute", "Published", "Quote", "must_be_enough", "published_in", "published_of", "quotes_of"]

_EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing said of a person: a dimension of the part and one of its published categories."""

    dimension: str
    category: str


@dataclass(frozen=True, slots=True)
class Published:
    """What the newest release of a part shows of its people: how many, and which groups carry a number.

    `attributes` leaves out sensitive dimensions, the language, and "skipped" and the like; `groups` are the wider
    labels of a dimension, label to its categories. `languages` are those of which a text may be shown, `both` pairs of
    language and attribute; where everybody answered in one language it tells nothing. `asked`: for each question the
    groups of age that were asked it, each with whether all of it was; None where everybody was.
    """

    k: int
    total: int | None
    attributes: frozenset[Attribute]
    languages: frozenset[str]
    both: frozenset[tuple[str, Attribute]]
    groups: Mapping[str, Mapping[str, tuple[str, ...]]]
    setting: Mapping[str, Any]
    asked: Mapping[str, Mapping[str, bool] | None]

    @property
    def enough(self) -> bool:
        """Whether there are enough people to quote anybody: three times the threshold (disclosure control, rule 9)."""
        return self.total is not None and self.total >= 3 * self.k

    def asks_some(self, question_id: str) -> bool:
        """Whether only some ages were asked this question, or nobody knows it."""
        return self.asked.get(question_id, {}) is not None

    def beside(self, question_id: str) -> Published:
        """What may be said beside an answer to this question.

        Where only some ages were asked, their age alone, and nothing unless the number of each is published, by
        language too.
        """
        if not self.asks_some(question_id):
            return self
        ages = self.asked.get(question_id) or {}
        known = frozenset(Attribute(AGE, age) for age in ages)
        whole = bool(ages) and all(ages.values())
        languages = {each for each in self.languages if whole and all((each, one) in self.both for one in known)}
        return replace(
            self,
            attributes=self.attributes & known,
            languages=frozenset(languages),
            both=frozenset((each, one) for each, one in self.both if each in languages and one in known),
        )

    def may_say(self, language: str, attribute: Attribute | None) -> bool:
        """Whether an attribute, or none, may be said beside a text in a language."""
        if attribute is None:
            return language in self.languages
        return attribute in self.attributes and (language, attribute) in self.both

    def attributes_of(self, band: str, language: str, profile: Mapping[str, str]) -> tuple[Attribute, ...]:
        """The attributes that are true of one person and may be said beside the text, in a fixed order."""
        return tuple(
            each
            for each in sorted(self.attributes, key=lambda one: (one.dimension, one.category))
            if self.may_say(language, each)
            and (band if each.dimension == AGE else profile.get(each.dimension)) in self._members(each)
        )

    def _members(self, attribute: Attribute) -> tuple[str, ...]:
        wider = self.groups.get(attribute.dimension, {})
        return wider.get(attribute.category, (attribute.category,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A text that two people let through, and all that is said of its author: class, basis, at most one attribute."""

    id: str
    question_id: str
    text: str
    language: str
    own_words: bool
    respondent_class: RespondentClass
    representatives: RepresentativeClass | None
    attribute: Attribute | None


def published_of(db: Session, strand_id: str) -> Published | None:
    """What the newest release of a part shows; None before there is one, and while it is in doubt."""
    rows = select(Release).where(Release.strand_id == strand_id).order_by(Release.made_at.desc(), Release.id)
    row = db.scalars(rows).first()
    if row is None or in_doubt(db, row):
        return None
    bands = {each["id"]: each.get("bands", ()) for each in db.get_one(Strand, strand_id).form["questions"]}
    return published_in(json.loads(row.content), row.setting, bands)


def published_in(
    content: Mapping[str, Any], setting: Mapping[str, Any], bands: Mapping[str, Collection[str]]
) -> Published:
    """What a release shows; `setting` is what was frozen beside it, `bands` who was asked each question (all: none)."""
    k, sensitive = content["k"], {each["name"] for each in content["dimensions"] if each.get("sensitive")}
    numbers = {group: count for group, count in _numbers(content["tables"]).items() if count >= k}
    about = {AGE, *setting["form"]["dimensions"]} - sensitive - {LANGUAGE}
    alone = [next(iter(group)) for group in numbers if len(group) == 1]
    attributes = frozenset(Attribute(*one) for one in alone if one[0] in about and one[1] not in {PREFER_NOT, *ASIDE})
    languages = frozenset(label for name, label in alone if name == LANGUAGE)
    return Published(
        k=k,
        total=_numbers(content["tables"]).get(frozenset()),
        attributes=attributes,
        languages=languages,
        both=frozenset(
            (language, one)
            for language in languages
            for one in attributes
            if numbers[own := frozenset({(LANGUAGE, language)})] == numbers.get(frozenset())
            or own | {(one.dimension, one.category)} in numbers
        ),
        groups={AGE: VIEWS["A"], **{key: each["groups"] for key, each in setting["form"]["dimensions"].items()}},
        setting=setting,
        asked={question: _asked(content["dimensions"], set(asked)) for question, asked in bands.items()},
    )


def _asked(dimensions: list[dict[str, Any]], bands: set[str]) -> dict[str, bool] | None:
    """The groups of age of a release that a question of these bands was asked of, each with whether all of it was."""
    ages = [age for each in dimensions if each["name"] == AGE for age in each["categories"]]
    members = {age: set(VIEWS["A"].get(age, (age,))) for age in ages}
    if not bands or all(each <= bands for each in members.values()):
        return None
    return {age: each <= bands for age, each in members.items() if each & bands}


def _numbers(tables: list[dict[str, Any]]) -> dict[frozenset[tuple[str, str]], int]:
    """Every published count by its group: (dimension, category) pairs, none for everybody."""
    return {
        frozenset(pair for pair in zip(table["dimensions"], cell["at"], strict=True) if pair[1] != _EVERYBODY): cell[
            "count"
        ]
        for table in tables
        for cell in table["cells"]
        if cell["count"] is not None
    }


def must_be_enough(published: Published | None) -> Published:
    """Raise `Conflict` unless a release shows enough people to keep a text of one of them."""
    if published is None:
        raise Conflict("Make the report first: what may be said of a person depends on the numbers that are published.")
    if not published.enough:
        raise Conflict("Too few people took part to show a text of one of them. Put what they wrote into main ideas.")
    return published


def quotes_of(db: Session, strand_id: str, published: Published | None) -> tuple[Quote, ...]:
    """The confirmed texts of a part, in an order that says nothing; none where too few people took part.

    `published`: what its newest release shows (`published_of`).
    """
    strand = db.get_one(Strand, strand_id)
    if published is None or not published.enough:
        return ()
    rows = select(KeptText).where(KeptText.strand_id == strand_id, KeptText.confirmed_by.is_not(None))
    confirmed = db.scalars(rows.order_by(KeptText.question_id, KeptText.id)).all()
    beside = {row.id: published.beside(row.question_id) for row in confirmed}
    return tuple(_quote(row, strand, beside[row.id]) for row in confirmed if beside[row.id].may_say(row.language, None))


def _quote(row: KeptText, strand: Strand, published: Published) -> Quote:
    said = Attribute(row.dimension, row.category) if row.dimension and row.category else None
    return Quote(
        id=row.id,
        question_id=row.question_id,
        text=row.text,
        language=row.language,
        own_words=row.kind == "redacted",
        respondent_class=RespondentClass(strand.respondent_class),
        representatives=RepresentativeClass(strand.representatives) if strand.representatives else None,
        attribute=said if published.may_say(row.language, said) else None,
    )
