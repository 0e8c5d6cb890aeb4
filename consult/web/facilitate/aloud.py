"""Recordings: bring one of a text in one language, hear it, confirm that it says the words, put them right."""

from __future__ import annotations

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField

from consult.database import read
from consult.errors import NotFound, sentence
from consult.questionnaire.easier import FOR, read_out, to_be_read_out, words_place
from consult.questionnaire.strict import placeholders
from consult.services.desks.desk import ConsultationView, StrandView
from consult.services.participation.strandface import unsigned_door
from consult.services.translation import recordings as service
from consult.services.translation.sounds import sound_of
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.forms import StaffForm, words_field
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.spoken import Shown, is_read_out, shown
from consult.web.staff import actor
from consult.web.voices import beside, to_confirm, voices
from safeguards.lifecycle import SIGNED

__all__ = ["aloud", "recording", "recordings"]


class AloudForm(StaffForm):
    """A recording, and what it says where the text has blanks."""

    recording = FileField(
        sentence("Recording"),
        description=sentence("MP3, up to one megabyte: 64 kbit/s, one channel. Names in the file are cut off."),
    )
    reads = words_field(
        sentence("The words as the recording says them"),
        sentence(
            "Names and dates in the place of the braces, exactly as the page shows them. It is played only while the "
            "page shows the same."
        ),
    )


@facilitate.get("/c/<consultation_id>/<strand_id>/recordings")
def recordings(consultation_id: str, strand_id: str) -> str:
    """Every recording of a part: which are heard, which wait for a listener, which say other words than the page."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        found = voices(db, strand.id, strand.form)
        mine = to_confirm(db, actor(), row_of(db, strand_id))
    listed = [(tag, [each for each in found.values() if each.language == tag]) for tag in strand.form.languages]
    return page("recordings.html", consultation, strand, voices=[each for each in listed if each[1]], mine=mine)


@facilitate.route("/c/<consultation_id>/<strand_id>/aloud/<language>/<where>", methods=["GET", "POST"])
def aloud(consultation_id: str, strand_id: str, language: str, where: str) -> str | Response | tuple[str, int]:
    """One recording: what it reads, who brought it, who confirmed it, whether the page shows the same."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        words = read_out(strand.form.said_by_place()).get(words_place(where), {}).get(language, "")
        door = unsigned_door(db, strand_id, site().clock(), site().policy)
        voice = beside(strand.form, door, where, language)
        lists = shown(strand.form, door, language, where) if words else ()
        if voice is None and not _is_wanted(where, lists):
            raise NotFound
        row = row_of(db, strand_id)
        found = service.kept(db, row, where, language)
        may_bring = service.may_bring(db, actor(), row, language)
        may_confirm = service.may_confirm(db, actor(), row, where, language)
    lines = next((each.lines for each in lists if each.where == where), ())
    form = AloudForm({"reads": found.reads if found else " ".join(lines) or _begun(words, consultation)})
    if words_place(where).startswith("profile."):
        form.reads.data = " ".join(lines)
    if form.is_sent and attempt(form, lambda db: _act(db, strand, where, language, form)):
        return redirect(address("aloud", strand, language=language, where=where, saved=1), 303)
    return page(
        "aloud.html",
        consultation,
        strand,
        form=form,
        where=where,
        lines=lines or words.splitlines(),
        is_shown=bool(lines),
        lists=lists,
        wanted=any(each.where == where for each in lists) and is_read_out(where),
        voices={each.where: beside(strand.form, door, each.where, language) for each in lists},
        voice=voice,
        has_blanks=bool(placeholders(words)),
        language_code=language,
        found=found,
        may_bring=may_bring,
        may_confirm=may_confirm,
        shuts=strand.card.state in SIGNED,
    ), status_of(form)


def _is_wanted(where: str, lists: tuple[Shown, ...]) -> bool:
    """Whether somebody would hear a recording here: a page reads it out and, where places differ, shows this list."""
    return bool(lists) and is_read_out(where) and (FOR not in where or where in {each.where for each in lists})


@facilitate.get("/c/<consultation_id>/<strand_id>/recording/<digest>")
def recording(consultation_id: str, strand_id: str, digest: str) -> Response:
    """The sound, to listen to before it is confirmed and signed."""
    with read(site().engine) as db:
        here(db, consultation_id, strand_id)
        content = sound_of(db, strand_id, digest)
    return Response(content, mimetype="audio/mpeg")


def _act(db: Session, strand: StrandView, where: str, language: str, form: AloudForm) -> bool:
    deed, seen, now, row = (
        request.form.get("deed", ""),
        request.form.get("seen", ""),
        site().clock(),
        row_of(db, strand.id),
    )
    if deed == "confirm":
        native = "native" in request.form
        service.confirm(db, site().keys, actor(), row, where, language, seen, now, native=native)
    elif deed == "take_away":
        service.take_away(db, site().keys, actor(), row, where, language, seen, now)
    else:
        sent = request.files.get("recording")
        content = sent.read(service.MOST_BYTES + 1) if sent else b""
        sound = service.checked(content) if content else None
        service.bring(db, site().keys, actor(), row, where, language, sound, form.reads.data, seen, now)
    return True


def _begun(words: str, consultation: ConsultationView) -> str:
    """The words with what is known already in the place of their braces; what is left somebody has to write."""
    return to_be_read_out(words).replace("{who}", consultation.decision_maker)
