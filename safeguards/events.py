"""What can happen to a running strand, by name; the lapse class is looked up in the policy's row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .lapse import Happening, Reach, casts_doubt
from .policy import Lapse, Policy, Requirement, Subjects
from .terms import LapseClass

__all__ = ["EVENTS", "KINDS", "Event", "UnknownEventError", "happening", "known_events"]


class UnknownEventError(ValueError):
    """No such event, requirement or row."""


@dataclass(frozen=True, slots=True)
class Event:
    """A named event: the requirement it breaks and the words of the policy's row that give the class."""

    requirement: str
    when: str
    says: str


EVENTS: Mapping[str, Event] = {
    "lead_changed": Event("TRN-02", "expiry, change of person", "the safeguarding lead or deputy is another person"),
    "team_changed": Event("TRN-06", "question set or staff change", "the team or its question set changed"),
    "practitioner_left_rota": Event("TRN-07", "leaves rota", "the HSB-qualified practitioner left the rota"),
    "interpreter_tie": Event("TRN-08", "tie found", "an interpreter has a tie to a participant"),
    "new_information": Event("TRN-09", "new information", "there is new information about an adult"),
    "code_breached": Event("TRN-10", "breach", "an adult broke the code of conduct"),
    "conflict_found": Event("TRN-11", "conflict found", "an adult there has power over a participant"),
    "debrief_missed": Event("TRN-12", "no-show", "supervision or debrief did not happen"),
    "purpose_changed": Event("SAF-02", "purpose changes", "the purpose changed"),
    "incident": Event("SAF-03", "incident", "there was an incident"),
    "place_changed": Event("SAF-03", "change of place/platform/topic", "place, platform or topic changed"),
    "adult_not_back": Event("SAF-04", "fewer than 2 for >`P-GAP`", "fewer than two adults, and too long"),
    "below_ratio": Event("SAF-05", "below ratio", "too few adults for the children"),
    "duty_lead_silent": Event("SAF-06", "no answer twice", "the lead on duty did not answer twice"),
    "rehearsal_failed": Event("SAF-07", "failed rehearsal", "the rehearsal of the protocol failed"),
    "law_changed": Event("SAF-08", "law change", "the law changed"),
    "intrusion": Event("SAF-09", "intrusion, setting drift", "somebody got in who should not be there"),
    "setting_drift": Event("SAF-09", "intrusion, setting drift", "a live-online control is off"),
    "venue_changed": Event("SAF-10", "venue change", "the venue changed"),
    "private_check_failed": Event(
        "SAF-11", "check fails: that person's session moves", "it is not private enough for one person"
    ),
    "exit_test_failed": Event("SAF-12", "test fails", "get-help or quick exit does not work"),
    "wrong_group": Event("SAF-13", "mis-mix found", "people are in a group where they should not be"),
    "overrun": Event("SAF-14", "overrun >15 min", "it goes on too long"),
    "question_set_edited": Event("SAF-15", "any edit", "the question set is not the one that was signed off"),
    "image_taken": Event("SAF-16", "breach", "a photo, sound or video was taken"),
    "link_leaked": Event("SAF-17", "leaked link", "an entry link leaked"),
    "stop_drill_failed": Event("SAF-18", "drill fails", "the emergency stop does not work"),
    "contact_list_missing": Event("SAF-19", "list missing", "the emergency contact list is missing"),
    "readiness_withdrawn": Event("SAF-20", "support worker withdraws it", "the support worker says: not now"),
    "new_proceedings": Event("SAF-21", "new proceedings", "there are new proceedings"),
    "emergency_declared": Event("SAF-22", "emergency declared", "an emergency was declared"),
    "agreement_ended": Event("SUP-01", "ended, capacity withdrawn", "the service's agreement ended"),
    "service_offline": Event("SUP-02", "gap appears", "the support service cannot be reached now"),
    "speaker_left": Event("SUP-03", "speaker leaves", "nobody there speaks the language any more"),
    "contact_test_failed": Event("SUP-04", "test fails", "the contact test reached nobody"),
    "contact_test_stale": Event("SUP-04", "stale", "the contact test is too old"),
    "service_refused": Event("SUP-05", "reported refusal", "the service refused somebody"),
    "key_service_closed": Event("SUP-06", "key service closes", "a key service of the referral map closed"),
    "practitioner_left": Event("SUP-07", "leaves without cover", "the support practitioner left without cover"),
    "support_withdrawn": Event("SUP-08", "service withdraws", "the participants' own service withdraws"),
    "follow_up_backlog": Event("SUP-09", "backlog", "follow-up requests wait too long"),
    "protocol_changed": Event("ETH-01", "protocol change", "the approved protocol changed"),
    "text_edited": Event("ETH-02", "text edit", "an information text was edited"),
    "consent_flow_failed": Event("ETH-03", "test fails", "assent, skip, stop or withdraw does not work"),
    "consent_withdrawn": Event("ETH-04", "guardian or child withdraws", "a guardian or a child said no"),
    "secrecy_text_outdated": Event("ETH-05", "profile change", "what we say about secrecy no longer fits the law"),
    "pressure_found": Event("ETH-06", "complaint upheld", "people were pressed to take part"),
    "data_use_changed": Event("DAT-01", "purpose/host/tool change", "purpose, host or tool of the data changed"),
    "identifier_stored": Event("DAT-02", "test fails", "something that identifies was stored"),
    "key_exposed": Event("DAT-03", "key exposure", "a key was exposed"),
    "wrong_access": Event("DAT-04", "wrong access", "somebody read raw answers who should not"),
    "deletion_failed": Event("DAT-05", "job fails", "deletion did not work"),
    "small_numbers_shown": Event("DAT-06", "test fails", "small numbers are not hidden"),
    "tracker_found": Event("DAT-07", "call detected", "answers or visits reach an outside service"),
    "adjustment_unmet": Event("INC-02", "unmet request", "what somebody needs to take part is not there"),
    "accessibility_regressed": Event("INC-03", "regression", "pages are no longer accessible"),
    "translation_edited": Event("INC-05", "edit", "a translation was edited"),
    "decision_maker_withdrew": Event("ACC-01", "withdrawn", "the decision-maker withdrew"),
    "feedback_missed": Event("ACC-02", "date missed", "the feedback is late"),
    "complaint_unanswered": Event("ACC-03", "unanswered >`P-CMP`", "a complaint waits too long"),
    "mandate_ended": Event("REP-01", "mandate ends", "a representative's mandate ended"),
    "representative_concern": Event("REP-02", "concern", "there is a concern about a representative"),
    "children_miscounted": Event("REP-03", "test fails", "adults could be counted as children"),
    "debt_missed": Event("REP-04", "date missed", "the day to ask children directly has passed"),
}
"""Events of one row of one requirement."""


def _all_stop(_: Policy) -> Happening:
    return Happening(lapse_class=LapseClass.HALT, why="the emergency stop was pressed", stop=True)


def _something_wrong(policy: Policy) -> Happening:
    """Whatever the mode, a child who waits is answered as in a meeting (P-SLR live); no answer twice: C1 for all."""
    return Happening(
        lapse_class=LapseClass.HALT,
        why='somebody pressed "Something is wrong": the lead on duty answers, or everybody stops',
        reach=Reach.PERSON,
        pause_minutes=policy.p("P-SLR", "live"),
    )


def _adult_left(policy: Policy) -> Happening:
    return Happening(
        lapse_class=LapseClass.HALT,
        why="fewer than two adults are there: back in time, or everybody stops",
        requirement="SAF-04",
        pause_minutes=policy.p("P-GAP"),
    )


def _false_certificate(_: Policy) -> Happening:
    why = "a certificate of the staff is false: another adult takes over, only to close; refused (D2) until resolved"
    return Happening(lapse_class=LapseClass.HALT, why=why, quarantine=True)


def _staff_allegation(_: Policy) -> Happening:
    why = "there is an allegation against the team: refused (D2) until resolved; the independent approver leads"
    return Happening(lapse_class=LapseClass.HALT, why=why, quarantine=True, outputs_off=True)


def _condition_missed(_: Policy) -> Happening:
    return Happening(lapse_class=LapseClass.HALT, why="a condition of the decision was not kept by its due time")


def _triage_backlog(policy: Policy) -> Happening:
    hours = policy.p("P-TRIAGE", "backlog")
    return Happening(lapse_class=LapseClass.HALT, why=f"own words have waited for a reader longer than {hours} hours")


def _decision_ran_out(_: Policy) -> Happening:
    return Happening(lapse_class=LapseClass.FINISH_SAFELY, why="the signed decision has run out")


_SPECIAL: Mapping[str, Callable[[Policy], Happening]] = {
    "emergency_stop": _all_stop,
    "something_wrong": _something_wrong,
    "adult_left": _adult_left,
    "false_certificate": _false_certificate,
    "staff_allegation": _staff_allegation,
    "condition_missed": _condition_missed,
    "triage_backlog": _triage_backlog,
    "decision_ran_out": _decision_ran_out,
}

KINDS: Mapping[str, str] = {
    "expired": "the document ran out: the mildest class of the requirement's row",
    "failed": "it no longer holds: the strictest class of the row",
    "revoked": "the evidence was taken back: C1",
    "found_false": "the evidence was found to be untrue: C1",
}
"""What may stand before a requirement's id, as in ``expired:TRN-01``."""


def known_events() -> tuple[str, ...]:
    """Every name that may be given; ID stands for a requirement's id."""
    return (*sorted([*EVENTS, *_SPECIAL]), *(f"{kind}:ID" for kind in KINDS))


def happening(name: str, policy: Policy, subject: str = "") -> Happening:
    """What an event's name means under a policy. ``subject``: language, jurisdiction or person it is about.

    Raises UnknownEventError.
    """
    if name in _SPECIAL:
        return _SPECIAL[name](policy)
    if name in EVENTS:
        event = EVENTS[name]
        requirement = policy.requirements[event.requirement]
        row = next((row for row in requirement.lapses if row.when == event.when), None)
        if row is None:
            raise UnknownEventError(f"{name}: the policy's {event.requirement} has no row '{event.when}'")
        return _of_row(requirement, row, f"{requirement.id}: {event.says}", subject)
    kind, _, requirement_id = name.partition(":")
    if kind not in KINDS or requirement_id not in policy.requirements:
        raise UnknownEventError(f"'{name}' is not an event; known are: {', '.join(known_events())}")
    return _of_kind(kind, policy.requirements[requirement_id], subject)


def _of_kind(kind: str, requirement: Requirement, subject: str) -> Happening:
    classes = tuple(LapseClass)
    rows = sorted(requirement.lapses, key=lambda row: classes.index(row.lapse_class))
    chosen = rows[-1 if kind == "expired" else 0]
    why = f"{requirement.id}: {KINDS[kind].partition(':')[0]}"
    if kind in ("revoked", "found_false"):
        chosen = replace(chosen, when=kind, lapse_class=LapseClass.HALT)
    return _of_row(requirement, chosen, why, subject)


def _of_row(requirement: Requirement, row: Lapse, why: str, subject: str) -> Happening:
    return Happening(
        lapse_class=row.lapse_class,
        why=why,
        reach=_reach(requirement, row, subject),
        subject=subject,
        requirement=requirement.id,
        quarantine=casts_doubt(requirement.id),
        outputs_off=row.effect in ("exports off", "reports off"),
    )


def _reach(requirement: Requirement, row: Lapse, subject: str) -> Reach:
    if row.individual:
        return Reach.PERSON
    if row.for_language:
        return Reach.LANGUAGE
    return Reach.JURISDICTION if subject and requirement.subjects is Subjects.JURISDICTIONS else Reach.STRAND
