"""The pages of this role."""

from flask import Blueprint

administer = Blueprint("administer", __name__, url_prefix="/s")

__all__ = ["administer"]
