"""Lawful rows of openings and releases for tests. Ids are words, so that a test can be read."""

import json
from datetime import timedelta

from sqlalchemy.orm import Session

from consult.models import OpeningMode, OpeningRequest, Release, Strand
from tests.factories import NOW, stored


def opening_request(
    db: Session, of: Strand, name: str, *, granted: bool = False, mode: OpeningMode = OpeningMode.TABLES
) -> OpeningRequest:
    """The reviewer's request for tables, granted by the lead or waiting."""
    return stored(
        db,
        OpeningRequest(
            id=name,
            strand_id=of.id,
            mode=mode,
            reason="The first report",
            requested_by="reviewer",
            requested_at=NOW,
            ends_at=NOW + timedelta(days=1),
            public_key=b"public",
            wrapped_private=b"wrapped",
            granted_by="lead" if granted else None,
            granted_at=NOW if granted else None,
            sealed_half=b"half" if granted else None,
        ),
    )


def few_people(of: Strand, opening: OpeningRequest, name: str) -> Release:
    """The release of a few people, not stored: no number, and everything that a report says besides."""
    content = {
        "id": name,
        "series": "main",
        "k": 10,
        "population": {"respondent_class": of.respondent_class, "size": "under_k"},
        **dict.fromkeys(("dimensions", "tables"), ()),
        "changes": {},
        "audit": {"cells": 0, "withheld": 0, "narrowest": None},
    }
    decided = {"decision_maker": "The ministry", "feedback_due": NOW.date().isoformat()}
    return Release(
        id=name,
        consultation_id=of.consultation_id,
        strand_id=of.id,
        series="main",
        respondent_class=of.respondent_class,
        content=json.dumps(content),
        digest="0" * 64,
        setting={
            "consultation": {"title": "Safer messages", **decided},
            "strand": {"name": of.name, "audience": of.audience, "languages": ["en"]},
            "policy": {"version": "1"},
            "form": {"questions": {}, "dimensions": {}},
            **dict.fromkeys(("opened", "closed", "decision", "fallback")),
        },
        made_at=NOW,
        opening_id=opening.id,
    )


def release(db: Session, opening: OpeningRequest, of: Strand, name: str) -> Release:
    """A frozen release from a granted opening."""
    return stored(
        db,
        Release(
            id=name,
            consultation_id=of.consultation_id,
            strand_id=of.id,
            series="main",
            respondent_class=of.respondent_class,
            content="{}",
            digest="0" * 64,
            setting={},
            made_at=NOW,
            opening_id=opening.id,
        ),
    )
