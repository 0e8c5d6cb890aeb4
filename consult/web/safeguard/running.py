"""Signed parts: the list of what runs, and the page of one with everything that can be done to it."""

from __future__ import annotations

from flask import render_template

from consult.database import read
from consult.services.desks import oversight
from consult.services.live import sessionviews
from consult.services.report import quarantinedesk
from consult.services.signed import incidents
from consult.services.tables.doubt import is_undecided
from consult.web.navigation import may_reach
from consult.web.safeguard.blueprint import here, page, row_of, safeguard
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["run", "running"]


@safeguard.get("/running")
def running() -> str:
    """Every signed part that is not over; pausing is one press away."""
    with read(site().engine) as db:
        parts = oversight.running(db, actor())
        stops = incidents.wide_stops(db, actor())
        sessions = sessionviews.under_way(db, actor(), site().policy, site().clock())
    return render_template("safeguard/running.html", parts=parts, stops=stops, sessions=sessions, now=site().clock())


@safeguard.get("/c/<consultation_id>/<strand_id>/run")
def run(consultation_id: str, strand_id: str) -> str:
    """One part: what was signed, what holds now, what can be done."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        found = oversight.run(db, actor(), row_of(db, strand_id), site().policy, site().clock())
        waits = is_undecided(db, strand_id)
        apart = waits or quarantinedesk.may_set_apart(db, actor(), row_of(db, strand_id))
    return page("run.html", consultation, strand, run=found, apart=apart and may_reach("safeguard.apart"), waits=waits)
