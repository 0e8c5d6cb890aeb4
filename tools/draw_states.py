"""Draws docs/reference/states.md from the tables of safeguards/lifecycle.py; a test holds it current.

Run it after a change: ``python -m tools.draw_states``.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from safeguards.lifecycle import CONSULTATION, OPENING, STRAND, Fact, Move

State = TypeVar("State", bound=StrEnum)
PAGE = Path(__file__).parent.parent / "docs" / "reference" / "states.md"
_INTRODUCTION = """# States and moves

Drawn from `safeguards/lifecycle.py` by `python -m tools.draw_states`; do not edit by hand.

Who may move is given by role: SL safeguarding lead or deputy, IA independent approver, LF lead facilitator, COF
co-facilitator, MOD moderator, INT interpreter, SUP support practitioner, OM organisation manager, TEC technical
operator, DPL data-protection lead, RED redactor, ANA analyst. *Itself*: the system moves it too, when a safeguard
lapses or a date comes.
"""
_OPENING = """**Opening** stands for everything that every move into *open* needs: {facts}.
For child survivors (S) and children who have displayed harmful sexual behaviour (H) it also needs {approver}.
"""


def page() -> str:
    """The whole page."""
    opening = _OPENING.format(facts="; ".join(sorted(OPENING)), approver=Fact.APPROVER_SIGNED)
    return "\n".join([_INTRODUCTION, _part("A strand", STRAND), opening, _part("A consultation", CONSULTATION)])


def _part(title: str, table: tuple[Move[State], ...]) -> str:
    return f"## {title}\n\n{_diagram(table)}\n{_rows(table)}"


def _diagram(table: tuple[Move[State], ...]) -> str:
    arrows = [f"    {move.source} --> {move.target}: {move.name}" for move in table]
    start, left = table[0].source, {move.source for move in table}
    ends = [f"    {state} --> [*]" for state in dict.fromkeys(m.target for m in table) if state not in left]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {start}", *arrows, *ends, "```", ""])


def _rows(table: tuple[Move[State], ...]) -> str:
    head = ["| From | Move | To | Who | Needs |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(_row(move) for move in table), ""])


def _row(move: Move[State]) -> str:
    who = [*sorted(move.who), *(["itself"] if move.by_itself else [])]
    rest = sorted(move.needs - OPENING) if move.needs >= OPENING else sorted(move.needs)
    named = ["**opening**", *rest] if move.needs >= OPENING else rest
    return f"| {move.source} | {move.name} | {move.target} | {', '.join(who)} | {'; '.join(named) or '–'} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
