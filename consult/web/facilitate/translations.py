"""The translation desk: each language of a part, its texts beside their source, writing and confirming them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import Invalid, NotFound, sentence
from consult.questionnaire.easier import EASY, read_out, recorded_at, usual_place
from consult.questionnaire.form import Form
from consult.services.actors import Ruling
from consult.services.desks.desk import ConsultationView, StrandView
from consult.services.gate.standing import standing_signature
from consult.services.signed.languages import shut_languages
from consult.services.texts.broughtfile import MOST_BYTES
from consult.services.texts.linting import lint_report
from consult.services.texts.translationstate import Segment, Status, counts_of, segments_of
from consult.services.texts.worddiff import word_diff
from consult.services.translation.translating import Check, Typed, check, may_check, may_translate, write_words
from consult.services.translation.translationfile import read_file, write_file
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.forms import StaffForm
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.spoken import is_read_out
from consult.web.staff import actor
from consult.web.voices import Voice, voices
from safeguards.lifecycle import SIGNED
from safeguards.questions import Finding, Severity
from safeguards.terms import Audience

__all__ = ["languages", "take_translation_file", "translation", "translation_file", "translation_text"]

#: What somebody who translates has to do, in the order in which it is shown.
_TO_WRITE = (Status.MISSING, Status.CHANGED, Status.DRAFT)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One language as the person who looks may work on it."""

    segments: tuple[Segment, ...]
    may_write: Ruling
    may_confirm: dict[str, Ruling]
    findings: tuple[Finding, ...]

    def at(self, place: str) -> Segment:
        found = self.find(place)
        if found is None:
            raise NotFound
        return found

    def find(self, place: str) -> Segment | None:
        return next((each for each in self.segments if each.place == place), None)

    @property
    def mine(self) -> list[Segment]:
        """Texts with which this person could go on now."""
        writes = self.may_write.ok
        return [each for each in self.segments if (writes and _is_to_write(each)) or self.confirmable(each)]

    @property
    def listed(self) -> list[Segment]:
        """Every text, and the easy words that are there in the language or in its source."""
        return [each for each in self.segments if each.status is not Status.USUAL or each.easier]

    @property
    def not_confirmed(self) -> list[Segment]:
        """What waits for somebody before the language can open."""
        return [each for each in self.segments if each.status not in (Status.CONFIRMED, Status.USUAL)]

    @property
    def to_confirm(self) -> int:
        """How many texts have to be confirmed, easy words that are there among them."""
        return sum(each.status is not Status.USUAL for each in self.segments)

    @property
    def tickable(self) -> frozenset[str]:
        """Texts that this person may confirm in the list: those on which safety hangs are read one by one."""
        return frozenset(each.place for each in self.segments if not each.safety and self.confirmable(each))

    def confirmable(self, segment: Segment) -> bool:
        """Whether this person's yes is still wanted."""
        return segment.status is Status.READY and self.may_confirm[segment.place].ok


def _is_to_write(segment: Segment) -> bool:
    """Whether words are wanted: easy ones where the source has some, which the language can do without."""
    return segment.status in _TO_WRITE or (segment.status is Status.USUAL and segment.easier)


def _desk(db: Session, strand: StrandView, language: str) -> _Desk:
    if language not in strand.form.languages[1:]:
        raise NotFound
    row = row_of(db, strand.id)
    segments, ruling = segments_of(db, strand.id, strand.form, language), may_check(db, actor(), row)
    return _Desk(
        segments,
        may_translate(db, actor(), row),
        {each.place: ruling(each) for each in segments},
        _errors(strand, language),
    )


def _errors(strand: StrandView, language: str) -> tuple[Finding, ...]:
    """What the linter finds in this language and would not find in an empty one."""
    if not strand.form.questions:
        return ()
    found = lint_report(strand.form, Audience(strand.card.audience), strand.card.ages, site().policy)
    return tuple(each for each in found if each.language == language and each.severity is Severity.ERROR)


def _spoken_at(form: Form, place: str, language: str) -> str:
    """Where the recording belongs that says these words, when all that it says is there; "" where none does."""
    where = place if place.startswith(EASY) else recorded_at(place)
    return where if is_read_out(where) and language in read_out(form.said_by_place()).get(where, ()) else ""


@facilitate.get("/c/<consultation_id>/<strand_id>/languages")
def languages(consultation_id: str, strand_id: str) -> str:
    """How far each language is, and who has to do what."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        desks = {language: _desk(db, strand, language) for language in strand.form.languages[1:]}
        voiced = voices(db, strand.id, strand.form).values()
        shut = shut_languages(row_of(db, strand_id), standing_signature(db, strand_id))
    return page(
        "languages.html",
        consultation,
        strand,
        desks={language: (desk, counts_of(desk.segments)) for language, desk in desks.items()},
        shut=shut,
        voices={each: Counter(v.hearing for v in voiced if v.language == each) for each in strand.form.languages},
        source_errors=_errors(strand, strand.form.languages[0]),
    )


@facilitate.route("/c/<consultation_id>/<strand_id>/languages/<target>", methods=["GET", "POST"])
def translation(consultation_id: str, strand_id: str, target: str) -> str | Response | tuple[str, int]:
    """Every text of a language beside its source; several are confirmed in one go."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        desk, voiced = _desk(db, strand, target), voices(db, strand_id, strand.form)
    form = StaffForm()
    if form.is_sent:
        ticked = [Check(*each.partition(" ")[::2]) for each in request.form.getlist("yes")]
        if attempt(form, lambda db: _confirm(db, strand, target, ticked)) is not None:
            return redirect(address("translation", strand, target=target, saved=1), 303)
    return _list(consultation, strand, form, target, desk, voiced, request.args.get("show", ""))


def _list(
    consultation: ConsultationView,
    strand: StrandView,
    form: StaffForm,
    target: str,
    desk: _Desk,
    voiced: Mapping[tuple[str, str], Voice],
    wanted: str = "",
) -> tuple[str, int]:
    """The texts that are wanted: "" for those to be confirmed, "mine", "all"; those of one question together."""
    found = {"": desk.not_confirmed, "mine": desk.mine}.get(wanted, desk.listed)
    return page(
        "translation.html",
        consultation,
        strand,
        form=form,
        target=target,
        desk=desk,
        counts=counts_of(desk.segments),
        shown=[(about, list(texts)) for about, texts in groupby(found, key=_about)],
        can_tick=any(each.place in desk.tickable for each in found),
        wanted=wanted,
        voices=voiced,
    ), status_of(form)


def _about(segment: Segment) -> str:
    """What a text is about: the question, the text or the thing asked about a person."""
    return ".".join(usual_place(segment.place).split(".")[:2])


def _confirm(db: Session, strand: StrandView, target: str, checks: Iterable[Check]) -> int:
    given = list(checks)
    if not given:
        raise Invalid({"": [sentence("Tick the texts that you confirm.")]})
    native = "native" in request.form
    return check(db, site().keys, actor(), row_of(db, strand.id), target, given, site().clock(), native=native)


@facilitate.route("/c/<consultation_id>/<strand_id>/languages/<target>/<place>", methods=["GET", "POST"])
def translation_text(consultation_id: str, strand_id: str, target: str, place: str) -> str | Response | tuple[str, int]:
    """One text: its source, what changed in it, its words, who wrote them and who confirmed them."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        desk, voiced = _desk(db, strand, target), voices(db, strand_id, strand.form)
    segment, form = desk.at(place), StaffForm()
    words, back = segment.words, ""
    if form.is_sent:
        words, back = request.form.get("words", words), request.form.get("back", "")
        if attempt(form, lambda db: _act(db, strand, target, segment)) is not None:
            return redirect(_next_address(strand, desk, target, segment), 303)
    return page(
        "translation_text.html",
        consultation,
        strand,
        form=form,
        target=target,
        segment=segment,
        usual=desk.find(usual_place(place)) if segment.is_easy else None,
        easy=desk.find(EASY + place),
        spoken_at=_spoken_at(strand.form, place, target),
        voiced=any(tag == target and usual_place(at) == recorded_at(usual_place(place)) for at, tag in voiced),
        voices=voiced,
        words=words,
        shuts=strand.card.state in SIGNED,
        back=back,
        diff=word_diff(segment.source_then, segment.source) if segment.source_then else (),
        may_write=desk.may_write,
        may_confirm=desk.may_confirm[place],
        findings=[
            each for each in desk.findings if each.question and usual_place(place).split(".")[1] == each.question
        ],
    ), status_of(form)


def _act(db: Session, strand: StrandView, target: str, segment: Segment) -> int:
    deed, seen, place = request.form.get("deed", ""), request.form.get("seen", ""), segment.place
    if deed == "confirm":
        return _confirm(db, strand, target, [Check(place, seen, request.form.get("back", ""))])
    typed = Typed(place, request.form.get("words", ""), seen, draft=deed == "draft")
    return write_words(db, site().keys, actor(), row_of(db, strand.id), target, [typed], site().clock())


def _next_address(strand: StrandView, desk: _Desk, target: str, done: Segment) -> str:
    """The next text of the same kind of work, so that one goes on without a way back to the list."""
    confirms = request.form.get("deed") == "confirm"
    start = desk.segments.index(done) + 1
    for each in (*desk.segments[start:], *desk.segments[: start - 1]):
        if desk.confirmable(each) if confirms else _is_to_write(each):
            return address("translation_text", strand, target=target, place=each.place, saved=1)
    return address("translation", strand, target=target, saved=1)


@facilitate.get("/c/<consultation_id>/<strand_id>/languages/<target>/file")
def translation_file(consultation_id: str, strand_id: str, target: str) -> Response:
    """Every text of the language beside its source, for somebody who translates outside."""
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        desk = _desk(db, strand, target)
    answer = Response(write_file(desk.segments), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"texts-{target}.csv")
    return answer


@facilitate.post("/c/<consultation_id>/<strand_id>/languages/<target>/file")
def take_translation_file(consultation_id: str, strand_id: str, target: str) -> Response | tuple[str, int]:
    """Take the words of a file that came back; all of them or, when something does not fit, none."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        desk, voiced = _desk(db, strand, target), voices(db, strand_id, strand.form)
    form, sent = StaffForm(), request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if attempt(form, lambda db: _take(db, strand, target, desk, content)) is not None:
        return redirect(address("translation", strand, target=target, saved=1), 303)
    return _list(consultation, strand, form, target, desk, voiced)


def _take(db: Session, strand: StrandView, target: str, desk: _Desk, content: bytes) -> int:
    typed = read_file(content, desk.segments)
    return write_words(db, site().keys, actor(), row_of(db, strand.id), target, typed, site().clock())
