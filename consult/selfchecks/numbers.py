"""Small numbers: a golden case that has to be protected, a planted leak that has to be found, the newest reports."""

from __future__ import annotations

import json
from copy import deepcopy
from itertools import product

from sqlalchemy import select

from consult.database import read
from consult.inclusion.audit import audit_release
from consult.inclusion.dimensions import Dimension
from consult.inclusion.release import build_release
from consult.models import Release
from consult.selfchecks.finding import Finding
from consult.selfchecks.rehearsal import Rehearsal
from safeguards.terms import Audience

__all__ = ["small_numbers_stay_hidden"]

_GENDER = Dimension("gender", ("girl", "boy", "another"))
_AGE = Dimension("age_band", ("13_14", "16_17"))
#: Of 106 invented people one group has three, fewer than P-K.
_COUNTS = {("girl", "13_14"): 30, ("girl", "16_17"): 25, ("boy", "13_14"): 28, ("boy", "16_17"): 20}
_RARE = {("another", "13_14"): 3}
_SECONDS = 20
_NEWEST = 3


def small_numbers_stay_hidden(stage: Rehearsal, found: Finding) -> None:
    """DAT-06: the golden case, a planted leak, and the newest stored reports under the audit."""
    k = stage.stage.policy.p("P-K", Audience.CHILDREN)
    rows = [
        {"gender": gender, "age_band": age}
        for gender, age in product(_GENDER.categories, _AGE.categories)
        for _ in range({**_COUNTS, **_RARE}.get((gender, age), 0))
    ]
    release = build_release("rehearsal", "rehearsal", "child", k, [_GENDER, _AGE], rows).json
    shown = [
        cell["count"] for table in release["tables"] for cell in table["cells"] if isinstance(cell.get("count"), int)
    ]
    found.expect(shown and not [count for count in shown if 0 < count < k], "A group smaller than allowed is shown.")
    found.expect(audit_release(release, _SECONDS).ok, "The audit finds a way round the protection of the golden case.")
    found.looked_at(f"The golden case: {len(rows)} invented people, one group of three stays hidden.")
    leaked = deepcopy(release)
    for table in leaked["tables"]:
        for cell in table["cells"]:
            if not isinstance(cell.get("count"), int):
                cell["count"] = 3
    found.expect(not audit_release(leaked, _SECONDS).ok, "The audit does not see a small number that was planted.")
    found.looked_at("A small number that was planted is found by the audit.")
    _stored(stage, found)


def _stored(stage: Rehearsal, found: Finding) -> None:
    with read(stage.real) as db:
        contents = {row.id: json.loads(row.content) for row in db.scalars(select(Release).order_by(Release.made_at))}
    for release in list(contents.values())[-_NEWEST:]:
        previous = [contents[one] for one in release.get("previous", []) if one in contents]
        found.expect(audit_release(release, _SECONDS, previous=previous, most=1).ok, "A stored report shows too much.")
    found.looked_at(f"{min(len(contents), _NEWEST)} of {len(contents)} stored reports were audited once more.")
