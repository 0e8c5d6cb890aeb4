"""Staff forms: what was typed stays, what is wrong is said beside its field and again above the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import request
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import Choice, SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from consult.errors import Invalid, sentence
from consult.web.languages import gettext
from consult.web.words import told

__all__ = [
    "NOT_AN_AGE",
    "WRONG_WAY_ROUND",
    "ZONE_HINT",
    "StaffForm",
    "chosen_zone",
    "day_field",
    "in_zone",
    "known_zone",
    "local",
    "many",
    "number_field",
    "offered",
    "one_of",
    "one_or_none",
    "pick_one",
    "picked",
    "text_field",
    "tick_field",
    "words_field",
]

NOT_AN_AGE = sentence("Write an age in whole years.")
ZONE_HINT = sentence("A name such as America/Lima. Empty: that of the place, where all clocks show the same.")
WRONG_WAY_ROUND = sentence("The oldest age can not be under the youngest.")
_NOT_A_DAY = sentence("Write a day as year-month-day, such as 2027-03-31.")
_NOT_A_NUMBER = sentence("Write a whole number.")
_NOT_SO_MANY = sentence("Write a whole number from 0 to 1000000.")
_NOT_A_CHOICE = sentence("Choose one of the answers.")
_NOT_A_TIME = sentence("Write a day and a time, such as 2027-03-31T09:00.")
_WHICH_ZONE = sentence("Write the time zone of these times: the place alone does not say it.")
_NOT_A_ZONE = sentence("Write a time zone such as America/Lima or Europe/Paris.")
_OF_ANY_FIELD = frozenset({NOT_AN_AGE, _NOT_A_DAY, _NOT_A_NUMBER, _NOT_SO_MANY, _NOT_A_CHOICE, _NOT_A_TIME})
_MOST = 1_000_000
_LOCAL = "%Y-%m-%dT%H:%M"


class StaffForm(Form):  # type: ignore[misc]
    """A form filled from what was sent, else from values; `problems` is what the summary above it shows."""

    def __init__(self, data: Mapping[str, Any] | None = None, **choices: Any) -> None:  # noqa: ANN401 - WTForms' own
        super().__init__(formdata=request.form if request.method == "POST" else None, data=dict(data or {}))
        self._general: list[str] = []
        #: why somebody else's save came first, and what is different in theirs: (id of the field, label, their value)
        self.clash = ""
        self.theirs: list[tuple[str, str, str]] = []
        for name, given in choices.items():
            self[name].choices = offered(given)

    @property
    def is_sent(self) -> bool:
        """Whether this request sends the form, so that it is to be saved."""
        return request.method == "POST"

    def validate(self, extra_validators: object = None) -> bool:
        """Whether every field holds what it should, by itself and with others; choices are set by then."""
        super().validate(extra_validators)
        for check in self.checks():
            try:
                check()
            except Invalid as error:
                self.refuse(error)
        return not self.problems

    def checks(self) -> Iterable[Callable[[], object]]:
        """What is read from several fields, each raising `Invalid`: all that is wrong is said in one go."""
        return ()

    def refuse(self, error: Invalid) -> None:
        """Put a service's sentences beside the fields they belong to; those of no field here stand in the summary."""
        for name, sentences in error.problems.items():
            if name in self and not isinstance(self[name], FieldList | FormField):
                self[name].errors = self[name].errors or sentences
            else:
                self._general.extend(sentences)

    def compare(self, stored: Mapping[str, Any]) -> None:
        """After a clash: say where what is stored now differs from what was typed, which stays."""
        for field in self:
            if field.name in stored and _shown(field.data) != _shown(stored[field.name]):
                self.theirs.append((field.id, gettext(field.label.text), _shown(stored[field.name])))

    @property
    def problems(self) -> Sequence[tuple[str, str]]:
        """(id of the field or "", sentence) for everything that is wrong, in the order of the fields."""
        of_fields = [(field.id, _apart(field, each)) for field in _leaves(self) for each in field.errors]
        return [*of_fields, *(("", told(each)) for each in self._general)]


def _apart(field: Field, problem: str) -> str:
    """What is wrong as the summary says it: sentences that fit any field stand behind the name of theirs."""
    return f"{gettext(field.label.text)} – {told(problem)}" if problem in _OF_ANY_FIELD else told(problem)


def _leaves(form: Form) -> Iterator[Field]:
    for field in form:
        if isinstance(field, FieldList):
            for entry in field:
                yield from _leaves(entry.form) if isinstance(entry, FormField) else (entry,)
        else:
            yield field


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_shown(each) for each in value)
    if isinstance(value, Mapping):
        return " ".join(_shown(each) for each in value.values() if each not in (False, "", None))
    return "" if value is None else str(value)


class _Number(IntegerField):  # type: ignore[misc]
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_NOT_A_NUMBER) from error


class _Day(DateField):  # type: ignore[misc]
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_NOT_A_DAY) from error


class _OneOf:
    may_be_empty = False

    def pre_validate(self, form: object) -> None:
        if self.may_be_empty and not self.data:  # type: ignore[attr-defined]
            return
        try:
            super().pre_validate(form)  # type: ignore[misc]
        except ValidationError as error:
            raise ValidationError(_NOT_A_CHOICE) from error


class _Radio(_OneOf, RadioField):  # type: ignore[misc]
    pass


class _OptionalRadio(_Radio):
    may_be_empty = True


class _Select(_OneOf, SelectField):  # type: ignore[misc]
    pass


class _Unchosen(_Select):
    def iter_choices(self) -> list[Choice]:
        return [Choice(value="", label="–", selected=False, render_kw={}), *super().iter_choices()]


class _Boxes(_OneOf, SelectMultipleField):  # type: ignore[misc]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def text_field(label: str, hint: str = "") -> Field:
    """One line of text."""
    return StringField(label, description=hint, filters=[_stripped])


def words_field(label: str, hint: str = "") -> Field:
    """Several lines of text."""
    return TextAreaField(label, description=hint, filters=[_stripped])


def day_field(label: str, hint: str = "") -> Field:
    """A day; may be left empty."""
    return _Day(label, description=hint, validators=[Optional()])


def number_field(label: str, hint: str = "") -> Field:
    """A whole number; may be left empty."""
    return _Number(label, description=hint, validators=[Optional(), NumberRange(0, _MOST, _NOT_SO_MANY)])


def tick_field(label: str, hint: str = "") -> Field:
    """One box to tick."""
    return BooleanField(label, description=hint)


def one_of(label: str, choices: Sequence[tuple[str, str]] = (), hint: str = "", *, listed: bool = False) -> Field:
    """One choice, as radio buttons or (`listed`) as a drop-down list."""
    return _choice(_Select if listed else _Radio, label, choices, hint)


def pick_one(label: str) -> Field:
    """One choice from a list in which none is chosen beforehand: where a press too early would give something away."""
    return _Unchosen(label, validate_choice=True)


def one_or_none(label: str, choices: Sequence[tuple[str, str]] = (), hint: str = "") -> Field:
    """One choice as radio buttons, or none where the question does not apply."""
    return _choice(_OptionalRadio, label, choices, hint)


def _choice(kind: type[Field], label: str, choices: Sequence[tuple[str, str]], hint: str) -> Field:
    return kind(label, choices=offered(choices), description=hint, validate_choice=True)


def many(label: str, choices: Sequence[tuple[str, str]] = (), hint: str = "") -> Field:
    """Several choices as boxes."""
    return _Boxes(label, choices=offered(choices), description=hint)


def offered(choices: Sequence[tuple[str, str]]) -> list[SelectChoice]:
    """(value, words) pairs as WTForms takes them."""
    return [SelectChoice(value, words) for value, words in choices]


def picked(table: Mapping[Any, str]) -> list[tuple[str, str]]:
    """Choices from a table of words, in the language of the request."""
    return [(str(code), gettext(text)) for code, text in table.items()]


def chosen_zone(typed: str, otherwise: str) -> ZoneInfo:
    """The time zone that was typed, else that of the place. Raises `Invalid` for the field `timezone`."""
    if not (typed or otherwise):
        raise Invalid({"timezone": [_WHICH_ZONE]})
    return known_zone(typed or otherwise)


def known_zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises `Invalid` for the field `timezone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid({"timezone": [_NOT_A_ZONE]}) from error


def in_zone(typed: str, zone: ZoneInfo, field: str) -> datetime | None:
    """The moment of a local date and time as a browser sends it, in UTC; None when empty. Raises `Invalid`."""
    if not typed:
        return None
    try:
        return datetime.strptime(typed[:16], _LOCAL).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the first and the last year have no UTC in every zone
        raise Invalid({field: [_NOT_A_TIME]}) from error


def local(moment: str, zone: str) -> str:
    """A stored moment (ISO 8601) as a browser's date-and-time field shows it; "" for none."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime(_LOCAL) if moment else ""


def _stripped(value: str | None) -> str:
    return (value or "").strip()
