"""The ladder of representatives: who may stand in for children, in which order, and the debt it creates.

Adults never replace children who could be asked: waiting until ready is offered first, and every fallback is a debt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .plan import Strand
from .results import Debt, Fallback, Rung
from .terms import Audience, RepresentativeClass

__all__ = ["LADDERS", "NEVER", "THIRD_IN_A_ROW", "after_stop_go", "choose"]

_RY, _RO, _RP, _RC, _A, _E = (
    RepresentativeClass.YOUNG_ADULTS,
    RepresentativeClass.ORGANISATIONS,
    RepresentativeClass.PROFESSIONALS,
    RepresentativeClass.CAREGIVERS,
    RepresentativeClass.ADULT_SURVIVORS,
    RepresentativeClass.EVIDENCE,
)

LADDERS: Mapping[Audience, tuple[RepresentativeClass, ...]] = {
    Audience.CHILDREN: (_RY, _RO, _A, _RP, _RC, _E),
    Audience.CHILD_SURVIVORS: (_A, _RY, _RO, _RP, _E),
    Audience.CHILDREN_WHO_CAUSED_HARM: (_RP, _E),
}
"""Best first; published evidence (E) is a citation and no strand: always there, always last."""

NEVER: Mapping[Audience, Mapping[RepresentativeClass, str]] = {
    Audience.CHILDREN: {},
    Audience.CHILD_SURVIVORS: {_RC: "caregivers never stand in for child survivors: they may be the source of harm"},
    Audience.CHILDREN_WHO_CAUSED_HARM: {
        _RC: "caregivers never stand in for children who have displayed harmful sexual behaviour",
        _A: "survivors never stand in for children who have displayed harmful sexual behaviour",
        _RY: "young adults never stand in for children who have displayed harmful sexual behaviour",
        _RO: "organisations never stand in for children who have displayed harmful sexual behaviour",
    },
}

THIRD_IN_A_ROW = 2
"""After so many fallbacks in a row the next one needs the independent approver."""

Objection = Callable[[Strand], str]


def choose(strand: Strand, candidates: Sequence[Strand], objection: Objection, *, in_a_row: int) -> Fallback:
    """The best rung whose strand passes its own gate; ``objection`` says why one does not, "" when it does.

    ``audience`` is None when nobody passes. Rungs better than the one taken, and pairs that never stand in,
    are in ``skipped``, each with its reason.
    """
    ladder = LADDERS[strand.audience]
    skipped = [*_never(strand, candidates)]
    for rank, rung in enumerate(ladder, start=1):
        if rung is _E:
            break
        taken, refused = _on_rung(strand, [c for c in candidates if c.rung is rung], objection)
        if taken is not None:
            return _taken(strand, taken, rung, rank, skipped, in_a_row)
        skipped += [replace(entry, audience=rung, rank=rank) for entry in refused]
    return Fallback(audience=None, rank=None, skipped=tuple(skipped), needs_independent_approver=_again(in_a_row))


def after_stop_go(strand: Strand, candidates: Sequence[Strand], objection: Objection, *, in_a_row: int) -> Fallback:
    """D4: children need not be asked. Published evidence first, with the best adults beside it."""
    adults = choose(strand, candidates, objection, in_a_row=in_a_row)
    evidence = evidence_alone(strand, adults)
    return replace(evidence, beside=adults.audience, beside_strand=adults.strand)


def evidence_alone(strand: Strand, adults: Fallback) -> Fallback:
    """Published child consultations and helpline data: no strand, no gate of its own, ranked last."""
    debt = adults.debt or Debt(strand=strand.id, ask_children_by=strand.ask_children_by)
    return replace(adults, audience=_E, rank=len(LADDERS[strand.audience]), strand="", debt=debt)


def _taken(
    strand: Strand, taken: Strand, rung: RepresentativeClass, rank: int, skipped: list[Rung], in_a_row: int
) -> Fallback:
    return Fallback(
        audience=rung,
        rank=rank,
        strand=taken.id,
        skipped=tuple(skipped),
        debt=Debt(strand=strand.id, ask_children_by=taken.ask_children_by, never_reason=taken.never_reason),
        needs_independent_approver=_again(in_a_row),
    )


def _again(in_a_row: int) -> bool:
    return in_a_row >= THIRD_IN_A_ROW


def _never(strand: Strand, candidates: Sequence[Strand]) -> list[Rung]:
    never = NEVER[strand.audience]
    return [
        Rung(audience=candidate.rung, rank=None, why=never[candidate.rung], strand=candidate.id)
        for candidate in candidates
        if candidate.rung in never and candidate.rung is not None
    ]


def _on_rung(strand: Strand, candidates: list[Strand], objection: Objection) -> tuple[Strand | None, list[Rung]]:
    """The first candidate of a rung that passes, else why each does not."""
    if not candidates:
        return None, [Rung(audience=_E, rank=None, why="no strand was proposed")]
    refused: list[Rung] = []
    for candidate in candidates:
        why = _unfit(strand, candidate) or objection(candidate)
        if not why:
            return candidate, []
        refused.append(Rung(audience=_E, rank=None, why=why, strand=candidate.id))
    return None, refused


def _unfit(strand: Strand, candidate: Strand) -> str:
    if candidate.rung is _RY and strand.audience is Audience.CHILD_SURVIVORS and not candidate.also_survivors:
        return "young adults stand in for child survivors only if they are survivors themselves"
    for kind in ("languages", "jurisdictions"):
        if set(getattr(candidate, kind)).isdisjoint(getattr(strand, kind)):
            return f"it shares none of the {kind}: {', '.join(getattr(strand, kind))}"
    return ""
