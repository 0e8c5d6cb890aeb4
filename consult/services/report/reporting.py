"""A report from one frozen release and nothing else: rows, bases and shares, with what is withheld left withheld."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, NotFound
from consult.inclusion.coverage import coverage
from consult.models import Release, Strand, SuppliedRelease
from consult.questionnaire.content import Reader, content, shipped_languages
from consult.services.actors import Actor, visible_consultations
from consult.services.evidence.assessing import assessment
from consult.services.gate.standing import stops_in_force
from consult.services.partners.codesign import changes_of
from consult.services.report.findings import findings_of
from consult.services.report.reportviews import (
    Adjustments,
    CoverageRow,
    CoverageView,
    Decided,
    Dimension,
    Halt,
    ReleaseCard,
    ReleaseWords,
    ReportView,
    SafeguardsRecord,
    Size,
    StandsIn,
    Substitute,
)
from consult.services.tables.coverageplans import read_plan, wider
from consult.services.tables.doubt import WAITS, in_doubt
from consult.services.tables.releasetables import ReleaseTables
from safeguards.terms import RespondentClass

__all__ = [
    "coverage_view",
    "fits_title",
    "is_hidden",
    "release_of",
    "release_text",
    "release_view",
    "release_words",
    "releases",
]

_EVERYBODY = "*"
_SOURCE = "en"
#: Accents and vowel marks, marks of direction, the stroke that stretches Arabic.
_UNHEARD = frozenset({"Mn", "Cf", "Lm"})


def fits_title(text: str, *, counts_children: bool) -> bool:
    """Whether a text may stand in the title of a report: one that counts no child is not children's views (R-L5)."""
    said = _as_heard(text)
    return counts_children or not any(_as_heard(claim) in said for claim in _claims())


def _claims() -> Iterator[str]:
    """What only a report of children calls itself, in any language, since a name may be in another than the page."""
    return (claim for language in shipped_languages() for claim in content(language).childrens_views)


def _as_heard(text: str) -> str:
    """A text without capitals, accents, vowel marks, and the ways in which apostrophes and spaces are typed."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter for letter in letters if unicodedata.category(letter) not in _UNHEARD)
    return " ".join(kept.replace("\u2019", "'").split())


def releases(db: Session, actor: Actor) -> tuple[ReleaseCard, ...]:
    """Every release within the actor's scope that is not in doubt, newest first."""
    seen = [each.id for each in visible_consultations(db, actor)]
    rows = select(Release).where(Release.consultation_id.in_(seen)).order_by(Release.made_at.desc(), Release.id)
    return tuple(_card(row, json.loads(row.content)) for row in db.scalars(rows) if not in_doubt(db, row))


def release_of(db: Session, actor: Actor, strand_id: str) -> str | None:
    """The id of the strand's release, if it has one within the actor's scope."""
    return next((card.id for card in releases(db, actor) if card.strand_id == strand_id), None)


def is_hidden(db: Session, strand_id: str) -> bool:
    """Whether the strand has a release that nobody is shown, because what it counted is in doubt or destroyed."""
    rows = db.scalars(select(Release).where(Release.strand_id == strand_id)).all()
    supplied = db.get(SuppliedRelease, strand_id)
    return any(in_doubt(db, row) for row in (*rows, *([supplied] if supplied else ())))


def release_text(db: Session, actor: Actor, release_id: str) -> str:
    """The release as it was frozen, to be handed out as a file.

    Raises `NotFound` outside the actor's scope, and `Conflict` during an emergency stop, which turns exports off.
    """
    row = _row(db, actor, release_id)
    if stops_in_force(db, db.get_one(Strand, row.strand_id)):
        raise Conflict("An emergency stop is in force. No file is handed out until two people lift it.")
    return row.content


def release_words(db: Session, actor: Actor, release_id: str) -> ReleaseWords:
    """What a codebook is made of. Raises as `release_text` does."""
    text = release_text(db, actor, release_id)
    row = _row(db, actor, release_id)
    reader = Reader.CHILD if row.respondent_class == RespondentClass.CHILD else Reader.ADULT
    return ReleaseWords(
        json.loads(text),
        row.setting["form"],
        tuple(row.setting["strand"]["languages"]),
        content(_SOURCE).text("R-CHOSE", reader) or "",
    )


def release_view(db: Session, actor: Actor, release_id: str, language: str) -> ReportView:
    """The page of a release, with the form's words in `language` where it has them. Raises `NotFound`."""
    row = _row(db, actor, release_id)
    release, setting = json.loads(row.content), row.setting
    tables = ReleaseTables(release, setting["form"], language)
    audit = release["audit"]
    return ReportView(
        card=_card(row, release),
        decision_maker=setting["consultation"]["decision_maker"],
        feedback_due=date.fromisoformat(setting["consultation"]["feedback_due"]),
        opened=_day(setting["opened"]),
        closed=_day(setting["closed"]),
        languages=tuple(setting["strand"]["languages"]),
        decided=_decided(setting),
        stands_in=_stands_in(setting),
        about=tuple(tables.about()),
        answers=tuple(tables.answers()),
        crossed=tuple(tables.crossed()),
        grouped=tuple(tables.grouped()),
        coverage=coverage_view(release, setting, tables),
        safeguards=_safeguards(setting.get("safeguards")),
        adjustments=_adjustments(setting.get("adjustments")),
        cells=audit["cells"],
        withheld=audit["withheld"],
        narrowest=audit["narrowest"],
        zeros_hidden=any(dimension.get("sensitive") for dimension in release["dimensions"]),
        digest=row.digest,
        policy=setting["policy"]["version"],
        findings=findings_of(db, row.strand_id, language),
        assessment=assessment(db, actor, row.consultation_id),
        codesign=changes_of(db, row.consultation_id),
    )


def _row(db: Session, actor: Actor, release_id: str) -> Release:
    row = db.get(Release, release_id)
    if row is None or row.consultation_id not in {each.id for each in visible_consultations(db, actor)}:
        raise NotFound
    if in_doubt(db, row):
        raise Conflict(WAITS)
    return row


def _card(row: Release, release: Mapping[str, Any]) -> ReleaseCard:
    total = _total(release["tables"])
    full = any(table["dimensions"] for table in release["tables"])
    return ReleaseCard(
        id=row.id,
        consultation_id=row.consultation_id,
        consultation=row.setting["consultation"]["title"],
        strand_id=row.strand_id,
        strand=row.setting["strand"]["name"],
        respondent_class=RespondentClass(row.respondent_class),
        made_at=row.made_at,
        size=Size.FEW if total is None else Size.FULL if full else Size.TOTAL_ONLY,
        total=total,
        k=release["k"],
    )


def _total(tables: Iterable[Mapping[str, Any]]) -> int | None:
    """The published number of people, wherever it stands."""
    for table in tables:
        for cell in table["cells"]:
            if all(label == _EVERYBODY for label in cell["at"]) and cell["count"] is not None:
                return int(cell["count"])
    return None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _decided(setting: Mapping[str, Any]) -> Decided | None:
    signed = setting["decision"]
    if signed is None:
        return None
    day = date.fromisoformat(signed["signed_on"])
    return Decided(signed["decision"], day, signed["two_signatures"], tuple(signed["conditions"]))


def _stands_in(setting: Mapping[str, Any]) -> StandsIn | None:
    debt = setting["fallback"]
    if debt is None:
        return None
    return StandsIn(debt["instead_of"], debt["public_reason"], date.fromisoformat(debt["ask_children_by"]))


def coverage_view(release: Mapping[str, Any], setting: Mapping[str, Any], tables: ReleaseTables) -> CoverageView:
    """The grid of a release or snapshot; `setting` has the words of its form and the plan that was frozen with it."""
    plan: Mapping[str, Any] = setting.get("coverage") or {"targets": (), "references": ()}
    targets, references = read_plan(plan)
    found = coverage(release, targets, references, wider(setting["form"]))

    def named(key: str) -> Dimension:
        return Dimension(key, tables.title(key))

    return CoverageView(
        rows=tuple(
            CoverageRow(tuple((named(key), tables.named(key, code)) for key, code in row.group), row)
            for row in found.rows
        ),
        sources=tuple((tuple(named(key) for key in each.dimensions), each.source) for each in references),
        similarities=found.similarities,
        silences=tuple(
            (named(each.dimension), each) for each in found.silences if each.dimension in setting["form"]["dimensions"]
        ),
        saved_on=_day(plan.get("saved_on")),
        invited=plan.get("invited"),
        arrivals=setting.get("arrivals") or {},
        withdrew=release.get("changes", {}).get("withdrawn"),
    )


def _safeguards(record: Mapping[str, Any] | None) -> SafeguardsRecord | None:
    if record is None:
        return None
    return SafeguardsRecord(
        in_place=tuple((each["id"], each["title"]) for each in record["in_place"]),
        missing=tuple((each["id"], each["title"]) for each in record["missing"]),
        substitutes=tuple(Substitute(each["id"], each["title"], each["what"]) for each in record["substitutes"]),
        halts=tuple(
            Halt(date.fromisoformat(each["from"]), _day(each["until"]), each["class"]) for each in record["halts"]
        ),
    )


def _adjustments(counts: Mapping[str, Any] | None) -> Adjustments | None:
    return None if counts is None else Adjustments(counts["asked"], counts["barriers"], counts["outcomes"])
