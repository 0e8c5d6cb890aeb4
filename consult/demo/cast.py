"""The invented people, services and strands of the demonstration, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from consult.questionnaire.bank import compose, compose_set
from consult.questionnaire.content import Reader
from consult.questionnaire.form import Form
from safeguards.terms import Audience, Mode, RepresentativeClass, Role

__all__ = ["CAST", "LANGUAGES", "PLACE", "SERVICES", "STRANDS", "Part", "StrandPlan", "strand_facts"]

LANGUAGES = ("en", "fr", "ar")
#: A code that ISO 3166 leaves to its users: no country has it.
PLACE = "XA"
WINDOW = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody invented: a key for this script, a name, roles."""

    key: str
    name: str
    roles: tuple[Role, ...]

    @property
    def email(self) -> str:
        """An address of a domain that cannot exist (RFC 2606)."""
        return f"{self.key}@demo.example"


CAST = (
    Part("admin", "Ada Administrator", (Role.ADMINISTRATOR,)),
    Part("manager", "Olu Manager", (Role.ORGANISATION_MANAGER,)),
    Part("operator", "Tess Operator", (Role.TECHNICAL_OPERATOR,)),
    Part("dpl", "Dora Dataguard", (Role.DATA_PROTECTION_LEAD,)),
    Part("translator", "Tarek Translator", (Role.TRANSLATION_LEAD,)),
    Part("lead1", "Lena Lead", (Role.SAFEGUARDING_LEAD,)),
    Part("lead2", "Luis Lead", (Role.SAFEGUARDING_LEAD,)),
    Part("approver", "Ivo Independent", (Role.INDEPENDENT_APPROVER,)),
    Part("facilitator", "Fatou Facilitator", (Role.LEAD_FACILITATOR,)),
    Part("reviewer1", "Rana Reviewer", (Role.ANALYST,)),
    Part("reviewer2", "Rui Reviewer", (Role.REDACTOR,)),
    Part("inclusion", "Imani Inclusion", (Role.INCLUSION,)),
)

SERVICES: Mapping[str, Mapping[str, Any]] = {
    "Safe Harbour Line (invented)": {
        "kind": "agreement",
        "languages": list(LANGUAGES),
        "jurisdictions": [PLACE],
        "round_the_clock": True,
        "channels": [
            {"id": "harbour-phone", "kind": "phone", "address": "000 1000", "free": True},
            {"id": "harbour-chat", "kind": "chat", "address": "harbour.example", "free": True, "backup": True},
        ],
    },
}


@dataclass(frozen=True, slots=True)
class StrandPlan:
    """One invented strand: who is asked, with which ready set of questions, and how many answer by default."""

    key: str
    name: str
    audience: Audience
    questions: str | tuple[str, ...]  # a ready set, or ids of the bank
    ages: tuple[int, int]
    topics: tuple[str, ...]
    minutes: int
    share: int  # of 240 responses
    mode: Mode = Mode.ONLINE_INDIVIDUAL
    representatives: RepresentativeClass | None = None
    stands_in_for: str | None = None
    public_reason: str = ""

    def form(self) -> Form:
        """The questions and texts, copied from the bank in every language of the demonstration."""
        if isinstance(self.questions, str):
            return compose_set(self.questions, LANGUAGES)
        return compose(self.questions, LANGUAGES, reader=Reader.CHILD)


STRANDS = (
    StrandPlan(
        key="children",
        name="Young people 13 to 17",
        audience=Audience.CHILDREN,
        questions="children_13_17",
        ages=(13, 17),
        topics=("T0", "T1", "T2"),
        minutes=12,
        share=140,
    ),
    StrandPlan(
        key="child_survivors",
        name="Child survivors, with their own service",
        audience=Audience.CHILD_SURVIVORS,
        questions=("Q20", "Q25", "Q10"),
        ages=(15, 17),
        topics=("T1",),
        minutes=30,
        share=0,
        mode=Mode.IN_PERSON_INDIVIDUAL,
    ),
    StrandPlan(
        key="adult_survivors",
        name="Adult survivors",
        audience=Audience.ADULT_SURVIVORS,
        questions="adult_survivors",
        ages=(18, 99),
        topics=("T0", "T3"),
        minutes=15,
        share=60,
        stands_in_for="child_survivors",
        public_reason="No specialist service can be in the room with child survivors yet.",
    ),
    StrandPlan(
        key="young_adults",
        name="Young adults 18 to 24",
        audience=Audience.REPRESENTATIVES,
        questions="young_adults",
        ages=(18, 24),
        topics=("T0", "T1"),
        minutes=10,
        share=40,
        representatives=RepresentativeClass.YOUNG_ADULTS,
    ),
)


def strand_facts(plan: StrandPlan, people: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The strand object of a plan file, less what other tables hold. `people`: key of the cast → id."""
    opens, closes = now - timedelta(minutes=5), now + WINDOW
    facts: dict[str, Any] = {
        "topics": list(plan.topics),
        "ages": list(plan.ages),
        "languages": list(LANGUAGES),
        "jurisdictions": [PLACE],
        "uses_interpreters": False,
        "duty": {
            "lead": people["lead1"],
            "deputies": [people["lead2"]],
            "answers_within_minutes": 10,
            "reachable_hours_after": 48,
        },
        "approver": {"person": people["approver"], "organisation": "Another organisation (invented)"},
        "emergency": [{"jurisdiction": PLACE, "number": "112", "round_the_clock": True}],
        "minutes": plan.minutes,
        "expected_participants": plan.share or 8,
    }
    if plan.mode is Mode.ONLINE_INDIVIDUAL:
        facts["window"] = {"opens": opens.isoformat(), "closes": closes.isoformat(), "timezone": "UTC"}
        facts["platform"] = "this site"
    else:
        starts = now + timedelta(days=5)
        facts["sessions"] = [
            {
                "id": "first",
                "starts": starts.isoformat(),
                "ends": (starts + timedelta(minutes=plan.minutes)).isoformat(),
                "adults": [people["facilitator"], people["lead2"]],
                "children": 1,
            }
        ]
        facts["venue"] = "a quiet room (invented)"
    if plan.stands_in_for:
        facts["ask_children_by"] = (now + timedelta(days=300)).date().isoformat()
    return facts
