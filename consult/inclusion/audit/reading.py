"""Reading a release as an outsider would: its JSON and nothing else becomes exact counts and withheld groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any, Final

from consult.inclusion.audit.findings import Finding, Kind, Region

Bounds = tuple[int, int | None]

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
    """Everything a reader of one release knows.

    `exact` maps groups to published counts, `withheld` maps groups to what the method note says of them (least, most).
    """

    k: int
    categories: dict[str, tuple[str, ...]]
    sensitive: frozenset[str]
    questions: tuple[Question, ...]
    tables: list[tuple[str, ...]] = field(default_factory=list)
    exact: dict[Region, int] = field(default_factory=dict)
    withheld: dict[Region, Bounds] = field(default_factory=dict)
    cells: int = 0
    findings: list[Finding] = field(default_factory=list)

    def region(self, allowed: Mapping[str, tuple[str, ...]]) -> Region:
        """The group with these leaf categories; a dimension with all of its categories is no restriction."""
        return tuple(
            (name, leaves) for name, leaves in sorted(allowed.items()) if set(leaves) != set(self.categories[name])
        )


def read(release: Mapping[str, Any]) -> Published:
    """The release as knowledge; raises Unreadable. Contradictions between cells are kept as findings."""
    try:
        return _read(release)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
        raise Unreadable(f"a field is missing or of the wrong type ({problem})") from problem


def _read(release: Mapping[str, Any]) -> Published:
    if release.get("version") != 1:
        raise Unreadable("version must be 1")
    k = release.get("k")
    if type(k) is not int or k < 2:
        raise Unreadable("k must be a whole number of at least 2")
    dimensions = _list(release, "dimensions")
    published = Published(
        k=k,
        categories={_text(d, "name"): _labels(d) for d in dimensions},
        sensitive=frozenset(d["name"] for d in dimensions if d.get("sensitive")),
        questions=_questions(dimensions),
    )
    if len(published.categories) != len(dimensions):
        raise Unreadable("two dimensions have the same name")
    groups = {d["name"]: _groups(d, published) for d in dimensions}
    method = release.get("method")
    if not isinstance(method, Mapping) or method.get("name") != "suppression":
        raise Unreadable('method.name must be "suppression": rounded counts are not audited here')
    for table in _list(release, "tables"):
        _read_table(table, published, groups, method)
    return published


def _read_table(
    table: Mapping[str, Any],
    published: Published,
    groups: Mapping[str, Mapping[str, tuple[str, ...]]],
    method: Mapping[str, Any],
) -> None:
    names = tuple(table.get("dimensions", ()))
    if not set(names) <= set(published.categories) or len(set(names)) != len(names):
        raise Unreadable(f"table {names!r} names a dimension twice or one that is not declared")
    published.tables.append(names)
    listed = set()
    for cell in _list(table, "cells"):
        region = _region_of(cell.get("at"), names, published, groups)
        _record(region, cell, published, method)
        listed.add(region)
    if prod(len(published.categories[name]) for name in names) > _MAX_GRID:
        raise Unreadable(f"table {names!r} has more than {_MAX_GRID} cells")
    for leaf in product(*(published.categories[name] for name in names)):
        region = published.region({name: (label,) for name, label in zip(names, leaf, strict=True)})
        if region not in listed:
            _record(region, {"count": None, "protected": "withheld"}, published, method)


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


def _record(region: Region, cell: Mapping[str, Any], published: Published, method: Mapping[str, Any]) -> None:
    published.cells += 1
    count = cell.get("count")
    if "rounded_to" in cell:
        raise Unreadable("a cell is rounded: rounded counts are not audited here")
    if count is None:
        bounds = _bounds(region, cell.get("protected"), published, method)
        known = published.withheld.get(region, bounds)
        published.withheld[region] = (max(known[0], bounds[0]), _tighter(known[1], bounds[1]))
    elif type(count) is not int or count < 0:
        raise Unreadable(f"count {count!r} is neither null nor a whole number of at least 0")
    elif published.exact.setdefault(region, count) != count:
        detail = f"published as {published.exact[region]} and as {count}"
        published.findings.append(Finding(Kind.INCONSISTENT, region, detail))


def _tighter(one: int | None, other: int | None) -> int | None:
    known = [bound for bound in (one, other) if bound is not None]
    return min(known) if known else None


def _bounds(region: Region, mark: object, published: Published, method: Mapping[str, Any]) -> Bounds:
    """What a reader who knows the method note may conclude from the mark alone."""
    if mark not in _MARKS:
        raise Unreadable(f"a cell without a count has the mark {mark!r}; use one of {', '.join(_MARKS)}")
    default = (1, published.k - 1) if mark == "small" else (0, None)
    least, most = method.get("public_bounds", {}).get(mark, default)
    if type(least) is not int or (most is not None and type(most) is not int):
        raise Unreadable(f"method.public_bounds of {mark!r} must be two whole numbers, or one and null")
    if method.get("zeros") == "shown_outside_sensitive" and not any(name in published.sensitive for name, _ in region):
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
    """What can be seen without any arithmetic: small counts shown, and groups shown here and withheld there."""
    yield from published.findings
    for region, count in published.exact.items():
        if 0 < count < published.k:
            yield Finding(Kind.SMALL_PUBLISHED, region, f"the count {count} is under {published.k}")
        if region in published.withheld:
            yield Finding(Kind.EXACT, region, "withheld in one table and published in another")
