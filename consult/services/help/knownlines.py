"""The list of helplines that ships with the program: a beginning for the directory, unverified, shown to nobody.

What is taken from it is a service like any other: no page shows it and no gate counts it before a contact test holds.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Invalid, sentence
from consult.models import SupportService
from consult.sealing.root import AuditKey
from consult.services.actors import Actor
from consult.services.help.directory import save_service
from safeguards.plan import ServiceKind

__all__ = ["KnownLine", "known_lines", "places", "take_over"]


@dataclass(frozen=True, slots=True)
class KnownLine:
    """One helpline of the list. `note`: what the list knows besides."""

    name: str
    place: str
    languages: tuple[str, ...]
    channels: tuple[tuple[str, str], ...]
    ages: tuple[int, int] | None = None
    note: str = ""

    def facts(self) -> dict[str, Any]:
        """As the directory holds it: nothing is claimed that nobody has tried, so no hours and nothing free."""
        stem = f"{self.place}-{self.name}".casefold().replace(" ", "-")
        found: dict[str, Any] = {
            "kind": ServiceKind.PUBLIC_NUMBER,
            "languages": list(self.languages),
            "jurisdictions": [self.place],
            "channels": [
                {"id": f"{stem}-{n}", "kind": kind, "address": address, "backup": n > 1}
                for n, (kind, address) in enumerate(self.channels, start=1)
            ],
            "source": "list of the program, unverified" + (f": {self.note}" if self.note else ""),
        }
        return {**found, "ages": list(self.ages)} if self.ages else found


@cache
def known_lines() -> tuple[KnownLine, ...]:
    """The whole list, as it stands in the file."""
    text = files(__package__).joinpath("knownlines.toml").read_text(encoding="utf-8")
    return tuple(_line(each) for each in tomllib.loads(text)["service"])


def _line(row: dict[str, Any]) -> KnownLine:
    return KnownLine(
        name=row["name"],
        place=row["place"],
        languages=tuple(row["languages"]),
        channels=tuple((each["kind"], each["address"]) for each in row["channels"]),
        ages=(row["ages"][0], row["ages"][1]) if "ages" in row else None,
        note=row.get("note", ""),
    )


def places() -> tuple[str, ...]:
    """The places of the list."""
    return tuple(sorted({each.place for each in known_lines()}))


def take_over(db: Session, key: AuditKey, actor: Actor, place: str, now: datetime) -> list[SupportService]:
    """Put the list's lines of a place into the directory; those whose name is there already stay as they are.

    Raises `Denied` for whoever does not keep the directory, `Invalid` for a place of which the list knows nothing.
    """
    lines = [each for each in known_lines() if each.place == place]
    if not lines:
        raise Invalid({"place": [sentence("The list knows no helpline of this place. Ask local partners.")]})
    there = set(db.scalars(select(SupportService.name)))
    return [save_service(db, key, actor, each.name, each.facts(), now) for each in lines if each.name not in there]
