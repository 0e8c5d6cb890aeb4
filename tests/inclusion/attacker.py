"""A second attacker, sharing nothing with the product: people by type of person over the full cross product.

Reads the release JSON alone. A type of person is one combination of categories of all dimensions that a real person
could have (options of one question agree on skipping, and on how many were chosen). Small cases only.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import Bounds as Box
from scipy.optimize import LinearConstraint as Rows
from scipy.optimize import linprog, milp

Labels = frozenset[tuple[str, str]]


class Attacker:
    """Everything published in one release, as one big system."""

    def __init__(self, release: Mapping[str, Any]) -> None:
        self.k = release["k"]
        self.dimensions = {one["name"]: one for one in release["dimensions"]}
        self.types = [kind for kind in self._combinations() if self._human(kind)]
        self.known: dict[Labels, int] = {}
        self.hidden: dict[Labels, int] = {}
        zeros = release["method"].get("zeros") == "shown_outside_sensitive"
        for table in release["tables"]:
            for cell in table["cells"]:
                pairs = zip(table["dimensions"], cell["at"], strict=True)
                labels = frozenset((name, label) for name, label in pairs if label != "*")
                if cell["count"] is not None:
                    self.known[labels] = cell["count"]
                else:
                    touchy = any(self.dimensions[name].get("sensitive") for name, _ in labels)
                    self.hidden[labels] = int(zeros and not touchy)
        rows = [(self.row(labels), count, count) for labels, count in self.known.items()]
        rows += [(self.row(labels), least, np.inf) for labels, least in self.hidden.items()]
        self.matrix = np.array([row for row, _, _ in rows])
        self.low = np.array([low for _, low, _ in rows], dtype=float)
        self.high = np.array([high for _, _, high in rows], dtype=float)

    def _combinations(self) -> list[dict[str, str]]:
        names = list(self.dimensions)
        return [
            dict(zip(names, labels, strict=True))
            for labels in product(*(self.dimensions[n]["categories"] for n in names))
        ]

    def _human(self, kind: Mapping[str, str]) -> bool:
        questions: dict[str, list[str]] = {}
        for name, one in self.dimensions.items():
            if "option_of" in one:
                questions.setdefault(one["option_of"], []).append(name)
        return all(self._answerable(kind, names) for names in questions.values())

    def _answerable(self, kind: Mapping[str, str], names: list[str]) -> bool:
        shared = [kind[name] for name in names if kind[name] not in ("yes", "no", "not_chosen")]
        if shared:
            return len(shared) == len(names) and len(set(shared)) == 1
        least, most = self.dimensions[names[0]].get("choices", (0, len(names)))
        chosen = sum(kind[name] == "yes" for name in names)
        return chosen <= most and (chosen >= least or any(kind[name] == "not_chosen" for name in names))

    def row(self, labels: Labels) -> np.ndarray:
        return np.array([float(all(kind[name] == label for name, label in labels)) for kind in self.types])

    def whole_range(self, labels: Labels, himself: Labels | None = None) -> tuple[int, int]:
        """Fewest and most people in a group, in whole people; `himself` is a group known not to be empty."""
        rows = [Rows(self.matrix, self.low, self.high)]
        if himself is not None:
            rows.append(Rows(self.row(himself)[None], 1, np.inf))
        ends = []
        for sign in (1, -1):
            solved = milp(
                sign * self.row(labels), constraints=rows, bounds=Box(0, np.inf), integrality=np.ones(len(self.types))
            )
            assert solved.status == 0, solved.message
            ends.append(round(sign * solved.fun))
        return ends[0], ends[1]

    def loose_range(self, labels: Labels) -> tuple[int, int]:
        """The same by linear programming, rounded inwards."""
        exact = self.low == self.high
        ends = []
        for sign in (1, -1):
            solved = linprog(
                sign * self.row(labels),
                A_eq=self.matrix[exact],
                b_eq=self.low[exact],
                A_ub=-self.matrix[~exact] if (~exact).any() else None,
                b_ub=-self.low[~exact] if (~exact).any() else None,
            )
            ends.append(sign * solved.fun)
        return int(np.ceil(ends[0] - 1e-6)), int(np.floor(ends[1] + 1e-6))
