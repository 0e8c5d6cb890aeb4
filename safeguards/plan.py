"""The plan: every fact about a strand that a safeguard rule may look at, and the digest of what is signed.

What has happened and what is proven is the record (record.py).

All times are UTC-aware datetimes. People, services, channels and sessions are named by short ids that are unique in
their list. A fact left out is read in the stricter way; where that is not simply "no", the field says so.
The words after each type are the field's documentation: the plan file's JSON Schema is made from them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from .codec import ClockTime, Key, OneOrMore, TimeZone, encode
from .terms import (
    CHILD_AUDIENCES,
    FACILITATING,
    LIVE_MODES,
    AgeBand,
    Audience,
    Mode,
    RepresentativeClass,
    RespondentClass,
    Role,
    Topic,
)

__all__ = [
    "Approver",
    "Channel",
    "Consultation",
    "Duty",
    "EmergencyContact",
    "Holder",
    "Holders",
    "Hours",
    "Item",
    "Plan",
    "Questions",
    "RemoteKind",
    "Service",
    "ServiceKind",
    "Session",
    "StaffMember",
    "Strand",
    "Weekday",
    "Window",
]


class Weekday(StrEnum):
    """Days of opening hours, in the service's own time zone."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class ServiceKind(StrEnum):
    """A service that signed an agreement for these dates, or a number anybody may call."""

    AGREEMENT = "agreement"
    PUBLIC_NUMBER = "public_number"


class RemoteKind(StrEnum):
    """How a remote (RM) strand talks."""

    PHONE = "phone"
    CHAT = "chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """One purpose, one named decision-maker; holds many strands."""

    id: Annotated[str, "Short name of the consultation; emergency stops refer to it"]
    title: Annotated[str, "Title for people"] = ""
    organisation: Annotated[str, "Organisation that runs it"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """An adult who works on the strand."""

    person: Annotated[str, "Id of the person"]
    roles: Annotated[tuple[Role, ...], "What the person does in this strand; LF, COF and MOD facilitate"]
    name: Annotated[str, "Name for people"] = ""
    languages: Annotated[tuple[str, ...], "Languages the person works in"] = ()
    contact: Annotated[bool, "In contact with participants; left out: yes, and always for who is at a meeting"] = True
    raw_answers: Annotated[bool, "Sees answers before redaction; left out: yes, and always for a first reader"] = True
    triage: Annotated[bool | None, "First reader of own words (OI); left out: yes for SL and RED, else no"] = None
    relatives_of: Annotated[tuple[str, ...], "People of this list who are partner or relative of this person"] = ()

    @property
    def facilitates(self) -> bool:
        """Leads, helps to lead or moderates."""
        return not FACILITATING.isdisjoint(self.roles)

    @property
    def triages(self) -> bool:
        """Is a first reader of own words."""
        if self.triage is None:
            return Role.SAFEGUARDING_LEAD in self.roles or Role.REDACTOR in self.roles
        return self.triage


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who can act while people take part and after (SAF-06)."""

    lead: Annotated[str, "Person (SL or deputy) on duty"]
    deputies: Annotated[tuple[str, ...], "People who stand in"] = ()
    answers_within_minutes: Annotated[int | None, "How fast the lead answers while people take part"] = None
    reachable_hours_after: Annotated[int | None, "How long the lead can be reached after the end"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """The independent approver (IA) of the strand: outside the delivery team."""

    person: Annotated[str, "Id of the person"]
    organisation: Annotated[str, "Organisation of the person"] = ""
    conflict: Annotated[str, "Declared conflict of interest; any text here breaks four-eyes (D5)"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to reach a service."""

    id: Annotated[str, "Id of the channel, unique over all services; contact tests refer to it"]
    kind: Annotated[str, "phone, chat, text, email, in_person …"] = "phone"
    address: Annotated[str, "Number or address shown to participants"] = ""
    free: Annotated[bool, "Free of charge for the participant; left out: no"] = False
    cost: Annotated[str, "What it costs where it is not free"] = ""
    on_bill: Annotated[bool | None, "Shows on the bill or in the list of calls; left out: nobody knows"] = None
    backup: Annotated[bool, "Takes over when the first channel does not answer"] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Opening hours on some days. A closing time not after the opening time means the next day."""

    days: Annotated[tuple[Weekday, ...], "Days on which these hours begin"]
    open: Annotated[int, ClockTime(), "Local time, HH:MM"]
    close: Annotated[int, ClockTime(), "Local time, HH:MM; 24:00 is midnight at the end of the day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A named service that helps participants."""

    id: Annotated[str, "Id of the service"]
    kind: Annotated[ServiceKind, "agreement: signed and forewarned of the dates; public_number: anybody may call it"]
    languages: Annotated[tuple[str, ...], "Languages in which it answers, itself or by an interpreter on call"]
    jurisdictions: Annotated[tuple[str, ...], "Places it serves, as in the strand's jurisdictions"]
    name: Annotated[str, "Name for people"] = ""
    channels: Annotated[tuple[Channel, ...], "How it is reached"] = ()
    audiences: Annotated[tuple[Audience, ...], "Audiences it agreed to take; left out: every audience"] = ()
    ages: Annotated[tuple[int, int] | None, "Youngest and oldest age served; left out: every age"] = None
    timezone: Annotated[str, TimeZone(), "Time zone of its hours, such as America/Lima"] = "UTC"
    hours: Annotated[tuple[Hours, ...], "When a person answers; left out: never, unless round_the_clock"] = ()
    round_the_clock: Annotated[bool, "Answers at every hour of every day"] = False
    agreement_ends: Annotated[datetime | None, "When the agreement ends; left out: only its attestation limits it"] = (
        None
    )
    interpreter_minutes: Annotated[int | None, "Minutes until an interpreter joins; left out: native speakers"] = None
    abuse_trained: Annotated[bool | None, "Its people are trained on sexual abuse; left out: nobody knows"] = None
    source: Annotated[str, "Where this was found"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyContact:
    """The emergency number shown for a place."""

    jurisdiction: Annotated[str, "Place, as in the strand's jurisdictions"]
    number: Annotated[str, "Number or address"]
    round_the_clock: Annotated[bool, "Answers at every hour of every day; left out: no"] = False
    authority: Annotated[
        Mapping[str, str] | None, "Language → whom the law there makes adults tell; participants read it before assent"
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The open period of an online individual form."""

    opens: Annotated[datetime, "First moment"]
    closes: Annotated[datetime, "Last moment"]
    timezone: Annotated[str, TimeZone(), "Time zone of the hours"] = "UTC"
    hours: Annotated[tuple[Hours, ...], "Hours in which answers are taken; left out: day and night"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One live meeting."""

    id: Annotated[str, "Id of the session"]
    starts: Annotated[datetime, "Planned start"]
    ends: Annotated[datetime, "Planned end"]
    timezone: Annotated[str, TimeZone(), "Time zone of the place"] = "UTC"
    mode: Annotated[Mode | None, "One of the strand's; needed only when it has several"] = None
    venue: Annotated[str, "Place, if another than the strand's venue; incidents refer to it"] = ""
    languages: Annotated[tuple[str, ...], "Languages spoken there; left out: the strand's"] = ()
    adults: Annotated[tuple[str, ...], "Staff in the room or call"] = ()
    practitioners: Annotated[tuple[str, ...], "Support practitioners in the room or one click away"] = ()
    practitioner_within_minutes: Annotated[int | None, "How soon a practitioner not in the room can be there"] = None
    duty_lead: Annotated[str, "Lead or deputy on duty in this session; left out: the strand's duty lead"] = ""
    children: Annotated[int | None, "Largest number of children in the session; left out: the strand's group_size"] = (
        None
    )
    ages: Annotated[
        tuple[int, int] | None, "Youngest and oldest participant, within the strand's ages; left out: those"
    ] = None
    adult_participants: Annotated[int, "Adults who take part in the same group as children"] = 0
    audiences: Annotated[tuple[Audience, ...], "Audiences in the same group; left out: the strand's alone"] = ()
    active_minutes: Annotated[int | None, "Minutes of work; left out: the strand's, else from start to end"] = None
    breaks: Annotated[tuple[int, ...], "Minutes of work done when each break begins, such as [30, 60]"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question."""

    id: Annotated[str, "Id of the question"]
    topic: Annotated[Topic, "Topic level"]
    text: Annotated[
        str, "The words; asking for own abuse is recognised in Arabic, English, French and Spanish (D3)"
    ] = ""
    own_abuse: Annotated[bool, "Asks for the person's own abuse: refused for everybody (D3)"] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The question set of the strand."""

    items: Annotated[tuple[Item, ...], "The questions in their order"]
    digest: Annotated[
        str, "Hash of the set that was signed off, or a name of your own for it; left out: made from the items"
    ] = ""
    lint_errors: Annotated[tuple[str, ...], "Errors of the question linter that are not mended"] = ()

    @property
    def locked_digest(self) -> str:
        """The stated hash, else one made from the items."""
        return self.digest or _digest(encode(self.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds a half of the key that opens answers."""

    id: Annotated[str, "Id of the person"]
    fingerprint: Annotated[str, "Fingerprint of the person's identity key; no two people have the same"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """The two roles whose halves meet to open answers; fewer than two of either counts as DAT-03 unmet (D6)."""

    lead: Annotated[tuple[Holder, ...], "Leads"] = ()
    reviewer: Annotated[tuple[Holder, ...], "Reviewers"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """The unit the gate decides on. Change any part and it is decided anew."""

    id: Annotated[str, "Short name of the strand"]
    audience: Annotated[Audience, "Who is asked"]
    modes: Annotated[tuple[Mode, ...], OneOrMore(), Key("mode"), "How; several are decided one by one"]
    topics: Annotated[tuple[Topic, ...], "Topic levels"]
    ages: Annotated[tuple[int, int], "Youngest and oldest age asked"]
    languages: Annotated[tuple[str, ...], "Languages in which participants may answer"]
    jurisdictions: Annotated[tuple[str, ...], "Places whose law applies, such as PE or GB-SCT"]
    representatives: Annotated[RepresentativeClass | None, "For audience R: RY, RO, RP or RC"] = None
    bands: Annotated[tuple[AgeBand, ...], "Storage bands asked; left out: all that the ages touch"] = ()
    remote: Annotated[RemoteKind | None, "For RM: phone or chat; left out: chat, so that page rules apply"] = None
    platform: Annotated[str, "Online platform used; stops and incidents refer to it"] = ""
    venue: Annotated[str, "Place used; incidents refer to it"] = ""
    partners: Annotated[tuple[str, ...], "Partner organisations; incidents refer to them"] = ()
    fallback_for: Annotated[str, "Id of the strand whose children these adults stand in for"] = ""
    ask_children_by: Annotated[
        date | None, "For a fallback: the day by which children are to be asked directly; left out: a note asks for it"
    ] = None
    never_reason: Annotated[str, "For a fallback: why these children will never be asked directly"] = ""
    claims_to_represent: Annotated[bool, "The report will claim to speak for children in general; left out: no"] = False
    existing_group: Annotated[bool, "For H in a group: the service already runs this group; left out: no"] = False
    also_survivors: Annotated[bool, "For RY standing in for S: they are adult survivors too; left out: no"] = False
    uses_interpreters: Annotated[
        bool, "Live: interpreters, sign interpreters or note-takers take part; left out, or when staff has an INT: yes"
    ] = True
    staff: Annotated[tuple[StaffMember, ...], "Every adult who works on the strand"] = ()
    duty: Annotated[Duty | None, "Lead on duty"] = None
    approver: Annotated[Approver | None, "Independent approver; needed for S and H"] = None
    services: Annotated[tuple[Service, ...], "Services that help participants"] = ()
    emergency: Annotated[tuple[EmergencyContact, ...], "Emergency number of each jurisdiction"] = ()
    window: Annotated[Window | None, "Needed for OI: the open period"] = None
    sessions: Annotated[tuple[Session, ...], "Needed for live modes: the meetings"] = ()
    group_size: Annotated[int | None, "Largest number of participants in one group"] = None
    minutes: Annotated[int | None, "Planned minutes for one participant (OI) or of work in one session"] = None
    breaks: Annotated[tuple[int, ...], "Minutes of work done at each break, for sessions without their own"] = ()
    questions: Annotated[Questions | None, "The question set"] = None
    texts: Annotated[Mapping[str, str] | None, "Hash of the texts per language; when given, evidence must match"] = None
    holders: Annotated[Holders, "Who holds the halves of the opening key"] = Holders()
    guardian_age: Annotated[
        int | None,
        "Children younger than this bring a guardian's one-time code before their own yes (ETH-04); left out: nobody "
        "does, because consent is kept on paper or a waiver stands",
    ] = None
    expected_participants: Annotated[int | None, "How many people are expected"] = None
    author: Annotated[str, "Person who set the strand up; never signs it"] = ""

    @property
    def mode(self) -> Mode:
        """The mode of a strand that has one: rules see strands mode by mode."""
        return self.modes[0]

    @property
    def asks_children(self) -> bool:
        """Whether the participants are children: the line is 18 (CRC art. 1)."""
        return self.audience in CHILD_AUDIENCES

    @property
    def live(self) -> bool:
        """Whether people meet at a set time."""
        return self.mode in LIVE_MODES

    @property
    def all_topics(self) -> frozenset[Topic]:
        """Topic levels named and those of the questions: a question cannot hide under a milder label."""
        asked = self.questions.items if self.questions else ()
        return frozenset(self.topics) | {item.topic for item in asked}

    @property
    def age_bands(self) -> tuple[AgeBand, ...]:
        """The stated bands, else every storage band that the ages touch."""
        return self.bands or AgeBand.touched_by(self.ages)

    @property
    def respondent_class(self) -> RespondentClass:
        """What each answer counts as."""
        if self.asks_children:
            return RespondentClass.CHILD
        if self.audience is Audience.ADULT_SURVIVORS:
            return RespondentClass.ADULT_SURVIVOR
        return _CLASS_OF.get(self.representatives, RespondentClass.REPRESENTATIVE)

    @property
    def rung(self) -> RepresentativeClass | None:
        """Where adults of this strand stand on the ladder of representatives; None for children."""
        survivors = self.audience is Audience.ADULT_SURVIVORS
        return RepresentativeClass.ADULT_SURVIVORS if survivors else self.representatives

    def member(self, person: str) -> StaffMember | None:
        """The staff member with this id."""
        return next((member for member in self.staff if member.person == person), None)


_CLASS_OF: Mapping[RepresentativeClass | None, RespondentClass] = {
    RepresentativeClass.YOUNG_ADULTS: RespondentClass.YOUNG_ADULT,
    RepresentativeClass.PROFESSIONALS: RespondentClass.PROFESSIONAL,
    RepresentativeClass.CAREGIVERS: RespondentClass.CAREGIVER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is signed: a consultation's strand as it will run."""

    consultation: Consultation
    strand: Strand

    def digest(self) -> str:
        """SHA-256 in hex over the canonical JSON of the whole plan: what was signed is what may open."""
        return _digest(encode(self))

    def with_strand(self, strand: Strand) -> Plan:
        """The same consultation with another strand."""
        return replace(self, strand=strand)


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
