"""From people to one frozen release: tabulate, coarsen, protect, audit, freeze. The only way a number leaves."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, Final

from consult.inclusion.audit import Finding, audit_release
from consult.inclusion.dimensions import Dimension, InvalidInput, check_dimensions, choose_tables, threshold
from consult.inclusion.document import Heading, document, unnumbered
from consult.inclusion.protect import protect
from consult.inclusion.tabulate import Tables, tabulate
from consult.inclusion.views import widen

_CROSSED_FROM: Final = 100
_PROTECTION_SHARE: Final = 0.7


class ReleaseRefused(Exception):
    """The audit objects to the release. `findings` say why; they hold bounds and are not for the public."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Keep the findings."""
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        """How many and of which kind, without a number that could be one of theirs."""
        kinds = ", ".join(sorted({finding.kind.value for finding in self.findings}))
        return f"the audit of the release failed: {kinds}"


@dataclass(frozen=True, slots=True)
class Release:
    """A frozen release: the object, its canonical text (UTF-8 JSON, sorted keys) and the text's SHA-256 in hex."""

    json: dict[str, Any]
    text: str
    digest: str


def build_release(
    id: str,  # noqa: A002 - the field's name in the release format
    series: str,
    respondent_class: str,
    k: int,
    dimensions: Sequence[Dimension],
    rows: Iterable[Mapping[str, str]],
    tables: Sequence[tuple[str, ...]] | None = None,
    budget_seconds: float = 60,
) -> Release:
    """The release of one population: `rows` hold one category for every dimension and person.

    By size of the population (disclosure control, rule 1): under k no number, under 3k the total alone, under 100 the
    one-way tables and the two-way tables asked for, from 100 on every two-way table if `tables` is None.
    Raises InvalidInput (wrong arguments or rows) and ReleaseRefused (the audit fails with nothing left to drop).
    """
    start = perf_counter()
    heading = Heading(id, series, respondent_class, threshold(respondent_class, k))
    check_dimensions(dimensions)
    if not id or not series:
        raise InvalidInput("a release needs an id and the name of its series")
    counted = tabulate(rows, dimensions, choose_tables(dimensions, tables, two_way=True))
    return release_tables(heading, counted, chosen=tables is not None, left=budget_seconds - (perf_counter() - start))


def release_tables(heading: Heading, counted: Tables, *, chosen: bool, left: float) -> Release:
    """The release of counted tables; `chosen` says that somebody asked for exactly these, `left` is in seconds."""
    start = perf_counter()
    if counted.total < heading.k:
        return freeze(unnumbered(heading, counted.dimensions.values()), left)
    if counted.total < 3 * heading.k:
        return freeze(document(heading, counted.only(()), ()), left)
    crossed = chosen or counted.total >= _CROSSED_FROM
    wanted = counted.only(names for names in counted.counts if crossed or len(names) == 1)
    deadline = start + left
    protected = protect(heading, widen(wanted, heading.k), lambda: start + left * _PROTECTION_SHARE - perf_counter())
    return freeze(document(heading, protected.tables, protected.withheld), deadline - perf_counter())


def freeze(release: Mapping[str, Any], budget_seconds: float) -> Release:
    """The release with the summary of its own audit, never to be changed again; raises ReleaseRefused."""
    result = audit_release(release, budget_seconds)
    if not result.ok:
        raise ReleaseRefused(result.findings)
    frozen = {**release, "audit": asdict(result.summary)}
    text = canonical(frozen)
    return Release(frozen, text, hashlib.sha256(text.encode()).hexdigest())


def canonical(release: Mapping[str, Any]) -> str:
    """The text of a release: the same object always gives the same text."""
    return json.dumps(release, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
