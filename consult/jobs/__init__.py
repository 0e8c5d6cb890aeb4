"""What runs by itself: plain functions of (engine, keys, policy, now) that say in a sentence what they did."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Engine

from consult.jobs.lapses import sweep_lapses
from consult.sealing.root import RootKeys
from safeguards.policy import Policy

__all__ = ["JOBS", "Job"]

Job = Callable[[Engine, RootKeys, Policy, datetime], str]

JOBS: Mapping[str, Job] = {"lapses": sweep_lapses}
