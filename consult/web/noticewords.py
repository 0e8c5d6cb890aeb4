"""Notices in words: what each matter says, what it needs, and the page on which it is dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from consult.errors import sentence
from consult.services.telling import NoticeView
from consult.web.navigation import may_reach
from consult.web.site import site
from consult.web.words import told, words
from safeguards.telling import Matter

__all__ = ["SAYINGS", "Saying", "about", "where_to"]


@dataclass(frozen=True, slots=True)
class Saying:
    """A matter in words; `endpoint` is the page for it, of the part, of the consultation or of the person."""

    title: str
    needed: str
    endpoint: str


SAYINGS: Mapping[Matter, Saying] = {
    Matter.STOPPED: Saying(
        sentence("The emergency stop was pressed"),
        sentence("A lead and the independent approver lift it, with cause and review. Then each part is signed anew."),
        "safeguard.run",
    ),
    Matter.PAUSED: Saying(
        sentence("An open part was paused"),
        sentence("To open it again: the cause removed, a second person's check, and the lead's signature anew."),
        "safeguard.run",
    ),
    Matter.RUNS_AGAIN: Saying(sentence("A paused part takes answers again"), "", "safeguard.run"),
    Matter.SESSION_WRONG: Saying(
        sentence("Something is wrong in a session"),
        sentence("It is paused and waits for the lead on duty. Expect the call, or call."),
        "facilitate.sessions",
    ),
    Matter.SENT: Saying(sentence("A part waits for a signature"), sentence("It needs a decision."), "safeguard.review"),
    Matter.RETURNED: Saying(
        sentence("A lead gave a part back"),
        sentence("Change what the lead wrote, then ask again."),
        "facilitate.safeguards",
    ),
    Matter.DECIDED: Saying(sentence("A lead decided on a part"), "", "facilitate.safeguards"),
    Matter.POLICY_PROPOSED: Saying(
        sentence("Somebody proposes to change the policy"), sentence("It needs a decision."), "safeguard.policy"
    ),
    Matter.POLICY_DECIDED: Saying(sentence("A change of the policy was decided"), "", "safeguard.policy"),
    Matter.DESTROYED: Saying(
        sentence("The answers of a part were destroyed"),
        sentence("The certificate says what, when and why."),
        "review.certificates",
    ),
    Matter.HELP_ASKED: Saying(
        sentence("Somebody asks to be contacted"), sentence("Contact them in time."), "safeguard.help_requests"
    ),
    Matter.COMPLAINT: Saying(
        sentence("A complaint waits for its answer"), sentence("Answer it in time."), "safeguard.complaints"
    ),
    Matter.OWN_WORDS: Saying(
        sentence("New own words wait for a reader"),
        sentence("A redactor asks, a lead grants. The part takes no answers while they wait too long."),
        "review.triage_desk",
    ),
    Matter.EVIDENCE_ENDS: Saying(
        sentence("Evidence ends before its part does"),
        sentence("It needs new evidence, checked by somebody else."),
        "facilitate.requirement",
    ),
    Matter.CONTACT_TEST: Saying(
        sentence("A contact test gets too old"),
        sentence("It needs a call on each channel, in each language, and a second person behind the number."),
        "facilitate.services",
    ),
    Matter.CONDITION: Saying(
        sentence("A condition of a decision is due"),
        sentence("Missed, it closes the part."),
        "facilitate.safeguards",
    ),
    Matter.DECISION_ENDS: Saying(
        sentence("A signed decision ends before its part does"),
        sentence("Renew what ends first. Then a lead signs anew."),
        "facilitate.safeguards",
    ),
    Matter.WINDOW_ENDED: Saying(sentence("The time of a part is over"), sentence("A lead closes it."), "safeguard.run"),
    Matter.NEED: Saying(
        sentence("What somebody needs to take part is not there yet"),
        sentence("Provide it, or say what came of it."),
        "review.coverage",
    ),
    Matter.DEBT: Saying(
        sentence("Adults stood in: children are to be asked themselves"),
        sentence("It needs the children's part."),
        "facilitate.overview",
    ),
    Matter.APART: Saying(
        sentence("Answers are set apart: decide"),
        sentence("A lead and the approver clear them, or they are destroyed on that day."),
        "safeguard.apart",
    ),
    Matter.PROMISE: Saying(
        sentence("A promise to those who took part is due"),
        sentence("Publish it. Two that are overdue stop new consultations."),
        "facilitate.feedback",
    ),
    Matter.RETENTION: Saying(
        sentence("Answers are destroyed soon"),
        sentence("Make the report by then. Nothing keeps them longer."),
        "review.report",
    ),
    Matter.PROPOSAL: Saying(
        sentence("What a partner proposes waits for an answer"),
        sentence("Take it, take it in part, or say why not."),
        "facilitate.partners",
    ),
    Matter.PARTNER_REMINDED: Saying(
        sentence("Questions wait for your look"),
        sentence("Read them, and say what should be different."),
        "partner.consultations",
    ),
    Matter.PROPOSAL_ANSWERED: Saying(sentence("What you proposed has an answer"), "", "partner.consultations"),
    Matter.ALLEGATION: Saying(
        sentence("An allegation is open: look at it"),
        sentence("A safeguarding lead and the independent approver end it: two people, one yes each."),
        "safeguard.allegations",
    ),
    Matter.MEETING_PROOFS: Saying(
        sentence("The next meeting is not proven yet"),
        sentence("What is missing of it closes the part when the meeting before it ends."),
        "facilitate.sessions",
    ),
    Matter.CALL_WAITS: Saying(
        sentence("A call to a help service waits for a second person"),
        sentence("It counts when somebody else than who noted it confirms it."),
        "facilitate.services",
    ),
}
_OF_A_PART = (
    "safeguard.run",
    "safeguard.apart",
    "safeguard.review",
    "facilitate.safeguards",
    "review.coverage",
    "review.report",
    "facilitate.sessions",
)


def about(notice: NoticeView) -> str:
    """What was decided, or which requirement or number of the policy it is; "" where the title says all that it may."""
    if notice.decision:
        return words(notice.decision, "decision")
    parameter = site().policy.parameters.get(notice.parameter)
    if parameter is not None:
        return told(parameter.title)
    requirement = site().policy.requirements.get(notice.requirement)
    return told(requirement.title) if requirement else notice.requirement


def where_to(notice: NoticeView) -> str:
    """The address of the page on which the reader deals with it; "" where there is none for them."""
    endpoint = SAYINGS[notice.matter].endpoint
    if not may_reach(endpoint):
        endpoint = "facilitate.overview" if notice.consultation_id and may_reach("facilitate.overview") else ""
    if endpoint in _OF_A_PART and not notice.strand_id:
        endpoint = "facilitate.overview"
    values = {}
    if endpoint in {"facilitate.overview", "facilitate.feedback", "facilitate.partners"}:
        values = {"consultation_id": notice.consultation_id}
    elif endpoint in _OF_A_PART:
        values = {"consultation_id": notice.consultation_id, "strand_id": notice.strand_id}
    elif endpoint == "facilitate.requirement":
        values = {
            "consultation_id": notice.consultation_id,
            "strand_id": notice.strand_id,
            "requirement_id": notice.requirement,
        }
    return url_for(endpoint, **values) if endpoint else ""  # type: ignore[arg-type]
