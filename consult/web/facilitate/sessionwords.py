"""What the desk of a live session says: what is missing, the points of the two lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consult.errors import sentence
from consult.web.languages import gettext
from consult.web.words import told
from safeguards.precheck import Lack, Missing

__all__ = ["CLOSING", "STARTING", "needed", "points"]

STARTING: Mapping[str, str] = {
    "assent": sentence("Each child said yes, and knows that they can skip, stop and leave at any time."),
    "guardian": sentence("A guardian's yes, or the approved waiver, is there for each child who needs one."),
    "contacts": sentence("The partner's emergency contact list is here, closed, on paper."),
    "private": sentence("Nobody can listen in or look on. The room can be seen from outside."),
    "sign": sentence("A word or sign to leave quietly is agreed."),
    "images": sentence("No photos, sound or video. Telephones are away."),
    "place": sentence("Exits and a quiet corner are ready; online: waiting room on, private chat and recording off."),
    "help": sentence("Everybody saw the help cards, and who stays with a child who wants to go out."),
}
CLOSING: Mapping[str, str] = {
    "feelings": sentence("We asked how everybody feels now. Nobody had to answer, and nothing was written down."),
    "help": sentence("We showed once more who helps, today and later."),
    "thanks": sentence("We said thank you, what happens next, and by when they hear from us."),
    "handover": sentence("Every child left with the adult who was agreed, or as agreed."),
    "debrief": sentence("The adults have talked it over, and know when they meet for supervision."),
}
_NEEDED: Mapping[Lack, str] = {
    Lack.TIME: sentence("It is not the time: help is planned from the planned start to the planned end."),
    Lack.FACILITATOR: sentence("Whoever facilitates has to check in."),
    Lack.ADULTS: sentence("Two adults have to check in, each for themselves."),
    Lack.LEAD: sentence("Call the lead on duty and note that they answered. They are not in the room."),
    Lack.REGISTER: sentence("Count who is there, with the ages of the youngest and the oldest."),
}
#: so many points are named; more are counted
_FEW = 2
_AGES = sentence("Somebody there is younger or older than this part asks. Thank them, show who helps, count again.")


def needed(missing: Iterable[Missing], short: Iterable[str] = ()) -> list[str]:
    """What to do about all that is missing, in the language of the page.

    Many points of a list are one line: they stand below. `short`: what the page says already.
    """
    said = set(short)
    others = [each for each in missing if each.lack is not Lack.POINT and each.about not in said]
    points = [each for each in missing if each.lack is Lack.POINT]
    if len(points) <= _FEW:
        return [_needed(each) for each in (*others, *points)]
    return [*map(_needed, others), gettext("Confirm the points of the list below: %(n)s", n=len(points))]


def _needed(missing: Missing) -> str:
    """What to do about one thing that is missing, in the language of the page."""
    if missing.lack is Lack.GATE:
        return gettext("The gate: %(why)s", why=told(missing.about))
    if missing.lack is Lack.POINT:
        return gettext("Confirm: %(point)s", point=gettext(STARTING[missing.about]))
    return gettext(_AGES if missing.about == "ages" else _NEEDED[missing.lack])


def points(kind: str, table: Mapping[str, str]) -> list[tuple[str, str]]:
    """The points of a list with their names in the form."""
    return [(f"{kind}-{name}", gettext(text)) for name, text in table.items()]
