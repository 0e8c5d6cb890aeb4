"""The headers of every answer: nothing stored, nothing referred, nothing from elsewhere, no code but ours."""

from __future__ import annotations

from flask import Flask, Response, request

from consult.web.assets import script_hashes
from consult.web.site import site

__all__ = ["install"]


def install(app: Flask) -> None:
    """Set the headers on every answer, errors included."""
    app.after_request(_harden)


def _harden(response: Response) -> Response:
    headers = response.headers
    exits = " ".join(sorted(set(site().settings.exit_addresses.values())))
    # The exit page must stand in form-action: it also covers the redirect that follows the Leave button's POST.
    headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; script-src {' '.join(script_hashes())}; img-src 'self' data:; "
        "connect-src 'none'; "
        f"form-action 'self' {exits}; base-uri 'none'; frame-ancestors 'none'"
    )
    if "Content-Disposition" in headers:  # a file to keep: should a browser show it all the same, it runs nothing
        headers["Content-Security-Policy"] += "; sandbox"
    headers["X-Frame-Options"] = "DENY"  # for browsers too old for frame-ancestors
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Robots-Tag"] = "noindex, nofollow"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), interest-cohort=()"
    if site().settings.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static" and response.status_code == 200:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        headers["Cache-Control"] = "no-store"
    return response
