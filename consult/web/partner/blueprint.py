"""The blueprint that the pages of partners hang their routes on."""

from __future__ import annotations

from flask import Blueprint

__all__ = ["partner"]

partner = Blueprint("partner", __name__, url_prefix="/s/partner")
