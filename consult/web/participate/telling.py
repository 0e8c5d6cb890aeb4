"""`/news/<page>`: what was said, what is done about it and why not, and which promises were kept or missed."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from consult.database import read
from consult.models import PartnerKind
from consult.services.feedback.news import News, news_of
from consult.services.participation.strandface import Door
from consult.services.report.said import Said, said
from consult.web.languages import current_language, gettext
from consult.web.newswords import ANSWERS, STAGES, in_news
from consult.web.pagewords import Spoken
from consult.web.participate.always import door_of_visit, fact
from consult.web.participate.bycode import door_named
from consult.web.site import site
from consult.web.wording import day

__all__ = ["news"]


def news(code: str = "") -> ResponseReturnValue:
    """Without an address of its own, the page of the part that somebody is in; before anything is out, the days."""
    strand = door_named(code) if code else door_of_visit()
    found, told = (_news(strand), _told(strand)) if strand else (None, None)
    return fact(
        "news.html",
        gettext("What changed"),
        strand,
        says=_says(found, told),
        news=found,
        told=told,
        stages={stage: gettext(name) for stage, name in STAGES.items()},
        answers={answer: gettext(name) for answer, name in ANSWERS.items()},
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


def _says(found: News | None, told: Said | None) -> tuple[str | Spoken, ...]:
    """What is heard of the page, besides numbers and days."""
    if found is None:
        return ("no_news", "which_news")
    something = found.notes or found.changed or found.helpers or told
    first = in_news(found) if something else ("no_news",)
    return (*first, "news") if found.notes or found.promises else first


def _leads() -> dict[PartnerKind, str]:
    return {
        PartnerKind.CHILD_LED: gettext("Led by children or young people"),
        PartnerKind.SURVIVOR_LED: gettext("Led by survivors"),
        PartnerKind.OTHER: gettext("Led by others"),
    }
