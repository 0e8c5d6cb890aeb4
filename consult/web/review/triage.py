"""Triage: new own words while a part is open, read by a redactor with a lead's grant, inside one answer only."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template

from consult.database import read
from consult.redaction import Piece, pieces, suggest_in_any
from consult.services.actors import visible_strand
from consult.services.gate.planning import form_of
from consult.services.opening import openings as requests
from consult.services.opening import reading, triage
from consult.services.report.keeping import regions_of
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.languages import current_language
from consult.web.review.blueprint import review
from consult.web.site import site
from consult.web.staff import actor, cookie_key

__all__ = ["read_new", "triage_desk"]


class TriageForm(ActForm):
    """The redactor's half joins the lead's."""

    passphrase = passphrase_field()


@review.get("/triage")
def triage_desk() -> str:
    """Where own words wait for a reader, and until when."""
    with read(site().engine) as db:
        found = triage.backlogs(db, actor(), site().policy, site().clock())
    return render_template("review/triage.html", backlogs=found, **_how_often())


@review.post("/openings/<request_id>/new-words")
def read_new(request_id: str) -> tuple[str, int]:
    """What people wrote since the last reading, without anything about who wrote it. It is stored nowhere."""
    form = TriageForm()
    with read(site().engine) as db:
        view = requests.opening(db, actor(), request_id, site().clock())
    found = _read(request_id, form)
    if found is None:
        return render_template("review/opening.html", opening=view, form=form), form.status
    words = _marked(view.strand_id, found)
    page = render_template(
        "review/new_words.html",
        opening=view,
        words=words,
        asked=_questions(view.strand_id),
        **_how_often(),
    )
    return page, 200


def _how_often() -> dict[str, int]:
    return {"lot": triage.LOT, "hours": triage.hours_between(site().policy)}


def _marked(strand_id: str, found: tuple[Mapping[str, str], ...]) -> list[dict[str, tuple[Piece, ...]]]:
    """What may be a personal detail stands out: somebody who is named may be somebody in danger.

    Nothing says in which language a text was written, so the rules of each language of the part are tried.
    """
    with read(site().engine) as db:
        strand = visible_strand(db, actor(), strand_id)
        languages, regions = strand.facts.get("languages", ()), regions_of(strand)
    return [
        {key: pieces(text, suggest_in_any(text, languages, regions)) for key, text in each.items()} for each in found
    ]


def _read(request_id: str, form: TriageForm) -> tuple[Mapping[str, str], ...] | None:
    """Set the epochs apart, open them, put it on record: only then is anything shown."""
    shared, who, key, now = site(), actor(), cookie_key(), site().clock()
    passphrase = form.passphrase.data or ""

    if act(form, lambda db: reading.begin_triage(db, shared.keys, shared.policy, who, request_id, now)) is None:
        return None
    found = act(
        form,
        lambda db: reading.read_new_words(db, shared.keys, who, request_id, passphrase, key, now),
        within=read,
    )
    if found is None or act(form, lambda db: reading.use(db, shared.keys, who, request_id, now)) is None:
        return None
    return found


def _questions(strand_id: str) -> dict[str, str]:
    """The questions of own words, in the language of the page where they have it."""
    with read(site().engine) as db:
        form = form_of(visible_strand(db, actor(), strand_id))
    return {each.id: each.text.get(current_language().code) or each.text[form.languages[0]] for each in form.questions}
