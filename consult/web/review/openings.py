"""Opening answers, by two people: a reviewer asks, a lead grants or refuses, the reviewer makes the tables once."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.models import OpeningMode, OpeningRequest, Release
from consult.services.holders import holding
from consult.services.opening import openings as requests
from consult.services.opening import reading
from consult.services.opening.openings import RequestView
from consult.services.report import releasing
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import number_field, words_field
from consult.web.once import once
from consult.web.parts import here, row_of
from consult.web.review.blueprint import review
from consult.web.site import site
from consult.web.staff import actor, cookie_key

__all__ = ["ask", "grant", "make", "opening", "openings", "refuse"]


#: Where counting stops; how long is too long is the service's to say.
_MOST_HOURS = 10_000


class AskForm(ActForm):
    """Why, and for how long the request stands."""

    reason = words_field(
        sentence("What is it needed for?"),
        sentence("The lead reads it before granting. It is kept on record."),
    )
    hours = number_field(
        sentence("For how many hours shall the request stand?"),
        sentence("At most 168, seven days. It ends sooner when you sign out."),
    )


class GrantForm(ActForm):
    """The lead's half goes to this one request."""

    passphrase = passphrase_field()


class MakeForm(ActForm):
    """The reviewer's half joins it."""

    passphrase = passphrase_field()


@review.get("/openings")
def openings() -> str:
    """Every request of parts of whose key this person holds a half, and the parts that can be asked for."""
    now = site().clock()
    with read(site().engine) as db:
        views = requests.openings(db, actor(), now)
        askable = requests.askable(db, actor(), now)
        held = holding.held_parts(db, actor())
    return render_template("review/openings.html", requests=views, askable=askable, held=held)


@review.route("/c/<consultation_id>/<strand_id>/ask", methods=["GET", "POST"])
def ask(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Ask for the tables of a part, or for another mode that the address names."""
    form, mode = AskForm({"hours": 48}), _mode()
    if form.is_sent:
        asked = act(form, once(OpeningRequest, lambda db: _asked(db, strand_id, mode, form)))
        if asked is not None:
            return redirect(url_for("review.opening", request_id=asked.id, saved=1), 303)
    with read(site().engine) as db:
        consultation, part = here(db, consultation_id, strand_id)
    page = render_template("review/ask.html", form=form, strand=part, consultation=consultation, mode=mode)
    return page, form.status


def _mode() -> OpeningMode:
    """The mode that the address names; 404 for a word that is none."""
    try:
        return OpeningMode(request.args.get("mode", OpeningMode.TABLES))
    except ValueError:
        raise NotFound from None


def _asked(db: Session, strand_id: str, mode: OpeningMode, form: AskForm) -> OpeningRequest:
    now, strand = site().clock(), row_of(db, strand_id)
    ends = now + timedelta(hours=max(0, min(form.hours.data or 0, _MOST_HOURS)))
    return reading.ask(db, site().keys, actor(), strand, form.reason.data, ends, cookie_key(), now, mode)


def _look(request_id: str) -> RequestView:
    with read(site().engine) as db:
        return requests.opening(db, actor(), request_id, site().clock())


@review.get("/openings/<request_id>")
def opening(request_id: str) -> str:
    """One request: what was asked, and what this person can do about it."""
    return _page(_look(request_id), GrantForm())


def _page(view: RequestView, form: ActForm) -> str:
    return render_template("review/opening.html", opening=view, form=form)


@review.post("/openings/<request_id>/grant")
def grant(request_id: str) -> Response | tuple[str, int]:
    """A lead grants: the half of the key goes to this one request."""
    view, form = _look(request_id), GrantForm()
    if act(form, lambda db: _granted(db, request_id, form)) is None:
        return _page(view, form), form.status
    return redirect(url_for("review.opening", request_id=request_id, saved=1), 303)


def _granted(db: Session, request_id: str, form: GrantForm) -> OpeningRequest:
    return reading.grant(db, site().keys, actor(), request_id, form.passphrase.data or "", site().clock())


@review.post("/openings/<request_id>/refuse")
def refuse(request_id: str) -> Response | tuple[str, int]:
    """A lead does not grant, or takes a grant back before it is used."""
    view, form = _look(request_id), ActForm()
    if act(form, lambda db: _refused(db, request_id)) is None:
        return _page(view, form), form.status
    return redirect(url_for("review.openings", saved=1), 303)


def _refused(db: Session, request_id: str) -> bool:
    reading.refuse(db, site().keys, actor(), request_id, site().clock())
    return True


@review.post("/openings/<request_id>/tables")
def make(request_id: str) -> Response | tuple[str, int]:
    """The reviewer makes the tables, once; nobody sees a row."""
    view, form = _look(request_id), MakeForm()
    release = _made(request_id, form)
    if release is None:
        return _page(view, form), form.status
    return redirect(
        url_for("review.report", consultation_id=release.consultation_id, strand_id=release.strand_id, saved=1), 303
    )


def _made(request_id: str, form: MakeForm) -> Release | None:
    """Counting takes its time and only looks; the release is stored in a short transaction of its own."""
    shared, passphrase, now = site(), form.passphrase.data or "", site().clock()
    keys, policy, who, key = shared.keys, shared.policy, actor(), cookie_key()
    made = act(
        form, lambda db: releasing.make_tables(db, keys, policy, who, request_id, passphrase, key, now), within=read
    )
    if made is None:
        return None
    return act(form, lambda db: releasing.freeze(db, keys, policy, who, request_id, made, now))
