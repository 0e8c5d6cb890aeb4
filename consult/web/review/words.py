"""Reading own words on record: what people wrote to one question, what is kept of it, and which themes it has.

The page holds what was read and nothing else does: it is never stored, and every step opens the answers again with the
passphrase typed again.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import Invalid, NotFound, sentence
from consult.models import KeptKind, Strand, ThemeRelease
from consult.questionnaire.question import Question
from consult.redaction import Piece, pieces, suggest
from consult.services.actors import visible_strand
from consult.services.gate.planning import form_of
from consult.services.opening import openings as requests
from consult.services.opening import reading
from consult.services.opening.openings import RequestView
from consult.services.opening.ownwords import OwnWords, text_questions
from consult.services.report import keeping, theming
from consult.services.report.keeping import Draft
from consult.services.report.theming import ThemeView
from consult.services.tables.quoting import Attribute, Published, published_of
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import one_of, text_field, words_field
from consult.web.review.blueprint import review
from consult.web.review.phrases import attribute_words
from consult.web.site import site
from consult.web.staff import actor, cookie_key

__all__ = ["ReadForm"]

_SEPARATOR = "="


class ReadForm(ActForm):
    """Which question, and the reviewer's half of the key."""

    question = one_of(sentence("Which question?"))
    passphrase = passphrase_field()
    theme = text_field(sentence("A new theme"), sentence("A short name. It stands in the report."))
    memo = words_field(sentence("When does a text have it?"), sentence("So that somebody else would decide the same."))


@dataclass(frozen=True, slots=True)
class Shown:
    """One text on the page: its marks, what may be said of its author, and what was typed and ticked for it."""

    tag: str
    language: str
    pieces: tuple[Piece, ...]
    attributes: tuple[tuple[str, str], ...]
    may_quote: bool
    typed: str
    kind: str
    said: str
    ticked: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Place:
    """The request, its part, and what the page needs of it."""

    view: RequestView
    strand: Strand
    questions: tuple[Question, ...]
    published: Published | None


def _place(request_id: str) -> _Place:
    with read(site().engine) as db:
        view = requests.opening(db, actor(), request_id, site().clock())
        if not view.may_read:
            raise NotFound
        strand = visible_strand(db, actor(), view.strand_id)
        form = form_of(strand)
        asked = tuple(each for each in form.questions if each.id in text_questions(form))
        published = published_of(db, strand.id)
        db.expunge(strand)  # read once, and good for the whole request: the end of this session would forget it
        return _Place(view, strand, asked, published)


def _form(place: _Place) -> ReadForm:
    language = actor().language
    asked = [(each.id, each.text.get(language) or next(iter(each.text.values()))) for each in place.questions]
    return ReadForm(question=asked)


@review.get("/openings/<request_id>/words")
def words(request_id: str) -> str:
    """Choose a question, type the passphrase."""
    place = _place(request_id)
    return render_template("review/read.html", place=place, form=_form(place), shown=None, themes=(), counted=False)


@review.post("/openings/<request_id>/words")
def read_words(request_id: str) -> Response | tuple[str, int]:
    """Read the answers to one question; keep texts, make themes, count them. Each time the answers open anew."""
    place = _place(request_id)
    form = _form(place)
    opened = _opened(place, form)
    if opened is None:
        page = render_template("review/read.html", place=place, form=form, shown=None, themes=(), counted=False)
        return page, form.status
    written = [each for each in opened if each.texts.get(form.question.data)]
    saved = _saved(place, form, written) if request.form.get("do") in {"keep", "count"} else None
    if saved and request.form.get("do") == "count" and _counted(place, form, written):
        return redirect(url_for("review.kept", saved=1), 303)
    return _page(place, form, written, fresh=bool(saved)), form.status


def _opened(place: _Place, form: ReadForm) -> tuple[OwnWords, ...] | None:
    """What people wrote; put on record before anything is shown."""
    shared, who, key, now = site(), actor(), cookie_key(), site().clock()
    typed = form.passphrase.data or ""
    found = act(form, lambda db: reading.read_words(db, shared.keys, who, place.view.id, typed, key, now), within=read)
    if found is None or act(form, lambda db: reading.use(db, shared.keys, who, place.view.id, now)) is None:
        return None
    return found


def _saved(place: _Place, form: ReadForm, written: Sequence[OwnWords]) -> bool | None:
    """Keep what was typed and add a theme, in one transaction."""

    def save(db: Session) -> bool:
        now, keys, who = site().clock(), site().keys, actor()
        keeping.keep(db, keys, who, place.view.id, _drafts(place, form, written), now)
        if form.theme.data or form.memo.data:
            theming.add_theme(db, keys, who, place.strand, form.question.data, form.theme.data, form.memo.data, now)
        return True

    return act(form, save, within=write)


def _counted(place: _Place, form: ReadForm, written: Sequence[OwnWords]) -> ThemeRelease | None:
    """Count the themes without holding up anybody, then store the count."""
    coded = [_ticked(_tag(each, form)) for each in written]
    made = act(form, lambda db: theming.count_themes(db, place.strand, form.question.data, coded), within=read)
    if made is None:
        return None
    now, keys, who = site().clock(), site().keys, actor()
    return act(form, lambda db: theming.store_themes(db, keys, who, place.strand, place.view.id, made, now))


def _drafts(place: _Place, form: ReadForm, written: Sequence[OwnWords]) -> list[Draft]:
    question = form.question.data
    return [
        Draft(
            field=f"keep_{tag}",
            question_id=question,
            language=each.language,
            text=request.form[f"keep_{tag}"],
            kind=KeptKind.REDACTED if request.form.get(f"kind_{tag}") == KeptKind.REDACTED else KeptKind.PARAPHRASE,
            attribute=_attribute(place, form, each, request.form.get(f"said_{tag}", "")),
            may_quote=each.may_quote,
        )
        for each in written
        if request.form.get(f"keep_{(tag := _tag(each, form))}", "").strip()
    ]


def _attribute(place: _Place, form: ReadForm, person: OwnWords, chosen: str) -> Attribute | None:
    if not chosen:
        return None
    dimension, _, category = chosen.partition(_SEPARATOR)
    said = Attribute(dimension, category)
    if said not in _true(place, form, person):
        raise Invalid({"": [sentence("Choose only what this person said about themselves.")]})
    return said


def _true(place: _Place, form: ReadForm, person: OwnWords) -> tuple[Attribute, ...]:
    """What this person said about themselves that may be said beside the answer."""
    if place.published is None:
        return ()
    beside = place.published.beside(form.question.data)
    return beside.attributes_of(person.band, person.language, person.profile)


def _page(place: _Place, form: ReadForm, written: Sequence[OwnWords], *, fresh: bool) -> str:
    """The texts; after a save what was kept is emptied, so that nothing is kept twice, and ticks stay."""
    question = form.question.data
    with read(site().engine) as db:
        themes = theming.themes_of(db, place.strand.id, question)
        counted = question in theming.theme_counts(db, place.strand.id)
    if fresh:
        form.theme.data = form.memo.data = ""
    shown = [_shown(place, form, each, themes, fresh=fresh) for each in written]
    chosen = next(each for each in place.questions if each.id == question)
    return render_template(
        "review/read.html",
        place=place,
        form=form,
        shown=shown,
        themes=themes,
        counted=counted,
        question=chosen.text.get(actor().language) or next(iter(chosen.text.values())),
        saved=fresh,
    )


def _shown(place: _Place, form: ReadForm, person: OwnWords, themes: Collection[ThemeView], *, fresh: bool) -> Shown:
    tag, text = _tag(person, form), person.texts[form.question.data]
    return Shown(
        tag=tag,
        language=person.language,
        pieces=pieces(text, suggest(text, person.language, keeping.regions_of(place.strand))),
        attributes=tuple(
            (f"{each.dimension}{_SEPARATOR}{each.category}", attribute_words(place.published, each))
            for each in _true(place, form, person)
            if place.published
        ),
        may_quote=person.may_quote,
        typed="" if fresh else request.form.get(f"keep_{tag}", ""),
        kind=request.form.get(f"kind_{tag}", KeptKind.PARAPHRASE),
        said=request.form.get(f"said_{tag}", ""),
        ticked=_ticked(tag) & {theme.id for theme in themes},
    )


def _ticked(tag: str) -> frozenset[str]:
    return frozenset(request.form.getlist(f"theme_{tag}"))


def _tag(person: OwnWords, form: ReadForm) -> str:
    """A name for one text in this sign-in's pages, which nobody can trace back to the stored row."""
    return hmac.digest(cookie_key(), person.response + form.question.data.encode(), "sha256").hex()[:16]


@review.get("/kept")
def kept() -> str:
    """What was kept: what waits for a second person, then what two people let through."""
    with read(site().engine) as db:
        texts = keeping.kept(db, actor())
    return _kept_page(texts, ActForm())


def _kept_page(texts: Sequence[keeping.KeptView], form: ActForm) -> str:
    return render_template("review/kept.html", texts=texts, form=form, attribute_words=attribute_words)


@review.post("/kept/<text_id>/<deed>")
def decide_kept(text_id: str, deed: str) -> Response | tuple[str, int]:
    """Let a kept text through, or let it go."""
    form, work = ActForm(), {"confirm": _confirmed, "drop": _dropped}.get(deed)
    if work is None:
        raise NotFound
    if act(form, lambda db: work(db, text_id)) is None:
        with read(site().engine) as db:
            texts = keeping.kept(db, actor())
        return _kept_page(texts, form), form.status
    return redirect(url_for("review.kept", saved=1), 303)


def _confirmed(db: Session, text_id: str) -> bool:
    keeping.confirm(db, site().keys, actor(), text_id, site().clock())
    return True


def _dropped(db: Session, text_id: str) -> bool:
    keeping.drop(db, site().keys, actor(), text_id, site().clock())
    return True
