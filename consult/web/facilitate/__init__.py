"""The pages of this role."""

from flask import Blueprint

facilitate = Blueprint("facilitate", __name__, url_prefix="/s")

__all__ = ["facilitate"]
