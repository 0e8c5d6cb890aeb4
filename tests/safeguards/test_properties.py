"""What holds for every plan: tightening never loosens, nothing outlives what it relies on, nothing raises."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from safeguards.levels import parse_level
from safeguards.plan import Strand
from safeguards.planfile import PlanError, PlanFile, parse, to_json
from safeguards.policy import Policy
from safeguards.policyfile import load
from safeguards.results import Evaluation, Status, evaluation_json
from safeguards.terms import Decision, Level
from tests.safeguards.plans import (
    AT,
    LINE,
    POLICY,
    Json,
    adult_survivors,
    ask,
    children_form,
    children_group,
    entry,
    harm_individual,
    plan_json,
    representatives,
    survivors_group,
)

WORST_FIRST = list(Decision)
OPENS = [Decision.GO_WITH_CONDITIONS, Decision.GO]
LINES = {**LINE, "languages": ["es", "quz"], "jurisdictions": ["PE", "BO"]}
WIDE: Json = {
    "languages": ["es", "quz"],
    "jurisdictions": ["PE", "BO"],
    "services": [LINES],
    "emergency": [{"jurisdiction": j, "number": "1", "round_the_clock": True} for j in ("PE", "BO")],
}
STRANDS = [
    children_form(),
    children_form(**WIDE),
    children_form(**WIDE, ages=[11, 14], minutes=10),
    children_group(),
    children_group(uses_interpreters=True, mode="OG", platform="site"),
    survivors_group(),
    harm_individual(),
    adult_survivors(),
    representatives("RO"),
]
CANDIDATES = [representatives("RY"), representatives("RP", **WIDE), adult_survivors(id="aa", holders={})]
YES = [{"person": "sol", "role": "SL"}, {"person": "ira", "role": "IA"}]
SUBJECTS = ["", "lia", "sol", "es", "quz", "PE", "BO", "line", "first"]
IDS = list(POLICY.requirements)
SMALL = settings(max_examples=80, deadline=None)


@st.composite
def entries(draw: st.DrawFn, key: str) -> Any:
    """Sound evidence, a flaw, or none; for all or, besides, for one."""
    requirement = POLICY.requirements[key]
    sound = entry(requirement.attest[0].value, requirement.verify[0].value)
    flaws: list[Json] = [
        {},
        {"verified_by": "", "verified_as": None, "verified_at": None},
        {"verified_by": "olu"},
        {"expires": "2026-03-02T15:45:00Z"},
        {"expires": "2026-03-08T00:00:00Z"},
        {"attested_at": "2025-11-20T00:00:00Z", "verified_at": "2025-11-20T00:00:00Z"},
        {"revoked": True},
        {"missing": True},
    ]
    if draw(st.booleans()):
        return None
    return [{**sound, **draw(st.sampled_from(flaws))}]


@st.composite
def files(draw: st.DrawFn) -> Json:
    """A plan file that passes but for a few things."""
    strand = deepcopy(draw(st.sampled_from(STRANDS)))
    for key, value in draw(st.lists(st.sampled_from(CHANGES), max_size=2)):
        strand[key] = deepcopy(value)
    keys = draw(st.lists(st.sampled_from(IDS), max_size=4, unique=True))
    evidence = {key: draw(entries(key)) for key in keys}
    equivalents = [
        {"requirement": key, "control": "c", "accepted_by": deepcopy(YES), "expires": "2026-03-09"}
        for key in draw(st.lists(st.sampled_from(IDS), max_size=2))
    ]
    return plan_json(strand, draw(st.lists(st.sampled_from(CANDIDATES), max_size=3, unique_by=str)), evidence) | {
        "decision_date": draw(st.sampled_from([None, "2026-03-01", "2026-04-01"])),
    } | ({"record": _record(strand, evidence, equivalents)} if equivalents else {})  # fmt: skip


def _record(strand: Json, evidence: Json, equivalents: list[Json]) -> Json:
    record: Json = plan_json(strand, CANDIDATES, evidence)["record"]
    known = {channel["id"] for service in strand["services"] for channel in service["channels"]}
    tests = [test for test in record["contact_tests"] if test["channel"] in known]
    return {**record, "contact_tests": tests, "equivalents": equivalents}


CHANGES: list[tuple[str, Any]] = [
    ("holders", {}),
    ("services", [{**LINE, "kind": "public_number"}]),
    ("topics", ["T1", "T2"]),
    ("approver", None),
    ("claims_to_represent", True),
    ("uses_interpreters", True),
    ("questions", None),
    ("minutes", 60),
]


def leaves(evaluation: Evaluation) -> Iterator[Evaluation]:
    if not evaluation.parts:
        yield evaluation
    for part in evaluation.parts:
        yield from leaves(part)


def openness(decision: Decision) -> int:
    """How open a decision is; every closed one is as closed."""
    return OPENS.index(decision) + 1 if decision in OPENS else 0


def cells(strand: Strand) -> list[tuple[str, ...]]:
    return [(*c,) for c in product(strand.modes, strand.languages, strand.jurisdictions, strand.age_bands)]


@SMALL
@given(files())
def test_an_opening_decision_has_every_hard_requirement_met_and_every_eq_met_or_carried(raw: Json):
    for leaf in leaves(ask(parse(raw))):
        if leaf.decision.opens:
            unmet = {f.requirement: f.level for f in leaf.findings if f.status is not Status.MET}
            assert Level.HARD not in unmet.values()
            carried = {condition.requirement for condition in leaf.conditions}
            assert {key for key, level in unmet.items() if level is Level.EQUIVALENT} <= carried
            assert leaf.valid_until is None or leaf.valid_until > AT
        else:
            assert leaf.reasons
            assert leaf.valid_until is None


@SMALL
@given(files(), st.sampled_from(IDS), st.booleans())
def test_taking_evidence_away_never_improves_the_decision(raw: Json, key: str, now: bool):
    before = ask(parse(raw), now=now).decision
    raw["record"]["evidence"][key] = None
    assert WORST_FIRST.index(ask(parse(raw), now=now).decision) <= WORST_FIRST.index(before)


@SMALL
@given(files(), st.sampled_from(IDS), st.booleans())
def test_an_earlier_end_never_improves_the_decision_or_its_end(raw: Json, key: str, now: bool):
    before = ask(parse(raw), now=now)
    requirement = POLICY.requirements[key]
    sound = entry(requirement.attest[0].value, requirement.verify[0].value, expires="2026-03-04T00:00:00Z")
    current = raw["record"]["evidence"].get(key, [sound])
    for piece in current or []:
        piece["expires"] = min(piece.get("expires", "9"), "2026-03-04T00:00:00Z")
    raw["record"]["evidence"][key] = current
    after = ask(parse(raw), now=now)
    assert openness(after.decision) <= openness(before.decision)
    if after.decision.opens and any(f.requirement == key and f.level is not Level.ADVISORY for f in after.findings):
        carried = key in {condition.requirement for condition in after.conditions}
        assert after.valid_until is not None
        assert carried or after.valid_until <= datetime(2026, 3, 4, tzinfo=UTC)


@SMALL
@given(files())
def test_a_decision_never_outlives_its_earliest_lapse(raw: Json):
    file = parse(raw)
    answer = ask(file)
    assume(answer.decision.opens and answer.valid_until is not None and not answer.conditions)
    assert answer.valid_until is not None
    after = ask(file, at=answer.valid_until)
    assert not after.decision.opens or after.conditions


@SMALL
@given(files(), st.data(), st.booleans())
def test_a_tighter_number_never_opens_more(raw: Json, data: st.DataObject, now: bool):
    key = data.draw(st.sampled_from(list(POLICY.parameters)))
    case = data.draw(st.sampled_from(list(POLICY.parameters[key].values)))
    value = POLICY.parameters[key].values[case]
    higher = POLICY.parameters[key].stricter == "higher"
    tighter = data.draw(st.integers(value, value * 3) if higher else st.integers(POLICY.parameters[key].least, value))
    never_looser(raw, load(f'[parameters.{key}]\n"{case}" = {tighter}'), now=now)


@SMALL
@given(files(), st.sampled_from(IDS), st.sampled_from(["HARD", "EQ"]), st.booleans())
def test_a_higher_level_never_opens_more(raw: Json, key: str, level: str, now: bool):
    raised = f"{level} GSHAR; {POLICY.requirements[key].level}"
    assert parse_level(raised)
    never_looser(raw, load(f"[requirements.{key}]\nlevel = '{raised}'\nmodes = 'all'"), now=now)


@SMALL
@given(files(), st.sampled_from(IDS), st.integers(1, 60))
def test_a_shorter_validity_never_opens_more(raw: Json, key: str, days: int):
    limit = POLICY.requirements[key].validity.days
    never_looser(raw, load(f"[requirements.{key}]\nvalidity = {{ days = {min(days, limit or days)} }}"), now=False)


def never_looser(raw: Json, tighter: Policy, *, now: bool) -> None:
    file = parse(raw)
    before, after = ask(file, now=now), ask(file, now=now, policy=tighter)
    assert openness(after.decision) <= openness(before.decision)
    opened = {cell for leaf in leaves(before) if leaf.decision.opens for cell in cells(leaf.plan.strand)}
    assert {c for leaf in leaves(after) if leaf.decision.opens for c in cells(leaf.plan.strand)} <= opened


@SMALL
@given(files(), st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(SUBJECTS[1:])), max_size=3))
def test_parts_cover_the_strand_once_and_the_whole_is_as_its_worst_part(raw: Json, gaps: list[tuple[str, str]]):
    for key, subject in gaps:
        requirement = POLICY.requirements[key]
        sound = entry(requirement.attest[0].value, requirement.verify[0].value)
        raw["record"]["evidence"][key] = [sound, {"subject": subject, "missing": True}]
    try:
        file = parse(raw)
    except PlanError:
        return  # the subject is not in this strand
    answer = ask(file, now=True)
    if answer.parts:
        covered = [cell for leaf in leaves(answer) for cell in cells(leaf.plan.strand)]
        assert sorted(covered) == sorted(cells(file.plan.strand))
        assert answer.decision is min((part.decision for part in answer.parts), key=WORST_FIRST.index)


@SMALL
@given(files(), st.booleans())
def test_the_same_question_has_the_same_answer(raw: Json, now: bool):
    first, again = parse(raw), parse(to_json(parse(raw)))
    assert evaluation_json(ask(first, now=now)) == evaluation_json(ask(again, now=now))


# ---- nothing raises

ODD = st.sampled_from([None, "", "x", 0, 1, -1, 10**12, 2.5, True, [], {}]) | st.sampled_from(
    [
        ["es"],
        [0, 0],
        [13, 17],
        "T3",
        "S",
        "PI",
        "2026-03-02",
        "24:00",
        "9999-12-31",
        "0001-01-01",
        "2149-12-31",
        "\ud800",
    ]
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from spots(item, (*path, key))


@settings(max_examples=250, deadline=None)
@given(files(), st.data())
def test_any_file_is_refused_with_its_problems_or_decided(raw: Json, data: st.DataObject):
    every = list(spots(raw))
    for path in data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=3, unique=True)):
        put(raw, path, deepcopy(data.draw(ODD)))
    file = read(raw)
    if isinstance(file, PlanError):
        assert all(problem.path and problem.wrong and problem.mend for problem in file.problems)
        return
    for at in (AT, AT - timedelta(days=400), AT + timedelta(days=4000)):
        answer = ask(file, at=at, now=data.draw(st.booleans()))
        assert evaluation_json(answer)["decision"] == answer.decision.value


def read(raw: Json) -> PlanFile | PlanError:
    try:
        return parse(raw)
    except PlanError as refusal:
        return refusal


def put(raw: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        if not isinstance(raw, dict | list) or (isinstance(raw, dict) and key not in raw):
            return
        raw = raw[key] if isinstance(raw, dict) or (isinstance(key, int) and key < len(raw)) else None
    if isinstance(raw, dict) or (isinstance(raw, list) and isinstance(path[-1], int) and path[-1] < len(raw)):
        raw[path[-1]] = value
