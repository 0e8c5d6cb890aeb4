"""Suggesting personal details in own words, for a human who decides. It never says that a text is free of them.

Rules and word lists only: no model, no network. A name in small letters with nothing beside it is missed, and so is
whatever needs the story to be understood (docs/explanation/own-words.md has the measured figures).
"""

from consult.redaction.details import Detail, DetailKind, Piece, pieces, reaches_somebody, suggest, suggest_in_any
from consult.redaction.sameness import shared_words

__all__ = ["Detail", "DetailKind", "Piece", "pieces", "reaches_somebody", "shared_words", "suggest", "suggest_in_any"]
