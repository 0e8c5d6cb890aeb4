"""The pages of reviewers and readers: asking for tables, granting, making them once, and the reports."""

from consult.web.review import openings, reports
from consult.web.review.blueprint import review

__all__ = ["openings", "reports", "review"]
