"""Draws docs/reference/lapses.md from safeguards/events.py and the policy; a test holds it current.

Run it after a change: ``python -m tools.draw_events``.
"""

from __future__ import annotations

from pathlib import Path

from safeguards import policyfile
from safeguards.events import KINDS, happening, known_events
from safeguards.lapse import Happening

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "lapses.md"
_INTRODUCTION = """# Lapses: what can happen, and what then

Drawn from `safeguards/events.py` and the policy by `python -m tools.draw_events`; do not edit by hand.

    consult gate lapse PLAN.json --event NAME --at TIME [--subject WHAT] [--policy FILE] [--json]

`--subject` is the language, place or person it is about; without it, all of the strand.

| Class | Meaning | `new_starts` | `people_in` | `unsent_answers` | `must_close_by` |
|---|---|---|---|---|---|
| C1 | protection is missing now | `blocked` | `stop` | `erased` | now |
| C1 | first a pause | `blocked` | `pause` | `held` | end of the pause, then `stop` |
| C2 | a document ran out, protection is still real | `blocked` | `finish` | `submitted_under_C2` | see below |
| C3 | quality gap | `allowed` | `continue` | `complete_normally` | never |

- `stop`: the next page of a form is the calm closing page with help; a meeting goes to its closing routine and safe
  hand-over.
- `submitted_under_C2`: people finish and send as always; what they send carries this flag. A form may be finished for
  30 minutes, within its window; a meeting until its planned end and at most 30 minutes.
- `reach` is `person` where only one person is concerned: only theirs stops, others may begin.
- `class` is null where the requirement does not bind the strand, and C3 where it only advises. With several modes the
  strictest mode is given, and each in `parts`.
- `sent_answers` is `quarantined` where the cause touches consent, wrong audience, question set, staff or data security:
  sealed as they are, counted nowhere, cleared or destroyed by `decide_quarantine_by`.
- `outputs` is `off` while no export and no report may be made. `restart_needs` lists what a restart needs.

Help page, quick exit and complaint route stay up in every state.
"""


def page() -> str:
    """The whole page."""
    policy = policyfile.default()
    named = [name for name in known_events() if ":" not in name]
    head = ["| Event | Requirement | Class | Touches | Sent answers | Meaning |", "|---|---|---|---|---|---|"]
    rows = [_row(name, happening(name, policy)) for name in named]
    kinds = [f"- `{kind}:ID` – {meaning}" for kind, meaning in KINDS.items()]
    general = ["## Any requirement", "", "ID is a requirement, as in `expired:TRN-01`.", "", *kinds]
    return "\n".join([_INTRODUCTION, "## Events", "", *head, *rows, "", *general, ""])


def _row(name: str, what: Happening) -> str:
    lapse_class = what.lapse_class.value + (
        f", after a pause of {what.pause_minutes} min" if what.pause_minutes else ""
    )
    sent = "quarantined" if what.quarantine and lapse_class.startswith("C1") else "kept"
    meaning = what.why.removeprefix(f"{what.requirement}: ")
    requirement = what.requirement or "–"
    return f"| `{name}` | {requirement} | {lapse_class} | {what.reach.value} | {sent} | {meaning} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
