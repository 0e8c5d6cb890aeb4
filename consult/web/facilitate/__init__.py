"""Setting up, proving and sharing: the pages of facilitators and of everybody who attests or verifies."""

from consult.web.facilitate import (
    appointments,
    assessment,
    consultations,
    directory,
    evidence,
    feedback,
    gate,
    meetings,
    plan,
    questions,
    records,
    recusals,
    share,
    strands,
    substitutes,
    team,
    translations,
)
from consult.web.facilitate.blueprint import facilitate

__all__ = [
    "appointments",
    "assessment",
    "consultations",
    "directory",
    "evidence",
    "facilitate",
    "feedback",
    "gate",
    "meetings",
    "plan",
    "questions",
    "records",
    "recusals",
    "share",
    "strands",
    "substitutes",
    "team",
    "translations",
]
