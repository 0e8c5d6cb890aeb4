"""Requests for help that were answered are destroyed when their time is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import read
from consult.jobs.job import one_by_one
from consult.sealing.root import RootKeys
from consult.services.help.helpdesk import answered_long_ago, forget_request
from safeguards.policy import Policy

__all__ = ["forget_help"]


def forget_help(engine: Engine, keys: RootKeys, policy: Policy, now: datetime) -> str:
    """Destroy what may not be kept any longer; says how many."""
    with read(engine) as db:
        due = answered_long_ago(db, policy, now)

    def forget(db: Session, request_id: bytes) -> bool:
        return forget_request(db, keys, request_id, now)

    return f"{one_by_one(engine, 'forget_help', due, forget)} destroyed"
