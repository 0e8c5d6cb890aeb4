"""The world of the permission matrix: two consultations, a browser for each role, and what addresses name."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import Engine
from werkzeug.routing import Rule

from consult.database import connect, write
from consult.models import Appointment, OpeningRequest, Person, Quarantine, Recusal, Strand
from consult.services.actors import actor_of
from consult.services.people.sessions import Factor, start_session
from consult.web.access import PUBLIC_BLUEPRINTS
from safeguards.lifecycle import StrandState
from safeguards.terms import Mode, Role
from tests import factories, releases
from tests.office import NOW, Office
from tests.web.findings_matrix import FINDINGS_NAMES, main_idea
from tests.web.staff.desk import Browser, Desk

OPEN_TO_ALL = {
    *("static", "health.healthz", "signin.form", "signin.submit", "signin.recover", "signin.join", "signin.accept"),
}
#: For somebody who gave the passphrase and not the second factor yet, and for nobody else.
SECOND_STEP = {
    *("signin.step", "signin.give_up", "signin.set_up", "signin.set_up_app", "signin.set_up_passkey"),
}

#: For partners of the consultation, whatever role others have.
OF_PARTNERS = tuple(
    f"partner.{name}" for name in ("consultations", "consultation", "name", "leave", "questions", "propose")
)


@dataclass
class Place:
    """The site, a browser for each role that has it in one consultation only, and what addresses name."""

    desk: Desk
    mine: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    browsers: dict[Role, Browser] = field(default_factory=dict)
    partner: Browser | None = None

    @property
    def engine(self) -> Engine:
        return self.desk.office.engine

    def rules(self, method: str) -> list[Rule]:
        """The rules of the staff face with this method, without those that are open to all or are the second step."""
        found = [
            rule
            for rule in self.desk.app.url_map.iter_rules()
            if rule.endpoint.partition(".")[0] not in PUBLIC_BLUEPRINTS
            and rule.endpoint not in OPEN_TO_ALL | SECOND_STEP
            and method in (rule.methods or set())
        ]
        return sorted(found, key=lambda rule: rule.endpoint)


@pytest.fixture(scope="module")
def place(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Two consultations, each with a draft, and a part that is over, with an opening and a release."""
    folder = tmp_path_factory.mktemp("place")
    engine = connect(f"sqlite:///{copy(_migrated_sqlite, folder / 'consult.sqlite')}")
    office = Office.with_everybody(engine)
    found = Place(Desk.over(office, folder))
    with write(engine) as db:
        factories.people(db)
    service = office.service()
    found.mine, found.foreign = (
        {
            **_consultation(office, author),
            "service_id": service,
            "person_id": office.people["leila"].id,
            **_NAMES,
        }
        for author in ("nadia", "omar")
    )
    found.partner = _of_partner(found.desk, found.mine["partner_id"])
    for role in Role:
        found.browsers[role] = _with_duty(found.desk, role, found.mine["consultation_id"])
    yield found
    engine.dispose()


_NAMES = {
    "requirement_id": "SAF-01",
    "record_id": "TRN-01",
    "substitute_id": "0",
    "parameter_id": "P-TEST",
    "run_id": "0",
    "number": "1",
    "note_id": "0",
    "stop_id": "0",
    "allegation_id": "0",
    "destruction_id": "0",
    "question_id": "Q14",
    "key": "T-PLACE",
    "group": "safety",
    "name": "pause",
    "document_id": "0",
    "evidence_id": "0",
    "waiver_id": "0",
    "where": "texts.T-PLACE",
    "digest": "0",
    "says": "0",
    "complaint_id": "0" * 20,
    "language": "en",
    "target": "fr",
    "place": "texts.T-PLACE",
    "kind": "csv",
    "concern_id": "0",
    "meeting_id": "0",
    "session_id": "0",
    "act_name": "pause",
    "step": "decided_at",
    **FINDINGS_NAMES,
}


def _consultation(office: Office, author: str) -> dict[str, str]:
    consultation = office.consultation(author)
    draft, over = (office.strand(consultation, author) for _ in range(2))
    live = office.strand(consultation, author, mode=Mode.IN_PERSON_GROUP)
    office.staffed(over)
    with write(office.engine) as db:
        strand = db.get_one(Strand, over)
        factories.strand_key(db, factories.signature(db, strand))
        for state in (StrandState.DECIDED, StrandState.OPEN, StrandState.CLOSED):
            strand.state = state
            db.flush()
        used = _request(office, strand, granted=True)
        db.add(used)
        db.flush()
        release_id = factories.stored(db, releases.few_people(strand, used, f"release{author}")).id
    with write(office.engine) as db:
        waiting = factories.stored(db, _request(office, db.get_one(Strand, over)))
        recused = Recusal(
            consultation_id=consultation,
            person_id=office.people["tara"].id,
            reason="Works for the company",
            declared_by=office.people["ines"].id,
            declared_at=NOW,
        )
        db.add(recused)
        db.flush()
        doubt = Quarantine(
            strand_id=draft, cause="SAF-17", why="Posted.", found_at=NOW, decide_by=NOW + timedelta(days=14)
        )
        idea = main_idea(db, consultation, office.people[author].id, f"idea{author}")
        partner = factories.partner(db, f"partner{author}", consultation)
        proposal = factories.proposal(db, f"proposal{author}", partner.id, draft)
        return {
            "consultation_id": consultation,
            "strand_id": draft,
            "over_id": over,
            "live_id": live,
            "request_id": waiting.id,
            "recusal_id": recused.id,
            "idea_id": idea.id,
            "partner_id": partner.id,
            "proposal_id": proposal.id,
            "appointment_id": "0",
            "apart_id": factories.stored(db, doubt).id,
            "release_id": release_id,
        }


def _request(office: Office, strand: Strand, *, granted: bool = False) -> OpeningRequest:
    lead = office.people["leila"].id if granted else None
    return OpeningRequest(
        strand_id=strand.id,
        mode="tables",
        reason="The first report",
        requested_by=office.people["rosa"].id,
        requested_at=NOW,
        ends_at=NOW + timedelta(days=1),
        public_key=b"public",
        wrapped_private=b"wrapped",
        granted_by=lead,
        granted_at=NOW if granted else None,
        sealed_half=b"half" if granted else None,
    )


def _with_duty(desk: Desk, role: Role, consultation_id: str) -> Browser:
    """Somebody whose only role is this one, in this consultation alone."""
    with write(desk.office.engine) as db:
        person = factories.stored(db, Person(id=f"only-{role}", name=f"Only {role.words}"))
        person.appointments.append(Appointment(role=role, consultation_id=consultation_id))
        db.flush()
        secret = start_session(db, desk.office.keys, actor_of(person), NOW, Factor.PASSKEY)
    return signed_in(desk, secret)


def _of_partner(desk: Desk, person_id: str) -> Browser:
    """A partner, signed in."""
    with write(desk.office.engine) as db:
        who = actor_of(db.get_one(Person, person_id))
        secret = start_session(db, desk.office.keys, who, NOW, Factor.PASSKEY)
    return signed_in(desk, secret)


def signed_in(desk: Desk, secret: bytes) -> Browser:
    """A browser with the cookie of a sign-in."""
    client = desk.app.test_client()
    client.set_cookie("desk", base64.urlsafe_b64encode(secret).decode("ascii"), domain="localhost")
    return Browser(client, secret)


_WHERE_PEOPLE_MEET = {
    f"facilitate.{name}"
    for name in (
        "meetings",
        "sessions",
        "add_session",
        "take_off_session",
        "begin_session",
        "session",
        "do_in_session",
        "pack",
    )
}


def address(rule: Rule, known: Mapping[str, str]) -> str:
    """Where a rule leads; meetings are planned and held in a part that meets people, and in no other."""
    strand = known["live_id"] if rule.endpoint in _WHERE_PEOPLE_MEET else known["strand_id"]
    values = {name: {**known, "strand_id": strand}[name] for name in rule.arguments}
    return rule.build(values, append_unknown=False)[1]  # type: ignore[index]
