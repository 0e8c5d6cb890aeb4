"""Fixtures of the tests of services: a stage on which every part waits for a signature."""

from tests.scenario import sent_on_postgresql, sent_on_sqlite, stage, stage_on_sqlite

__all__ = ["sent_on_postgresql", "sent_on_sqlite", "stage", "stage_on_sqlite"]
