"""Giving a part to people: link, code and cards; pausing it at once. A lead closes it."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.models import StrandState
from consult.services import running
from consult.services.standing import may
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["card", "pause", "share"]

_CARDS = 6
_GIVEN = frozenset({StrandState.OPEN, StrandState.SUSPENDED})


@facilitate.get("/c/<consultation_id>/<strand_id>/share")
def share(consultation_id: str, strand_id: str) -> str:
    """Link and code of an open part, how to give them safely, and pause."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        may_pause = may(db, actor(), row_of(db, strand_id), "suspend")
    return page(
        "share.html",
        consultation,
        strand,
        link=_link(strand.card.entry_code),
        given=strand.card.state in _GIVEN,
        may_pause=may_pause,
    )


def _link(code: str | None) -> str:
    return f"{site().settings.address}{url_for('participate.scanned', code=code)}" if code else ""


@facilitate.get("/c/<consultation_id>/<strand_id>/share/card")
def card(consultation_id: str, strand_id: str) -> str:
    """Cards to print: the name that participants may see, the address, the code, and nothing else."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    return page("card.html", consultation, strand, link=_link(strand.card.entry_code), cards=_CARDS)


@facilitate.post("/c/<consultation_id>/<strand_id>/pause")
def pause(consultation_id: str, strand_id: str) -> Response:
    """Stop new starts and answers at once; help stays up."""
    with write(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        reason = request.form.get("reason", "")
        running.pause(db, site().keys, actor(), row_of(db, strand_id), reason, site().clock())
    return redirect(address("share", strand, saved=1), 303)
