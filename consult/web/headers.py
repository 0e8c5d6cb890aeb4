"""The headers of every answer: nothing stored, nothing referred, nothing from elsewhere, no code but ours."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, Response, request

from consult.web.assets import script_hashes
from consult.web.site import site

__all__ = ["install"]


def install(app: Flask) -> None:
    """Set the headers on every answer, errors included."""
    app.after_request(_harden)


def _harden(response: Response) -> Response:
    headers, settings = response.headers, site().settings
    exits = tuple(sorted(set(settings.exit_addresses.values())))
    headers.extend(_headers(script_hashes(), exits, settings.secure_cookies))
    if "Content-Disposition" in headers:  # a file to keep: should a browser show it all the same, it runs nothing
        headers["Content-Security-Policy"] += "; sandbox"
    if request.endpoint == "static" and response.status_code == 200:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        headers["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=32)
def _headers(scripts: tuple[str, ...], exits: tuple[str, ...], secure: bool) -> tuple[tuple[str, str], ...]:
    """Those that are the same for all answers of a page's kind: no view sets one of them."""
    # The exit page must stand in form-action: it also covers the redirect that follows the Leave button's POST.
    policy = (
        f"default-src 'none'; style-src 'self'; script-src {' '.join(scripts)}; img-src 'self' data:; "
        "media-src 'self'; connect-src 'none'; "
        f"form-action 'self' {' '.join(exits)}; base-uri 'none'; frame-ancestors 'none'"
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
        *transport,
    )
