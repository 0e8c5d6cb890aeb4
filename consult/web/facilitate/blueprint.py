"""The blueprint that the page modules of this package hang their routes on, and what their pages of one part share."""

from __future__ import annotations

from flask import Blueprint, url_for
from sqlalchemy.orm import Session

from consult.models import Strand
from consult.questionnaire.form import Form
from consult.services.desks.desk import ConsultationView, StrandView
from consult.services.setup import drafting
from consult.web.parts import here, part_page, row_of
from consult.web.saving import seen_version
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["address", "facilitate", "here", "page", "row_of", "save_form"]

facilitate = Blueprint("facilitate", __name__, url_prefix="/s")


def page(template: str, consultation: ConsultationView, strand: StrandView, *, to_do: int = 0, **values: object) -> str:
    """A page of one part, with its sections at the side."""
    return part_page(f"staff/{template}", consultation, strand, to_do=to_do, **values)


def address(endpoint: str, strand: StrandView, **values: object) -> str:
    """Where a page of the same part is."""
    return url_for(f"facilitate.{endpoint}", consultation_id=strand.card.consultation_id, strand_id=strand.id, **values)  # type: ignore[arg-type]


def save_form(db: Session, strand: StrandView, form: Form) -> Strand:
    """Save the questions and texts of a part over the version that the editor's page was made from."""
    return drafting.change_form(
        db, site().keys.audit, actor(), strand.id, seen_version(), form.to_json(), site().clock()
    )
