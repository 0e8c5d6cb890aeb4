"""The recording of one text in one language: bring it, hear it, confirm that it says the words, take it away."""

from __future__ import annotations

from babel.numbers import format_decimal
from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField

from consult.database import read
from consult.errors import Invalid, NotFound, sentence
from consult.questionnaire.easier import EASY, MAY_BE_EASIER, to_be_read_out, usual_place
from consult.questionnaire.strict import placeholders
from consult.services import recordings
from consult.services.desk import ConsultationView, StrandView
from consult.services.sounds import sound_of
from consult.services.translating import SIGNED
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.forms import StaffForm, words_field
from consult.web.languages import LANGUAGES
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["aloud", "recording"]


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


@facilitate.route("/c/<consultation_id>/<strand_id>/aloud/<language>/<where>", methods=["GET", "POST"])
def aloud(consultation_id: str, strand_id: str, language: str, where: str) -> str | Response | tuple[str, int]:
    """One recording: what it reads, who brought it, who confirmed it."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        words = strand.form.said_by_place().get(where, {}).get(language, "")
        if not words or not MAY_BE_EASIER.fullmatch(usual_place(where)):
            raise NotFound
        row = row_of(db, strand_id)
        found = recordings.kept(db, row, where, language)
        may_bring = recordings.may_bring(db, actor(), row, language)
        may_confirm = recordings.may_confirm(db, actor(), row, where, language)
    form = AloudForm({"reads": found.reads if found else _filled(words, language, consultation, strand)})
    if form.is_sent and attempt(form, lambda db: _act(db, strand, where, language, form)):
        return redirect(address("aloud", strand, language=language, where=where, saved=1), 303)
    return page(
        "aloud.html",
        consultation,
        strand,
        form=form,
        where=where,
        words=words,
        has_blanks=bool(placeholders(words)),
        language_code=language,
        found=found,
        may_bring=may_bring,
        may_confirm=may_confirm,
        shuts=strand.card.state in SIGNED,
        is_easy=where.startswith(EASY),
    ), status_of(form)


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
        recordings.confirm(db, site().keys, actor(), row, where, language, seen, now, native=native)
    elif deed == "take_away":
        recordings.take_away(db, site().keys, actor(), row, where, language, seen, now)
    else:
        sent = request.files.get("recording")
        content = sent.read(recordings.MOST_BYTES + 1) if sent else b""
        if not content:
            raise Invalid({"recording": [sentence("Choose the file with the recording.")]})
        sound = recordings.checked(content)
        recordings.bring(db, site().keys, actor(), row, where, language, sound, form.reads.data, seen, now)
    return True


def _filled(words: str, language: str, consultation: ConsultationView, strand: StrandView) -> str:
    """The words with what the plan knows in the place of their braces; what is left somebody has to write."""
    words, known = to_be_read_out(words), {"who": consultation.decision_maker}
    minutes = strand.facts.get("minutes")
    if minutes and language in LANGUAGES:
        known["minutes"] = format_decimal(minutes, locale=LANGUAGES[language].locale)
    for name, value in known.items():
        words = words.replace("{" + name + "}", value)
    return words
