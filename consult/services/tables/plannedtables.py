"""Tables for the groups that a part planned for: two-way groups, and closed answers by each group, in this order.

A facilitator's targets and reference populations say which groups matter; nothing else decides which finer tables are
tried. They are added to a release that is protected already, and never cost a number of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from consult.inclusion.gathered import gathered, gathered_name, with_gathered
from consult.inclusion.published import Group
from consult.inclusion.tabulate import Tables
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind, Question

__all__ = ["further", "names_of", "planned_pairs", "together", "ways"]

Names = tuple[str, ...]
#: Whom people love is never shown beside where they live (questionnaire/profile.toml).
_NEVER_TOGETHER = (frozenset({"sogi", "location"}), frozenset({"sogi", "region"}))


def together(names: Sequence[str]) -> bool:
    """Whether these dimensions may stand in one table."""
    return not any(apart <= set(names) for apart in _NEVER_TOGETHER)


def names_of(question: Question) -> Names:
    """The dimensions that one question is counted in; own words in none."""
    if question.kind is Kind.MULTI:
        return tuple(name for name, _ in question.names_of_options)
    return () if question.kind is Kind.TEXT else (question.id,)


def planned_pairs(planned: Sequence[Group], known: Sequence[str]) -> tuple[Names, ...]:
    """The two-way tables that planned groups need; `known` are the dimensions there are, in their order."""
    return tuple(names for names in _dimensions(planned, known) if len(names) > 1)


def further(form: Form, planned: Sequence[Group], known: Sequence[str]) -> tuple[tuple[Names, ...], ...]:
    """Closed answers by planned groups: one bundle of tables a question, one-way groups first, then two-way ones."""
    wanted = _dimensions(planned, known)
    return tuple(
        tuple((*names, name) for name in names_of(question))
        for names in sorted(wanted, key=len)
        for question in form.questions
        if names_of(question)
    )


def ways(
    tables: Tables,
    bundles: Sequence[Sequence[Names]],
    planned: Sequence[Group],
    wide: Mapping[str, Mapping[str, Names]],
) -> tuple[Tables, list[list[Sequence[Names]]]]:
    """The tables with planned groups beside fine categories, and for each bundle both ways, the finer first.

    `wide` has the wider groups of each dimension that is asked about people.
    """
    grown, views = tables, set[str]()
    for name, groups in wide.items() if bundles else ():
        members = _members(planned, name, groups)
        view = gathered(tables.dimensions[name], members) if members else None
        if view is not None:
            views.add(name)
            grown = with_gathered(grown, view)
    found = [list(_ways(bundle, views)) for bundle in bundles]
    wanted = {names for each in found for bundle in each for names in bundle}
    return grown.only(names for names in grown.counts if names in tables.counts or names in wanted), found


def _ways(bundle: Sequence[Names], views: Set[str]) -> Iterator[Sequence[Names]]:
    yield bundle
    used = [name for name in bundle[0] if name in views]
    if used:
        tables = [tuple(gathered_name(name) if name in views else name for name in names) for names in bundle]
        yield [*((name, gathered_name(name)) for name in used), *tables]


def _members(planned: Sequence[Group], name: str, wide: Mapping[str, Names]) -> dict[str, Names]:
    labels = dict.fromkeys(label for group in planned for each, label in group if each == name)
    return {label: tuple(wide.get(label, (label,))) for label in labels}


def _dimensions(planned: Sequence[Group], known: Sequence[str]) -> list[Names]:
    order = {name: place for place, name in enumerate(known)}
    found = (tuple(sorted({name for name, _ in group}, key=lambda name: order.get(name, -1))) for group in planned)
    return [names for names in dict.fromkeys(found) if together(names) and all(name in order for name in names)]
