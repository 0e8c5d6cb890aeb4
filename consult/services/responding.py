"""Giving answers, and taking them back: the two writes that leave no event, no time and no order behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, delete, exists, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from consult.errors import ConsultError
from consult.logs import fault
from consult.models import (
    Epoch,
    EpochTriage,
    Profile,
    ProfileShare,
    Response,
    ResponseShare,
    Strand,
    StrandCount,
    StrandSalt,
    StrandState,
)
from consult.questionnaire.answers import normalise
from consult.questionnaire.errors import AnswerError, Problem
from consult.questionnaire.form import Kind
from consult.questionnaire.profile import normalise_profile
from consult.sealing import epoch as sealed
from consult.sealing.receipt import ReceiptDigits, record_ids
from consult.sealing.receipt import normalise as read_receipt
from consult.sealing.record import Purpose, RecordContext, SealedRecord, seal_record
from consult.sealing.root import RootKeys, RowSealKey
from consult.sealing.suite import SealingError
from consult.services.epochs import Counted, EpochBook
from consult.services.inclusionkeys import public_for
from consult.services.keystore import public_key
from consult.services.payload import ANSWERS_SCHEMA, UNDER_FINISHING, Payload
from consult.services.permit import Ruling
from consult.services.profilerows import PROFILE_SCHEMA, codes_of
from consult.services.strandface import Door, door, door_by_code, permit_of
from consult.services.triage import start_clock
from safeguards.terms import Mode

__all__ = [
    "Counted",
    "Door",
    "EpochBook",
    "NotOpen",
    "Submission",
    "door",
    "door_by_code",
    "give",
    "store_counts",
    "take_back",
]


class NotOpen(ConsultError):
    """The strand does not take answers now; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("We had to stop. Nothing you did was wrong. Unsent answers are gone.")


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


def give(db: Session, epochs: EpochBook, keys: RootKeys, entrance: Door, submission: Submission, now: datetime) -> None:
    """Check a response as a whole once more, seal it and store it; sent twice, it is stored once.

    Raises `NotOpen` when the strand does not take answers at this moment or its key was changed from outside, and
    `AnswerError` for what cannot be an answer of this person. The caller commits; until then nothing is stored.
    """
    ruling = _ruling(db, entrance, now)
    if ruling is Ruling.SHUT or not submission.assented:
        epochs.drop(entrance.strand_id)
        raise NotOpen
    payload = _payload(entrance, submission, ruling)
    salt = db.scalars(select(StrandSalt.salt).where(StrandSalt.strand_id == entrance.strand_id)).first()
    if salt is None:
        raise NotOpen
    ids = record_ids(keys.receipt, salt, submission.receipt)
    for _ in range(2):  # an epoch that was set apart for readers takes no more: the next one is new
        try:
            epoch = _stored_epoch(db, epochs, keys.row_seal, entrance, now)
        except SealingError as error:
            fault("an answer was not taken", about=str(error))  # it names a row of keys, never what somebody wrote
            raise NotOpen from error
        context = RecordContext(Purpose.ANSWERS, entrance.strand_id, epoch.id, ANSWERS_SCHEMA)
        answers = seal_record(epoch.key, context, ids.answers, payload.to_bytes())
        if _store(db, epoch.stored, answers, now):
            _store_profile(db, epoch, ids.profile, entrance, payload)
            return
        epochs.drop(entrance.strand_id)
    raise NotOpen


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
    return bool(held)


def store_counts(db: Session, strand_id: str, counts: Mapping[Counted, int]) -> None:
    """Add counts that waited in memory to the totals of a strand."""
    for what, n in counts.items():
        _add_to_count(db, strand_id, what, n)


def _ruling(db: Session, entrance: Door, now: datetime) -> Ruling:
    """The running check again, in the transaction that stores, with the strand held as it is."""
    permit = permit_of(db, entrance.strand_id, hold=True)
    return permit.ruling(now) if permit else Ruling.SHUT


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
        flags=(UNDER_FINISHING,) if ruling is Ruling.FINISHING else (),
    )


def _stored_epoch(
    db: Session, epochs: EpochBook, row_seal_key: RowSealKey, entrance: Door, now: datetime
) -> sealed.Epoch:
    """The worker's epoch of the strand, its row in the database; own words in a new one wait for a reader from now on.

    The row is offered each time: should the transaction that began the epoch have failed, this one stores it, and with
    it the counts that waited for it.
    """
    strand_id = entrance.strand_id
    epoch, counts = epochs.take(
        strand_id,
        lambda: public_key(db, row_seal_key, strand_id),
        now,
        lambda: public_for(db, row_seal_key, strand_id),
    )
    offered = _insert(db, Epoch).values(asdict(epoch.stored)).on_conflict_do_nothing().returning(Epoch.__table__.c.id)
    if db.execute(offered).first() is not None:
        store_counts(db, strand_id, counts)
        if _is_triaged(entrance):
            start_clock(db, strand_id, now)
    return epoch


def _is_triaged(entrance: Door) -> bool:
    """Whether two people read own words while the strand is open: where a form has a question for them."""
    return entrance.mode == Mode.ONLINE_INDIVIDUAL and any(each.kind is Kind.TEXT for each in entrance.form.questions)


def _store(db: Session, epoch: sealed.SealedEpoch, record: SealedRecord, now: datetime) -> bool:
    """Insert the record if the strand is running and its epoch is stored unchanged, as this transaction sees both.

    Whether the record is there now, from this call or an earlier one.
    """
    running = exists().where(
        Strand.id == epoch.strand_id,
        or_(
            Strand.state == StrandState.OPEN,
            and_(Strand.state == StrandState.SUSPENDED, Strand.finish_by > now),
        ),
    )
    stored = exists().where(
        Epoch.id == epoch.id,
        Epoch.strand_id == epoch.strand_id,
        Epoch.sealed_key == epoch.sealed_key,
        ~exists().where(EpochTriage.epoch_id == Epoch.id),
    )
    values = select(literal(record.id), literal(epoch.strand_id), literal(epoch.id), literal(record.blob)).where(
        running, stored
    )
    columns = ["id", "strand_id", "epoch_id", "sealed"]
    insert = _insert(db, Response).from_select(columns, values).on_conflict_do_nothing()
    if db.execute(insert.returning(Response.__table__.c.id)).first() is not None:
        db.execute(_insert(db, ResponseShare).values(response_id=record.id, share=record.share))
        return True
    return db.get(Response, record.id) is not None


def _store_profile(db: Session, epoch: sealed.Epoch, profile_id: bytes, entrance: Door, payload: Payload) -> None:
    """Beside an answer that is stored, its profile under an id and a share of its own, where there is such a tier."""
    if epoch.profile_key is None:
        return
    codes = codes_of(entrance.form, entrance.bands, entrance.languages, payload.band, payload.language, payload.profile)
    context = RecordContext(Purpose.PROFILE, entrance.strand_id, epoch.id, PROFILE_SCHEMA)
    record = seal_record(epoch.profile_key, context, profile_id, codes)
    values = {"id": record.id, "strand_id": entrance.strand_id, "epoch_id": epoch.id, "sealed": record.blob}
    stored = _insert(db, Profile).values(values).on_conflict_do_nothing().returning(Profile.__table__.c.id)
    if db.execute(stored).first() is not None:
        db.execute(_insert(db, ProfileShare).values(profile_id=record.id, share=record.share))


def _add_to_count(db: Session, strand_id: str, what: str, n: int) -> None:
    table = StrandCount.__table__
    insert = _insert(db, StrandCount).values(strand_id=strand_id, what=what, n=n)
    db.execute(insert.on_conflict_do_update(index_elements=["strand_id", "what"], set_={"n": table.c.n + n}))


def _insert(db: Session, model: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, for the database in use."""
    table: Table = model.__table__
    return postgresql.insert(table) if db.get_bind().dialect.name == "postgresql" else sqlite.insert(table)
