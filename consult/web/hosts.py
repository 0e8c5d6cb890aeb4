"""Only the site's own name is answered, and only its own forms are taken; leaving works whoever sends it."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from consult.errors import NotFound
from consult.web.site import site

__all__ = ["install"]

_LEAVE = "participate.leave"
_OURS = frozenset({"same-origin", "none"})


def install(app: Flask) -> None:
    """Ask before every request. Flask's own TRUSTED_HOSTS would leave its refusal without any address to link to."""
    app.before_request(_own_name_only)
    app.before_request(_own_forms_only)


def _own_name_only() -> None:
    if request.endpoint != _LEAVE and _name_in(request.host) != site().settings.host_name:
        raise NotFound


@lru_cache(maxsize=16)
def _name_in(host: str) -> str | None:
    """The name in a Host header, without the port."""
    return urlsplit(f"//{host}").hostname


def _own_forms_only() -> None:
    """A form on somebody else's page sends nothing here, neither a code nor a receipt; browsers say where it stands."""
    if request.method != "POST" or request.endpoint == _LEAVE:
        return
    if request.headers.get("Sec-Fetch-Site", "none") not in _OURS:
        raise BadRequest
