"""Giving answers, and taking them back: the two writes that leave no event, no time and no order behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.database import inserting
from consult.errors import ConsultError, sentence
from consult.grouped import Writing
from consult.logs import fault
from consult.models import Profile, ProfileShare, Response, ResponseShare, RunningTotals, StrandCount, StrandSalt
from consult.questionnaire.answers import normalise
from consult.questionnaire.errors import AnswerError, Problem
from consult.questionnaire.profile import normalise_profile
from consult.questionnaire.question import Kind
from consult.sealing import epoch as sealed
from consult.sealing.receipt import ReceiptDigits, RecordIds, record_ids
from consult.sealing.receipt import normalise as read_receipt
from consult.sealing.record import Purpose, RecordContext, SealedRecord, seal_record
from consult.sealing.root import RootKeys, RowSealKey
from consult.sealing.suite import SealingError
from consult.services.keys.inclusionkeys import public_for
from consult.services.keys.keystore import public_key
from consult.services.opening.triage import start_clock
from consult.services.participation.epochs import Counted, EpochBook
from consult.services.participation.permit import Ruling
from consult.services.participation.storing import hold, store, store_epoch
from consult.services.participation.strandface import Door, door, door_by_code
from consult.services.tables.codedrows import PROFILE_SCHEMA, codes_of, sealed_bytes
from consult.services.tables.payload import ANSWERS_SCHEMA, UNDER_FINISHING, Payload
from safeguards.terms import SPECIALIST, Mode

__all__ = [
    "Counted",
    "Door",
    "EpochBook",
    "Gift",
    "NotOpen",
    "Submission",
    "door",
    "door_by_code",
    "give",
    "give_all",
    "is_there",
    "store_counts",
    "take_back",
]


class NotOpen(ConsultError):
    """The strand does not take answers now; nothing was stored."""

    def __init__(self) -> None:
        super().__init__(sentence("We had to stop. Nothing you did was wrong. Unsent answers are gone."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """All that one person sends at once. `receipt` are the digits drawn at assent; they decide where it is stored."""

    assented: bool
    band: str
    language: str
    place: str = ""
    answers: Mapping[str, object]
    profile: Mapping[str, str]
    receipt: ReceiptDigits = field(repr=False)
    #: a guardian's code was spent on it
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Gift:
    """A submission through a door at a moment, checked as a whole and written out before anybody waits to store it."""

    entrance: Door
    submission: Submission
    now: datetime
    payload: Payload = field(repr=False)
    answers: bytes = field(repr=False)
    profile: bytes = field(repr=False)

    @classmethod
    def of(cls, entrance: Door, submission: Submission, now: datetime) -> Gift:
        """Raises `AnswerError` for what cannot be an answer of this person."""
        payload = _payload(entrance, submission, entrance.permit.ruling(now))
        face, bands, languages = entrance.face, entrance.bands, entrance.languages
        profile = codes_of(face.form, face.digest, bands, languages, payload.band, payload.language, payload.profile)
        return cls(entrance, submission, now, payload, _plain(entrance, payload), profile)

    def answers_under(self, ruling: Ruling) -> bytes:
        """What is sealed of the answers, under the ruling of the transaction that stores them."""
        flags = _flags(ruling)
        return (
            self.answers if flags == self.payload.flags else _plain(self.entrance, replace(self.payload, flags=flags))
        )


def give(db: Session, epochs: EpochBook, keys: RootKeys, entrance: Door, submission: Submission, now: datetime) -> None:
    """Check a response as a whole once more, seal it and store it; sent twice, it is stored once.

    Raises `NotOpen` when the strand does not take answers at this moment or its key was changed from outside, and
    `AnswerError` for what cannot be an answer of this person. The caller commits; until then nothing is stored.
    """
    give_all(Writing.of(db), epochs, keys, [Gift.of(entrance, submission, now)])


def give_all(writing: Writing, epochs: EpochBook, keys: RootKeys, gifts: Sequence[Gift]) -> None:
    """The same for several people in one transaction, with as few statements as for one.

    When one of several can not be stored as the others can, `Apart` or that one's own error is raised and nothing of
    any may be kept: the caller gives each alone.
    """
    for strand_id in sorted({gift.entrance.strand_id for gift in gifts}):  # so that nobody waits in a circle
        theirs = [gift for gift in gifts if gift.entrance.strand_id == strand_id]
        for start in range(0, len(theirs), epochs.most_responses):
            _give(writing, epochs, keys, strand_id, theirs[start : start + epochs.most_responses])


def take_back(db: Session, keys: RootKeys, typed: str) -> bool:
    """Delete the response that these digits lead to, whichever strand it is in; whether there was one.

    Raises `ReceiptError` when what was typed can be no receipt. After a strand's salt is destroyed nothing is found.
    """
    digits = read_receipt(typed)
    salts = db.execute(select(StrandSalt.strand_id, StrandSalt.salt)).all()
    found = [(strand_id, record_ids(keys.receipt, salt, digits)) for strand_id, salt in salts]
    held = set(db.scalars(select(Response.id).where(Response.id.in_([ids.answers for _, ids in found]))))
    for strand_id, ids in found:
        if ids.answers not in held:
            continue
        db.execute(delete(ResponseShare).where(ResponseShare.response_id == ids.answers))
        db.execute(delete(Response).where(Response.id == ids.answers))
        db.execute(delete(ProfileShare).where(ProfileShare.profile_id == ids.profile))
        db.execute(delete(Profile).where(Profile.id == ids.profile))
        _add_to_count(db, strand_id, "withdrew", 1)
        # After the count, which waits for whoever stores new totals at this moment: they are dropped as well.
        db.execute(delete(RunningTotals).where(RunningTotals.strand_id == strand_id))
    return bool(held)


def is_there(db: Session, keys: RootKeys, strand_id: str, receipt: ReceiptDigits) -> bool:
    """Whether what was sent with this receipt is stored."""
    salt = db.scalar(select(StrandSalt.salt).where(StrandSalt.strand_id == strand_id))
    return salt is not None and db.get(Response, record_ids(keys.receipt, salt, receipt).answers) is not None


def store_counts(db: Session, strand_id: str, counts: Mapping[Counted, int]) -> None:
    """Add counts that waited in memory to the totals of a strand."""
    for what, n in counts.items():
        _add_to_count(db, strand_id, what, n)


def _give(writing: Writing, epochs: EpochBook, keys: RootKeys, strand_id: str, gifts: Sequence[Gift]) -> None:
    edition, salt = hold(writing, strand_id)
    rulings = [_ruling(writing, epochs, gift, edition) for gift in gifts]
    if salt is None:
        raise NotOpen
    ids = [record_ids(keys.receipt, salt, gift.submission.receipt) for gift in gifts]
    entrance, now = gifts[0].entrance, gifts[0].now
    for _ in range(2):  # an epoch that was set apart takes no more: the next one is new
        try:
            epoch, counts = _epoch(writing, epochs, keys.row_seal, strand_id, now, len(gifts))
        except SealingError as error:
            fault("an answer was not taken", about=str(error))  # it names a row of keys, never what somebody wrote
            raise NotOpen from error
        context = RecordContext(Purpose.ANSWERS, strand_id, epoch.id, ANSWERS_SCHEMA)
        answers = [
            seal_record(epoch.key, context, each.answers, gift.answers_under(ruling))
            for each, gift, ruling in zip(ids, gifts, rulings, strict=True)
        ]
        if store(
            writing,
            epoch.stored,
            answers,
            _profiles(epoch, ids, gifts),
            now,
            lambda: _offer(writing.session, epoch, counts, entrance, now),  # noqa: B023
        ):
            return
        epochs.drop(strand_id)
    raise NotOpen


def _ruling(writing: Writing, epochs: EpochBook, gift: Gift, edition: int | None) -> Ruling:
    """The running check again, in the transaction that stores, with the strand held as it is. Raises `NotOpen`."""
    entrance, now = gift.entrance, gift.now
    if edition is not None and entrance.edition == edition:  # as when the door was read, nothing has changed
        found: Door | None = entrance
    else:
        found = door(writing.session, entrance.strand_id, now, session_id=entrance.session_id)
    ruling = found.permit.ruling(now) if found is not None and _same_way(found, gift) else Ruling.SHUT
    if not ruling.takes_answers or not gift.submission.assented:
        epochs.drop(entrance.strand_id)
        raise NotOpen
    return ruling


def _same_way(found: Door, gift: Gift) -> bool:
    """Whether this person could have come this way through the door of now: its plan, words, and a guardian's yes."""
    came, given = gift.entrance, gift.submission
    return (
        found.audience not in SPECIALIST
        and given.language in found.offered
        and (found.plan_digest, found.schema(given.language)) == (came.plan_digest, came.schema(given.language))
        and (given.agreed or not found.needs_guardian(given.band, given.place, gift.now))
    )


def _payload(entrance: Door, submission: Submission, ruling: Ruling) -> Payload:
    form = entrance.form
    if submission.band not in entrance.bands or submission.language not in entrance.languages:
        raise AnswerError(Problem.NOT_ASKED, "band" if submission.band not in entrance.bands else "language")
    return Payload(
        band=submission.band,
        language=submission.language,
        mode=entrance.mode,
        place=submission.place,
        form_version=form.version,
        form_digest=entrance.face.digest,
        answers=normalise(form, submission.band, submission.answers),
        profile=normalise_profile(form.profile, submission.band, submission.profile),
        flags=_flags(ruling),
    )


def _flags(ruling: Ruling) -> tuple[str, ...]:
    return (UNDER_FINISHING,) if ruling is Ruling.FINISHING else ()


def _plain(entrance: Door, payload: Payload) -> bytes:
    face = entrance.face
    return sealed_bytes(face.form, face.digest, entrance.bands, entrance.languages, payload)


def _epoch(
    writing: Writing, epochs: EpochBook, row_seal_key: RowSealKey, strand_id: str, now: datetime, responses: int
) -> tuple[sealed.Epoch, Mapping[Counted, int]]:
    """The worker's epoch of the strand, and the counts to store with its row."""
    return epochs.take(
        strand_id,
        lambda: public_key(writing.session, row_seal_key, strand_id),
        now,
        lambda: public_for(writing.session, row_seal_key, strand_id),
        responses,
    )


def _offer(db: Session, epoch: sealed.Epoch, counts: Mapping[Counted, int], entrance: Door, now: datetime) -> None:
    """Store the epoch's row, unless it is there, and the counts that waited for it; own words in it wait from now on.

    Whoever finds it missing offers it: should the transaction that began the epoch have failed, the next one stores it.
    """
    if not store_epoch(db, epoch.stored):
        return
    store_counts(db, entrance.strand_id, counts)
    if _is_triaged(entrance):
        start_clock(db, entrance.strand_id, now)


def _is_triaged(entrance: Door) -> bool:
    """Whether two people read own words while the strand is open: where a form has a question for them."""
    return entrance.mode == Mode.ONLINE_INDIVIDUAL and any(each.kind is Kind.TEXT for each in entrance.form.questions)


def _profiles(epoch: sealed.Epoch, ids: Sequence[RecordIds], gifts: Sequence[Gift]) -> list[SealedRecord]:
    """Profiles beside the answers, under ids and shares of their own, where there is such a tier."""
    if epoch.profile_key is None:
        return []
    context = RecordContext(Purpose.PROFILE, epoch.stored.strand_id, epoch.id, PROFILE_SCHEMA)
    return [
        seal_record(epoch.profile_key, context, each.profile, gift.profile)
        for each, gift in zip(ids, gifts, strict=True)
    ]


def _add_to_count(db: Session, strand_id: str, what: str, n: int) -> None:
    table = StrandCount.__table__
    insert = inserting(db, StrandCount).values(strand_id=strand_id, what=what, n=n)
    db.execute(insert.on_conflict_do_update(index_elements=["strand_id", "what"], set_={"n": table.c.n + n}))
