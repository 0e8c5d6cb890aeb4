"""Numbers only: count people, protect small groups, audit, freeze a release. Knows no web, no database, no person."""

from consult.inclusion.audit import AuditResult, Finding, Kind, Summary, audit_release
from consult.inclusion.dimensions import THRESHOLDS, Dimension, InvalidInput, TooSoon
from consult.inclusion.release import Release, ReleaseRefused, build_release, freeze

__all__ = [
    "THRESHOLDS",
    "AuditResult",
    "Dimension",
    "Finding",
    "InvalidInput",
    "Kind",
    "Release",
    "ReleaseRefused",
    "Summary",
    "TooSoon",
    "audit_release",
    "build_release",
    "freeze",
]
