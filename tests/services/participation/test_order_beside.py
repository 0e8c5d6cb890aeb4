"""Profiles and requests for help tell no order of arrival either: not by place, key, file or transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.jobs import JOBS
from consult.models import HelpRequest, StrandSalt
from consult.sealing.receipt import ReceiptDigits, record_ids
from consult.services.help.helprequests import Contact, ask_for_contact
from consult.services.participation.strandface import door
from tests.jobs.arrivals import Arrivals
from tests.scenario import NOW, give

pytestmark = pytest.mark.slow

KEY = "children"
PEOPLE, ASKING = 120, 60


def test_after_the_rewrite_rows_beside_the_answers_tell_no_order(running: Stage) -> None:
    stage = running
    receipts = give(stage, KEY, PEOPLE)
    asked = [_ask(stage, n) for n in range(ASKING)]
    with read(stage.engine) as db:
        salt = db.get_one(StrandSalt, stage.strands[KEY]).salt
    profiles = [record_ids(stage.keys.receipt, salt, ReceiptDigits(each)).profile for each in receipts]
    arrivals = Arrivals(
        {"profiles": profiles, "profile_shares": profiles, "help_requests": asked, "help_copies": asked}
    )
    before = arrivals.told_beside(stage.engine)
    told = {way for way, tells in before.items() if tells}
    assert {way for way in before if "key itself" in way} & told == set(), "keys are random from the start"
    for table in arrivals.order:
        assert any(way.startswith(f"{table} ") for way in told), f"the control: without the rewrite {table} tells"
    JOBS["rewrite"](stage.engine, stage.keys, stage.policy, NOW)
    after = arrivals.told_beside(stage.engine)
    assert set(after) == set(before)
    assert [way for way, tells in after.items() if tells] == []


def _ask(stage: Stage, n: int) -> bytes:
    """Somebody asks for contact; the id of the row."""
    known = select(HelpRequest.id)
    with write(stage.engine) as db:
        before = set(db.scalars(known))
        entrance = door(db, stage.strands[KEY], NOW)
        assert entrance is not None
        contact = Contact(name="Kit", how=f"+000 {n}", when="", more="", language="en")
        ask_for_contact(db, stage.keys, stage.policy, entrance, contact, NOW)
        (made,) = set(db.scalars(known)) - before
    return made
