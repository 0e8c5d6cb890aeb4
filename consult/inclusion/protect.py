"""Proposing a protected release: what is withheld, which tables are dropped; every proposal is put to the audit.

Small cells first, then the cheapest partners, then whatever the audit still objects to; at the end every partner the
audit can spare is shown again. Tables that cannot be saved are dropped, the finest first.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from math import prod
from typing import Any, Final

from consult.inclusion.audit import Examination, Finding, Region, audit_release, connected_parts
from consult.inclusion.audit.effort import build
from consult.inclusion.cells import AND, Key, Lattice, grid, key_of, lattice, must_withhold, shared_name, too_thin
from consult.inclusion.dimensions import NOT_ASKED, Dimension
from consult.inclusion.document import Heading, document
from consult.inclusion.partners import Settled, add_partners, states
from consult.inclusion.series import Series
from consult.inclusion.tabulate import Tables
from consult.inclusion.views import sensitive_names

_ROUNDS: Final = 12
_PATIENCE: Final = 2
_ENOUGH: Final = 20
_LARGE: Final = 500
_SHOWING_SHARE: Final = 0.6
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Protected:
    """Tables that can be shown, and the groups in them that are withheld."""

    tables: Tables
    withheld: frozenset[Key]
    before_showing: frozenset[Key]
    """What was withheld before partners were shown again: to fall back on, should the last audit object."""

    def shown(self) -> set[Key]:
        """Every group of which a number is shown."""
        return groups(self.tables) - self.withheld


def groups(tables: Tables) -> set[Key]:
    """Every group that tables tell of."""
    return {
        key_of(names, labels, tables.dimensions)
        for names, counts in tables.counts.items()
        for labels, _ in grid(names, counts, tables.dimensions)
    }


@dataclass(slots=True)
class Proposal:
    """Work in progress on one set of tables.

    `strict` cells must be able to look empty, `further` ones to hold a few people more than k; `passed` are parts that
    the audit has let through.
    """

    heading: Heading
    tables: Tables
    before: Series
    cells: Lattice
    primary: frozenset[int]
    withheld: set[int]
    strict: set[int]
    further: set[int]
    passed: set[str]
    settled: Settled

    def keys(self) -> frozenset[Key]:
        return frozenset(self.cells.keys[index] for index in self.withheld)


def protect(
    heading: Heading,
    tables: Tables,
    before: Series,
    left: Callable[[], float],
    reserve: float = 0.0,
    first: Protected | None = None,
) -> Protected:
    """Protect the tables, with all that releases before have shown.

    `left` tells the work that remains, after which tables are dropped rather than repaired; then there is `reserve`
    more for the single margins. Of what comes `first`, and stands by itself, nothing goes: other tables go.
    """
    fixed = first.tables.counts.keys() if first else frozenset[Names]()
    kept = tables.only(
        names for names, counts in tables.counts.items() if names in fixed or not too_thin(counts, heading.k)
    )
    passed: set[str] = set()
    remaining = left
    while first is None or kept.counts.keys() - fixed:
        proposal = propose(heading, kept, before, passed, first)
        failing = repair(proposal, remaining, fixed=fixed) or _in_the_way(proposal, first)
        careful = proposal.keys()
        if failing and remaining() <= 0 and remaining is left:
            remaining = _later(left, reserve)
            failing |= {names for names in kept.counts.keys() - fixed if len(names) > 1}
        failing = failing or hollow(proposal) - fixed
        if not failing:
            show_again(proposal, until(remaining, remaining() * _SHOWING_SHARE))
            failing = hollow(proposal) - fixed
        if not failing:
            return Protected(kept, proposal.keys(), careful)
        kept = kept.only(names for names in kept.counts if names not in failing)
    return Protected(kept, first.withheld, first.before_showing)


def until(left: Callable[[], float], end: float) -> Callable[[], float]:
    """The work that remains until only so much remains."""
    return lambda: left() - end


def _later(left: Callable[[], float], reserve: float) -> Callable[[], float]:
    return lambda: left() + reserve


def propose(
    heading: Heading, tables: Tables, before: Series, passed: set[str], upon: Protected | None = None
) -> Proposal:
    """What has to be withheld of these tables, and partners for it.

    `upon` is what is settled already of some of them: its numbers are dear, so that one is withheld only where
    nothing else will do.
    """
    cells = lattice(tables, [one.shown for one in before.releases])
    build(len(cells.keys))
    primary = must_withhold(cells, heading.k, sensitive_names(tables.dimensions))
    withheld, strict = set(primary), set(primary)
    settled: Settled = set()
    if upon is not None:
        withheld |= {cells.position[key] for key in upon.withheld}
        known = {cell for names in upon.tables.counts for cell in cells.tables[names]}
        cells = cells.dear(known - withheld)
        settled = states(cells, upon.tables.counts, withheld, strict)
    add_partners(cells, withheld, strict, heading.k, settled)
    return Proposal(heading, tables, before, cells, frozenset(primary), withheld, strict, set(), passed, settled)


def repair(
    proposal: Proposal, left: Callable[[], float], near: Set[str] | None = None, fixed: Set[Names] = frozenset()
) -> set[Names]:
    """Withhold more where the audit objects; returns the tables to drop when that does not help, or not in time.

    With `near` only tables of these dimensions are audited: a first look, which clears nothing. Those that are `fixed`
    are not to be dropped.
    """
    best: list[Finding] | None = None
    stalled = 0
    for _ in range(_ROUNDS):
        objections = [finding for part in _parts(proposal, near) for finding in _objections(proposal, part, left)]
        if not objections:
            return set()
        better = best is None or len(objections) < len(best)
        best = objections if best is None or better else best
        stalled = 0 if better else stalled + 1
        if stalled > _PATIENCE or left() <= 0:
            break
        answered = [_answer(proposal, finding) for finding in objections]
        if not any(answered):
            break
        add_partners(
            proposal.cells, proposal.withheld, proposal.strict, proposal.heading.k, proposal.settled, proposal.further
        )
    about = [
        [(name, labels[0]) for name, labels in finding.region]
        for finding in best or []
        if _counted(proposal, finding.region)
    ]
    return _worst(proposal, about, fixed)


def passes(proposal: Proposal, left: Callable[[], float]) -> bool:
    """Whether the audit lets everything through as it is."""
    return not any(_objections(proposal, part, left, most=1) for part in _parts(proposal))


def _in_the_way(proposal: Proposal, first: Protected | None) -> set[Names]:
    """The tables to give up because of them a number would go of what comes first."""
    if first is None:
        return set()
    return _worst(proposal, sorted(proposal.keys() & first.shown()), first.tables.counts.keys())


def _worst(proposal: Proposal, told: Sequence[Sequence[tuple[str, str]]], fixed: Set[Names]) -> set[Names]:
    """The tables to give up: those that most of the objections, each to how a group is told, are about."""
    open_to = [names for names in proposal.cells.tables if names not in fixed]
    about = Counter(_finest(proposal, group, open_to) for group in told if open_to)
    most = max(about.values(), default=0)
    return {names for names, count in about.items() if 2 * count >= most}


@dataclass(frozen=True, slots=True)
class _Part:
    """Tables that have to be audited together, with the tables of earlier releases that belong to them."""

    names: tuple[Names, ...]
    earlier: tuple[Mapping[str, Any], ...]

    def trial(self, proposal: Proposal) -> dict[str, Any]:
        """The release of these tables alone."""
        return document(proposal.heading, proposal.tables, proposal.keys(), only=self.names)


def _parts(proposal: Proposal, near: Set[str] | None = None) -> list[_Part]:
    """The tables in groups that have to be audited together; with `near` those of these dimensions alone."""
    names = tuple(each for each in proposal.tables.counts if near is None or set(each) <= near)
    if not names:
        return []
    earlier = [_only(one, near) for one in proposal.before.documents]
    owners = [(place, index) for place, one in enumerate(earlier) for index, _ in enumerate(one["tables"])]
    parts = []
    whole = document(proposal.heading, proposal.tables, proposal.keys(), only=names)
    for part in connected_parts(whole, earlier):
        old = [owners[index] for index in part if index < len(owners)]
        new = tuple(names[index - len(owners)] for index in part if index >= len(owners))
        cut = tuple(
            {**one, "tables": [one["tables"][index] for at, index in old if at == place]}
            for place, one in enumerate(earlier)
        )
        if new:
            parts.append(_Part(new, cut))
    return parts


def _only(release: Mapping[str, Any], near: Set[str] | None) -> Mapping[str, Any]:
    """A release with the tables of these dimensions alone."""
    if near is None:
        return release
    return {**release, "tables": [one for one in release["tables"] if set(one["dimensions"]) <= near]}


def _objections(proposal: Proposal, part: _Part, left: Callable[[], float], most: int = _ENOUGH) -> tuple[Finding, ...]:
    """What the audit finds in one part; nothing if it has passed exactly this part before."""
    trial = part.trial(proposal)
    fingerprint = repr(trial)
    if fingerprint not in proposal.passed:
        result = audit_release(trial, left(), previous=part.earlier, most=most)
        if not result.ok:
            return result.findings
        proposal.passed.add(fingerprint)
    return ()


def _answer(proposal: Proposal, finding: Finding) -> bool:
    """Withhold or tighten one thing in answer to a finding; False if there is nothing to do about it."""
    cells = proposal.cells
    if not finding.region or not _counted(proposal, finding.region):
        return False
    names = [name for name, _ in finding.region]
    key = key_of(names, [labels[0] for _, labels in finding.region], proposal.tables.dimensions)
    cell = cells.position.get(key)
    if cell in proposal.withheld:
        for level in (proposal.strict, proposal.further) if _is_large(proposal.tables) else (proposal.strict,):
            if cell not in level:
                level.add(cell)
                return True
    near = _neighbours(cells, cell) if cell in proposal.withheld else _inside(cells, key)
    open_to = [one for one in near if one not in proposal.withheld and cells.counts[one] and cells.keys[one]]
    if not open_to:
        return False
    proposal.withheld.add(min(open_to, key=lambda one: (cells.weights[one], one)))
    return True


def _counted(proposal: Proposal, region: Region) -> bool:
    """Whether its dimensions are counted here; a finding may be about an earlier release alone."""
    return proposal.tables.dimensions.keys() >= {name for name, _ in region}


def _is_large(tables: Tables) -> bool:
    """Whether the audit may want a few people more than k + 1, as it does where many dimensions are crossed."""
    crossed = {name for names in tables.counts if len(names) > 1 for name in names}
    return prod(len(tables.dimensions[name].categories) for name in crossed) > _LARGE


def _neighbours(cells: Lattice, cell: int | None) -> Iterator[int]:
    """Cells that share a sum with this one."""
    for line in cells.lines:
        if cell == line.whole or cell in line.parts:
            yield from (line.whole, *line.parts)


def _inside(cells: Lattice, key: Key) -> Iterator[int]:
    """Cells that a group no table shows is a crossing of, or the cell itself."""
    return (index for index, own in enumerate(cells.keys) if set(own) <= set(key))


def _finest(proposal: Proposal, group: Sequence[tuple[str, str]], open_to: Sequence[Names]) -> Names:
    """The table to give up for a group: of those that show it the one with the most dimensions, then cells."""
    names = [name for name, _ in group]
    key = key_of(names, [label for _, label in group], proposal.tables.dimensions)
    cell = proposal.cells.position.get(key)
    showing = [table for table in open_to if key and cell in proposal.cells.tables[table]]
    crossing = [table for table in open_to if set(names).intersection(table)]

    def fineness(table: Names) -> tuple[int, int, int]:
        return len(table), len(set(names).intersection(table)), proposal.tables.counts[table].size

    return max(showing or crossing or open_to, key=fineness)


def show_again(proposal: Proposal, left: Callable[[], float]) -> None:
    """Show every partner the audit can spare, the largest groups first."""
    cells = proposal.cells
    examinations = [
        (part, Examination([*part.earlier, part.trial(proposal)], left))
        for part in _parts(proposal)
        if _has_partners(proposal, part)
    ]
    partners = sorted(proposal.withheld - proposal.primary, key=lambda cell: -cells.weights[cell])
    for cell in partners:
        if left() <= 0:
            return
        shown = _together(proposal, cell) if cell in proposal.withheld else set()
        if not shown:
            continue
        groups = {
            region: cells.counts[one]
            for one in shown
            for region in _regions(cells.keys[one], proposal.tables.dimensions)
        }
        holding = [
            one for part, one in examinations if any(not shown.isdisjoint(cells.tables[names]) for names in part.names)
        ]
        if _all_pass(holding, groups):
            proposal.withheld -= shown


def _together(proposal: Proposal, cell: int) -> set[int]:
    """A partner with those a subtraction would give away without it; nothing if a cell to protect is among them."""
    shown = {cell}
    while True:
        withheld = proposal.withheld - shown
        alone = {
            next(iter(inside))
            for line in proposal.cells.lines
            if len(inside := withheld.intersection((line.whole, *line.parts))) == 1
        }
        if not alone:
            return shown
        if alone & proposal.primary:
            return set()
        shown |= alone


def _has_partners(proposal: Proposal, part: _Part) -> bool:
    partners = proposal.withheld - proposal.primary
    return any(not partners.isdisjoint(proposal.cells.tables[names]) for names in part.names)


def _all_pass(examinations: Sequence[Examination], groups: Mapping[Region, int]) -> bool:
    """Whether groups can be shown in every part that has them; where one objects all take them back."""
    done: list[Examination] = []
    for one in examinations:
        if not one.passes_with(groups):
            for other in done:
                other.take_back(groups)
            return False
        done.append(one)
    return True


def _regions(key: Key, dimensions: Mapping[str, Dimension]) -> list[Region]:
    """The groups as the audit knows them: one, or one for each option that shares it and question not asked of it."""
    found: list[list[tuple[str, tuple[str, ...]]]] = [[]]
    for name, label in key:
        options = [one.name for one in dimensions.values() if shared_name(one.option_of) == name] or [name]
        leaves = tuple(label.split(AND))
        told = [(option, leaves) for option in options]
        told += [(one.name, (NOT_ASKED,)) for one in dimensions.values() if one.not_asked_of == (name, leaves)]
        found = [[*pairs, each] for pairs in found for each in told]
    return [tuple(sorted(pairs)) for pairs in found]


def hollow(proposal: Proposal) -> set[Names]:
    """Tables of two or more dimensions in which no people are left to see."""
    hollow = set()
    for names, members in proposal.cells.tables.items():
        full = {name for name in names if len(proposal.tables.dimensions[name].categories) > 1}
        leaves = [cell for cell in members if len(proposal.cells.keys[cell]) == len(full)]
        if len(names) > 1 and not any(proposal.cells.counts[cell] for cell in leaves if cell not in proposal.withheld):
            hollow.add(names)
    return hollow
