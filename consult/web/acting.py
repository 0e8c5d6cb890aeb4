"""Acts that count: the passphrase is typed again, and every refusal stands above the form with what was typed kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from wtforms import EmailField, Field, PasswordField

from consult.database import write
from consult.errors import Conflict, Denied, Invalid, Refused, sentence
from consult.services.beforehand import prepared
from consult.services.people.secondfactor import CodeUnfit, count_unfit
from consult.services.signed.signing import Countersigner
from consult.web.forms import StaffForm
from consult.web.site import site

__all__ = ["ActForm", "act", "code_field", "countersigner", "email_field", "passphrase_field"]

T = TypeVar("T")
Within = Callable[[Engine], AbstractContextManager[Session]]


class ActForm(StaffForm):
    """A form of an act; `status` is the one that its page answers with."""

    status = 200


def passphrase_field(label: str = sentence("Your passphrase, typed again")) -> Field:
    """A passphrase; it is never put back into a page."""
    return PasswordField(label, render_kw={"autocomplete": "current-password", "dir": "ltr"})


def code_field(label: str) -> Field:
    """A code of somebody's second step; it is never put back into a page."""
    hint = sentence("From the app on their phone, or one of their backup codes.")
    return PasswordField(label, description=hint, render_kw={"autocomplete": "one-time-code", "dir": "ltr"})


def email_field(label: str) -> Field:
    """An e-mail address."""
    return EmailField(label, render_kw={"autocomplete": "off", "dir": "ltr"})


def countersigner(email: str | None, passphrase: str | None, code: str | None) -> Countersigner | None:
    """The second person, if one was named."""
    return Countersigner(email.strip(), passphrase or "", code or "") if email and email.strip() else None


def act(form: ActForm, work: Callable[[Session], T], within: Within = write) -> T | None:
    """What `work` gives, stored (or only looked at, `within=read`); None when it was refused, and the form says why.

    It may be begun several times: passphrases are stretched before the transaction that counts.
    """
    if not form.validate():
        form.status = 422
        return None
    try:
        return prepared(site().engine, work, within)
    except Invalid as error:
        form.refuse(error)
        form.status = 422
    except Denied as error:
        if isinstance(error, CodeUnfit):
            with write(site().engine) as db:
                count_unfit(db, site().keys, error, site().clock())
        form.refuse(Invalid({"": [error.message]}))
        form.status = 403
    except (Conflict, Refused) as error:
        form.refuse(Invalid({"": [error.message]}))
        form.status = 409
    return None
