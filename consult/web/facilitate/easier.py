"""Easier to read and to hear: for each text and question of a part, easy words and a recording in one language."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField

from consult.database import read
from consult.errors import NotFound, sentence
from consult.questionnaire.easier import MAY_BE_EASIER
from consult.questionnaire.form import Form
from consult.services import recordings
from consult.services.desk import StrandView
from consult.web.facilitate.blueprint import address, facilitate, here, page
from consult.web.forms import StaffForm, tick_field, words_field
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["easier", "easier_text", "recording"]


@dataclass(frozen=True, slots=True)
class Line:
    """One text in one language: where it stands, its ordinary words, and what makes it easier."""

    where: str
    ordinary: str
    easy: str
    kilobytes: int
    digest: str


class EasierForm(StaffForm):
    """What makes one text easier."""

    easy = words_field(
        sentence("The same in easy words"),
        sentence("Very short sentences, one thought each. Leave out nothing that somebody has to know before a yes."),
    )
    recording = FileField(
        sentence("A recording of the ordinary words"),
        description=sentence("MP3, up to one megabyte: 64 kbit/s, one channel. Names in the file are cut off."),
    )
    take_away = tick_field(sentence("Take the recording away"))


@facilitate.get("/c/<consultation_id>/<strand_id>/easier/<language>")
def easier(consultation_id: str, strand_id: str, language: str) -> str:
    """Every text and question of the part in this language: which have easy words, which a recording."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    if language not in strand.form.languages:
        raise NotFound
    lines = [_line(strand.form, where, language) for where in _places(strand.form, language)]
    return page("easier.html", consultation, strand, lines=lines, language_code=language)


@facilitate.route("/c/<consultation_id>/<strand_id>/easier/<language>/<where>", methods=["GET", "POST"])
def easier_text(consultation_id: str, strand_id: str, language: str, where: str) -> str | Response | tuple[str, int]:
    """One text: its ordinary words, its easy words, its recording."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    if where not in _places(strand.form, language):
        raise NotFound
    line = _line(strand.form, where, language)
    form = EasierForm({"easy": line.easy})
    if form.is_sent and attempt(form, lambda db: _save(db, strand, line, language, form)) is not None:
        return redirect(address("easier", strand, language=language, saved=1), 303)
    return page("easier_text.html", consultation, strand, form=form, line=line, language_code=language), status_of(form)


@facilitate.get("/c/<consultation_id>/<strand_id>/recording/<digest>")
def recording(consultation_id: str, strand_id: str, digest: str) -> Response:
    """The sound, to listen to before it is signed."""
    with read(site().engine) as db:
        here(db, consultation_id, strand_id)
        content = recordings.sound_of(db, strand_id, digest)
    return Response(content, mimetype="audio/mpeg")


def _save(db: Session, strand: StrandView, line: Line, language: str, form: EasierForm) -> object:
    sent = request.files.get("recording")
    content = sent.read(recordings.MOST_BYTES + 1) if sent else b""
    sound = recordings.checked(content) if content else None
    return recordings.change(
        db,
        site().keys.audit,
        actor(),
        strand.id,
        seen_version(),
        line.where,
        language,
        form.easy.data,
        sound,
        site().clock(),
        take_away=form.take_away.data,
    )


def _places(form: Form, language: str) -> list[str]:
    words = form.words_by_place()
    return [where for where, said in words.items() if language in said and MAY_BE_EASIER.fullmatch(where)]


def _line(form: Form, where: str, language: str) -> Line:
    found = form.recordings.get(where, {}).get(language)
    return Line(
        where=where,
        ordinary=form.words_by_place()[where][language],
        easy=form.easy.get(where, {}).get(language, ""),
        kilobytes=(found.bytes + 1023) // 1024 if found else 0,
        digest=found.digest if found else "",
    )
