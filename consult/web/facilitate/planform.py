"""The fields of a part's plan: to and from the facts that the gate looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from wtforms import Field, FieldList, Form, FormField
from wtforms.validators import ValidationError

from consult.errors import Invalid, sentence
from consult.services.desks.desk import StrandView
from consult.web.facilitate.hoursform import given_hours, hours_field
from consult.web.forms import (
    NOT_AN_AGE,
    WRONG_WAY_ROUND,
    ZONE_HINT,
    StaffForm,
    chosen_zone,
    day_field,
    in_zone,
    known_zone,
    local,
    many,
    number_field,
    text_field,
    tick_field,
    words_field,
)
from consult.web.languages import LANGUAGES, current_language
from consult.web.placenames import NOT_A_PLACE, countries, is_code
from safeguards.timezones import zone_of

__all__ = ["PLACES", "PlanForm", "stored_plan"]

PLACES = 3
_LANGUAGE_CHOICES = [(language.code, language.name) for language in LANGUAGES.values()]


class AuthorityForm(Form):  # type: ignore[misc]
    """Whom the law of a place makes adults tell, in each language that participants may read."""


for _code, _language in LANGUAGES.items():
    setattr(AuthorityForm, _code, text_field(_language.name))


class PlaceForm(Form):  # type: ignore[misc]
    """A place whose law applies, the emergency number shown there, and whom adults there must tell."""

    code = text_field(sentence("Place"))
    number = text_field(sentence("Emergency number"))
    all_day = tick_field(sentence("Answers day and night"))
    authority = FormField(AuthorityForm)

    def validate_code(self, field: Field) -> None:
        """A code, not a name: nothing else would ever meet the places of a service."""
        if field.data and not is_code(field.data):
            raise ValidationError(NOT_A_PLACE)


class PlanForm(StaffForm):
    """Who, when and where."""

    name = text_field(sentence("What the team calls this group"), sentence("Such as: Children 13 to 17, online."))
    youngest = number_field(sentence("Youngest age"))
    oldest = number_field(sentence("Oldest age"))
    languages = many(
        sentence("Languages in which they may answer"),
        _LANGUAGE_CHOICES,
        sentence("A language opens only when its texts are complete and a service speaks it."),
    )
    timezone = text_field(sentence("Time zone"), ZONE_HINT)
    opens = text_field(sentence("Opens"))
    closes = text_field(sentence("Closes"))
    hours = hours_field()
    minutes = number_field(sentence("Minutes it takes one person"))
    expected_participants = number_field(sentence("How many people do you expect?"))
    guardian_age = number_field(
        sentence("Children younger than this bring a code from a parent or guardian"),
        sentence("An age. Empty: nobody needs one, because consent is kept on paper or a waiver was approved."),
    )
    places = FieldList(FormField(PlaceForm), min_entries=PLACES)
    claims_to_represent = tick_field(
        sentence("The report will claim to speak for children in general"),
        sentence("Then there has to be a way to take part without a screen."),
    )
    decision_day = day_field(
        sentence("Decide by"),
        sentence("On this day the lead decides with what is in place: open, ask adults instead, or refuse."),
    )
    public_reason = words_field(
        sentence("Why are children not asked?"), sentence("Published with the report, word for word.")
    )
    ask_children_by = day_field(
        sentence("By which day will children be asked themselves?"),
        sentence("A promise: it is counted until it is kept."),
    )

    also_survivors = tick_field(
        sentence("All of them are survivors themselves"),
        sentence("Young adults stand in for child survivors only if they are."),
    )
    existing_group = tick_field(
        sentence("The service runs this group already"),
        sentence("Children who caused harm meet in no group that is made for a consultation."),
    )

    @property
    def countries(self) -> list[tuple[str, str]]:
        """Code and name of what can be chosen as a place, besides parts of countries."""
        return countries(current_language().locale)

    @property
    def zones(self) -> tuple[str, ...]:
        """The time zones that are named after a city."""
        return _zones()

    def checks(self) -> Iterable[Callable[[], object]]:
        """Ages, zone and window."""
        return (self._ages, self._window)

    def facts(self) -> dict[str, Any]:
        """The plan's facts; None takes a fact out. Raises `Invalid` for what can not be read as a time or age."""
        ages = self._ages()
        places = [entry.data for entry in self.places if entry.data["code"]]
        return {
            "ages": ages,
            "languages": self.languages.data or [],
            "jurisdictions": self._places(),
            "emergency": [_emergency(place) for place in places if place["number"]],
            "window": self._window(),
            "minutes": self.minutes.data,
            "expected_participants": self.expected_participants.data,
            "guardian_age": self.guardian_age.data,
            "claims_to_represent": bool(self.claims_to_represent.data),
            "ask_children_by": self.ask_children_by.data.isoformat() if self.ask_children_by.data else None,
            "also_survivors": bool(self.also_survivors.data) or None,
            "existing_group": bool(self.existing_group.data) or None,
        }

    def decision_due(self) -> datetime | None:
        """The end of the day by which the lead decides, where the plan's days are shown."""
        chosen: date | None = self.decision_day.data
        if chosen is None:
            return None
        zone = (self._window() or {}).get("timezone") or zone_of(*self._places()) or "UTC"
        return in_zone(f"{chosen.isoformat()}T23:59", known_zone(zone), "decision_day")

    def _ages(self) -> list[int]:
        youngest, oldest = self.youngest.data, self.oldest.data
        if youngest is None or oldest is None:
            ages = {"youngest": youngest, "oldest": oldest}
            raise Invalid({name: [NOT_AN_AGE] for name, age in ages.items() if age is None})
        if youngest > oldest:
            raise Invalid({"oldest": [WRONG_WAY_ROUND]})
        return [youngest, oldest]

    def _places(self) -> list[str]:
        return [entry.data["code"].upper() for entry in self.places if entry.data["code"]]

    def _window(self) -> dict[str, Any] | None:
        hours = given_hours(self.hours)
        times = self.opens.data or self.closes.data or hours
        zone = chosen_zone(self.timezone.data, zone_of(*self._places()) or ("" if times else "UTC"))
        if not times:
            return None
        opens = in_zone(self.opens.data, zone, "opens")
        closes = in_zone(self.closes.data, zone, "closes")
        if opens is None or closes is None:
            raise Invalid(
                {"opens" if opens is None else "closes": [sentence("Write both: when it opens and when it closes.")]}
            )
        if closes <= opens:
            raise Invalid({"closes": [sentence("It has to close after it opens.")]})
        window = {"opens": opens.isoformat(), "closes": closes.isoformat(), "timezone": zone.key}
        return {**window, "hours": hours} if hours else window


def _emergency(place: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "jurisdiction": place["code"].upper(),
        "number": place["number"],
        "round_the_clock": bool(place["all_day"]),
    }
    told = {language: whom for language, whom in place["authority"].items() if whom}
    return {**found, "authority": told} if told else found


def stored_plan(strand: StrandView) -> Mapping[str, Any]:
    """What is stored, as the form shows it."""
    facts = strand.facts
    window = facts.get("window") or {}
    numbers = {each["jurisdiction"]: each for each in facts.get("emergency") or ()}
    ages = facts.get("ages") or (None, None)
    return {
        "name": strand.name,
        "youngest": ages[0],
        "oldest": ages[1],
        "languages": list(facts.get("languages") or ()),
        "timezone": strand.zone,
        "opens": local(str(window.get("opens", "")), strand.timezone),
        "closes": local(str(window.get("closes", "")), strand.timezone),
        "hours": list(window.get("hours") or ()),
        "minutes": facts.get("minutes"),
        "expected_participants": facts.get("expected_participants"),
        "guardian_age": facts.get("guardian_age"),
        "places": [
            {
                "code": code,
                "number": numbers.get(code, {}).get("number", ""),
                "all_day": numbers.get(code, {}).get("round_the_clock", False),
                "authority": numbers.get(code, {}).get("authority") or {},
            }
            for code in facts.get("jurisdictions") or ()
        ]
        + [{}],
        "claims_to_represent": bool(facts.get("claims_to_represent")),
        "decision_day": strand.decision_due.astimezone(known_zone(strand.timezone)).date()
        if strand.decision_due
        else None,
        "public_reason": strand.public_reason,
        "also_survivors": bool(facts.get("also_survivors")),
        "existing_group": bool(facts.get("existing_group")),
        "ask_children_by": date.fromisoformat(facts["ask_children_by"]) if facts.get("ask_children_by") else None,
    }


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))
