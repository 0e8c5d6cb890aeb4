"""Cutting the full cross-classification of all dimensions into small ones that together know just as much.

The cross product of fifteen dimensions is out of reach, but no table crosses more than a few of them. Draw a line
between two dimensions that some table crosses, add lines until every circle of four or more has a shortcut, and the
groups of dimensions that are all joined (the cliques) form a tree in which two neighbours share a separator. People
counted in one clique and people counted in another can be matched one to one whenever both agree on the separator,
so whole counts for the cliques that agree along the tree exist exactly when whole counts of the full product do
(running intersection; Lauritzen 1996, §2.1 and §4.4; Dobra and Fienberg 2000 use it for bounds on cells).
"""

from collections.abc import Iterable
from itertools import combinations

Clique = frozenset[str]


def cliques(dimensions: Iterable[str], joined: Iterable[Iterable[str]]) -> list[Clique]:
    """The maximal cliques after adding shortcuts; every set in `joined` lies inside at least one of them.

    Greedy minimum fill: the dimension whose neighbours lack the fewest lines is taken out first. Deterministic.
    """
    neighbours: dict[str, set[str]] = {name: set() for name in sorted(dimensions)}
    for names in joined:
        for one, other in combinations(sorted(set(names)), 2):
            neighbours[one].add(other)
            neighbours[other].add(one)
    found: list[Clique] = []
    while neighbours:
        name = min(neighbours, key=lambda candidate: _lacking(candidate, neighbours))
        around = neighbours.pop(name)
        found.append(frozenset({name, *around}))
        for one in around:
            neighbours[one] |= around - {one}
            neighbours[one].discard(name)
    return [clique for index, clique in enumerate(found) if not _inside(clique, found, index)]


def _lacking(name: str, neighbours: dict[str, set[str]]) -> tuple[int, int]:
    around = neighbours[name]
    lacking = sum(other not in neighbours[one] for one, other in combinations(sorted(around), 2))
    return lacking, len(around)


def _inside(clique: Clique, others: list[Clique], own: int) -> bool:
    return any(clique < other or (clique == other and index < own) for index, other in enumerate(others))


def tree(found: list[Clique]) -> list[tuple[int, int, Clique]]:
    """Edges (one, other, separator) of a tree over the cliques; heaviest separators first, which makes it a
    junction tree (Jensen and Jensen 1994)."""
    pairs = combinations(range(len(found)), 2)
    ordered = sorted(pairs, key=lambda pair: -len(found[pair[0]] & found[pair[1]]))
    root = list(range(len(found)))
    edges = []
    for one, other in ordered:
        if find(root, one) != find(root, other):
            root[find(root, one)] = find(root, other)
            edges.append((one, other, found[one] & found[other]))
    return edges


def find(root: list[int], item: int) -> int:
    """The representative of an item in a union-find forest."""
    while root[item] != item:
        item = root[item]
    return item
