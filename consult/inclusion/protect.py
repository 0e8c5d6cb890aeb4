"""Proposing a protected release: what is withheld, which tables are dropped; every proposal is put to the audit.

Small cells first, then the cheapest partners, then whatever the audit still objects to; at the end every partner the
audit can spare is shown again. Tables that cannot be saved are dropped, the finest first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from consult.inclusion.audit import Finding, audit_release, connected_parts
from consult.inclusion.cells import Key, Lattice, key_of, lattice, must_withhold, too_thin
from consult.inclusion.document import Heading, document
from consult.inclusion.partners import Settled, add_partners
from consult.inclusion.tabulate import Tables
from consult.inclusion.views import sensitive_names

_ROUNDS: Final = 12
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Protected:
    """Tables that can be shown, and the groups in them that are withheld."""

    tables: Tables
    withheld: frozenset[Key]


@dataclass(slots=True)
class _Proposal:
    """Work in progress on one set of tables; `strict` cells must be able to look empty, `verdicts` are remembered."""

    heading: Heading
    tables: Tables
    cells: Lattice
    primary: frozenset[int]
    withheld: set[int]
    strict: set[int]
    verdicts: dict[str, bool]
    settled: Settled

    def keys(self) -> frozenset[Key]:
        return frozenset(self.cells.keys[index] for index in self.withheld)


def protect(heading: Heading, tables: Tables, left: Callable[[], float]) -> Protected:
    """Protect the tables; `left` tells the seconds that remain, after which tables are dropped rather than repaired."""
    kept = tables.only(names for names, counts in tables.counts.items() if not too_thin(counts, heading.k))
    verdicts: dict[str, bool] = {}
    while True:
        proposal = _propose(heading, kept, verdicts)
        failing = _repair(proposal, left)
        if not failing:
            _show_again(proposal, left)
            failing = _hollow(proposal)
        if not failing:
            return Protected(kept, proposal.keys())
        kept = kept.only(names for names in kept.counts if names not in failing)


def _propose(heading: Heading, tables: Tables, verdicts: dict[str, bool]) -> _Proposal:
    cells = lattice(tables)
    primary = must_withhold(cells, heading.k, sensitive_names(tables.dimensions))
    withheld, strict = set(primary), set(primary)
    settled: Settled = set()
    add_partners(cells, withheld, strict, heading.k, settled)
    return _Proposal(heading, tables, cells, frozenset(primary), withheld, strict, verdicts, settled)


def _repair(proposal: _Proposal, left: Callable[[], float]) -> set[Names]:
    """Withhold more where the audit objects; returns the tables to drop when that does not help in time."""
    objections: list[Finding] = []
    for _ in range(_ROUNDS):
        objections = [finding for part in _parts(proposal) for finding in _objections(proposal, part, left)]
        answered = [_answer(proposal, finding) for finding in objections]
        if not any(answered):
            break
        add_partners(proposal.cells, proposal.withheld, proposal.strict, proposal.heading.k, proposal.settled)
    return {_finest(proposal, finding) for finding in objections}


def _parts(proposal: _Proposal) -> list[tuple[Names, ...]]:
    """The tables in groups that have to be audited together."""
    if not proposal.tables.counts:
        return []
    names = tuple(proposal.tables.counts)
    whole = document(proposal.heading, proposal.tables, proposal.keys())
    return [tuple(names[index] for index in part) for part in connected_parts(whole)]


def _objections(
    proposal: _Proposal, part: tuple[Names, ...], left: Callable[[], float], *, most: int | None = None
) -> tuple[Finding, ...]:
    """What the audit finds in one part; nothing if it has passed exactly this part before."""
    trial = document(proposal.heading, proposal.tables, proposal.keys(), only=part)
    fingerprint = repr(trial)
    if proposal.verdicts.get(fingerprint):
        return ()
    result = audit_release(trial, left(), most=most)
    proposal.verdicts[fingerprint] = result.ok
    return result.findings


def _answer(proposal: _Proposal, finding: Finding) -> bool:
    """Withhold or tighten one thing in answer to a finding; False if there is nothing to do about it."""
    cells = proposal.cells
    if not finding.region:
        return False
    names = [name for name, _ in finding.region]
    key = key_of(names, [labels[0] for _, labels in finding.region], proposal.tables.dimensions)
    cell = cells.position.get(key)
    if cell in proposal.withheld and cell not in proposal.strict:
        proposal.strict.add(cell)
        return True
    near = _neighbours(cells, cell) if cell in proposal.withheld else _inside(cells, key)
    open_to = [one for one in near if one not in proposal.withheld and cells.counts[one] and cells.keys[one]]
    if not open_to:
        return False
    proposal.withheld.add(min(open_to, key=lambda one: (cells.weights[one], one)))
    return True


def _neighbours(cells: Lattice, cell: int | None) -> Iterator[int]:
    """Cells that share a sum with this one."""
    for line in cells.lines:
        if cell == line.whole or cell in line.parts:
            yield from (line.whole, *line.parts)


def _inside(cells: Lattice, key: Key) -> Iterator[int]:
    """Cells that a group no table shows is a crossing of, or the cell itself."""
    return (index for index, own in enumerate(cells.keys) if set(own) <= set(key))


def _finest(proposal: _Proposal, finding: Finding) -> Names:
    """The table to give up for a finding: of those that show its group the one with the most dimensions, then cells."""
    names = [name for name, _ in finding.region]
    key = key_of(names, [labels[0] for _, labels in finding.region], proposal.tables.dimensions)
    cell = proposal.cells.position.get(key)
    showing = [table for table, members in proposal.cells.tables.items() if key and cell in members]
    crossing = [table for table in proposal.cells.tables if set(names).intersection(table)]

    def fineness(table: Names) -> tuple[int, int, int]:
        return len(table), len(set(names).intersection(table)), proposal.tables.counts[table].size

    return max(showing or crossing or list(proposal.cells.tables), key=fineness)


def _show_again(proposal: _Proposal, left: Callable[[], float]) -> None:
    """Show every partner the audit can spare, the largest groups first."""
    cells = proposal.cells
    partners = sorted(proposal.withheld - proposal.primary, key=lambda cell: -cells.weights[cell])
    for cell in partners:
        if left() <= 0:
            return
        proposal.withheld.discard(cell)
        if _gives_away(proposal) or not _passes(proposal, cell, left):
            proposal.withheld.add(cell)


def _gives_away(proposal: _Proposal) -> bool:
    """Whether a single subtraction recovers a withheld cell: cheap, and refuses most trials."""
    return any(
        sum(cell in proposal.withheld for cell in (line.whole, *line.parts)) == 1 for line in proposal.cells.lines
    )


def _passes(proposal: _Proposal, changed: int, left: Callable[[], float]) -> bool:
    touched = {names for names, members in proposal.cells.tables.items() if changed in members}
    return all(not _objections(proposal, part, left, most=1) for part in _parts(proposal) if touched.intersection(part))


def _hollow(proposal: _Proposal) -> set[Names]:
    """Tables of two or more dimensions in which no people are left to see."""
    hollow = set()
    for names, members in proposal.cells.tables.items():
        full = {name for name in names if len(proposal.tables.dimensions[name].categories) > 1}
        leaves = [cell for cell in members if len(proposal.cells.keys[cell]) == len(full)]
        if len(names) > 1 and not any(proposal.cells.counts[cell] for cell in leaves if cell not in proposal.withheld):
            hollow.add(names)
    return hollow
