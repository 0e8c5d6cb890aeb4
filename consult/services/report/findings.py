"""What was found in own words, for the report of a part: themes with their protected counts, texts let through."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from consult.services.report.theming import ThemeCount, theme_counts
from consult.services.tables.quoting import Published, Quote, published_of, quotes_of

__all__ = ["Findings", "QuestionFindings", "findings_of"]


@dataclass(frozen=True, slots=True)
class QuestionFindings:
    """One question that people answered in own words; the themes are those of one frozen count that have a number."""

    title: str
    themes: tuple[ThemeCount, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All of them, with what the release shows of people, for the words beside a quote."""

    published: Published
    questions: tuple[QuestionFindings, ...]


def findings_of(db: Session, strand_id: str, language: str) -> Findings | None:
    """The findings of a part, each question in `language` where it has it; None where nothing may be shown."""
    published = published_of(db, strand_id)
    if published is None:
        return None
    counts, quotes = theme_counts(db, strand_id), quotes_of(db, strand_id, published)
    asked = published.setting["form"]["questions"]
    found = tuple(
        QuestionFindings(
            title=words["text"].get(language) or next(iter(words["text"].values())),
            themes=counts.get(key, ()),
            quotes=tuple(quote for quote in quotes if quote.question_id == key),
        )
        for key, words in asked.items()
        if counts.get(key) or any(quote.question_id == key for quote in quotes)
    )
    return Findings(published, found) if found else None
