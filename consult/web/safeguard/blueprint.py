"""The blueprint of this package, and what each of its pages of one part needs."""

from __future__ import annotations

from flask import Blueprint

from consult.services.desks.desk import ConsultationView, StrandView
from consult.web.parts import here, part_page, row_of

__all__ = ["here", "page", "row_of", "safeguard"]

safeguard = Blueprint("safeguard", __name__, url_prefix="/s")


def page(template: str, consultation: ConsultationView, strand: StrandView, *, to_do: int = 0, **values: object) -> str:
    """A page of one part, with its sections at the side."""
    return part_page(f"safeguard/{template}", consultation, strand, to_do=to_do, **values)
