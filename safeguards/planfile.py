"""The plan file: JSON to plan, record and candidates, with every problem listed; back to JSON; its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, cast

from .codec import Problem, decode, encode
from .jsonschema import schema_of
from .plan import Consultation, Plan, Strand
from .plancheck import contradictions
from .record import Record
from .terms import AgeBand, Audience, RepresentativeClass

__all__ = ["SCHEMA", "PlanError", "PlanFile", "parse", "schema", "to_json"]

SCHEMA = "gate-plan/1"
# What a candidate takes over from the strand when it does not say it itself: the people, the places, the help.
INHERITED = (
    "languages",
    "jurisdictions",
    "platform",
    "partners",
    "uses_interpreters",
    "staff",
    "duty",
    "approver",
    "services",
    "emergency",
    "window",
    "holders",
    "author",
)


class PlanError(ValueError):
    """A plan file that cannot be read. ``problems`` has every one: where, what, the mend."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """Everything one evaluation is made from."""

    plan: Plan
    record: Record
    candidates: tuple[Strand, ...] = ()
    decision_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The file as it is written."""

    schema: Annotated[str, 'Always "gate-plan/1"']
    consultation: Annotated[Consultation, "The consultation; its id alone will do"]
    strand: Annotated[Strand, "The strand to decide on"]
    candidates: Annotated[tuple[Strand, ...], "Strands of adults who could stand in, in any order"] = ()
    record: Annotated[Record, "What has happened and what is proven"] = field(default_factory=Record)
    decision_date: Annotated[datetime | None, "When the decision is due; before it, gaps leave it open"] = None


def parse(raw: object) -> PlanFile:
    """The plan file that parsed JSON stands for. Raises PlanError with every problem."""
    problems: list[Problem] = []
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        found = raw.get("schema") if isinstance(raw, dict) else type(raw).__name__
        raise PlanError([Problem("$.schema", f"{found!r} is not a plan this program reads", f'write "{SCHEMA}"')])
    file = decode(_File, _written_out(raw), "$", problems)
    if file is None:
        raise PlanError(problems)
    strands = {"$.strand": file.strand} | {f"$.candidates[{n}]": c for n, c in enumerate(file.candidates)}
    problems += contradictions(strands, file.record)
    if problems:
        raise PlanError(problems)
    return PlanFile(
        plan=Plan(consultation=file.consultation, strand=file.strand),
        record=file.record,
        candidates=file.candidates,
        decision_date=file.decision_date,
    )


def to_json(file: PlanFile) -> dict[str, Any]:
    """The file again: ``parse(to_json(file)) == file``."""
    written = _File(
        schema=SCHEMA,
        consultation=file.plan.consultation,
        strand=file.plan.strand,
        candidates=file.candidates,
        record=file.record,
        decision_date=file.decision_date,
    )
    encoded = cast("dict[str, Any]", encode(written))
    if file.candidates:
        encoded["candidates"] = [_said_in_full(candidate) for candidate in file.candidates]
    return encoded


def _said_in_full(candidate: Strand) -> dict[str, Any]:
    """What a candidate leaves out would be taken from the strand: so nothing is left out."""
    inherited = {key: encode(getattr(candidate, key)) for key in INHERITED}
    return inherited | cast("dict[str, Any]", encode(candidate))


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the plan file."""
    definitions: dict[str, Any] = {}
    schema_of(_File, definitions)
    file = definitions.pop(_File.__name__)
    properties = file["properties"]
    properties["schema"] = {"const": SCHEMA, "description": "Version of this format"}
    consultation = properties["consultation"]
    properties["consultation"] = {
        "anyOf": [{"type": "string", "pattern": "\\S"}, {"$ref": consultation["$ref"]}],
        "description": consultation["description"],
    }
    strand = definitions["Strand"]
    strand["required"].remove("ages")
    strand["properties"]["ages"]["description"] += "; left out: from the bands, for adults 18 and over, for RY 18 to 24"
    candidate = {**strand, "required": [key for key in strand["required"] if key not in INHERITED]}
    candidate["description"] = f"A strand of adults. What it leaves out of {', '.join(INHERITED)} is as in the strand."
    definitions["Candidate"] = candidate
    properties["candidates"]["items"] = {"$ref": "#/$defs/Candidate"}
    one = {"$ref": "#/$defs/Evidence"}
    many = {"anyOf": [{"type": "null"}, one, {"type": "array", "items": one}]}
    definitions["Record"]["properties"]["evidence"]["additionalProperties"] = many
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plan file of consult gate evaluate",
        **file,
        "$defs": dict(sorted(definitions.items())),
    }


# ---- short forms


def _written_out(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same file without the short forms that people may use."""
    full = dict(raw)
    if isinstance(raw.get("consultation"), str):
        full["consultation"] = {"id": raw["consultation"]}
    strand = full.get("strand")
    if isinstance(strand, dict):
        full["strand"] = _with_ages(strand)
        if isinstance(raw.get("candidates"), list):
            full["candidates"] = [_candidate(entry, strand) for entry in raw["candidates"]]
    record = raw.get("record")
    if isinstance(record, dict) and isinstance(record.get("evidence"), dict):
        entries = {key: _entries(value) for key, value in record["evidence"].items()}
        full["record"] = {**record, "evidence": entries}
    return full


def _candidate(raw: object, strand: Mapping[str, Any]) -> object:
    if not isinstance(raw, dict):
        return raw
    taken = {key: strand[key] for key in INHERITED if key in strand}
    return _with_ages({**taken, "fallback_for": strand.get("id"), **raw})


def _entries(raw: object) -> object:
    if raw is None:
        return []
    return [raw] if isinstance(raw, dict) else raw


def _with_ages(raw: dict[str, Any]) -> dict[str, Any]:
    if raw.get("ages") is not None:
        return raw
    bands = raw.get("bands")
    known = [AgeBand(band) for band in bands if band in tuple(AgeBand)] if isinstance(bands, list) else []
    if known:
        return {**raw, "ages": [min(b.youngest for b in known), max(b.oldest for b in known)]}
    if raw.get("audience") in (Audience.ADULT_SURVIVORS, Audience.REPRESENTATIVES):
        young = raw.get("representatives") == RepresentativeClass.YOUNG_ADULTS
        return {**raw, "ages": [18, 24 if young else 120]}
    return raw
