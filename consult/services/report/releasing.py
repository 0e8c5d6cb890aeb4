"""Making a release: what to count, how small is too small, one opening, one frozen row that says where it is from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, NotFound, sentence
from consult.inclusion.dimensions import THRESHOLDS
from consult.inclusion.published import Published
from consult.models import AuditEvent, Consultation, FallbackDebt, OpeningRequest, Release, Signature, Strand
from consult.models.base import new_id
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, visible_strand
from consult.services.auditing import Verb, hold, record
from consult.services.evidence import adjustments
from consult.services.gate.planning import form_of, plan_of
from consult.services.gate.standing import must
from consult.services.opening.reading import read_tables, use
from consult.services.report import circumstances, livecoverage
from consult.services.report.counting import hold_withdrawn, withdrawn
from consult.services.signed.following import follow
from consult.services.tables import coverageplans
from consult.services.tables.releasewords import wording_of
from consult.services.tables.tabulating import ReleaseText, Tabulation
from safeguards.lifecycle import Fact, StrandState
from safeguards.policy import Policy

__all__ = ["BUDGET_SECONDS", "Made", "freeze", "make_release", "make_tables"]

BUDGET_SECONDS = 60.0
_OTHERS_BESIDE = sentence(
    "Live figures were made while these tables were being counted, so the tables were not kept. "
    "Nothing else is lost: enter your passphrase again to count them anew."
)


@dataclass(frozen=True, slots=True)
class Made:
    """Protected tables that came out of an opening and are not frozen yet."""

    tabulation: Tabulation
    text: ReleaseText


def make_release(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    request_id: str,
    passphrase: str,
    cookie_key: bytes,
    now: datetime,
) -> Release:
    """Use a granted request once: count, protect, audit, freeze. Raises as `reading.read_tables` does."""
    made = make_tables(db, keys, policy, actor, request_id, passphrase, cookie_key, now)
    return freeze(db, keys, policy, actor, request_id, made, now)


def make_tables(
    db: Session,
    keys: RootKeys,
    policy: Policy,
    actor: Actor,
    request_id: str,
    passphrase: str,
    cookie_key: bytes,
    now: datetime,
) -> Made:
    """The long part, which only looks: so nobody who sends answers has to wait for it. Raises as `read_tables` does."""
    tabulation = _tabulation(db, policy, _strand(db, actor, request_id))
    return Made(tabulation, read_tables(db, keys, actor, request_id, passphrase, cookie_key, tabulation, now))


def freeze(
    db: Session, keys: RootKeys, policy: Policy, actor: Actor, request_id: str, made: Made, now: datetime
) -> Release:
    """Store the release, with the opening it came from.

    Raises `Conflict` when that was used or refused meanwhile, when it counts somebody who has taken answers back, or
    when live figures were made meanwhile: the audit has not looked at both together.
    """
    hold(db)  # whoever stops, refuses, or stores live figures at this moment has done so, or finds the release
    strand = _strand(db, actor, request_id)
    hold_withdrawn(db, strand.id, made.tabulation.withdrawn)
    if livecoverage.snapshots(db, strand.id) != made.tabulation.beside:
        raise Conflict(_OTHERS_BESIDE)
    use(db, keys, actor, request_id, now)
    release = Release(
        id=made.tabulation.release_id,
        consultation_id=strand.consultation_id,
        strand_id=strand.id,
        series=made.tabulation.series,
        respondent_class=strand.respondent_class,
        content=made.text.text,
        digest=made.text.digest,
        setting=_setting(db, policy, strand, made),
        made_at=now,
        opening_id=request_id,
    )
    db.add(release)
    db.flush()
    facts = {Fact.RELEASE_AUDITED, Fact.NO_STOP}  # nothing comes out of `read_tables` without both
    must(db, actor, strand, "release", facts)
    strand.state = StrandState.RELEASED
    record(
        db, keys.audit, actor.id, Verb.RELEASE_MADE, release.id, now, {"strand": strand.id, "digest": release.digest}
    )
    follow(db, keys, actor, strand, "report", now, {Fact.RELEASE_MADE, Fact.NO_STOP})
    return release


def _strand(db: Session, actor: Actor, request_id: str) -> Strand:
    request = db.get(OpeningRequest, request_id)
    if request is None:
        raise NotFound
    return visible_strand(db, actor, request.strand_id)


def _tabulation(db: Session, policy: Policy, strand: Strand) -> Tabulation:
    """The counting of one strand; the threshold is the policy's, never under the floor of the class (P-K)."""
    form, facts = form_of(strand), plan_of(db, strand).strand
    return Tabulation(
        release_id=new_id(),
        series=f"{strand.respondent_class}-{strand.id}",  # one series a class and strand: never summed with another
        respondent_class=strand.respondent_class,
        k=max(policy.p("P-K", strand.audience), THRESHOLDS[strand.respondent_class]),
        form=form.to_json(),
        bands=tuple(str(band) for band in facts.age_bands),
        languages=tuple(language for language in facts.languages if language in form.complete_languages()),
        budget_seconds=BUDGET_SECONDS,
        withdrawn=withdrawn(db, strand.id),
        planned=coverageplans.planned(db, strand.id).groups,
        beside=livecoverage.snapshots(db, strand.id),
    )


def _setting(db: Session, policy: Policy, strand: Strand, made: Made) -> dict[str, Any]:
    """What was true when the tables were made, so that a report never has to look anywhere else."""
    k, total = made.tabulation.k, Published(json.loads(made.text.text), {}).total
    signature = _signed(db, strand)
    consultation = db.get_one(Consultation, strand.consultation_id)
    return {
        "consultation": {
            "title": consultation.title,
            "decision_maker": consultation.decision_maker,
            "feedback_due": consultation.feedback_due.isoformat(),
        },
        "strand": {
            "name": strand.name,
            "audience": strand.audience,
            "representatives": strand.representatives,
            "mode": strand.mode,
            "languages": list(strand.facts.get("languages", ())),
            "places": list(strand.facts.get("jurisdictions", ())),
        },
        "opened": _day_of(db, strand, Verb.STRAND_OPENED),
        "closed": _day_of(db, strand, Verb.STRAND_CLOSED),
        "decision": _decision(signature),
        "policy": {"version": policy.version, "digest": policy.digest},
        "fallback": _fallback(db, strand),
        "form": wording_of(form_of(strand)),
        "coverage": coverageplans.frozen(db, strand),
        "arrivals": circumstances.arrivals(db, strand, k, total),
        "safeguards": circumstances.safeguards(db, policy, strand, signature),
        "adjustments": adjustments.frozen(db, strand, k),
    }


def _day_of(db: Session, strand: Strand, verb: Verb) -> str | None:
    """The day, without the hour, of the first such event."""
    events = select(AuditEvent.at).where(AuditEvent.subject == strand.id, AuditEvent.verb == verb)
    at = db.scalars(events.order_by(AuditEvent.number)).first()
    return at.date().isoformat() if at else None


def _signed(db: Session, strand: Strand) -> Signature | None:
    """The signature under which people answered: the first that opens."""
    signed = select(Signature).where(Signature.strand_id == strand.id, Signature.valid_until.is_not(None))
    return db.scalars(signed.order_by(Signature.signed_at, Signature.id)).first()


def _decision(signature: Signature | None) -> dict[str, Any] | None:
    if signature is None:
        return None
    return {
        "decision": signature.decision,
        "row": signature.row,
        "signed_on": signature.signed_at.date().isoformat(),
        "two_signatures": signature.second_by is not None,
        "conditions": [condition["condition"] for condition in signature.evaluation.get("conditions", ())],
        "plan_digest": signature.plan_digest,
    }


def _fallback(db: Session, strand: Strand) -> dict[str, str] | None:
    """For adults who stand in: which children were not asked, why, and by when they will be (label rule R-L3)."""
    if strand.stands_in_for_id is None:
        return None
    debt = db.get_one(FallbackDebt, strand.stands_in_for_id)
    return {
        "instead_of": db.get_one(Strand, strand.stands_in_for_id).name,
        "public_reason": debt.public_reason,
        "ask_children_by": debt.ask_children_by.isoformat(),
    }
