"""What a statement about a safeguard must say, and in which role somebody may make, check or take back one."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from consult.errors import Invalid, sentence
from consult.models import Evidence
from consult.services.actors import Actor, Ruling
from safeguards.measures import CHECKED
from safeguards.policy import Requirement
from safeguards.terms import FACILITATING, Role
from safeguards.validity import add_months, earliest

__all__ = [
    "OUTSIDE_ROLES",
    "EvidenceValues",
    "Right",
    "check_values",
    "ends_of",
    "may_take_back",
    "right_to_attest",
    "right_to_verify",
]

#: These people have no account: somebody of the team enters what they signed, and a third person verifies it.
OUTSIDE_ROLES = frozenset({Role.LEGAL_EXPERT, Role.ETHICS_BOARD, Role.SERVICE_SIGNATORY, Role.SUPPORT_WORKER})
_MAY_ENTER = frozenset({Role.SAFEGUARDING_LEAD, Role.LEAD_FACILITATOR, Role.ORGANISATION_MANAGER})
_MAY_REVOKE = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})
_HEX_DIGEST = 64
_STILL_TO_COME = sentence("This day is still to come.")


@dataclass(frozen=True, slots=True)
class EvidenceValues:
    """What is attested: the subject, the statement, the document's hash and end, what it was given for."""

    requirement: str
    subject: str
    statement: str
    document_digest: str | None = None
    outside_person: str | None = None
    expires: datetime | None = None
    updated_at: datetime | None = None
    finding: str | None = None
    given_for: str | None = None
    #: the document's own day: its age counts from there, however late somebody looked at it
    dated: date | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """In which role somebody may do it; `role` None: not at all, and `why` says so. `outside`: for somebody outside."""

    role: Role | None
    why: str = ""
    outside: bool = False

    @property
    def ok(self) -> bool:
        """Whether it may be done."""
        return self.role is not None


def right_to_attest(roles: Set[Role], requirement: Requirement) -> Right:
    """The same for somebody who has these roles where it counts."""
    if requirement.id in CHECKED:
        return Right(None, sentence("The program tests this itself. Whoever runs it types `consult check --attest`."))
    own = next((role for role in requirement.attest if role in roles), None)
    if own is not None:
        return Right(own)
    outside = next((role for role in requirement.attest if role in OUTSIDE_ROLES), None)
    if outside is not None and roles & _MAY_ENTER:
        return Right(outside, outside=True)
    return Right(None, sentence("Your role can not attest this."))


def ends_of(requirement: Requirement, values: EvidenceValues) -> datetime | None:
    """The earliest of the document's own end, its greatest age and its next update, counted from its own day."""
    validity = requirement.validity
    dated = datetime.combine(values.dated, time(), UTC) if values.dated else None
    updated = max((each for each in (dated, values.updated_at) if each), default=None)
    ends = [
        values.expires,
        add_months(dated, validity.months) if dated and validity.months else None,
        dated + timedelta(days=validity.days) if dated and validity.days else None,
        add_months(updated, validity.update_months) if updated and validity.update_months else None,
    ]
    return earliest(ends)


def check_values(values: EvidenceValues, right: Right, ends: datetime | None, now: datetime) -> None:
    """Raise `Invalid` with a sentence for each field that does not do."""
    problems: dict[str, list[str]] = {}
    for field, problem in (*_words_missing(values, right), *_days_wrong(values, ends, now)):
        problems.setdefault(field, []).append(problem)
    if problems:
        raise Invalid(problems)


def _words_missing(values: EvidenceValues, right: Right) -> Iterator[tuple[str, str]]:
    digest = (values.document_digest or "").strip()
    if not values.statement.strip():
        yield "statement", sentence("Say what you have seen.")
    if right.outside and not (values.outside_person or "").strip():
        yield "outside_person", sentence("Name the person outside who signed this.")
    if digest and (len(digest) != _HEX_DIGEST or set(digest.casefold()) - set("0123456789abcdef")):
        yield "document_digest", sentence("A SHA-256 hash has 64 characters, 0 to 9 and a to f.")


def _days_wrong(values: EvidenceValues, ends: datetime | None, now: datetime) -> Iterator[tuple[str, str]]:
    if values.dated is not None and values.dated > now.date():
        yield "dated", _STILL_TO_COME
    if values.updated_at is not None and values.updated_at > now:
        yield "updated", _STILL_TO_COME
    if values.expires is not None and values.expires <= now:
        yield "expires", sentence("This document has run out already.")
    elif ends is not None and ends <= now:
        yield "dated", sentence("This is too old to count: it has to be renewed first.")


def right_to_verify(actor: Actor, roles: Set[Role], requirement: Requirement, row: Evidence) -> Right:
    """The same for somebody who has these roles where it counts."""
    if row.attested_by == actor.id:
        return Right(None, sentence("You attested this yourself: another person has to check it."))
    if row.subject == actor.id:
        return Right(None, sentence("This is about you: another person has to check it."))
    calls = requirement.verify == (Role.LEAD_FACILITATOR,)  # SAF-06: the facilitator verifies by calling the lead
    if roles & FACILITATING and not calls:
        return Right(None, sentence("Whoever facilitates does not check the safeguards of the same part."))
    for role in requirement.verify:
        # The legal expert signs outside; the lead entered it, the independent approver confirms it.
        if role in roles or (role is Role.LEGAL_EXPERT and Role.INDEPENDENT_APPROVER in roles):
            return Right(role)
    return Right(None, "Your role can not check this.")


def may_take_back(actor: Actor, roles: Set[Role], row: Evidence) -> Ruling:
    """The same for somebody who has these roles where it counts."""
    return Ruling(
        ok=row.attested_by == actor.id or bool(_MAY_REVOKE & roles),
        why=sentence("Only a lead, the independent approver or whoever attested it takes it back."),
    )
