"""The way through setting a part up: each page leads on to the next one while that has nothing yet.

People, then help services, then calls to them, then what can be attested, then the gate. Later each page stays.
"""

from __future__ import annotations

from flask import url_for
from sqlalchemy.orm import Session

from consult.services.desks.desk import StrandView
from consult.services.help import directory
from consult.web.facilitate.blueprint import address

__all__ = ["EVERY_GROUP", "after_help", "after_people"]

#: Instead of one kind of safeguards: everything that somebody can attest or check in a part.
EVERY_GROUP = "all"


def after_people(db: Session, before: StrandView) -> str:
    """Where saving the people leads: to help services while none is chosen, to a new one when there is none."""
    if before.services:
        return address("team", before, saved=1)
    if directory.services(db):
        return address("help", before, saved=1)
    return url_for("facilitate.new_service", part=before.id, saved=1)


def after_help(before: StrandView) -> str:
    """Where choosing services leads: the first time to what can be attested."""
    if before.services:
        return address("help", before, saved=1)
    return address("together", before, group=EVERY_GROUP, saved=1)
