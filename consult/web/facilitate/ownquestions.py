"""Questions of a consultation's own: written on a page, or taken out of an XLSForm; and all of a part as one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from consult.database import read
from consult.errors import Invalid, NotFound, sentence
from consult.models import Strand
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.questionnaire.ownquestion import LIMITS, NOT_SURE, OWN, USUAL_LIMIT, free_ids, not_sure, own_hints
from consult.questionnaire.question import SCALE_POINTS, Kind, OnlyIf, Option, Question, Topic
from consult.services.cells import XLSX
from consult.services.desks.desk import StrandView
from consult.services.texts.broughtfile import MOST_BYTES
from consult.services.texts.wording import with_own
from consult.services.texts.xlsformfile import read_file, write_file
from consult.web.facilitate.blueprint import address, facilitate, here, page, save_form
from consult.web.forms import StaffForm, many, number_field, one_of, one_or_none, picked, tick_field, words_field
from consult.web.groupnames import age_words
from consult.web.languages import gettext
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.words import TOPICS
from safeguards.terms import SPECIALIST, AgeBand

__all__ = ["own_question", "question_file", "xlsform"]

_KINDS = {
    Kind.ONE: sentence("One of several answers"),
    Kind.MULTI: sentence("Several of several answers"),
    Kind.SCALE: sentence("Five steps from low to high"),
    Kind.NUMBER: sentence("A number"),
    Kind.TEXT: sentence("Own words"),
}
_DECIDING = (Kind.ONE, Kind.SCALE)
_LISTED = (Kind.ONE, Kind.MULTI, Kind.SCALE)
_ALL = "all"
_WORDS_OF_LIMITS = {
    _ALL: sentence("As many as fit"),
    "2": sentence("Up to two"),
    "3": sentence("Up to three"),
    "4": sentence("Up to four"),
}


class OwnForm(StaffForm):
    """One question in the language of the source."""

    text = words_field(
        sentence("Question"), sentence("Short, about one thing, and never about what happened to somebody.")
    )
    topic = one_of(sentence("What it is about"))
    kind = one_of(sentence("How it is answered"))
    options = words_field(
        sentence("Answers to choose from"), sentence("Each on a line of its own. Of five steps the lowest comes first.")
    )
    not_sure = tick_field(
        sentence("Offer “Not sure” too"), sentence("Children need a way to say that they do not know.")
    )
    limit = one_or_none(sentence("How many can be chosen"))
    minimum = number_field(sentence("Lowest number"))
    maximum = number_field(sentence("Highest number"))
    longest = number_field(sentence("Most characters"))
    hint = words_field(
        sentence("Hint under it"), sentence("How many to choose and to leave out names is said by itself.")
    )
    bands = many(sentence("Asked of"), hint=sentence("None ticked: of everybody in this part."))
    only_if = many(sentence("Asked only after certain answers"))

    def checks(self) -> Iterable[Callable[[], object]]:
        """What belongs to the kind of answer."""
        return () if self.kind.errors else (self._asks, self._answers, self._numbers, self._after)

    def _asks(self) -> None:
        if not self.text.data:
            raise Invalid({"text": [sentence("Write the question.")]})

    def _answers(self) -> None:
        kind, given = Kind(self.kind.data), len(self.lines)
        if kind is Kind.SCALE and given != SCALE_POINTS:
            raise Invalid({"options": [sentence("Write five answers, from low to high, each on a line of its own.")]})
        if kind in _LISTED and given < 2:
            raise Invalid({"options": [sentence("Write two answers or more, each on a line of its own.")]})

    def _numbers(self) -> None:
        low, high = self.minimum.data, self.maximum.data
        if self.kind.data == Kind.NUMBER and (low is None or high is None or low >= high):
            raise Invalid({"minimum": [sentence("Write the lowest number and, above it, the highest.")]})

    def _after(self) -> None:
        if len({question for question, _ in self._chosen}) > 1:
            raise Invalid({"only_if": [sentence("Tick answers to one question alone.")]})
        if self._chosen and self.kind.data == Kind.TEXT:
            why = sentence("Own words are asked of everybody: beside a quote it would be known what else was answered.")
            raise Invalid({"only_if": [why]})
        if self._chosen and self.bands.data:
            raise Invalid({"bands": [sentence("Leave the ages empty: they are those of the question before.")]})

    @property
    def _chosen(self) -> list[tuple[str, str]]:
        """The answers after which it is asked: a question and one of its options each."""
        return [(question, option) for question, _, option in (each.partition(" ") for each in self.only_if.data or ())]

    @property
    def lines(self) -> list[str]:
        """The answers that can be chosen, as they were typed."""
        return list(dict.fromkeys(line.strip() for line in self.options.data.splitlines() if line.strip()))

    def question(self, key: str, before: Question | None, languages: tuple[str, ...]) -> Question:
        """What was typed as a question of this id; an answer that was there `before` keeps its id and translations."""
        kind, source = Kind(self.kind.data), languages[0]
        beside = (not_sure(languages),) if self.not_sure.data else ()
        lines = [line for line in self.lines if line not in {each.text[source] for each in beside}]
        options = (*_options(lines, before, source), *beside) if kind in _LISTED else ()
        limits = {
            Kind.MULTI: len(options) if self.limit.data in (None, "", _ALL) else int(self.limit.data),
            Kind.TEXT: self.longest.data or USUAL_LIMIT,
        }
        return Question(
            id=key,
            kind=kind,
            topic=Topic(self.topic.data),
            text={source: self.text.data},
            bands=tuple(self.bands.data or ()),
            options=options,
            limit=limits.get(kind),
            minimum=self.minimum.data if kind is Kind.NUMBER else None,
            maximum=self.maximum.data if kind is Kind.NUMBER else None,
            hint={source: self.hint.data} if self.hint.data else {},
            only_if=OnlyIf(self._chosen[0][0], tuple(option for _, option in self._chosen)) if self._chosen else None,
        )


def _options(lines: Iterable[str], before: Question | None, source: str) -> tuple[Option, ...]:
    known = {each.text[source]: each for each in before.options} if before else {}
    fresh = free_ids("a", (each.id for each in known.values()))
    return tuple(known.get(line) or Option(next(fresh), {source: line}) for line in lines)


@facilitate.route("/c/<consultation_id>/<strand_id>/questions/write", methods=["GET", "POST"])
def own_question(consultation_id: str, strand_id: str) -> str | Answer | tuple[str, int]:
    """A question of one's own: a new one, or another kind, other choices and ages of one that is there."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    before, source = _before(strand, request.args.get("of", "")), strand.form.languages[0]
    earlier = _earlier(strand, before)
    form = OwnForm(
        _stored(before, source),
        topic=picked(TOPICS),
        kind=picked(_KINDS),
        limit=picked(_WORDS_OF_LIMITS),
        bands=_ages(strand.card.ages),
        only_if=[(f"{each.id} {option.id}", option.text[source]) for each in earlier for option in each.options],
    )
    key = before.id if before else next(free_ids(OWN, (each.id for each in strand.form.questions)))
    if form.is_sent and attempt(form, lambda db: _write(db, strand, form, key, before)) is not None:
        return redirect(address("questions", strand, saved=1), 303)
    return page("own_question.html", consultation, strand, form=form, earlier=earlier), status_of(form)


def _write(db: Session, strand: StrandView, form: OwnForm, key: str, before: Question | None) -> Strand:
    return _save(db, strand, [form.question(key, before, strand.form.languages)])


def _before(strand: StrandView, key: str) -> Question | None:
    found = strand.form.question(key) if key.startswith(OWN) else None
    if key and found is None:
        raise NotFound
    return found


def _earlier(strand: StrandView, before: Question | None) -> tuple[Question, ...]:
    """The questions after whose answers this one can be asked: those before it with one answer to choose.

    None where a service asks: it supplies totals, and would not count such a question.
    """
    asked = strand.form.questions
    place = asked.index(before) if before else len(asked)
    return tuple(each for each in asked[:place] if each.kind in _DECIDING and strand.card.audience not in SPECIALIST)


def _ages(ages: tuple[int, int]) -> list[tuple[str, str]]:
    return [(each.value, age_words(each)) for each in AgeBand.touched_by(ages)]


def _stored(question: Question | None, source: str) -> dict[str, Any]:
    """What the page shows before anything is typed."""
    if question is None:
        return {"not_sure": True, "limit": _ALL, "longest": USUAL_LIMIT}
    ids = question.option_ids
    return {
        "text": question.text[source],
        "topic": question.topic,
        "kind": question.kind,
        "options": "\n".join(each.text[source] for each in question.options if each.id != NOT_SURE),
        "not_sure": NOT_SURE in ids or not ids,
        "limit": str(question.limit) if question.kind is Kind.MULTI and question.limit in LIMITS else _ALL,
        "longest": question.limit if question.kind is Kind.TEXT else USUAL_LIMIT,
        "minimum": question.minimum,
        "maximum": question.maximum,
        "hint": own_hints(question, [source]).get(source, ""),
        "bands": list(question.bands),
        "only_if": [f"{after.question} {each}" for each in after.options] if (after := question.only_if) else [],
    }


def _save(db: Session, strand: StrandView, asked: Iterable[Question]) -> Strand:
    return save_form(db, strand, with_own(strand.form, asked))


class FileForm(StaffForm):
    """A spreadsheet, and what its questions are about."""

    topic = one_or_none(
        sentence("What its questions are about"),
        hint=sentence("For rows that do not say it in a column consult_topic."),
    )


@facilitate.route("/c/<consultation_id>/<strand_id>/questions/file", methods=["GET", "POST"])
def question_file(consultation_id: str, strand_id: str) -> str | Answer | tuple[str, int]:
    """Bring an XLSForm; see what can be taken of it and what not; take it. Nothing is saved before that."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    form, taken = FileForm(topic=picked(TOPICS)), None
    if form.is_sent and request.form.get("deed") == "take":
        if attempt(form, lambda db: _save(db, strand, _sent_back(strand.form))) is not None:
            return redirect(address("questions", strand, saved=1), 303)
    elif form.is_sent and form.validate():
        sent = request.files.get("file")
        try:
            taken = read_file(
                sent.read(MOST_BYTES + 1) if sent else b"",
                strand.form.languages,
                Topic(form.topic.data) if form.topic.data else None,
            )
        except Invalid as error:
            form.refuse(error)
    return page(
        "question_file.html",
        consultation,
        strand,
        form=form,
        taken=taken,
        sent=json.dumps(taken.form.to_json()["questions"]) if taken else "",
    ), status_of(form)


def _sent_back(form: Form) -> tuple[Question, ...]:
    """The questions that the page showed. Raises `Invalid` for anything else."""
    try:
        asked = json.loads(request.form.get("questions", ""))
        found = Form.from_json({**Form(form.version, form.languages, ()).to_json(), "questions": asked}).questions
    except (ValueError, RecursionError, FormError) as error:
        raise Invalid({"": [sentence("Bring the file once more: this page was left before it was whole.")]}) from error
    if not found:
        raise Invalid({"": [sentence("There is no question to take.")]})
    return found


@facilitate.get("/c/<consultation_id>/<strand_id>/questions/xlsform")
def xlsform(consultation_id: str, strand_id: str) -> Response:
    """The questions of the part as an XLSForm, for a partner, a translator or another installation."""
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
    content = write_file(strand.form, gettext("Questions"))
    answer = Response(content, mimetype=XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename="questions.xlsx")
    return answer
