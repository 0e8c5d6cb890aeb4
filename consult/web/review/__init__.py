"""The pages of this role."""

from flask import Blueprint

review = Blueprint("review", __name__, url_prefix="/s")

__all__ = ["review"]
