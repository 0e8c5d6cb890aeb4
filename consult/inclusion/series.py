"""Earlier releases of a series as the protection needs them: what was shown, in which categories, how many people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from consult.inclusion.cells import Key, key_of
from consult.inclusion.dimensions import NOT_ASKED, Dimension, InvalidInput, TooSoon, seen_in
from consult.inclusion.document import unasked

_GROWTH: Final = 0.1


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier release. `total` is None where it had no number (a few people took part)."""

    document: Mapping[str, Any]
    shown: Mapping[Key, int]
    total: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """The earlier releases of one population, oldest first."""

    releases: tuple[Earlier, ...] = ()
    categories: tuple[tuple[str, tuple[str, ...]], ...] = ()
    snapshots: tuple[Mapping[str, Any], ...] = ()
    """Live figures of the same people, in lots, that staff could see before."""

    @property
    def documents(self) -> list[Mapping[str, Any]]:
        """The releases as they were published."""
        return [one.document for one in self.releases]

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids, oldest first."""
        return tuple(one.document["id"] for one in self.releases)

    def views(self, dimensions: Mapping[str, Dimension]) -> dict[str, Dimension]:
        """The dimensions of earlier releases in the view these used: categories never change within a series."""
        known = dict(self.categories)
        return {name: _view(one, known[name]) for name, one in dimensions.items() if name in known}

    def must_have_grown(self, total: int, k: int, *, same_people: bool = False) -> None:
        """Raises TooSoon unless there are at least k people more than ever told, and a tenth more than last time.

        With `same_people` the total must be that of the newest release: the same people are counted by something else.
        """
        told = [one.total for one in self.releases if one.total is not None]
        if not told:
            return
        if same_people:
            if total != told[-1]:
                raise TooSoon("these are not as many people as the newest release counts: somebody came or left since")
            return
        needed = max(k, ceil(_GROWTH * told[-1]))
        if total < max(told[-1] + needed, max(told) + k):
            raise TooSoon(
                f"too few more people than in the earlier releases: a new one needs at least {needed} more than the "
                "last; wait for more responses"
            )


def _view(dimension: Dimension, known: tuple[str, ...]) -> Dimension:
    view = next((one for one in (dimension, dimension.coarse()) if one.categories == known), None)
    if view is None:
        raise InvalidInput(
            f"dimension {dimension.name!r}: its categories are not those of the earlier releases "
            f"({', '.join(known)}); categories never change within a series"
        )
    return view


def silent(release: Mapping[str, Any]) -> set[str]:
    """The dimensions of which a release does not say whom it did not ask."""
    return {
        one["name"] for one in release["dimensions"] if NOT_ASKED in one["categories"] and "not_asked_of" not in one
    }


def with_unasked(release: Mapping[str, Any], dimensions: Sequence[Dimension]) -> dict[str, Any]:
    """An earlier release with whom it did not ask, as the `dimensions` of today say it, where it is silent.

    Releases did not always say so, and their readers knew the form all the same. What is not among the dimensions any
    more, or was asked of a part of a group that is shown together, stays unsaid: then the audit lets nothing pass.
    """
    known = {one["name"]: tuple(one["categories"]) for one in release["dimensions"]}
    fine = {one.name: one for one in dimensions if one.name in known}
    unsaid = silent(release) & fine.keys()
    needed = unsaid | {by for name in unsaid for by, _ in [fine[name].not_asked_of or (name, ())]} & fine.keys()
    told = seen_in({name: _view(fine[name], known[name]) for name in needed}, fine)
    described = [
        {**one, "not_asked_of": unasked(told[one["name"]])} if one["name"] in unsaid & told.keys() else one
        for one in release["dimensions"]
    ]
    return {**release, "dimensions": described}


def read_series(
    previous: Sequence[Mapping[str, Any]], series: str, respondent_class: str, k: int, dimensions: Sequence[Dimension]
) -> Series:
    """The earlier releases, oldest first. Raises InvalidInput when they are not of this series, class and threshold,
    or out of order."""
    by_name = {one.name: one for one in dimensions}
    found: list[Earlier] = []
    categories: dict[str, tuple[str, ...]] = {}
    for place, published in enumerate(previous):
        try:
            _check(published, series, respondent_class, k, [one.document["id"] for one in found])
            release = with_unasked(published, dimensions)
            for one in release["dimensions"]:
                categories[one["name"]] = tuple(one["categories"])
            described = {one["name"]: _described(one, by_name) for one in release["dimensions"]}
            found.append(_earlier(release, described))
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            if isinstance(problem, InvalidInput):
                raise
            raise InvalidInput(
                f"earlier release {place + 1} cannot be read ({problem!r}); give the file as it was published"
            ) from problem
    return Series(tuple(found), tuple(categories.items()))


def _check(release: Mapping[str, Any], series: str, respondent_class: str, k: int, before: list[str]) -> None:
    name = release["id"]
    if release["series"] != series:
        raise InvalidInput(f"earlier release {name!r} is of series {release['series']!r}, not {series!r}")
    if release["population"]["respondent_class"] != respondent_class:
        raise InvalidInput(f"earlier release {name!r} is of another respondent class; a series has one")
    if release["k"] != k:
        raise InvalidInput(f"earlier release {name!r} has k = {release['k']}; k stays the same within a series")
    if list(release["previous"]) != before:
        raise InvalidInput(f"earlier release {name!r} does not follow on the ones before it; give all, oldest first")


def _earlier(release: Mapping[str, Any], described: Mapping[str, Dimension]) -> Earlier:
    shown: dict[Key, int] = {}
    for table in release["tables"]:
        names = tuple(table["dimensions"])
        for cell in table["cells"]:
            if cell["count"] is not None:
                shown[key_of(names, cell["at"], described)] = int(cell["count"])
    return Earlier(release, shown, shown.get(()))


def _described(told: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> Dimension:
    """A dimension as an earlier release had it; one that is not counted any more only needs its categories."""
    name = told["name"]
    option_of = dimensions[name].option_of if name in dimensions else None
    unasked_of = next(((by, tuple(labels)) for by, labels in told.get("not_asked_of", {}).items()), None)
    offered_to = next(iter(told.get("offered_to", {}).items()), None)
    categories = tuple(told["categories"])
    return Dimension(name, categories, option_of=option_of, not_asked_of=unasked_of, offered_to=offered_to)
