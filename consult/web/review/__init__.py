"""The pages of reviewers and readers: asking, granting, making tables, triage, live coverage, and the reports."""

from consult.web.review import (
    certificates,
    coverage,
    keys,
    live,
    openings,
    population,
    reports,
    telling,
    triage,
    words,
)
from consult.web.review.blueprint import review

__all__ = [
    "certificates",
    "coverage",
    "keys",
    "live",
    "openings",
    "population",
    "reports",
    "review",
    "telling",
    "triage",
    "words",
]
