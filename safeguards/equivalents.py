"""Accepted equivalents: a written substitute for an EQ requirement, with two yeses and an end. None exists for HARD."""

from __future__ import annotations

from datetime import datetime

from .foureyes import different_people, people_who_agreed
from .record import Equivalent
from .results import Condition, Finding
from .said import said
from .terms import Audience, Mode, Role, Topic
from .validity import Case, alerts, earliest, must_hold_until, planned_start

__all__ = ["acceptance_ends", "accepted", "condition_of"]


def accepted(finding: Finding, case: Case, findings: tuple[Finding, ...]) -> Equivalent | None:
    """The equivalent that stands in now for an unmet requirement of level EQ, if any."""
    fitting = [e for e in case.record.equivalents if e.requirement == finding.requirement and _holds(e, case)]
    if finding.requirement == "SUP-01":
        fitting = [equivalent for equivalent in fitting if _replaces_agreement(equivalent, case, findings)]
    return max(fitting, key=acceptance_ends, default=None)


def acceptance_ends(equivalent: Equivalent) -> datetime:
    """When it stops counting: its expiry, or its due time when it was not found in place by then."""
    kept = equivalent.due is None or (equivalent.done_at is not None and equivalent.done_at <= equivalent.due)
    return equivalent.expires if kept or equivalent.due is None else min(equivalent.expires, equivalent.due)


def condition_of(finding: Finding, equivalent: Equivalent, case: Case) -> Condition:
    """What has to be kept, by whom, by when."""
    lead = next((a.person for a in equivalent.accepted_by if a.role is Role.SAFEGUARDING_LEAD), "")
    return Condition(
        requirement=finding.requirement,
        condition=equivalent.control,
        owner=equivalent.owner or lead,
        due=earliest([equivalent.due or planned_start(case.strand)]),
        check=_LOOKED_AT,
        expires=equivalent.expires,
    )


_LOOKED_AT = said("looked at every time the gate is asked; ended or not in place in time, this part halts")


def _holds(equivalent: Equivalent, case: Case) -> bool:
    if equivalent.strand not in ("", case.strand.id) or not equivalent.control.strip():
        return False
    lasting = acceptance_ends(equivalent) > case.at and equivalent.expires >= must_hold_until(case)
    return lasting and _accepted_by_two(equivalent, case) and _accepted_since(equivalent, case)


def _accepted_since(equivalent: Equivalent, case: Case) -> bool:
    """SAF-22: what two accepted before an emergency was declared says nothing of the place since."""
    requirement = case.policy.requirements.get(equivalent.requirement)
    if requirement is None or requirement.validity.days_under_alert is None:
        return True
    return all(yes.at is not None and yes.at > alert.at for alert in alerts(case, "") for yes in equivalent.accepted_by)


def _accepted_by_two(equivalent: Equivalent, case: Case) -> bool:
    """SL who does not facilitate and another person, outside the team, as IA."""
    roles = (Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER)
    return different_people(*(people_who_agreed(equivalent.accepted_by, r, case.strand, case.at) for r in roles))


def _replaces_agreement(equivalent: Equivalent, case: Case, findings: tuple[Finding, ...]) -> bool:
    """SUP-01: only for children in general, online form, mild topics; notice, a local practitioner, tested channels."""
    strand = case.strand
    mild = strand.all_topics <= {Topic.LIFE_ONLINE, Topic.SAFETY}
    tested = any(finding.requirement == "SUP-04" and finding.met for finding in findings)
    fits = strand.audience is Audience.CHILDREN and strand.mode is Mode.ONLINE_INDIVIDUAL and mild
    return fits and tested and equivalent.written_notice and bool(equivalent.practitioner.strip())
