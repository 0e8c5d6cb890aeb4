"""Limits on what is sent: how many fields a form may have, and how often an address may try the same thing."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Flask, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from consult.services.throttle import Tried
from consult.web.site import site

__all__ = ["count_try", "install", "may_try"]

_LEAVE = "participate.leave"


def install(app: Flask) -> None:
    """Ask before every request; leaving asks nothing."""
    app.before_request(_few_fields)


def may_try(what: Tried) -> bool:
    """Whether this visitor's address is under the limit."""
    return site().throttle.allows(what, _address(), site().clock())


def count_try(what: Tried) -> bool:
    """Count one more try of this visitor's address; whether it was under the limit."""
    return site().throttle.count(what, _address(), site().clock())


def _few_fields() -> None:
    """Flask counts the parts of a multipart form only."""
    if request.method == "POST" and request.endpoint != _LEAVE:
        most = current_app.config["MAX_FORM_PARTS"]
        if sum(len(values) for values in request.form.listvalues()) > most:
            raise RequestEntityTooLarge


def _address() -> str:
    """Where the request comes from: the peer, or, where the peer is our own proxy, whom the proxy names last."""
    peer = request.remote_addr or ""
    if not _is_proxy(peer):
        return peer
    named = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
    return next((each for each in reversed(named) if each and not _is_proxy(each)), peer)


def _is_proxy(address: str) -> bool:
    try:
        read = ip_address(address)
    except ValueError:
        return False
    return any(read in network for network in site().settings.proxies)
