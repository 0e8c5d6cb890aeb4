"""What people wrote on the page of what changed, as it is read out: each note, and each list of ideas."""

from __future__ import annotations

from collections.abc import Mapping

from consult.errors import sentence
from consult.models import IdeaSource
from consult.services.feedback.news import Idea, Told
from consult.services.participation.pagesounds import told_as
from consult.web.languages import current_language, gettext
from consult.web.pagewords import Spoken
from safeguards.promises import Answer, Stage

__all__ = ["ANSWERS", "STAGES", "in_news"]

#: Headings of the notes, and how a decision-maker's answer is said.
STAGES: Mapping[Stage, str] = {
    Stage.SAID: sentence("What you said"),
    Stage.ANSWERS: sentence("What they will do"),
    Stage.IMPACT: sentence("What came of it"),
}
ANSWERS: Mapping[Answer, str] = {
    Answer.YES: sentence("Yes, they are doing it."),
    Answer.PARTLY: sentence("Partly."),
    Answer.NO: sentence("No."),
}
_NO_ANSWER = sentence("No answer yet.")
_BY_CHILDREN = (sentence("Ideas from children"),)
_BY_ADULTS = (
    sentence("Ideas from adults"),
    sentence("Adults said these. They are not counted as children's ideas."),
)


def in_news(told: Told) -> tuple[Spoken, ...]:
    """Each note and each list of ideas that is there in the language of this request, as it is read out."""
    code, where = current_language().code, told.consultation_id
    notes = [
        Spoken(told_as(stage, where), (gettext(name), told.notes[stage].text))
        for stage, name in STAGES.items()
        if stage in told.notes and told.notes[stage].language == code
    ]
    lists = ((IdeaSource.CHILDREN, _BY_CHILDREN, told.children), (IdeaSource.ADULTS, _BY_ADULTS, told.adults))
    ideas = [
        Spoken(told_as(whose, where), (*map(gettext, heading), *(line for each in found for line in _idea(each))))
        for whose, heading, found in lists
        if found and all(said.language == code for each in found for said in (each.words, each.reason) if said)
    ]
    last = [each for each in notes if each.page == told_as(Stage.IMPACT, where)]
    return (*(each for each in notes if each not in last), *ideas, *last)


def _idea(idea: Idea) -> tuple[str, ...]:
    if idea.answer is None or idea.reason is None:
        return (idea.words.text, gettext(_NO_ANSWER))
    return (idea.words.text, gettext(ANSWERS[idea.answer]), idea.reason.text)
