"""Alive, ready, schema version: all that is said without signing in."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from consult.database import UnknownSchema, schema_is_current
from consult.web.site import site

__all__ = ["health"]

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Whether this process answers and its database, if that answers, has the newest schema."""
    try:
        current = schema_is_current(site().engine)
    except (SQLAlchemyError, UnknownSchema):
        return jsonify(alive=True, ready=False, schema="unknown"), 503
    return jsonify(alive=True, ready=current, schema="current" if current else "old"), 200 if current else 503
