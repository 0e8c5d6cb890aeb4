"""What a report is made of: frozen copies of what one release and its setting say, for pages and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from consult.inclusion.coverage import Heard, Silence, Similarity
from consult.services.evidence.assessing import AssessmentView
from consult.services.partners.codesign import CoDesign
from consult.services.report.findings import Findings
from consult.services.tables.releasetables import Cross, Row, Table
from safeguards.terms import RespondentClass

__all__ = [
    "Adjustments",
    "CoverageRow",
    "CoverageView",
    "Decided",
    "Dimension",
    "Halt",
    "ReleaseCard",
    "ReleaseWords",
    "ReportView",
    "SafeguardsRecord",
    "Size",
    "StandsIn",
    "Substitute",
]


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


@dataclass(frozen=True, slots=True)
class Dimension:
    """What people are counted by: its key and what was asked, in the language of the page."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One group of the grid: its parts, each a dimension and a category of it, and how it stands."""

    parts: tuple[tuple[Dimension, Row], ...]
    heard: Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """The grid "who have we not heard from yet" and what belongs beside it, from published cells only."""

    rows: tuple[CoverageRow, ...]
    sources: tuple[tuple[tuple[Dimension, ...], str], ...]
    similarities: tuple[Similarity, ...]
    silences: tuple[tuple[Dimension, Silence], ...]
    saved_on: date | None
    invited: int | None
    #: "came", "assented", "stopped" in whole lots of k; empty where nothing was kept
    arrivals: Mapping[str, int]
    withdrew: int | None


@dataclass(frozen=True, slots=True)
class Halt:
    """The strand stood still from a day to a day, by a class of lapse or "stop"."""

    begun: date
    until: date | None
    cause: str


@dataclass(frozen=True, slots=True)
class Substitute:
    """A written substitute for a requirement, accepted by two people."""

    id: str
    title: str
    what: str


@dataclass(frozen=True, slots=True)
class SafeguardsRecord:
    """What protected people: (id, title) of requirements, substitutes, halts."""

    in_place: tuple[tuple[str, str], ...]
    missing: tuple[tuple[str, str], ...]
    substitutes: tuple[Substitute, ...]
    halts: tuple[Halt, ...]


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What people needed to take part, in whole lots of k."""

    asked: int
    barriers: Mapping[str, int]
    outcomes: Mapping[str, int]


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
    grouped: tuple[Cross, ...]
    coverage: CoverageView
    safeguards: SafeguardsRecord | None
    adjustments: Adjustments | None
    cells: int
    withheld: int
    narrowest: int | None
    zeros_hidden: bool
    digest: str
    policy: str
    #: frozen and let through after the release, so None in a report that has none yet
    findings: Findings | None = None
    assessment: AssessmentView | None = None
    codesign: CoDesign = field(default_factory=CoDesign)


@dataclass(frozen=True, slots=True)
class ReleaseWords:
    """A release with the words that its codes stand for, by language; `chose` is the sentence every number is read
    with."""

    release: Mapping[str, Any]
    form: Mapping[str, Any]
    languages: tuple[str, ...]
    chose: str
