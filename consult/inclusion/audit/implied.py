"""What no table shows and all the same follows: groups at any crossing of the dimensions, and how they changed.

A group that must have 1 to k - 1 people as its least, within a range under k, is told. So is, on a sensitive
dimension, that all or none of a group that is not empty have a value. Both also of those who came between releases.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from consult.inclusion.audit.attack import Answer, Attack, Condition, Watch
from consult.inclusion.audit.findings import RELEASES, Finding, Kind, Region
from consult.inclusion.audit.model import Block, Group, System, Vector
from consult.inclusion.audit.reading import Published

_ROUNDS: Final = 8
_MANY: Final = 4
_CLOSE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class _View:
    """People of one release, or the change between two: a weight for each unknown of a block."""

    kind: Kind
    moment: int
    before: int | None
    weight: Vector


class Crossings:
    """Every crossing of a system's dimensions, made when first asked for and kept: only answers change."""

    def __init__(self, system: System, published: Published) -> None:
        self.system = system
        self._published = published
        self._made: dict[object, Watch] = {}
        self._told: dict[object, NDArray[np.bool_]] = {}
        self._views = [list(_views(block, published)) for block in system.blocks]

    def views(self) -> Iterator[tuple[int, Block, "_View"]]:
        """Every block with everything that is counted in it."""
        for place, (block, views) in enumerate(zip(self.system.blocks, self._views, strict=True)):
            for view in views:
                yield place, block, view

    def watch(self, attack: Attack, place: int, names: tuple[str, ...], weight: Vector, key: object) -> Watch:
        """The groups at one crossing under watch; `key` tells the weights apart."""
        at = (place, names, key)
        if at not in self._made:
            self._made[at] = Watch(attack, _members(self.system.blocks[place], names, self.system, weight))
        self._made[at].look()
        return self._made[at]

    def told(self, names: tuple[str, ...], view: "_View") -> NDArray[np.bool_]:
        """Which groups of a crossing are looked at elsewhere."""
        at = (names, view.moment, view.before)
        if at not in self._told:
            self._told[at] = _told(names, self.system, view, self._published)
        return self._told[at].copy()


def implied(attack: Attack, crossings: Crossings, published: Published) -> Iterator[Finding]:
    """All findings of this kind in one system."""
    for place, block, view in crossings.views():
        yield from _small(attack, crossings, place, view, published)
        if not published.losses or view.before is None:
            for name in sorted(published.sensitive & set(block.names)):
                yield from _groups(attack, crossings, place, name, view, published)


def _views(block: Block, published: Published) -> Iterator[_View]:
    there = [_present(block, moment, published) for moment in range(published.releases)]
    for moment, weight in enumerate(there):
        yield _View(Kind.IMPLIED_SMALL, moment, None, weight)
        for before in range(moment):
            yield _View(Kind.IMPLIED_DIFFERENCE, moment, before, weight - there[before])


def _present(block: Block, moment: int, published: Published) -> Vector:
    if published.releases == 1:
        return np.ones(block.size)
    present = [label in published.moments[moment] for label in published.categories[RELEASES]]
    return np.array(present, dtype=float)[block.codes[RELEASES]]


def _small(attack: Attack, crossings: Crossings, place: int, view: _View, published: Published) -> Iterator[Finding]:
    """Groups that are cleared by no witness: one without anybody in it, or two that are k people apart."""
    k = published.k
    for names in _crossings(crossings.system.blocks[place]):
        told = crossings.told(names, view)
        seen = crossings.watch(attack, place, names, view.weight, (view.moment, view.before))
        members = seen.groups
        for _ in range(_ROUNDS):
            if np.count_nonzero(unclear := _unclear(seen, told, k)) < _MANY:
                break
            attack.wander(members.T @ unclear.astype(float))
        while (unclear := _unclear(seen, told, k)).any():
            index = int(np.flatnonzero(unclear)[0])
            told[index] = True
            group = Group(*_row(members, index))
            for sign in (1, -1) if view.before is not None else (1,):
                problem = _pinned(attack, group.times(sign), k)
                if problem:
                    region = _labels(names, index, crossings.system)
                    kind = problem[0] or view.kind
                    yield Finding(kind, region, problem[1], published.releases - 1 - view.moment)
                    break


def _unclear(seen: Watch, told: NDArray[np.bool_], k: int) -> NDArray[np.bool_]:
    seen.look()
    small = (seen.least >= 1 - _CLOSE) | (seen.most <= _CLOSE - 1)
    unclear: NDArray[np.bool_] = ~told & small & (seen.most - seen.least < k)
    return unclear


def _told(names: Sequence[str], system: System, view: _View, published: Published) -> NDArray[np.bool_]:
    """Which groups have a number or a mark of their own, and are looked at elsewhere."""
    shape = [len(system.categories[name]) for name in names]
    told = np.zeros(int(np.prod(shape)), dtype=bool)
    moments = [view.moment] if view.before is None else [view.moment, view.before]
    for index in range(told.size):
        group = published.region(dict(_labels(names, index, system)))
        told[index] = all(
            (region := published.at(group, moment)) in published.exact or region in published.withheld
            for moment in moments
        )
    return told


def _pinned(attack: Attack, group: Group, k: int) -> tuple[Kind | None, str] | None:
    """Why a group is told, if it is: at least one person, maybe fewer than k, within a narrow range."""
    if attack.least(group) > k - 1 or attack.possible(Condition(group, high=0)) is Answer.POSSIBLE:
        return None
    low, high = attack.range_of(group)
    if high <= 0:
        return None
    if high - low < k:
        return None, f"between {low} and {high} people follow from the tables"
    middle = (low + high - k) // 2
    answers = {attack.possible(Condition(group, high=middle)), attack.possible(Condition(group, low=middle + k))}
    if answers != {Answer.POSSIBLE}:
        return None if Answer.IMPOSSIBLE in answers else Kind.UNRESOLVED, f"no whole counts found {k} apart"
    return None


def _groups(
    attack: Attack, crossings: Crossings, place: int, sensitive: str, view: _View, published: Published
) -> Iterator[Finding]:
    """Groups, shown or implied, of which the tables say that all or none have a value of the sensitive dimension."""
    system, block = crossings.system, crossings.system.blocks[place]
    for names in _crossings(block):
        if sensitive in names:
            continue
        base = crossings.watch(attack, place, names, view.weight, (view.moment, view.before))
        for position, label in enumerate(system.categories[sensitive]):
            having = (block.codes[sensitive] == position) * view.weight
            for kind, weight in ((Kind.GROUP_ZERO, having), (Kind.GROUP_100, view.weight - having)):
                part = crossings.watch(attack, place, names, weight, (view.moment, view.before, sensitive, label, kind))
                for index in np.flatnonzero((base.least >= 1 - _CLOSE) & (part.most <= _CLOSE)).tolist():
                    region = (*_labels(names, index, system), (sensitive, (label,)))
                    if not published.is_plain(region) and _settled(
                        attack, Group(*_row(part.groups, index)), Group(*_row(base.groups, index))
                    ):
                        detail = "follows from the tables" + (
                            " for those who came since" if view.before is not None else ""
                        )
                        yield Finding(kind, region, detail, published.releases - 1 - view.moment)


def _settled(attack: Attack, part: Group, whole: Group) -> bool:
    """Whether nobody can be in the part although somebody is in the whole."""
    return (
        attack.possible(Condition(part, low=1)) is not Answer.POSSIBLE
        and attack.possible(Condition(whole, high=0)) is not Answer.POSSIBLE
    )


def _crossings(block: Block) -> Iterator[tuple[str, ...]]:
    names = [name for name in block.names if name != RELEASES]
    for size in range(len(names) + 1):
        yield from combinations(names, size)


def _members(block: Block, names: Sequence[str], system: System, weight: Vector) -> sparse.csr_array:
    """One row for each crossing of categories (last name fastest), one column for each unknown of the system."""
    shape = tuple(len(system.categories[name]) for name in names)
    index = np.zeros(block.size, dtype=np.intp)
    for name, length in zip(names, shape, strict=True):
        index = index * length + block.codes[name]
    used = np.flatnonzero(weight)
    return sparse.csr_array((weight[used], (index[used], block.start + used)), shape=(int(np.prod(shape)), system.size))


def _row(matrix: sparse.csr_array, index: int) -> tuple[NDArray[np.intp], Vector]:
    start, end = matrix.indptr[index : index + 2]
    return matrix.indices[start:end].astype(np.intp), matrix.data[start:end]


def _labels(names: Sequence[str], index: int, system: System) -> Region:
    shape = tuple(len(system.categories[name]) for name in names)
    places = np.unravel_index(index, shape) if names else ()
    return tuple((name, (system.categories[name][int(at)],)) for name, at in zip(names, places, strict=True))
