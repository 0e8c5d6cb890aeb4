"""Live figures for tests: one inclusion holder counts, and what was counted is frozen."""

from datetime import datetime

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Strand
from consult.services.report import livecoverage
from tests.scenario import NOW

KEY, HOLDER = "children", "inclusion"


def refresh(stage: Stage, by: str = HOLDER, passphrase: str = "", key: str = KEY, now: datetime = NOW) -> str:
    """As the page does it: count in a session for looking, then freeze."""
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[key])
        words = passphrase or stage.passphrases[by]
        made = livecoverage.count(db, stage.keys, stage.policy, stage.people[by], strand, words, now)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[key])
        livecoverage.freeze(db, stage.keys, stage.people[by], strand, made, now)
    return made.release.text
