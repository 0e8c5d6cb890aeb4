"""Staff forms: what was typed stays, what is wrong is said beside its field and again above the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from wtforms import Form

from consult.errors import Invalid
from consult.web.languages import gettext

__all__ = ["StaffForm"]


class StaffForm(Form):  # type: ignore[misc]
    """A form filled from what was sent, else from values; `problems` is what the summary above it shows."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(formdata=request.form if request.method == "POST" else None, data=dict(data or {}))
        self._general: list[str] = []

    def refuse(self, error: Invalid) -> None:
        """Put a service's sentences beside the fields they belong to; those of no field here stand in the summary."""
        for name, sentences in error.problems.items():
            if name in self:
                self[name].errors = [*self[name].errors, *sentences]
            else:
                self._general.extend(sentences)

    @property
    def problems(self) -> Sequence[tuple[str, str]]:
        """(id of the field or "", sentence) for everything that is wrong, in the order of the fields."""
        of_fields = [(field.id, gettext(str(sentence))) for field in self for sentence in field.errors]
        return [*of_fields, *(("", gettext(sentence)) for sentence in self._general)]
