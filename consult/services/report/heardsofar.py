"""Whom a part that is still collecting has heard: its newest snapshot beside the plan, and nothing that moved since."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from consult.inclusion.lots import in_lots, size_of_a_lot
from consult.models import Strand
from consult.services.gate.planning import form_of
from consult.services.report import livecoverage
from consult.services.report.reporting import coverage_view
from consult.services.report.reportviews import CoverageView
from consult.services.tables import coverageplans
from consult.services.tables.releasetables import ReleaseTables
from consult.services.tables.releasewords import wording_of
from consult.services.texts.wording import profile_in_every_language

__all__ = ["HeardSoFar", "heard_so_far"]


@dataclass(frozen=True, slots=True)
class HeardSoFar:
    """The grid of one snapshot, which passed the same audit as a release, in whole lots; it stands until the next."""

    coverage: CoverageView
    total: int | None
    made_on: date
    k: int
    lot: int


def heard_so_far(db: Session, strand: Strand, language: str) -> HeardSoFar | None:
    """The newest snapshot of a strand beside its plan; None before there is a snapshot."""
    row = livecoverage.newest_row(db, strand.id)
    if row is None:
        return None
    snapshot, words = in_lots(json.loads(row.content)), wording_of(profile_in_every_language(form_of(strand)))
    tables = ReleaseTables(snapshot, words, language)
    plan = coverageplans.frozen(db, strand)
    if plan:
        plan = {**plan, "references": []}  # shares need counts that are not rounded
    view = coverage_view(snapshot, {"coverage": plan, "form": words}, tables)
    return HeardSoFar(view, tables.total(), row.made_at.date(), snapshot["k"], size_of_a_lot(snapshot))
