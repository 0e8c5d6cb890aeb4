"""Recordings of a part and of what pages say themselves, beside what is shown now: who hears each, and why nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from consult.errors import NotFound
from consult.models import Strand
from consult.questionnaire.easier import EASY, Recording, usual_place, words_place
from consult.questionnaire.form import Form
from consult.services.actors import Actor
from consult.services.feedback.news import told_in
from consult.services.gate.planning import form_of
from consult.services.participation.strandface import Door, unsigned_door
from consult.services.texts.worddiff import Kind, word_diff
from consult.services.translation.pagerecordings import PageVoice, places_asked
from consult.services.translation.pagerecordings import voices as page_voices
from consult.services.translation.recordings import to_hear
from consult.web.languages import LANGUAGES, as_in
from consult.web.newswords import in_news
from consult.web.pagewords import AGE_LIST, Spoken, of_language
from consult.web.site import site
from consult.web.spoken import Shown, is_read_out, shown

__all__ = [
    "Hearing",
    "PageState",
    "Voice",
    "beside",
    "page_state",
    "page_states",
    "silent",
    "to_confirm",
    "voices",
]


class Hearing(StrEnum):
    """Whether people who take part hear a recording."""

    HEARD = "heard"
    #: too few others have confirmed it
    WAITS = "waits"
    #: the page shows other words than it says
    OTHER_WORDS = "other_words"
    #: nothing is shown yet with which it could be compared
    NOT_SHOWN = "not_shown"
    #: no page reads this text out
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Voice:
    """One recording: where it belongs, in which language, what it says, and what the pages show of its text now."""

    where: str
    language: str
    recording: Recording
    says: str
    shown: tuple[Shown, ...]

    @property
    def hearing(self) -> Hearing:
        """Other words come first: there is no use in confirming what is not played."""
        known = [each.words for each in self.shown if each.words]
        if not is_read_out(self.where):
            return Hearing.NOWHERE
        if known and self.says not in known:
            return Hearing.OTHER_WORDS
        if not self.recording.is_confirmed(self.where):
            return Hearing.WAITS
        return Hearing.HEARD if known else Hearing.NOT_SHOWN

    @property
    def is_settled(self) -> bool:
        """Whether nobody has to do anything about it."""
        return self.hearing not in (Hearing.WAITS, Hearing.OTHER_WORDS)

    @property
    def should_say(self) -> str:
        """What the page shows where it belongs; "" where nobody knows."""
        here = [each.words for each in self.shown if each.where == self.where]
        return next((words for words in (*here, *(each.words for each in self.shown)) if words), "")

    @property
    def difference(self) -> tuple[tuple[Kind, str], ...]:
        """From what it says to what the page shows, word by word."""
        return word_diff(self.says, self.should_say)


def beside(form: Form, door: Door | None, where: str, language: str) -> Voice | None:
    """The recording of one text in one language with what is shown; None where there is none."""
    recording = form.recordings.get(where, {}).get(language)
    if recording is None:
        return None
    words = form.said_by_place()[words_place(where)][language]
    return Voice(where, language, recording, recording.spoken(words), shown(form, door, language, where))


def voices(db: Session, strand_id: str, form: Form) -> Mapping[tuple[str, str], Voice]:
    """Every recording of a part by place and language, in the order of its texts."""
    if not form.recordings:
        return {}
    door, order = unsigned_door(db, strand_id, site().clock(), site().policy), list(form.words_by_place())
    places = sorted(form.recordings, key=lambda where: (order.index(usual_place(where)), where.startswith(EASY), where))
    found = ((where, language, beside(form, door, where, language)) for where in places for language in form.languages)
    return {(where, language): voice for where, language, voice in found if voice}


def silent(db: Session, strand: Strand) -> tuple[Voice, ...]:
    """The recordings that say other words than the pages show now: a service, a day or a wording changed."""
    found = voices(db, strand.id, form_of(strand)).values()
    return tuple(each for each in found if each.hearing is Hearing.OTHER_WORDS)


def to_confirm(db: Session, actor: Actor, strand: Strand) -> frozenset[tuple[str, str]]:
    """Place and language of the recordings that the actor may confirm and that say what the pages show."""
    mine = to_hear(db, actor, strand)
    found = voices(db, strand.id, form_of(strand)) if mine else {}
    return frozenset(each for each in mine if found[each].hearing is Hearing.WAITS)


@dataclass(frozen=True, slots=True)
class PageState:
    """What pages say in one language, beside what was recorded of it."""

    language: str
    said: dict[str, Spoken]
    voices: dict[str, PageVoice]

    @property
    def silent(self) -> tuple[PageVoice, ...]:
        """Those whose words no page says any more; a list of places that no part asks for now may come again."""
        gone = (each for each in self.voices.values() if each.says not in self.said)
        return tuple(each for each in gone if each.page != AGE_LIST)

    @property
    def heard(self) -> tuple[PageVoice, ...]:
        """Those that people who take part hear."""
        return tuple(each for each in self.voices.values() if each.says in self.said and each.is_confirmed)

    @property
    def to_hear(self) -> tuple[PageVoice, ...]:
        """Those that the actor may confirm."""
        waits = (each for each in self.voices.values() if each.says in self.said and not each.is_confirmed)
        return tuple(each for each in waits if each.may_confirm.ok)


def page_states(db: Session, who: Actor) -> dict[str, PageState]:
    """Each language in which something was recorded."""
    found = page_voices(db, who)
    lists = places_asked(db) if found else set()
    return {
        code: PageState(code, _said(db, code, lists), mine)
        for code in LANGUAGES
        if (mine := {each.says: each for each in found if each.language == code})
    }


def page_state(db: Session, who: Actor, language: str) -> PageState:
    """One language, whether anything was recorded or not. Raises `NotFound` for one that the interface has not."""
    if language not in LANGUAGES:
        raise NotFound
    known, found = _said(db, language, places_asked(db)), page_voices(db, who)
    return PageState(language, known, {each.says: each for each in found if each.language == language})


def _said(db: Session, language: str, lists: Iterable[tuple[str, ...]]) -> dict[str, Spoken]:
    """The program's own words, and what people wrote on pages of what changed."""
    with as_in(language):
        told = [each for one in told_in(db, language) for each in in_news(one)]
    return of_language(language, lists) | {each.says: each for each in told}
