"""A second attacker, sharing nothing with the product: people by type of person over the full cross product.

Reads release JSON alone. A type of person is one combination of categories of all dimensions that a real person
could have (options of one question agree on skipping, and on how many were chosen; who was asked follows from ages)
and the releases he was counted in:
somebody comes once, stays for some releases, and leaves once, if the numbers say that anybody left. Small cases only.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import Bounds as Box
from scipy.optimize import LinearConstraint as Rows
from scipy.optimize import linprog, milp

Labels = frozenset[tuple[str, str]]
Change = tuple[Labels, int, int]


class Attacker:
    """Everything published in the releases of one series, oldest first, as one big system."""

    def __init__(self, *releases: Mapping[str, Any]) -> None:
        self.releases = [one for one in releases if one["tables"]]
        self.k = releases[-1]["k"]
        self.dimensions = {one["name"]: one for release in releases for one in release["dimensions"]}
        self.last = len(self.releases) - 1
        self.people = [kind for kind in self._combinations() if self._human(kind)]
        self.known: dict[tuple[Labels, int], int] = {}
        self.hidden: dict[tuple[Labels, int], int] = {}
        for moment, release in enumerate(self.releases):
            self._read(release, moment)
        self._suppose([(first, self.last) for first in range(self.last + 1)])
        if self.last and not self._solved(np.zeros(len(self.types))):
            self._suppose([(first, end) for end in range(self.last + 1) for first in range(end + 1)])

    def _read(self, release: Mapping[str, Any], moment: int) -> None:
        zeros = release["method"].get("zeros") == "shown_outside_sensitive"
        for table in release["tables"]:
            for cell in table["cells"]:
                pairs = zip(table["dimensions"], cell["at"], strict=True)
                labels = frozenset((name, label) for name, label in pairs if label != "*")
                if cell["count"] is not None:
                    self.known[labels, moment] = cell["count"]
                else:
                    touchy = any(self.dimensions[name].get("sensitive") for name, _ in labels)
                    self.hidden[labels, moment] = int(zeros and not touchy)

    def _suppose(self, stays: list[tuple[int, int]]) -> None:
        """Everybody came and left in one of these ways."""
        self.types = [(kind, stay) for kind in self.people for stay in stays]
        rows = [(self.row(*at), count, count) for at, count in self.known.items()]
        rows += [(self.row(*at), least, np.inf) for at, least in self.hidden.items()]
        self.matrix = np.array([row for row, _, _ in rows])
        self.low = np.array([low for _, low, _ in rows], dtype=float)
        self.high = np.array([high for _, _, high in rows], dtype=float)

    def _combinations(self) -> list[dict[str, str]]:
        names = [name for name in self.dimensions if ":" not in name]
        return [
            self._with_wider(dict(zip(names, labels, strict=True)))
            for labels in product(*(self.dimensions[n]["categories"] for n in names))
        ]

    def _with_wider(self, kind: dict[str, str]) -> dict[str, str]:
        """In wider categories everybody is what he is, or one of the others."""
        wider = {name: kind[name.partition(":")[0]] for name in self.dimensions if ":" in name}
        return kind | {
            name: own if own in self.dimensions[name]["categories"] else "others" for name, own in wider.items()
        }

    def _human(self, kind: Mapping[str, str]) -> bool:
        questions: dict[str, list[str]] = {}
        for name, one in self.dimensions.items():
            if "option_of" in one:
                questions.setdefault(one["option_of"], []).append(name)
        asked = all(self._asked_rightly(kind, name) for name in self.dimensions)
        return asked and all(self._answerable(kind, names) for names in questions.values())

    def _asked_rightly(self, kind: Mapping[str, str], name: str) -> bool:
        unasked = self.dimensions[name].get("not_asked_of", {}).items()
        offered = self.dimensions[name].get("offered_to", {}).items()
        return all((kind[name] == "not_asked") == (kind[by] in ages) for by, ages in unasked if by in kind) and all(
            kind[by] in some.get(kind[name], (kind[by],)) for by, some in offered if by in kind
        )

    def _answerable(self, kind: Mapping[str, str], names: list[str]) -> bool:
        shared = [kind[name] for name in names if kind[name] not in ("yes", "no", "not_chosen")]
        if shared:
            return len(shared) == len(names) and len(set(shared)) == 1
        least, most = self.dimensions[names[0]].get("choices", (0, len(names)))
        chosen = sum(kind[name] == "yes" for name in names)
        return chosen <= most and (chosen >= least or any(kind[name] == "not_chosen" for name in names))

    def row(self, labels: Labels, moment: int) -> np.ndarray:
        return np.array(
            [
                float(stay[0] <= moment <= stay[1] and all(kind[name] == label for name, label in labels))
                for kind, stay in self.types
            ]
        )

    def change(self, labels: Labels, before: int, after: int) -> np.ndarray:
        return self.row(labels, after) - self.row(labels, before)

    def _solved(self, objective: np.ndarray, *more: Rows) -> Any:
        solved = milp(
            objective,
            constraints=[Rows(self.matrix, self.low, self.high), *more],
            bounds=Box(0, np.inf),
            integrality=np.ones(len(self.types)),
        )
        return solved if solved.status == 0 else None

    def whole_range(self, row: np.ndarray, himself: np.ndarray | None = None) -> tuple[int, int]:
        """Fewest and most people in a group (a row), in whole people; `himself` is a group known not to be empty."""
        more = [] if himself is None else [Rows(himself[None], 1, np.inf)]
        ends = []
        for sign in (1, -1):
            solved = self._solved(sign * row, *more)
            assert solved is not None
            ends.append(round(sign * solved.fun))
        return ends[0], ends[1]

    def loose_range(self, row: np.ndarray) -> tuple[int, int]:
        """The same by linear programming, rounded inwards."""
        exact = self.low == self.high
        ends = []
        for sign in (1, -1):
            solved = linprog(
                sign * row,
                A_eq=self.matrix[exact],
                b_eq=self.low[exact],
                A_ub=-self.matrix[~exact] if (~exact).any() else None,
                b_ub=-self.low[~exact] if (~exact).any() else None,
            )
            ends.append(sign * solved.fun)
        return int(np.ceil(ends[0] - 1e-6)), int(np.floor(ends[1] + 1e-6))

    def groups(self) -> list[Labels]:
        """Every group at any crossing of the dimensions, shown in a table or not."""
        names = list(self.dimensions)
        choices = [[None, *self.dimensions[name]["categories"]] for name in names]
        return [
            frozenset((name, label) for name, label in zip(names, labels, strict=True) if label is not None)
            for labels in product(*choices)
        ]
