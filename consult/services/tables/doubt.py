"""What is set apart because a cause casts doubt on it: asked before anything is opened, counted or shown."""

from __future__ import annotations

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from consult.errors import sentence
from consult.models import LiveSnapshot, Quarantine, QuarantinedEpoch, Release, SuppliedRelease, Verdict

__all__ = ["WAITS", "epochs_apart", "in_doubt", "is_undecided"]

WAITS = sentence("Answers of this part are set apart. Nothing of it is opened or shown until two people decide.")


def epochs_apart() -> Select[bytes]:
    """The ids of epochs whose answers nobody may open or count now.

    Asked of the tables: the short-lived process of an opening does without the mapped classes.
    """
    causes, epochs = Quarantine.__table__, QuarantinedEpoch.__table__
    return (
        select(epochs.c.epoch_id).join(causes, causes.c.id == epochs.c.quarantine_id).where(causes.c.ended_at.is_(None))
    )


def is_undecided(db: Session, strand_id: str) -> bool:
    """Whether answers of the strand are set apart and wait for the two people."""
    waits = exists().where(Quarantine.strand_id == strand_id, Quarantine.ended_at.is_(None))
    return bool(db.scalar(select(waits)))


def in_doubt(db: Session, release: Release | LiveSnapshot | SuppliedRelease) -> bool:
    """Whether nobody may be shown what was frozen here: what it counted is set apart, or was destroyed since."""
    destroyed = and_(Quarantine.outcome == Verdict.DESTROY, Quarantine.found_at >= release.made_at)
    here = exists().where(Quarantine.strand_id == release.strand_id, or_(Quarantine.ended_at.is_(None), destroyed))
    return bool(db.scalar(select(here)))
