"""The safeguard policy: requirements and numbers as versioned data. Reading and refusing live in policyfile.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .levels import ModeRule, Rule, conditions_of, strictest
from .plan import Strand
from .said import Said
from .terms import LapseClass, Level, Role, Scope

__all__ = ["Lapse", "Parameter", "Policy", "Requirement", "Stricter", "Subjects", "Validity"]


class Stricter(StrEnum):
    """Which way a number is safer."""

    LOWER = "lower"
    HIGHER = "higher"


class Subjects(StrEnum):
    """Whom or what a requirement's evidence is about: each of them must be covered."""

    WHOLE = "whole"
    TEAM = "team"
    CONTACT = "contact"
    ON_DUTY = "on_duty"
    LEAD_FACILITATORS = "lead_facilitators"
    SAFEGUARDING_LEADS = "safeguarding_leads"
    PARTICIPANTS = "participants"
    LANGUAGES = "languages"
    JURISDICTIONS = "jurisdictions"
    SERVICES = "services"
    AGREEMENTS = "agreements"
    SESSIONS = "sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """How long evidence counts: the earliest of these and the document's own end. Nothing set: no greatest age.

    ``per`` says for what it must be given anew; of these, "release" and "version" are compared with the plan. The age
    of contact tests ("test") is looked at in the tests themselves.
    """

    months: int | None = None
    days: int | None = None
    update_months: int | None = None
    days_for: Mapping[str, int]
    days_before_live: int | None = None
    days_under_alert: int | None = None
    past_close: str = ""
    same_as: str = ""
    per: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """One way in which a requirement stops holding. Revocation and falsehood (C1) come on top for every one."""

    when: str
    lapse_class: LapseClass
    individual: bool = False
    for_language: bool = False
    effect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One rule of the policy."""

    id: str
    title: str
    requirement: Said
    why: str
    evidence: Said
    attest: tuple[Role, ...]
    verify: tuple[Role, ...]
    scope: Scope
    subjects: Subjects
    validity: Validity
    level: str
    rules: tuple[Rule, ...]
    modes: str
    mode_rule: ModeRule
    lapses: tuple[Lapse, ...]
    source: tuple[str, ...]

    def level_for(self, strand: Strand) -> Level | None:
        """How strictly it binds this strand (one mode); None where it does not apply."""
        if not self.mode_rule.covers(strand):
            return None
        return strictest(self.rules, strand.audience, conditions_of(strand))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number, or one for each case; ``floors`` are the loosest values an organisation may set.

    ``least`` is the smallest value that means something.
    """

    key: str
    title: str
    unit: str
    stricter: Stricter
    values: Mapping[str, int]
    floors: Mapping[str, int]
    basis: str
    least: int = 0

    def looser(self, case: str, value: int) -> bool:
        """Whether a value is less safe than the floor of its case."""
        return self.less_safe(value, self.floors[case])

    def less_safe(self, value: int, other: int) -> bool:
        """Whether one value is less safe than another."""
        return value > other if self.stricter is Stricter.LOWER else value < other


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A version of the whole policy; ``digest`` is the hash of the texts it was read from."""

    version: str
    requirements: Mapping[str, Requirement]
    parameters: Mapping[str, Parameter]
    sources: Mapping[str, str]
    digest: str

    def __hash__(self) -> int:
        return hash(self.digest)

    def p(self, key: str, case: str = "default") -> int:
        """A number, such as ``p("P-TAIL")`` or ``p("P-TEST", "S")``; a case without its own value takes the default.

        Raises KeyError for a parameter or case that the policy does not have.
        """
        values = self.parameters[key].values
        return values[case] if case in values else values["default"]

    def applying(self, strand: Strand) -> tuple[tuple[Requirement, Level], ...]:
        """Every requirement that binds this strand, in policy order, with its level."""
        holding = conditions_of(strand)
        found = []
        for requirement in self.requirements.values():
            if requirement.mode_rule.covers(strand):
                level = strictest(requirement.rules, strand.audience, holding)
                if level is not None:
                    found.append((requirement, level))
        return tuple(found)
