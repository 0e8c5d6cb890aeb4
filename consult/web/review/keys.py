"""The key of a part, for those who hold it: who holds a half, giving it on, and drawing new halves by two people."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import sentence
from consult.services.holders import holding, joining, redrawing
from consult.services.opening import openings as requests
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import offered, pick_one
from consult.web.parts import here, row_of
from consult.web.review.blueprint import review
from consult.web.site import site
from consult.web.staff import actor, cookie_key

__all__ = ["add_holder", "key", "redraw"]


class JoinForm(ActForm):
    """Whom the half is given on to."""

    person = pick_one(sentence("Who joins"))
    passphrase = passphrase_field()


class RedrawForm(ActForm):
    """The reviewer's half joins the lead's."""

    passphrase = passphrase_field()


@review.get("/c/<consultation_id>/<strand_id>/key")
def key(consultation_id: str, strand_id: str) -> str:
    """Who holds the halves, and what waits."""
    return _page(consultation_id, strand_id, JoinForm({}))


@review.post("/c/<consultation_id>/<strand_id>/key")
def add_holder(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Give one's own half on to somebody of the same role."""
    form = JoinForm()
    with read(site().engine) as db:
        candidates = joining.can_join(db, actor(), row_of(db, strand_id))
    form.person.choices = offered([(who.id, who.name) for who in candidates])
    if act(form, lambda db: _joined(db, strand_id, form)):
        return redirect(url_for("review.key", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)
    return _page(consultation_id, strand_id, form), form.status


def _joined(db: Session, strand_id: str, form: JoinForm) -> bool:
    strand, passphrase = row_of(db, strand_id), form.passphrase.data or ""
    joining.join(db, site().keys, actor(), strand, form.person.data, passphrase, site().clock())
    return True


@review.post("/openings/<request_id>/halves")
def redraw(request_id: str) -> Response | tuple[str, int]:
    """The reviewer draws two new halves with a lead's grant."""
    with read(site().engine) as db:
        view = requests.opening(db, actor(), request_id, site().clock())
    form = RedrawForm()
    if act(form, lambda db: _redrawn(db, request_id, form)):
        part, strand = view.consultation_id, view.strand_id
        return redirect(url_for("review.key", consultation_id=part, strand_id=strand, saved=1), 303)
    return render_template("review/opening.html", opening=view, form=form), form.status


def _redrawn(db: Session, request_id: str, form: RedrawForm) -> bool:
    passphrase = form.passphrase.data or ""
    redrawing.redraw(db, site().keys, actor(), request_id, passphrase, cookie_key(), site().clock())
    return True


def _page(consultation_id: str, strand_id: str, form: JoinForm) -> str:
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        page = holding.key_page(db, actor(), row_of(db, strand_id))
    form.person.choices = offered([(who.id, who.name) for who in page.candidates])
    return render_template("review/key.html", consultation=consultation, strand=strand, page=page, form=form)
