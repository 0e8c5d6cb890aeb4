"""Live coverage: an inclusion holder types a passphrase, profiles are counted and protected, one snapshot is frozen.

Between snapshots nothing moves, and the snapshots of a strand are one series: each is audited together with all before
it, and needs enough more people (disclosure control, rules 6 and 7). Pages show the frozen row and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied
from consult.inclusion.dimensions import THRESHOLDS
from consult.inclusion.tabulate import Tables
from consult.models import Epoch, LiveSnapshot, Profile, ProfileShare, Strand, StrandState
from consult.models.base import new_id
from consult.questionnaire.form import Form
from consult.sealing.epoch import SealedEpoch
from consult.sealing.inclusion import InclusionKey, ProfileOpening, StoredProfile, open_inclusion_key
from consult.sealing.root import RootKeys, RowSealKey
from consult.sealing.suite import PrivateKey, SealingError
from consult.services.actors import Actor, need_role
from consult.services.apart import in_stages
from consult.services.auditing import Verb, record
from consult.services.codedrows import PROFILE_SCHEMA, count_profiles
from consult.services.doubt import epochs_apart
from consult.services.identities import unlock
from consult.services.inclusionholders import stored_keys
from consult.services.inclusionkeys import has_profiles
from consult.services.keystore import sealed_epoch
from consult.services.planning import form_of, plan_of
from consult.services.protecting import protected
from consult.services.releasetables import ReleaseTables, Table
from consult.services.standing import stops_in_force
from consult.services.tabulating import ReleaseText, Tabulation, about_people
from safeguards.policy import Policy
from safeguards.terms import Role

__all__ = ["LiveView", "count", "freeze", "may_refresh", "newest", "newest_row", "shown", "snapshots"]


@dataclass(frozen=True, slots=True)
class LiveView:
    """One snapshot: the day it was made, and a table each for age, background and language."""

    made_on: date
    tables: tuple[Table, ...]


BUDGET_SECONDS = 20.0
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
    """The newest snapshot with the day on which it was made."""
    rows = select(LiveSnapshot).where(LiveSnapshot.strand_id == strand_id)
    return db.scalars(rows.order_by(LiveSnapshot.number.desc()).limit(1)).first()


def shown(db: Session, strand: Strand, language: str) -> LiveView | None:
    """The newest snapshot as a page shows it: who took part so far, in protected tables."""
    row = newest_row(db, strand.id)
    if row is None:
        return None
    tables = ReleaseTables(json.loads(row.content), {"dimensions": _words(form_of(strand)), "questions": {}}, language)
    return LiveView(row.made_at.date(), tuple(tables.about()))


def may_refresh(db: Session, actor: Actor, strand: Strand) -> bool:
    """Whether the actor may make a snapshot of this strand: the check behind the button."""
    try:
        _must_refresh(db, actor, strand)
    except (Denied, Conflict):
        return False
    return True


def count(db: Session, keys: RootKeys, policy: Policy, actor: Actor, strand: Strand, passphrase: str) -> ReleaseText:
    """Open the profiles of a strand in a process of its own, count and protect them; nothing else comes out.

    It writes nothing; `freeze` does. Raises `Denied` for whoever is no inclusion holder, or a wrong passphrase, and
    `Conflict` when too few people have come since the last snapshot, when a row was changed from outside, or when no
    tables pass the audit.
    """
    _must_refresh(db, actor, strand)
    try:
        work = _Work(
            strand_id=strand.id,
            holder_id=actor.id,
            holder_private=unlock(db, keys, actor, passphrase),
            inclusion=tuple(stored_keys(db, keys, strand.consultation_id)),
            row_seal_key=keys.row_seal,
            epochs=_epochs(db, strand.id),
            profiles=_profiles(db, strand.id),
            tabulation=_tabulation(db, policy, strand),
        )
        return in_stages(partial(_opened, work), partial(protected, tabulation=work.tabulation))
    except SealingError as error:
        raise Conflict(f"Nothing was opened. {error} Tell the technical operator: this is an incident.") from error


def freeze(db: Session, keys: RootKeys, actor: Actor, strand: Strand, made: ReleaseText, now: datetime) -> LiveSnapshot:
    """Store the snapshot: from now on pages show this one. Raises `Conflict` when another was made meanwhile."""
    _must_refresh(db, actor, strand)
    last = db.scalar(select(func.max(LiveSnapshot.number)).where(LiveSnapshot.strand_id == strand.id)) or 0
    if json.loads(made.text)["id"] != f"live-{strand.id}-{last + 1}":
        raise Conflict("Another snapshot was made in the meantime. Look at that one first.")
    row = LiveSnapshot(
        id=new_id(),
        strand_id=strand.id,
        number=last + 1,
        content=made.text,
        digest=made.digest,
        made_by=actor.id,
        made_at=now,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.COVERAGE_REFRESHED, row.id, now, {"strand": strand.id, "digest": made.digest})
    return row


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


@dataclass(frozen=True, slots=True)
class _Work:
    """Everything the short-lived process needs; it is handed over by pipe and written nowhere."""

    strand_id: str
    holder_id: str
    holder_private: PrivateKey = field(repr=False)
    inclusion: tuple[InclusionKey, ...]
    row_seal_key: RowSealKey = field(repr=False)
    epochs: Sequence[SealedEpoch]
    profiles: Sequence[StoredProfile]
    tabulation: Tabulation


def _opened(work: _Work) -> Tables:
    wanted = {epoch.inclusion_generation for epoch in work.epochs}
    privates = {
        key.generation: open_inclusion_key(key, work.holder_id, work.holder_private)
        for key in work.inclusion
        if key.generation in wanted
    }
    opening = ProfileOpening(work.strand_id, privates, work.row_seal_key)
    plain = opening.open_profiles(work.epochs, work.profiles, PROFILE_SCHEMA)
    tabulation, form = work.tabulation, Form.from_json(dict(work.tabulation.form))
    return count_profiles(plain, about_people(form, tabulation.bands, tabulation.languages))


def _tabulation(db: Session, policy: Policy, strand: Strand) -> Tabulation:
    form, facts, previous = form_of(strand), plan_of(db, strand).strand, snapshots(db, strand.id)
    return Tabulation(
        release_id=f"live-{strand.id}-{len(previous) + 1}",
        series=f"live-{strand.respondent_class}-{strand.id}",
        respondent_class=strand.respondent_class,
        k=max(policy.p("P-K", strand.audience), THRESHOLDS[strand.respondent_class]),
        form=form.to_json(),
        bands=tuple(str(band) for band in facts.age_bands),
        languages=tuple(language for language in facts.languages if language in form.complete_languages()),
        budget_seconds=BUDGET_SECONDS,
        previous=previous,
    )


def _epochs(db: Session, strand_id: str) -> list[SealedEpoch]:
    rows = db.scalars(
        select(Epoch).where(Epoch.strand_id == strand_id, Epoch.sealed_profile_key.is_not(None)).order_by(Epoch.id)
    )
    return [sealed_epoch(row) for row in rows]


def _profiles(db: Session, strand_id: str) -> list[StoredProfile]:
    rows = db.execute(
        select(Profile.id, Profile.epoch_id, Profile.sealed, ProfileShare.share)
        .join(ProfileShare, ProfileShare.profile_id == Profile.id)
        .where(Profile.strand_id == strand_id, Profile.epoch_id.not_in(epochs_apart()))
        .order_by(Profile.id)
    )
    return [StoredProfile(row.id, row.epoch_id, row.share, row.sealed) for row in rows]
