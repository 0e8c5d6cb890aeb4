"""Whom the demonstration wants to hear, what people needed, and telling those who took part: invented numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

from consult.database import write
from consult.demo.setup import Stage
from consult.inclusion.coverage import Reference, Target
from consult.models import Strand
from consult.services.evidence import adjustments
from consult.services.report import said
from consult.services.tables import coverageplans

__all__ = ["plan_whom_to_hear", "tell"]

_PART = "children"
_TARGETS = (
    Target((("age", "13_15"),), 70),
    Target((("age", "16_17"),), 50),
    Target((("gender", "girl"),), 60),
    Target((("gender", "boy"),), 60),
    Target((("location", "camp"),), 20),
    Target((("age", "13_15"), ("location", "countryside")), 20),
)
_PEOPLE = Reference.of("location", "Census 2028 (invented)", {"city": 41_000, "countryside": 52_000, "camp": 7_000})
_BOTH = Reference(
    "Census 2028 (invented)",
    {
        (("age", age), ("gender", gender)): people
        for (age, gender), people in {
            ("13_15", "girl"): 29_000,
            ("13_15", "boy"): 31_000,
            ("16_17", "girl"): 19_000,
            ("16_17", "boy"): 21_000,
        }.items()
    },
)
_INVITED = 320
_NEEDS = (("device", "borrowed_device", 14), ("private_space", "quiet_room", 11), ("hearing", "sign_language", 2))


def plan_whom_to_hear(stage: Stage, now: datetime) -> None:
    """Targets and a population for the children's part, and a register with what some of them asked for."""
    facilitator = stage.people["facilitator"]
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[_PART])
        plan = coverageplans.Planned(_TARGETS, (_PEOPLE, _BOTH), _INVITED)
        coverageplans.save(db, stage.audit, facilitator, strand.id, 0, plan, now)
        for barrier, need, people in _NEEDS:
            for _ in range(people):
                day = (now + timedelta(days=7)).date()
                row = adjustments.note(db, stage.audit, facilitator, strand, barrier, need, day, now)
                adjustments.answer(db, stage.audit, facilitator, strand, row.id, "provided", now)


def tell(stage: Stage, release_id: str, now: datetime) -> None:
    """Open what they said to those who took part."""
    with write(stage.engine) as db:
        said.publish(db, stage.audit, stage.people["facilitator"], release_id, read_with_some=True, now=now)
