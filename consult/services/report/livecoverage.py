"""Live coverage: an inclusion holder types a passphrase, profiles are counted and protected, one snapshot is frozen.

Between snapshots nothing moves, and the snapshots of a strand are one series: each is audited together with all before
it, and needs enough more people (disclosure control, rules 6 and 7). Pages show the frozen row in whole lots and
nothing else: exact counts of a snapshot and of a release would tell of the few who came or left in between. What pages
show is audited as they show it, together with the releases of the part, and the audit of a release looks at it again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from consult.database import address_of
from consult.errors import Conflict, Denied, NotFound, sentence
from consult.inclusion.dimensions import THRESHOLDS
from consult.inclusion.lots import LIVE, in_lots, size_of_a_lot
from consult.inclusion.release import canonical
from consult.inclusion.tabulate import Tables
from consult.models import InclusionKey, LiveSnapshot, Release, RunningTotals, Strand, StrandState
from consult.models.base import new_id
from consult.questionnaire.form import Form
from consult.sealing import inclusion as keymaking
from consult.sealing.canonical import Field
from consult.sealing.root import RootKeys
from consult.sealing.rowseal import check_row_seal, row_seal
from consult.sealing.suite import SealingError
from consult.services.actors import Actor, need_role
from consult.services.auditing import Verb, hold, record
from consult.services.gate.planning import form_of, plan_of
from consult.services.gate.standing import stops_in_force
from consult.services.keys.inclusionholders import stored_keys
from consult.services.keys.inclusionkeys import checked_keys, has_profiles
from consult.services.ownprocess import in_stages
from consult.services.people.identities import unlock
from consult.services.report.counting import hold_withdrawn, withdrawn
from consult.services.tables import coverageplans
from consult.services.tables.doubt import WAITS, in_doubt
from consult.services.tables.profilecounting import ProfileWork, count_people
from consult.services.tables.protecting import protected_snapshot
from consult.services.tables.releasetables import ReleaseTables, Table
from consult.services.tables.tabulating import ReleaseText, Tabulation
from safeguards.policy import Policy
from safeguards.said import said
from safeguards.terms import Role

__all__ = [
    "Counted",
    "LiveView",
    "count",
    "freeze",
    "may_refresh",
    "newest",
    "newest_row",
    "shown",
    "shown_on",
    "snapshot_text",
    "snapshots",
]


@dataclass(frozen=True, slots=True)
class LiveView:
    """One snapshot: the day it was made, the size of its lots, and a table each for age, background and language."""

    made_on: date
    lot: int
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What came out of a count and is not frozen yet: protected tables, and new totals, sealed to this generation.

    `withdrawn`: how many had taken answers back when it was counted.
    """

    release: ReleaseText
    totals: bytes
    generation: int
    withdrawn: int


BUDGET_SECONDS = 20.0
_OTHER_KEY = sentence(
    "Somebody who held the key has left while people were being counted, so these figures were not kept. "
    "Nothing else is lost: enter your passphrase again to count anew."
)
_COLLECTING = frozenset({StrandState.OPEN, StrandState.SUSPENDED, StrandState.CLOSED})


def snapshots(db: Session, strand_id: str) -> tuple[str, ...]:
    """The frozen snapshots of a strand as canonical JSON, oldest first."""
    rows = select(LiveSnapshot.content).where(LiveSnapshot.strand_id == strand_id).order_by(LiveSnapshot.number)
    return tuple(db.scalars(rows))


def newest(db: Session, strand_id: str) -> str | None:
    """The newest snapshot, or None until there is one: what every page shows until the next."""
    row = newest_row(db, strand_id)
    return row.content if row else None


def newest_row(db: Session, strand_id: str) -> LiveSnapshot | None:
    """The newest snapshot with the day on which it was made; None while answers that it counts are in doubt."""
    rows = select(LiveSnapshot).where(LiveSnapshot.strand_id == strand_id)
    row = db.scalars(rows.order_by(LiveSnapshot.number.desc()).limit(1)).first()
    return None if row is None or in_doubt(db, row) else row


def shown(db: Session, strand: Strand, language: str) -> LiveView | None:
    """The newest snapshot as a page shows it: who took part so far, in protected tables."""
    row = newest_row(db, strand.id)
    if row is None:
        return None
    snapshot = in_lots(json.loads(row.content))
    tables = ReleaseTables(snapshot, {"dimensions": _words(form_of(strand)), "questions": {}}, language)
    return LiveView(row.made_at.date(), size_of_a_lot(snapshot), tuple(tables.about()))


def shown_on(db: Session, strand_id: str) -> tuple[tuple[int, date], ...]:
    """The number and the day of every snapshot of a strand, oldest first."""
    rows = select(LiveSnapshot.number, LiveSnapshot.made_at).where(LiveSnapshot.strand_id == strand_id)
    return tuple((number, made_at.date()) for number, made_at in db.execute(rows.order_by(LiveSnapshot.number)))


def snapshot_text(db: Session, strand: Strand, number: int) -> str:
    """A snapshot as pages showed it, in lots, to be handed out as a file: canonical JSON, as the audit reads it.

    Raises `NotFound` where there is none of this number, and `Conflict` during an emergency stop, which turns exports
    off, and while answers that it counts are in doubt.
    """
    row = db.scalar(select(LiveSnapshot).where(LiveSnapshot.strand_id == strand.id, LiveSnapshot.number == number))
    if row is None:
        raise NotFound
    if stops_in_force(db, strand):
        raise Conflict("An emergency stop is in force. No file is handed out until two people lift it.")
    if in_doubt(db, row):
        raise Conflict(WAITS)
    return canonical(in_lots(json.loads(row.content)))


def may_refresh(db: Session, actor: Actor, strand: Strand) -> bool:
    """Whether the actor may make a snapshot of this strand: the check behind the button."""
    try:
        _must_refresh(db, actor, strand)
    except (Denied, Conflict):
        return False
    return True


def count(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, passphrase: str, now: datetime
) -> Counted:
    """Open the profiles that came since the running totals, in a process of its own, count and protect everybody.

    It writes nothing; `freeze` does. Raises `Denied` for whoever is no inclusion holder, or a wrong passphrase, and
    `Conflict` when too few people have come since the last snapshot, when a row was changed from outside, or when no
    tables pass the audit.
    """
    _must_refresh(db, actor, strand)
    try:
        work = ProfileWork(
            strand_id=strand.id,
            holder_id=actor.id,
            holder_private=unlock(db, keys, actor, passphrase),
            inclusion=tuple(stored_keys(db, keys, strand.consultation_id)),
            row_seal_key=keys.row_seal,
            database=address_of(db),
            tabulation=_tabulation(db, policy, strand),
            totals=_totals(db, keys, strand),
            closed=strand.state == StrandState.CLOSED,
            now=now,
        )
        taken_back = withdrawn(db, strand.id)
        release, totals = in_stages(partial(count_people, work), partial(_beside, tabulation=work.tabulation))
    except SealingError as error:
        raise Conflict(
            said("Nothing was opened. %(why)s Tell the technical operator: this is an incident.", why=error)
        ) from error
    return Counted(release, totals, _generation(work.inclusion), taken_back)


def freeze(db: Session, keys: RootKeys, actor: Actor, strand: Strand, made: Counted, now: datetime) -> LiveSnapshot:
    """Store the snapshot: from now on pages show this one.

    Raises `Conflict` when another was made meanwhile, when it counts somebody who has taken answers back since, or when
    there is another inclusion key: the totals would be sealed to somebody who has left.
    """
    hold(db, strand)  # whoever stops, leaves, or stores the release at this moment has done so, or finds the snapshot
    _must_refresh(db, actor, strand)
    if _generation(checked_keys(db, keys.row_seal, strand.consultation_id)) != made.generation:
        raise Conflict(_OTHER_KEY)
    hold_withdrawn(db, strand.id, made.withdrawn)
    last = db.scalar(select(func.max(LiveSnapshot.number)).where(LiveSnapshot.strand_id == strand.id)) or 0
    if json.loads(made.release.text)["id"] != f"live-{strand.id}-{last + 1}":
        raise Conflict("Another snapshot was made in the meantime. Look at that one first.")
    row = LiveSnapshot(
        id=new_id(),
        strand_id=strand.id,
        number=last + 1,
        content=made.release.text,
        digest=made.release.digest,
        made_by=actor.id,
        made_at=now,
    )
    db.add(row)
    _keep_totals(db, keys, strand, made)
    db.flush()
    record(
        db,
        keys.audit,
        actor.id,
        Verb.COVERAGE_REFRESHED,
        row.id,
        now,
        {"strand": strand.id, "digest": made.release.digest},
    )
    return row


def _generation(stored: Sequence[InclusionKey] | Sequence[keymaking.InclusionKey]) -> int:
    return stored[-1].generation if stored else 0


def _must_refresh(db: Session, actor: Actor, strand: Strand) -> None:
    need_role(db, actor, strand, Role.INCLUSION)
    if not has_profiles(strand):
        raise Conflict("Nobody is counted live here: too few people are expected, or they are child survivors.")
    if strand.state not in _COLLECTING:
        raise Conflict("Live coverage is for a part that collects answers. Afterwards read the report.")
    if stops_in_force(db, strand):
        raise Conflict("An emergency stop is in force. Nothing is opened until two people lift it.")


def _words(form: Form) -> dict[str, Any]:
    """The words of the dimensions, as `ReleaseTables` reads them."""
    return {
        each.key: {
            "text": dict(each.text),
            "labels": {category.id: dict(category.text) for category in each.categories},
            "groups": {label: list(members) for label, members in each.groups.items()},
        }
        for each in form.profile
    }


def _beside(counted: tuple[Tables, bytes], *, tabulation: Tabulation) -> tuple[ReleaseText, bytes]:
    """The second stage: tables are protected, sealed totals go past."""
    tables, totals = counted
    return protected_snapshot(tables, tabulation), totals


def _totals(db: Session, keys: RootKeys, strand: Strand) -> tuple[int, bytes] | None:
    """The generation and the blob of the running totals, as they were stored. Raises `SealingError`."""
    row = db.get(RunningTotals, strand.id)
    if row is None:
        return None
    check_row_seal(keys.row_seal, "running_totals", strand.id, _sealed_columns(row), 1, row.row_seal)
    return row.inclusion_generation, row.sealed


def _keep_totals(db: Session, keys: RootKeys, strand: Strand, made: Counted) -> None:
    """Store the totals for the next count."""
    db.execute(delete(RunningTotals).where(RunningTotals.strand_id == strand.id))
    if not made.totals:
        return
    row = RunningTotals(strand_id=strand.id, inclusion_generation=made.generation, sealed=made.totals)
    row.row_seal = row_seal(keys.row_seal, "running_totals", strand.id, _sealed_columns(row), 1)
    db.add(row)


def _sealed_columns(row: RunningTotals) -> dict[str, Field]:
    return {"inclusion_generation": row.inclusion_generation, "sealed": row.sealed}


def _tabulation(db: Session, policy: Policy, strand: Strand) -> Tabulation:
    form, facts, previous = form_of(strand), plan_of(db, strand).strand, snapshots(db, strand.id)
    return Tabulation(
        release_id=f"live-{strand.id}-{len(previous) + 1}",
        series=f"{LIVE}{strand.respondent_class}-{strand.id}",
        respondent_class=strand.respondent_class,
        k=max(policy.p("P-K", strand.audience), THRESHOLDS[strand.respondent_class]),
        form=form.to_json(),
        bands=tuple(str(band) for band in facts.age_bands),
        languages=tuple(language for language in facts.languages if language in form.complete_languages()),
        budget_seconds=BUDGET_SECONDS,
        previous=previous,
        planned=coverageplans.planned(db, strand.id).groups,
        beside=tuple(db.scalars(select(Release.content).where(Release.strand_id == strand.id))),
    )
