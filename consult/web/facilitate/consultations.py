"""The list of consultations, a new one, its overview and what it is for."""

from __future__ import annotations

from functools import partial

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import sentence
from consult.models import Consultation, StrandState
from consult.services.desks import desk
from consult.services.desks.desk import ConsultationView
from consult.services.setup import archiving, drafting
from consult.web.facilitate.blueprint import facilitate
from consult.web.forms import StaffForm, day_field, text_field, words_field
from consult.web.once import once
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["ConsultationForm"]


class ConsultationForm(StaffForm):
    """What a consultation is for, who answers it, by when."""

    title = text_field(sentence("Title"), sentence("For your team. Participants never see it."))
    cover_name = text_field(
        sentence("Name that participants see"),
        sentence("It stands in the tab, in the browser's history and on cards. It must not give the topic away."),
    )
    purpose = words_field(sentence("What is it for?"), sentence("The decision that the answers feed, in a few lines."))
    decision_maker = text_field(
        sentence("Who will answer?"),
        sentence("The person or body that reads the ideas and says what changed. Participants read this name."),
    )
    feedback_due = day_field(sentence("By which day do participants hear back?"))

    def values(self) -> drafting.ConsultationValues:
        """What the service takes."""
        return drafting.ConsultationValues(
            self.title.data, self.cover_name.data, self.purpose.data, self.decision_maker.data, self.feedback_due.data
        )


#: How the list is divided: what is being set up, what runs, what is over, what is archived.
_SECTIONS: tuple[tuple[str, frozenset[StrandState]], ...] = (
    (
        sentence("Being set up"),
        frozenset({StrandState.DRAFT, StrandState.GATE_PENDING, StrandState.DECIDED, StrandState.REFUSED}),
    ),
    (sentence("Running"), frozenset({StrandState.OPEN, StrandState.SUSPENDED, StrandState.STOPPED})),
    (sentence("Over"), frozenset()),
    (sentence("Archived"), frozenset()),
)


def by_state(found: tuple[ConsultationView, ...]) -> list[tuple[str, list[ConsultationView]]]:
    """The consultations in the sections of the list; each stands in one."""
    sections: list[tuple[str, list[ConsultationView]]] = [(title, []) for title, _ in _SECTIONS]
    for each in found:
        states = {strand.state for strand in each.strands}
        running = bool(states & _SECTIONS[1][1])
        place = 3 if each.archived else 1 if running else 0 if not states or states & _SECTIONS[0][1] else 2
        sections[place][1].append(each)
    return [(title, items) for title, items in sections if items]


@facilitate.get("/c")
def consultations() -> str:
    """Everything within the person's scope, by state."""
    with read(site().engine) as db:
        found = desk.consultations(db, actor())
    return render_template("staff/consultations.html", sections=by_state(found), may_draft=drafting.may_draft(actor()))


@facilitate.route("/c/new", methods=["GET", "POST"])
def new() -> str | Response | tuple[str, int]:
    """Start a consultation; whom to hear from comes next."""
    form = ConsultationForm()
    save = partial(
        drafting.make_consultation, key=site().keys.audit, actor=actor(), now=site().clock(), policy=site().policy
    )
    if form.is_sent:
        made = attempt(form, once(Consultation, lambda db: save(db, values=form.values())))
        if made is not None:
            return redirect(url_for("facilitate.add", consultation_id=made.id, saved=1), 303)
    return render_template("staff/consultation_form.html", form=form, consultation=None), status_of(form)


@facilitate.get("/c/<consultation_id>")
def overview(consultation_id: str) -> str:
    """One consultation: what it is for, and its parts with their state."""
    with read(site().engine) as db:
        found = desk.consultation(db, actor(), consultation_id)
    return render_template("staff/overview.html", consultation=found)


@facilitate.post("/c/<consultation_id>/archive")
def archive(consultation_id: str) -> Response:
    """The end of a consultation: once everybody was answered and no answer is kept."""
    with write(site().engine) as db:
        archiving.archive(db, site().keys, actor(), consultation_id, site().clock())
    return redirect(url_for("facilitate.overview", consultation_id=consultation_id, saved=1), 303)


@facilitate.route("/c/<consultation_id>/purpose", methods=["GET", "POST"])
def purpose(consultation_id: str) -> str | Response | tuple[str, int]:
    """Change what a consultation is for."""
    with read(site().engine) as db:
        found = desk.consultation(db, actor(), consultation_id)
    stored = {
        name: getattr(found, name) for name in ("title", "cover_name", "purpose", "decision_maker", "feedback_due")
    }
    form = ConsultationForm(stored)
    save = partial(
        drafting.change_consultation,
        key=site().keys.audit,
        actor=actor(),
        consultation_id=consultation_id,
        version=seen_version(),
        now=site().clock(),
    )
    if form.is_sent:
        if attempt(form, lambda db: save(db, values=form.values())) is not None:
            return redirect(url_for("facilitate.overview", consultation_id=consultation_id, saved=1), 303)
        if form.clash:
            form.compare(stored)
    return render_template("staff/consultation_form.html", form=form, consultation=found), status_of(form)
