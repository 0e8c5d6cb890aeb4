"""Limits on what is sent: how slowly, how many fields a form may have, how often an address may try the same thing.

The server hands a request over when its headers are there, and whoever asks for its body waits for it. So only some of
a worker's threads may wait for bodies at a time, and fewer for one address: the others always answer, and pages, help
and leaving, which need no body, come up whoever sends a letter a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Lock

from flask import Flask, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge, ServiceUnavailable

from consult.services.participation.throttle import Tried
from consult.web.site import site

__all__ = ["THREADS", "count_try", "install", "may_try"]

#: Threads of one worker; so many of them may wait for bodies, and so many for those of one address.
THREADS = 16
_WAITING = 12
_WAITING_FOR_ONE = 8
_LEAVE = "participate.leave"


class _Bodies:
    """How many bodies one worker waits for, by address and in all; a name is kept while its body is awaited only."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def awaited(self, address: str) -> Iterator[None]:
        """While a body is read. Raises `ServiceUnavailable` at once when too many are awaited."""
        with self._lock:
            if self._waiting.total() >= _WAITING or self._waiting[address] >= _WAITING_FOR_ONE:
                raise ServiceUnavailable
            self._waiting[address] += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting[address] -= 1
                self._waiting += Counter()  # drops names at nought


_BODIES = _Bodies()


def install(app: Flask) -> None:
    """Ask before every request; leaving asks nothing."""
    app.before_request(_read_body)


def may_try(what: Tried) -> bool:
    """Whether this visitor's address is under the limit."""
    return site().throttle.allows(what, _address(), site().clock())


def count_try(what: Tried) -> bool:
    """Count one more try of this visitor's address; whether it was under the limit."""
    return site().throttle.count(what, _address(), site().clock())


def _read_body() -> None:
    """The whole body, into memory, and no more fields than a form of ours has (Flask counts parts of files only)."""
    if request.method != "POST" or request.endpoint == _LEAVE or request.content_length == 0:
        return
    with _BODIES.awaited(_address()):
        body = request.get_data(cache=True)
    # Sent in pieces, without a length, a body is read as far as the limit: what is cut there is nobody's form.
    if request.content_length is None and len(body) >= (request.max_content_length or len(body) + 1):
        raise RequestEntityTooLarge
    if sum(len(values) for values in request.form.listvalues()) > current_app.config["MAX_FORM_PARTS"]:
        raise RequestEntityTooLarge


def _address() -> str:
    """Where the request comes from, found once for each."""
    if "address" not in g:
        g.address = _found_address()
    found: str = g.address
    return found


def _found_address() -> str:
    """The peer, or, where the peer is our own proxy, whom the proxy names last."""
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
