"""The pages of this role."""

from flask import Blueprint

safeguard = Blueprint("safeguard", __name__, url_prefix="/s")

__all__ = ["safeguard"]
