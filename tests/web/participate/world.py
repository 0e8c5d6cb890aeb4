"""A small world for participants' pages: one signed, keyed, open strand with a help service that was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from consult.app import create_app
from consult.config import Settings
from consult.database import read, write
from consult.models import (
    Consultation,
    ContactTest,
    Epoch,
    LiveSession,
    Person,
    Response,
    ResponseShare,
    SessionNote,
    Signature,
    Strand,
    StrandHolder,
    StrandService,
    StrandStaff,
    StrandState,
    SupportService,
)
from consult.questionnaire.bank import compose_set
from consult.questionnaire.form import Form
from consult.sealing.epoch import SealedEpoch
from consult.sealing.opening import Opening
from consult.sealing.record import StoredRecord
from consult.sealing.root import RootKeys
from consult.sealing.strand import create_strand_key, open_share
from consult.sealing.suite import KeyPair, generate_key_pair
from consult.services.keys.keystore import store_key, stored_key
from consult.services.tables.payload import ANSWERS_SCHEMA, Payload
from safeguards.livesession import Note
from safeguards.terms import LIVE_MODES, Role

NOW = datetime(2026, 6, 10, 15, 0, tzinfo=UTC)
ROOT = bytes(range(32))
CODE = "48213377"
LANGUAGES = ("en", "fr", "ar")
EXIT = "https://www.wikipedia.org/"

_FACTS: Mapping[str, Any] = {
    "topics": ["T1", "T2"],
    "ages": [13, 17],
    "languages": list(LANGUAGES),
    "jurisdictions": ["KE"],
    "minutes": 15,
    "emergency": [{"jurisdiction": "KE", "number": "112", "round_the_clock": True}],
    "window": {"opens": "2026-06-01T00:00:00Z", "closes": "2026-06-30T22:00:00Z", "timezone": "Africa/Nairobi"},
}
_SERVICE: Mapping[str, Any] = {
    "kind": "agreement",
    "languages": ["en", "fr", "ar"],
    "jurisdictions": ["KE"],
    "channels": [
        {"id": "line", "kind": "phone", "address": "116", "free": True},
        {"id": "chat", "kind": "chat", "address": "https://chat.example.org/", "free": True},
    ],
    "timezone": "Africa/Nairobi",
    "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "open": "08:00", "close": "22:00"}],
}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class World:
    """The strand's id, the key pairs of its two leads and two reviewers, and the engine they are in."""

    engine: Engine
    strand_id: str
    holders: Mapping[str, KeyPair]

    def change_strand(self, **values: object) -> None:
        """Change columns of the strand, as staff would."""
        with write(self.engine) as db:
            strand = db.get_one(Strand, self.strand_id)
            for name, value in values.items():
                setattr(strand, name, value)

    def pause(self, finish_by: datetime | None = None) -> None:
        """Suspend the strand; with a time, those inside may finish until then."""
        self.change_strand(state=StrandState.SUSPENDED, finish_by=finish_by)


def open_strand(
    engine: Engine,
    *,
    form: Form | None = None,
    audience: str = "G",
    mode: str = "OI",
    respondent_class: str = "child",
    representatives: str | None = None,
    code: str = CODE,
    facts: Mapping[str, Any] | None = None,
    now: datetime = NOW,
    beside: World | None = None,
) -> World:
    """A strand that takes answers from `NOW` on, in three languages unless the facts say otherwise.

    `beside`: in the same consultation as this one.

    With another `now` everything was signed and tested then; the window is in the facts.
    """
    holders = {name: generate_key_pair() for name in ("lead-1", "lead-2", "reviewer-1", "reviewer-2")}
    with write(engine) as db:
        _people(db, holders)
        strand = _strand(db, form or compose_set("children_13_17", LANGUAGES), {**_FACTS, **(facts or {})}, now, beside)
        strand.audience, strand.respondent_class, strand.representatives = audience, respondent_class, representatives
        strand.mode = mode
        db.add(strand)
        db.flush()
        _help(db, strand, now)
        signature = _signature(db, strand, now)
        roles = {"lead": {}, "reviewer": {}}  # type: dict[str, dict[str, bytes]]
        for name, pair in holders.items():
            role = name.partition("-")[0]
            roles[role][f"{name}"] = pair.public
            db.add(StrandHolder(strand_id=strand.id, person_id=name, role=role))
        db.flush()
        key = create_strand_key(strand.id, roles["lead"], roles["reviewer"])
        store_key(db, RootKeys.from_root(ROOT).row_seal, signature, key)
        strand.state, strand.entry_code = StrandState.OPEN, code
        if mode in LIVE_MODES:
            _meet(db, strand, code, now)
        return World(engine, strand.id, holders)


def _meet(db: Session, strand: Strand, code: str, now: datetime) -> None:
    """A session that has run for five minutes, with two adults there; its code is the one that lets in."""
    youngest, oldest = strand.facts["ages"]
    adults = {"lead-1": Role.SAFEGUARDING_LEAD, "lead-2": Role.LEAD_FACILITATOR}
    db.add_all(
        StrandStaff(strand_id=strand.id, person_id=name, role=role, languages=strand.facts["languages"])
        for name, role in adults.items()
    )
    planned = {
        "id": "meeting",
        "starts": (now - timedelta(minutes=5)).isoformat(),
        "ends": (now + timedelta(minutes=50)).isoformat(),
        "timezone": "Africa/Nairobi",
        "adults": list(adults),
        "practitioner_within_minutes": 5,
    }
    strand.entry_code = f"9{code}"
    strand.facts = {"duty": {"lead": "lead-1"}, **strand.facts, "sessions": [planned], "group_size": 8}
    session = LiveSession(strand_id=strand.id, meeting="meeting", opened_by="lead-2", opened_at=now, code=code)
    db.add(session)
    db.flush()
    notes = [{"note": Note.CHECKED_IN, "person_id": name} for name in adults]
    notes.append({"note": Note.COUNTED, "children": 3, "youngest": youngest, "oldest": min(oldest, youngest + 2)})
    notes.append({"note": Note.STARTED})
    db.add_all(
        SessionNote(session_id=session.id, number=n, at=now - timedelta(minutes=5), by_id="lead-2", **note)
        for n, note in enumerate(notes, 1)
    )


def opened(world: World) -> list[Payload]:
    """What a lead and a reviewer read together."""
    row_seal = RootKeys.from_root(ROOT).row_seal
    with read(world.engine) as db:
        key = stored_key(db, row_seal, world.strand_id)
        sealed = [
            SealedEpoch(e.id, e.strand_id, e.sealed_key, e.row_seal, e.inclusion_generation, e.sealed_profile_key)
            for e in db.scalars(select(Epoch))
        ]
        rows = db.execute(select(Response, ResponseShare.share).join(ResponseShare)).all()
        records = [StoredRecord(r.id, r.epoch_id, share, r.sealed) for r, share in rows]
    halves = {share.role: open_share(key, share, world.holders[share.holder_id].private) for share in key.shares}
    lead, reviewer = (halves[role] for role in sorted(halves))
    opening = Opening(key, lead, reviewer, row_seal)
    return [Payload.from_bytes(plain) for plain in opening.open_records(sealed, records, ANSWERS_SCHEMA)]


def build_site(
    engine: Engine,
    folder: Path,
    clock: Clock,
    *,
    address: str = "http://localhost",
    exit_address: str = EXIT,
    tries: int = 100_000,
) -> Flask:
    """The real site over this database, with a clock of the test's own."""
    settings = Settings(
        root=ROOT,
        organisation="Harbour Trust",
        address=address,
        data_folder=folder,
        database_url="sqlite:///unused",
        exit_addresses={"*": exit_address},
        tries=tries,
    )
    return create_app(settings, engine=engine, clock=clock)


def _people(db: Session, holders: Mapping[str, KeyPair]) -> None:
    for name in ("author", *holders):
        if db.get(Person, name) is None:
            db.add(_person(name) if name == "author" else _holder(name, holders[name].public))
            db.flush()
    db.flush()


def _person(name: str) -> Person:
    return Person(id=name, name=name.title())


def _holder(name: str, public: bytes) -> Person:
    """Somebody with a key, confirmed."""
    return Person(
        id=name,
        name=name.title(),
        email=f"{name}@example.org",
        identity={},
        public_key=public,
        confirmed_by="author",
        confirmed_at=NOW,
        confirmation_seal=b"seal",
    )


def _strand(db: Session, form: Form, facts: Mapping[str, Any], now: datetime, beside: World | None) -> Strand:
    known = db.get_one(Strand, beside.strand_id).consultation_id if beside else None
    return Strand(
        consultation_id=known or _consultation(db, now),
        name="13 to 17",
        mode="OI",
        facts=dict(facts),
        form=form.to_json(),
        author_id="author",
        made_at=now,
    )


def _consultation(db: Session, now: datetime) -> str:
    consultation = Consultation(
        title="Online safety",
        cover_name="Our ideas",
        purpose="To hear what would help.",
        decision_maker="Ministry of Youth",
        feedback_due=date(2026, 9, 4),
        author_id="author",
        made_at=now,
    )
    db.add(consultation)
    db.flush()
    return consultation.id


def _help(db: Session, strand: Strand, now: datetime) -> None:
    name = f"Child Helpline {1 + (db.scalar(select(func.count()).select_from(SupportService)) or 0)}"
    service = SupportService(name=name, facts=dict(_SERVICE), signed={**_SERVICE, "name": name})
    db.add(service)
    db.flush()
    db.add(StrandService(strand_id=strand.id, service_id=service.id))
    for channel in ("line", "chat"):
        for language in LANGUAGES:
            db.add(call(service.id, channel, language, "KE", now - timedelta(days=3), minutes=4))
    db.flush()


def call(
    service_id: str,
    channel: str,
    language: str,
    jurisdiction: str,
    now: datetime,
    *,
    reached: bool = True,
    minutes: int = 2,
) -> ContactTest:
    """A call that somebody noted: whether a service was reached, in a language, from a place."""
    return ContactTest(
        service_id=service_id,
        channel=channel,
        tested_at=now,
        tested_by="author",
        reached=reached,
        minutes=minutes,
        language=language,
        jurisdiction=jurisdiction,
        free=True,
        waits=False,
    )


def another_line(db: Session, number: str, languages: Sequence[str]) -> SupportService:
    """A service of another country, reached at this number in each of the languages."""
    channel = {"id": "other", "kind": "phone", "address": number, "free": True}
    there = {"kind": "agreement", "languages": [*languages], "jurisdictions": ["CI"], "round_the_clock": True}
    facts = {**there, "channels": [channel]}
    service = SupportService(name="Another line", facts=facts, signed={**facts, "name": "Another line"})
    db.add(service)
    db.flush()
    db.add_all(call(service.id, "other", language, "CI", NOW) for language in languages)
    return service


def _signature(db: Session, strand: Strand, now: datetime) -> Signature:
    signature = Signature(
        strand_id=strand.id,
        author_id=strand.author_id,
        audience=strand.audience,
        plan_digest="d" * 64,
        decision="GO",
        row="D11",
        evaluation={},
        valid_until=now + timedelta(days=20),
        signed_by="lead-1",
        signed_at=now - timedelta(days=1),
        second_by="lead-2" if strand.audience in ("S", "H") else None,
    )
    db.add(signature)
    db.flush()
    return signature
