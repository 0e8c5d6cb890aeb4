"""Keeping texts from a reading: one person writes what may be shown, another confirms it or lets it go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import Consultation, KeptKind, KeptText, OpeningMode, OpeningRequest, Person, Strand
from consult.redaction import Piece, pieces, shared_words, suggest
from consult.sealing.root import RootKeys
from consult.services.actors import Actor, Ruling, roles_in, visible_consultations, visible_strand
from consult.services.auditing import Verb, hold, record
from consult.services.signed.running import SYSTEM
from consult.services.tables.doubt import is_undecided
from consult.services.tables.quoting import Attribute, Published, must_be_enough, published_of
from safeguards.policy import Policy
from safeguards.terms import Role
from safeguards.validity import add_months

__all__ = ["LONGEST", "Draft", "KeptView", "confirm", "drop", "forget_text", "keep", "kept", "old_texts", "regions_of"]

LONGEST = 600
_LOOKING_TWICE = frozenset({Role.REDACTOR, Role.SAFEGUARDING_LEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reader wants to keep of one text. `field` names the place in the form for a refusal.

    `may_quote`: the person said yes to being shown in the own words; without it only a paraphrase can be kept.
    """

    field: str
    question_id: str
    language: str
    text: str
    kind: KeptKind
    attribute: Attribute | None
    may_quote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptView:
    """A kept text as the second person sees it: never beside what it was made from."""

    id: str
    consultation: str
    strand: str
    question: str
    language: str
    pieces: tuple[Piece, ...]
    own_words: bool
    attribute: Attribute | None
    published: Published | None
    kept_by: str
    kept_on: date
    confirmed_by: str
    may_confirm: Ruling


def keep(
    db: Session, keys: RootKeys, actor: Actor, request_id: str, drafts: Sequence[Draft], now: datetime
) -> list[KeptText]:
    """Keep texts out of the actor's own granted reading, all or none. Nothing of them says which answer it was.

    Raises `Conflict` where too few people took part, and `Invalid` for a text that is too long, says of a person what
    is not published, or shares a run of words with another: two such texts can be seen to be the same person's.
    """
    strand = _reading_of(db, actor, request_id)
    if not drafts:
        return []
    published = must_be_enough(published_of(db, strand.id))
    problems = {
        draft.field: [wrong] for draft in drafts if (wrong := _wrong(draft, published.beside(draft.question_id)))
    }
    others = list(db.scalars(select(KeptText.text).where(KeptText.strand_id == strand.id)))
    for place, draft in enumerate(drafts):
        before = [*others, *(each.text for each in drafts[:place])]
        if draft.field not in problems and any(shared_words(draft.text, other) for other in before):
            problems[draft.field] = [
                sentence("It shares a run of words with another kept text: they can be seen to be one person's.")
            ]
    if problems:
        raise Invalid(problems)
    rows = [_row(draft, strand, request_id, actor, now) for draft in drafts]
    db.add_all(rows)
    db.flush()
    record(db, keys.audit, actor.id, Verb.TEXT_KEPT, request_id, now, {"strand": strand.id, "texts": len(rows)})
    return rows


def kept(db: Session, actor: Actor) -> tuple[KeptView, ...]:
    """Every kept text within the actor's scope that is not in doubt: those that wait for a second person first."""
    scope = [each.id for each in visible_consultations(db, actor)]
    rows = db.execute(
        select(KeptText, Strand)
        .join(Strand, Strand.id == KeptText.strand_id)
        .where(Strand.consultation_id.in_(scope))
        .order_by(KeptText.confirmed_by.is_not(None), KeptText.strand_id, KeptText.question_id, KeptText.id)
    )
    published, apart = cache(partial(published_of, db)), cache(partial(is_undecided, db))  # a part has many texts
    return tuple(_view(db, actor, text, strand, published(strand.id)) for text, strand in rows if not apart(strand.id))


def confirm(db: Session, keys: RootKeys, actor: Actor, text_id: str, now: datetime) -> KeptText:
    """A second person lets a text through: only then may it be shown."""
    hold(db)  # whoever is kept out at this moment has been, or has confirmed it before
    text, strand = _text(db, actor, text_id)
    _may_confirm(db, actor, text, strand).demand()
    if text.confirmed_by is not None:
        raise Conflict("Somebody has confirmed this already.")
    must_be_enough(published_of(db, strand.id))
    text.confirmed_by, text.confirmed_on = actor.id, now.date()
    record(db, keys.audit, actor.id, Verb.TEXT_CONFIRMED, text.id, now, {"strand": strand.id})
    return text


def drop(db: Session, keys: RootKeys, actor: Actor, text_id: str, now: datetime) -> None:
    """Let a text go for good: whoever kept it, and whoever may confirm it, can."""
    text, strand = _text(db, actor, text_id)
    if text.kept_by != actor.id and not roles_in(db, actor, strand) & _LOOKING_TWICE:
        raise Denied("A redactor or a safeguarding lead decides on what was kept.")
    _destroy(db, keys, actor.id, text, now)


def old_texts(db: Session, policy: Policy, now: datetime) -> list[str]:
    """The ids of texts that were kept as long as they may be (P-RETAIN-REDACTED)."""
    before = add_months(now, -policy.p("P-RETAIN-REDACTED")).date()
    return list(db.scalars(select(KeptText.id).where(KeptText.kept_on < before).order_by(KeptText.id)))


def forget_text(db: Session, keys: RootKeys, text_id: str, now: datetime) -> bool:
    """Destroy one of them, on record; whether it was still there."""
    hold(db)
    text = db.get(KeptText, text_id)
    if text is None:
        return False
    _destroy(db, keys, SYSTEM, text, now)
    return True


def _destroy(db: Session, keys: RootKeys, actor_id: str, text: KeptText, now: datetime) -> None:
    db.delete(text)
    record(db, keys.audit, actor_id, Verb.TEXT_DROPPED, text.id, now, {"strand": text.strand_id})


def regions_of(strand: Strand) -> tuple[str, ...]:
    """The countries whose way of writing phone numbers is tried."""
    return tuple(strand.facts.get("jurisdictions", ()))


def _reading_of(db: Session, actor: Actor, request_id: str) -> Strand:
    request = db.get(OpeningRequest, request_id)
    if request is None or request.requested_by != actor.id or request.mode != OpeningMode.READ:
        raise NotFound
    if request.granted_by is None or request.used_at is None:
        raise Conflict("Nothing was read with this request, so nothing can be kept from it.")
    return visible_strand(db, actor, request.strand_id)


def _wrong(draft: Draft, published: Published) -> str:
    if not draft.text.strip():
        return sentence("Write what is to be kept, or leave it empty.")
    if len(draft.text) > LONGEST:
        return "Keep it shorter: one thought, in at most 600 characters."
    if draft.kind is KeptKind.REDACTED and not draft.may_quote:
        return sentence("This person did not say yes to being shown in the own words. Keep a paraphrase.")
    if not published.may_say(draft.language, None):
        return sentence(
            "Too few people answered in this language to show a text of one of them. Put it into main ideas."
        )
    if not published.may_say(draft.language, draft.attribute):
        return sentence("This can not be said of a person: the number of that group is not published.")
    return ""


def _row(draft: Draft, strand: Strand, request_id: str, actor: Actor, now: datetime) -> KeptText:
    return KeptText(
        strand_id=strand.id,
        opening_id=request_id,
        question_id=draft.question_id,
        language=draft.language,
        kind=draft.kind,
        text=draft.text.strip(),
        dimension=draft.attribute.dimension if draft.attribute else None,
        category=draft.attribute.category if draft.attribute else None,
        kept_by=actor.id,
        kept_on=now.date(),
    )


def _text(db: Session, actor: Actor, text_id: str) -> tuple[KeptText, Strand]:
    text = db.get(KeptText, text_id)
    if text is None:
        raise NotFound
    return text, visible_strand(db, actor, text.strand_id)


def _may_confirm(db: Session, actor: Actor, text: KeptText, strand: Strand) -> Ruling:
    if text.kept_by == actor.id:
        return Ruling(ok=False, why=sentence("Somebody else has to look at it: two people let a text through."))
    held = bool(roles_in(db, actor, strand) & _LOOKING_TWICE)
    return Ruling(ok=held, why=sentence("A redactor or a safeguarding lead confirms it."))


def _view(db: Session, actor: Actor, text: KeptText, strand: Strand, published: Published | None) -> KeptView:
    said = Attribute(text.dimension, text.category) if text.dimension and text.category else None
    return KeptView(
        id=text.id,
        consultation=db.get_one(Consultation, strand.consultation_id).title,
        strand=strand.name,
        question=_question(strand, text.question_id),
        language=text.language,
        pieces=pieces(text.text, suggest(text.text, text.language, regions_of(strand))),
        own_words=text.kind == KeptKind.REDACTED,
        attribute=said,
        published=published,
        kept_by=db.get_one(Person, text.kept_by).name,
        kept_on=text.kept_on,
        confirmed_by=db.get_one(Person, text.confirmed_by).name if text.confirmed_by else "",
        may_confirm=_may_confirm(db, actor, text, strand),
    )


def _question(strand: Strand, question_id: str) -> str:
    asked: Iterable[dict[str, object]] = strand.form["questions"]
    words = next((each["text"] for each in asked if each["id"] == question_id), {})
    return str(next(iter(words.values()), question_id)) if isinstance(words, dict) else question_id
