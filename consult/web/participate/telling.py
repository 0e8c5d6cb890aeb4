"""`/news/<page>`: what was said, what is done about it and why not, and which promises were kept or missed."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from consult.database import read
from consult.models import PartnerKind
from consult.services.news import News, news_of
from consult.services.said import Said, said
from consult.services.strandface import Door
from consult.web.languages import current_language, gettext
from consult.web.participate.always import door_of_visit, fact
from consult.web.participate.bycode import door_named
from consult.web.site import site
from consult.web.wording import day
from safeguards.promises import Answer, Stage

__all__ = ["news"]


def news(code: str = "") -> ResponseReturnValue:
    """Without an address of its own, the page of the part that somebody is in; before anything is out, the days."""
    strand = door_named(code) if code else door_of_visit()
    return fact(
        "news.html",
        gettext("What changed"),
        strand,
        news=_news(strand) if strand else None,
        told=_told(strand) if strand else None,
        stages=_stages(),
        answers=_answers(),
        leads=_leads(),
        day=day,
    )


def _news(strand: Door) -> News:
    shared = site()
    with read(shared.engine) as db:
        return news_of(db, strand.strand_id, current_language().code, shared.policy, shared.clock())


def _told(strand: Door) -> Said | None:
    with read(site().engine) as db:
        return said(db, strand.strand_id, current_language().code)


def _stages() -> dict[Stage, str]:
    return {
        Stage.SAID: gettext("What you said"),
        Stage.ANSWERS: gettext("What they will do"),
        Stage.IMPACT: gettext("What came of it"),
    }


def _leads() -> dict[PartnerKind, str]:
    return {
        PartnerKind.CHILD_LED: gettext("Led by children or young people"),
        PartnerKind.SURVIVOR_LED: gettext("Led by survivors"),
        PartnerKind.OTHER: gettext("Led by others"),
    }


def _answers() -> dict[Answer, str]:
    return {
        Answer.YES: gettext("Yes, they are doing it."),
        Answer.PARTLY: gettext("Partly."),
        Answer.NO: gettext("No."),
    }
