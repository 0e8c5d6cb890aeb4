"""Doors kept in the memory of one worker for as long as nothing that they are made of has changed.

Every request asks the database one number, the edition, which triggers count up in the transaction of each change that
matters (migration 0015). The same number as when a door was read: the door is as it was, and only the clock is looked
at again. Another number, or a contact test that became too old: the door is read anew. Doors of live parts always are.
A door holds no person's data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from sqlalchemy import Engine

from consult.database import read
from consult.services.participation.helplines import tests_hold_until
from consult.services.participation.pagesounds import PageRecordings, heard_by_language
from consult.services.participation.strandface import Door, door
from consult.services.policyinforce import in_force
from consult.shortquestion import ShortQuestion

__all__ = ["Doorkeeper"]

_MOST_DOORS = 64


@dataclass(frozen=True, slots=True)
class _Kept:
    door: Door
    since: datetime
    until: datetime | None

    def holds(self, edition: int | None, now: datetime) -> bool:
        """Whether it would be read the same now, but for the ruling. A clock that went back counts as a doubt."""
        return (
            edition is not None
            and self.door.edition == edition
            and self.since <= now
            and (self.until is None or now < self.until)
        )


class Doorkeeper:
    """The doors of one site. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._edition = ShortQuestion(engine, "SELECT n FROM edition")
        self._kept: dict[str, _Kept] = {}
        self._readings = count(1)
        self._recordings: tuple[int, PageRecordings] | None = None

    def door(self, strand_id: str, now: datetime, session_id: str = "") -> Door | None:
        """As `strandface.door`: the same, whether it was kept or not."""
        if session_id:
            with read(self._engine) as db:
                return door(db, strand_id, now, session_id=session_id)
        edition = self._edition.answer()  # before anything is read: what changes meanwhile has another one
        kept = self._kept.get(strand_id)
        if kept is None or not kept.holds(edition, now):
            kept = self._read(strand_id, edition, now)
        if kept is None:
            return None
        ruling = kept.door.permit.ruling(now)
        return kept.door if ruling is kept.door.ruling else replace(kept.door, ruling=ruling)

    def page_recordings(self, edition: int | None = None) -> PageRecordings:
        """What pages may offer of their own words, read aloud; `edition`: as of this one, which a door was read in."""
        known = self._edition.answer() if edition is None else edition
        if self._recordings and self._recordings[0] == known:
            return self._recordings[1]
        with read(self._engine) as db:
            found = heard_by_language(db)
        if known is not None:
            self._recordings = (known, found)
        return found

    @property
    def recordings_known(self) -> PageRecordings:
        """The same as a page of this worker offered them last: without the database, for pages of faults."""
        return self._recordings[1] if self._recordings else {}

    def _read(self, strand_id: str, edition: int | None, now: datetime) -> _Kept | None:
        with read(self._engine) as db:
            policy = in_force(db)
            found = door(db, strand_id, now, policy)
            until = tests_hold_until(db, strand_id, found.audience, now, policy) if found else None
        if found is None:
            return None
        if edition is None or found.live:  # what happens in a room changes by the minute
            return _Kept(found, now, now)
        if len(self._kept) >= _MOST_DOORS:
            self._kept.clear()
        kept = _Kept(replace(found, edition=edition, reading=next(self._readings)), now, until)
        self._kept[strand_id] = kept
        return kept
