"""Draws docs/reference/plan.md and plan.schema.json from the plan file's types; a test holds both current.

Run it after a change: ``python -m tools.draw_plan``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safeguards.planfile import INHERITED, schema

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
PAGE = REFERENCE / "plan.md"
SCHEMA = REFERENCE / "plan.schema.json"

_HEAD = """# Every field of a plan file

Drawn from `safeguards/plan.py` and `safeguards/record.py` by `python -m tools.draw_plan`; do not edit by hand.
[How to write a plan](../how-to/plan.md) has whole examples; [plan.schema.json](plan.schema.json) is the same for
machines (`consult gate schema` prints it).

A fact that is left out is read in the stricter way. Unknown keys are refused. Times carry their zone
(`2026-03-01T14:30:00Z`); a day alone (`2026-03-01`) is its first moment in UTC. **Bold** fields are needed.
"""
_ORDER = (
    *("Consultation", "Strand", "StaffMember", "Duty", "Approver", "Service", "Channel", "Hours", "EmergencyContact"),
    *("Window", "Session", "Questions", "Item", "Holders", "Holder"),
    *("Record", "Evidence", "Waiver", "ContactTest", "Equivalent", "Approval", "Stop", "Incident", "Signature"),
)


def drawn_schema() -> str:
    """The plan file's JSON Schema, as `consult gate schema` prints it."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def drawn_page() -> str:
    """The page, whole."""
    described = schema()
    definitions = described["$defs"]
    left = sorted(definitions.keys() - {*_ORDER, "Candidate"})
    parts = [_HEAD, _table("The file", described)]
    parts += [_table(name, definitions[name]) for name in [*_ORDER, *left]]
    taken = ", ".join(f"`{key}`" for key in INHERITED)
    parts.append(f"## Candidate\n\nA Strand. What it leaves out of {taken} is as in the strand of the file.\n")
    return "\n".join(parts)


def _table(name: str, definition: dict[str, Any]) -> str:
    rows = [
        f"| {_key(key, definition)} | {_kind(field)} | {_meaning(field)} |"
        for key, field in definition["properties"].items()
    ]
    words = definition.get("description", "")
    return "\n".join([f"## {name}", "", words, "", "| Field | Written as | Meaning |", "|---|---|---|", *rows, ""])


def _key(key: str, definition: dict[str, Any]) -> str:
    return f"**`{key}`**" if key in definition["required"] else f"`{key}`"


def _meaning(field: dict[str, Any]) -> str:
    return str(field.get("description", "")).replace("|", "\\|")


def _kind(field: dict[str, Any]) -> str:
    if "const" in field:
        return f'`"{field["const"]}"`'
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if "anyOf" in field:
        return " or ".join(_kind(each) for each in field["anyOf"] if each.get("type") != "null")
    if field["type"] == "array":
        return f"list of {_kind(field['items'])}"
    if field["type"] == "object":
        return f"object of {_kind(field['additionalProperties'])}"
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}[field["type"]]


if __name__ == "__main__":
    PAGE.write_text(drawn_page(), encoding="utf-8")
    SCHEMA.write_text(drawn_schema(), encoding="utf-8")
