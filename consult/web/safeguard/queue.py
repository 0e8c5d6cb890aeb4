"""What waits for a lead's decision, the soonest opening first."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template

from consult.database import read
from consult.services.desks.approvals import queue as waiting_parts
from consult.services.desks.oversight import Running, running
from consult.services.evidence import waivers
from consult.services.opening.openings import RequestStatus, openings
from consult.web.safeguard.blueprint import safeguard
from consult.web.site import site
from consult.web.staff import actor
from safeguards.lifecycle import StrandState

__all__ = ["queue"]

_SOON = timedelta(days=30)


@safeguard.get("/approvals")
def queue() -> str:
    """The queue, waivers to agree to, what runs now, and what lapses within thirty days."""
    who, now = actor(), site().clock()
    with read(site().engine) as db:
        waiting = waiting_parts(db, who, site().policy, now)
        signed = running(db, who)
        asked = waivers.awaited(db, who)
        requests = [each for each in openings(db, who, now) if each.status is RequestStatus.WAITING]
    return render_template(
        "safeguard/queue.html",
        queue=waiting,
        running=[each for each in signed if each.state is StrandState.OPEN],
        held=[each for each in signed if each.state in {StrandState.SUSPENDED, StrandState.STOPPED}],
        lapsing=[each for each in signed if _lapses_soon(each)],
        requests=requests,
        waivers=asked,
        now=now,
    )


def _lapses_soon(part: Running) -> bool:
    return part.valid_until is not None and part.valid_until - site().clock() < _SOON
