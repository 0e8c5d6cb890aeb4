"""Who comes to the pages of findings and feedback: their lines of the matrix in test_permissions.py."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from consult.models import FeedbackNote, IdeaSource, MainIdea
from safeguards.promises import Stage
from safeguards.terms import Role
from tests import factories
from tests.office import NOW

__all__ = ["FINDINGS", "FINDINGS_FOR_HOLDERS", "FINDINGS_NAMES", "main_idea"]

_TELLING = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.ORGANISATION_MANAGER})
_ANSWERING = _TELLING | {Role.DECISION_MAKER}
_HEARING = _ANSWERING | {Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER, Role.ANALYST}
_READING = frozenset({Role.REDACTOR})

FINDINGS: Mapping[str, frozenset[Role]] = {
    **dict.fromkeys(("facilitate.all_feedback", "facilitate.feedback", "facilitate.assessment"), _HEARING),
    **dict.fromkeys([f"facilitate.{n}" for n in ("new_idea", "idea", "remove_idea", "write_note", "score")], _TELLING),
    "facilitate.answer_idea": _ANSWERING,
    "facilitate.publish": _TELLING | {Role.SAFEGUARDING_LEAD},
    "facilitate.take_back_note": _TELLING | {Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER},
    **dict.fromkeys(("review.words", "review.read_words"), _READING),
    **dict.fromkeys(("review.kept", "review.decide_kept"), _READING | {Role.SAFEGUARDING_LEAD}),
}
#: Reached by the role, and then only with a request to read that a lead has granted.
FINDINGS_FOR_HOLDERS = {"review.words", "review.read_words"}
#: What addresses name besides the consultation; there is no kept text.
FINDINGS_NAMES = {"stage": "said", "text_id": "0", "deed": "confirm", "scorer": "team"}


def main_idea(db: Session, consultation_id: str, author_id: str, name: str) -> MainIdea:
    """An idea of adults in the three languages, without an answer, beside a note that nobody has published."""
    words = dict.fromkeys(("en", "fr", "ar"), "Answer within a day.")
    note = FeedbackNote(consultation_id=consultation_id, stage=Stage.SAID, words=words, written_by=author_id)
    factories.stored(db, note)
    return factories.stored(
        db,
        MainIdea(
            id=name,
            consultation_id=consultation_id,
            source=IdeaSource.ADULTS,
            words=words,
            made_by=author_id,
            made_at=NOW,
        ),
    )
