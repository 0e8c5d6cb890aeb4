"""The gate page: what stops a part from opening, who has to act, the whole checklist, and the step to a decision."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import Invalid, sentence
from consult.models import Strand, StrandState
from consult.services.actors import roles_in, roles_of_each
from consult.services.desks import reviewing
from consult.services.desks.desk import StrandView
from consult.services.evidence.attesting import OUTSIDE_ROLES
from consult.services.evidence.board import Board, Next, board, named_throughout, names_of
from consult.services.gate.gating import Judgement, judge
from consult.services.gate.planning import SECOND_READER
from consult.services.gate.standing import may
from consult.services.partners.codesign import changes_of
from consult.services.people import accounts
from consult.services.signed import signing
from consult.services.texts.translationstate import unconfirmed
from consult.services.translation.translating import CHECKING
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.facilitate.guiding import EVERY_GROUP
from consult.web.site import site
from consult.web.staff import actor
from safeguards.lifecycle import BEFORE_SIGNING, Fact
from safeguards.measures import CHECKED
from safeguards.terms import CHILD_AUDIENCES, Decision, Role

__all__ = ["answer_lead", "safeguards", "send", "take_back"]

#: Where a fact that does not fulfil its requirement is mended, by id and else by its first letters.
_MENDED_AT = {
    "SAF-06": "team",
    "SAF-15": "questions",
    "DAT-03": "team",
    "ETH-02": "languages",
    "INC-05": "languages",
    "SAF-04": "meetings",
    "SAF-05": "meetings",
    "SAF-13": "meetings",
    "SAF-14": "meetings",
    "SUP-04": "services",
    "SUP-07": "meetings",
    "four-eyes": "team",
    "TRN": "team",
    "SUP": "help",
}
#: Facts that a plan can not be read without, as its page calls them.
_FACTS = {
    "ages": sentence("Youngest age"),
    "languages": sentence("Languages in which they may answer"),
    "jurisdictions": sentence("Place"),
    "topics": sentence("Questions"),
}
_SHOWN_FIRST = 6
#: Where a part goes from here to its first opening; and where what is missing is what keeps it from opening.
_ON_THE_WAY = BEFORE_SIGNING | {StrandState.DECIDED}
_MAY_OPEN = _ON_THE_WAY | {StrandState.SUSPENDED, StrandState.STOPPED}
#: The moves that give a part back to those who set it up.
_BACK = ("take_back", "decide_anew", "redesign")


@facilitate.get("/c/<consultation_id>/<strand_id>/safeguards")
def safeguards(consultation_id: str, strand_id: str) -> str:
    """The gate of this part as it stands now."""
    who, now = actor(), site().clock()
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        try:
            judgement = judge(db, row, site().policy, now)
        except Invalid as error:
            return page("gate_unread.html", consultation, strand, unread=error.problems, facts=_FACTS)
        left = {each: unconfirmed(db, strand.form, each) for each in strand.form.languages[1:]}
        unread = {each: n.safety + n.others for each, n in left.items() if n.safety or n.others}
        found = _at_the_desk(board(db, who, row, site().policy, judgement, now), unread, roles_in(db, who, row))
        evaluation = named_throughout(judgement.evaluation, names_of(db))
        names = _names_by_role(db, row)
        may_send = may(db, who, row, "ask_for_decision", {Fact.PLAN_COMPLETE})
        may_take_back = any(may(db, who, row, move).ok for move in _BACK)
        record = changes_of(db, consultation_id)
        asked = [each for each in reviewing.notes_of(db, row, site().policy) if each.asked]
    return page(
        "gate.html",
        consultation,
        strand,
        to_do=len(found.blockers),
        asked=asked,
        record=record,
        board=found,
        evaluation=evaluation,
        mended_at={item.id: _mended_at(item.id, strand) for item in found.items},
        outside=OUTSIDE_ROLES,
        checked=CHECKED,
        every_group=EVERY_GROUP,
        names=names,
        unread=unread,
        first=_SHOWN_FIRST,
        ready=_ready(found, judgement),
        may_send=may_send,
        may_take_back=may_take_back,
        asks_children=strand.card.audience in CHILD_AUDIENCES,
        stand_ins=[each for each in consultation.strands if each.stands_in_for == strand_id],
        signed=strand.card.state not in BEFORE_SIGNING,
        on_the_way=strand.card.state in _ON_THE_WAY,
        may_open=strand.card.state in _MAY_OPEN,
    )


def _at_the_desk(found: Board, unread: Mapping[str, int], roles: AbstractSet[Role]) -> Board:
    """While translations wait for somebody, that is done at their desk first, by whoever may; then it is attested."""
    if not unread:
        return found
    following = Next.PLAN if roles & CHECKING else Next.WAIT
    return Board(
        tuple(
            replace(each, next=following) if each.id == SECOND_READER and not each.holds else each
            for each in found.items
        )
    )


def _mended_at(requirement_id: str, strand: StrandView) -> str:
    kind = requirement_id.partition("-")[0]
    page = _MENDED_AT.get(requirement_id) or _MENDED_AT.get(kind, "plan")
    return "plan" if page == "meetings" and not strand.meets else page


def _ready(found: Board, judgement: Judgement) -> bool:
    """Whether there is something to decide: the gate opens, or says for good that it will not."""
    return judgement.evaluation.decision is not Decision.INCOMPLETE and not found.blockers


def _names_by_role(db: Session, strand: Strand) -> Mapping[Role, list[str]]:
    """Who has which role where it counts for this part."""
    names: dict[Role, list[str]] = {}
    people = accounts.people(db)
    roles = roles_of_each(db, people, strand)
    for who in people:
        for role in roles[who.id]:
            names.setdefault(role, []).append(who.name)
    return names


@facilitate.post("/c/<consultation_id>/<strand_id>/send")
def send(consultation_id: str, strand_id: str) -> Response:
    """Put the part into the lead's queue."""
    with write(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        signing.send_for_signature(db, site().keys, actor(), row_of(db, strand_id), site().clock())
    return redirect(address("safeguards", strand, saved=1), 303)


@facilitate.post("/c/<consultation_id>/<strand_id>/answers/<note_id>")
def answer_lead(consultation_id: str, strand_id: str, note_id: str) -> Response:
    """Answer what a lead asked about the part."""
    with write(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        words = request.form.get("answer", "")
        reviewing.answer(db, site().keys, actor(), row_of(db, strand_id), note_id, words, site().clock())
    return redirect(address("safeguards", strand, saved=1), 303)


@facilitate.post("/c/<consultation_id>/<strand_id>/take-back")
def take_back(consultation_id: str, strand_id: str) -> Response:
    """Take the part back to change it: from the queue, after a signature that never opened it, or after a refusal."""
    with write(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        keys, who, now = site().keys, actor(), site().clock()
        reason = request.form.get("reason", "").strip() or sentence("Taken back to change it.")
        if row.state == StrandState.DECIDED:
            signing.decide_anew(db, keys, who, row, reason, now)
        elif row.state == StrandState.GATE_PENDING:
            signing.return_to_draft(db, keys, who, row, reason, now)
        else:
            signing.redesign(db, keys, who, row, now)
    return redirect(address("safeguards", strand, saved=1), 303)
