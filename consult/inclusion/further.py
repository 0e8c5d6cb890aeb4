"""Finer tables on top of a protected release: each comes along only if nothing that is shown already has to go for it.

So the order in which tables are asked for is the order of what readers need most: a finer one never costs a coarser
number, and when time runs out what was found so far stands. The same way planned tables come before all others.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from consult.inclusion.cells import Key, grid, key_of, too_thin
from consult.inclusion.dimensions import Dimension
from consult.inclusion.document import Heading
from consult.inclusion.gathered import is_tie
from consult.inclusion.protect import (
    Names,
    Proposal,
    Protected,
    groups,
    hollow,
    passes,
    propose,
    protect,
    repair,
    show_again,
    until,
)
from consult.inclusion.series import Series
from consult.inclusion.tabulate import Tables

Bundle = Sequence[Names]
"""Tables that belong together: all options of a question by one group, say."""
Ways = Sequence[Bundle]
"""The same thing told in several ways, the finest first: the first that fits is taken."""

_ONE_SHARE: Final = 0.125
"""The most of the time that is left which one bundle may take, so that the next has its turn."""
_ALL_SHARE: Final = 0.5
"""The same for the audit of everything."""
_ADDING_SHARE: Final = 0.7
_BESIDE_SHARE: Final = 0.5


def add_further(
    heading: Heading,
    base: Protected,
    tables: Tables,
    wanted: Iterable[Ways],
    before: Series,
    left: Callable[[], float],
    *,
    beside: Iterable[Ways] = (),
) -> Protected:
    """The protected release with as much of what is wanted as fits, in order; `tables` has the counts of all of it.

    `left` tells the work that remains. Tables of a bundle that are too thin are left out of it; where that is more
    than half of them, so is the bundle. So is a table of which hardly a number would be shown. What nobody asked for
    comes last, `beside` it all, and has work of its own: else it has either all or none.
    """
    search = _Search(heading, tables, before, set(), until(left, left() * (1 - _ADDING_SHARE)))
    found, last = _come_along(search, base, wanted)
    search = replace(search, left=until(left, left() * (1 - _BESIDE_SHARE)))
    found, more = _come_along(search, found, beside)
    last = more or last
    if last is None:
        return base
    show_again(last, left)
    return Protected(_declared(found.tables, base.tables), last.keys(), found.withheld)


def planned_first(
    heading: Heading, tables: Tables, wanted: Sequence[Ways], before: Series, left: Callable[[], float]
) -> Protected | None:
    """What is wanted, as far as it costs no single margin a number; None where nothing of it can be.

    Partners are shown again at the end of everything, not here: a number spared by itself may be needed later on.
    """
    crossed = {name for ways in wanted for bundle in ways for names in bundle for name in names}
    single = tables.only(names for names in tables.counts if len(names) == 1 and crossed.issuperset(names))
    margins = protect(heading, single, before, left)
    base = Protected(margins.tables, margins.before_showing, margins.before_showing)
    found, last = _come_along(_Search(heading, tables, before, set(), left), base, wanted)
    if last is None:
        return None
    own = found.tables.only(names for names in found.tables.counts if names not in base.tables.counts)
    withheld = found.withheld & groups(own)
    return Protected(own, withheld, withheld)


def _come_along(search: "_Search", base: Protected, wanted: Iterable[Ways]) -> tuple[Protected, Proposal | None]:
    """The base with as much of what is wanted as fits, in order, and the proposal behind it, if anything does."""
    waiting = [ways for ways in wanted if not all(names in base.tables.counts for names in ways[0])]
    found, last, several = base, None, 1
    while waiting and search.left() > 0:
        some = waiting[:several]
        trial, failed = search.along(some, found)
        if failed and several > 1:
            several //= 2
            continue
        waiting = waiting[several:]
        if trial is not None:
            found, last, several = _settled(trial), trial, 2 * several
    return found, last


@dataclass(frozen=True, slots=True)
class _Search:
    """What finer tables can come along; `passed` are parts that the audit has let through."""

    heading: Heading
    tables: Tables
    before: Series
    passed: set[str]
    left: Callable[[], float]

    def along(self, some: Sequence[Ways], found: Protected) -> tuple[Proposal | None, bool]:
        """What was found so far with some of what is wanted besides, None where nothing of it fits; and whether they
        fit one by one, and not all together.

        Each is tried with the tables around it first, then all with everything: most of what is wrong is seen in the
        first look, at a small part of what the second takes.
        """
        if len(some) == 1:
            return self._with(some[0], found, alone=True), False
        trial: Proposal | None = None
        for ways in some:
            trial = self._with(ways, _settled(trial) if trial else found, alone=False) or trial
        fits = trial is None or passes(trial, until(self.left, self.left() * (1 - _ALL_SHARE)))
        return (trial, False) if fits else (None, True)

    def _with(self, ways: Ways, found: Protected, *, alone: bool) -> Proposal | None:
        """What was found so far with the first way of telling one thing that can be; `alone` before the whole audit."""
        for bundle in ways:
            counted = [names for names in bundle if names in self.tables.counts]
            trial = self._trial(_new(counted, self.tables, found, self.heading.k), found, alone=alone)
            if trial is not None:
                return trial
        return None

    def _trial(self, new: Sequence[Names], found: Protected, *, alone: bool) -> Proposal | None:
        """What was found so far with these tables besides, less those full of holes; None where it can not be."""
        while any(not is_tie(names) for names in new) and self.left() > 0:
            trial = propose(
                self.heading, self.tables.only([*found.tables.counts, *new]), self.before, self.passed, found
            )
            # Repairing only withholds more, so a number that is lost already need not wait for the audit.
            if not (holes := _full_of_holes(trial, new)) and _loses(trial, found):
                return None
            for near in (_around(new, self.tables.dimensions), *([None] if alone else [])):
                if not holes and not self._repaired(trial, found, near):
                    return None
                holes = holes or _full_of_holes(trial, new)
            if not holes:
                return trial
            new = [names for names in new if names not in holes]
        return None

    def _repaired(self, trial: Proposal, found: Protected, near: Set[str] | None) -> bool:
        """Whether a trial stands before the audit of the tables near it, or all, with every number found so far."""
        turn = until(self.left, self.left() * (1 - (_ONE_SHARE if near else _ALL_SHARE)))
        new = trial.tables.counts.keys() - found.tables.counts.keys()
        return not repair(trial, turn, near) and not hollow(trial) - new and not _loses(trial, found)


def _settled(trial: Proposal) -> Protected:
    return Protected(trial.tables, trial.keys(), trial.keys())


def _loses(trial: Proposal, found: Protected) -> bool:
    """Whether a number that is shown without them would be withheld."""
    return not trial.keys().isdisjoint(found.shown())


def _around(new: Sequence[Names], dimensions: Mapping[str, Dimension]) -> set[str]:
    """The dimensions of tables, and all options of the questions among them."""
    own = {name for names in new for name in names}
    questions = {dimensions[name].option_of for name in own} - {None}
    return own | {name for name, one in dimensions.items() if one.option_of in questions}


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
