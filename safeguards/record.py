"""The record: what has happened and what is proven, for a plan and its candidates.

Times are UTC-aware datetimes. The words after each type are the field's documentation, as in plan.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from .names import known_as
from .terms import Decision, Role

__all__ = [
    "DEFAULT_EVIDENCE",
    "Approval",
    "ContactTest",
    "Equivalent",
    "Evidence",
    "Incident",
    "IncidentKind",
    "LinkedTo",
    "Meeting",
    "ProgramCheck",
    "Record",
    "Signature",
    "Stop",
    "StopGo",
    "StopScope",
    "Waiver",
    "WaiverCode",
]

DEFAULT_EVIDENCE = "*"
"""Key of ``Record.evidence`` whose entry stands for every requirement that has no key of its own."""


class StopScope(StrEnum):
    """How far an emergency stop reaches; an alert stops nothing by itself (SAF-22)."""

    CONSULTATION = "consultation"
    PLATFORM = "platform"
    JURISDICTION = "jurisdiction"
    ALERT = "alert"


class IncidentKind(StrEnum):
    """Open allegation or serious incident: both refuse every strand that uses what they are linked to (D2)."""

    ALLEGATION = "allegation"
    SERIOUS_INCIDENT = "serious_incident"
    OTHER = "other"


class LinkedTo(StrEnum):
    """What an incident is about."""

    PERSON = "person"
    PARTNER = "partner"
    VENUE = "venue"
    PLATFORM = "platform"


class StopGo(StrEnum):
    """What the stop/go record (SAF-02) found about asking children at all."""

    NECESSARY = "necessary"
    NOT_NECESSARY = "not_necessary"
    ALREADY_KNOWN = "already_known"


class WaiverCode(StrEnum):
    """Approved exceptions from guardian consent (ETH-04)."""

    MATURE_ADOLESCENT = "W1"
    GUARDIAN_UNSAFE = "W2"
    NO_GUARDIAN = "W3"
    OPT_OUT = "W4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person's yes in a role."""

    person: Annotated[str, "Id of the person"]
    role: Annotated[Role, "Role in which the person says yes"]
    at: Annotated[datetime | None, "When"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """An emergency stop, or the alert of an emergency or conflict. It ends only when SL and IA lifted it."""

    scope: Annotated[
        StopScope,
        "What it stops; alert: nothing, but whoever SAF-22 protects there is asked only on a proof given since",
    ]
    subject: Annotated[str, "Id of the consultation, platform or jurisdiction; alert: the jurisdiction"]
    at: Annotated[datetime, "When it was pressed or declared"]
    lifted_at: Annotated[datetime | None, "When it was lifted"] = None
    lifted_by: Annotated[tuple[Approval, ...], "Who lifted it: an SL and another person as IA"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An allegation or incident."""

    id: Annotated[str, "Id of the incident"]
    kind: Annotated[IncidentKind, "allegation and serious_incident refuse (D2); other is noted elsewhere"]
    about: Annotated[LinkedTo, "What it is linked to"]
    subject: Annotated[str, "Id of that person, partner, venue or platform"]
    at: Annotated[datetime, "When it became known"]
    resolved_at: Annotated[datetime | None, "When it was resolved"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An approved exception from guardian consent."""

    code: Annotated[WaiverCode, "W1 mature adolescent, W2 guardian unsafe, W3 no guardian, W4 opt-out"]
    law_allows: Annotated[bool, "Local law permits it; left out: no"] = False
    independent_adult: Annotated[bool, "An independent adult stands by the child (W2, W3); left out: no"] = False
    support_worker: Annotated[bool, "The child's support worker is present (W2); left out: no"] = False
    approved_by: Annotated[tuple[Approval, ...], "SL and IA, for W1-W3 also EB"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Proof for a requirement: one person's signed statement and another person's independent check."""

    attested_by: Annotated[str, "Person who attests"] = ""
    attested_as: Annotated[Role | None, "Role of that person; never given under the key *"] = None
    attested_at: Annotated[datetime | None, "When; the document's age counts from here"] = None
    verified_by: Annotated[str, "Another person, who checked it; left out: unverified"] = ""
    verified_as: Annotated[Role | None, "Role of that person; never given under the key *"] = None
    verified_at: Annotated[datetime | None, "When"] = None
    entered_by: Annotated[str, "Who entered an outside person's statement; never its verifier"] = ""
    subject: Annotated[
        str, "Person, language, service, jurisdiction or session, or any name for a participant; left out: all of them"
    ] = ""
    strand: Annotated[str, "Id of the one strand it holds for; left out: every strand of the file"] = ""
    missing: Annotated[bool, "There is no proof for this subject, whatever the other entries say"] = False
    why_missing: Annotated[str, "With `missing`: why not, in a few words"] = ""
    expires: Annotated[datetime | None, "The document's own end; this or the greatest age, whichever is earlier"] = None
    updated_at: Annotated[datetime | None, "Last yearly update or self-declaration, where one is asked"] = None
    revoked: Annotated[bool, "Taken back"] = False
    found_false: Annotated[bool, "Found to be untrue"] = False
    finding: Annotated[StopGo | None, "SAF-02 only: what the stop/go record found; left out: necessary"] = None
    digest: Annotated[
        str, "SAF-15: that of the questions, always; ETH-02, INC-05: that of the text, when the strand has texts"
    ] = ""
    safety_texts_only: Annotated[bool, "INC-05 only: it proves the safety texts, not yet the others"] = False
    release: Annotated[str, "Version of the software that was tested"] = ""
    waiver: Annotated[Waiver | None, "ETH-04 only: approved exception instead of guardian consent"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTest:
    """One dated test of a service's channel."""

    channel: Annotated[str, "Id of the channel"]
    at: Annotated[datetime, "When"]
    reached: Annotated[bool, "A human answered"]
    minutes: Annotated[float | None, "Minutes until a human answered; left out: unknown, so failed"] = None
    tries: Annotated[int, "Tries needed"] = 1
    language: Annotated[str, "Language spoken; left out: none, so it proves no language"] = ""
    jurisdiction: Annotated[str, "Country called from; left out: none, so it proves no country"] = ""
    free: Annotated[bool, "Was free of charge; left out: no"] = False
    waits: Annotated[bool, "Another person has still to confirm it, so it proves nothing yet; left out: no"] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramCheck:
    """The newest run of one of the program's own checks."""

    requirement: Annotated[str, "Id of the requirement"]
    at: Annotated[datetime, "When it ran"]
    passed: Annotated[bool, "Whether everything held"]
    found: Annotated[str, "What did not hold, in words; left out: nothing"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalent:
    """A written substitute for an EQ requirement, accepted by SL and IA. None exists for HARD."""

    requirement: Annotated[str, "Id of the requirement"]
    control: Annotated[str, "What is done instead"]
    accepted_by: Annotated[tuple[Approval, ...], "An SL and another person as IA"]
    expires: Annotated[datetime, "When the acceptance ends"]
    owner: Annotated[str, "Who keeps the condition"] = ""
    due: Annotated[datetime | None, "By when it is in place; left out: it is in place already"] = None
    done_at: Annotated[datetime | None, "When it was found in place; not by its due time: the decision ends"] = None
    strand: Annotated[str, "Id of the one strand it holds for; left out: every strand of the file"] = ""
    written_notice: Annotated[bool, "SUP-01 only: the service was told of the dates in writing"] = False
    practitioner: Annotated[str, "SUP-01 only: the named local practitioner"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signed act about a strand."""

    person: Annotated[str, "Id of the person"]
    role: Annotated[Role, "Role in which the person signed"]
    at: Annotated[datetime, "When"]
    strand: Annotated[str, "Id of the strand; left out: the strand of the file"] = ""
    decision: Annotated[Decision | None, "What was signed"] = None
    digest: Annotated[str, "Digest of the plan that was signed; when given it must be the plan's"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting of another strand that was signed. Whom it asks is no part of it: that is its own team's to know."""

    strand: Annotated[str, "Id of that strand"]
    starts: Annotated[datetime, "Planned start"]
    ends: Annotated[datetime, "Planned end"]
    venue: Annotated[str, "Place, compared by its name without regard to capitals and spaces"]

    def takes(self, venue: str, starts: datetime, ends: datetime) -> bool:
        """Whether whoever meets there in this time would share the room."""
        there = known_as(venue)
        return there != "" and there == known_as(self.venue) and starts < self.ends and self.starts < ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What has happened and what is proven, for a plan and its candidates."""

    stops: Annotated[tuple[Stop, ...], "Emergency stops and alerts"] = ()
    incidents: Annotated[tuple[Incident, ...], "Allegations and incidents"] = ()
    evidence: Annotated[
        Mapping[str, tuple[Evidence, ...]],
        "Requirement id → its entries; no entries means missing; the key * stands for ids without a key",
    ] = field(default_factory=dict)
    contact_tests: Annotated[tuple[ContactTest, ...], "Tests of the services' channels"] = ()
    checks: Annotated[
        tuple[ProgramCheck, ...], "Newest runs of the program's own checks; a failed one outweighs evidence"
    ] = ()
    equivalents: Annotated[tuple[Equivalent, ...], "Accepted equivalents"] = ()
    signatures: Annotated[tuple[Signature, ...], "Signatures so far"] = ()
    meetings: Annotated[tuple[Meeting, ...], "Meetings of other strands that were signed (SAF-13)"] = ()

    release: Annotated[str, "Version of the software that runs; when given, 'each release' tests must name it"] = ""
    fallbacks_in_a_row: Annotated[int, "How many decisions of this organisation just before this one were FALLBACK"] = 0
    debts_missed: Annotated[int, "How many promised days to ask children directly this organisation has missed"] = 0

    def entries(self, requirement: str) -> tuple[Evidence, ...]:
        """The entries that stand for a requirement: its own, else the default's."""
        found = self.evidence.get(requirement)
        return self.evidence.get(DEFAULT_EVIDENCE, ()) if found is None else found
