"""Notices: everything that concerns the person who looks, until they put it away or it is over."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.services import telling
from consult.web.noticewords import SAYINGS, about, where_to
from consult.web.signin.blueprint import signin
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["notices", "put_away"]


@signin.get("/notices")
def notices() -> str:
    """The list."""
    with read(site().engine) as db:
        found = telling.notices(db, actor(), site().clock())
    return render_template("staff/notices.html", notices=found, sayings=SAYINGS, about=about, where_to=where_to)


@signin.post("/notices")
def put_away() -> Response:
    """Put one away, or all that the page showed."""
    with write(site().engine) as db:
        telling.mark_seen(db, actor(), request.form.getlist("id"), site().clock())
    return redirect(url_for("signin.home" if request.form.get("back") == "home" else "signin.notices"), 303)
