"""Draws docs/reference/notices.md from safeguards/telling.py; a test holds it current.

Run it after a change: ``python -m tools.draw_notices``.
"""

from __future__ import annotations

from pathlib import Path

from consult.web.noticewords import SAYINGS
from safeguards.telling import TELLINGS, Matter
from safeguards.terms import Role

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "notices.md"
_INTRODUCTION = """# Who is told what

Drawn from `safeguards/telling.py` by `python -m tools.draw_notices`; do not edit by hand.

Everybody named who has an account and is not kept out of the consultation finds a notice in the application; with a
mail server set, also an e-mail that says that something waits and nothing else. Whoever did it is not told of it.
Participants never get e-mail.

A number is how many days before its day people are reminded; 0 is the day itself, and from then on it is overdue. Days
of a part are those of its own place; promises, complaints and requests for help are counted in UTC days. A reminder
ends by itself when the matter is done.

| What | Told | When | What it needs |
|---|---|---|---|"""


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *(_row(matter) for matter in Matter), ""])


def _row(matter: Matter) -> str:
    telling, saying = TELLINGS[matter], SAYINGS[matter]
    told = ", ".join(role.words for role in Role if role in telling.told) or telling.named
    when = ", ".join(str(days) for days in telling.before) or "at once"
    return f"| {saying.title} | {told} | {when} | {saying.needed or '–'} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
