"""E-mail that something waits, to people with an account; none where no mail server is set."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from consult.config import Settings
from consult.jobs.job import Job
from consult.sealing.root import RootKeys
from consult.services.mailing import send_waiting
from safeguards.policy import Policy

__all__ = ["mail_job"]


def mail_job(settings: Settings) -> Job:
    """The job of a site: it needs its mail server and its address."""
    return partial(_send, settings)


def _send(settings: Settings, engine: Engine, _keys: RootKeys, _policy: Policy, now: datetime) -> str:
    """Send what is due; says how many. What fails is tried again later."""
    if settings.mail is None:
        return "no mail server is set"
    done = send_waiting(engine, settings.mail, settings.address, now)
    return f"{done.sent} sent" + (f", {done.failed} to be tried again" if done.failed else "")
