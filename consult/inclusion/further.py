"""Finer tables on top of a protected release: each comes along only if nothing that is shown already has to go for it.

So the order in which tables are asked for is the order of what readers need most: a finer one never costs a coarser
number, and when time runs out what was found so far stands.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from consult.inclusion.cells import Key, grid, key_of, too_thin
from consult.inclusion.document import Heading
from consult.inclusion.gathered import is_tie
from consult.inclusion.protect import Names, Proposal, Protected, hollow, propose, repair, show_again, until
from consult.inclusion.series import Series
from consult.inclusion.tabulate import Tables

Bundle = Sequence[Names]
"""Tables that belong together: all options of a question by one group, say."""
Ways = Sequence[Bundle]
"""The same thing told in several ways, the finest first: the first that fits is taken."""

_ONE_SHARE: Final = 0.125
"""The most of the time that is left which one bundle may take, so that the next has its turn."""
_ADDING_SHARE: Final = 0.7


def add_further(
    heading: Heading,
    base: Protected,
    tables: Tables,
    wanted: Iterable[Ways],
    before: Series,
    left: Callable[[], float],
) -> Protected:
    """The protected release with as much of what is wanted as fits, in order; `tables` has the counts of all of it.

    `left` tells the seconds that remain. Tables of a bundle that are too thin are left out of it; where that is more
    than half of them, so is the bundle. So is a table of which hardly a number would be shown.
    """
    found, passed = base, set[str]()
    adding = until(left, left() * (1 - _ADDING_SHARE))
    proposal: Proposal | None = None
    for ways in wanted:
        if all(names in base.tables.counts for names in ways[0]):
            continue
        for bundle in ways:
            new = _new([names for names in bundle if names in tables.counts], tables, found, heading.k)
            trial = _trial(heading, tables, new, before, passed, found, adding)
            if trial is not None:
                found, proposal = Protected(trial.tables, trial.keys(), trial.keys()), trial
                break
    if proposal is None:
        return base
    show_again(proposal, left)
    return Protected(_declared(found.tables, base.tables), proposal.keys(), found.withheld)


def _trial(
    heading: Heading,
    tables: Tables,
    new: Sequence[Names],
    before: Series,
    passed: set[str],
    found: Protected,
    left: Callable[[], float],
) -> Proposal | None:
    """What was found so far with these tables besides, less those full of holes; None where it can not be."""
    shown = _shown(found)
    while any(not is_tie(names) for names in new) and left() > 0:
        trial = propose(heading, tables.only([*found.tables.counts, *new]), before, passed, found)
        holes = _full_of_holes(trial, new)
        if not holes:
            # Repairing only withholds more, so a number that is lost already need not wait for the audit.
            lost = not trial.keys().isdisjoint(shown)
            failed = lost or repair(trial, until(left, left() * (1 - _ONE_SHARE))) or hollow(trial) - set(new)
            if failed or not trial.keys().isdisjoint(shown):
                return None
            holes = _full_of_holes(trial, new)
            if not holes:
                return trial
        new = [names for names in new if names not in holes]
    return None


def _full_of_holes(trial: Proposal, new: Sequence[Names]) -> set[Names]:
    """Tables of which more than two thirds of the cells with people are withheld: hardly worth a reader's time."""
    hidden = trial.keys()
    cells = {names: _filled(trial, names) for names in new if not is_tie(names)}
    return {names for names, own in cells.items() if 3 * len(own & hidden) > 2 * len(own)}


def _filled(trial: Proposal, names: Names) -> set[Key]:
    """The cells of a table in which there are people."""
    counts, dimensions = trial.tables.counts[names], trial.tables.dimensions
    return {
        key_of(names, labels, dimensions) for labels, n in grid(names, counts, dimensions) if n and "*" not in labels
    }


def _declared(tables: Tables, base: Tables) -> Tables:
    """The tables with the dimensions of the first ones and those that are in use besides."""
    used = {name for names in tables.counts for name in names} | set(base.dimensions)
    return Tables({n: one for n, one in tables.dimensions.items() if n in used}, tables.counts, tables.total)


def _new(bundle: Bundle, tables: Tables, found: Protected, k: int) -> list[Names]:
    """What of a bundle can be shown and is not yet; nothing where that is less than half of it."""
    fit = [each for each in bundle if not is_tie(each) and not too_thin(tables.counts[each], k)]
    if 2 * len(fit) < sum(not is_tie(each) for each in bundle):
        return []
    ties = [each for each in bundle if is_tie(each)]
    return [each for each in (*ties, *fit) if each not in found.tables.counts]


def _shown(found: Protected) -> set[Key]:
    """Every group of which a number is shown."""
    keys = {
        key_of(names, labels, found.tables.dimensions)
        for names, counts in found.tables.counts.items()
        for labels, _ in grid(names, counts, found.tables.dimensions)
    }
    return keys - found.withheld
