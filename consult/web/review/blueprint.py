"""The blueprint that the page modules of this package hang their routes on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["review"]

review = Blueprint("review", __name__, url_prefix="/s")
