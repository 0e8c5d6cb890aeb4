"""The part that an address names by its code. Trying addresses is held up as trying codes at the entry is."""

from __future__ import annotations

from werkzeug.exceptions import TooManyRequests

from consult.database import read
from consult.errors import NotFound
from consult.services.participation.invitations import door_once
from consult.services.participation.strandface import Door, door_by_code
from consult.services.participation.throttle import Tried
from consult.web.limits import count_try, may_try
from consult.web.site import site

__all__ = ["door_named"]


def door_named(code: str) -> Door:
    """The part whose code this is, or was, whatever state it is in.

    Raises `NotFound` for an unknown code, and `TooManyRequests` for whichever, once too many were tried from there.
    """
    if not may_try(Tried.WRONG_CODE):
        raise TooManyRequests
    with read(site().engine) as db:
        now, policy = site().clock(), site().policy
        found = door_by_code(db, code, now, policy) or door_once(db, code, now, policy)
    if found is None:
        count_try(Tried.WRONG_CODE)
        raise NotFound
    return found
