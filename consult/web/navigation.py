"""The links of the staff face: what each role finds at the top, and the sections of one consultation at the side."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request, url_for

from consult.errors import sentence
from consult.models import Consultation, Strand
from consult.services.desks.desk import ConsultationView, StrandView
from consult.web.access import ACCESS
from consult.web.languages import gettext
from consult.web.staff import actor
from safeguards.terms import LIVE_MODES

__all__ = ["Link", "Side", "install", "may_reach", "side_of"]


@dataclass(frozen=True, slots=True)
class Link:
    """One link; `count` things wait behind it."""

    text: str
    address: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """The links beside the pages of one consultation or one part of it."""

    title: str
    links: tuple[Link, ...]


#: Endpoint and text; each is shown to whoever the access table lets in.
_MAIN = (
    ("signin.home", sentence("Home")),
    ("partner.consultations", sentence("Help with questions")),
    ("facilitate.consultations", sentence("Consultations")),
    ("safeguard.queue", sentence("Approvals")),
    ("safeguard.running", sentence("Running")),
    ("safeguard.complaints", sentence("Complaints")),
    ("safeguard.help_requests", sentence("Requests for help")),
    ("safeguard.concerns", sentence("Concerns")),
    ("safeguard.allegations", sentence("Allegations")),
    ("review.triage_desk", sentence("New own words")),
    ("review.openings", sentence("Openings")),
    ("review.kept", sentence("Kept texts")),
    ("review.releases", sentence("Reports")),
    ("facilitate.all_feedback", sentence("Feedback")),
    ("facilitate.services", sentence("Help services")),
    ("facilitate.evidence_desk", sentence("Evidence")),
    ("facilitate.register", sentence("Children not asked")),
    ("safeguard.policy", sentence("Policy")),
    ("administer.people", sentence("People")),
    ("administer.holders", sentence("Holders")),
)
#: So many stay in sight; with all of a lead's links half of a phone's screen was gone.
_IN_SIGHT = 5
#: The sections of one part of a consultation, in the order in which it is set up.
_SECTIONS = (
    ("facilitate.plan", sentence("Plan")),
    ("facilitate.questions", sentence("Questions")),
    ("facilitate.languages", sentence("Languages")),
    ("facilitate.team", sentence("People and key holders")),
    ("facilitate.help", sentence("Help services")),
    ("facilitate.safeguards", sentence("Safeguards")),
    ("facilitate.sessions", sentence("Sessions")),
    ("facilitate.share", sentence("Share")),
    ("safeguard.run", sentence("Run")),
    ("review.coverage", sentence("Whom you hear")),
    ("review.live", sentence("Who took part so far")),
    ("review.report", sentence("Report")),
)
#: Sections of a part that meets people, and of no other.
_WHERE_PEOPLE_MEET = frozenset({"facilitate.sessions"})


def install(app: Flask) -> None:
    """Give templates `main_links()` and `may_reach(endpoint)`."""
    app.jinja_env.globals.update(main_links=main_links, may_reach=may_reach)


def main_links() -> tuple[list[Link], list[Link]]:
    """The links at the top for whoever is signed in: those always in sight, the one in use among them, and the rest."""
    links = [
        Link(gettext(text), url_for(endpoint), current=request.endpoint == endpoint)
        for endpoint, text in _MAIN
        if may_reach(endpoint)
    ]
    in_sight = [link for place, link in enumerate(links) if place < _IN_SIGHT or link.current]
    return in_sight, [link for link in links if link not in in_sight]


def side_of(consultation: Consultation | ConsultationView, strand: Strand | StrandView, to_do: int = 0) -> Side:
    """The sections of one part; `to_do` things wait behind Safeguards."""
    links = [
        Link(
            gettext(text),
            url_for(endpoint, consultation_id=consultation.id, strand_id=strand.id),
            current=(request.endpoint or "").startswith(endpoint),
            count=to_do if endpoint == "facilitate.safeguards" else 0,
        )
        for endpoint, text in _SECTIONS
        if may_reach(endpoint) and (endpoint not in _WHERE_PEOPLE_MEET or _mode_of(strand) in LIVE_MODES)
    ]
    overview = Link(gettext("Overview"), url_for("facilitate.overview", consultation_id=consultation.id))
    return Side(strand.name, (overview, *links))


def _mode_of(strand: Strand | StrandView) -> str:
    return strand.card.mode if isinstance(strand, StrandView) else strand.mode


def may_reach(endpoint: str) -> bool:
    """Whether the access table lets the person who looks come to an endpoint, by the roles held anywhere."""
    rule = ACCESS.get(endpoint)
    if rule is None:
        return False
    who = actor()
    if rule.partners:
        return bool(who.partner_in)
    return not rule.roles or bool(rule.roles & (who.roles | {role for _, role in who.duties}))
