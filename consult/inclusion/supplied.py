"""What may be shown of totals that a service supplied: one frozen set of margins, each shown whole or not at all.

There are no records behind them, so the audit of releases can not look at them; the rule is stricter instead. Under k
people nothing is shown, under 3k their number alone (disclosure-control.md, rule 1). A question is shown only when of
every answer at least k people gave it and at least k did not, and those who gave fewer than they could are none or, as
the numbers tell, at least k: then no shown number, and none that follows from one, is small. No two questions are ever
crossed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Shown", "shown"]

Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Shown:
    """`people` None: too few to say how many. `tables`: question → option → people, for those that may be shown."""

    people: int | None
    tables: Counts


def shown(people: int, counts: Counts, most: Mapping[str, int], k: int) -> Shown:
    """The part of the totals that singles nobody out. `most`: how many answers a person could give to each question."""
    if people < k:
        return Shown(None, {})
    if people < 3 * k:
        return Shown(people, {})
    safe = {key: dict(each) for key, each in counts.items() if _is_safe(people, each, most[key], k)}
    return Shown(people, safe)


def _is_safe(people: int, options: Mapping[str, int], most: int, k: int) -> bool:
    not_given = people * most - sum(options.values())  # at most `most` of them are one person's
    each = all(n >= k and people - n >= k for n in options.values())
    return bool(options) and each and (not_given == 0 or not_given >= k * most)
