"""Easier to read and to hear: for each text and question of a part, easy words in the language of its source.

Those of the other languages are translated at the translation desk; recordings of both have pages of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.questionnaire.easier import MAY_BE_EASIER, MAY_BE_RECORDED
from consult.services.desks.desk import StrandView
from consult.services.texts.wording import with_easy
from consult.web.facilitate.blueprint import address, facilitate, here, page, save_form
from consult.web.forms import StaffForm, words_field
from consult.web.saving import attempt, status_of
from consult.web.site import site
from consult.web.spoken import is_read_out
from consult.web.voices import voices

__all__ = ["easier", "easier_text"]


@dataclass(frozen=True, slots=True)
class Line:
    """One text: where it stands, its usual words, its easy words."""

    where: str
    ordinary: str
    easy: str


class EasierForm(StaffForm):
    """What makes one text easier."""

    easy = words_field(
        sentence("The same in easy words"),
        sentence("Very short sentences, one thought each. Leave out nothing that somebody has to know before a yes."),
    )


@facilitate.get("/c/<consultation_id>/<strand_id>/easier")
def easier(consultation_id: str, strand_id: str) -> str:
    """Every text and question of the part: which have easy words, which recordings."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        voiced = voices(db, strand_id, strand.form)
    return page("easier.html", consultation, strand, lines=_lines(strand), voices=voiced)


@facilitate.route("/c/<consultation_id>/<strand_id>/easier/<where>", methods=["GET", "POST"])
def easier_text(consultation_id: str, strand_id: str, where: str) -> str | Response | tuple[str, int]:
    """One text: its usual words and its easy words."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        voiced = voices(db, strand_id, strand.form)
    line = next((each for each in _lines(strand) if each.where == where), None)
    if line is None:
        raise NotFound
    form = EasierForm({"easy": line.easy})
    if form.is_sent and attempt(form, lambda db: _save(db, strand, where, form.easy.data)):
        return redirect(address("easier", strand, saved=1), 303)
    return page(
        "easier_text.html",
        consultation,
        strand,
        form=form,
        line=line,
        voices=voiced,
        is_read_out=is_read_out(where),
        may_be_easier=bool(MAY_BE_EASIER.fullmatch(where)),
    ), status_of(form)


def _save(db: Session, strand: StrandView, where: str, words: str) -> bool:
    save_form(db, strand, with_easy(strand.form, where, strand.form.languages[0], words))
    return True


def _lines(strand: StrandView) -> list[Line]:
    source = strand.form.languages[0]
    return [
        Line(where, words[source], strand.form.easy.get(where, {}).get(source, ""))
        for where, words in strand.form.places()
        if MAY_BE_RECORDED.fullmatch(where)
    ]
