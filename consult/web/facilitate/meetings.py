"""The meetings of a part that meets people at a set time: when, with which adults, how many take part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FieldList, Form, FormField

from consult.database import read
from consult.errors import Invalid, NotFound, sentence
from consult.models import Strand
from consult.services.desks.desk import StrandView
from consult.services.people import accounts
from consult.services.setup import drafting
from consult.web.facilitate.blueprint import address, facilitate, here, page
from consult.web.forms import (
    ZONE_HINT,
    StaffForm,
    chosen_zone,
    in_zone,
    local,
    many,
    number_field,
    offered,
    one_or_none,
    picked,
    text_field,
)
from consult.web.languages import LANGUAGES, gettext
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import AUDIENCES
from safeguards.plan import RemoteKind
from safeguards.said import said
from safeguards.terms import Role

__all__ = ["meetings"]

_SPARE_ROWS = 2
_MOST_DIGITS = 4
_REMOTE = {RemoteKind.PHONE: sentence("By phone"), RemoteKind.CHAT: sentence("By chat")}


class MeetingForm(Form):  # type: ignore[misc]
    """One meeting."""

    starts = text_field(sentence("Starts"))
    ends = text_field(sentence("Ends"))
    venue = text_field(sentence("Place"), sentence("As your team calls it. Never what it is about."))
    languages = many(sentence("Languages"), hint=sentence("None ticked: all of the plan."))
    children = number_field(sentence("How many take part at most?"), sentence("Empty: the number above."))
    youngest = number_field(sentence("Youngest age"), sentence("Empty: the ages of the plan."))
    oldest = number_field(sentence("Oldest age"))
    adult_participants = number_field(
        sentence("How many adults take part in the same group?"), sentence("Those who answer too, not those who guide.")
    )
    audiences = many(
        sentence("Who else is in the same group?"), hint=sentence("None ticked: only whom this part asks.")
    )
    active_minutes = number_field(sentence("Minutes of work"), sentence("Without breaks. Empty: as in the plan."))
    adults = many(sentence("Adults in the room or call"))
    practitioners = many(sentence("Support practitioners in the room or one click away"))
    practitioner_within_minutes = number_field(sentence("Else one can be there within how many minutes?"))


class MeetingsForm(StaffForm):
    """All meetings of a part."""

    timezone = text_field(sentence("Time zone"), ZONE_HINT)
    group_size = number_field(sentence("Largest number of participants in one group"))
    breaks = text_field(
        sentence("Breaks"), sentence("Minutes of work done when each begins, with commas between: 20, 40.")
    )
    platform = text_field(
        sentence("Online platform"),
        sentence("By its usual name. What uses it pauses when there is an allegation about it."),
    )
    remote = one_or_none(sentence("How do you talk?"))
    meetings = FieldList(FormField(MeetingForm))

    def facts(self, strand: StrandView) -> dict[str, Any]:
        """The plan's sessions, group size, breaks and means. What only a file says of a meeting stays with it.

        Raises `Invalid`.
        """
        given = [entry for entry in self.meetings if entry.form.starts.data]
        zone = chosen_zone(self.timezone.data, strand.zone if given else strand.timezone)
        before = {datetime.fromisoformat(each["starts"]): each for each in strand.facts.get("sessions") or ()}
        rows = [_session(entry, zone, n, strand.id, before) for n, entry in enumerate(given, start=1)]
        if len({row["id"] for row in rows}) < len(rows):
            raise Invalid({"": [sentence("Two meetings start at the same moment. Give each its own time.")]})
        return {
            "sessions": rows,
            "group_size": self.group_size.data,
            "breaks": self._breaks(),
            "platform": self.platform.data or None,
            "remote": self.remote.data or None,
        }

    def _breaks(self) -> list[int]:
        parts = [part.strip() for part in self.breaks.data.split(",") if part.strip()]
        if not all(part.isdecimal() and len(part) <= _MOST_DIGITS for part in parts):
            raise Invalid({"breaks": [sentence("Write whole minutes with commas between.")]})
        return [int(part) for part in parts]


def _session(
    entry: FormField, zone: ZoneInfo, n: int, strand_id: str, before: Mapping[datetime, Mapping[str, Any]]
) -> dict[str, Any]:
    """One meeting. Its id is of its part and its start: what was proven for another one does not count for it.

    What this page does not ask is as it was `before`, at the same start.
    """
    given = entry.form
    starts, ends = in_zone(given.starts.data, zone, ""), in_zone(given.ends.data, zone, "")
    if starts is None or ends is None or ends <= starts:
        raise Invalid({"": [said("Meeting %(number)s: it has to end after it starts.", number=n)]})
    found = {
        "id": f"{strand_id}-{starts.astimezone(UTC):%Y%m%d-%H%M}",
        "starts": starts.isoformat(),
        "ends": ends.isoformat(),
        "timezone": zone.key,
        "venue": given.venue.data or None,
        "languages": given.languages.data or None,
        "children": given.children.data,
        "ages": _ages(entry, n),
        "adult_participants": given.adult_participants.data,
        "audiences": given.audiences.data or None,
        "active_minutes": given.active_minutes.data,
        "adults": given.adults.data or [],
        "practitioners": given.practitioners.data or [],
        "practitioner_within_minutes": given.practitioner_within_minutes.data,
    }
    unasked = {name: value for name, value in before.get(starts, {}).items() if name not in found}
    return unasked | {name: value for name, value in found.items() if value is not None}


def _ages(entry: FormField, n: int) -> list[int] | None:
    youngest, oldest = entry.form.youngest.data, entry.form.oldest.data
    if youngest is None and oldest is None:
        return None
    if youngest is None or oldest is None or youngest > oldest:
        raise Invalid({"": [said("Meeting %(number)s: write the youngest and the oldest age, or neither.", number=n)]})
    return [youngest, oldest]


def stored_meetings(strand: StrandView) -> Mapping[str, Any]:
    """What is stored, as the form shows it."""
    sessions = strand.facts.get("sessions") or ()
    zone = sessions[0].get("timezone", "UTC") if sessions else strand.zone
    return {
        "timezone": zone,
        "group_size": strand.facts.get("group_size"),
        "breaks": ", ".join(str(each) for each in strand.facts.get("breaks") or ()),
        "platform": strand.facts.get("platform", ""),
        "remote": strand.facts.get("remote", ""),
        "meetings": [
            {
                **each,
                "starts": local(each["starts"], zone),
                "ends": local(each["ends"], zone),
                "youngest": (each.get("ages") or (None, None))[0],
                "oldest": (each.get("ages") or (None, None))[1],
            }
            for each in sessions
        ]
        + [{}] * _SPARE_ROWS,
    }


@facilitate.route("/c/<consultation_id>/<strand_id>/meetings", methods=["GET", "POST"])
def meetings(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:
    """The meetings of a part; an online form that each person fills in alone has none."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        names = {who.id: who.name for who in accounts.people(db)}
    if not strand.meets:
        raise NotFound
    stored, ways = stored_meetings(strand), picked(_REMOTE)
    form = MeetingsForm(stored, remote=ways)
    duties = {person: roles for person, roles in strand.team.duties.items() if person in names}
    others = [(code, words) for code, words in picked(AUDIENCES) if code != strand.card.audience]
    for entry in form.meetings:
        entry.form.audiences.choices = offered(others)
        entry.form.languages.choices = offered(
            [(code, LANGUAGES[code].name) for code in strand.card.languages if code in LANGUAGES]
        )
        entry.form.adults.choices = offered([(each, names[each]) for each in duties])
        supporting = [each for each, roles in duties.items() if Role.SUPPORT_PRACTITIONER in roles]
        entry.form.practitioners.choices = offered([(each, names[each]) for each in supporting])
    if form.is_sent:
        if attempt(form, lambda db: _save(db, strand, form)) is not None:
            return redirect(address("meetings", strand, saved=1), 303)
        if form.clash:
            form.compare({name: value for name, value in stored.items() if name != "meetings"})

    def named(ids: Iterable[str] | None) -> str:
        return gettext(", ").join(names.get(each, each) for each in ids or ())

    remote = dict(ways).get(stored["remote"], "")
    return page("meetings.html", consultation, strand, form=form, named=named, remote=remote), status_of(form)


def _save(db: Session, strand: StrandView, form: MeetingsForm) -> Strand:
    values = drafting.PlanValues(strand.name, form.facts(strand), strand.decision_due)
    return drafting.change_strand(db, site().keys.audit, actor(), strand.id, seen_version(), values, site().clock())
