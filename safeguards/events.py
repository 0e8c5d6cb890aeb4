"""What can happen to a running strand, by name; the lapse class is looked up in the policy's row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .lapse import Happening, Reach, casts_doubt
from .policy import Lapse, Policy, Requirement, Subjects
from .said import Said, joined, said
from .terms import LapseClass

__all__ = ["EVENTS", "KINDS", "Event", "UnknownEventError", "happening", "known_events"]


class UnknownEventError(ValueError):
    """No such event, requirement or row."""


@dataclass(frozen=True, slots=True)
class Event:
    """A named event: the requirement it breaks and the words of the policy's row that give the class."""

    requirement: str
    when: str
    says: Said


EVENTS: Mapping[str, Event] = {
    "lead_changed": Event(
        "TRN-02",
        "it runs out, or somebody else takes the role",
        said("the safeguarding lead or deputy is another person"),
    ),
    "team_changed": Event("TRN-06", "the questions or the team change", said("the team or its question set changed")),
    "practitioner_left_rota": Event(
        "TRN-07",
        "this person leaves the session",
        said("the practitioner who is qualified in harmful sexual behaviour left"),
    ),
    "interpreter_tie": Event("TRN-08", "a tie is found", said("an interpreter has a tie to a participant")),
    "new_information": Event("TRN-09", "something new is learned", said("there is new information about an adult")),
    "code_breached": Event("TRN-10", "somebody breaks it", said("an adult broke the code of conduct")),
    "conflict_found": Event("TRN-11", "a conflict is found", said("an adult there has power over a participant")),
    "debrief_missed": Event("TRN-12", "it did not take place", said("the talk after the session did not happen")),
    "purpose_changed": Event("SAF-02", "the purpose changes", said("the purpose changed")),
    "incident": Event("SAF-03", "an incident happens", said("there was an incident")),
    "place_changed": Event(
        "SAF-03", "the place, the platform or the topic changes", said("place, platform or topic changed")
    ),
    "adult_not_back": Event(
        "SAF-04",
        "fewer than two are there for longer than the policy allows",
        said("fewer than two adults, and too long"),
    ),
    "below_ratio": Event("SAF-05", "too few adults are there", said("too few adults for the children")),
    "duty_lead_silent": Event("SAF-06", "nobody answers twice", said("the lead on duty did not answer twice")),
    "rehearsal_failed": Event("SAF-07", "a rehearsal fails", said("the rehearsal of what to do in danger failed")),
    "law_changed": Event("SAF-08", "the law changes", said("the law changed")),
    "intrusion": Event(
        "SAF-09", "somebody breaks in, or a setting has changed", said("somebody got in who should not be there")
    ),
    "setting_drift": Event(
        "SAF-09", "somebody breaks in, or a setting has changed", said("a safety setting of the online room is off")
    ),
    "venue_changed": Event("SAF-10", "the venue changes", said("the venue changed")),
    "private_check_failed": Event(
        "SAF-11",
        "it is not private enough: that person's session is moved",
        said("it is not private enough for one person"),
    ),
    "exit_test_failed": Event(
        "SAF-12", "the test fails", said("the help page or the way to leave at once does not work")
    ),
    "wrong_group": Event(
        "SAF-13", "somebody is in the wrong group", said("people are in a group where they should not be")
    ),
    "overrun": Event("SAF-14", "it takes more than 15 minutes longer", said("it goes on too long")),
    "question_set_edited": Event(
        "SAF-15", "anything in them is edited", said("the question set is not the one that was signed off")
    ),
    "image_taken": Event("SAF-16", "somebody records or takes pictures", said("a photo, sound or video was taken")),
    "link_leaked": Event("SAF-17", "a link gets out", said("an entry link leaked")),
    "stop_drill_failed": Event("SAF-18", "a drill fails", said("the emergency stop does not work")),
    "contact_list_missing": Event("SAF-19", "the list is missing", said("the emergency contact list is missing")),
    "readiness_withdrawn": Event(
        "SAF-20", "the support worker takes it back", said("the support worker says: not now")
    ),
    "new_proceedings": Event("SAF-21", "proceedings begin", said("there are new proceedings")),
    "emergency_declared": Event("SAF-22", "an emergency is declared", said("an emergency was declared")),
    "agreement_ended": Event(
        "SUP-01", "it ends, or the service takes no more people", said("the service's agreement ended")
    ),
    "service_offline": Event("SUP-02", "a gap appears", said("the support service cannot be reached now")),
    "speaker_left": Event(
        "SUP-03", "the person who speaks it leaves", said("nobody there speaks the language any more")
    ),
    "contact_test_failed": Event("SUP-04", "a test fails", said("the contact test reached nobody")),
    "contact_test_stale": Event("SUP-04", "the last test is too old", said("the contact test is too old")),
    "service_refused": Event(
        "SUP-05", "somebody tells that they were turned away", said("the service refused somebody")
    ),
    "key_service_closed": Event("SUP-06", "an important service closes", said("an important service nearby closed")),
    "practitioner_left": Event(
        "SUP-07",
        "this person leaves and nobody takes over",
        said("the support practitioner left, and nobody takes over"),
    ),
    "support_withdrawn": Event("SUP-08", "the service withdraws", said("the participants' own service withdraws")),
    "follow_up_backlog": Event("SUP-09", "requests pile up", said("follow-up requests wait too long")),
    "protocol_changed": Event("ETH-01", "the plan that was approved changes", said("the approved protocol changed")),
    "text_edited": Event("ETH-02", "the text is edited", said("an information text was edited")),
    "consent_flow_failed": Event("ETH-03", "the test fails", said("assent, skip, stop or withdraw does not work")),
    "consent_withdrawn": Event(
        "ETH-04", "the guardian or the child takes it back", said("a guardian or a child said no")
    ),
    "secrecy_text_outdated": Event(
        "ETH-05", "the law of the place changes", said("what we say about secrecy no longer fits the law")
    ),
    "pressure_found": Event("ETH-06", "a complaint about it was right", said("people were pressed to take part")),
    "data_use_changed": Event(
        "DAT-01", "the purpose, the host or a tool changes", said("purpose, host or tool of the data changed")
    ),
    "identifier_stored": Event("DAT-02", "the test fails", said("something that identifies was stored")),
    "key_exposed": Event("DAT-03", "a key gets out", said("a key was exposed")),
    "wrong_access": Event(
        "DAT-04", "the wrong person had access", said("somebody read what people wrote who should not")
    ),
    "deletion_failed": Event("DAT-05", "a run fails", said("deletion did not work")),
    "small_numbers_shown": Event("DAT-06", "the test fails", said("small numbers are not hidden")),
    "tracker_found": Event(
        "DAT-07", "a call to the outside is found", said("answers or visits reach an outside service")
    ),
    "adjustment_unmet": Event("INC-02", "a request is not met", said("what somebody needs to take part is not there")),
    "accessibility_regressed": Event("INC-03", "it got worse", said("pages are no longer accessible")),
    "translation_edited": Event("INC-05", "it is edited", said("a translation was edited")),
    "decision_maker_withdrew": Event("ACC-01", "it is withdrawn", said("the decision-maker withdrew")),
    "feedback_missed": Event("ACC-02", "the date is missed", said("the feedback is late")),
    "complaint_unanswered": Event("ACC-03", "a complaint is not answered in time", said("a complaint waits too long")),
    "mandate_ended": Event("REP-01", "they no longer speak for them", said("a representative's mandate ended")),
    "representative_concern": Event("REP-02", "there is a concern", said("there is a concern about a representative")),
    "children_miscounted": Event("REP-03", "the test fails", said("adults could be counted as children")),
    "debt_missed": Event("REP-04", "the date is missed", said("the day to ask children directly has passed")),
}
"""Events of one row of one requirement."""


def _all_stop(_: Policy) -> Happening:
    return Happening(lapse_class=LapseClass.HALT, why=said("the emergency stop was pressed"), stop=True)


def _something_wrong(policy: Policy) -> Happening:
    """Whatever the mode, a child who waits is answered as in a meeting (P-SLR live); no answer twice: C1 for all."""
    return Happening(
        lapse_class=LapseClass.HALT,
        why=said('somebody pressed "Something is wrong": the lead on duty answers, or everybody stops'),
        reach=Reach.PERSON,
        pause_minutes=policy.p("P-SLR", "live"),
    )


def _adult_left(policy: Policy) -> Happening:
    return Happening(
        lapse_class=LapseClass.HALT,
        why=said("fewer than two adults are there: back in time, or everybody stops"),
        requirement="SAF-04",
        pause_minutes=policy.p("P-GAP"),
    )


def _false_certificate(_: Policy) -> Happening:
    why = said(
        "a certificate of the team is false: another adult takes over, only to close; refused until it is resolved"
    )
    return Happening(lapse_class=LapseClass.HALT, why=why, quarantine=True)


def _staff_allegation(_: Policy) -> Happening:
    why = said("there is an allegation against the team: refused until it is resolved; the independent approver leads")
    return Happening(lapse_class=LapseClass.HALT, why=why, quarantine=True, outputs_off=True)


def _condition_missed(_: Policy) -> Happening:
    return Happening(lapse_class=LapseClass.HALT, why=said("a condition of the decision was not kept in time"))


def _triage_backlog(policy: Policy) -> Happening:
    hours = policy.p("P-TRIAGE", "backlog")
    return Happening(
        lapse_class=LapseClass.HALT,
        why=said("what people wrote has waited for a reader longer than %(hours)s hours", hours=hours),
    )


def _decision_ran_out(_: Policy) -> Happening:
    return Happening(lapse_class=LapseClass.FINISH_SAFELY, why=said("the signed decision has run out"))


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

_NOW: Mapping[str, Said] = {
    "expired": said("the document ran out"),
    "failed": said("it no longer holds"),
    "revoked": said("the evidence was taken back"),
    "found_false": said("the evidence was found to be untrue"),
}


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
        return _of_row(requirement, row, joined((requirement.id, event.says), ": "), subject)
    kind, _, requirement_id = name.partition(":")
    if kind not in KINDS or requirement_id not in policy.requirements:
        raise UnknownEventError(f"'{name}' is not an event; known are: {', '.join(known_events())}")
    return _of_kind(kind, policy.requirements[requirement_id], subject)


def _of_kind(kind: str, requirement: Requirement, subject: str) -> Happening:
    classes = tuple(LapseClass)
    rows = sorted(requirement.lapses, key=lambda row: classes.index(row.lapse_class))
    chosen = rows[-1 if kind == "expired" else 0]
    why = joined((requirement.id, _NOW[kind]), ": ")
    if kind in ("revoked", "found_false"):
        chosen = replace(chosen, when=kind, lapse_class=LapseClass.HALT)
    return _of_row(requirement, chosen, why, subject)


def _of_row(requirement: Requirement, row: Lapse, why: Said, subject: str) -> Happening:
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
