"""The blueprint of this package, and what each of its pages of one part needs."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from consult.models import Strand
from consult.services import desk
from consult.services.actors import visible_strand
from consult.services.desk import ConsultationView, StrandView
from consult.web.navigation import side_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["here", "page", "row_of", "safeguard"]

safeguard = Blueprint("safeguard", __name__, url_prefix="/s")


def here(db: Session, consultation_id: str, strand_id: str) -> tuple[ConsultationView, StrandView]:
    """The consultation and the part of the address. Raises `NotFound` outside the actor's scope."""
    who = actor()
    return desk.consultation(db, who, consultation_id), desk.strand(db, who, consultation_id, strand_id)


def row_of(db: Session, strand_id: str) -> Strand:
    """The part of the address as services take it. Raises `NotFound` outside the actor's scope."""
    return visible_strand(db, actor(), strand_id)


def page(template: str, consultation: ConsultationView, strand: StrandView, **values: object) -> str:
    """A page of one part, with its sections at the side."""
    return render_template(
        f"safeguard/{template}",
        consultation=consultation,
        strand=strand,
        side=side_of(consultation, strand),
        now=site().clock(),
        **values,
    )
