"""The staff's part of the demonstration: accounts, plan, evidence by one and checks by another, signatures, opening."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from consult.database import write
from consult.demo.cast import CAST, PLACE, SERVICES, STRANDS, Part, StrandPlan, strand_facts
from consult.models import Strand
from consult.sealing.identity import STANDARD, Stretching
from consult.sealing.root import AuditKey, RootKeys
from consult.sealing.suite import Secret
from consult.sealing.totp import code_at, new_seed
from consult.services.actors import Actor
from consult.services.evidence import attesting, programchecks
from consult.services.evidence.programchecks import Result
from consult.services.gate.gating import judge
from consult.services.gate.planning import form_of, plan_of
from consult.services.gate.programruns import newest_runs
from consult.services.gate.proofs import subject_of
from consult.services.help import directory
from consult.services.keys import confirming
from consult.services.people import onboarding, secondfactor
from consult.services.setup import drafting, teams
from consult.services.signed import running, signing
from consult.services.translation import translating
from safeguards.measures import CHECKED
from safeguards.plan import Strand as Facts
from safeguards.policy import Policy, Requirement
from safeguards.results import Evaluation
from safeguards.terms import Role, Scope

__all__ = [
    "Stage",
    "close_all",
    "make_accounts",
    "make_consultation",
    "make_directory",
    "open_one_to_try",
    "put_safeguards_in_place",
    "sign_and_open",
]

_WITNESS = "manager"
#: For a stage that is itself a rehearsal; the demonstration hands in what the checks really found.
INVENTED = tuple(Result(requirement, passed=True, found=("Rehearsed (invented).",)) for requirement in CHECKED)
#: What the child survivors' own service has not been able to give: so they are not asked.
_NOT_IN_PLACE = frozenset({"SUP-07", "SUP-08", "SAF-20"})


@dataclass(slots=True)
class Stage:
    """What the demonstration has made so far: people by key, their passphrases, strands by key, entry codes."""

    engine: Engine
    keys: RootKeys
    policy: Policy
    people: dict[str, Actor] = field(default_factory=dict)
    passphrases: dict[str, str] = field(default_factory=dict, repr=False)
    app_seed: Secret = field(default_factory=new_seed, repr=False)
    services: list[str] = field(default_factory=list)
    consultation_id: str = ""
    strands: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    stretching: Stretching = STANDARD

    @property
    def audit(self) -> AuditKey:
        """The key of the audit log."""
        return self.keys.audit


def make_accounts(stage: Stage, now: datetime) -> None:
    """Everybody's account: the administrator and the witness first. Each joins by the link; holders are confirmed."""
    for part in CAST:
        with write(stage.engine) as db:
            invited = _invited(db, stage, part, now)
            who, own = onboarding.accept(db, stage.keys, invited.code, now, stretching=stage.stretching)
            stage.people[part.key], stage.passphrases[part.key] = who, own.passphrase
            # A person would scan the code with a phone; here everybody has the same invented app.
            secondfactor.add_app(db, stage.keys, who, stage.app_seed, code_at(stage.app_seed, now), now)
        with write(stage.engine) as db:
            _confirm(db, stage, part.key, now)


def _invited(db: Session, stage: Stage, part: Part, now: datetime) -> onboarding.Invited:
    if part.key == "admin":
        return onboarding.invite_first_administrator(db, stage.keys, part.name, part.email, now)
    if part.key == _WITNESS:
        return onboarding.invite_witness(db, stage.keys, part.name, part.email, part.roles[0], now)
    return onboarding.invite(db, stage.keys, stage.people["admin"], part.name, part.email, part.roles, now)


def _confirm(db: Session, stage: Stage, key: str, now: datetime) -> None:
    """The witness has met them and heard the fingerprint from each."""
    heard = confirming.fingerprint_of(db, stage.keys, stage.people[key])
    if heard:
        witness, who = stage.people[_WITNESS], stage.people[key]
        confirming.confirm_holder(db, stage.keys, witness, who.id, heard, stage.passphrases[_WITNESS], now)


def make_directory(stage: Stage, now: datetime) -> None:
    """The facilitator enters the support services."""
    with write(stage.engine) as db:
        stage.services = [
            directory.save_service(db, stage.audit, stage.people["facilitator"], name, facts, now).id
            for name, facts in SERVICES.items()
        ]


def make_consultation(stage: Stage, title: str, plans: Iterable[StrandPlan], now: datetime) -> None:
    """The facilitator sets up a consultation with its strands."""
    facilitator = stage.people["facilitator"]
    with write(stage.engine) as db:
        consultation = drafting.make_consultation(
            db,
            stage.audit,
            facilitator,
            drafting.ConsultationValues(
                title=title,
                cover_name="Our ideas",
                purpose="To change how reporting and help work in apps and services.",
                decision_maker="The Ministry of Invented Affairs",
                feedback_due=(now + timedelta(days=60)).date(),
            ),
            now,
        )
        stage.consultation_id = consultation.id
    for plan in plans:
        with write(stage.engine) as db:
            _add_strand(db, stage, plan, now)


def _add_strand(db: Session, stage: Stage, plan: StrandPlan, now: datetime) -> None:
    facilitator, ids = stage.people["facilitator"], {key: who.id for key, who in stage.people.items()}
    strand = drafting.add_strand(
        db,
        stage.audit,
        facilitator,
        stage.consultation_id,
        drafting.StrandValues(
            name=plan.name,
            audience=plan.audience,
            mode=plan.mode,
            facts=strand_facts(plan, ids, now),
            form=plan.form(),
            representatives=plan.representatives,
            stands_in_for=stage.strands.get(plan.stands_in_for or ""),
            public_reason=plan.public_reason,
        ),
        now,
    )
    stage.strands[plan.key] = strand.id
    duties = [
        (ids["facilitator"], Role.LEAD_FACILITATOR, ("en", "fr")),
        (ids["lead1"], Role.SAFEGUARDING_LEAD, ("en", "fr", "ar")),
        (ids["lead2"], Role.SAFEGUARDING_LEAD, ("en", "fr", "ar")),
    ]
    teams.name_staff(db, stage.audit, facilitator, strand.id, strand.version, duties, now)
    teams.name_holders(
        db, stage.audit, facilitator, strand.id, strand.version,
        (ids["lead1"], ids["lead2"]), (ids["reviewer1"], ids["reviewer2"]), now,
    )  # fmt: skip
    teams.name_services(db, stage.audit, facilitator, strand.id, strand.version, stage.services, now)


def put_safeguards_in_place(stage: Stage, now: datetime, results: Iterable[Result] = INVENTED) -> int:
    """One attests, another verifies, for every requirement that applies; returns how many pieces of evidence.

    `results`: what the program found out about itself.
    """
    _test_services(stage, now)
    count = _check_program(stage, now, results)
    for key, strand_id in stage.strands.items():
        skip = _NOT_IN_PLACE if key == "child_survivors" else frozenset()
        with write(stage.engine) as db:
            strand = db.get_one(Strand, strand_id)
            _confirm_words(db, stage, strand, now)
            for requirement, _ in stage.policy.applying(plan_of(db, strand).strand):
                if requirement.id not in skip and requirement.id not in CHECKED:
                    count += _prove(db, stage, strand, requirement, now)
    return count


def _confirm_words(db: Session, stage: Stage, strand: Strand, now: datetime) -> None:
    """Two people confirm the translations that came with the program, which in truth nobody has (INC-05)."""
    for language in form_of(strand).languages[1:]:
        for reader in (stage.people["translator"], stage.people["lead1"]):
            checks = [
                translating.Check(each.place, each.pair, each.source)
                for each in translating.waiting_checks(db, reader, strand, language)
            ]
            translating.check(db, stage.keys, reader, strand, language, checks, now, native=True)


def _check_program(stage: Stage, now: datetime, results: Iterable[Result]) -> int:
    """What the program tests itself, each looked at by somebody who may."""
    people = stage.people.values()
    with write(stage.engine) as db:
        programchecks.record_results(db, stage.keys, stage.policy, results, now)
        runs = [run for run in newest_runs(db).values() if not run.verified_by]
        for run in runs:
            verify = stage.policy.requirements[run.requirement].verify
            who = next(each for each in people if each.has(*verify))
            programchecks.verify_run(db, stage.keys, stage.policy, who, run.id, now)
    return len(runs)


def _test_services(stage: Stage, now: datetime) -> None:
    facilitator = stage.people["facilitator"]
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        for service in plan_of(db, strand).strand.services:
            for channel in service.channels:
                for language in service.languages:
                    call = directory.TestValues(
                        service_id=service.id,
                        channel=channel.id,
                        reached=True,
                        minutes=2,
                        language=language,
                        jurisdiction=PLACE,
                        free=True,
                    )
                    directory.log_contact_test(db, stage.keys, stage.policy, facilitator, call, now)
            calls = [each.id for each in directory.service(db, service.id).waiting]
            if calls:  # one that renews another in time needs nobody
                directory.confirm_tests(db, stage.keys, stage.policy, stage.people["lead1"], service.id, calls, now)


_IN_PLAN: Mapping[Scope, Callable[[Facts], list[str]]] = {
    Scope.PERSON: lambda facts: [member.person for member in facts.staff],
    Scope.LANGUAGE: lambda facts: list(facts.languages),
    Scope.JURISDICTION: lambda facts: list(facts.jurisdictions),
    Scope.SERVICE: lambda facts: [service.id for service in facts.services],
    Scope.SESSION: lambda facts: [session.id for session in facts.sessions] or [""],
}


def _prove(db: Session, stage: Stage, strand: Strand, requirement: Requirement, now: datetime) -> int:
    count = 0
    for subject in _subjects(db, strand, requirement):
        if requirement.scope is not Scope.LANGUAGE and any(
            row.subject == subject and row.verified_by for row in attesting.evidence_for(db, requirement, strand)
        ):
            continue  # counts here as well; words are each strand's own
        attester, outside = _attester(stage, requirement)
        row = attesting.attest(
            db, stage.keys, stage.policy, attester, strand,
            attesting.EvidenceValues(
                requirement=requirement.id,
                subject=subject,
                statement="Seen for the demonstration (invented).",
                outside_person=outside,
                updated_at=now,
                finding="necessary" if requirement.id == "SAF-02" else None,
            ), now,
        )  # fmt: skip
        verifier = _verifier(stage, requirement, {attester.id, subject})
        attesting.verify(db, stage.keys, stage.policy, verifier, strand, row.id, now)
        count += 1
    return count


def _subjects(db: Session, strand: Strand, requirement: Requirement) -> list[str]:
    in_plan = _IN_PLAN.get(requirement.scope)
    return in_plan(plan_of(db, strand).strand) if in_plan else [subject_of(requirement, strand)]


def _attester(stage: Stage, requirement: Requirement) -> tuple[Actor, str | None]:
    for role in requirement.attest:
        if role in attesting.OUTSIDE_ROLES:
            return stage.people["facilitator"], "Somebody outside (invented)"
        for who in stage.people.values():
            if who.has(role):
                return who, None
    raise LookupError(f"nobody in the cast attests {requirement.id}")


def _verifier(stage: Stage, requirement: Requirement, not_these: set[str]) -> Actor:
    for role in requirement.verify:
        wanted = Role.INDEPENDENT_APPROVER if role is Role.LEGAL_EXPERT else role
        for who in stage.people.values():
            if who.has(wanted) and who.id not in not_these:
                return who
    raise LookupError(f"nobody in the cast verifies {requirement.id}")


def sign_and_open(stage: Stage, now: datetime) -> None:
    """The facilitator sends each strand; a lead signs what the gate gives; what was signed to open is opened."""
    facilitator, lead = stage.people["facilitator"], stage.people["lead2"]
    for key, strand_id in stage.strands.items():
        with write(stage.engine) as db:
            strand = db.get_one(Strand, strand_id)
            signing.send_for_signature(db, stage.keys, facilitator, strand, now)
        with write(stage.engine) as db:
            strand = db.get_one(Strand, strand_id)
            judgement = judge(db, strand, stage.policy, now, decide_now=True)
            stage.evaluations[key] = judgement.evaluation
            signing.sign(
                db, stage.keys, stage.policy, lead, strand, judgement.evaluation.decision,
                judgement.plan.digest(), stage.passphrases["lead2"], now,
                note="Signed in the demonstration.", decide_now=True,
            )  # fmt: skip
            if judgement.evaluation.decision.opens:
                stage.codes[key] = running.open_strand(db, stage.keys, stage.policy, lead, strand, now)


def open_one_to_try(stage: Stage, now: datetime) -> str:
    """A second consultation that stays open, for whoever wants to answer; gives the code to type."""
    trial = replace(stage, strands={}, codes={}, evaluations={})
    make_consultation(trial, "Try it yourself (demonstration, invented)", STRANDS[:1], now)
    put_safeguards_in_place(trial, now)
    sign_and_open(trial, now)
    return next(iter(trial.codes.values()))


def close_all(stage: Stage, now: datetime) -> None:
    """The lead closes what was open."""
    for key in stage.codes:
        with write(stage.engine) as db:
            running.close(db, stage.keys, stage.people["lead1"], db.get_one(Strand, stage.strands[key]), now)
