"""Hours on some days of the week, as the plan of a part and a service have them."""

from __future__ import annotations

import re
from typing import Any

from wtforms import Field, FieldList, Form, FormField
from wtforms.validators import ValidationError

from consult.errors import sentence
from consult.web.forms import many, offered, picked, text_field
from consult.web.words import WEEKDAYS

__all__ = ["given_hours", "hours_field"]

_ENTRIES = 2
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


class HoursForm(Form):  # type: ignore[misc]
    """From when to when, on the days that are ticked."""

    days = many(sentence("Days"))
    open = text_field(sentence("From"), sentence("Local time, such as 09:00."))
    close = text_field(sentence("To"), sentence("24:00 is midnight at the end of the day."))

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)
        self.days.choices = offered(picked(WEEKDAYS))

    def validate_days(self, field: Field) -> None:
        """Days for the hours that are typed: without them they would be lost."""
        if not field.data and (self.open.data or self.close.data):
            raise ValidationError(sentence("Tick the days on which these hours begin."))

    def validate_open(self, field: Field) -> None:
        """An hour, on days that are ticked."""
        if self.days.data and not _HOUR.fullmatch(field.data):
            raise ValidationError(sentence("Write a time such as 09:30 or 24:00."))

    validate_close = validate_open


def hours_field() -> Field:
    """Room for hours of two kinds of days, or for as many as are stored."""
    return FieldList(FormField(HoursForm), min_entries=_ENTRIES)


def given_hours(field: Field) -> list[dict[str, Any]]:
    """The hours that were typed, as facts of a plan or a service."""
    return [entry.data for entry in field if entry.data["days"]]
