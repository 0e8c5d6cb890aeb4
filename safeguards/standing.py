"""How a strand stands: every finding, sorted into what blocks, what an equivalent carries, what is advisory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from .equivalents import acceptance_ends, accepted, condition_of
from .evidence import findings
from .plan import Holders
from .record import Equivalent
from .results import Condition, Finding, Status
from .said import Said, either, joined, said
from .terms import Level
from .validity import Case, earliest, next_session, planned_close, planned_start

__all__ = ["Standing", "stand"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the lower half of the decision table looks at. ``carried`` are EQ gaps with an accepted equivalent."""

    case: Case
    findings: tuple[Finding, ...]
    hard: tuple[Finding, ...]
    equivalent: tuple[Finding, ...]
    carried: tuple[tuple[Finding, Equivalent], ...]
    advisory: tuple[Finding, ...]

    @property
    def valid_until(self) -> datetime | None:
        """The earliest end of every HARD and EQ requirement relied on, and of every accepted equivalent."""
        relied = [f.valid_until for f in self.findings if f.met and f.level is not Level.ADVISORY]
        return earliest([*relied, *(acceptance_ends(equivalent) for _, equivalent in self.carried)])

    @property
    def too_many_advisory(self) -> bool:
        """More than P-ADV advisory gaps make a GO conditional."""
        return len(self.advisory) > self.case.policy.p("P-ADV")

    def conditions(self) -> tuple[Condition, ...]:
        """One for each equivalent relied on and, beyond P-ADV, for each advisory gap."""
        relied = [condition_of(finding, equivalent, self.case) for finding, equivalent in self.carried]
        gaps = [self._to_close(finding) for finding in self.advisory] if self.too_many_advisory else []
        return (*relied, *gaps)

    def _to_close(self, finding: Finding) -> Condition:
        return Condition(
            requirement=finding.requirement,
            condition=finding.remedy,
            owner=either(finding.who_attests) if finding.who_attests else "",
            due=planned_start(self.case.strand),
            check=_LOOKED_AT,
        )


def stand(case: Case) -> Standing:
    """Every finding for a strand with one mode, sorted."""
    found = tuple(_with_holders(finding, case.strand.holders) for finding in findings(case))
    found += tuple(_plan_gaps(case))
    unmet = [finding for finding in found if not finding.met]
    pairs = [(finding, accepted(finding, case, found)) for finding in unmet if finding.level is Level.EQUIVALENT]
    carried = tuple((replace(f, status=Status.EQUIVALENT), e) for f, e in pairs if e is not None)
    return Standing(
        case=case,
        findings=found,
        hard=tuple(finding for finding in unmet if finding.level is Level.HARD),
        equivalent=tuple(finding for finding, equivalent in pairs if equivalent is None),
        carried=carried,
        advisory=tuple(finding for finding in unmet if finding.level is Level.ADVISORY),
    )


def _with_holders(finding: Finding, holders: Holders) -> Finding:
    """Fewer than two holders of a role, or one person or key with both halves, counts as DAT-03 unmet."""
    if finding.requirement != "DAT-03":
        return finding
    lacking = _holders_lacking(holders)
    if not lacking:
        return finding
    return replace(
        finding,
        status=Status.NOT_FULFILLED if finding.met else finding.status,
        why=joined(lacking if finding.met else [finding.why, *lacking]),
        remedy=_FOUR_HOLDERS,
        valid_until=None,
        failing={},
    )


_LOOKED_AT = said("looked at every time the gate is asked; not met in time, this part halts")
_FOUR_HOLDERS = said("name two leads and two reviewers, four different people with a key each")


def _holders_lacking(holders: Holders) -> list[Said]:
    leads, reviewers = {holder.id for holder in holders.lead}, {holder.id for holder in holders.reviewer}
    lacking = []
    if len(leads) < _TWO:
        lacking.append(said("%(n)s of at least 2 people hold the lead's half of the opening key", n=len(leads)))
    if len(reviewers) < _TWO:
        lacking.append(said("%(n)s of at least 2 people hold the reviewer's half of the opening key", n=len(reviewers)))
    both = sorted(leads & reviewers)
    lacking += [said("%(person)s holds both halves of the opening key", person=person) for person in both]
    owners: dict[str, set[str]] = {}
    for holder in (*holders.lead, *holders.reviewer):
        owners.setdefault(holder.fingerprint, set()).add(holder.id)
    shared = [sorted(people) for key, people in owners.items() if key and len(people) > 1]
    lacking += [said("these people have the same key: %(people)s", people=joined(people, ", ")) for people in shared]
    return lacking


_TWO = 2


def _plan_gaps(case: Case) -> Iterator[Finding]:
    """Without a time ahead nothing shows how long the evidence must hold, so nothing may open."""
    strand = case.strand
    close = planned_close(strand)
    if close is None:
        why = said("no session is planned") if strand.live else said("no time for answers is planned")
        yield _plan_gap(why, said("plan the session") if strand.live else said("set when people can answer"))
    elif strand.live and next_session(strand, case.at) is None:
        yield _plan_gap(said("the last session was over on %(when)s", when=close), said("plan another session"))
    elif close <= case.at:
        yield _plan_gap(said("the time for answers was over on %(when)s", when=close), said("set a time still to come"))


def _plan_gap(why: Said, remedy: Said) -> Finding:
    return Finding(
        requirement="plan",
        title=said("The plan itself"),
        level=Level.HARD,
        status=Status.MISSING,
        why=why,
        remedy=remedy,
    )
