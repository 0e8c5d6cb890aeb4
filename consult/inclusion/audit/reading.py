"""Reading releases as an outsider would: their JSON and nothing else becomes exact counts and withheld groups."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from math import prod
from typing import Any, Final

from consult.inclusion.audit.findings import RELEASES, Finding, Kind, Region

Bounds = tuple[int, int | None]

NOT_ASKED: Final = "not_asked"
_MARKS: Final = ("withheld", "small", "complementary")
_MAX_GRID: Final = 1_000_000


class Unreadable(Exception):
    """The release is not in the format; the message says where and what."""


@dataclass(frozen=True, slots=True)
class Question:
    """The options of a multiple-choice question and how many of them somebody who answered has chosen."""

    options: tuple[str, ...]
    choices: tuple[int, int] | None


@dataclass(slots=True)
class Published:
    """Everything a reader of a series knows; of a single release, a series of one.

    `exact` maps groups to published counts, `withheld` maps groups to what the method note says of them (least, most).
    With more than one release, people also fall into categories of a made-up dimension `RELEASES`: from which release
    to which they were counted. A cell of one release is then a group restricted to those present in it.
    `losses` are the releases after which people may have left (position, oldest 0): a reader assumes that nobody did
    where the numbers allow it. `leavers` says what is published of their number: (groups, least, most). `unasked`: a
    dimension, and of another one (age) the categories whose people, and no others, are "not_asked" in it. `offered`: a
    dimension, another one, and by category of the first whose people (categories of the other) could choose it.
    `silent`: dimensions of which a release (position) does not say whether there are such categories.
    """

    k: int
    categories: dict[str, tuple[str, ...]]
    sensitive: frozenset[str]
    questions: tuple[Question, ...]
    moments: tuple[tuple[str, ...], ...]
    losses: frozenset[int]
    tables: list[tuple[str, ...]] = field(default_factory=list)
    exact: dict[Region, int] = field(default_factory=dict)
    withheld: dict[Region, Bounds] = field(default_factory=dict)
    leavers: list[tuple[Region, int, int]] = field(default_factory=list)
    unasked: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    offered: dict[str, tuple[str, dict[str, frozenset[str]]]] = field(default_factory=dict)
    silent: list[tuple[str, int]] = field(default_factory=list)
    cells: int = 0
    hidden: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def releases(self) -> int:
        """How many releases with numbers there are."""
        return len(self.moments)

    def region(self, allowed: Mapping[str, tuple[str, ...]]) -> Region:
        """The group with these leaf categories; a dimension with all of its categories is no restriction."""
        return tuple(
            (name, leaves) for name, leaves in sorted(allowed.items()) if set(leaves) != set(self.categories[name])
        )

    def is_empty(self, group: Region) -> bool:
        """Whether the form leaves a group empty: nobody answers unasked, or chooses what was not offered."""
        return any(
            not set(self.categories[by]).intersection(*(self.who(by, name, leaves) for name, leaves in group))
            for by in self.deciding
        )

    def is_plain(self, group: Region) -> bool:
        """Whether the form itself tells of it: it is empty, or of people who were not asked."""
        return self.is_empty(group) or any(name in self.unasked and leaves == (NOT_ASKED,) for name, leaves in group)

    @property
    def deciding(self) -> set[str]:
        """The dimensions by whose categories people were asked or not, and offered a category or not."""
        return {by for by, _ in self.unasked.values()} | {by for by, _ in self.offered.values()}

    def who(self, by: str, name: str, leaves: Collection[str]) -> set[str]:
        """The categories of `by` that the form lets people have who have one of these of `name`."""
        if name == by:
            return set(self.categories[by]).intersection(leaves)
        return set().union(*(self._who_may(by, name, leaf) for leaf in leaves))

    def _who_may(self, by: str, name: str, leaf: str) -> set[str]:
        who = set(self.categories[by])
        asked_by, unasked = self.unasked.get(name, ("", ()))
        offered_by, offered = self.offered.get(name, ("", {}))
        if asked_by == by:
            who = who.intersection(unasked) if leaf == NOT_ASKED else who.difference(unasked)
        return who.intersection(offered[leaf]) if offered_by == by and leaf in offered else who

    def at(self, group: Region, moment: int) -> Region:
        """The same group, counted in one release."""
        if self.releases == 1:
            return group
        return self.region({**dict(group), RELEASES: self.moments[moment]})

    def split(self, region: Region) -> tuple[Region, int]:
        """A group counted in one release, as the group and the release."""
        present = dict(region).get(RELEASES)
        moment = self.releases - 1 if present is None else self.moments.index(present)
        return tuple(part for part in region if part[0] != RELEASES), moment

    def everybody(self, moment: int = -1) -> int | None:
        """The total of a release, the newest if not said; None where it is not published."""
        return self.exact.get(self.at((), moment % self.releases))


def read(releases: Sequence[Mapping[str, Any]], losses: frozenset[int] = frozenset()) -> Published:
    """The releases of a series, oldest first, as knowledge; raises Unreadable. Contradictions are kept as findings.

    Releases without any number (a few people took part) say nothing that is reckoned with.
    """
    try:
        return _read([one for one in releases[:-1] if one["tables"]] + [releases[-1]], losses)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
        raise Unreadable(f"a field is missing or of the wrong type ({problem})") from problem


def _read(releases: Sequence[Mapping[str, Any]], losses: frozenset[int]) -> Published:
    dimensions = _dimensions(releases)
    losses |= {place - 1 for place, one in enumerate(releases) if place and _withdrawn(one)}
    last = len(releases) - 1
    stays = [
        (first, end) for first in range(last + 1) for end in range(first, last + 1) if end == last or end in losses
    ]
    published = Published(
        k=_threshold(releases),
        categories={name: _labels(one) for name, one in dimensions.items()},
        sensitive=frozenset(name for name, one in dimensions.items() if one.get("sensitive")),
        questions=_questions(list(dimensions.values())),
        moments=tuple(
            tuple(f"{first}-{end}" for first, end in stays if first <= moment <= end) for moment in range(last + 1)
        ),
        losses=losses,
    )
    published.unasked = {
        name: (by, tuple(labels)) for one in releases for name, by, labels in _unasked(one, published.categories)
    }
    published.offered = {name: known for one in releases for name, known in _offered(one, published.categories)}
    published.silent = [
        (one["name"], moment)
        for moment, release in enumerate(releases)
        for one in release["dimensions"]
        if NOT_ASKED in one["categories"] and "not_asked_of" not in one
    ]
    if last:
        published.categories[RELEASES] = tuple(f"{first}-{end}" for first, end in stays)
        published.leavers = [
            (published.region({RELEASES: tuple(f"{first}-{end}" for first, end in stays if end == place - 1)}), *known)
            for place, one in enumerate(releases)
            if place and (known := _withdrawn(one))
        ]
    for moment, release in enumerate(releases):
        _read_tables(release, published, moment)
    return published


def _unasked(
    release: Mapping[str, Any], categories: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str, list[str]]]:
    for one in release["dimensions"]:
        for by, labels in one.get("not_asked_of", {}).items():
            if by in categories:
                if not set(labels) <= set(categories[by]) or NOT_ASKED not in categories[one["name"]]:
                    raise Unreadable(f"not_asked_of {one['name']!r} names what is not there")
                yield one["name"], by, labels


def _offered(
    release: Mapping[str, Any], categories: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, dict[str, frozenset[str]]]]]:
    for one in release["dimensions"]:
        for by, offered in one.get("offered_to", {}).items():
            if by in categories:
                known = {label: frozenset(some) for label, some in offered.items()}
                named = {*chain.from_iterable(known.values())}
                if not known.keys() <= set(categories[one["name"]]) or not named <= set(categories[by]):
                    raise Unreadable(f"offered_to of {one['name']!r} names what is not there")
                yield one["name"], (by, known)


def _threshold(releases: Sequence[Mapping[str, Any]]) -> int:
    for release in releases:
        if release.get("version") != 1:
            raise Unreadable("version must be 1")
        method = release.get("method")
        if not isinstance(method, Mapping) or method.get("name") != "suppression":
            raise Unreadable('method.name must be "suppression": rounded counts are not audited here')
    k = releases[-1].get("k")
    if type(k) is not int or k < 2:
        raise Unreadable("k must be a whole number of at least 2")
    if any(release.get("k") != k for release in releases):
        raise Unreadable("k must be the same in all releases of a series")
    return k


def _withdrawn(release: Mapping[str, Any]) -> tuple[int, int] | None:
    """The least and the most people a release says were withdrawn since the one before; None: it says none or zero."""
    changes = release.get("changes", {})
    told, lots = changes.get("withdrawn", 0), changes.get("withdrawn_in_lots_of", 1)
    if type(told) is not int or type(lots) is not int or told < 0 or lots < 1:
        raise Unreadable("changes.withdrawn must be a whole number of at least 0")
    return (told, told + lots - 1) if told else None


def _dimensions(releases: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Every dimension of the series once; each release must describe it alike."""
    found: dict[str, Mapping[str, Any]] = {}
    for release in releases:
        described = _list(release, "dimensions")
        names = [_text(one, "name") for one in described]
        if len(set(names)) != len(names):
            raise Unreadable("two dimensions have the same name")
        for name, one in zip(names, described, strict=True):
            known = found.setdefault(name, one)
            if any(
                known.get(key, other) != one.get(key, other)
                for key, other in (("categories", None), ("sensitive", False), ("option_of", None), ("groups", {}))
            ):
                raise Unreadable(f"dimension {name!r} is not the same in all releases of the series")
    if RELEASES in found:
        raise Unreadable(f"a dimension is named {RELEASES!r}")
    return found


def _read_tables(release: Mapping[str, Any], published: Published, moment: int) -> None:
    declared = {one["name"] for one in release["dimensions"]}
    groups = {one["name"]: _groups(one, published) for one in release["dimensions"]}
    for table in _list(release, "tables"):
        names = tuple(table.get("dimensions", ()))
        if not set(names) <= declared or len(set(names)) != len(names):
            raise Unreadable(f"table {names!r} names a dimension twice or one that is not declared")
        published.tables.append((*names, RELEASES) if published.releases > 1 else names)
        _read_table(table, names, published, groups, release["method"], moment)


def _read_table(
    table: Mapping[str, Any],
    names: tuple[str, ...],
    published: Published,
    groups: Mapping[str, Mapping[str, tuple[str, ...]]],
    method: Mapping[str, Any],
    moment: int,
) -> None:
    listed = set()
    for cell in _list(table, "cells"):
        group = _region_of(cell.get("at"), names, published, groups)
        _record(group, cell, published, method, moment)
        listed.add(group)
    if prod(len(published.categories[name]) for name in names) > _MAX_GRID:
        raise Unreadable(f"table {names!r} has more than {_MAX_GRID} cells")
    for leaf in product(*(published.categories[name] for name in names)):
        group = published.region({name: (label,) for name, label in zip(names, leaf, strict=True)})
        if group not in listed:
            _record(group, {"count": None, "protected": "withheld"}, published, method, moment)


def _region_of(
    at: object, names: tuple[str, ...], published: Published, groups: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> Region:
    if not isinstance(at, list) or len(at) != len(names):
        raise Unreadable(f"table {names!r}: a cell needs one label a dimension")
    allowed: dict[str, tuple[str, ...]] = {}
    for name, label in zip(names, at, strict=True):
        if label in published.categories[name]:
            allowed[name] = (label,)
        elif label in groups[name]:
            allowed[name] = groups[name][label]
        elif label != "*":
            raise Unreadable(f"table {names!r}: {label!r} is neither category nor group of {name!r}")
    return published.region(allowed)


def _record(
    group: Region, cell: Mapping[str, Any], published: Published, method: Mapping[str, Any], moment: int
) -> None:
    newest = moment == published.releases - 1
    region = published.at(group, moment)
    published.cells += newest
    count = cell.get("count")
    if published.is_empty(group):
        if count:
            published.findings.append(Finding(Kind.INCONSISTENT, group, "answers of people who were not asked"))
        return
    if "rounded_to" in cell:
        raise Unreadable("a cell is rounded: rounded counts are not audited here")
    if count is None or "in_lots_of" in cell:
        bounds = _bounds(group, cell.get("protected"), published, method) if count is None else _lot(cell)
        known = published.withheld.get(region, bounds)
        published.hidden += newest and region not in published.withheld
        published.withheld[region] = (max(known[0], bounds[0]), _tighter(known[1], bounds[1]))
    elif type(count) is not int or count < 0:
        raise Unreadable(f"count {count!r} is neither null nor a whole number of at least 0")
    elif published.exact.setdefault(region, count) != count:
        detail = f"published as {published.exact[region]} and as {count}"
        published.findings.append(Finding(Kind.INCONSISTENT, group, detail, release=published.releases - 1 - moment))


def _lot(cell: Mapping[str, Any]) -> Bounds:
    """A count that was rounded down to whole lots."""
    told, size = cell["count"], cell["in_lots_of"]
    if type(told) is not int or type(size) is not int or told < 0 or size < 1 or told % size:
        raise Unreadable("a count in lots must be a whole number of them")
    return told, told + size - 1


def _tighter(one: int | None, other: int | None) -> int | None:
    known = [bound for bound in (one, other) if bound is not None]
    return min(known) if known else None


def _bounds(group: Region, mark: object, published: Published, method: Mapping[str, Any]) -> Bounds:
    """What a reader who knows the method note may conclude from the mark alone."""
    if mark not in _MARKS:
        raise Unreadable(f"a cell without a count has the mark {mark!r}; use one of {', '.join(_MARKS)}")
    default = (1, published.k - 1) if mark == "small" else (0, None)
    least, most = method.get("public_bounds", {}).get(mark, default)
    if type(least) is not int or (most is not None and type(most) is not int):
        raise Unreadable(f"method.public_bounds of {mark!r} must be two whole numbers, or one and null")
    if method.get("zeros") == "shown_outside_sensitive" and not any(name in published.sensitive for name, _ in group):
        least = max(least, 1)
    return least, most


def _questions(dimensions: list[Mapping[str, Any]]) -> tuple[Question, ...]:
    by_question: dict[str, list[Mapping[str, Any]]] = {}
    for dimension in dimensions:
        if "option_of" in dimension:
            by_question.setdefault(dimension["option_of"], []).append(dimension)
    found = []
    for options in by_question.values():
        if any(option["categories"] != options[0]["categories"] for option in options):
            raise Unreadable(f"the options of {options[0]['option_of']!r} have different categories")
        choices = options[0].get("choices")
        if choices is not None and [type(number) for number in choices] != [int, int]:
            raise Unreadable(f"choices of {options[0]['name']!r} must be two whole numbers")
        names = tuple(option["name"] for option in options)
        found.append(Question(names, (choices[0], choices[1]) if choices else None))
    return tuple(found)


def _labels(dimension: Mapping[str, Any]) -> tuple[str, ...]:
    labels = tuple(dimension.get("categories", ()))
    if not labels or len(set(labels)) != len(labels) or "*" in labels or not all(type(one) is str for one in labels):
        raise Unreadable(f"dimension {dimension.get('name')!r} needs categories: texts, all different, none of them *")
    return labels


def _groups(dimension: Mapping[str, Any], published: Published) -> dict[str, tuple[str, ...]]:
    leaves = published.categories[dimension["name"]]
    groups = {label: tuple(members) for label, members in dimension.get("groups", {}).items()}
    if any(not members or not set(members) <= set(leaves) for members in groups.values()):
        raise Unreadable(f"dimension {dimension['name']!r} has a group that is not made of its categories")
    return groups


def _list(mapping: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = mapping.get(key)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Unreadable(f"{key} must be a list of objects")
    return value


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{key} must be a text")
    return value


def contradictions(published: Published) -> Iterator[Finding]:
    """What can be seen without any arithmetic but a subtraction: small counts shown, groups shown here and withheld
    there, counts of two releases that differ by fewer than k."""
    yield from published.findings
    for region, count in published.exact.items():
        group, moment = published.split(region)
        back = published.releases - 1 - moment
        if 0 < count < published.k:
            yield Finding(Kind.SMALL_PUBLISHED, group, f"the count {count} is under {published.k}", back)
        if region in published.withheld:
            yield Finding(Kind.EXACT, group, "withheld in one table and published in another", back)
        for earlier in range(moment):
            before = published.exact.get(published.at(group, earlier))
            if before is not None and 0 < abs(count - before) < published.k:
                yield Finding(Kind.DIFFERENCING, group, f"{before} before, {count} now", back)
