"""The plan of a part: who, when, where. What somebody else saved meanwhile is never overwritten unseen."""

from __future__ import annotations

from flask import redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.models import Strand
from consult.services.desks.desk import StrandView
from consult.services.partners.partnering import partners_of
from consult.services.setup import drafting
from consult.services.texts.wording import in_languages, reader_of
from consult.web.facilitate.blueprint import address, facilitate, here, page
from consult.web.facilitate.planform import PlanForm, stored_plan
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor
from safeguards.terms import Audience

__all__ = ["plan"]


@facilitate.route("/c/<consultation_id>/<strand_id>/plan", methods=["GET", "POST"])
def plan(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """The plan's fields; a save over an older version shows both and keeps what was typed."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        partners = [each for each in partners_of(db, actor(), consultation_id) if each.ended_at is None]
    stored = stored_plan(strand)
    form = PlanForm(stored)
    if form.is_sent:
        if attempt(form, lambda db: _save(db, strand, form)) is not None:
            return redirect(address("plan", strand, saved=1), 303)
        if form.clash:
            form.compare(stored)
    return page("plan.html", consultation, strand, form=form, partners=partners), status_of(form)


def _save(db: Session, strand: StrandView, form: PlanForm) -> Strand:
    facts = form.facts()
    languages = tuple(facts["languages"])
    changed = None
    if languages != strand.form.languages:
        changed = in_languages(strand.form, languages, reader_of(Audience(strand.card.audience)))
    values = drafting.PlanValues(form.name.data, facts, form.decision_due(), changed)
    return drafting.change_strand(db, site().keys.audit, actor(), strand.id, seen_version(), values, site().clock())
