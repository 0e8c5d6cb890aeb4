"""Recordings of what pages say in the program's own words: brought, heard, confirmed, for all parts at once."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField

from consult.database import read
from consult.errors import NotFound, sentence
from consult.services.translation import pagerecordings as service
from consult.services.translation.mp3 import Sound
from consult.services.translation.recordings import MOST_BYTES, checked
from consult.web.facilitate.blueprint import facilitate
from consult.web.forms import StaffForm
from consult.web.pagewords import Spoken, title_of
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.voices import page_state

__all__ = ["page_recording", "page_recordings", "page_sound"]


class PageVoiceForm(StaffForm):
    """The file."""

    recording = FileField(
        sentence("Recording"),
        description=sentence("MP3, up to one megabyte: 64 kbit/s, one channel. Names in the file are cut off."),
    )


@facilitate.get("/pages/aloud/<language>")
def page_recordings(language: str) -> str:
    """Everything that pages say in this language in the program's own words, and which of it is heard."""
    with read(site().engine) as db:
        state = page_state(db, actor(), language)
    return render_template("staff/page_recordings.html", state=state, language_code=language, title_of=title_of)


@facilitate.route("/pages/aloud/<language>/<says>", methods=["GET", "POST"])
def page_recording(language: str, says: str) -> str | Response | tuple[str, int]:
    """One of them: its words, the recording, who confirmed it, and the form to bring one."""
    with read(site().engine) as db:
        state = page_state(db, actor(), language)
    spoken, found = state.said.get(says), state.voices.get(says)
    if spoken is None and found is None:
        raise NotFound
    form = PageVoiceForm()
    if form.is_sent and attempt(form, lambda db: _act(db, language, says, spoken)):
        return redirect(url_for("facilitate.page_recordings", language=language, saved=1), 303)
    return render_template(
        "staff/page_recording.html",
        form=form,
        spoken=spoken,
        found=found,
        title=title_of(spoken.page if spoken else found.page if found else ""),
        language_code=language,
        may_bring=service.may_bring(actor()),
    ), status_of(form)


@facilitate.get("/pages/sound/<digest>")
def page_sound(digest: str) -> Response:
    """The sound, to listen to before it is confirmed."""
    with read(site().engine) as db:
        return Response(service.sound_of(db, digest), mimetype="audio/mpeg")


def _act(db: Session, language: str, says: str, spoken: Spoken | None) -> bool:
    deed, seen, now, keys = request.form.get("deed", ""), request.form.get("seen", ""), site().clock(), site().keys
    if deed == "confirm":
        service.confirm(db, keys, actor(), language, says, seen, now, native="native" in request.form)
    elif deed == "take_away":
        service.take_away(db, keys, actor(), language, says, seen, now)
    elif spoken is None:
        raise NotFound
    else:
        service.bring(db, keys, actor(), spoken.page, language, spoken.words, _sent(), seen, now)
    return True


def _sent() -> Sound | None:
    sent = request.files.get("recording")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    return checked(content) if content else None
