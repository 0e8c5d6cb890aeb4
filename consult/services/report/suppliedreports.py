"""The report of totals that a service supplied: frozen with the second signature, and all that is left at the end.

What was entered is kept as long as answers are (P-RETAIN-RAW); then only what is frozen here stays: numbers that single
nobody out, each question whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, NotFound
from consult.inclusion.release import canonical
from consult.inclusion.supplied import Shown, shown
from consult.models import Consultation, Strand, SuppliedRelease, SuppliedTotals
from consult.questionnaire.content import Reader, content
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind, Question
from consult.services.actors import Actor, visible_consultations, visible_strand
from consult.services.gate.planning import form_of
from consult.services.gate.standing import stops_in_force
from consult.services.report.reportviews import ReleaseWords
from consult.services.tables.doubt import WAITS, in_doubt
from consult.services.tables.releasewords import wording_of
from safeguards.policy import Policy

__all__ = [
    "SuppliedReport",
    "countable",
    "end_totals",
    "freeze_totals",
    "most_of",
    "report_of",
    "reports",
    "shown_of",
    "totals_text",
]

_SOURCE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedReport:
    """One frozen report; `asked` are the questions that the service could count, in the form's order."""

    strand_id: str
    strand: str
    consultation_id: str
    consultation: str
    made_on: date
    k: int
    shown: Shown
    asked: tuple[str, ...]
    languages: tuple[str, ...]
    form: Mapping[str, Any]
    digest: str

    @property
    def words(self) -> ReleaseWords:
        """What a codebook is made of."""
        questions = self.form["questions"]
        named = [{"name": key, "categories": list(questions[key]["labels"])} for key in self.shown.tables]
        release = {
            "id": self.strand_id,
            "series": f"supplied-{self.strand_id}",
            "population": {"respondent_class": "child"},
            "k": self.k,
            "dimensions": named,
        }
        return ReleaseWords(release, self.form, self.languages, content(_SOURCE).text("R-CHOSE", Reader.CHILD) or "")


def countable(form: Form) -> tuple[Question, ...]:
    """The questions whose answers can be counted. Own words and numbers are left with the service, and so is what was
    asked after certain answers alone: beside the others it would tell how few skipped it.
    """
    closed = (Kind.ONE, Kind.SCALE, Kind.MULTI)
    return tuple(each for each in form.questions if each.kind in closed and each.only_if is None)


def most_of(question: Question) -> int:
    """How many answers one person can give to a question that can be counted."""
    return question.limit or 1 if question.kind is Kind.MULTI else 1


def freeze_totals(db: Session, strand: Strand, row: SuppliedTotals, policy: Policy, now: datetime) -> SuppliedRelease:
    """Freeze what singles nobody out of the totals, with the threshold and the words of this day."""
    form = form_of(strand)
    asked = countable(form)
    k = policy.p("P-K", strand.audience)
    safe = shown(row.people, row.counts, {each.id: most_of(each) for each in asked}, k)
    text = canonical(
        {
            "version": 1,
            "kind": "supplied_totals",
            "population": {"respondent_class": "child", "people": safe.people},
            "k": k,
            "asked": [each.id for each in asked],
            "tables": {key: dict(counts) for key, counts in safe.tables.items()},
        }
    )
    release = SuppliedRelease(
        strand_id=strand.id,
        content=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        setting={"form": wording_of(form), "languages": list(form.languages)},
        made_at=now,
    )
    db.add(release)
    db.flush()
    return release


def end_totals(db: Session, strand: Strand, policy: Policy, now: datetime) -> None:
    """The end of keeping: what was entered is destroyed. What two people signed is frozen before, if it is not yet."""
    row = db.get(SuppliedTotals, strand.id)
    if row is None:
        return
    if row.confirmed_by is not None and db.get(SuppliedRelease, strand.id) is None:
        freeze_totals(db, strand, row, policy, now)
    db.execute(delete(SuppliedTotals).where(SuppliedTotals.strand_id == strand.id))


def shown_of(release: SuppliedRelease) -> Shown:
    """The numbers of a frozen report."""
    told = json.loads(release.content)
    return Shown(told["population"]["people"], told["tables"])


def reports(db: Session, actor: Actor) -> tuple[SuppliedReport, ...]:
    """Every report of supplied totals within the actor's scope that is not in doubt, newest first."""
    seen = [each.id for each in visible_consultations(db, actor)]
    rows = db.execute(
        select(SuppliedRelease, Strand)
        .join(Strand, Strand.id == SuppliedRelease.strand_id)
        .where(Strand.consultation_id.in_(seen))
        .order_by(SuppliedRelease.made_at.desc(), SuppliedRelease.strand_id)
    )
    return tuple(_report(db, release, strand) for release, strand in rows if not in_doubt(db, release))


def report_of(db: Session, actor: Actor, strand_id: str) -> SuppliedReport | None:
    """The report of a part, if its service supplied totals that two people signed and nobody doubts.

    Raises `NotFound` out of scope.
    """
    strand = visible_strand(db, actor, strand_id)
    release = db.get(SuppliedRelease, strand_id)
    return _report(db, release, strand) if release is not None and not in_doubt(db, release) else None


def totals_text(db: Session, actor: Actor, strand_id: str) -> str:
    """The frozen report as it is, to be handed out.

    Raises `NotFound`, and `Conflict` during an emergency stop or while it is in doubt.
    """
    strand = visible_strand(db, actor, strand_id)
    release = db.get(SuppliedRelease, strand_id)
    if release is None:
        raise NotFound
    if stops_in_force(db, strand):
        raise Conflict("An emergency stop is in force. No file is handed out until two people lift it.")
    if in_doubt(db, release):
        raise Conflict(WAITS)
    return release.content


def _report(db: Session, release: SuppliedRelease, strand: Strand) -> SuppliedReport:
    told = json.loads(release.content)
    return SuppliedReport(
        strand_id=strand.id,
        strand=strand.name,
        consultation_id=strand.consultation_id,
        consultation=db.get_one(Consultation, strand.consultation_id).title,
        made_on=release.made_at.date(),
        k=told["k"],
        shown=shown_of(release),
        asked=tuple(told["asked"]),
        languages=tuple(release.setting["languages"]),
        form=release.setting["form"],
        digest=release.digest,
    )
