"""The blueprint that the page modules of this package hang their routes on, and what their pages of one part share."""

from __future__ import annotations

from flask import Blueprint, url_for

from consult.services.desks.desk import ConsultationView, StrandView
from consult.web.parts import here, part_page, row_of

__all__ = ["address", "facilitate", "here", "page", "row_of"]

facilitate = Blueprint("facilitate", __name__, url_prefix="/s")


def page(template: str, consultation: ConsultationView, strand: StrandView, *, to_do: int = 0, **values: object) -> str:
    """A page of one part, with its sections at the side."""
    return part_page(f"staff/{template}", consultation, strand, to_do=to_do, **values)


def address(endpoint: str, strand: StrandView, **values: object) -> str:
    """Where a page of the same part is."""
    return url_for(f"facilitate.{endpoint}", consultation_id=strand.card.consultation_id, strand_id=strand.id, **values)  # type: ignore[arg-type]
