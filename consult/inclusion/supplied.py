"""What may be shown of totals that a service supplied: one frozen set of margins, each shown whole or not at all.

There are no records behind them, so the audit of releases can not look at them; the rule is stricter instead. Under k
people nothing is shown, under 3k their number alone (disclosure-control.md, rule 1). A question is shown only when of
every answer at least k people gave it and at least k did not, and those who gave none are none or at least k: then no
shown number, and none that follows from one, is small. No two questions are ever crossed.
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


def shown(people: int, counts: Counts, single: frozenset[str], k: int) -> Shown:
    """The part of the totals that singles nobody out. `single`: questions with one answer a person."""
    if people < k:
        return Shown(None, {})
    if people < 3 * k:
        return Shown(people, {})
    safe = {key: dict(each) for key, each in counts.items() if _is_safe(people, each, key in single, k)}
    return Shown(people, safe)


def _is_safe(people: int, options: Mapping[str, int], single: bool, k: int) -> bool:
    nobody = people - sum(options.values()) if single else 0
    each = all(n >= k and people - n >= k for n in options.values())
    return bool(options) and each and (nobody == 0 or nobody >= k)
