"""Only the site's own host name is answered, so that nothing it says leads elsewhere; leaving works under any name."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request

from consult.errors import NotFound
from consult.web.site import site

__all__ = ["install"]

_LEAVE = "participate.leave"


def install(app: Flask) -> None:
    """Ask before every request. Flask's own TRUSTED_HOSTS would leave its refusal without any address to link to."""
    app.before_request(_own_name_only)


def _own_name_only() -> None:
    if request.endpoint != _LEAVE and urlsplit(f"//{request.host}").hostname != site().settings.host_name:
        raise NotFound
