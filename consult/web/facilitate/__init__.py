"""Setting up, proving and sharing: the pages of facilitators and of everybody who attests or verifies."""

from consult.web.facilitate import (
    consultations,
    directory,
    evidence,
    gate,
    meetings,
    plan,
    questions,
    recusals,
    share,
    strands,
    team,
)
from consult.web.facilitate.blueprint import facilitate

__all__ = [
    "consultations",
    "directory",
    "evidence",
    "facilitate",
    "gate",
    "meetings",
    "plan",
    "questions",
    "recusals",
    "share",
    "strands",
    "team",
]
