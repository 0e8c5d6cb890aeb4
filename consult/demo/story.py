"""The demonstration as one story: set up, gate, sign, open, answer sealed, close, open by two, report."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from consult.config import Settings
from consult.database import connect, read, upgrade, write
from consult.demo import hearing, setup
from consult.demo.cast import CAST, STRANDS, StrandPlan
from consult.demo.findings import find_and_tell
from consult.demo.participants import everybody, walk
from consult.demo.partners import PARTNER, SIGNS_IN_AS, co_design
from consult.demo.server import free_port, serving
from consult.models import Strand
from consult.sealing.root import RootKeys
from consult.sealing.suite import Secret
from consult.services.gate.planning import form_of
from consult.services.opening import reading
from consult.services.participation import responding
from consult.services.report import livecoverage, releasing
from safeguards import policyfile
from safeguards.results import evaluation_json

__all__ = ["Outcome", "environment_for", "tell"]

_ASKED_FOR = timedelta(hours=2)
_TITLE = "What keeps young people safe online (demonstration, invented)"


@dataclass(slots=True)
class Outcome:
    """What the demonstration did, for people and for `--json`."""

    consultation: str
    strands: list[dict[str, Any]]
    responses: dict[str, int]
    release: dict[str, Any]
    releases: dict[str, dict[str, Any]]
    findings: dict[str, int]
    code_to_try: str
    seconds: dict[str, float]
    sign_ins: dict[str, str] = field(repr=False)
    app_seed: Secret = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Without the sign-ins."""
        return {
            "consultation": self.consultation,
            "strands": self.strands,
            "responses": self.responses,
            "release": self.release,
            "releases": self.releases,
            "findings": self.findings,
            "seconds": self.seconds,
        }


def environment_for(folder: Path, port: int) -> dict[str, str]:
    """The settings of the demonstration's site: a root of its own, SQLite, this machine only."""
    root = folder / "root.key"
    if not root.exists():
        root.touch(mode=0o400)
        root.chmod(0o600)
        root.write_text(secrets.token_hex(32), encoding="ascii")
        root.chmod(0o400)
    return {
        "CONSULT_ROOT_KEY_FILE": str(root),
        "CONSULT_ORGANISATION": "Harbour Youth Network (invented)",
        "CONSULT_ADDRESS": f"http://localhost:{port}",
        "CONSULT_DATA": str(folder),
        "CONSULT_TRIES": "100000",  # everybody invented comes from this machine
    }


def tell(folder: Path, responses: int, seed: int, progress: Callable[[str], None]) -> Outcome:
    """Run the whole main job in `folder`, through the services and pages that everybody uses."""
    port = free_port()
    environment = environment_for(folder, port)
    settings = Settings.from_environment(environment)
    engine = connect(settings.database_url)
    clock = _Stopwatch(progress)
    try:
        with clock.step("database", "Making the database"):
            upgrade(engine)
        stage = setup.Stage(engine, RootKeys.from_root(settings.root), policyfile.default())
        with clock.step("accounts", f"Adding {len(CAST)} invented people"):
            setup.make_accounts(stage, _now())
        with clock.step("set_up", "Setting up a consultation with four strands"):
            setup.make_directory(stage, _now())
            setup.make_consultation(stage, _TITLE, STRANDS, _now())
            hearing.plan_whom_to_hear(stage, _now())
        with clock.step("partners", "A child-led organisation reads the questions; what it changes is on record"):
            co_design(stage, _now())
        with clock.step("safeguards", "Putting safeguards in place: one attests, another verifies"):
            setup.put_safeguards_in_place(stage, _now())
        with clock.step("sign_and_open", "Asking the gate, signing, opening"):
            setup.sign_and_open(stage, _now())
        with serving(environment, port), clock.step("answers", f"{responses} invented people answer over HTTP"):
            receipts = _answer(stage, port, responses, seed, progress)
        with clock.step("live", "An inclusion holder freezes who took part so far"):
            _count_live(stage)
        with clock.step("withdrawal", "One person takes the answers back"):
            withdrawn = _take_back(stage, receipts)
        with clock.step("close", "Closing"):
            setup.close_all(stage, _now())
        with clock.step("open_by_two", "A reviewer asks, a lead grants, protected tables are made"):
            releases = _release(stage)
        with clock.step("findings", "Own words are read on record, themes counted, people told what changed"):
            found = find_and_tell(stage, _now())
        with clock.step("to_try", "Opening one more part, for you to try"):
            code = setup.open_one_to_try(stage, _now())
        return _outcome(stage, receipts, withdrawn, releases, found, code, clock.seconds)
    finally:
        engine.dispose()


def _answer(
    stage: setup.Stage, port: int, responses: int, seed: int, progress: Callable[[str], None]
) -> dict[str, list[str]]:
    plans = [plan for plan in STRANDS if plan.key in stage.codes]
    with read(stage.engine) as db:
        forms = {plan.key: form_of(db.get_one(Strand, stage.strands[plan.key])) for plan in plans}
    coming = list(everybody(plans, stage.codes, forms, responses, seed))
    receipts: dict[str, list[str]] = {}
    for plan in plans:
        visitors = [visitor for key, visitor in coming if key == plan.key]
        progress(f"  {plan.name}: {len(visitors)}")
        receipts[plan.key] = list(walk("localhost", port, visitors))
    return receipts


def _count_live(stage: setup.Stage) -> None:
    """One snapshot of the children's part; with too few answers there is none, and the page says so."""
    holder, words = stage.people["inclusion"], stage.passphrases["inclusion"]
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        if not livecoverage.may_refresh(db, holder, strand):
            return
        made = livecoverage.count(db, stage.keys, stage.policy, holder, strand, words, _now())
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        livecoverage.freeze(db, stage.keys, holder, strand, made, _now())


def _take_back(stage: setup.Stage, receipts: dict[str, list[str]]) -> int:
    with write(stage.engine) as db:
        return int(responding.take_back(db, stage.keys, receipts["children"][0]))


def _release(stage: setup.Stage) -> dict[str, dict[str, Any]]:
    releases = {}
    reviewer, lead = stage.people["reviewer1"], stage.people["lead1"]
    for key in stage.codes:
        cookie_key, now = os.urandom(32), _now()
        with write(stage.engine) as db:
            strand = db.get_one(Strand, stage.strands[key])
            asked = reading.ask(
                db, stage.keys, reviewer, strand, "Tables for the report.", now + _ASKED_FOR, cookie_key, now
            ).id
        with write(stage.engine) as db:
            reading.grant(db, stage.keys, lead, asked, stage.passphrases["lead1"], _now())
        with write(stage.engine) as db:
            release = releasing.make_release(
                db, stage.keys, stage.policy, reviewer, asked, stage.passphrases["reviewer1"], cookie_key, _now()
            )
            releases[release.respondent_class] = json.loads(release.content)
        hearing.tell(stage, release.id, _now())
    return releases


def _outcome(
    stage: setup.Stage,
    receipts: dict[str, list[str]],
    withdrawn: int,
    releases: dict[str, dict[str, Any]],
    found: dict[str, int],
    code: str,
    seconds: dict[str, float],
) -> Outcome:
    with read(stage.engine) as db:
        rows = {key: db.get_one(Strand, strand_id) for key, strand_id in stage.strands.items()}
        strands = [_told(stage, plan, rows[plan.key]) for plan in STRANDS]
        classes = {key: row.respondent_class for key, row in rows.items()}
    responses = {classes[key]: len(given) for key, given in receipts.items()}
    return Outcome(
        consultation=stage.consultation_id,
        strands=strands,
        responses={**responses, "withdrawn": withdrawn},
        release=releases["child"],
        releases=releases,
        findings=found,
        code_to_try=code,
        seconds=seconds,
        app_seed=stage.app_seed,
        sign_ins={
            **{f"{part.name} <{part.email}>": stage.passphrases[part.key] for part in CAST},
            SIGNS_IN_AS: stage.passphrases[PARTNER],
        },
    )


def _told(stage: setup.Stage, plan: StrandPlan, row: Strand) -> dict[str, Any]:
    """One strand for the machine form: what the gate said of it, and where it is now."""
    evaluation = evaluation_json(stage.evaluations[plan.key])
    return {
        "id": row.id,
        "name": plan.name,
        "audience": plan.audience,
        "mode": plan.mode,
        "languages": row.facts["languages"],
        "decision": evaluation["decision"],
        "row": evaluation["row"],
        "reasons": evaluation["reasons"],
        "fallback": evaluation["fallback"],
        "state": row.state,
    }


@dataclass(slots=True)
class _Stopwatch:
    """Says what begins, and keeps how long each step took, in seconds."""

    progress: Callable[[str], None]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, saying: str) -> Iterator[None]:
        """One step of the story."""
        self.progress(saying)
        begun = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - begun, 2)


def _now() -> datetime:
    return datetime.now(UTC)
