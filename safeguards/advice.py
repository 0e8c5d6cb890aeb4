"""The words beside a decision: its reasons, notes, what else can be done, whose signatures it needs."""

from __future__ import annotations

from collections.abc import Sequence

from .plan import Strand
from .record import Record
from .results import Fallback, Finding, Status
from .said import Language, Place, Said, joined, said
from .standing import Standing
from .terms import SPECIALIST, Audience, Decision, Level, RepresentativeClass, Role

__all__ = ["advisory_notes", "fallback_notes", "options", "reason", "signers"]

_WAIT = said("wait until ready: asking the children themselves later is often better than asking adults now")
_EVIDENCE = said("published child consultations and helpline data may always be cited, as what they are")


def reason(requirement: str, title: Said, why: Said, remedy: Said) -> Finding:
    """A reason that stands in no requirement: a stop, an incident, the matrix, the people."""
    return Finding(
        requirement=requirement, title=title, level=Level.HARD, status=Status.NOT_FULFILLED, why=why, remedy=remedy
    )


def signers(audience: Audience, taken: Fallback | None) -> tuple[Role, ...]:
    """Whose signatures the decision needs: for S and H, and from the third fallback in a row, the approver's too."""
    both = audience in SPECIALIST
    if both or (taken is not None and taken.needs_independent_approver):
        return (Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER)
    return (Role.SAFEGUARDING_LEAD,)


def advisory_notes(standing: Standing | None, reasons: Sequence[Finding]) -> list[Said]:
    """Advisory gaps that are not among the reasons: printed, never hidden."""
    gaps = standing.advisory if standing else ()
    return [
        said("advised, and not in place: %(title)s: %(why)s", title=gap.title, why=gap.why)
        for gap in gaps
        if gap not in reasons
    ]


def fallback_notes(record: Record, taken: Fallback | None) -> list[Said]:
    """What a fallback makes people promise."""
    if taken is None:
        return []
    notes = []
    if taken.needs_independent_approver:
        notes.append(
            said(
                "adults stand in for the third time in a row: the independent approver signs, and the register shows it"
            )
        )
    if taken.nobody_for:
        notes.append(
            said("nobody is asked in: %(where)s", where=joined(map(_language_or_place, taken.nobody_for), ", "))
        )
    if record.debts_missed:
        notes.append(said("promised days to ask children directly that were missed: %(n)s", n=record.debts_missed))
    if taken.debt is not None and taken.debt.ask_children_by is None and not taken.debt.never_reason:
        notes.append(said("set the day by which children are asked directly, or say why never"))
    return notes


def options(strand: Strand, decision: Decision, row: str, taken: Fallback | None) -> tuple[Said, ...]:
    """What can be done instead; waiting comes first, as asking adults is no easy default.

    Where children need not be asked at all (D4) nobody waits to ask them: what is published comes first.
    """
    if decision.opens or row in ("D1", "D2", "D5") or not strand.asks_children:
        return ()
    if row == "D4":
        beside = taken.beside if taken is not None else None
        return (_EVIDENCE, *([_ask(beside, taken.beside_strand)] if beside and taken else []))
    adults = taken.audience if taken is not None and taken.strand else None
    stand_in = [_ask(adults, taken.strand)] if adults and taken else []
    return (_WAIT, *stand_in, _EVIDENCE)


def _ask(adults: RepresentativeClass, strand: str) -> Said:
    return said("ask %(adults)s instead, in the part %(part)s", adults=adults, part=strand)


def _language_or_place(code: str) -> Language | Place:
    """Places are written in capitals, languages are not."""
    return Place(code) if code[:2].isupper() else Language(code)
