"""The field's words: who is asked, how, about what, by whom, and what a rule may answer."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "ADULT_BANDS",
    "CHILD_AUDIENCES",
    "CHILD_BANDS",
    "FACILITATING",
    "LIVE_MODES",
    "SPECIALIST",
    "AgeBand",
    "Audience",
    "Decision",
    "LapseClass",
    "Level",
    "Mode",
    "RepresentativeClass",
    "RespondentClass",
    "Role",
    "Scope",
    "Topic",
]


class Audience(StrEnum):
    """Who a strand asks. A person under 18 is a child whatever the local age of majority (CRC art. 1)."""

    CHILDREN = "G"
    CHILD_SURVIVORS = "S"
    CHILDREN_WHO_CAUSED_HARM = "H"
    ADULT_SURVIVORS = "A"
    REPRESENTATIVES = "R"


CHILD_AUDIENCES = frozenset({Audience.CHILDREN, Audience.CHILD_SURVIVORS, Audience.CHILDREN_WHO_CAUSED_HARM})
#: Asked by their own service alone; two people sign.
SPECIALIST = frozenset({Audience.CHILD_SURVIVORS, Audience.CHILDREN_WHO_CAUSED_HARM})


class RepresentativeClass(StrEnum):
    """Who may stand in for children, with adult survivors (A) and published evidence (E) on the same ladder."""

    YOUNG_ADULTS = "RY"
    ORGANISATIONS = "RO"
    PROFESSIONALS = "RP"
    CAREGIVERS = "RC"
    ADULT_SURVIVORS = "A"
    EVIDENCE = "E"


class RespondentClass(StrEnum):
    """What an answer counts as: set by the strand, never edited; adults are never counted as children."""

    CHILD = "child"
    YOUNG_ADULT = "young_adult"
    ADULT_SURVIVOR = "adult_survivor"
    REPRESENTATIVE = "representative"
    CAREGIVER = "caregiver"
    PROFESSIONAL = "professional"
    SECONDARY_EVIDENCE = "secondary_evidence"


class Mode(StrEnum):
    """How a strand asks."""

    ONLINE_INDIVIDUAL = "OI"
    ONLINE_GROUP = "OG"
    IN_PERSON_GROUP = "PG"
    IN_PERSON_INDIVIDUAL = "PI"
    REMOTE = "RM"


LIVE_MODES = frozenset(Mode) - {Mode.ONLINE_INDIVIDUAL}


class Topic(StrEnum):
    """Topic levels. "What happened to you" is not a level: it is forbidden in every strand."""

    LIFE_ONLINE = "T0"
    SAFETY = "T1"
    HARM_IN_GENERAL = "T2"
    SERVICES = "T3"


class AgeBand(StrEnum):
    """Storage bands, cut so that the standard reporting views can be rebuilt from them."""

    B6_9 = "6_9"
    B10_12 = "10_12"
    B13_14 = "13_14"
    B15 = "15"
    B16_17 = "16_17"
    B18_19 = "18_19"
    B20_24 = "20_24"
    B25P = "25p"

    @property
    def youngest(self) -> int:
        """Lowest age in whole years."""
        return _BAND_YEARS[self][0]

    @property
    def oldest(self) -> int:
        """Highest age in whole years (120 stands for no upper end)."""
        return _BAND_YEARS[self][1]

    @classmethod
    def touched_by(cls, ages: tuple[int, int]) -> tuple[AgeBand, ...]:
        """Every band in which somebody from the youngest to the oldest of these ages can be."""
        youngest, oldest = ages
        return tuple(band for band in cls if band.oldest >= youngest and band.youngest <= oldest)


_BAND_YEARS = {
    AgeBand.B6_9: (6, 9),
    AgeBand.B10_12: (10, 12),
    AgeBand.B13_14: (13, 14),
    AgeBand.B15: (15, 15),
    AgeBand.B16_17: (16, 17),
    AgeBand.B18_19: (18, 19),
    AgeBand.B20_24: (20, 24),
    AgeBand.B25P: (25, 120),
}
CHILD_BANDS = tuple(band for band in AgeBand if band.oldest < 18)
ADULT_BANDS = tuple(band for band in AgeBand if band.youngest >= 18)


class Role(StrEnum):
    """Who may attest, verify, sign or act."""

    ORGANISATION_MANAGER = "OM"
    TECHNICAL_OPERATOR = "TEC"
    DATA_PROTECTION_LEAD = "DPL"
    TRANSLATION_LEAD = "TL"
    SAFEGUARDING_LEAD = "SL"
    INDEPENDENT_APPROVER = "IA"
    LEAD_FACILITATOR = "LF"
    CO_FACILITATOR = "COF"
    MODERATOR = "MOD"
    INTERPRETER = "INT"
    SUPPORT_PRACTITIONER = "SUP"
    REDACTOR = "RED"
    ANALYST = "ANA"
    INCLUSION = "INC"
    DECISION_MAKER = "DEC"
    ADMINISTRATOR = "ADM"
    # These sign from outside: the evidence records the outside person and who entered it.
    LEGAL_EXPERT = "LEX"
    ETHICS_BOARD = "EB"
    SERVICE_SIGNATORY = "SVC"
    SUPPORT_WORKER = "SW"

    @property
    def words(self) -> str:
        """The role in words, for staff."""
        return self.name.lower().replace("_", " ")


#: Whoever delivers a part neither signs it nor checks its safeguards.
FACILITATING = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR})


class Scope(StrEnum):
    """What a piece of evidence is about: it counts wherever that subject is relied on."""

    ORGANISATION = "organisation"
    INSTANCE = "instance"
    CONSULTATION = "consultation"
    STRAND = "strand"
    SESSION = "session"
    PERSON = "person"
    JURISDICTION = "jurisdiction"
    LANGUAGE = "language"
    SERVICE = "service"
    CHILD = "child"


class Level(StrEnum):
    """How a requirement binds, strictest first."""

    HARD = "HARD"
    EQUIVALENT = "EQ"
    ADVISORY = "ADV"


class LapseClass(StrEnum):
    """What a lapse does: halt now, no new starts but finish safely, note only."""

    HALT = "C1"
    FINISH_SAFELY = "C2"
    NOTE = "C3"


class Decision(StrEnum):
    """What the gate answers, worst first."""

    REFUSE = "REFUSE"
    FALLBACK = "FALLBACK"
    INCOMPLETE = "INCOMPLETE"
    GO_WITH_CONDITIONS = "GO_WITH_CONDITIONS"
    GO = "GO"

    @property
    def opens(self) -> bool:
        """Whether a strand may open on this decision, once it is signed."""
        return self in (Decision.GO, Decision.GO_WITH_CONDITIONS)
