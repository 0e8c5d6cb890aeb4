"""The blueprint that the page modules of this package hang their routes on."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session

from consult.models import Strand
from consult.services import desk
from consult.services.actors import visible_strand
from consult.services.desk import ConsultationView, StrandView
from consult.web.navigation import Side, side_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["address", "facilitate", "here", "page", "row_of"]

facilitate = Blueprint("facilitate", __name__, url_prefix="/s")


def here(db: Session, consultation_id: str, strand_id: str) -> tuple[ConsultationView, StrandView]:
    """The consultation and the part of the address. Raises `NotFound` outside the actor's scope."""
    who = actor()
    return desk.consultation(db, who, consultation_id), desk.strand(db, who, consultation_id, strand_id)


def row_of(db: Session, strand_id: str) -> Strand:
    """The part of the address as services take it. Raises `NotFound` outside the actor's scope."""
    return visible_strand(db, actor(), strand_id)


def page(template: str, consultation: ConsultationView, strand: StrandView, *, to_do: int = 0, **values: object) -> str:
    """A page of one part, with its sections at the side."""
    side: Side = side_of(consultation, strand, to_do)
    return render_template(
        f"staff/{template}", consultation=consultation, strand=strand, side=side, now=site().clock(), **values
    )


def address(endpoint: str, strand: StrandView, **values: object) -> str:
    """Where a page of the same part is."""
    return url_for(f"facilitate.{endpoint}", consultation_id=strand.card.consultation_id, strand_id=strand.id, **values)  # type: ignore[arg-type]
