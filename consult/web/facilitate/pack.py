"""The pack of a session, to print: plan, scripts, helplines, lists to tick, sheets for adults and for counts."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from consult.database import read
from consult.errors import NotFound, sentence
from consult.services.desks.desk import StrandView
from consult.services.live import sessionviews
from consult.services.live.sessionviews import Listed
from consult.services.participation.helplines import HelpService, emergency_numbers, services_of_strand
from consult.services.participation.strandface import Door, unsigned_door
from consult.web.facilitate.blueprint import facilitate, here, page, row_of
from consult.web.facilitate.sessionwords import CLOSING, STARTING
from consult.web.groupnames import whoever_is_asked
from consult.web.languages import LANGUAGES, gettext, use_language
from consult.web.site import site, whole_address
from consult.web.words import country_name, day

__all__ = ["pack"]

#: What is read aloud, in this order, as the part's signed texts say it.
_BEFORE = ("T-ABOUT", "T-CHOICE", "T-SECRET-live")
_AFTER = ("T-THANKS", "T-NEXT")
_GAP = "………………"

#: What adults do, by what happens (domain rules on concerns and distress in a session).
_MOMENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        sentence("A child tells you something"),
        (
            sentence("Listen. Say thank you for telling me, and it is not your fault."),
            sentence("Say what happens next, stay with the child, and bring the practitioner or the lead."),
            sentence("Do not ask who, where, how or why. Do not promise secrecy. Do not call the family first."),
            sentence("Later write the child's own words on paper for the lead, and nowhere else."),
        ),
    ),
    (
        sentence("A child is upset, silent or wants to go"),
        (
            sentence("Slow down, offer a break and the quiet place. Stopping is always fine."),
            sentence("Do not point at the child in the group. Ask alone how they are before they go."),
        ),
    ),
    (
        sentence("Something is wrong"),
        (
            sentence("Stop asking. Press Something is wrong, or pause without a device. Call the lead on duty."),
            sentence("In danger now: call the emergency number first."),
            sentence("If nobody answers in time, close calmly and hand over every child."),
        ),
    ),
)


class _Blanks(dict[str, str]):
    """What fills the blanks of a text; a line to write on for what is not known yet."""

    def __missing__(self, key: str) -> str:
        return _GAP


@facilitate.get("/c/<consultation_id>/<strand_id>/sessions/<meeting_id>/pack")
def pack(consultation_id: str, strand_id: str, meeting_id: str) -> str:
    """The pack of one planned meeting, in one of its languages at a time."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        listed = sessionviews.planned_sessions(db, row_of(db, strand_id), site().policy, site().clock())
        services = services_of_strand(db, strand_id, strand.card.audience, site().clock(), site().policy)
        door = unsigned_door(db, strand_id, site().clock(), site().policy)
        leads = sessionviews.leads_of(db, row_of(db, strand_id), meeting_id, site().policy)
    meeting = next((each for each in listed if each.id == meeting_id), None)
    if meeting is None or door is None or not strand.meets:
        raise NotFound
    offered = _languages(meeting, strand)
    language = request.args.get("language", "")
    language = language if language in offered else offered[0]
    use_language(language)
    minutes, lead = strand.facts.get("minutes", _GAP), leads[0] if leads else _GAP
    blanks = {
        "who": consultation.decision_maker,
        "name": lead,
        "n": str(minutes),
        "minutes": str(minutes),
        "answer_date": day(consultation.feedback_due),
        "report_date": day(door.take_back_until) or _GAP,
        "link": whole_address("participate.news", door.code) or _GAP,
    }
    return page(
        "pack.html",
        consultation,
        strand,
        meeting=meeting,
        offered=[LANGUAGES[each] for each in offered],
        leads=leads,
        before=[*_texts(strand, language, _BEFORE, blanks), *_law(strand, language, door)],
        after=_texts(strand, language, _AFTER, blanks),
        questions=_questions(strand, language),
        helplines=_helplines(services, language),
        emergency=emergency_numbers(strand.facts),
        breaks=strand.facts.get("breaks") or (),
        starting=[gettext(each) for each in STARTING.values()],
        closing=[gettext(each) for each in CLOSING.values()],
        moments=[(gettext(title), [gettext(each) for each in steps]) for title, steps in _MOMENTS],
    )


def _languages(meeting: Listed, strand: StrandView) -> list[str]:
    complete = strand.form.languages
    return [code for code in meeting.languages if code in LANGUAGES and code in complete] or [complete[0]]


def _texts(strand: StrandView, language: str, keys: tuple[str, ...], blanks: Mapping[str, str]) -> list[str]:
    texts = (strand.form.texts.get(key, {}).get(language, "") for key in keys)
    return [each.format_map(_Blanks(blanks)) for each in texts if each]


def _law(strand: StrandView, language: str, door: Door) -> list[str]:
    """What the law of each place asks of us, where the part says whom we must tell: elsewhere there is no such rule."""
    found: list[str] = []
    for place, names in door.authorities.items():
        if authority := names.get(language):
            blanks = {"country": country_name(place), "authority": authority}
            found += _texts(strand, language, ("T-SECRET-law",), blanks)
    return found


def _questions(strand: StrandView, language: str) -> list[tuple[str, str, list[str]]]:
    """Each question with whom it is asked, where not everybody, and its answers."""
    return [
        (
            each.text.get(language, ""),
            whoever_is_asked(strand.form, each, language),
            [option.text.get(language, "") for option in each.options],
        )
        for each in strand.form.questions
    ]


def _helplines(services: tuple[HelpService, ...], language: str) -> list[tuple[str, str]]:
    return [
        (each.name, ", ".join(channel.address for channel in each.channels))
        for each in services
        if language in each.languages
    ]
