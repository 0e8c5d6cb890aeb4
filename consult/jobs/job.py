"""What a job is: a plain function that says in a sentence what it did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from consult.sealing.root import RootKeys
from safeguards.policy import Policy

__all__ = ["Job"]

Job = Callable[[Engine, RootKeys, Policy, datetime], str]
