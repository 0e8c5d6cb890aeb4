"""Recordings: of the words of a part, inside for whoever is there, help and ends for everybody; of our own words.

`/c/sound/<digest>` is heard on the way. `/sound/<code>/<language>/<where>` is heard where nothing is carried: beside
the list of help, which stands on every page, and on the receipt, with which the cookies go, and where a way
ends. `/sound/<digest>` is what a page says in the program's own words, in whichever part.
"""

from __future__ import annotations

from io import BytesIO

from flask import abort, send_file
from flask.typing import ResponseReturnValue

from consult.database import read
from consult.questionnaire.easier import usual_place
from consult.services.participation.pagesounds import sound_heard
from consult.services.participation.strandface import Door
from consult.services.translation.sounds import sound_of
from consult.web.participate.bycode import door_named
from consult.web.participate.carry import Step
from consult.web.participate.inside import Here, at
from consult.web.participate.listening import HEARD_OUTSIDE
from consult.web.site import site

__all__ = ["sound", "sound_of_page", "sound_of_part"]


@at(Step.PLACE, agreed=False)
def sound(here: Here, digest: str) -> ResponseReturnValue:
    """The sound, whole or in the pieces that a player asks for; only one that was signed, in this person's language."""
    offered = (
        found[here.state.language]
        for where, found in here.door.form.recordings.items()
        if here.state.language in found and found[here.state.language].is_confirmed(where)
    )
    if digest not in {each.digest for each in offered}:
        abort(404)
    return _sent(here.door, digest)


def sound_of_part(code: str, language: str, where: str) -> ResponseReturnValue:
    """The sound of a text of help, of the receipt or of an end, in a language in which people may take part."""
    door = door_named(code)
    found = door.form.recordings.get(where, {}).get(language)
    if (
        usual_place(where) not in HEARD_OUTSIDE
        or language not in door.offered
        or not found
        or not found.is_confirmed(where)
    ):
        abort(404)
    return _sent(door, found.digest)


def sound_of_page(digest: str) -> ResponseReturnValue:
    """The sound of what a page says in the program's own words, once others have confirmed it."""
    with read(site().engine) as db:
        content = sound_heard(db, digest)
    return _mp3(content)


def _sent(door: Door, digest: str) -> ResponseReturnValue:
    with read(site().engine) as db:
        content = sound_of(db, door.strand_id, digest)
    return _mp3(content)


def _mp3(content: bytes) -> ResponseReturnValue:
    return send_file(BytesIO(content), mimetype="audio/mpeg", conditional=True, etag=False, max_age=None)
