"""The pages of reviewers and readers: asking for tables, granting, making them once, and the reports."""

from consult.web.review import coverage, keys, openings, reports, telling
from consult.web.review.blueprint import review

__all__ = ["coverage", "keys", "openings", "reports", "review", "telling"]
