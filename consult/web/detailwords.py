"""What may say who somebody is, in words: the questions beside what looks like it in a text."""

from __future__ import annotations

from consult.errors import sentence
from consult.redaction import DetailKind

__all__ = ["DETAILS"]

DETAILS: dict[DetailKind, str] = {
    DetailKind.EMAIL: sentence("an e-mail address?"),
    DetailKind.LINK: sentence("a link?"),
    DetailKind.DATE: sentence("a date?"),
    DetailKind.PHONE: sentence("a phone number?"),
    DetailKind.ADDRESS: sentence("an address?"),
    DetailKind.HANDLE: sentence("an account?"),
    DetailKind.AGE: sentence("an age?"),
    DetailKind.PLACE: sentence("a place?"),
    DetailKind.NAME: sentence("a name?"),
    DetailKind.NUMBER: sentence("a number?"),
}
