"""What an audit says: kinds of findings, the summary that goes into the release, and the verdict."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RELEASES: Final = "*"
"""Name of the made-up dimension that tells in which releases of a series a person was counted; no real one has it."""


class Kind(StrEnum):
    """Why a release may not leave."""

    INVALID = "invalid"
    INCONSISTENT = "inconsistent"
    SMALL_PUBLISHED = "small_published"
    EXACT = "exact"
    NARROW = "narrow"
    INSIDER = "insider"
    IMPLIED_SMALL = "implied_small"
    DIFFERENCING = "differencing"
    IMPLIED_DIFFERENCE = "implied_difference"
    GROUP_100 = "group_100"
    GROUP_ZERO = "group_zero"
    UNRESOLVED = "unresolved"


Region = tuple[tuple[str, tuple[str, ...]], ...]
"""A set of people: for each dimension that is restricted, in order of name, the leaf categories allowed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, the group of people it is about (empty: the whole release), and what follows from the tables.

    `release`: the position in the series of the release whose group it is, counted from the newest (0) backwards; for
    a difference, of the later of the two.
    """

    kind: Kind
    region: Region
    detail: str
    release: int = 0

    def __str__(self) -> str:
        """One line for a terminal or a log of refusals; holds bounds, so it is no text for the public."""
        where = ", ".join(f"{name}={'|'.join(leaves)}" for name, leaves in self.region) or "the whole release"
        return f"{self.kind}: {where}: {self.detail}" + (f" (release {self.release} before)" if self.release else "")


@dataclass(frozen=True, slots=True)
class Summary:
    """Cells listed, cells withheld, the narrowest range left to a withheld cell (None: none), and the work it took in
    seconds that are the same on every machine (`effort`)."""

    cells: int
    withheld: int
    narrowest: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The verdict on one release."""

    findings: tuple[Finding, ...]
    summary: Summary

    @property
    def ok(self) -> bool:
        """Whether the release may leave."""
        return not self.findings
