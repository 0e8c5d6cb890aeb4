"""A staff form that came too late: nothing is saved, and what somebody wrote is shown once more, to copy it.

Nothing of it is kept here: it stands on the answer to the form that sent it, in the browser that sent it. Only a page
of our own gets its words back, so that no other site makes ours say something; never what is typed to sign.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import render_template, request

__all__ = ["what_was_written"]

_WORTH_COPYING = 30
"""Letters; shorter words are typed again sooner than copied."""


def what_was_written(*, signed_out: bool) -> tuple[str, int] | None:
    """The page with the words of the form that this request sent; None where it has none or came from elsewhere."""
    ours = request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "same-origin"
    words = list(_words()) if ours and request.blueprint != "signin" else []
    return (render_template("staff/unsaved.html", words=words, signed_out=signed_out), 403) if words else None


def _words() -> Iterator[str]:
    for name, given in request.form.items(multi=True):
        if "passphrase" not in name and len(given) >= _WORTH_COPYING and len(given.split()) > 1:
            yield given
