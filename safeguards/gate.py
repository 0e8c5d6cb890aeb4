"""The gate: whether a strand may open. The decision table, top to bottom, first match wins, and nowhere else.

| row | if | then |
|---|---|---|
| D1 | an emergency stop reaches the strand | REFUSE |
| D2 | an open allegation or serious incident is linked to its people, partners, venue or platform | REFUSE |
| D3 | the matrix does not allow it; a question asks for own abuse | FALLBACK or redesign; own abuse: REFUSE |
| D4 | the stop/go record says that children need not be asked | FALLBACK to published evidence, then adults |
| D5 | four-eyes is broken | INCOMPLETE |
| D8 | HARD requirements fail only for some languages, places or bands | split: each part is decided alone |
| D6 | a HARD requirement is unmet and the decision is not due | INCOMPLETE |
| D7 | the same, and the decision is due | FALLBACK if a candidate passes its own gate, else REFUSE |
| D9 | an EQ requirement is unmet without an accepted equivalent | as D6 and D7 |
| D10 | an equivalent is relied on, or more than P-ADV advisory requirements are unmet | GO_WITH_CONDITIONS |
| D11 | everything is verified | GO |

A strand in several modes is decided mode by mode. Nothing here opens anything: a decision must be signed, and the
signer may be stricter, never looser.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from . import fallback
from .advice import advisory_notes, fallback_notes, options, reason, signers
from .foureyes import broken
from .halts import active_stops, open_incidents
from .matrix import objections
from .plan import Plan, Strand
from .policy import Policy
from .questions import asks_own_abuse
from .record import Record, StopGo
from .results import Evaluation, Fallback, Finding, Status
from .said import Said, joined, said
from .splitting import apart, by_mode, narrowed, split
from .standing import Standing, stand
from .terms import Decision
from .validity import Case

__all__ = ["evaluate"]

_WORST_FIRST = tuple(Decision)


def evaluate(
    plan: Plan,
    record: Record,
    policy: Policy,
    at: datetime,
    *,
    decision_date: datetime | None = None,
    candidates: Sequence[Strand] = (),
    decide_now: bool = False,
) -> Evaluation:
    """The gate's answer at a time.

    ``at`` is UTC-aware (ValueError otherwise). From ``decision_date`` on, or with ``decide_now``, gaps no longer leave
    the decision open (D7). ``candidates`` are strands of adults who could stand in for children.
    """
    if at.tzinfo is None:
        raise ValueError("at must carry a time zone")
    due = decide_now or (decision_date is not None and at >= decision_date)
    return _decide(_Question(Case(plan, record, policy, at), tuple(candidates), due, plan))


@dataclass(frozen=True, slots=True)
class _Question:
    """One strand before the gate. ``whole`` is the plan as it will be signed: a part keeps it."""

    case: Case
    candidates: tuple[Strand, ...]
    due: bool
    whole: Plan

    @property
    def strand(self) -> Strand:
        return self.case.strand

    def about(self, strand: Strand) -> _Question:
        """The same question about a part of the strand."""
        return replace(self, case=replace(self.case, plan=self.case.plan.with_strand(strand)))


def _decide(question: _Question) -> Evaluation:
    for row in (_d1_stop, _d2_incident, _several_modes, _d3_matrix, _d4_not_necessary):
        answer = row(question)
        if answer is not None:
            return answer
    standing = stand(question.case)
    for lower in (_d5_four_eyes, _d8_split, _d6_d7_hard, _d9_equivalent, _d10_conditions):
        answer = lower(question, standing)
        if answer is not None:
            return answer
    return _d11_go(question, standing)


# ---- the upper half: before any requirement is looked at


def _d1_stop(question: _Question) -> Evaluation | None:
    reasons = active_stops(question.case)
    return _answer(question, Decision.REFUSE, "D1", reasons) if reasons else None


def _d2_incident(question: _Question) -> Evaluation | None:
    reasons = open_incidents(question.case)
    return _answer(question, Decision.REFUSE, "D2", reasons) if reasons else None


def _several_modes(question: _Question) -> Evaluation | None:
    if len(question.strand.modes) < 2:
        return None
    return _joined(question, by_mode(question.strand))


def _d3_matrix(question: _Question) -> Evaluation | None:
    asked = question.strand.questions.items if question.strand.questions else ()
    abusive = [item.id for item in asked if item.own_abuse or asks_own_abuse(item.text)]
    if abusive:
        why = said("these questions ask for the person's own abuse: %(which)s", which=joined(abusive, ", "))
        never = reason("matrix", _WHO_WHAT, why, said("take them out: nobody is ever asked this"))
        return _answer(question, Decision.REFUSE, "D3", [never])
    against = objections(question.strand, question.case.policy)
    if not against:
        return None
    redesign = said("plan this part anew: other ages, another way of asking or other topics")
    reasons = [reason("matrix", _WHO_WHAT, why, redesign) for why in against]
    if not question.strand.asks_children:
        return _answer(question, Decision.REFUSE, "D3", reasons)
    adults = _ladder(question)
    taken = adults if adults.audience else fallback.evidence_alone(question.strand, adults)
    return _answer(question, Decision.FALLBACK, "D3", reasons, taken)


def _d4_not_necessary(question: _Question) -> Evaluation | None:
    found = [
        entry.finding
        for entry in question.case.record.entries("SAF-02")
        if entry.finding in (StopGo.NOT_NECESSARY, StopGo.ALREADY_KNOWN)
        and entry.strand in ("", question.strand.id)
        and not (entry.revoked or entry.found_false or entry.missing)
        and entry.attested_at is not None
        and entry.attested_at <= question.case.at
    ]
    if not found or not question.strand.asks_children:
        return None
    why = joined(_NEEDLESS[finding] for finding in found if finding)
    mend = said("use what is published; ask adults for what is missing")
    needless = reason("SAF-02", said("Whether children need to be asked at all"), why, mend)
    taken = fallback.after_stop_go(
        question.strand,
        question.candidates,
        partial(_objection, question),
        in_a_row=question.case.record.fallbacks_in_a_row,
    )
    return _answer(question, Decision.FALLBACK, "D4", [needless], taken)


_WHO_WHAT = said("Who may be asked what")
_NEEDLESS = {
    StopGo.NOT_NECESSARY: said("it is written down that asking children is not necessary"),
    StopGo.ALREADY_KNOWN: said("it is written down that the answer is known already"),
}


# ---- the lower half: what the requirements say


def _d5_four_eyes(question: _Question, standing: Standing) -> Evaluation | None:
    blocking = (*standing.hard, *standing.equivalent)
    reasons = [finding for finding in blocking if finding.status is Status.FOUR_EYES]
    people = broken(question.whole, question.case.record)
    mend = said("give the roles to different people; the approver belongs to no team and has no conflict")
    reasons += [reason("four-eyes", said("Two pairs of eyes"), why, mend) for why in people]
    return _answer(question, Decision.INCOMPLETE, "D5", reasons, standing=standing) if reasons else None


def _d8_split(question: _Question, standing: Standing) -> Evaluation | None:
    parts = split(question.strand, standing.hard)
    return _joined(question, parts) if parts else None


def _d6_d7_hard(question: _Question, standing: Standing) -> Evaluation | None:
    if not standing.hard:
        return None
    return _unmet(question, standing, "D7" if question.due else "D6")


def _d9_equivalent(question: _Question, standing: Standing) -> Evaluation | None:
    return _unmet(question, standing, "D9") if standing.equivalent else None


def _unmet(question: _Question, standing: Standing, row: str) -> Evaluation:
    """Open until it is due; then adults stand in where they can: a language or place that they leave out is a part."""
    reasons = [*standing.hard, *standing.equivalent]
    if not question.due:
        return _answer(question, Decision.INCOMPLETE, row, reasons, standing=standing)
    if not question.strand.asks_children:
        return _answer(question, Decision.REFUSE, row, reasons, standing=standing)
    adults = _ladder(question)
    if adults.nobody_for:
        alone = apart(question.strand, fallback.left_out(question.strand, question.candidates, adults))
        return _whole(question, tuple(_unmet(question.about(strand), standing, row) for strand in alone))
    decision = Decision.FALLBACK if adults.audience else Decision.REFUSE
    return _answer(question, decision, row, reasons, adults, standing)


def _d10_conditions(question: _Question, standing: Standing) -> Evaluation | None:
    if not standing.carried and not standing.too_many_advisory:
        return None
    gaps = standing.advisory if standing.too_many_advisory else ()
    reasons = [*(finding for finding, _ in standing.carried), *gaps]
    return _answer(question, Decision.GO_WITH_CONDITIONS, "D10", reasons, standing=standing)


def _d11_go(question: _Question, standing: Standing) -> Evaluation:
    return _answer(question, Decision.GO, "D11", [], standing=standing)


# ---- fallbacks


def _ladder(question: _Question) -> Fallback:
    return fallback.choose(
        question.strand,
        question.candidates,
        partial(_objection, question),
        in_a_row=question.case.record.fallbacks_in_a_row,
    )


def _objection(question: _Question, candidate: Strand) -> Said | None:
    """Why a candidate's own gate does not let it stand in for this strand; None when it does."""
    strand = replace(candidate, fallback_for=question.strand.id)
    for kind in ("languages", "jurisdictions"):
        shared = [value for value in getattr(strand, kind) if value in getattr(question.strand, kind)]
        strand = narrowed(strand, kind, shared)
    case = question.case
    own = evaluate(case.plan.with_strand(strand), case.record, case.policy, case.at)
    if own.decision.opens:
        return None
    why = joined((joined((finding.title, finding.why), ": ") for finding in own.reasons[:3]), "; ")
    more = len(own.reasons) - 3
    if more > 0:
        why = said("%(why)s; and %(n)s more", why=why, n=more)
    return said("its own gate says “%(decision)s”: %(why)s", decision=own.decision, why=why)


# ---- answers


def _answer(
    question: _Question,
    decision: Decision,
    row: str,
    reasons: Sequence[Finding],
    taken: Fallback | None = None,
    standing: Standing | None = None,
) -> Evaluation:
    opens = decision.opens and standing is not None
    return Evaluation(
        plan=question.case.plan,
        decision=decision,
        row=row,
        policy_digest=question.case.policy.digest,
        reasons=tuple(reasons),
        conditions=standing.conditions() if opens and standing else (),
        fallback=taken,
        valid_until=standing.valid_until if opens and standing else None,
        notes=(*advisory_notes(standing, reasons), *fallback_notes(question.case.record, taken)),
        options=options(question.strand, decision, row, taken),
        signers=signers(question.strand.audience, taken),
        findings=standing.findings if standing else (),
    )


def _joined(question: _Question, strands: Sequence[Strand]) -> Evaluation:
    """Each part decided alone."""
    return _whole(question, tuple(_decide(question.about(strand)) for strand in strands))


def _whole(question: _Question, parts: tuple[Evaluation, ...]) -> Evaluation:
    """The whole is as its worst part."""
    worst = min(parts, key=lambda part: _WORST_FIRST.index(part.decision))
    rows = {part.row for part in parts}
    ends = [part.valid_until for part in parts if part.valid_until is not None]
    return replace(
        worst,
        plan=question.case.plan,
        row=rows.pop() if len(rows) == 1 else "D8",
        reasons=_unlike(finding for part in parts for finding in part.reasons),
        conditions=tuple(dict.fromkeys(condition for part in parts for condition in part.conditions)),
        valid_until=min(ends, default=None) if worst.decision.opens else None,
        parts=parts,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _unlike(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once, in order."""
    kept: list[Finding] = []
    for finding in findings:
        if finding not in kept:
            kept.append(finding)
    return tuple(kept)
