"""The fields of a support service: to and from the facts that the gate looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from wtforms import FieldList, Form, FormField, HiddenField

from consult.errors import Invalid, sentence
from consult.services.help.directory import ServiceView
from consult.web.facilitate.hoursform import given_hours, hours_field
from consult.web.forms import (
    WRONG_WAY_ROUND,
    ZONE_HINT,
    StaffForm,
    chosen_zone,
    day_field,
    many,
    number_field,
    offered,
    one_of,
    picked,
    text_field,
    tick_field,
)
from consult.web.languages import LANGUAGES
from consult.web.placenames import NOT_A_PLACE, is_code
from consult.web.words import AUDIENCES, language_name
from safeguards.plan import ServiceKind
from safeguards.timezones import zone_of

__all__ = ["ServiceForm", "stored_service"]

_CHANNELS = 3
_KINDS = {
    ServiceKind.AGREEMENT: sentence("It signed an agreement for these dates"),
    ServiceKind.PUBLIC_NUMBER: sentence("A number that anybody may call"),
}
_WAYS = {
    "phone": sentence("Phone"),
    "chat": sentence("Chat"),
    "text": sentence("Text message"),
    "email": sentence("E-mail"),
    "in_person": sentence("In person"),
}


_KNOWN = {
    "": sentence("Nobody knows yet"),
    "yes": sentence("Yes"),
    "no": sentence("No"),
}
_ANSWERS = {"yes": True, "no": False}
_NEEDED = {
    "name": sentence("Write the name of the service as participants know it."),
    "languages": sentence("Choose the languages it speaks."),
    "jurisdictions": sentence("Write at least one place it serves."),
}


class ChannelForm(Form):  # type: ignore[misc]
    """One way to reach the service."""

    id = HiddenField()
    kind = one_of(sentence("Way"), listed=True)
    address = text_field(sentence("Number or address"))
    free = tick_field(sentence("Free of charge"))
    cost = text_field(sentence("Else what does it cost?"))
    on_bill = one_of(sentence("Does it show on the phone bill or in the list of calls?"), listed=True)
    backup = tick_field(sentence("Takes over when the first does not answer"))


class ServiceForm(StaffForm):
    """What a service offers, to whom, when and how."""

    seen = HiddenField()
    name = text_field(sentence("Name of the service"), sentence("As participants know it."))
    kind = one_of(sentence("What do you have with it?"))
    languages = many(sentence("Languages it speaks"))
    jurisdictions = text_field(sentence("Places it serves"), sentence("With commas between: PE, CO."))
    audiences = many(sentence("Whom it agreed to take"), hint=sentence("None ticked: everybody."))
    youngest = number_field(sentence("Youngest age it serves"), sentence("Empty: every age."))
    oldest = number_field(sentence("Oldest age it serves"))
    channels = FieldList(FormField(ChannelForm), min_entries=_CHANNELS)
    round_the_clock = tick_field(sentence("Answers at every hour of every day"))
    timezone = text_field(sentence("Time zone of its hours"), ZONE_HINT)
    hours = hours_field()
    abuse_trained = one_of(sentence("Are its people trained on sexual abuse?"), listed=True)
    source = text_field(sentence("Where did you find it?"))
    agreement_ends = day_field(sentence("The agreement ends on"))
    interpreter_minutes = number_field(
        sentence("Minutes until an interpreter joins"), sentence("Empty: its people speak these languages themselves.")
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(
            data,
            kind=picked(_KINDS),
            audiences=picked(AUDIENCES),
            abuse_trained=picked(_KNOWN),
            languages=_spoken(data),
        )
        self.abuse_trained.data = self.abuse_trained.data or ""
        for entry in self.channels:
            entry.form.kind.choices = offered(picked(_WAYS))
            entry.form.kind.data = entry.form.kind.data or "phone"
            entry.form.on_bill.choices = offered(picked(_KNOWN))
            entry.form.on_bill.data = entry.form.on_bill.data or ""

    def checks(self) -> Iterable[Callable[[], object]]:
        """What is needed, the places, the ages and the zone."""
        return (self._needed, self._places, self._ages, self._zone)

    def facts(self) -> dict[str, Any]:
        """The service's facts, what is empty left out. Raises `Invalid`."""
        found = {
            "kind": self.kind.data,
            "languages": self.languages.data or [],
            "jurisdictions": self._places(),
            "audiences": self.audiences.data or [],
            "ages": self._ages(),
            "channels": self._channels(),
            "round_the_clock": self.round_the_clock.data,
            "timezone": self._zone(),
            "hours": given_hours(self.hours),
            "abuse_trained": _ANSWERS.get(self.abuse_trained.data),
            "source": self.source.data or None,
            "agreement_ends": self._agreement_ends(),
            "interpreter_minutes": self.interpreter_minutes.data,
        }
        trained = {"abuse_trained": False} if found["abuse_trained"] is False else {}
        return {name: value for name, value in found.items() if value not in (None, [], False)} | trained

    def _needed(self) -> None:
        missing = {name: [message] for name, message in _NEEDED.items() if not self[name].data}
        if missing:
            raise Invalid(missing)

    def _places(self) -> list[str]:
        typed = [each.strip().upper() for each in self.jurisdictions.data.split(",") if each.strip()]
        if not all(map(is_code, typed)):
            raise Invalid({"jurisdictions": [NOT_A_PLACE]})
        return typed

    def _zone(self) -> str | None:
        """Of hours that are given; who answers at every hour needs none."""
        typed = self.timezone.data
        if not (typed or given_hours(self.hours)):
            return None
        return chosen_zone(typed, "" if typed else zone_of(*self._places())).key

    def _ages(self) -> list[int] | None:
        youngest, oldest = self.youngest.data, self.oldest.data
        if youngest is not None and oldest is not None and youngest > oldest:
            raise Invalid({"oldest": [WRONG_WAY_ROUND]})
        return None if youngest is None and oldest is None else [youngest or 0, 120 if oldest is None else oldest]

    def _channels(self) -> list[dict[str, Any]]:
        rows = [entry.data for entry in self.channels]
        return [
            {
                "id": row["id"] or uuid4().hex[:12],
                "kind": row["kind"],
                "address": row["address"],
                "free": row["free"],
                "backup": row["backup"],
                **({"cost": row["cost"]} if row["cost"] and not row["free"] else {}),
                **({"on_bill": _ANSWERS[row["on_bill"]]} if row["on_bill"] in _ANSWERS else {}),
            }
            for row in rows
            if row["address"]
        ]

    def _agreement_ends(self) -> str | None:
        ends: date | None = self.agreement_ends.data
        return datetime.combine(ends, time(23, 59), UTC).isoformat() if ends else None


def _said(known: bool | None) -> str:
    return {True: "yes", False: "no"}.get(known, "") if known is not None else ""


def _spoken(data: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """The languages of the site, and those that the service speaks besides."""
    stored = (data or {}).get("languages", ())
    codes = dict.fromkeys([*LANGUAGES, *stored])
    return [(code, LANGUAGES[code].name if code in LANGUAGES else language_name(code)) for code in codes]


def stored_service(found: ServiceView) -> Mapping[str, Any]:
    """What is stored, as the form shows it."""
    facts = found.facts
    ages = facts.get("ages") or (None, None)
    ends = facts.get("agreement_ends")
    return {
        "name": found.name,
        "kind": facts["kind"],
        "languages": list(facts["languages"]),
        "jurisdictions": ", ".join(facts["jurisdictions"]),
        "audiences": list(facts.get("audiences", ())),
        "youngest": ages[0],
        "oldest": ages[1],
        "channels": [{**each, "on_bill": _said(each.get("on_bill"))} for each in facts.get("channels", ())],
        "abuse_trained": _said(facts.get("abuse_trained")),
        "source": facts.get("source", ""),
        "round_the_clock": bool(facts.get("round_the_clock")),
        "timezone": facts.get("timezone", ""),
        "hours": list(facts.get("hours", ())),
        "agreement_ends": datetime.fromisoformat(ends).date() if ends else None,
        "interpreter_minutes": facts.get("interpreter_minutes"),
    }
