"""Plans that pass, as JSON, and the one way to ask the gate about them: tests change a fact and look what follows."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from safeguards import policyfile
from safeguards.gate import evaluate
from safeguards.planfile import PlanFile, parse
from safeguards.policy import Policy
from safeguards.results import Evaluation

Json = dict[str, Any]

AT = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # a Monday
POLICY = policyfile.default()

EVIDENCE: Json = {
    "attested_by": "olu",
    "attested_at": "2026-02-20T09:00:00Z",
    "verified_by": "vera",
    "verified_at": "2026-02-21T09:00:00Z",
}
STAFF: list[Json] = [
    {"person": "lia", "roles": ["LF"], "languages": ["es", "quz"]},
    {"person": "cora", "roles": ["COF"], "languages": ["es", "quz"]},
    {"person": "sol", "roles": ["SL"], "languages": ["es", "quz"]},
    {"person": "pia", "roles": ["SUP"], "languages": ["es", "quz"]},
]
LINE: Json = {
    "id": "line",
    "kind": "agreement",
    "languages": ["es"],
    "jurisdictions": ["PE"],
    "timezone": "America/Lima",
    "round_the_clock": True,
    "channels": [
        {"id": "line-phone", "kind": "phone", "address": "0800 1", "free": True},
        {"id": "line-chat", "kind": "chat", "address": "line.example", "free": True, "backup": True},
    ],
}
TWO_PLACES: Json = {
    "jurisdictions": ["PE", "BO"],
    "services": [{**LINE, "jurisdictions": ["PE", "BO"]}],
    "emergency": [{"jurisdiction": j, "number": "1", "round_the_clock": True} for j in ("PE", "BO")],
}
TWO_LANGUAGES: Json = {"languages": ["es", "quz"], "services": [{**LINE, "languages": ["es", "quz"]}]}
QUESTIONS: Json = {
    "items": [
        {"id": "Q14", "topic": "T1", "text": "How safe do young people your age feel on the apps they use most?"},
        {"id": "Q27", "topic": "T0", "text": "What one change would you ask leaders to make?"},
    ]
}
SERVICE_QUESTIONS: Json = {
    "items": [{"id": "s1", "topic": "T1", "text": "What makes a service easy to reach?"}],
}
WINDOW: Json = {"opens": "2026-03-02T08:00:00Z", "closes": "2026-03-16T20:00:00Z", "timezone": "America/Lima"}
SESSION: Json = {
    "id": "first",
    "starts": "2026-03-02T14:30:00Z",
    "ends": "2026-03-02T15:30:00Z",
    "timezone": "America/Lima",
    "adults": ["lia", "cora"],
    "practitioners": ["pia"],
    "duty_lead": "sol",
    "children": 4,
    "active_minutes": 45,
    "breaks": [20],
}
_COMMON: Json = {
    "languages": ["es"],
    "jurisdictions": ["PE"],
    "uses_interpreters": False,
    "staff": STAFF,
    "duty": {"lead": "sol", "answers_within_minutes": 10, "reachable_hours_after": 24},
    "services": [LINE],
    "emergency": [{"jurisdiction": "PE", "number": "105", "round_the_clock": True}],
    "holders": {
        "lead": [{"id": "h1", "fingerprint": "a"}, {"id": "h2", "fingerprint": "b"}],
        "reviewer": [{"id": "h3", "fingerprint": "c"}, {"id": "h4", "fingerprint": "d"}],
    },
    "author": "lia",
    "questions": QUESTIONS,
}
_FORM: Json = {**_COMMON, "mode": "OI", "window": WINDOW, "minutes": 12}
_GROUP: Json = {**_COMMON, "mode": "PG", "sessions": [SESSION], "group_size": 4, "venue": "hall", "minutes": 45}
_APPROVER: Json = {"approver": {"person": "ira", "organisation": "other"}}


def made(base: Json, changes: Json) -> Json:
    """A copy with changes."""
    return deepcopy({**base, **changes})


def children_form(**changes: Any) -> Json:
    """X1: children in general, 13 to 15, online form, safety, one language, one country."""
    return made({**_FORM, "id": "g", "audience": "G", "ages": [13, 15], "topics": ["T0", "T1"]}, changes)


def children_group(**changes: Any) -> Json:
    """Children in general meeting in person."""
    return made({**_GROUP, "id": "g", "audience": "G", "ages": [13, 15], "topics": ["T0", "T1"]}, changes)


def survivors_group(**changes: Any) -> Json:
    """X23: child survivors 15 to 17 in person, in a small group of their own service."""
    own: Json = {"id": "s", "audience": "S", "ages": [15, 17], "topics": ["T1", "T3"], "questions": SERVICE_QUESTIONS}
    return made({**_GROUP, **_APPROVER, **own}, changes)


def harm_individual(**changes: Any) -> Json:
    """A child who has displayed harmful sexual behaviour, in person, by a specialist service."""
    own: Json = {"id": "h", "audience": "H", "mode": "PI", "ages": [14, 17], "topics": ["T1", "T3"]}
    session = {**SESSION, "children": 1}
    change = {"sessions": [session], "group_size": 1, "questions": SERVICE_QUESTIONS}
    return made({**_GROUP, **_APPROVER, **own, **change}, changes)


def adult_survivors(**changes: Any) -> Json:
    """Adult survivors, online form."""
    return made({**_FORM, "id": "a", "audience": "A", "topics": ["T0", "T1", "T3"], "ages": [18, 120]}, changes)


def representatives(kind: str, **changes: Any) -> Json:
    """Representatives of a class, online form."""
    ages = [18, 24] if kind == "RY" else [18, 120]
    own = {"id": kind.lower(), "audience": "R", "representatives": kind, "topics": ["T0", "T1"], "ages": ages}
    return made({**_FORM, **own}, changes)


def tests_of(*strands: Json) -> list[Json]:
    """A passed contact test of every channel in every language from every country, this morning."""
    return [
        {
            "channel": channel,
            "at": "2026-03-02T09:00:00Z",
            "reached": True,
            "minutes": 2,
            "language": language,
            "jurisdiction": place,
            "free": True,
        }
        for channel, languages, places in sorted(
            {
                (channel["id"], tuple(service["languages"]), tuple(service["jurisdictions"]))
                for strand in strands
                for service in strand["services"]
                for channel in service["channels"]
            }
        )
        for language in languages
        for place in places
    ]


def plan_json(strand: Json, candidates: Sequence[Json] = (), evidence: Json | None = None, **record: Any) -> Json:
    """The whole file: everything attested and verified but what ``evidence`` says otherwise."""
    file = {
        "schema": "gate-plan/1",
        "consultation": {"id": "c", "organisation": "o"},
        "strand": strand,
        "candidates": list(candidates),
        "record": {
            "evidence": {"*": EVIDENCE, **(evidence or {})},
            "contact_tests": tests_of(strand, *candidates),
            **record,
        },
    }
    return deepcopy(file)


def plan(strand: Json, candidates: Sequence[Json] = (), evidence: Json | None = None, **record: Any) -> PlanFile:
    """The same, read."""
    return parse(plan_json(strand, candidates, evidence, **record))


def decide(
    strand: Json,
    candidates: Sequence[Json] = (),
    evidence: Json | None = None,
    *,
    at: datetime = AT,
    now: bool = False,
    policy: Policy = POLICY,
    **record: Any,
) -> Evaluation:
    """What the gate says. ``now``: the decision is due."""
    return ask(plan(strand, candidates, evidence, **record), at=at, now=now, policy=policy)


def ask(file: PlanFile, *, at: datetime = AT, now: bool = False, policy: Policy = POLICY) -> Evaluation:
    """What the gate says about a plan file."""
    return evaluate(
        file.plan,
        file.record,
        policy,
        at,
        decision_date=file.decision_date,
        candidates=file.candidates,
        decide_now=now,
    )


def named(evaluation: Evaluation) -> set[str]:
    """Ids of the requirements among the reasons."""
    return {reason.requirement for reason in evaluation.reasons}


def entry(attested_as: str, verified_as: str, **changes: Any) -> Json:
    """Evidence of one requirement, in its roles."""
    return {**EVIDENCE, "attested_as": attested_as, "verified_as": verified_as, **changes}
