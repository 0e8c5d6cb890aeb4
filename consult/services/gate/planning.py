"""From the database to what the gate looks at: the plan of a strand as it stands now, and the record behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

import safeguards.plan as facts
import safeguards.record as history
from consult.errors import Invalid
from consult.models import (
    Consultation,
    ContactTest,
    EquivalentControl,
    Evidence,
    HolderRole,
    Incident,
    Person,
    Signature,
    Stop,
    Strand,
    StrandHolder,
    StrandService,
    StrandStaff,
    SupportService,
)
from consult.questionnaire.form import Form
from consult.sealing.suite import fingerprint
from consult.services.actors import actor_of, roles_in
from consult.services.gate.addedmeetings import added_to, meetings_elsewhere, running_added
from consult.services.gate.consenting import GUARDIANS, consent
from consult.services.gate.fallbacks import debts_missed, fallbacks_in_a_row
from consult.services.gate.hosting import hosts_of
from consult.services.gate.programruns import as_fact, by_the_program, newest_runs, release
from consult.services.gate.proofs import counts_for
from consult.services.policyinforce import in_force
from consult.services.texts.linting import lint_errors
from consult.services.texts.translationstate import unconfirmed
from consult.services.texts.wording import text_digest
from safeguards.codec import Problem, decode
from safeguards.measures import CHECKED
from safeguards.policy import Policy
from safeguards.terms import Audience, Decision, Role, Scope

T = TypeVar("T")

#: What holds only for a language whose words are all there: information texts, human translation.
_TRANSLATION = ("ETH-02", "INC-05")
#: A second reader has confirmed every translation.
SECOND_READER = "INC-05"

__all__ = [
    "SECOND_READER",
    "as_it_runs",
    "check_service",
    "check_strand",
    "form_of",
    "plan_of",
    "record_of",
    "stand_ins",
    "team_of",
]

_BY_SUBJECT = frozenset({Scope.PERSON, Scope.LANGUAGE, Scope.SERVICE, Scope.JURISDICTION, Scope.SESSION})


def form_of(strand: Strand) -> Form:
    """The questions, texts and dimensions of the strand."""
    return Form.from_json(strand.form)


def plan_of(
    db: Session, strand: Strand, policy: Policy | None = None, *, languages: Iterable[str] | None = None
) -> facts.Plan:
    """The plan as it stands, measured by the policy in force; for some of its languages where they are given.

    Raises `Invalid` naming every fact that does not fit.
    """
    consultation = db.get_one(Consultation, strand.consultation_id)
    return facts.Plan(
        consultation=facts.Consultation(
            id=consultation.id,
            title=consultation.title,
            organisation=consultation.decision_maker,
        ),
        strand=check_strand(_strand_json(db, strand, policy or in_force(db), languages)),
    )


def check_strand(raw: dict[str, Any]) -> facts.Strand:
    """The strand's facts, read strictly. Raises `Invalid` with a sentence for each fact that does not fit."""
    return _read(facts.Strand, raw)


def check_service(raw: dict[str, Any]) -> facts.Service:
    """A support service's facts, read strictly. Raises `Invalid`."""
    return _read(facts.Service, raw)


def _read(kind: type[T], raw: dict[str, Any]) -> T:
    problems: list[Problem] = []
    value = decode(kind, raw, "", problems)
    if problems or value is None:
        raise Invalid({problem.path.strip("."): [str(problem)] for problem in problems})
    return value


def team_of(db: Session, strand: Strand) -> facts.Strand:
    """The strand with its team and every meeting, added ones too, without questions, services and holders.

    Raises `Invalid`.
    """
    team = _team_json(db, strand)
    added = added_to(db, strand)
    return check_strand({**team, "sessions": [*team.get("sessions", ()), *added]} if added else team)


def as_it_runs(db: Session, strand: Strand, plan: facts.Plan) -> facts.Plan:
    """The plan that was signed, with the meetings that were added and run now: what the gate is asked about."""
    added = running_added(db, strand)
    if not added:
        return plan
    sessions = (*plan.strand.sessions, *(_read(facts.Session, dict(each)) for each in added))
    return plan.with_strand(replace(plan.strand, sessions=sessions))


def _team_json(db: Session, strand: Strand) -> dict[str, Any]:
    return {
        **strand.facts,
        **_approver(db, strand),
        **hosts_of(db, strand),
        "id": strand.id,
        "audience": strand.audience,
        "mode": strand.mode,
        "author": strand.author_id,
        "staff": _staff(db, strand),
        **({"representatives": strand.representatives} if strand.representatives else {}),
        **({"fallback_for": strand.stands_in_for_id} if strand.stands_in_for_id else {}),
    }


def _strand_json(db: Session, strand: Strand, policy: Policy, languages: Iterable[str] | None) -> dict[str, Any]:
    form = form_of(strand)
    wanted = set(form.languages if languages is None else languages)
    findings = lint_errors(form, Audience(strand.audience), tuple(strand.facts["ages"]), policy, wanted)
    kept = [each for each in strand.facts.get("languages", ()) if languages is None or each in wanted]
    return {
        **_team_json(db, strand),
        **({"languages": kept} if "languages" in strand.facts else {}),
        "services": _services(db, strand),
        "holders": _holders(db, strand),
        "questions": {
            "digest": form.set_digest(),
            "items": [{"id": q.id, "topic": q.topic, "text": q.text[form.languages[0]]} for q in form.questions],
            "lint_errors": list(findings),
        },
        "texts": {language: text_digest(form, language) for language in form.languages if language in wanted},
    }


def _staff(db: Session, strand: Strand) -> list[dict[str, Any]]:
    """Who works on the strand; whoever's account has ended does not, and so the plan is no longer the signed one."""
    rows = db.execute(
        select(StrandStaff, Person.name)
        .join(Person, Person.id == StrandStaff.person_id)
        .where(StrandStaff.strand_id == strand.id, Person.active)
        .order_by(StrandStaff.person_id, StrandStaff.role)
    ).all()
    members: dict[str, dict[str, Any]] = {}
    for duty, name in rows:
        new = {"person": duty.person_id, "name": name, "roles": [], "languages": sorted(duty.languages)}
        members.setdefault(duty.person_id, new)["roles"].append(duty.role)
    for kin in strand.facts.get("staff", ()):  # partners and relatives, as a plan file says it
        if (here := [each for each in kin["relatives_of"] if each in members]) and kin["person"] in members:
            members[kin["person"]]["relatives_of"] = here
    return list(members.values())


def _approver(db: Session, strand: Strand) -> dict[str, Any]:
    """No approver where the one who is named has left, or is none any more: the plan is then not the signed one."""
    named = db.get(Person, (strand.facts.get("approver") or {}).get("person", ""))
    if named is None or (named.active and Role.INDEPENDENT_APPROVER in roles_in(db, actor_of(named), strand)):
        return {}
    return {"approver": None}


def _services(db: Session, strand: Strand) -> list[dict[str, Any]]:
    rows = db.scalars(
        select(SupportService)
        .join(StrandService, StrandService.service_id == SupportService.id)
        .where(StrandService.strand_id == strand.id)
        .order_by(SupportService.id)
    )
    return [{**row.facts, "id": row.id, "name": row.name} for row in rows]


def _holders(db: Session, strand: Strand) -> dict[str, list[dict[str, str]]]:
    """Who will hold the key: only who is confirmed counts, so that the gate finds too few where one is not (DAT-03)."""
    rows = db.execute(
        select(StrandHolder.role, Person)
        .join(Person, Person.id == StrandHolder.person_id)
        .where(StrandHolder.strand_id == strand.id, Person.active, Person.confirmed_by.is_not(None))
        .order_by(Person.id)
    ).all()
    return {
        role: [{"id": p.id, "fingerprint": fingerprint(p.public_key or b"")} for held, p in rows if held == role]
        for role in HolderRole
    }


def stand_ins(db: Session, strand: Strand) -> list[Strand]:
    """The adult strands prepared to stand in for this one."""
    return list(db.scalars(select(Strand).where(Strand.stands_in_for_id == strand.id).order_by(Strand.id)))


def record_of(db: Session, strand: Strand, now: datetime) -> history.Record:
    """What is proven and what has happened, for this strand and those that could stand in for it."""
    strands = [strand, *stand_ins(db, strand)]
    return history.Record(
        stops=tuple(_stop(row) for row in db.scalars(select(Stop).order_by(Stop.id))),
        incidents=tuple(_incident(row) for row in db.scalars(select(Incident).order_by(Incident.id))),
        evidence=_evidence(db, strands),
        contact_tests=tuple(_contact_tests(db, strands)),
        checks=tuple(as_fact(run) for run in newest_runs(db).values()),
        release=release(),
        equivalents=tuple(_equivalents(db, strands)),
        signatures=tuple(_signatures(db, strands)),
        meetings=tuple(meetings_elsewhere(db, strand)),
        fallbacks_in_a_row=fallbacks_in_a_row(db, strand),
        debts_missed=debts_missed(db, now),
    )


def _evidence(db: Session, strands: Iterable[Strand]) -> dict[str, tuple[history.Evidence, ...]]:
    ids = {strand.id for strand in strands}
    latest: dict[tuple[str | None, ...], Evidence] = {}
    in_order = (Evidence.attested_at, Evidence.revoked_by.is_(None), Evidence.id)
    for row in db.scalars(select(Evidence).where(counts_for(db, *strands)).order_by(*in_order)):
        place = (row.requirement, row.scope, row.subject, row.given_for, row.finding)  # no finding hides another (D4)
        standing = latest.get(place)
        # What nobody has checked never hides an older proof that stands. What was checked took its place: taken back
        # since, it leaves none.
        if standing is None or row.verified_by is not None or not _stands(standing):
            latest[place] = row
    found: dict[str, list[history.Evidence]] = {}
    for row in latest.values():
        found.setdefault(row.requirement, []).append(_one_evidence(row, ids))
    # Nobody's word stands in for what the program tests itself.
    found = {requirement: entries for requirement, entries in found.items() if requirement not in CHECKED}
    found |= {run.requirement: [by_the_program(run)] for run in newest_runs(db).values()}
    for strand in strands:
        for requirement, entry in (*_untranslated(strand), *_unread(db, strand, found.get(SECOND_READER, ()))):
            found.setdefault(requirement, []).append(entry)
    found[GUARDIANS] = list(consent(db, strands, found.get(GUARDIANS, ())))
    return {requirement: tuple(entries) for requirement, entries in found.items() if entries}


def _untranslated(strand: Strand) -> Iterator[tuple[str, history.Evidence]]:
    """A language in which words are missing stays shut, whatever was signed off for the words that are there."""
    complete = form_of(strand).complete_languages()
    for language in strand.facts.get("languages", ()):
        if language not in complete:
            for requirement in _TRANSLATION:
                yield requirement, history.Evidence(subject=language, strand=strand.id, missing=True)


def _unread(db: Session, strand: Strand, given: Iterable[history.Evidence]) -> list[tuple[str, history.Evidence]]:
    """A language with translations that nobody else confirmed has no second reader, whatever was attested (INC-05).

    Where only texts are left on which no safety hangs, what was attested counts for the safety texts alone.
    """
    form, found = form_of(strand), []
    for language in strand.facts.get("languages", ()):
        left = unconfirmed(db, form, language) if language in form.complete_languages() else None
        if left is None or not (left.safety or left.others):
            continue
        partly = [each for each in given if each.subject == language and not each.missing] if not left.safety else []
        found += [replace(each, strand=strand.id, safety_texts_only=True) for each in partly] or [
            history.Evidence(subject=language, strand=strand.id, missing=True)
        ]
    return [(SECOND_READER, each) for each in found]


def _stands(row: Evidence) -> bool:
    return row.revoked_by is None and row.verified_by is not None


def _one_evidence(row: Evidence, strand_ids: Collection[str]) -> history.Evidence:
    outside, of_a_part = row.outside_person, row.subject in strand_ids
    return history.Evidence(
        attested_by=outside or row.attested_by,
        entered_by=row.attested_by if outside else "",
        attested_as=Role(row.attested_as),
        attested_at=row.attested_at,
        verified_by=row.verified_by or "",
        verified_as=Role(row.verified_as) if row.verified_as else None,
        verified_at=row.verified_at,
        subject=row.subject if row.scope in _BY_SUBJECT and not of_a_part else "",
        strand=row.subject if of_a_part else "",
        expires=row.expires,
        updated_at=row.updated_at,
        revoked=row.revoked_by is not None,
        found_false=row.found_false,
        finding=history.StopGo(row.finding) if row.finding else None,
        digest=row.given_for or "",
        release=row.given_for or "",
    )


def _contact_tests(db: Session, strands: Iterable[Strand]) -> Iterable[history.ContactTest]:
    services = select(StrandService.service_id).where(StrandService.strand_id.in_([s.id for s in strands]))
    for row in db.scalars(
        select(ContactTest).where(ContactTest.service_id.in_(services)).order_by(ContactTest.tested_at, ContactTest.id)
    ):
        yield history.ContactTest(
            channel=row.channel,
            at=row.tested_at,
            reached=row.reached,
            minutes=row.minutes,
            language=row.language,
            jurisdiction=row.jurisdiction,
            free=row.free,
            waits=row.waits,
        )


def _equivalents(db: Session, strands: Iterable[Strand]) -> Iterable[history.Equivalent]:
    for row in db.scalars(
        select(EquivalentControl)
        .where(
            EquivalentControl.strand_id.in_([s.id for s in strands]),
            EquivalentControl.accepted_at.is_not(None),
            EquivalentControl.ended_at.is_(None),
        )
        .order_by(EquivalentControl.accepted_at, EquivalentControl.id)
    ):
        yield history.Equivalent(
            requirement=row.requirement,
            control=row.what,
            accepted_by=(
                history.Approval(person=row.lead_id or "", role=Role.SAFEGUARDING_LEAD, at=row.accepted_at),
                history.Approval(person=row.approver_id or "", role=Role.INDEPENDENT_APPROVER, at=row.accepted_at),
            ),
            expires=row.expires,
            owner=row.owner_id,
            due=row.due,
            done_at=row.done_at,
            strand=row.strand_id,
            written_notice=row.written_notice,
            practitioner=row.practitioner,
        )


def _signatures(db: Session, strands: Iterable[Strand]) -> Iterable[history.Signature]:
    for row in db.scalars(
        select(Signature)
        .where(Signature.strand_id.in_([s.id for s in strands]))
        .order_by(Signature.signed_at, Signature.id)
    ):
        for person, role in ((row.signed_by, Role.SAFEGUARDING_LEAD), (row.second_by, Role.INDEPENDENT_APPROVER)):
            if person:
                yield history.Signature(
                    person=person,
                    role=role,
                    at=row.signed_at,
                    strand=row.strand_id,
                    decision=Decision(row.decision),
                    digest=row.plan_digest,
                )


def _stop(row: Stop) -> history.Stop:
    lifted = ((row.lifted_by_lead, Role.SAFEGUARDING_LEAD), (row.lifted_by_approver, Role.INDEPENDENT_APPROVER))
    return history.Stop(
        scope=history.StopScope(row.scope),
        subject=row.subject,
        at=row.pressed_at,
        lifted_at=row.lifted_at,
        lifted_by=tuple(history.Approval(person=p, role=r, at=row.lifted_at) for p, r in lifted if p),
    )


def _incident(row: Incident) -> history.Incident:
    return history.Incident(
        id=row.id,
        kind=history.IncidentKind(row.kind),
        about=history.LinkedTo(row.about),
        subject=row.subject,
        at=row.opened_at,
        resolved_at=row.resolved_at,
    )
