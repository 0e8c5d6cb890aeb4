"""A working organisation for tests: people in their roles, and steps that set a part up and prove it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Engine, Table, null, select
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.models import Evidence, Strand
from consult.models.base import Base
from consult.questionnaire.bank import compose_set
from consult.sealing.identity import LIGHT
from consult.sealing.root import RootKeys
from consult.sealing.suite import Secret
from consult.sealing.totp import code_at
from consult.services.actors import Actor
from consult.services.evidence import attesting, programchecks
from consult.services.gate import gating, planning, proofs
from consult.services.gate.programruns import newest_runs
from consult.services.help import directory
from consult.services.keys import confirming
from consult.services.people import onboarding, secondfactor
from consult.services.setup import drafting, teams
from consult.services.translation import translating
from safeguards import policyfile
from safeguards.measures import CHECKED
from safeguards.policy import Policy, Requirement
from safeguards.results import Evaluation
from safeguards.subjects import subjects_of
from safeguards.terms import Audience, Mode, Role
from safeguards.validity import Case

__all__ = ["NOW", "ROOT", "SEED", "Office", "plan_facts", "strand_values"]

NOW = datetime(2030, 3, 4, 9, 0, tzinfo=UTC)
ROOT = bytes(range(32))
#: the seed of everybody's app for the second step
SEED = Secret(bytes(range(20)))
PLACE = "KE"

_CAST: Mapping[str, tuple[Role, ...]] = {
    "admin": (Role.ADMINISTRATOR,),
    "nadia": (Role.LEAD_FACILITATOR,),
    "omar": (Role.CO_FACILITATOR,),
    "leila": (Role.SAFEGUARDING_LEAD,),
    "sami": (Role.SAFEGUARDING_LEAD,),
    "ines": (Role.INDEPENDENT_APPROVER,),
    "otto": (Role.ORGANISATION_MANAGER,),
    "tara": (Role.TECHNICAL_OPERATOR,),
    "dora": (Role.DATA_PROTECTION_LEAD,),
    "lina": (Role.TRANSLATION_LEAD,),
    "rosa": (Role.REDACTOR,),
    "ali": (Role.ANALYST,),
}


@dataclass
class Office:
    """The people by first name, and their passphrases; everything else is made by public service calls."""

    engine: Engine
    keys: RootKeys = field(default_factory=lambda: RootKeys.from_root(ROOT))
    policy: Policy = field(default_factory=policyfile.default)
    people: dict[str, Actor] = field(default_factory=dict)
    passphrases: dict[str, str] = field(default_factory=dict)

    @classmethod
    def with_everybody(cls, engine: Engine) -> Office:
        """The whole cast, each with a role for the organisation, joined and with an app for the second step."""
        return _made_once(engine, _everybody)

    @classmethod
    def with_part_proven(cls, engine: Engine) -> Office:
        """The same, and one part with people, a service, and everything proven."""
        return _made_once(engine, _part_proven)

    def the_part(self) -> tuple[str, str]:
        """The ids of the only consultation and its only part."""
        with read(self.engine) as db:
            consultation_id, strand_id = db.execute(select(Strand.consultation_id, Strand.id)).one()
            return consultation_id, strand_id

    def invited(self, db: Session, name: str, roles: Iterable[Role]) -> onboarding.Invited:
        """Somebody whom the administrator has invited, with the link's code."""
        admin, email = self.people["admin"], f"{name}@example.org"
        return onboarding.invite(db, self.keys, admin, f"{name.capitalize()} Able", email, roles, NOW)

    def joined(self, db: Session, name: str, invited: onboarding.Invited) -> None:
        """That person sets up passphrase and app by the link, and is confirmed if they will hold keys."""
        who, made = onboarding.accept(db, self.keys, invited.code, NOW, stretching=LIGHT)
        self.people[name], self.passphrases[name] = who, made.passphrase
        earlier = NOW - timedelta(minutes=5)
        secondfactor.add_app(db, self.keys, who, SEED, code_at(SEED, earlier), earlier)
        self.confirm(db, name)

    def confirm(self, db: Session, name: str, by: str = "otto") -> None:
        """Somebody hears the fingerprint of a holder's key from the holder, and confirms it."""
        heard = confirming.fingerprint_of(db, self.keys, self.people[name])
        if heard:
            confirmer, holder = self.people[by], self.people[name].id
            confirming.confirm_holder(db, self.keys, confirmer, holder, heard, self.passphrases[by], NOW)

    def consultation(self, author: str = "nadia") -> str:
        """A consultation; its id."""
        values = drafting.ConsultationValues(
            "Safer messages", "Our ideas", "To change a button", "The regulator", date(2030, 9, 1)
        )
        with write(self.engine) as db:
            return drafting.make_consultation(db, self.keys.audit, self.people[author], values, NOW).id

    def strand(self, consultation_id: str, author: str = "nadia", **changes: Any) -> str:
        """A part of it; its id."""
        with write(self.engine) as db:
            values = strand_values(**changes)
            return drafting.add_strand(db, self.keys.audit, self.people[author], consultation_id, values, NOW).id

    def service(self, name: str = "Childline") -> str:
        """A service that answers day and night in every language, called with success in each, as two say; its id."""
        facts = {
            "kind": "agreement",
            "languages": ["en", "fr", "ar"],
            "jurisdictions": [PLACE],
            "channels": [
                {"id": f"{name}-line", "kind": "phone", "address": "116", "free": True},
                {"id": f"{name}-backup", "kind": "chat", "address": "help.example", "free": True, "backup": True},
            ],
            "timezone": "Africa/Nairobi",
            "round_the_clock": True,
        }
        nadia = self.people["nadia"]
        with write(self.engine) as db:
            service_id = directory.save_service(db, self.keys.audit, nadia, name, facts, NOW).id
            for channel in (f"{name}-line", f"{name}-backup"):
                for language in ("en", "fr", "ar"):
                    call = directory.TestValues(
                        service_id, channel, reached=True, minutes=2, language=language, jurisdiction=PLACE, free=True
                    )
                    directory.log_contact_test(db, self.keys, self.policy, nadia, call, NOW)
        self.stand_behind(service_id)
        return service_id

    def stand_behind(self, service_id: str, by: str = "leila", at: datetime = NOW) -> None:
        """Another person stands behind what was noted."""
        with write(self.engine) as db:
            calls = [each.id for each in directory.service(db, service_id).waiting]
            directory.confirm_tests(db, self.keys, self.policy, self.people[by], service_id, calls, at)

    @staticmethod
    def call(service_id: str, channel: str, language: str = "en", **changes: Any) -> directory.TestValues:
        """A call that was answered after two minutes, free of charge."""
        values = {"reached": True, "minutes": 2, "jurisdiction": PLACE, "free": True, **changes}
        return directory.TestValues(service_id, channel, language=language, **values)

    def staffed(self, strand_id: str, services: Iterable[str] = ()) -> None:
        """Name duties, two leads and two reviewers, and the services."""
        nadia, id_of = self.people["nadia"], {name: who.id for name, who in self.people.items()}
        languages = ("en", "fr", "ar")
        duties = [
            (id_of["nadia"], Role.LEAD_FACILITATOR, languages),
            (id_of["leila"], Role.SAFEGUARDING_LEAD, languages),
            (id_of["sami"], Role.SAFEGUARDING_LEAD, languages),
            (id_of["rosa"], Role.REDACTOR, languages),
        ]
        duty = {
            "lead": id_of["leila"],
            "deputies": [id_of["sami"]],
            "answers_within_minutes": 60,
            "reachable_hours_after": 24,
        }
        with write(self.engine) as db:
            row = db.get_one(Strand, strand_id)
            audit = self.keys.audit
            teams.name_staff(db, audit, nadia, strand_id, row.version, duties, NOW)
            holders = ((id_of["leila"], id_of["sami"]), (id_of["rosa"], id_of["ali"]))
            teams.name_holders(db, audit, nadia, strand_id, row.version, *holders, NOW)
            teams.name_services(db, audit, nadia, strand_id, row.version, services, NOW)
            facts = {"duty": duty, "approver": {"person": id_of["ines"], "organisation": "Elsewhere"}}
            plan = drafting.PlanValues(row.name, facts, None)
            drafting.change_strand(db, audit, nadia, strand_id, row.version, plan, NOW)

    def evaluate(self, strand_id: str, at: datetime = NOW) -> Evaluation:
        """What the gate says of a part."""
        with read(self.engine) as db:
            return gating.judge(db, db.get_one(Strand, strand_id), self.policy, at).evaluation

    def attested(self, strand_id: str, requirement: str, by: str, subject: str = "", **values: Any) -> str:
        """One piece of evidence that waits for a check; its id."""
        with write(self.engine) as db:
            row = attesting.attest(
                db,
                self.keys,
                self.policy,
                self.people[by],
                db.get_one(Strand, strand_id),
                attesting.EvidenceValues(requirement, subject, "Seen on paper", **values),
                NOW,
            )
            return row.id

    def verified(self, strand_id: str, evidence_id: str, by: str) -> None:
        """Somebody's check of it."""
        with write(self.engine) as db:
            strand = db.get_one(Strand, strand_id)
            attesting.verify(db, self.keys, self.policy, self.people[by], strand, evidence_id, NOW)

    def proven(self, strand_id: str) -> None:
        """Attest and verify everything that applies to a part, by two people who may."""
        with write(self.engine) as db:
            strand = db.get_one(Strand, strand_id)
            self._confirm_words(db, strand)
            judgement = gating.judge(db, strand, self.policy, NOW)
            case = Case(judgement.plan, judgement.record, self.policy, NOW)
            for requirement, _ in self.policy.applying(judgement.plan.strand):
                for subject in subjects_of(requirement, case) if requirement.id not in CHECKED else ():
                    self._prove(db, strand, requirement, subject)
            self.program_checked(db)

    def program_checked(self, db: Session, at: datetime = NOW, **failed: str) -> None:
        """The program's own checks ran and somebody looked at each; `failed`: what a check found, SAF_12="…"."""
        results = [
            programchecks.Result(
                each, each.replace("-", "_") not in failed, (failed.get(each.replace("-", "_"), "ok"),)
            )
            for each in CHECKED
        ]
        programchecks.record_results(db, self.keys, self.policy, results, at)
        for run in newest_runs(db).values():
            if run.passed and not run.verified_by:
                verify = self.policy.requirements[run.requirement].verify
                who = next(each for each in self.people.values() if each.has(*verify))
                programchecks.verify_run(db, self.keys, self.policy, who, run.id, at)

    def _confirm_words(self, db: Session, strand: Strand) -> None:
        """Two people confirm every translation that came with the program."""
        for language in planning.form_of(strand).languages[1:]:
            for reader in (self.people["lina"], self.people["sami"]):
                waiting = translating.waiting_checks(db, reader, strand, language)
                checks = [translating.Check(each.place, each.pair, each.source) for each in waiting]
                translating.check(db, self.keys, reader, strand, language, checks, NOW, native=True)

    def _prove(self, db: Session, strand: Strand, requirement: Requirement, subject: str) -> None:
        row = self._waiting(db, strand, requirement, subject) or self._attest(db, strand, requirement, subject)
        attesting.verify(db, self.keys, self.policy, self._checker(db, strand, requirement, row), strand, row.id, NOW)

    @staticmethod
    def _waiting(db: Session, strand: Strand, requirement: Requirement, subject: str) -> Evidence | None:
        """What somebody attested through the pages, and nobody has checked yet."""
        about = proofs.subject_of(requirement, strand, subject)
        rows = attesting.evidence_for(db, requirement, strand)
        return next((row for row in rows if row.subject == about and not row.verified_by and not row.revoked_by), None)

    def _attest(self, db: Session, strand: Strand, requirement: Requirement, subject: str) -> Evidence:
        attester = next(
            who for who in self.people.values() if attesting.attesting_right(db, who, strand, requirement).ok
        )
        values = attesting.EvidenceValues(
            requirement.id, subject, "Seen on paper", outside_person="Somebody outside", updated_at=NOW
        )
        return attesting.attest(db, self.keys, self.policy, attester, strand, values, NOW)

    def _checker(self, db: Session, strand: Strand, requirement: Requirement, row: Evidence) -> Actor:
        return next(
            who for who in self.people.values() if attesting.verifying_right(db, who, strand, requirement, row).ok
        )


def _everybody(engine: Engine) -> Office:
    office = Office(engine)
    with write(engine) as db:
        first = onboarding.invite_first_administrator(db, office.keys, "Admin Able", "admin@example.org", NOW)
        office.joined(db, "admin", first)
        role = _CAST["otto"][0]
        witness = onboarding.invite_witness(db, office.keys, "Otto Able", "otto@example.org", role, NOW)
        office.joined(db, "otto", witness)
        for name in [name for name in _CAST if name not in office.people]:
            office.joined(db, name, office.invited(db, name, _CAST[name]))
    return office


def _part_proven(engine: Engine) -> Office:
    office = Office.with_everybody(engine)
    strand_id = office.strand(office.consultation())
    office.staffed(strand_id, [office.service()])
    office.proven(strand_id)
    return office


@dataclass(frozen=True)
class _Made:
    """The rows of an office, and who its people are."""

    people: Mapping[str, Actor]
    passphrases: Mapping[str, str]
    rows: Mapping[Table, Sequence[Mapping[str, Any]]]

    def copied_into(self, engine: Engine) -> Office:
        """The same office over a database of either kind that has no rows yet."""
        with write(engine) as db:
            for table, rows in self.rows.items():
                db.execute(table.insert().values([_stored(table, row) for row in rows]))
        return Office(engine, people=dict(self.people), passphrases=dict(self.passphrases))


_MADE: dict[Callable[[Engine], Office], _Made] = {}


def _made_once(engine: Engine, make: Callable[[Engine], Office]) -> Office:
    """Services make it once for all tests of a process; its rows are copied into the database of every other test.

    Tables in which the schema itself puts its one row keep theirs.
    """
    if make in _MADE:
        return _MADE[make].copied_into(engine)
    before = _rows_of(engine)
    office = make(engine)
    rows = {table: rows for table, rows in _rows_of(engine).items() if table not in before}
    _MADE[make] = _Made(dict(office.people), dict(office.passphrases), rows)
    return office


def _rows_of(engine: Engine) -> dict[Table, list[Mapping[str, Any]]]:
    """What is stored, by table; tables without a row are left out."""
    with read(engine) as db:
        found = {table: list(db.execute(table.select()).mappings()) for table in Base.metadata.sorted_tables}
    return {table: rows for table, rows in found.items() if rows}


def _stored(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it is inserted: nothing in a column of JSON is no value, and not JSON's null."""
    return {
        name: null() if value is None and isinstance(table.c[name].type, JSON) else value for name, value in row.items()
    }


def plan_facts(**changes: object) -> dict[str, Any]:
    """The facts of children 13 to 17, online, in three languages, for two weeks."""
    return {
        "topics": ["T0", "T1", "T2"],
        "ages": [13, 17],
        "languages": ["en", "fr", "ar"],
        "jurisdictions": [PLACE],
        "emergency": [{"jurisdiction": PLACE, "number": "112", "round_the_clock": True}],
        "window": {
            "opens": "2030-03-11T06:00:00+00:00",
            "closes": "2030-03-25T18:00:00+00:00",
            "timezone": "Africa/Nairobi",
        },
        "minutes": 10,
        **changes,
    }


def strand_values(**changes: Any) -> drafting.StrandValues:
    """Values of such a part."""
    values: dict[str, Any] = {
        "name": "Children 13 to 17",
        "audience": Audience.CHILDREN,
        "mode": Mode.ONLINE_INDIVIDUAL,
        "facts": plan_facts(),
        "form": compose_set("children_13_17", ("en", "fr", "ar")),
        **changes,
    }
    return drafting.StrandValues(**values)
