"""The last part of the demonstration: own words read by two, themes counted, texts let through, people told."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.participants import OWN_WORDS
from consult.demo.setup import Stage
from consult.errors import Conflict
from consult.models import IdeaSource, KeptKind, OpeningMode, Strand
from consult.services.evidence import assessing
from consult.services.feedback import feedback, feedbacknotes
from consult.services.opening import reading
from consult.services.opening.ownwords import OwnWords
from consult.services.report import keeping, theming
from consult.services.tables.quoting import published_of
from safeguards.assessment import INDICATORS, MOST, Scorer
from safeguards.promises import Answer
from safeguards.promises import Stage as Step

__all__ = ["find_and_tell"]

_QUESTION = "Q27"
#: Name and memo of each theme, by the invented text that has it.
_THEMES = (
    ("Being listened to", "Asks adults to listen before they decide."),
    ("An easier way to report", "Asks for a report button that is found at once."),
)
_KEPT = ("Adults should listen before they do something. (invented)", "Finding the button took too long. (invented)")
_IDEA = {
    "en": "The report button should be found at once. (invented)",
    "fr": "Le bouton pour signaler doit se trouver tout de suite. (inventé)",
    "ar": "يجب أن يظهر زر التبليغ فورا. (نص مبتكر)",
}
_REASON = {
    "en": "Apps will show it on the first page by next year. (invented)",
    "fr": "Les applications le montreront à la première page dès l'an prochain. (inventé)",
    "ar": "ستعرضه التطبيقات في الصفحة الأولى من العام القادم. (نص مبتكر)",
}
_NOTES = {
    Step.SAID: {
        "en": "Thank you for your ideas. This is what many of you said. (invented)",
        "fr": "Merci pour vos idées. Voici ce que beaucoup d'entre vous ont dit. (inventé)",
        "ar": "شكرا على أفكاركم. هذا ما قاله كثيرون منكم. (نص مبتكر)",
    },
    Step.ANSWERS: {
        "en": "The ministry has read your ideas. This is what it will do, and why. (invented)",
        "fr": "Le ministère a lu vos idées. Voici ce qu'il va faire, et pourquoi. (inventé)",
        "ar": "قرأت الوزارة أفكاركم. هذا ما ستفعله، وهذه أسبابها. (نص مبتكر)",
    },
}
_SEEN = "The diary of this demonstration (invented)"


def find_and_tell(stage: Stage, now: datetime) -> dict[str, int]:
    """Read, count, keep, answer, publish; how many of each, for the machine form."""
    request, written = _read(stage, now)
    texts = [each for each in written if each.texts.get(_QUESTION)]
    return {
        "read": len(texts),
        "themes": _count(stage, request, texts, now),
        "quotes": _keep(stage, request, texts, now),
        "answers": _tell(stage, now),
        "scores": _score(stage, now),
    }


def _read(stage: Stage, now: datetime) -> tuple[str, tuple[OwnWords, ...]]:
    reader, lead, cookie_key = stage.people["reviewer2"], stage.people["lead1"], os.urandom(32)
    with write(stage.engine) as db:
        strand, ends = _children(db, stage), now + timedelta(hours=2)
        reason = "To find themes and quotes."
        asked = reading.ask(db, stage.keys, reader, strand, reason, ends, cookie_key, now, OpeningMode.READ).id
    with write(stage.engine) as db:
        reading.grant(db, stage.keys, lead, asked, stage.passphrases["lead1"], now)
    with read(stage.engine) as db:
        passphrase = stage.passphrases["reviewer2"]
        written = reading.read_words(db, stage.keys, reader, asked, passphrase, cookie_key, now)
    with write(stage.engine) as db:
        reading.use(db, stage.keys, reader, asked, now)
    return asked, written


def _count(stage: Stage, request: str, texts: list[OwnWords], now: datetime) -> int:
    """Two themes by the invented texts; nothing where the count would give somebody away."""
    reader = stage.people["reviewer2"]
    with write(stage.engine) as db:
        strand = _children(db, stage)
        themes = [
            theming.add_theme(db, stage.keys, reader, strand, _QUESTION, name, memo, now).id for name, memo in _THEMES
        ]
    coded = [{themes[OWN_WORDS[each.language].index(each.texts[_QUESTION])]} for each in texts]
    try:
        with read(stage.engine) as db:
            counted = theming.count_themes(db, _children(db, stage), _QUESTION, coded)
        with write(stage.engine) as db:
            strand = _children(db, stage)
            theming.store_themes(db, stage.keys, reader, strand, request, counted, now)
    except Conflict:
        return 0
    return len(themes)


def _keep(stage: Stage, request: str, texts: list[OwnWords], now: datetime) -> int:
    """Two paraphrases, kept by the redactor and let through by a lead; none where too few people took part."""
    with read(stage.engine) as db:
        published = published_of(db, stage.strands["children"])
    if published is None or not published.enough or not texts:
        return 0
    drafts = [
        keeping.Draft(
            field=f"keep_{n}",
            question_id=_QUESTION,
            language="en",
            text=text,
            kind=KeptKind.PARAPHRASE,
            attribute=None,
            may_quote=False,
        )
        for n, text in enumerate(_KEPT)
    ]
    with write(stage.engine) as db:
        kept = [row.id for row in keeping.keep(db, stage.keys, stage.people["reviewer2"], request, drafts, now)]
    for text_id in kept:
        with write(stage.engine) as db:
            keeping.confirm(db, stage.keys, stage.people["lead2"], text_id, now)
    return len(kept)


def _tell(stage: Stage, now: datetime) -> int:
    """The facilitator writes, a lead reads it over and publishes it."""
    who, where = stage.people["facilitator"], stage.consultation_id
    with write(stage.engine) as db:
        idea = feedback.add_idea(db, stage.keys, who, where, IdeaSource.CHILDREN, _IDEA, now)
        feedback.answer_idea(db, stage.keys, who, where, idea.id, idea.version, Answer.PARTLY, _REASON, now)
        for step, words in _NOTES.items():
            feedbacknotes.write_note(db, stage.keys, who, where, step, words, now)
    second = stage.people["lead2"]
    for step in _NOTES:
        with write(stage.engine) as db:
            seen = feedback.feedback(db, second, where, stage.policy, now).notes[step].digest
            feedbacknotes.publish(db, stage.keys, second, where, step, seen, now, nobody=True)
    return 1


def _score(stage: Stage, now: datetime) -> int:
    """The self-assessment: the children's advisers are less content than the team."""
    given = {
        Scorer.TEAM: {key: (MOST - place % 2, _SEEN) for place, key in enumerate(INDICATORS)},
        Scorer.ADVISERS: {key: (MOST - 1 - place % 2, _SEEN) for place, key in enumerate(INDICATORS)},
    }
    for scorer, scores in given.items():
        with write(stage.engine) as db:
            assessing.score(db, stage.keys, stage.people["facilitator"], stage.consultation_id, scorer, scores, now)
    return sum(map(len, given.values()))


def _children(db: Session, stage: Stage) -> Strand:
    return db.get_one(Strand, stage.strands["children"])
