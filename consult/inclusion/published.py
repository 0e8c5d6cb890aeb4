"""What a release shows of a group, whichever of its tables tells it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from consult.inclusion.gathered import gathered_name, largest_name

__all__ = ["Group", "Published"]

Group = tuple[tuple[str, str], ...]
"""(dimension, category or coarse label) pairs in order of dimension; one or two of them."""


class Published:
    """The cells of one release by the group they count; `wider` has each dimension's coarse labels and their parts."""

    def __init__(self, release: Mapping[str, Any], wider: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self.k = int(release["k"])
        self.categories = {one["name"]: tuple(one["categories"]) for one in release["dimensions"]}
        self._wider = wider
        self._lot = 1
        self._cells: dict[frozenset[tuple[str, str]], int | None] = {}
        for table in release["tables"]:
            for cell in table["cells"]:
                pairs = zip(table["dimensions"], cell["at"], strict=True)
                self._cells[frozenset((name, label) for name, label in pairs if label != "*")] = cell["count"]
                self._lot = max(self._lot, cell.get("in_lots_of", 1))

    @property
    def total(self) -> int | None:
        """Everybody, where that is published."""
        return self._cells.get(frozenset())

    def has(self, group: Group) -> bool:
        """Whether a table of the release shows the group or all of its parts."""
        alone = any(one in self._cells for one in self._as_planned(group))
        return alone or all(frozenset(part) in self._cells for part in self._parts(group))

    def count(self, group: Group) -> int | None:
        """People in a group; of a coarse label the sum of its parts. None: withheld, or in no table.

        Where the fine table does not tell, one in which planned groups stand alone may.
        """
        counts = [self._cells.get(frozenset(part)) for part in self._parts(group)]
        known = [count for count in counts if count is not None]
        if len(known) == len(counts):
            return sum(known)
        return next((count for one in self._as_planned(group) if (count := self._cells.get(one)) is not None), None)

    def _as_planned(self, group: Group) -> Iterator[frozenset[tuple[str, str]]]:
        """The group in tables where some of its dimensions have the planned groups and everybody else together."""
        seen = [
            [
                (each, label)
                for each in (name, gathered_name(name), largest_name(name))
                if label in self.categories.get(each, ())
            ]
            for name, label in group
        ]
        return (frozenset(one) for one in product(*seen))

    def slack(self, group: Group) -> int:
        """How many more people than `count` there may be: it is rounded down to lots, part by part."""
        return (self._lot - 1) * len(self._parts(group))

    def shown_as(self, name: str, label: str, wide: Mapping[str, Sequence[str]]) -> str:
        """The label under which the release counts a category: its own, or the coarse one that it shows instead."""
        shown = self.categories.get(name, ())
        coarse = (whole for whole, parts in wide.items() if whole in shown and label in parts)
        return label if label in shown else next(coarse, label)

    def _parts(self, group: Group) -> list[Group]:
        parts: list[Group] = [()]
        for name, label in group:
            whole = label in self.categories.get(name, ()) or label not in self._wider.get(name, {})
            labels = [label] if whole else list(self._wider[name][label])
            parts = [(*part, (name, each)) for part in parts for each in labels]
        return parts
