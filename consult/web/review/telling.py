"""Telling those who took part what they said: a look at the page in every language, then opening it, by a person."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.services.actors import visible_strand
from consult.services.desks import desk
from consult.services.report import said
from consult.services.report.reporting import releases
from consult.services.report.reportviews import ReleaseCard
from consult.web.acting import ActForm, act
from consult.web.forms import tick_field
from consult.web.languages import LANGUAGES
from consult.web.review.blueprint import review
from consult.web.site import site, whole_address
from consult.web.staff import actor

__all__ = ["tell"]


class TellForm(ActForm):
    """Nothing is told before somebody like those who took part has read it."""

    read_with_some = tick_field(
        sentence("Some of those who took part, or who are like them, have read it and understood it.")
    )


@review.route("/reports/<release_id>/tell", methods=["GET", "POST"])
def tell(release_id: str) -> Response | tuple[str, int]:
    """The page as those who took part will read it, and the button that opens it."""
    who, form = actor(), TellForm()
    if form.is_sent and act(form, lambda db: _told(db, release_id, form)) is not None:
        return redirect(url_for("review.tell", release_id=release_id, saved=1), 303)
    with read(site().engine) as db:
        card = _card(db, release_id)
        strand = visible_strand(db, who, card.strand_id)
        codes = [code for code in strand.facts.get("languages", ()) if code in LANGUAGES]
        pages = [(LANGUAGES[code], said.preview(db, who, release_id, code)) for code in codes]
        may_publish = said.may_publish(db, who, strand)
        part = desk.strand(db, who, card.consultation_id, card.strand_id)
    page = render_template(
        "report/tell.html",
        card=card,
        strand=part,
        pages=pages,
        form=form,
        may_publish=may_publish,
        link=whole_address("participate.news", part.card.entry_code),  # a part that never opened has none
    )
    return page, form.status


def _card(db: Session, release_id: str) -> ReleaseCard:
    card = next((each for each in releases(db, actor()) if each.id == release_id), None)
    if card is None:
        raise NotFound
    return card


def _told(db: Session, release_id: str, form: TellForm) -> bool:
    key, ticked = site().keys.audit, bool(form.read_with_some.data)
    said.publish(db, key, actor(), release_id, read_with_some=ticked, now=site().clock())
    return True
