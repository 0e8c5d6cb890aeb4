"""Who has not been heard yet: published counts beside targets and a reference population.

Everything here is made of published cells of one frozen release, so it tells nothing that the release does not. A
withheld cell stays withheld in every result: whether a group is under its target is not told where its count is not.

Shares carry Wilson's score interval at 95 % (Wilson 1927; Newcombe 1998, method 3). People who chose to take part are
no random sample: the interval keeps a reader from reading much into few people, and claims nothing about a population.
The lowest rate over the highest is not computed: for a perfect sample of 20 in five groups it is expected to be 0.29.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb, exp, floor, lgamma, log, sqrt
from types import MappingProxyType
from typing import Any, Final

from consult.inclusion.dimensions import InvalidInput
from consult.inclusion.published import Group, Published

_Z: Final = 1.959963984540054
_HALF: Final = 0.5
_MOST_DIMENSIONS: Final = 2
PREFER_NOT: Final = "prefer_not"
ASIDE: Final = ("skipped", "not_asked")


class Reach(StrEnum):
    """A group beside its target. A count is exact, or in lots, so these need no interval."""

    REACHED = "reached"
    BELOW = "below"
    OPEN = "open"
    """The target lies among what a count in lots may have been."""
    WITHHELD = "withheld"
    NOT_SHOWN = "not_shown"
    """The release has no table for this group."""


class Standing(StrEnum):
    """A group's share beside its share of the reference population.

    `UNDER_HEARD` only when the upper bound of its share is under the reference share, `HEARD_MORE` only when the lower
    bound is over it. Else `IN_LINE` if this many people would have shown a group heard at half of its share, and
    `TOO_FEW` if not even that could have been seen.
    """

    UNDER_HEARD = "under_heard"
    HEARD_MORE = "heard_more"
    IN_LINE = "in_line"
    TOO_FEW = "too_few"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Target:
    """The facilitator's plan for a group: at least so many people, one or more."""

    group: Group
    least: int


@dataclass(frozen=True, slots=True)
class Reference:
    """How many people of each group live where the consultation asks, and where the numbers are from.

    The groups are categories of one dimension, or crossings of the same two; `of` makes the first kind.
    """

    source: str
    people: Mapping[Group, int]

    @classmethod
    def of(cls, dimension: str, source: str, people: Mapping[str, int]) -> "Reference":
        """A population by one dimension."""
        return cls(source, {((dimension, label),): n for label, n in people.items()})

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What the groups are of, in order."""
        return tuple(name for name, _ in next(iter(self.people), ()))


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `base` people with its interval; all three between 0 and 1."""

    low: float
    point: float
    high: float
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One row of the grid. What was not asked for or can not be told is None."""

    group: Group
    count: int | None
    target: int | None = None
    reach: Reach | None = None
    share: Share | None = None
    expected: float | None = None
    standing: Standing | None = None
    slack: int = 0
    """How many more a count in lots may stand for."""

    @property
    def missing(self) -> int | None:
        """People until the target at least, where the count is published."""
        if self.count is None or self.target is None:
            return None
        return max(self.target - self.count - self.slack, 0)

    @property
    def gap(self) -> float | None:
        """Share of participants less share of the reference population; between -1 and 1."""
        if self.share is None or self.expected is None:
            return None
        return self.share.point - self.expected


@dataclass(frozen=True, slots=True)
class Similarity:
    """Proportional similarity with a reference: 1 less half the summed differences of shares (Feinsinger et al. 1981).

    `expected` is its mean for as many people drawn at random from the reference: under 1, and far under it for few.
    """

    dimensions: tuple[str, ...]
    value: float
    expected: float
    people: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Who gave no category, by which way out: "prefer_not", "skipped", "not_asked"; None where it is withheld.

    A way out that the dimension does not have is no key.
    """

    dimension: str
    counts: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole: rows for targets and reference categories, one summary a reference, and who kept silent on what."""

    rows: tuple[Heard, ...]
    similarities: tuple[Similarity, ...]
    silences: tuple[Silence, ...]


def coverage(
    release: Mapping[str, Any],
    targets: Sequence[Target] = (),
    references: Sequence[Reference] = (),
    wider: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({}),
) -> Coverage:
    """The grid of one release. Raises InvalidInput for a target or reference that says nothing or contradicts itself.

    `release` is the release document; `wider` maps dimension to coarse labels to their categories, so that a plan made
    in wide groups can be read from a fine table.
    """
    check(targets, references)
    published = Published(release, wider)
    references = [_as_published(published, one, wider) for one in references]
    beside: dict[Group, Reference] = {group: one for one in references for group in one.people}
    wanted = {target.group: target.least for target in targets}
    groups = dict.fromkeys([*wanted, *beside])
    return Coverage(
        rows=tuple(_heard(published, group, wanted.get(group), beside.get(group)) for group in groups),
        similarities=tuple(found for one in references if (found := _similarity(published, one)) is not None),
        silences=tuple(_silences(published)),
    )


def check(targets: Iterable[Target], references: Iterable[Reference]) -> None:
    """Refuse what can not be compared: an empty or doubled group, a least under 1, a reference without people."""
    seen: set[Group] = set()
    for target in targets:
        names = [name for name, _ in target.group]
        if not 1 <= len(names) == len(set(names)) <= _MOST_DIMENSIONS or list(target.group) != sorted(target.group):
            raise InvalidInput("a target needs one group, or two of different dimensions in order of dimension")
        if target.least < 1 or target.group in seen:
            raise InvalidInput("a target needs at least one person, and every group has one target")
        seen.add(target.group)
    known: set[tuple[str, ...]] = set()
    for one in references:
        _check_reference(one)
        if one.dimensions in known:
            raise InvalidInput(f"reference for {' and '.join(one.dimensions)!r} is given twice")
        known.add(one.dimensions)


def _check_reference(one: Reference) -> None:
    names = one.dimensions
    about = " and ".join(names)
    if len(one.people) < 2 or min(one.people.values()) < 0 or not sum(one.people.values()):
        raise InvalidInput(f"reference for {about!r}: give people for at least two groups")
    if not 1 <= len(names) == len(set(names)) <= _MOST_DIMENSIONS or list(names) != sorted(names):
        raise InvalidInput("a reference has groups of one dimension, or of two different ones in order")
    if any(tuple(name for name, _ in group) != names for group in one.people):
        raise InvalidInput(f"reference for {about!r}: all groups need to be of the same dimensions")


def wilson(count: int, base: int) -> Share:
    """Wilson's score interval at 95 % for `count` of `base` people. Raises InvalidInput unless 0 <= count <= base > 0.

    https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, method 3.
    """
    if not 0 <= count <= base or base == 0:
        raise InvalidInput("a share needs 0 <= count <= base and somebody in the base")
    point, squared = count / base, _Z * _Z
    middle = (point + squared / (2 * base)) / (1 + squared / base)
    half = _Z * sqrt(point * (1 - point) / base + squared / (4 * base * base)) / (1 + squared / base)
    low = 0.0 if count == 0 else max(middle - half, 0.0)
    high = 1.0 if count == base else min(middle + half, 1.0)
    return Share(low, point, high, base)


def similarity(shares: Sequence[float], reference: Sequence[float]) -> float:
    """Proportional similarity of two lists of shares in the same order: 1 for equal, 0 for nothing in common."""
    return sum(min(one, other) for one, other in zip(shares, reference, strict=True))


def expected_similarity(people: int, reference: Sequence[float]) -> float:
    """Mean proportional similarity of `people` drawn at random from the reference, in closed form.

    1 - (1/2) sum of E|X/n - q| with X binomial; the mean deviation is de Moivre's: 2 v (1 - q) P(X = v), v = [nq] + 1.
    """
    if people < 1:
        raise InvalidInput("an expected similarity needs somebody")
    return 1 - sum(_mean_deviation(people, share) for share in reference) / (2 * people)


def _as_published(
    published: Published, reference: Reference, wider: Mapping[str, Mapping[str, Sequence[str]]]
) -> Reference:
    """The reference in the view that the release shows: where it shows a coarse label, its parts are added up."""
    people: dict[Group, int] = {}
    for group, count in reference.people.items():
        seen = tuple((name, published.shown_as(name, label, wider.get(name, {}))) for name, label in group)
        people[seen] = people.get(seen, 0) + count
    return Reference(reference.source, people)


def _heard(published: Published, group: Group, target: int | None, reference: Reference | None) -> Heard:
    count = published.count(group)
    share, expected, standing = _compare(published, group, reference) if reference is not None else (None, None, None)
    return Heard(
        group=group,
        count=count,
        target=target,
        reach=None if target is None else _reach(published, group, count, target),
        share=share,
        expected=expected,
        standing=standing,
        slack=published.slack(group),
    )


def _reach(published: Published, group: Group, count: int | None, target: int) -> Reach:
    if not published.has(group):
        return Reach.NOT_SHOWN
    if count is None:
        return Reach.WITHHELD
    if count >= target:
        return Reach.REACHED
    return Reach.BELOW if count + published.slack(group) < target else Reach.OPEN


def _compare(published: Published, group: Group, reference: Reference) -> tuple[Share | None, float, Standing]:
    """The share among those who are in a group that the reference has: prefer-not, skipped and not asked are aside."""
    expected = reference.people[group] / sum(reference.people.values())
    count, base = published.count(group), _base(published, reference)
    if count is None or base is None:
        return None, expected, Standing.WITHHELD
    if base < published.k:
        return None, expected, Standing.TOO_FEW
    share = wilson(count, base)
    return share, expected, _standing(share, expected)


def _base(published: Published, reference: Reference) -> int | None:
    """People in the groups of the reference; None where that can not be read from published cells.

    Where a group is withheld, and the reference has all categories of a dimension, the others' own counts tell it.
    """
    for groups in (list(reference.people), *_collapsed(published, reference)):
        counts = [published.count(group) for group in groups]
        known = [count for count in counts if count is not None]
        if len(known) == len(counts):
            return sum(known)
    return None


def _collapsed(published: Published, reference: Reference) -> Iterable[list[Group]]:
    """The groups without a dimension of which the reference has every category, crossed with all the others."""
    for name in reference.dimensions:
        rest = dict.fromkeys(tuple(pair for pair in group if pair[0] != name) for group in reference.people)
        whole = published.categories.get(name, ())
        every = {tuple(sorted((*own, (name, label)))) for own in rest for label in whole}
        if every == set(reference.people):
            yield list(rest)


def _standing(share: Share, expected: float) -> Standing:
    if share.high < expected:
        return Standing.UNDER_HEARD
    if share.low > expected:
        return Standing.HEARD_MORE
    halved = wilson(floor(share.base * expected * _HALF), share.base)
    return Standing.IN_LINE if halved.high < expected else Standing.TOO_FEW


def _similarity(published: Published, reference: Reference) -> Similarity | None:
    base = _base(published, reference)
    counts = [published.count(group) for group in reference.people]
    known = [count for count in counts if count is not None]
    if base is None or base < published.k or len(known) < len(counts):
        return None
    whole = sum(reference.people.values())
    wanted = [people / whole for people in reference.people.values()]
    found = [count / base for count in known]
    return Similarity(reference.dimensions, similarity(found, wanted), expected_similarity(base, wanted), base)


def _silences(published: Published) -> Iterable[Silence]:
    for name, categories in published.categories.items():
        if PREFER_NOT in categories and published.has(((name, PREFER_NOT),)):
            ways = [label for label in (PREFER_NOT, *ASIDE) if label in categories]
            yield Silence(name, {label: published.count(((name, label),)) for label in ways})


def _mean_deviation(people: int, share: float) -> float:
    if not 0 < share < 1:
        return 0.0
    top = min(floor(people * share) + 1, people)
    return 2 * top * (1 - share) * _binomial(people, top, share)


def _binomial(n: int, x: int, q: float) -> float:
    if n < 1000:
        return float(comb(n, x)) * q**x * (1 - q) ** (n - x)
    logs = lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1)
    return exp(logs + x * log(q) + (n - x) * log(1 - q))
