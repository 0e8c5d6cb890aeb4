"""What every request of one running site shares: settings, database, keys, policy, clock, what is in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app, url_for
from sqlalchemy import Engine

from consult.config import Settings
from consult.grouped import GroupedWriter
from consult.sealing.root import RootKeys
from consult.services.participation.doorkeeper import Doorkeeper
from consult.services.participation.responding import EpochBook, Gift
from consult.services.participation.throttle import Throttle
from consult.services.people.passkeys import Relying
from consult.services.policyinforce import PolicyBook
from consult.web.pages import KeptPages
from safeguards.policy import Policy

__all__ = ["Site", "site", "whole_address"]


@dataclass(frozen=True, slots=True)
class Site:
    """Joined once in `consult.app`; nothing in it is ever replaced while the site runs."""

    settings: Settings
    engine: Engine
    keys: RootKeys
    clock: Callable[[], datetime]
    policies: PolicyBook
    epochs: EpochBook
    throttle: Throttle
    doors: Doorkeeper
    writer: GroupedWriter[Gift]
    pages: KeptPages = field(default_factory=KeptPages)

    @property
    def policy(self) -> Policy:
        """The policy in force at this moment: two people can change it while the site runs."""
        return self.policies.current()

    @property
    def known_policy(self) -> Policy:
        """The policy for pages that stay up when the database does not: then, the one that was read last."""
        return self.policies.known()

    @property
    def relying(self) -> Relying:
        """The site as passkeys know it."""
        return Relying(self.settings.host_name, self.settings.address, self.settings.organisation)


def site() -> Site:
    """The site this request belongs to."""
    return cast("Site", current_app.extensions["consult"])


def whole_address(endpoint: str, code: str | None) -> str:
    """What is handed to people: the page of a code under the site's own address; "" without a code.

    The address is the one that was set, never that of this request, which a front server may have passed on plainly.
    """
    return f"{site().settings.address}{url_for(endpoint, code=code)}" if code else ""
