"""One save of a staff form: in one transaction, refusals beside the fields, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from sqlalchemy.orm import Session

from consult.database import write
from consult.errors import Conflict, Invalid
from consult.web.forms import StaffForm
from consult.web.site import site

__all__ = ["attempt", "seen_version", "status_of"]

T = TypeVar("T")
_MOST_DIGITS = 10


def attempt(form: StaffForm, work: Callable[[Session], T]) -> T | None:
    """What `work` gives, stored; None when it was refused, and then the form says why. `Denied` goes on its way."""
    if not form.validate():
        return None
    try:
        with write(site().engine) as db:
            return work(db)
    except Invalid as error:
        form.refuse(error)
    except Conflict as error:
        form.clash = error.message
    return None


def seen_version() -> int:
    """The version that the editor's page was made from; -1, which none has, when it is missing."""
    given: Any = request.form.get("version", "")
    return int(given) if given.isdecimal() and len(given) < _MOST_DIGITS else -1


def status_of(form: StaffForm) -> int:
    """The status of a page that shows this form."""
    if form.clash:
        return 409
    return 422 if form.problems else 200
