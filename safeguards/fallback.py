"""The ladder of representatives: who may stand in for children, in which order, and the debt it creates.

Adults never replace children who could be asked: waiting until ready is offered first, and every fallback is a debt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .plan import Strand
from .results import Debt, Fallback, Rung
from .said import Language, Place, Said, joined, said
from .terms import Audience, RepresentativeClass

__all__ = ["LADDERS", "NEVER", "THIRD_IN_A_ROW", "after_stop_go", "choose", "left_out"]

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

NEVER: Mapping[Audience, Mapping[RepresentativeClass, Said]] = {
    Audience.CHILDREN: {},
    Audience.CHILD_SURVIVORS: {
        _RC: said("parents and carers never stand in for child survivors: they may be the source of harm"),
    },
    Audience.CHILDREN_WHO_CAUSED_HARM: {
        _RC: said("parents and carers never stand in for children who caused harm"),
        _A: said("survivors never stand in for children who caused harm"),
        _RY: said("young adults never stand in for children who caused harm"),
        _RO: said("organisations never stand in for children who caused harm"),
    },
}

THIRD_IN_A_ROW = 2
"""After so many fallbacks in a row the next one needs the independent approver."""

Objection = Callable[[Strand], Said | None]


def choose(strand: Strand, candidates: Sequence[Strand], objection: Objection, *, in_a_row: int) -> Fallback:
    """The best rung whose strand passes its own gate; ``objection`` says why one does not, None when it does.

    ``audience`` is None when nobody passes. Whoever was proposed for a better rung, or never stands in, is in
    ``skipped`` with the reason; so is a better rung for which nobody was proposed.
    """
    skipped = _never(strand, candidates)
    for rank, rung in enumerate(LADDERS[strand.audience][:-1], start=1):
        on_rung = [candidate for candidate in candidates if candidate.rung is rung]
        if not on_rung:
            skipped.append(Rung(audience=rung, rank=rank, why=said("nobody was proposed")))
        for candidate in on_rung:
            why = _unfit(strand, candidate) or objection(candidate)
            if not why:
                return _taken(strand, candidate, Rung(audience=rung, rank=rank, why=""), skipped, in_a_row)
            skipped.append(Rung(audience=rung, rank=rank, why=why, strand=candidate.id))
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


def _taken(strand: Strand, candidate: Strand, rung: Rung, skipped: list[Rung], in_a_row: int) -> Fallback:
    return Fallback(
        audience=candidate.rung,
        rank=rung.rank,
        strand=candidate.id,
        skipped=tuple(skipped),
        debt=Debt(strand=strand.id, ask_children_by=candidate.ask_children_by, never_reason=candidate.never_reason),
        needs_independent_approver=_again(in_a_row),
        nobody_for=tuple(value for values in _left(strand, candidate).values() for value in sorted(values)),
    )


def left_out(strand: Strand, candidates: Sequence[Strand], taken: Fallback) -> Mapping[str, frozenset[str]]:
    """The languages and places of a strand in which the candidate that was taken asks nobody."""
    return next(_left(strand, candidate) for candidate in candidates if candidate.id == taken.strand)


def _left(strand: Strand, candidate: Strand) -> Mapping[str, frozenset[str]]:
    kinds = ("languages", "jurisdictions")
    return {kind: frozenset(getattr(strand, kind)) - frozenset(getattr(candidate, kind)) for kind in kinds}


def _again(in_a_row: int) -> bool:
    return in_a_row >= THIRD_IN_A_ROW


def _never(strand: Strand, candidates: Sequence[Strand]) -> list[Rung]:
    """Candidates that no gate could let in: children, and the pairs that could do harm."""
    never = NEVER[strand.audience]
    found: list[Rung] = []
    for candidate in candidates:
        if candidate.rung is None:
            why = said("children never stand in for other children: ask them in a part of their own")
            found.append(Rung(audience=candidate.audience, rank=None, why=why, strand=candidate.id))
        elif candidate.rung in never:
            found.append(Rung(audience=candidate.rung, rank=None, why=never[candidate.rung], strand=candidate.id))
    return found


def _unfit(strand: Strand, candidate: Strand) -> Said | None:
    if candidate.rung is _RY and strand.audience is Audience.CHILD_SURVIVORS and not candidate.also_survivors:
        return said("young adults stand in for child survivors only if they are survivors themselves")
    if set(candidate.languages).isdisjoint(strand.languages):
        return said("it shares none of the languages: %(which)s", which=joined(map(Language, strand.languages), ", "))
    if set(candidate.jurisdictions).isdisjoint(strand.jurisdictions):
        return said("it shares none of the places: %(which)s", which=joined(map(Place, strand.jurisdictions), ", "))
    return None
