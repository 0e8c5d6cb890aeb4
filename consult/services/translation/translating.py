"""The translation desk: somebody writes the words of a language, others who read it as their own confirm them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import delete
from sqlalchemy.orm import Session

from consult.errors import Conflict, Invalid, NotFound, sentence
from consult.models import SourceChange, Strand, Translation, TranslationCheck
from consult.questionnaire.easier import EASY, usual_place
from consult.questionnaire.errors import FormError
from consult.questionnaire.form import Form
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in
from consult.services.auditing import Verb, record
from consult.services.gate.planning import form_of
from consult.services.setup.drafting import touched
from consult.services.signed.languages import CHANGED_WORDS, shut
from consult.services.texts.translationstate import Segment, Status, pair_of, segments_of, texts_in
from safeguards.lifecycle import BEFORE_SIGNING, SIGNED
from safeguards.said import said
from safeguards.terms import Role

__all__ = [
    "CHECKING",
    "TRANSLATING",
    "Check",
    "Typed",
    "check",
    "may_check",
    "may_translate",
    "waiting_checks",
    "write_words",
]

TRANSLATING = frozenset({Role.TRANSLATION_LEAD, Role.INTERPRETER, Role.LEAD_FACILITATOR, Role.CO_FACILITATOR})
"""Who writes translations."""
CHECKING = TRANSLATING | {Role.MODERATOR, Role.SUPPORT_PRACTITIONER, Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER}
"""Who may confirm one that somebody else wrote: everybody who works on the part and reads the language as their own."""
_LONGEST = 4000
_NO_BACK = sentence("Write first what these words say, in the language of the source: safety hangs on this text.")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed for one text. `seen`: the pair that stood there when it was shown, "" for none."""

    place: str
    words: str
    seen: str
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A yes to one translation, and where somebody wrote one, their words put back into the language of the source."""

    place: str
    pair: str
    back_translation: str = ""


def may_translate(db: Session, actor: Actor, strand: Strand) -> Ruling:
    """Whether the actor may write translations of this part now; in a signed one that shuts their language."""
    if not roles_in(db, actor, strand) & TRANSLATING:
        return Ruling(ok=False, why="Your role in this consultation does not include this step.")
    if strand.state not in BEFORE_SIGNING | SIGNED:
        return Ruling(ok=False, why=sentence("This is not possible in the state that this part is in now."))
    return Ruling(ok=True)


def may_check(db: Session, actor: Actor, strand: Strand) -> Callable[[Segment], Ruling]:
    """Whether the actor may confirm a translation of this part: never its writer, and nobody twice."""
    if not roles_in(db, actor, strand) & CHECKING:
        return lambda _: Ruling(ok=False, why="Your role in this consultation does not include this step.")
    return partial(_may_confirm, actor)


def _may_confirm(actor: Actor, segment: Segment) -> Ruling:
    if segment.status not in (Status.READY, Status.CONFIRMED):
        return Ruling(ok=False, why=sentence("It is not ready to be confirmed."))
    if segment.writer_id == actor.id:
        return Ruling(ok=False, why=sentence("You wrote this yourself: another person has to confirm it."))
    if any(each.person_id == actor.id for each in segment.checks):
        return Ruling(ok=False, why=sentence("You have confirmed this already."))
    return Ruling(ok=True)


def write_words(
    db: Session, keys: RootKeys, actor: Actor, strand: Strand, language: str, typed: Iterable[Typed], now: datetime
) -> int:
    """Store translations; how many are new. Empty words take a translation out.

    In a signed part the language is shut in the same moment, until a lead signs it again. Other words of a text take
    its easy words with them, but for those that were sent beside: they are said to fit the new ones.

    Raises `Denied` and `Conflict` as `may_translate` says, `Conflict` when somebody else saved the same text meanwhile,
    and `Invalid` for words that do not fit, with the place; then nothing is stored.
    """
    may_translate(db, actor, strand).demand()
    form, changes, sent = form_of(strand), dict[str, str](), tuple(typed)
    _must_be_target(form, language)
    texts = {each.place: each for each in texts_in(form, language)}
    for each in sent:
        if each.place not in texts:
            raise NotFound
        ours = texts[each.place]
        if not _is_news(db, strand, language, each, ours.words, pair_of(language, ours.source, ours.words)):
            continue
        changes[each.place] = words = each.words.strip()
        _forget_old_source(db, strand, each.place, language)
        if words:
            _note(db, actor, language, ours.source, words, now, draft=each.draft)
    if not changes:
        return 0
    beside = {
        each.place: each.words.strip()
        for each in sent
        if each.place.startswith(EASY) and usual_place(each.place) in changes and each.words.strip()
    }
    try:
        strand.form = form.with_words(language, {**beside, **changes}).to_json()
    except FormError as error:
        raise Invalid({_place_of(error, changes): [error.sentence]}) from error
    touched(db, keys.audit, actor, strand, now, "words")
    _record(db, keys, actor, Verb.WORDS_WRITTEN, strand, language, len(changes), now)
    if strand.state in SIGNED:
        shut(db, keys, strand, [language], CHANGED_WORDS, now, actor.id)
    return len(changes)


def _must_be_target(form: Form, language: str) -> None:
    if language not in form.languages[1:]:
        raise NotFound


def _is_news(db: Session, strand: Strand, language: str, typed: Typed, there: str, pair: str) -> bool:
    """Whether what was typed has to be stored. Raises when it can not be, or when others were faster."""
    place, words = typed.place, typed.words.strip()
    row = db.get(Translation, pair)
    old_source = db.get(SourceChange, (strand.id, place, language))
    if words == there and not (row is not None and row.draft) and old_source is None:
        return False
    if typed.seen != pair:
        raise Conflict(
            "Somebody else saved this while you were working on it. Nothing was lost: "
            "look at what they changed, then save again."
        )
    if len(words) > _LONGEST:
        raise Invalid({place: [said("At most %(most)s characters.", most=_LONGEST)]})
    if not words and strand.state in SIGNED and not place.startswith(EASY):
        raise Invalid({place: [sentence("This part is signed: its texts can be changed, and none can be taken out.")]})
    return True


def _forget_old_source(db: Session, strand: Strand, place: str, language: str) -> None:
    """Whoever writes words beside a source has looked at it as it is now."""
    there = (SourceChange.strand_id == strand.id, SourceChange.place == place, SourceChange.language == language)
    db.execute(delete(SourceChange).where(*there))


def _place_of(error: FormError, changes: Mapping[str, str]) -> str:
    """Which of the places the form's complaint is about; "" where it names none of them."""
    return next((place for place in changes if error.where.startswith(place)), "")


def _note(db: Session, actor: Actor, language: str, source: str, words: str, now: datetime, *, draft: bool) -> None:
    """Put down who wrote the words. Whoever wrote the same before stays their writer; ready they are only once."""
    row = db.get(Translation, pair_of(language, source, words))
    if row is not None:
        row.draft = row.draft and draft
        return
    db.add(
        Translation(
            pair=pair_of(language, source, words),
            language=language,
            source=source,
            words=words,
            draft=draft,
            written_by=actor.id,
            written_at=now,
        )
    )
    db.flush()


def check(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand: Strand,
    language: str,
    checks: Iterable[Check],
    now: datetime,
    *,
    native: bool,
) -> int:
    """Confirm translations as somebody who reads the language as their own and wrote none of them; how many.

    `native`: the person says so. A safety text needs two such people, and one of them puts it back into the language of
    the source first (INC-05). Raises `Conflict` when the words or their source are others now, `Denied` as `may_check`
    says.
    """
    form = form_of(strand)
    _must_be_target(form, language)
    if not native:
        raise Invalid(
            {"native": [sentence("Only somebody who reads the language as their own confirms a translation.")]}
        )
    segments, given = {each.place: each for each in segments_of(db, strand.id, form, language)}, dict[str, str]()
    ruling = may_check(db, actor, strand)
    for each in checks:
        segment = _looked_at(segments, each)
        ruling(segment).demand()
        back = each.back_translation.strip() or given.get(each.pair, "")
        if segment.needs_back_translation and not back:
            raise Invalid({"back": [_NO_BACK]})
        if segment.pair not in given and segment.written_at is None:
            db.add(_as_it_came(language, segment, now))
        given[segment.pair] = back
    for pair, back in given.items():
        db.add(TranslationCheck(pair=pair, person_id=actor.id, back_translation=back or None, checked_at=now))
    db.flush()
    if given:
        _record(db, keys, actor, Verb.WORDS_CHECKED, strand, language, len(given), now)
    return len(given)


def _looked_at(segments: Mapping[str, Segment], given: Check) -> Segment:
    segment = segments.get(given.place)
    if segment is None:
        raise NotFound
    if given.pair != segment.pair:
        raise Conflict("The words or their source changed since you looked at them. Look again, then confirm.")
    return segment


def _record(
    db: Session, keys: RootKeys, actor: Actor, verb: Verb, strand: Strand, language: str, n: int, now: datetime
) -> None:
    record(db, keys.audit, actor.id, verb, strand.id, now, {"language": language, "n": n})


def _as_it_came(language: str, segment: Segment, now: datetime) -> Translation:
    """The row of words that came with the program, which somebody confirms now."""
    return Translation(
        pair=segment.pair,
        language=language,
        source=segment.source,
        words=segment.words,
        draft=False,
        written_by=None,
        written_at=now,
    )


def waiting_checks(db: Session, actor: Actor, strand: Strand, language: str) -> tuple[Segment, ...]:
    """The translations that still need somebody's yes and that the actor may confirm."""
    segments, ruling = segments_of(db, strand.id, form_of(strand), language), may_check(db, actor, strand)
    return tuple(each for each in segments if each.status is Status.READY and ruling(each).ok)
