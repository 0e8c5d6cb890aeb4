"""The headers of every answer: nothing stored, nothing referred, nothing from elsewhere, no code but ours."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from consult.web.assets import script_hashes
from consult.web.site import site

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["install"]


class SiteResponse(Response):
    """Flask's response, with the headers of every answer behind its own: those need no looking at each time."""

    always: tuple[tuple[str, str], ...] = ()

    def get_wsgi_response(self, environ: WSGIEnvironment) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        body, status, own = super().get_wsgi_response(environ)
        return body, status, [*own, *self.always]


def install(app: Flask) -> None:
    """Set the headers on every answer, errors included."""
    app.response_class = SiteResponse
    app.after_request(_harden)


def _harden(response: SiteResponse) -> SiteResponse:
    settings = site().settings
    response.headers.pop("Cache-Control", None)
    response.always = _headers(
        script_hashes(),
        tuple(sorted(set(settings.exit_addresses.values()))),
        secure=settings.secure_cookies,
        file="Content-Disposition" in response.headers,
        immutable=request.endpoint == "static" and response.status_code == 200,
    )
    return response


@lru_cache(maxsize=64)
def _headers(
    scripts: tuple[str, ...], exits: tuple[str, ...], *, secure: bool, file: bool, immutable: bool
) -> tuple[tuple[str, str], ...]:
    """Those that are the same for all answers of a page's kind: no view sets one of them."""
    # The exit page must stand in form-action: it also covers the redirect that follows the Leave button's POST.
    policy = (
        f"default-src 'none'; style-src 'self'; script-src {' '.join(scripts)}; img-src 'self' data:; "
        "media-src 'self'; connect-src 'none'; "
        f"form-action 'self' {' '.join(exits)}; base-uri 'none'; frame-ancestors 'none'"
        f"{'; sandbox' if file else ''}"  # a file to keep: should a browser show it all the same, it runs nothing
    )
    transport = (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),) if secure else ()
    return (
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),  # for browsers too old for frame-ancestors
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Robots-Tag", "noindex, nofollow"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()"),
        ("Cache-Control", "public, max-age=31536000, immutable" if immutable else "no-store"),
        *transport,
    )
