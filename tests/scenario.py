"""The demonstration's cast and strands as a starting point: everything proven, every part sent for a signature."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from consult.database import connect, read, upgrade, write
from consult.demo import setup
from consult.demo.cast import STRANDS
from consult.demo.setup import Stage
from consult.models import OpeningMode, OpeningRequest, Release, Signature, Strand, StrandStaff
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind, Question
from consult.sealing.identity import LIGHT
from consult.sealing.receipt import new_receipt
from consult.sealing.root import RootKeys
from consult.sealing.totp import code_at
from consult.services.gate.gating import judge
from consult.services.gate.planning import plan_of
from consult.services.opening import reading
from consult.services.participation import responding
from consult.services.participation.epochs import EpochBook
from consult.services.report import releasing
from consult.services.signed import running, signing
from consult.services.signed.signing import Countersigner
from safeguards import policyfile
from safeguards.measures import CHECKED
from safeguards.terms import Decision, Role
from tests.toolbox.postgresql import Server

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROOT = bytes(range(32))
COOKIE = b"a key that only one browser has!"
OPENING = ("children", "adult_survivors", "young_adults")
"""The parts whose gate passes; child_survivors falls back to adult_survivors."""


def everything_sent(url: str) -> Stage:
    """Accounts, four parts, evidence by one and checks by another, and all four in the lead's queue."""
    stage = Stage(connect(url), RootKeys.from_root(ROOT), policyfile.default(), stretching=LIGHT)
    setup.make_accounts(stage, NOW)
    setup.make_directory(stage, NOW)
    setup.make_consultation(stage, "What keeps young people safe online", STRANDS, NOW)
    setup.put_safeguards_in_place(stage, NOW)
    for strand_id in stage.strands.values():
        with write(stage.engine) as db:
            strand = db.get_one(Strand, strand_id)
            signing.send_for_signature(db, stage.keys, stage.people["facilitator"], strand, NOW)
    return stage


def elsewhere(stage: Stage, url: str) -> Stage:
    """The same stage over a copy of its database."""
    return replace(
        stage,
        engine=connect(url),
        people=dict(stage.people),
        passphrases=dict(stage.passphrases),
        strands=dict(stage.strands),
        codes={},
        evaluations={},
    )


@pytest.fixture(scope="session")
def sent_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage]:
    """Built once a process, however many folders take this fixture; every test works on a copy."""
    return _sent(tmp_path_factory.getbasetemp())


@cache
def _sent(folder: Path) -> tuple[Path, Stage]:
    original = folder / "sent.sqlite"
    url = f"sqlite:///{original}"
    engine = connect(url)
    upgrade(engine)
    engine.dispose()
    stage = everything_sent(url)
    with stage.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stage.engine.dispose()
    return original, stage


@pytest.fixture(scope="session")
def sent_on_postgresql(postgresql_server: Server) -> Stage:
    """The same on PostgreSQL, as a template."""
    return _sent_to(postgresql_server)


@cache
def _sent_to(postgresql_server: Server) -> Stage:
    template = f"sent_{random.getrandbits(40):x}"
    postgresql_server.create(template)
    engine = connect(postgresql_server.url(template))
    upgrade(engine)
    engine.dispose()
    stage = everything_sent(postgresql_server.url(template))
    stage.engine.dispose()
    return stage


def after(work: Callable[[Stage], Stage]) -> Any:
    """A fixture: the stage after some work, on both kinds of database; worked once a process, copied for every test."""
    worked: dict[str, Any] = {}

    @pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
    def gone(
        request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Stage]:
        if request.param == "sqlite":
            if request.param not in worked:
                sent = request.getfixturevalue("sent_on_sqlite")
                worked[request.param] = further(sent, tmp_path_factory.mktemp("after"), work)
            with copied(worked[request.param], tmp_path) as stage:
                yield stage
        else:
            server: Server = request.getfixturevalue("postgresql_server")
            if request.param not in worked:
                worked[request.param] = work(_copy(request.getfixturevalue("sent_on_postgresql"), server))
                worked[request.param].engine.dispose()
            stage = _copy(worked[request.param], server)
            yield stage
            stage.engine.dispose()
            server.drop(str(stage.engine.url.database))

    return gone


def _copy(ready: Stage, server: Server) -> Stage:
    """The same stage over a copy on PostgreSQL, of which nobody is connected to the original."""
    name = f"scenario_{random.getrandbits(40):x}"
    server.create(name, str(ready.engine.url.database))
    return replace(elsewhere(ready, server.url(name)), codes=dict(ready.codes))


stage = after(lambda sent: sent)
"""Every part sent for a signature, on both kinds of database."""


@pytest.fixture
def stage_on_sqlite(sent_on_sqlite: tuple[Path, Stage], tmp_path: Path) -> Iterator[Stage]:
    """The same on SQLite only, where the kind of database can not matter."""
    with copied(sent_on_sqlite, tmp_path) as stage:
        yield stage


def further(sent: tuple[Path, Stage], folder: Path, work: Callable[[Stage], Stage]) -> tuple[Path, Stage]:
    """A stage that has gone further, in a file of its own from which copies are taken."""
    original, ready = sent
    copied = Path(shutil.copy(original, folder / "further.sqlite"))
    stage = work(elsewhere(ready, f"sqlite:///{copied}"))
    with stage.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stage.engine.dispose()
    return copied, stage


@contextmanager
def copied(built: tuple[Path, Stage], folder: Path) -> Iterator[Stage]:
    """A copy that one test may change."""
    original, ready = built
    stage = elsewhere(ready, f"sqlite:///{shutil.copy(original, folder / 'stage.sqlite')}")
    yield replace(stage, codes=dict(ready.codes))
    stage.engine.dispose()


def row(stage: Stage, key: str) -> Strand:
    """The part as it is stored now, detached."""
    with read(stage.engine) as db:
        found = db.get_one(Strand, stage.strands[key])
        db.expunge(found)
        return found


def survivors_proven(stage: Stage) -> Stage:
    """The child survivors' part with nothing missing: what their service could not give is there too."""
    with write(stage.engine) as db:
        strand, practitioner = db.get_one(Strand, stage.strands["child_survivors"]), stage.people["manager"].id
        db.add(
            StrandStaff(
                strand_id=strand.id,
                person_id=practitioner,
                role=Role.SUPPORT_PRACTITIONER,
                languages=["en", "fr", "ar"],
            )
        )
        sessions = [{**each, "practitioners": [practitioner]} for each in strand.facts["sessions"]]
        strand.facts = {**strand.facts, "sessions": sessions}
        db.flush()
        for requirement, _ in stage.policy.applying(plan_of(db, strand).strand):
            if requirement.id not in CHECKED:  # the program has proven those itself
                setup._prove(db, stage, strand, requirement, NOW)
    return stage


def digest_of(stage: Stage, key: str) -> str:
    """What a signature of the part is about."""
    with read(stage.engine) as db:
        return judge(db, db.get_one(Strand, stage.strands[key]), stage.policy, NOW).plan.digest()


def sign(stage: Stage, key: str, decision: Decision = Decision.GO, by: str = "lead2", **changes: object) -> Signature:
    """A lead signs; `changes` are arguments of the service."""
    digest = changes.pop("digest", None) or digest_of(stage, key)
    passphrase = changes.pop("passphrase", None) or stage.passphrases[by]
    with write(stage.engine) as db:
        return signing.sign(
            db,
            stage.keys,
            stage.policy,
            stage.people[by],
            db.get_one(Strand, stage.strands[key]),
            decision,
            str(digest),
            str(passphrase),
            NOW,
            **changes,  # type: ignore[arg-type]
        )


def beside(stage: Stage, name: str, at: datetime = NOW, **changes: str) -> Countersigner:
    """Somebody who signs or checks beside the lead, with the app's next code (the one of now joined them)."""
    code = code_at(stage.app_seed, at + timedelta(seconds=30))
    given = {"email": f"{name}@demo.example", "passphrase": stage.passphrases[name], "code": code, **changes}
    return Countersigner(**given)


def open_part(stage: Stage, key: str) -> str:
    """Sign what the gate gives and open it."""
    sign(stage, key)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[key])
        return running.open_strand(db, stage.keys, stage.policy, stage.people["lead1"], strand, NOW)


def close_part(stage: Stage, key: str) -> None:
    """A lead closes it."""
    with write(stage.engine) as db:
        running.close(db, stage.keys, stage.people["lead1"], db.get_one(Strand, stage.strands[key]), NOW)


def give(stage: Stage, key: str, people: int, epochs: EpochBook | None = None, seed: int = 1) -> list[str]:
    """So many invented people answer; their receipts."""
    rng, book, receipts = random.Random(seed), epochs or EpochBook(stage.keys.row_seal), []
    for _ in range(people):
        with write(stage.engine) as db:
            entrance = responding.door(db, stage.strands[key], NOW)
            assert entrance is not None
            sent = _submission(entrance, rng)
            responding.give(db, book, stage.keys, entrance, sent, NOW)
        receipts.append(str(sent.receipt))
    return receipts


def _submission(entrance: responding.Door, rng: random.Random) -> responding.Submission:
    band = rng.choice(entrance.bands)
    return responding.Submission(
        assented=True,
        band=band,
        language=rng.choice(entrance.languages),
        answers={q.id: _answer(q, rng) for q in entrance.form.for_person(band) if q.required or rng.random() < 0.9},
        profile=_profile(entrance.form, band, rng),
        receipt=new_receipt(),
    )


def _answer(question: Question, rng: random.Random) -> object:
    if question.kind in (Kind.ONE, Kind.SCALE):
        return rng.choice(question.option_ids)
    if question.kind is Kind.MULTI:
        chosen = set(rng.sample(question.option_ids, rng.randint(1, question.limit or 1)))
        return tuple(option for option in question.option_ids if option in chosen)
    return question.minimum if question.kind is Kind.NUMBER else "Invented words."


def _profile(form: Form, band: str, rng: random.Random) -> dict[str, str]:
    asked = [dimension for dimension in form.profile if dimension.asked_of(band)]
    return {each.key: rng.choice([c.id for c in each.categories if not c.bands or band in c.bands]) for each in asked}


def ask(
    stage: Stage, key: str, by: str = "reviewer1", cookie: bytes = COOKIE, mode: OpeningMode = OpeningMode.TABLES
) -> str:
    """A reviewer asks for tables, or in another mode; the request's id."""
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[key])
        ends = NOW + timedelta(hours=24)
        who = stage.people[by]
        return reading.ask(db, stage.keys, who, strand, "For the first report.", ends, cookie, NOW, mode).id


def grant(stage: Stage, request_id: str, by: str = "lead1") -> OpeningRequest:
    """A lead grants it."""
    with write(stage.engine) as db:
        return reading.grant(db, stage.keys, stage.people[by], request_id, stage.passphrases[by], NOW)


def make(stage: Stage, request_id: str, by: str = "reviewer1", cookie: bytes = COOKIE) -> Release:
    """The reviewer makes the tables."""
    with write(stage.engine) as db:
        return releasing.make_release(
            db, stage.keys, stage.policy, stage.people[by], request_id, stage.passphrases[by], cookie, NOW
        )


def closed_with(stage: Stage, key: str, people: int) -> Stage:
    """Signed, opened, answered by so many, closed."""
    open_part(stage, key)
    give(stage, key, people)
    close_part(stage, key)
    return stage


def with_release(stage: Stage) -> Stage:
    """Six young adults have answered, and their tables are made."""
    closed_with(stage, "young_adults", 6)
    request = ask(stage, "young_adults")
    grant(stage, request)
    make(stage, request)
    return stage


released = after(with_release)
"""Young adults have a release, made now."""
