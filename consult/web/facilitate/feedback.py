"""Telling people what changed: main ideas, the decision-maker's answers, and the notes that were promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from consult.database import read, write
from consult.errors import NotFound, sentence
from consult.models import IdeaSource, MainIdea
from consult.redaction import pieces, suggest
from consult.services.feedback import feedback as feeding
from consult.services.feedback import feedbacknotes
from consult.services.feedback.feedback import FeedbackView, IdeaView
from consult.web.facilitate.blueprint import facilitate
from consult.web.forms import StaffForm, one_of, picked, tick_field
from consult.web.languages import LANGUAGES, gettext
from consult.web.once import once
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site, whole_address
from consult.web.staff import actor
from consult.web.words import language_name
from safeguards.promises import Answer, Stage

__all__ = ["ANSWERS", "SOURCES", "STAGES"]

STAGES: Mapping[Stage, str] = {
    Stage.SAID: sentence("What you said"),
    Stage.ANSWERS: sentence("What will be done"),
    Stage.IMPACT: sentence("What came of it"),
}
ANSWERS: Mapping[Answer, str] = {
    Answer.YES: sentence("Yes, we are doing it"),
    Answer.PARTLY: sentence("Partly"),
    Answer.NO: sentence("No"),
}
SOURCES: Mapping[IdeaSource, str] = {
    IdeaSource.CHILDREN: sentence("Children said it themselves"),
    IdeaSource.ADULTS: sentence("Adults said it"),
}


class IdeaForm(StaffForm):
    """Whose idea it is; the words in each language follow."""

    source = one_of(sentence("Whose idea is it?"))


class AnswerForm(StaffForm):
    """The answer; the reason in each language follows."""

    answer = one_of(sentence("What does the decision-maker say?"))


class ReadOverForm(StaffForm):
    """What the second person says who has read all of it."""

    nobody = tick_field(sentence("I have read all of it in every language. It describes no single person."))


def _with_words(base: type[StaffForm], name: str, languages: Sequence[str]) -> type[StaffForm]:
    """The form with one text a language; what a text is for stands above them all."""
    fields = {
        f"{name}_{code}": TextAreaField(
            language_name(code),
            render_kw={"lang": code, "dir": LANGUAGES[code].direction if code in LANGUAGES else "auto", "rows": 3},
        )
        for code in languages
    }
    return type(base.__name__, (base,), fields)


def _words(form: StaffForm, name: str, languages: Sequence[str]) -> dict[str, str]:
    return {code: form[f"{name}_{code}"].data or "" for code in languages}


def _view(consultation_id: str) -> FeedbackView:
    shared = site()
    with read(shared.engine) as db:
        return feeding.feedback(db, actor(), consultation_id, shared.policy, shared.clock())


def _idea_of(view: FeedbackView, idea_id: str) -> IdeaView:
    found = next((idea for idea in view.ideas if idea.id == idea_id), None)
    if found is None:
        raise NotFound
    return found


def _back(consultation_id: str) -> Response:
    return redirect(url_for("facilitate.feedback", consultation_id=consultation_id, saved=1), 303)


@facilitate.get("/feedback")
def all_feedback() -> str:
    """What is owed to whom, over all consultations."""
    shared = site()
    with read(shared.engine) as db:
        owed = feeding.owed(db, actor(), shared.policy)
    return render_template("staff/feedback_list.html", owed=owed, stages=STAGES, today=shared.clock().date())


@facilitate.get("/c/<consultation_id>/feedback")
def feedback(consultation_id: str) -> str:
    """The promises of one consultation, its ideas and answers, and what is published."""
    view = _view(consultation_id)
    links = [(name, whole_address("participate.news", code)) for name, code in view.codes]
    return render_template(
        "staff/feedback.html", view=view, stages=STAGES, answers=ANSWERS, sources=SOURCES, links=links, Stage=Stage
    )


@facilitate.route("/c/<consultation_id>/feedback/idea", methods=["GET", "POST"])
def new_idea(consultation_id: str) -> Response | tuple[str, int]:
    """Write down a main idea."""
    view = _view(consultation_id)
    form = _with_words(IdeaForm, "words", view.languages)(source=picked(SOURCES))
    if form.is_sent and attempt(form, once(MainIdea, lambda db: _add(db, view, form))) is not None:
        return _back(consultation_id)
    return _idea_page(view, form, None)


def _add(db: Session, view: FeedbackView, form: StaffForm) -> MainIdea:
    words = _words(form, "words", view.languages)
    source = IdeaSource(form["source"].data)
    return feeding.add_idea(db, site().keys, actor(), view.consultation_id, source, words, site().clock())


@facilitate.route("/c/<consultation_id>/feedback/idea/<idea_id>", methods=["GET", "POST"])
def idea(consultation_id: str, idea_id: str) -> Response | tuple[str, int]:
    """Word an idea better, until it is published."""
    view = _view(consultation_id)
    found = _idea_of(view, idea_id)
    stored = {"source": str(found.source), **{f"words_{code}": text for code, text in found.words.items()}}
    form = _with_words(IdeaForm, "words", view.languages)(stored, source=picked(SOURCES))
    if form.is_sent and attempt(form, lambda db: _change(db, view, found, form)) is not None:
        return _back(consultation_id)
    return _idea_page(view, form, found)


def _change(db: Session, view: FeedbackView, found: IdeaView, form: StaffForm) -> MainIdea:
    words, source = _words(form, "words", view.languages), IdeaSource(form["source"].data)
    return feeding.change_idea(
        db, site().keys, actor(), view.consultation_id, found.id, seen_version(), source, words, site().clock()
    )


def _idea_page(view: FeedbackView, form: StaffForm, found: IdeaView | None) -> tuple[str, int]:
    return render_template("staff/idea.html", view=view, form=form, idea=found), status_of(form)


@facilitate.post("/c/<consultation_id>/feedback/idea/<idea_id>/remove")
def remove_idea(consultation_id: str, idea_id: str) -> Response | tuple[str, int]:
    """Take an idea out again, until it is published."""
    view, form = _view(consultation_id), StaffForm()
    if attempt(form, lambda db: _removed(db, consultation_id, idea_id)) is None:
        shown = _with_words(IdeaForm, "words", view.languages)(source=picked(SOURCES))
        shown.clash = form.clash
        return _idea_page(view, shown, _idea_of(view, idea_id))
    return _back(consultation_id)


def _removed(db: Session, consultation_id: str, idea_id: str) -> bool:
    feeding.remove_idea(db, site().keys, actor(), consultation_id, idea_id, seen_version(), site().clock())
    return True


@facilitate.route("/c/<consultation_id>/feedback/idea/<idea_id>/answer", methods=["GET", "POST"])
def answer_idea(consultation_id: str, idea_id: str) -> Response | tuple[str, int]:
    """The decision-maker's answer to one idea, with the reason."""
    view = _view(consultation_id)
    found = _idea_of(view, idea_id)
    stored = {"answer": str(found.answer or ""), **{f"reason_{code}": text for code, text in found.reason.items()}}
    form = _with_words(AnswerForm, "reason", view.languages)(stored, answer=picked(ANSWERS))
    if form.is_sent and attempt(form, lambda db: _answer(db, view, found, form)) is not None:
        return _back(consultation_id)
    return render_template("staff/idea_answer.html", view=view, form=form, idea=found), status_of(form)


def _answer(db: Session, view: FeedbackView, found: IdeaView, form: StaffForm) -> MainIdea:
    reason, answer = _words(form, "reason", view.languages), Answer(form["answer"].data)
    return feeding.answer_idea(
        db, site().keys, actor(), view.consultation_id, found.id, seen_version(), answer, reason, site().clock()
    )


@facilitate.route("/c/<consultation_id>/feedback/note/<stage>", methods=["GET", "POST"])
def write_note(consultation_id: str, stage: str) -> Response | tuple[str, int]:
    """Write one of the three notes, in every language, for somebody else to read over."""
    view, chosen = _view(consultation_id), _stage(stage)
    written = view.notes.get(chosen)
    stored = {f"words_{code}": text for code, text in written.words.items()} if written else {}
    form = _with_words(StaffForm, "words", view.languages)(stored)
    if form.is_sent and attempt(form, lambda db: _written(db, view, chosen, form)):
        return _back(consultation_id)
    name = gettext(STAGES[chosen])
    return render_template("staff/feedback_note.html", view=view, form=form, stage=chosen, name=name), status_of(form)


def _written(db: Session, view: FeedbackView, stage: Stage, form: StaffForm) -> bool:
    words = _words(form, "words", view.languages)
    feedbacknotes.write_note(db, site().keys, actor(), view.consultation_id, stage, words, site().clock())
    return True


@facilitate.route("/c/<consultation_id>/feedback/note/<stage>/publish", methods=["GET", "POST"])
def publish(consultation_id: str, stage: str) -> Response | tuple[str, int]:
    """Read over, in every language, what somebody else wrote, and publish it."""
    view, chosen, form = _view(consultation_id), _stage(stage), ReadOverForm()
    note = view.notes.get(chosen)
    if note is None:
        raise NotFound
    if form.is_sent and attempt(form, lambda db: _published(db, consultation_id, chosen, form)):
        return _back(consultation_id)
    texts = (note.words, *(each for idea in view.ideas for each in (idea.words, idea.reason)))
    return render_template(
        "staff/feedback_publish.html",
        view=view,
        form=form,
        note=note,
        name=gettext(STAGES[chosen]),
        answers=ANSWERS,
        languages=list(dict.fromkeys(code for each in texts for code in each)),
        marks=lambda text, code: pieces(text, suggest(text, code, view.places)),
    ), status_of(form)


def _published(db: Session, consultation_id: str, stage: Stage, form: ReadOverForm) -> bool:
    seen, now = request.form.get("seen", ""), site().clock()
    feedbacknotes.publish(db, site().keys, actor(), consultation_id, stage, seen, now, nobody=bool(form.nobody.data))
    return True


@facilitate.post("/c/<consultation_id>/feedback/note/<stage>/take-back")
def take_back_note(consultation_id: str, stage: str) -> Response:
    """Take a published note back, at once."""
    with write(site().engine) as db:
        feedbacknotes.take_back(db, site().keys, actor(), consultation_id, _stage(stage), site().clock())
    return _back(consultation_id)


def _stage(name: str) -> Stage:
    if name not in list(Stage):
        raise NotFound
    return Stage(name)
