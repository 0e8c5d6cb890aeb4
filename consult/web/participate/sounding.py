"""`/c/sound/<digest>`: a recording that belongs to the words of this part, to be heard by whoever is inside it."""

from __future__ import annotations

from io import BytesIO

from flask import abort, send_file
from flask.typing import ResponseReturnValue

from consult.database import read
from consult.services.recordings import sound_of
from consult.web.participate.carry import Step
from consult.web.participate.inside import Here, at
from consult.web.site import site

__all__ = ["sound"]


@at(Step.PLACE, agreed=False)
def sound(here: Here, digest: str) -> ResponseReturnValue:
    """The sound, whole or in the pieces that a player asks for; only one that was signed, in this person's language."""
    signed = (found.get(here.state.language) for found in here.door.form.recordings.values())
    if digest not in {each.digest for each in signed if each}:
        abort(404)
    with read(site().engine) as db:
        content = sound_of(db, here.door.strand_id, digest)
    return send_file(BytesIO(content), mimetype="audio/mpeg", conditional=True, etag=False, max_age=None)
