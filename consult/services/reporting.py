"""A report from one frozen release and nothing else: rows, bases and shares, with what is withheld left withheld."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, NotFound
from consult.models import Release, Strand
from consult.services.actors import Actor, visible_consultations
from consult.services.releasetables import Cross, ReleaseTables, Table
from consult.services.standing import stops_in_force
from safeguards.terms import RespondentClass

__all__ = [
    "Decided",
    "ReleaseCard",
    "ReportView",
    "Size",
    "StandsIn",
    "fits_title",
    "release_of",
    "release_text",
    "release_view",
    "releases",
]

_EVERYBODY = "*"
#: R-L5: a report that counts no child cannot call itself that, in any of the ways an apostrophe is typed.
_CLAIMS = ("children's views", "childrens views", "views of children", "children's voices", "voices of children")


class Size(StrEnum):
    """How much may be said, by the size of the population (disclosure control, rule 1)."""

    FEW = "few"
    TOTAL_ONLY = "total_only"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class StandsIn:
    """Why adults answered here instead of children (R-L3)."""

    instead_of: str
    public_reason: str
    ask_children_by: date


@dataclass(frozen=True, slots=True)
class Decided:
    """The signed decision under which people answered."""

    decision: str
    signed_on: date
    two_signatures: bool
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCard:
    """A release in a list."""

    id: str
    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    respondent_class: RespondentClass
    made_at: datetime
    size: Size
    total: int | None
    k: int

    @property
    def counts_children(self) -> bool:
        """Whether it counts at least some children: under the threshold nothing is known, so nothing is claimed."""
        return self.respondent_class is RespondentClass.CHILD and bool(self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """The whole page."""

    card: ReleaseCard
    decision_maker: str
    feedback_due: date
    opened: date | None
    closed: date | None
    languages: tuple[str, ...]
    decided: Decided | None
    stands_in: StandsIn | None
    about: tuple[Table, ...]
    answers: tuple[Table, ...]
    crossed: tuple[Cross, ...]
    cells: int
    withheld: int
    narrowest: int | None
    zeros_hidden: bool
    digest: str
    policy: str


def fits_title(text: str, *, counts_children: bool) -> bool:
    """Whether a text may stand in the title of a report (R-L5)."""
    plain = text.casefold().replace("\u2019", "'")
    return counts_children or not any(claim in plain for claim in _CLAIMS)


def releases(db: Session, actor: Actor) -> tuple[ReleaseCard, ...]:
    """Every release within the actor's scope, newest first."""
    seen = [each.id for each in visible_consultations(db, actor)]
    rows = select(Release).where(Release.consultation_id.in_(seen)).order_by(Release.made_at.desc(), Release.id)
    return tuple(_card(row, json.loads(row.content)) for row in db.scalars(rows))


def release_of(db: Session, actor: Actor, strand_id: str) -> str | None:
    """The id of the strand's release, if it has one within the actor's scope."""
    return next((card.id for card in releases(db, actor) if card.strand_id == strand_id), None)


def release_text(db: Session, actor: Actor, release_id: str) -> str:
    """The release as it was frozen, to be handed out as a file.

    Raises `NotFound` outside the actor's scope, and `Conflict` during an emergency stop, which turns exports off.
    """
    row = _row(db, actor, release_id)
    if stops_in_force(db, db.get_one(Strand, row.strand_id)):
        raise Conflict("An emergency stop is in force. No file is handed out until two people lift it.")
    return row.content


def release_view(db: Session, actor: Actor, release_id: str, language: str) -> ReportView:
    """The page of a release, with the form's words in `language` where it has them. Raises `NotFound`."""
    row = _row(db, actor, release_id)
    release, setting = json.loads(row.content), row.setting
    tables = ReleaseTables(release, setting["form"], language)
    audit = release["audit"]
    return ReportView(
        card=_card(row, release),
        decision_maker=setting["consultation"]["decision_maker"],
        feedback_due=date.fromisoformat(setting["consultation"]["feedback_due"]),
        opened=_day(setting["opened"]),
        closed=_day(setting["closed"]),
        languages=tuple(setting["strand"]["languages"]),
        decided=_decided(setting),
        stands_in=_stands_in(setting),
        about=tuple(tables.about()),
        answers=tuple(tables.answers()),
        crossed=tuple(tables.crossed()),
        cells=audit["cells"],
        withheld=audit["withheld"],
        narrowest=audit["narrowest"],
        zeros_hidden=any(dimension.get("sensitive") for dimension in release["dimensions"]),
        digest=row.digest,
        policy=setting["policy"]["version"],
    )


def _row(db: Session, actor: Actor, release_id: str) -> Release:
    row = db.get(Release, release_id)
    if row is None or row.consultation_id not in {each.id for each in visible_consultations(db, actor)}:
        raise NotFound
    return row


def _card(row: Release, release: Mapping[str, Any]) -> ReleaseCard:
    total = _total(release["tables"])
    full = any(table["dimensions"] for table in release["tables"])
    return ReleaseCard(
        id=row.id,
        consultation_id=row.consultation_id,
        consultation=row.setting["consultation"]["title"],
        strand_id=row.strand_id,
        strand=row.setting["strand"]["name"],
        respondent_class=RespondentClass(row.respondent_class),
        made_at=row.made_at,
        size=Size.FEW if total is None else Size.FULL if full else Size.TOTAL_ONLY,
        total=total,
        k=release["k"],
    )


def _total(tables: Iterable[Mapping[str, Any]]) -> int | None:
    """The published number of people, wherever it stands."""
    for table in tables:
        for cell in table["cells"]:
            if all(label == _EVERYBODY for label in cell["at"]) and cell["count"] is not None:
                return int(cell["count"])
    return None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _decided(setting: Mapping[str, Any]) -> Decided | None:
    signed = setting["decision"]
    if signed is None:
        return None
    day = date.fromisoformat(signed["signed_on"])
    return Decided(signed["decision"], day, signed["two_signatures"], tuple(signed["conditions"]))


def _stands_in(setting: Mapping[str, Any]) -> StandsIn | None:
    debt = setting["fallback"]
    if debt is None:
        return None
    return StandsIn(debt["instead_of"], debt["public_reason"], date.fromisoformat(debt["ask_children_by"]))
