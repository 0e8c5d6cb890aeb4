"""What each page of one part of a consultation needs, whichever role it is for."""

from __future__ import annotations

from flask import render_template
from sqlalchemy.orm import Session

from consult.models import Strand
from consult.services.actors import visible_strand
from consult.services.desks import desk
from consult.services.desks.desk import ConsultationView, StrandView
from consult.web.navigation import side_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["here", "part_page", "row_of"]


def here(db: Session, consultation_id: str, strand_id: str) -> tuple[ConsultationView, StrandView]:
    """The consultation and the part of the address. Raises `NotFound` outside the actor's scope."""
    who = actor()
    return desk.consultation(db, who, consultation_id), desk.strand(db, who, consultation_id, strand_id)


def row_of(db: Session, strand_id: str) -> Strand:
    """The part of the address as services take it. Raises `NotFound` outside the actor's scope."""
    return visible_strand(db, actor(), strand_id)


def part_page(
    template: str, consultation: ConsultationView, strand: StrandView, *, to_do: int = 0, **values: object
) -> str:
    """A page of one part, with its sections at the side."""
    side = side_of(consultation, strand, to_do)
    return render_template(template, consultation=consultation, strand=strand, side=side, now=site().clock(), **values)
