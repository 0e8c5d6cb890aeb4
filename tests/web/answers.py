"""What every answer of the site has to carry, and what has to stand on every page of a participant."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from tests.web.participate.world import EXIT

__all__ = ["helps_and_lets_leave", "is_hardened"]

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TELLING = re.compile(r"sex|abus|harm|violen|surviv|exploit|safeguard|child", re.IGNORECASE)


def is_hardened(answer: TestResponse) -> None:
    """Nothing stored, nothing referred, nothing from elsewhere, no code but ours; forms go here or to the exit."""
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    parts = (each.split() for each in answer.headers["Content-Security-Policy"].split(";"))
    policy = {name: values for name, *values in parts}
    for name in ("default-src", "connect-src", "frame-ancestors", "base-uri"):
        assert policy[name] == ["'none'"]
    assert policy["form-action"] == ["'self'", EXIT]
    assert all(value.startswith("'sha256-") for value in policy["script-src"])


def helps_and_lets_leave(page: str) -> None:
    """Whatever happened: leaving without scripts, help, what to do in danger, and a title that tells nothing."""
    assert re.search(r'<form [^>]*method="post" action="/leave"><button', page)
    assert page.count('form="x"') >= 2
    assert 'id="help"' in page
    assert "In danger right now?" in page
    assert re.search(r"(grown-up|people) you trust", page)
    (title,) = re.findall(r"<title>(.*?)</title>", page)
    assert not TELLING.search(title)
