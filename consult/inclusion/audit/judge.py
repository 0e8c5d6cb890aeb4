"""The rules a release is held to, put as questions to the attack on each of its systems.

A withheld group must leave a reader with a wide range: it may be empty (or one person, where zeros are shown) and may
be at or over the threshold, or it is known to be at or over the threshold and is still not told within k. The same
must hold for somebody who counts himself out. What is not withheld but follows must not be small either, and on a
sensitive dimension nothing may say that all or none of a group have a value.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import inf

import numpy as np
from scipy import sparse

from consult.inclusion.audit.attack import Answer, Attack
from consult.inclusion.audit.findings import Finding, Kind, Region
from consult.inclusion.audit.model import Block, System, Vector
from consult.inclusion.audit.reading import Published


@dataclass(frozen=True, slots=True)
class Target:
    """A withheld group: what the method note gives as its least, and two counts at least k apart to be shown possible.

    `low` and `high` are the goals: a count of at most `low` and one of at least `high`.
    """

    region: Region
    vector: Vector
    least: int
    low: int
    high: int


def judge(system: System, published: Published, left: Callable[[], float], ranges: list[int]) -> Iterator[Finding]:
    """All findings in one system; the width of every withheld group's range is added to `ranges`."""
    if system.size == 0:
        yield Finding(Kind.INVALID, (), "a table counts nobody")
        return
    attack = Attack(system, left)
    answer = attack.possible((np.zeros(system.size), -inf, inf))
    if answer is not Answer.POSSIBLE:
        kind = Kind.INCONSISTENT if answer is Answer.IMPOSSIBLE else Kind.UNRESOLVED
        yield Finding(kind, (), "no people fit all published numbers")
        return
    targets: list[Target] = []
    for region, (least, _) in published.withheld.items():
        if system.block_of(frozenset(name for name, _ in region)) is not None:
            vector = system.count(region)
            low, high = attack.range_of(vector)
            ranges.append(high - low)
            finding = _too_narrow(region, low, high, least, published.k)
            if finding:
                yield finding
            else:
                targets.append(_target(region, vector, low, high, least, published.k))
    yield from _unproven(attack, targets)
    yield from _insiders(attack, targets, published.k)
    for block in system.blocks:
        yield from _implied(attack, system, block, published)
        for name in sorted(published.sensitive & set(block.names)):
            yield from _groups(attack, system, block, name)


def shares(published: Published) -> Iterator[Finding]:
    """A published share of at least nine in ten in a group of under 50, on a sensitive dimension."""
    for region, count in published.exact.items():
        for name in (name for name, _ in region if name in published.sensitive):
            base = published.exact.get(tuple(part for part in region if part[0] != name))
            if base is not None and count < base < 50 and 10 * count >= 9 * base:
                yield Finding(Kind.GROUP_100, region, f"{count} of {base} share {name}")


def _too_narrow(region: Region, low: int, high: int, least: int, k: int) -> Finding | None:
    """A range a reader, or somebody who subtracts himself, would call an answer."""
    if low == high:
        return Finding(Kind.EXACT, region, f"can only be {low}")
    if high - low < k or high < k or least < low < k:
        return Finding(Kind.NARROW, region, f"between {low} and {high}")
    if high - max(low, 1) < k:
        return Finding(Kind.INSIDER, region, f"between {max(low, 1) - 1} and {high - 1} others")
    return None


def _target(region: Region, vector: Vector, low: int, high: int, least: int, k: int) -> Target:
    if low <= least:
        return Target(region, vector, least, low=least, high=k + 1)
    middle = (low + high - k) // 2
    return Target(region, vector, least, low=middle, high=middle + k)


def _unproven(attack: Attack, targets: list[Target]) -> Iterator[Finding]:
    """Ranges that only the linear programme believes in: whole counts for both ends are asked for."""
    for target in targets:
        conditions = [(-inf, target.low), (target.high, inf)]
        if target.low == 0:
            conditions.append((1, 1))
        for low, high in conditions:
            answer = attack.possible((target.vector, low, high))
            if answer is not Answer.POSSIBLE:
                kind = Kind.NARROW if answer is Answer.IMPOSSIBLE else Kind.UNRESOLVED
                yield Finding(kind, target.region, f"no whole counts found with {low} to {high} people")


def _insiders(attack: Attack, targets: list[Target], k: int) -> Iterator[Finding]:
    """Somebody who knows that a group is not empty because he is in it must not pin down another group by that.

    Where zeros are shown everybody knows it of every withheld group, so only groups that may be empty matter.
    """
    own_groups = [target for target in targets if target.least == 0]
    if not own_groups:
        return
    seen = attack.seen(np.array([target.vector for target in targets]))
    own_seen = attack.seen(np.array([target.vector for target in own_groups])) >= 1
    for column, target in enumerate(targets):
        few = (seen[:, column] <= target.low)[:, None] & own_seen
        many = (seen[:, column] >= target.high)[:, None] & own_seen
        proven: list[bool] = np.logical_and(few.any(axis=0), many.any(axis=0)).tolist()
        for own in (own for own, done in zip(own_groups, proven, strict=True) if not done and own is not target):
            if not _leaves_open(attack, target, own, k):
                yield Finding(Kind.INSIDER, target.region, f"known to somebody in {own.region}")


def _leaves_open(attack: Attack, target: Target, own: Target, k: int) -> bool:
    """Whether a target stays wide for somebody in another group; where he may be in both, he counts himself out."""
    inside = bool(np.all(target.vector >= own.vector))
    overlapping = bool(np.any(target.vector * own.vector))
    low = max(target.low, 1) if inside else target.low
    high = target.high if overlapping else target.low + k
    himself = (own.vector, 1, inf)
    return (
        attack.possible((target.vector, -inf, low), himself) is Answer.POSSIBLE
        and attack.possible((target.vector, high, inf), himself) is Answer.POSSIBLE
    )


def _implied(attack: Attack, system: System, block: Block, published: Published) -> Iterator[Finding]:
    """Groups no table shows, at every crossing of the block's dimensions, that the tables pin down all the same.

    A group is cleared by witnesses: one without anybody in it, or two that are k people apart.
    """
    for names in _crossings(block):
        members = _members(block, names, system)
        regions = [published.region(dict(_labels(names, index, system))) for index in range(members.shape[0])]
        told = np.array([region in published.exact or region in published.withheld for region in regions])
        while True:
            seen = attack.seen(members)
            least, most = seen.min(axis=0), seen.max(axis=0)
            open_to = np.flatnonzero(~told & (least >= 1) & (most - least < published.k))
            if not open_to.size:
                break
            index = int(open_to[0])
            told[index] = True
            yield from _pinned(attack, members[[index]].toarray()[0], regions[index], published.k)


def _pinned(attack: Attack, vector: Vector, region: Region, k: int) -> Iterator[Finding]:
    low, high = attack.range_of(vector)
    if low >= k or (low == 0 and attack.possible((vector, -inf, 0)) is Answer.POSSIBLE):
        return
    if high - low < k:
        yield Finding(Kind.IMPLIED_SMALL, region, f"between {low} and {high} people follow from the tables")
        return
    middle = (low + high - k) // 2
    answers = {attack.possible((vector, -inf, middle)), attack.possible((vector, middle + k, inf))}
    if answers != {Answer.POSSIBLE}:
        kind = Kind.IMPLIED_SMALL if Answer.IMPOSSIBLE in answers else Kind.UNRESOLVED
        yield Finding(kind, region, f"no whole counts found {k} apart")


def _groups(attack: Attack, system: System, block: Block, sensitive: str) -> Iterator[Finding]:
    """Groups, shown or implied, of which the tables say that all or none have a value of the sensitive dimension."""
    for names in _crossings(block):
        if sensitive in names:
            continue
        base = _members(block, names, system)
        base_least = attack.seen(base).min(axis=0)
        for position, label in enumerate(system.categories[sensitive]):
            having = np.zeros(system.size)
            having[block.start : block.start + block.size] = block.codes[sensitive] == position
            holders, others = base.multiply(having).tocsr(), base.multiply(1 - having).tocsr()
            for kind, part in ((Kind.GROUP_ZERO, holders), (Kind.GROUP_100, others)):
                for index in np.flatnonzero((base_least >= 1) & (attack.seen(part).max(axis=0) == 0)):
                    vector, whole = part[[int(index)]].toarray()[0], base[[int(index)]].toarray()[0]
                    if _settled(attack, vector, whole):
                        group = _labels(names, int(index), system)
                        yield Finding(kind, (*group, (sensitive, (label,))), "follows from the tables")


def _settled(attack: Attack, part: Vector, whole: Vector) -> bool:
    """Whether nobody can be in the part although somebody is in the whole."""
    return (
        attack.possible((part, 1, inf)) is not Answer.POSSIBLE
        and attack.possible((whole, -inf, 0)) is not Answer.POSSIBLE
    )


def _crossings(block: Block) -> Iterator[tuple[str, ...]]:
    for size in range(len(block.names) + 1):
        yield from combinations(block.names, size)


def _members(block: Block, names: tuple[str, ...], system: System) -> sparse.csr_array:
    """One row for each crossing of categories (last name fastest), one column for each unknown of the system."""
    shape = tuple(len(system.categories[name]) for name in names)
    index = np.zeros(block.size, dtype=np.intp)
    for name, length in zip(names, shape, strict=True):
        index = index * length + block.codes[name]
    columns = np.arange(block.start, block.start + block.size)
    return sparse.csr_array((np.ones(block.size), (index, columns)), shape=(int(np.prod(shape)), system.size))


def _labels(names: tuple[str, ...], index: int, system: System) -> Region:
    shape = tuple(len(system.categories[name]) for name in names)
    places = np.unravel_index(index, shape) if names else ()
    return tuple((name, (system.categories[name][int(at)],)) for name, at in zip(names, places, strict=True))
