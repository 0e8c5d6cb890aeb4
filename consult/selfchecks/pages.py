"""The pages of a participant, walked through: help and leave, saying no, skipping, taking back, getting in."""

from __future__ import annotations

import re
from html import unescape

from sqlalchemy import func, select

from consult.database import read, write
from consult.models import Response, Strand
from consult.selfchecks.finding import Finding
from consult.selfchecks.rehearsal import Rehearsal, Walk, title_of
from consult.services.gate.planning import plan_of
from consult.services.participation.invitations import codes_required
from consult.services.signed import running
from consult.services.texts.cover import telling_word
from safeguards.lifecycle import StrandState

__all__ = ["entry_is_controlled", "help_and_leave_work", "saying_no_works"]

_LEAVE = re.compile(r'<form [^>]*method="post" action="/leave"')
_RECEIPT = re.compile(r"<span>(\d{5})</span>")
_BESIDE = ("/", "/help", "/back", "/accessibility", "/privacy", "/complaint")


def help_and_leave_work(stage: Rehearsal, found: Finding) -> None:
    """SAF-12: on every page, in every language, open or shut; leaving leaves nothing behind; no title tells."""
    for language in stage.languages:
        walk = stage.walk()
        walk.to_the_questions(language)
        walk.skip_everything()
        for path in _BESIDE:
            walk.get(f"{path}?l={language}")
        gone = walk.post("/leave", follow=False)
        found.expect(gone.status_code == 303, f"Leave does not lead away ({language}).")
        found.expect(not walk.cookies, f"Leave leaves cookies behind ({language}).")
        found.expect(
            "no-store" in gone.headers.get("Cache-Control", ""), f"The answer to Leave may be kept ({language})."
        )
        _look(stage, found, f"{language}, open")
    _shut(stage, found)
    found.looked_at(
        "Title, help and Leave of every page on the way, in every language of the rehearsal; and when shut."
    )
    found.looked_at("After Leave no cookie is left and no answer may be kept by a browser.")


def _look(stage: Rehearsal, found: Finding, where: str) -> None:
    for path, page in stage.pages.items():
        told = title_of(page)
        found.expect(told and not telling_word(told), f"{path} ({where}): its title tells the topic or is missing.")
        found.expect(_LEAVE.search(page), f"{path} ({where}): no way to leave without a script.")
        found.expect('id="help"' in page or path == "/help", f"{path} ({where}): no help on the page.")
    found.looked_at(f"{len(stage.pages)} pages ({where}).")
    stage.pages.clear()


def _shut(stage: Rehearsal, found: Finding) -> None:
    """A pause reaches whoever is inside with the next page, and help stays up."""
    inside = stage.walk()
    inside.to_the_questions("en")
    lead = stage.stage.people["lead2"]
    with write(stage.stage.engine) as db:
        strand = db.get_one(Strand, stage.strand_id)
        running.pause(db, stage.stage.keys, lead, strand, "Rehearsal.", stage.now)
    stage.app.extensions["consult"].epochs.drop(stage.strand_id)
    stage.pages.clear()
    after = inside.post("/c/q/1", {"skip": "1"})
    found.expect(
        after.status_code == 200 and not inside.cookies, "A pause does not end the next page of somebody inside."
    )
    help_page = stage.walk().get("/help")
    found.expect(help_page.status_code == 200, "The help page is gone while the part is shut.")
    _look(stage, found, "shut")
    with write(stage.stage.engine) as db:
        # put back as it was, past the ceremony: this database is nobody's but the rehearsal's
        strand = db.get_one(Strand, stage.strand_id)
        strand.state, strand.state_reason, strand.finish_by = StrandState.OPEN, None, None


def saying_no_works(stage: Rehearsal, found: Finding) -> None:
    """ETH-03: no, skip, stop and taking back, in every language of the rehearsal."""
    for language in stage.languages:
        refused = stage.walk()
        page = refused.to_the_questions(language, says="no")
        found.expect(
            page.status_code == 200 and "/c/q/" not in page.request.path, f"No leads to a question ({language})."
        )
        found.expect(_stored(stage) == 0, f"Something is stored of somebody who said no ({language}).")
        _stop_half_way(stage, found, language)
        walk = stage.walk()
        walk.to_the_questions(language)
        looked = walk.skip_everything()
        found.expect(
            looked.request.path == "/c/look", f"Skipping does not lead to the page to look again ({language})."
        )
        receipt = "".join(_RECEIPT.findall(walk.post("/c/send").text)[:4])
        found.expect(_stored(stage) == 1, f"Sending stores nothing ({language}).")
        _take_back(stage.walk(), receipt)
        found.expect(_stored(stage) == 0, f"Taking back leaves the answers there ({language}).")
        found.looked_at(f"No, stop, skip, send and take back ({language}).")


def _stop_half_way(stage: Rehearsal, found: Finding, language: str) -> None:
    walk = stage.walk()
    walk.to_the_questions(language)
    walk.post("/c/q/1", {"skip": "1"})
    walk.post("/leave", follow=False)
    found.expect(_stored(stage) == 0, f"Something is stored of somebody who stopped ({language}).")
    after, asked = unescape(walk.get("/c/q/2").text), [each.text[language] for each in stage.form.questions]
    found.expect(not any(each in after for each in asked), f"After Leave the question is still there ({language}).")


def _take_back(walk: Walk, receipt: str) -> None:
    walk.post("/back", {"number": receipt})


def _stored(stage: Rehearsal) -> int:
    with read(stage.stage.engine) as db:
        return int(db.scalar(select(func.count()).select_from(Response)) or 0)


def entry_is_controlled(stage: Rehearsal, found: Finding) -> None:
    """SAF-17: country and age before any question, unlisted addresses, wrong codes that run out, cards where asked."""
    walk = stage.walk()
    walk.get(f"/k/{stage.code}")
    walk.post("/c/language", {"language": "en"})
    early = walk.get("/c/q/1")
    found.expect("/c/q/1" not in early.request.path, "A question can be reached before age and assent.")
    entry = stage.walk().get("/")
    found.expect("noindex" in entry.headers.get("X-Robots-Tag", ""), "Search engines may list the entry.")
    found.expect(stage.code not in entry.text, "The entry shows a code.")
    _codes_run_out(stage, found)
    with read(stage.real) as db:
        for strand in db.scalars(select(Strand).where(Strand.state == StrandState.OPEN)):
            facts = plan_of(db, strand).strand
            by_card = codes_required(strand.audience, strand.mode, facts.ages[0], stage.stage.policy)
            if by_card:
                found.looked_at(f"{strand.name}: only one-time codes let in.")
    found.looked_at("No question before language, age and assent; no listing; wrong codes run out.")


def _codes_run_out(stage: Rehearsal, found: Finding) -> None:
    stranger = stage.walk()
    most = max(stage.settings.tries // 3, min(stage.settings.tries, 40)) + 2
    if most > 500:
        found.looked_at(
            f"CONSULT_TRIES is {stage.settings.tries}: this limits nobody. Set it lower where people are real."
        )
        return
    answers = [stranger.post("/", {"code": "00000000"}, follow=False).status_code for _ in range(most)]
    found.expect(answers[-1] != 303, "Wrong codes can be tried without end.")
