"""The rules that withheld groups are held to, put as questions to the attack on each system.

A withheld group must leave a reader with a wide range: it may be empty (or one person, where zeros are shown) and may
be at or over the threshold, or it is known to be at or over the threshold and is still not told within k. The same
must hold for somebody who counts himself out, and for the change of a group between two releases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from consult.inclusion.audit.attack import Answer, Attack, Condition, Watch
from consult.inclusion.audit.findings import Finding, Kind, Region
from consult.inclusion.audit.implied import Crossings, implied
from consult.inclusion.audit.model import Group, System, stacked
from consult.inclusion.audit.reading import Published

_ROUNDS: Final = 12
_FEW: Final = 50
_FAR: Final = 2
_CLOSE: Final = 1e-3


@dataclass(slots=True)
class Target:
    """A withheld group of one release: its row in the system, what the method note gives as its least, and two counts
    at least k apart that are shown to be possible: one of at most `low` and one of at least `high`."""

    region: Region
    group: Region
    back: int
    sum: Group
    row: int
    least: int
    low: int
    high: int

    def within(self, low: float = -inf, high: float = inf) -> Condition:
        """So many people in it."""
        return Condition(self.sum, low, high, self.row)

    def finding(self, kind: Kind, detail: str) -> Finding:
        """A finding about this group."""
        return Finding(kind, self.group, detail, self.back)


def judge(system: System, attack: Attack, crossings: Crossings, published: Published) -> Iterator[Finding]:
    """All findings in one system."""
    if system.size == 0:
        yield Finding(Kind.INVALID, (), "a table counts nobody")
        return
    answer = attack.consistent()
    if answer is not Answer.POSSIBLE:
        kind = Kind.INCONSISTENT if answer is Answer.IMPOSSIBLE else Kind.UNRESOLVED
        yield Finding(kind, (), "no people fit all published numbers")
        return
    targets = withheld_in(system, published, large=attack.large)
    _wander(attack, targets)
    seen = Watch(attack, stacked([target.sum for target in targets], system.size))
    open_targets = []
    for place, target in enumerate(targets):
        seen.look()
        shown = seen.least[place] <= target.low and seen.most[place] >= target.high
        fewest = int(np.ceil(seen.least[place]))
        check = _alone(attack, target) if shown else _closed(attack, target, published.k, fewest)
        findings = list(check)
        yield from findings
        if not findings:
            open_targets.append(target)
    yield from _insiders(attack, open_targets, published.k)
    yield from _changes(system, attack, published)
    yield from implied(attack, crossings, published)


def _wander(attack: Attack, targets: list[Target]) -> None:
    """In a large system, points in random directions: they show most withheld groups to be wide open at little cost."""
    chance = np.random.default_rng(len(targets))
    groups = stacked([target.sum for target in targets], attack.size)
    for _ in range(min(_ROUNDS, len(targets)) - len(attack.witnesses) if attack.large else 0):
        attack.wander(groups.T @ chance.choice([-1.0, 0.0, 1.0], len(targets)))


def shares(published: Published) -> Iterator[Finding]:
    """A published share of at least nine in ten in a group of under 50, on a sensitive dimension."""
    for region, count in published.exact.items():
        for name in (name for name, _ in region if name in published.sensitive):
            base = published.exact.get(tuple(part for part in region if part[0] != name))
            if base is not None and count < base < _FEW and 10 * count >= 9 * base and not published.is_plain(region):
                group, moment = published.split(region)
                detail = f"{count} of {base} share {name}"
                yield Finding(Kind.GROUP_100, group, detail, published.releases - 1 - moment)


def withheld_in(system: System, published: Published, *, large: bool) -> list[Target]:
    """The withheld groups that can be counted in a system; in a large one they must reach a few people further."""
    targets = []
    for region, (least, most) in published.withheld.items():
        if region in system.row_of and region not in published.exact:
            group, moment = published.split(region)
            # of a count in lots the middle of the lot, so that an insider has room at both ends
            spare = 0 if most is None or least < published.k else max(most - least - published.k, 0) // 2
            targets.append(
                Target(
                    region=region,
                    group=group,
                    back=published.releases - 1 - moment,
                    sum=system.count(region),
                    row=system.row_of[region][0],
                    least=least,
                    low=least + spare,
                    high=max(least, 1) + spare + published.k + (_FAR if large else 0),
                )
            )
    return targets


def narrowest(attacks: list[tuple[Attack, list[Target]]]) -> int | None:
    """The width of the narrowest range of all targets: solved for those that witnesses do not show to be wider."""
    found: int | None = None
    for attack, targets in attacks:
        seen = Watch(attack, stacked([target.sum for target in targets], attack.size))
        seen.look()
        width = np.round(seen.most - seen.least, 3)
        for place in np.argsort(width, kind="stable").tolist():
            if found is not None and width[place] >= found:
                break
            low, high = attack.range_of(targets[place].sum)
            found = high - low if found is None else min(found, high - low)
    return found


def _closed(attack: Attack, target: Target, k: int, fewest: int) -> Iterator[Finding]:
    """What is wrong with the range of a target, if anything. Sets its goals to what has been shown possible.

    `fewest` have been seen in it: where that is under k only the whole range will do.
    """
    if fewest >= k and _known_large(attack, target, k, fewest):
        return
    if all(attack.possible(one) is Answer.POSSIBLE for one in _goals(target)):
        yield from _alone(attack, target)
        return
    if attack.large and fewest < k:
        yield target.finding(Kind.NARROW, f"may be under {k}, and can not be shown wide open")
        return
    low, high = attack.range_of(target.sum)
    finding = _too_narrow(target, low, high, k)
    if finding:
        yield finding
        return
    if low > target.least:
        target.low = (low + high - k) // 2
        target.high = target.low + k
    for answer in map(attack.possible, _goals(target)):
        if answer is not Answer.POSSIBLE:
            kind = Kind.NARROW if answer is Answer.IMPOSSIBLE else Kind.UNRESOLVED
            yield target.finding(kind, f"no whole counts found up to {target.low} or from {target.high} on")
            return
    yield from _alone(attack, target)


def _known_large(attack: Attack, target: Target, k: int, fewest: int) -> bool:
    """Whether everybody knows that a group has at least k people, and still not how many within k.

    The two counts shown possible lie in the middle of the range, since at its end no room is left for an insider who
    knows of one person less; in a large system, where a range costs much, they begin at the fewest seen.
    """
    if attack.possible(target.within(high=k - 1)) is not Answer.IMPOSSIBLE:
        return False
    low, high = (fewest, fewest + k) if attack.large else attack.range_of(target.sum)
    few = (max(low, k) + high - k) // 2
    for one in (target.within(high=few), target.within(low=few + k)):
        if attack.possible(one) is not Answer.POSSIBLE:
            return False
    target.low, target.high = few, few + k
    return True


def _goals(target: Target) -> tuple[Condition, Condition]:
    return target.within(high=target.low), target.within(low=target.high)


def _alone(attack: Attack, target: Target) -> Iterator[Finding]:
    """Where a group may be empty it may also be one person, who then learns nothing of others in it."""
    if target.low == 0 and attack.possible(target.within(1, 1)) is not Answer.POSSIBLE:
        yield target.finding(Kind.INSIDER, "nobody can be alone in it")


def _too_narrow(target: Target, low: int, high: int, k: int) -> Finding | None:
    """A range a reader, or somebody who subtracts himself, would call an answer."""
    if low == high:
        return target.finding(Kind.EXACT, f"can only be {low}")
    if high - low < k or high < k or target.least < low < k:
        return target.finding(Kind.NARROW, f"between {low} and {high}")
    if high - max(low, 1) < k:
        return target.finding(Kind.INSIDER, f"between {max(low, 1) - 1} and {high - 1} others")
    return None


class _Pairs:
    """For each target and each group somebody may be in: whether witnesses show both ends with him there."""

    def __init__(self, attack: Attack, targets: list[Target], own: list[Target]) -> None:
        self._attack = attack
        self._targets = stacked([target.sum for target in targets], attack.size)
        self._own = stacked([target.sum for target in own], attack.size)
        self._low = np.array([target.low for target in targets])
        self._high = np.array([target.high for target in targets])
        shared = (self._targets @ self._own.T).toarray()
        self.inside = shared >= np.array([target.sum.index.size for target in own])
        self.overlapping = shared > 0
        self.few = np.zeros(shared.shape, dtype=bool)
        self.many = np.zeros(shared.shape, dtype=bool)
        self._seen = 0

    def look(self) -> None:
        """Take in the witnesses found since the last look."""
        fresh = self._attack.witnesses[self._seen :]
        self._seen = len(self._attack.witnesses)
        if not fresh:
            return
        points = np.array(fresh).T
        counts = self._targets @ points
        there = ((self._own @ points) >= 1 - _CLOSE).astype(np.float32).T
        low, one = self._low[:, None], np.maximum(self._low, 1)[:, None]
        self.few |= (counts <= low + _CLOSE).astype(np.float32) @ there > 0
        self.few |= ((counts <= one + _CLOSE).astype(np.float32) @ there > 0) & self.inside
        self.many |= (counts >= self._high[:, None] - _CLOSE).astype(np.float32) @ there > 0


def _insiders(attack: Attack, targets: list[Target], k: int) -> Iterator[Finding]:
    """Somebody who knows that a group is not empty because he is in it must not pin down another group by that.

    Where zeros are shown everybody knows it of every withheld group, so only groups that may be empty matter.
    """
    own_groups = [target for target in targets if target.low == 0]
    if not own_groups:
        return
    pairs = _Pairs(attack, targets, own_groups)
    for column, own in enumerate(own_groups):
        himself = own.within(low=1)
        for place, target in enumerate(targets):
            pairs.look()
            if own is target or (pairs.few[place, column] and pairs.many[place, column]):
                continue
            low = max(target.low, 1) if pairs.inside[place, column] else target.low
            high = target.high if pairs.overlapping[place, column] else target.low + k
            if (
                attack.possible(target.within(high=low), himself) is not Answer.POSSIBLE
                or attack.possible(target.within(low=high), himself) is not Answer.POSSIBLE
            ):
                yield target.finding(Kind.INSIDER, f"known to somebody in {own.group}")


def _changes(system: System, attack: Attack, published: Published) -> Iterator[Finding]:
    """Groups shown or withheld in two releases: how they changed in between must be nothing, k or more, or wide open.

    Where both counts are published the difference is looked at without any solving (`contradictions`).
    """
    pairs = list(_compared(system, published))
    if not pairs:
        return
    sums = [system.count(after).less(system.count(before)) for before, after in pairs]
    seen = Watch(attack, stacked(sums, system.size))
    for place, (_, after) in enumerate(pairs):
        seen.look()
        if seen.most[place] - seen.least[place] < published.k:
            problem = _too_little(attack, sums[place], published.k)
            if problem:
                group, moment = published.split(after)
                yield Finding(problem[0], group, problem[1], published.releases - 1 - moment)


def _compared(system: System, published: Published) -> Iterator[tuple[Region, Region]]:
    """Rows of the same group in two releases, not both published."""
    for after in system.row_of:
        group, moment = published.split(after)
        for earlier in range(moment):
            before = published.at(group, earlier)
            if before in system.row_of and not (before in published.exact and after in published.exact):
                yield before, after


def _too_little(attack: Attack, change: Group, k: int) -> tuple[Kind, str] | None:
    low, high = attack.range_of(change)
    if low >= k or high <= -k or low == high == 0:
        return None
    if high - low < k:
        return Kind.IMPLIED_DIFFERENCE, f"changed by {low} to {high}"
    middle = (low + high - k) // 2
    answers = (attack.possible(Condition(change, high=middle)), attack.possible(Condition(change, low=middle + k)))
    if any(answer is not Answer.POSSIBLE for answer in answers):
        kind = Kind.IMPLIED_DIFFERENCE if Answer.IMPOSSIBLE in answers else Kind.UNRESOLVED
        return kind, f"no whole counts found {k} apart"
    return None
