"""What is counted: dimensions, their categories and coarse groups, and the thresholds by respondent class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from types import MappingProxyType
from typing import Final

THRESHOLDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "child": 10,
        "adult_survivor": 10,
        "young_adult": 5,
        "representative": 5,
        "caregiver": 5,
        "professional": 5,
    }
)
"""Parameter P-K: the smallest threshold each respondent class may be released with.

10 for children (survivors and children who caused harm among them) and adult survivors, 5 for other adults; an
organisation may raise it. ONS research outputs use 10, many agencies 3 or 5 (OECD glossary of disclosure control).
"""

LARGEST: Final = 3
"""The most dimensions a table has."""
YES: Final = "yes"
NO: Final = "no"
NOT_CHOSEN: Final = "not_chosen"
NOT_ASKED: Final = "not_asked"


class InvalidInput(ValueError):
    """What was handed in cannot be counted: says what is wrong, where, and the mend. Never quotes an answer."""


class TooSoon(InvalidInput):
    """The population has not grown enough since the last release of its series; keep showing that one."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing people are counted by.

    `categories` are disjoint and cover everybody ("prefer_not", "skipped" and "not_asked" are ordinary ones).
    `groups` maps a coarse label to two or more categories; a category is in one group at most, and those in none keep
    their own label in the coarse view. `never_alone` names categories that are only ever shown inside their group
    (the single-year age band 15). `sensitive` forbids telling that all or none of a group have a value.
    Every option of a multiple-choice question is a dimension of its own with `option_of` (the question); it has the
    categories "yes" and "no", and whatever else (skipped, not asked) its sister options have; its one group may be
    "not_chosen", made of "no" and others. `choices` is the least and the most options somebody who answered has
    chosen; give it only together with all options of the question. `not_asked_of`: another dimension (age) and those of
    its categories whose people were not asked: they are "not_asked" here, and nobody else is; None says that no
    dimension decides who is asked. `offered_to`: another dimension, and for each category that only some of its
    people could choose, theirs. A reader knows the form, so the audit reckons with all of it.
    """

    name: str
    categories: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sensitive: bool = False
    never_alone: tuple[str, ...] = ()
    option_of: str | None = None
    choices: tuple[int, int] | None = None
    not_asked_of: tuple[str, tuple[str, ...]] | None = None
    offered_to: tuple[str, Mapping[str, tuple[str, ...]]] | None = None

    def __post_init__(self) -> None:
        """Refuse a dimension that could not be counted or read back without doubt."""
        problem = _problem(self)
        if problem:
            raise InvalidInput(f"dimension {self.name!r}: {problem}")

    def coarse(self) -> "Dimension":
        """The wider view: every grouped category replaced by its group, in the order of first appearance."""
        group_of = {leaf: label for label, leaves in self.groups.items() for leaf in leaves}
        labels = tuple(dict.fromkeys(group_of.get(leaf, leaf) for leaf in self.categories))
        return Dimension(
            name=self.name,
            categories=labels,
            sensitive=self.sensitive,
            option_of=self.option_of,
            choices=self.choices,
            not_asked_of=self.not_asked_of if NOT_ASKED in labels else None,
            offered_to=self._offered_in(labels),
        )

    def _offered_in(self, labels: Sequence[str]) -> tuple[str, Mapping[str, tuple[str, ...]]] | None:
        """Of wider categories those that only some could choose: all their parts are such."""
        if self.offered_to is None:
            return None
        by, offered = self.offered_to
        parts = {label: self.groups.get(label, (label,)) for label in labels}
        known = {
            label: tuple(dict.fromkeys(each for leaf in leaves for each in offered[leaf]))
            for label, leaves in parts.items()
            if offered.keys() >= set(leaves)
        }
        return (by, known) if known else None

    def codes_in(self, view: "Dimension") -> tuple[int, ...]:
        """For each category of this dimension its position among the categories of a coarser `view` of it."""
        group_of = {leaf: label for label, leaves in self.groups.items() for leaf in leaves}
        position = {label: index for index, label in enumerate(view.categories)}
        return tuple(position[leaf if leaf in position else group_of[leaf]] for leaf in self.categories)


def _problem(dimension: Dimension) -> str | None:
    return _label_problem(dimension) or _group_problem(dimension) or _option_problem(dimension)


def _label_problem(dimension: Dimension) -> str | None:
    labels = (*dimension.categories, *dimension.groups)
    if len(dimension.categories) < 1 or len(set(labels)) != len(labels):
        return "categories and group labels must be at least one, all different"
    if any(label in ("", "*") for label in (dimension.name, *labels)):
        return 'a name or label is empty or "*", which stands for everybody; choose another word'
    if dimension.not_asked_of is not None and NOT_ASKED not in labels:
        return 'not_asked_of needs the category "not_asked"'
    return None


def _group_problem(dimension: Dimension) -> str | None:
    grouped = [leaf for leaves in dimension.groups.values() for leaf in leaves]
    if not set(grouped) <= set(dimension.categories) or len(set(grouped)) != len(grouped):
        return "groups must be made of its own categories, each in one group at most"
    if any(len(leaves) < 2 for leaves in dimension.groups.values()):
        return "a group needs at least two categories"
    if not set(dimension.never_alone) <= set(grouped):
        return "every category in never_alone must belong to a group"
    return None


def _option_problem(dimension: Dimension) -> str | None:
    if dimension.option_of is None:
        return None if dimension.choices is None else "choices needs option_of"
    chosen = set(dimension.categories)
    if YES not in chosen or not {NO, NOT_CHOSEN} & chosen or dimension.sensitive:
        return 'an option of a question has the categories "yes" and "no", and is not sensitive'
    if not set(dimension.groups) <= {NOT_CHOSEN} or YES in dimension.groups.get(NOT_CHOSEN, ()):
        return 'the only group of an option is "not_chosen", without "yes"'
    if dimension.choices is not None and not 0 <= dimension.choices[0] <= dimension.choices[1]:
        return "choices must be (least, most), 0 <= least <= most"
    return None


def seen_in(views: Mapping[str, Dimension], fine: Mapping[str, Dimension]) -> dict[str, Dimension]:
    """Views of `fine` dimensions, each with who was not asked, or not offered a category, in the view of the ages that
    decide it.

    Left out are those that were asked of a part of a group that is shown together: how many were not asked would tell
    that part (of 13 to 15 those who are 15, by a subtraction).
    """
    found = {}
    for name, seen in views.items():
        unasked, view = fine[name].not_asked_of, replace(seen, offered_to=_offered(name, views, fine))
        if unasked is None or view.not_asked_of is None or unasked[0] not in views:
            found[name] = view
        elif (labels := _labels_of(unasked[1], fine[unasked[0]], views[unasked[0]])) is not None:
            found[name] = replace(view, not_asked_of=(unasked[0], labels))
    return found


def _offered(
    name: str, views: Mapping[str, Dimension], fine: Mapping[str, Dimension]
) -> tuple[str, Mapping[str, tuple[str, ...]]] | None:
    """To whom a view's categories are offered, by the labels of the other view that hold any of them."""
    as_fine = views[name].categories == fine[name].categories
    told = fine[name].offered_to if as_fine else fine[name].coarse().offered_to
    if told is None or told[0] not in views:
        return None
    by, offered = told
    return by, {label: _touched(leaves, fine[by], views[by]) for label, leaves in offered.items()}


def _touched(leaves: Sequence[str], fine: Dimension, view: Dimension) -> tuple[str, ...]:
    if fine.categories == view.categories:
        return tuple(leaves)
    inside = {code for leaf, code in zip(fine.categories, fine.codes_in(view), strict=True) if leaf in leaves}
    return tuple(view.categories[code] for code in sorted(inside))


def _labels_of(leaves: Sequence[str], fine: Dimension, view: Dimension) -> tuple[str, ...] | None:
    """The labels of a view that hold these categories and nobody else; None where there are none."""
    label_of = {leaf: view.categories[code] for leaf, code in zip(fine.categories, fine.codes_in(view), strict=True)}
    inside = {label_of[leaf] for leaf in leaves}
    if inside & {label for leaf, label in label_of.items() if leaf not in leaves}:
        return None
    return tuple(label for label in view.categories if label in inside)


def check_dimensions(dimensions: Sequence[Dimension]) -> None:
    """Refuse dimensions that share a name, or options of one question that disagree with each other."""
    names = [dimension.name for dimension in dimensions]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InvalidInput(f"dimension {doubled[0]!r} is given twice; give every dimension its own name")
    sisters: dict[str, Dimension] = {}
    for dimension in dimensions:
        if dimension.option_of is None:
            continue
        first = sisters.setdefault(dimension.option_of, dimension)
        if replace(first, name=dimension.name) != dimension:
            raise InvalidInput(
                f"options {first.name!r} and {dimension.name!r} of one question must have the same categories "
                "in the same order, groups and choices"
            )


def choose_tables(
    dimensions: Sequence[Dimension], tables: Sequence[tuple[str, ...]] | None, *, most: int = LARGEST
) -> tuple[tuple[str, ...], ...]:
    """The tables to try, in a fixed order: those asked for, else every table of up to `most` dimensions.

    The dimensions of each table are put in the order of `dimensions`.
    """
    order = {dimension.name: index for index, dimension in enumerate(dimensions)}
    if tables is None:
        return tuple(table for size in range(1, most + 1) for table in combinations(order, size))
    for table in tables:
        unknown = [name for name in table if name not in order]
        if unknown or not 1 <= len(set(table)) == len(table) <= LARGEST:
            known = ", ".join(order)
            raise InvalidInput(f"table {table!r}: name one to three different dimensions out of {known}")
    return tuple(dict.fromkeys(tuple(sorted(table, key=order.__getitem__)) for table in tables))


def threshold(respondent_class: str, k: int) -> int:
    """`k`, if the class exists and `k` is not under its floor."""
    floor = THRESHOLDS.get(respondent_class)
    if floor is None:
        raise InvalidInput(f"respondent class {respondent_class!r} is unknown; use one of {', '.join(THRESHOLDS)}")
    if k < floor:
        raise InvalidInput(f"k = {k} is under the floor of {floor} for {respondent_class}; raise it")
    return k
