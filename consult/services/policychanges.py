"""Changing the safeguard policy: one proposes, another decides, a lead and an independent approver between them.

No number passes its floor. Before somebody decides they see which parts a change would pause; with the yes every part
in which somebody may be answering is looked at again in the same transaction, and what no longer passes is paused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import (
    DECIDES_ON_POLICY,
    Consultation,
    Person,
    PolicyDecision,
    PolicyOutcome,
    PolicyProposal,
    Strand,
    StrandKey,
)
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, visible_consultations
from consult.services.auditing import Verb, record
from consult.services.gate.standing import standing_of
from consult.services.people.accounts import confirm
from consult.services.policyinforce import fingerprint_of, in_force, numbers_of, policy_with
from consult.services.signed.running import PEOPLE_INSIDE, Lapsed, lapse_of, reconsider
from consult.services.telling import end, tell
from safeguards.lapse import PeopleIn
from safeguards.lifecycle import StrandState
from safeguards.policy import Parameter, Policy
from safeguards.policyfile import Numbers, PolicyError, default
from safeguards.telling import Matter

__all__ = [
    "PROMISED",
    "Affected",
    "Change",
    "ProposalView",
    "affected",
    "decide",
    "may_propose",
    "proposals",
    "propose",
    "waiting_proposal",
]

#: What participants were told in numbers. It may become stricter at any time; looser only when nobody is left who was
#: told otherwise, that is when no part has its key any more.
PROMISED = frozenset({"P-WD", "P-RETAIN-RAW", "P-RETAIN-REDACTED", "P-EMC", "P-FU", "P-K", "P-FEEDBACK"})
_JUDGED = (StrandState.GATE_PENDING, StrandState.DECIDED, StrandState.OPEN, StrandState.SUSPENDED)
_OTHER = dict(zip(DECIDES_ON_POLICY, reversed(DECIDES_ON_POLICY), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One number, before and after."""

    parameter: str
    title: str
    unit: str
    case: str
    before: int
    after: int
    stricter: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A part for which a change makes a difference: it `pauses` what is open."""

    consultation_id: str
    consultation: str
    strand_id: str
    strand: str
    state: StrandState
    pauses: bool
    may_finish: bool
    #: what would not hold: its title, and why
    missing: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposed change and what became of it."""

    id: str
    changes: tuple[Change, ...]
    reason: str
    proposed_by: str
    proposed_as: str
    proposed_at: datetime
    outcome: PolicyOutcome | None
    decided_by: str
    decided_at: datetime | None
    may_decide: Ruling
    may_withdraw: Ruling


def may_propose(actor: Actor) -> Ruling:
    """Whether the actor may propose a change: safeguarding leads and independent approvers of the organisation."""
    return Ruling(
        ok=_role_of(actor) is not None,
        why=sentence(
            "A safeguarding lead or an independent approver of the organisation proposes a change; the other decides."
        ),
    )


def propose(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    parameter: str,
    cases: Mapping[str, int | None],
    reason: str,
    passphrase: str,
    now: datetime,
) -> PolicyProposal:
    """Propose other numbers for one parameter. It changes nothing until somebody else decides.

    Raises `Denied`, `NotFound` for a parameter that there is not, `Invalid` for a number under its floor, `Conflict`
    while another proposal waits.
    """
    may_propose(actor).demand()
    policy = in_force(db)
    if parameter not in policy.parameters:
        raise NotFound
    wanted = _checked(policy.parameters[parameter], cases, reason)
    if waiting_proposal(db) is not None:
        raise Conflict("Another change waits for a decision. One at a time: decide on that one first.")
    _keep_promises(db, policy.parameters[parameter], wanted)
    confirm(db, keys, actor, passphrase)
    numbers = {**numbers_of(policy), parameter: wanted}
    row = PolicyProposal(
        parameter=parameter,
        numbers=_only_differing(numbers),
        changes_digest=policy.digest,
        reason=reason.strip(),
        proposed_by=actor.id,
        proposed_as=_role_of(actor) or "",
        proposed_at=now,
    )
    db.add(row)
    db.flush()
    record(db, keys.audit, actor.id, Verb.POLICY_PROPOSED, row.id, now, {"parameter": parameter})
    tell(db, Matter.POLICY_PROPOSED, now, subject=row.id, by=actor.id)
    return row


def decide(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    proposal_id: str,
    outcome: PolicyOutcome,
    passphrase: str,
    now: datetime,
) -> list[Lapsed]:
    """Approve or refuse somebody else's proposal, or withdraw one's own. What an approval suspends is given back.

    Raises `NotFound`, `Denied`, `Conflict` when it was decided or another policy came into force meanwhile.
    """
    row = db.get(PolicyProposal, proposal_id)
    if row is None:
        raise NotFound
    policy = in_force(db)
    ruling = _may_withdraw(actor, row) if outcome is PolicyOutcome.WITHDRAWN else _may_decide(actor, row)
    ruling.demand()
    if _decision(db, row.id) is not None:
        raise Conflict("This was decided already. Nothing was changed.")
    if outcome is PolicyOutcome.APPROVED:
        if row.changes_digest != policy.digest:
            raise Conflict("The policy is another one by now. Withdraw this proposal, and make it anew.")
        _keep_promises(db, policy.parameters[row.parameter], _cases(row, row.parameter))
    confirm(db, keys, actor, passphrase)
    number = (db.scalar(select(func.max(PolicyDecision.number))) or 0) + 1
    db.add(
        PolicyDecision(
            number=number,
            proposal_id=row.id,
            proposed_by=row.proposed_by,
            proposed_as=row.proposed_as,
            outcome=outcome,
            decided_by=actor.id,
            decided_as=row.proposed_as if outcome is PolicyOutcome.WITHDRAWN else _OTHER[row.proposed_as],
            decided_at=now,
        )
    )
    db.flush()
    facts = {"outcome": outcome.value, "parameter": row.parameter, "numbers": fingerprint_of(row.numbers)}
    record(db, keys.audit, actor.id, Verb.POLICY_DECIDED, row.id, now, facts)
    end(db, Matter.POLICY_PROPOSED, row.id, now)
    tell(db, Matter.POLICY_DECIDED, now, subject=row.id, by=actor.id)
    if outcome is not PolicyOutcome.APPROVED:
        return []
    inside = db.scalars(select(Strand).where(PEOPLE_INSIDE)).all()
    return reconsider(db, keys, in_force(db), inside, now, actor.id)


def waiting_proposal(db: Session) -> PolicyProposal | None:
    """The one proposal that nobody has decided on yet."""
    undecided = select(PolicyProposal).where(PolicyProposal.id.not_in(select(PolicyDecision.proposal_id)))
    return db.scalars(undecided.order_by(PolicyProposal.proposed_at)).first()


def proposals(db: Session, actor: Actor) -> tuple[ProposalView, ...]:
    """Every proposal, the newest first; one that waits shows what it would change now."""
    rows = db.execute(
        select(PolicyProposal, PolicyDecision)
        .outerjoin(PolicyDecision, PolicyDecision.proposal_id == PolicyProposal.id)
        .order_by(PolicyProposal.proposed_at, PolicyDecision.number)
    ).all()
    views: list[ProposalView] = []
    numbers: Numbers = {}
    for row, decision in rows:
        views.append(_view(db, actor, row, decision, numbers))
        if decision is not None and decision.outcome == PolicyOutcome.APPROVED:
            numbers = row.numbers
    return tuple(reversed(views))


def affected(db: Session, actor: Actor, proposal_id: str, now: datetime) -> tuple[tuple[Affected, ...], int]:
    """The parts that a proposal makes a difference for, and how many more there are out of the actor's sight."""
    row = db.get_one(PolicyProposal, proposal_id)
    before, after = in_force(db), policy_with(row.numbers, 0)
    seen = {each.id for each in visible_consultations(db, actor)}
    strands = db.scalars(select(Strand).where(Strand.state.in_(_JUDGED)).order_by(Strand.made_at, Strand.id))
    found = [each for strand in strands if (each := _affected(db, strand, before, after, now)) is not None]
    shown = tuple(each for each in found if each.consultation_id in seen)
    return shown, len(found) - len(shown)


def _affected(db: Session, strand: Strand, before: Policy, after: Policy, now: datetime) -> Affected | None:
    try:
        held, holds = standing_of(db, strand, before, now), standing_of(db, strand, after, now)
    except Invalid:
        return None  # a plan that can not be read opens under no policy
    pauses = lapse_of(holds, after, now) if strand.state == StrandState.OPEN else None
    known = {(each.requirement, each.why) for each in held.evaluation.reasons}
    missing = tuple(
        (each.title, each.why) for each in holds.evaluation.reasons if (each.requirement, each.why) not in known
    )
    if pauses is None and not missing and held.evaluation.decision == holds.evaluation.decision:
        return None
    return Affected(
        consultation_id=strand.consultation_id,
        consultation=db.get_one(Consultation, strand.consultation_id).title,
        strand_id=strand.id,
        strand=strand.name,
        state=StrandState(strand.state),
        pauses=pauses is not None,
        may_finish=pauses is not None and pauses.people_in is PeopleIn.FINISH,
        missing=missing or ((("", pauses.why),) if pauses else ()),
    )


def _view(
    db: Session, actor: Actor, row: PolicyProposal, decision: PolicyDecision | None, before: Numbers
) -> ProposalView:
    undecided = Ruling(ok=decision is None, why=sentence("This was decided already."))
    return ProposalView(
        id=row.id,
        changes=_changes(row, before),
        reason=row.reason,
        proposed_by=db.get_one(Person, row.proposed_by).name,
        proposed_as=row.proposed_as,
        proposed_at=row.proposed_at,
        outcome=PolicyOutcome(decision.outcome) if decision else None,
        decided_by=db.get_one(Person, decision.decided_by).name if decision else "",
        decided_at=decision.decided_at if decision else None,
        may_decide=_may_decide(actor, row) if undecided.ok else undecided,
        may_withdraw=_may_withdraw(actor, row) if undecided.ok else undecided,
    )


def _changes(row: PolicyProposal, before: Numbers) -> tuple[Change, ...]:
    parameter = default().parameters.get(row.parameter)
    if parameter is None:
        return ()
    old = {**parameter.values, **before.get(row.parameter, {})}
    new = _cases(row, row.parameter)
    return tuple(
        Change(
            parameter=row.parameter,
            title=parameter.title,
            unit=parameter.unit,
            case=case,
            before=old[case],
            after=new[case],
            stricter=parameter.less_safe(old[case], new[case]),
        )
        for case in parameter.values
        if new[case] != old[case]
    )


def _cases(row: PolicyProposal, key: str) -> dict[str, int]:
    """Every number that a proposal gives a parameter."""
    return {**default().parameters[key].values, **row.numbers.get(key, {})}


def _checked(parameter: Parameter, cases: Mapping[str, int | None], reason: str) -> dict[str, int]:
    """The numbers of all cases, in reach of their floors. Raises `Invalid`, field by field."""
    problems: dict[str, list[str]] = {}
    wanted = dict(parameter.values)
    for case in parameter.values:
        number = cases.get(case)
        if number is None:
            problems[case] = [sentence("Write a whole number.")]
        elif number < parameter.least or parameter.looser(case, number):
            problems[case] = [sentence("This is less safe than the floor. Nobody may go below it.")]
        else:
            wanted[case] = number
    if not problems and wanted == dict(parameter.values):
        problems[""] = [sentence("Change at least one number.")]
    if not reason.strip():
        problems["reason"] = [sentence("Say why: whoever decides has to know.")]
    if problems:
        raise Invalid(problems)
    try:
        policy_with({parameter.key: wanted}, 0)
    except PolicyError as error:
        raise Invalid({"": [str(error)]}) from error
    return wanted


def _only_differing(numbers: Numbers) -> dict[str, dict[str, int]]:
    return numbers_of(policy_with(numbers, 0))


def _keep_promises(db: Session, parameter: Parameter, wanted: Mapping[str, int]) -> None:
    loosened = any(parameter.less_safe(wanted[case], value) for case, value in parameter.values.items())
    if parameter.key not in PROMISED or not loosened:
        return
    kept = select(StrandKey.strand_id).join(Strand, Strand.id == StrandKey.strand_id)
    if db.scalars(kept.where(Strand.state != StrandState.DESTROYED).limit(1)).first() is not None:
        raise Conflict(
            "People who take part were promised the stricter number. It can become looser when every part that they "
            "answered is over and its answers are destroyed."
        )


def _may_decide(actor: Actor, row: PolicyProposal) -> Ruling:
    wanted = _OTHER[row.proposed_as]
    if actor.id == row.proposed_by:
        return Ruling(ok=False, why=sentence("Somebody else decides on what you proposed."))
    if wanted not in actor.roles:
        return Ruling(
            ok=False,
            why=sentence("A safeguarding lead decides on an approver's proposal, an independent approver on a lead's."),
        )
    return Ruling(ok=True)


def _may_withdraw(actor: Actor, row: PolicyProposal) -> Ruling:
    return Ruling(ok=actor.id == row.proposed_by, why=sentence("Whoever proposed it may withdraw it."))


def _role_of(actor: Actor) -> str | None:
    return next((role for role in DECIDES_ON_POLICY if role in actor.roles), None)


def _decision(db: Session, proposal_id: str) -> PolicyDecision | None:
    return db.scalars(select(PolicyDecision).where(PolicyDecision.proposal_id == proposal_id)).first()
