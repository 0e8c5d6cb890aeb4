"""Opening answers on record: a reviewer asks, a lead grants, both type their passphrase, rows stay in one process.

What comes out depends on the mode that the lead granted: protected tables, or own words for a redactor to read. What
happens inside that process is `consult.services.opening.unsealing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.database import address_of
from consult.errors import Conflict, Denied, Invalid, NotFound, sentence
from consult.models import HolderRole, OpeningMode, OpeningRequest, Strand
from consult.sealing.opening import GrantTerms, new_request, unwrap_request_private, wrap_request_private
from consult.sealing.opening import (
    grant as grant_half,
)
from consult.sealing.root import RootKeys
from consult.sealing.strand import HolderRole as HalfRole
from consult.sealing.strand import open_share
from consult.sealing.suite import PrivateKey, SealingError
from consult.services.actors import Actor
from consult.services.auditing import Verb, hold, record
from consult.services.gate.planning import form_of
from consult.services.gate.standing import must
from consult.services.keys.keystore import stored_key
from consult.services.opening.openingrules import USED_ONCE, grant_stands, must_be_ready, must_hold, must_review
from consult.services.opening.ownwords import OwnWords, text_questions
from consult.services.opening.triage import claim, claimed, enough_waits, mark_read, stop_clock
from consult.services.opening.unsealing import (
    Meeting,
    Unsealing,
    count_rows,
    held_share,
    read_all_words,
    read_words_of,
)
from consult.services.ownprocess import in_process_of_its_own, in_stages
from consult.services.people.identities import unlock
from consult.services.tables.protecting import protected
from consult.services.tables.tabulating import ReleaseText, Tabulation
from safeguards.lifecycle import Fact, StrandState
from safeguards.policy import Policy
from safeguards.said import said

__all__ = [
    "LONGEST",
    "Meeting",
    "ask",
    "begin_triage",
    "grant",
    "meeting",
    "open_requests",
    "read_new_words",
    "read_tables",
    "read_words",
    "refuse",
    "use",
]

LONGEST = timedelta(days=7)


def ask(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    strand: Strand,
    reason: str,
    ends_at: datetime,
    cookie_key: bytes,
    now: datetime,
    mode: OpeningMode = OpeningMode.TABLES,
) -> OpeningRequest:
    """A reviewer asks for what a strand holds, in one mode. The request's private key lies under his cookie's key only.

    Raises `Denied` for whoever holds no reviewer's half, and for an analyst who asks to read.
    """
    must_review(db, actor, strand, mode)
    must_be_ready(db, strand, mode)
    if not reason.strip():
        raise Invalid({"reason": [sentence("Say what it is needed for: the lead reads it before granting.")]})
    if not now < ends_at <= now + LONGEST:
        raise Invalid({"ends_at": [sentence("Choose an end within the next seven days.")]})
    pair = new_request()
    request = OpeningRequest(
        strand_id=strand.id,
        mode=mode,
        reason=reason.strip(),
        requested_by=actor.id,
        requested_at=now,
        ends_at=ends_at,
        public_key=pair.public,
    )
    db.add(request)
    db.flush()
    request.wrapped_private = wrap_request_private(cookie_key, pair.private, request.id)
    record(db, keys.audit, actor.id, Verb.OPENING_ASKED, request.id, now, {"strand": strand.id, "mode": request.mode})
    return request


def open_requests(db: Session, now: datetime) -> list[OpeningRequest]:
    """Requests that are neither used, refused nor over, oldest first."""
    return list(
        db.scalars(
            select(OpeningRequest)
            .where(OpeningRequest.ends_at > now, OpeningRequest.used_at.is_(None), OpeningRequest.refused_by.is_(None))
            .order_by(OpeningRequest.requested_at, OpeningRequest.id)
        )
    )


def grant(db: Session, keys: RootKeys, actor: Actor, request_id: str, passphrase: str, now: datetime) -> OpeningRequest:
    """A lead grants: his half is sealed to this one request, under its terms. Raises `Denied` or `Conflict`."""
    hold(db)  # refused, granted or used at this moment, it is so already
    request, strand = _live(db, request_id, now)
    must_hold(db, actor, strand, HolderRole.LEAD)
    if request.requested_by == actor.id:
        raise Denied("Whoever asks can not grant: two people open answers.")
    if request.granted_by is not None:
        raise Conflict("This request has been granted already.")
    must_be_ready(db, strand, OpeningMode(request.mode))
    with _nothing_half_opened():
        private = unlock(db, keys, actor, passphrase)
        key = stored_key(db, keys.row_seal, strand.id)
        half = open_share(key, held_share(key, actor.id, HalfRole.LEAD), private)
        request.sealed_half = grant_half(half, request.public_key, _terms(request, actor.id))
    request.granted_by = actor.id
    request.granted_at = now
    record(db, keys.audit, actor.id, Verb.OPENING_GRANTED, request.id, now, {"strand": strand.id, "mode": request.mode})
    return request


def refuse(db: Session, keys: RootKeys, actor: Actor, request_id: str, now: datetime) -> None:
    """A lead does not grant; the reviewer may ask again with another reason."""
    hold(db)
    request, strand = _live(db, request_id, now)
    must_hold(db, actor, strand, HolderRole.LEAD)
    request.refused_by = actor.id
    request.wrapped_private = None
    record(db, keys.audit, actor.id, Verb.OPENING_REFUSED, request.id, now)


def read_tables(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    request_id: str,
    passphrase: str,
    cookie_key: bytes,
    tabulation: Tabulation,
    now: datetime,
) -> ReleaseText:
    """Both halves meet in a process of their own; only the protected tables come out of it, never a row.

    It writes nothing, so that a session for looking is enough while it counts; `use` then puts it on record. Raises
    `Denied` for a wrong passphrase, `NotFound` for another person, and `Conflict` when there is no grant, when the
    browser is another one, when a row was changed from outside, or when no tables pass the audit: then nothing is
    shown.
    """
    work = _unsealing(db, keys, actor, request_id, OpeningMode.TABLES, passphrase, cookie_key, now)
    with _nothing_half_opened():
        return in_stages(partial(count_rows, work, tabulation), partial(protected, tabulation=tabulation))


def read_words(
    db: Session, keys: RootKeys, actor: Actor, request_id: str, passphrase: str, cookie_key: bytes, now: datetime
) -> tuple[OwnWords, ...]:
    """What people of a strand that is over wrote in their own words, for the redactor whose request a lead granted.

    It writes nothing; `use` puts it on record, and nothing may be shown before that is stored. Show it in this one
    answer to the browser and keep it nowhere. Raises as `read_tables` does.
    """
    work = _unsealing(db, keys, actor, request_id, OpeningMode.READ, passphrase, cookie_key, now)
    with _nothing_half_opened():
        return in_process_of_its_own(read_all_words, work, _questions(db, work.strand_id))


def begin_triage(db: Session, keys: RootKeys, policy: Policy, actor: Actor, request_id: str, now: datetime) -> int:
    """Set apart, in a transaction of its own, the epochs that this request will read; how many.

    From here on none of them takes an answer, so nothing can slip into what counts as read. After the first reading
    under a grant new ones are added once enough waits; until then it is what was read before. Raises as `read_tables`.
    """
    request, strand = _granted(db, actor, request_id, OpeningMode.TRIAGE, now)
    record(db, keys.audit, actor.id, Verb.TRIAGE_BEGUN, request.id, now, {"strand": strand.id})
    if request.used_at is None or enough_waits(db, strand.id, policy, now):
        claim(db, request)
    return len(claimed(db, request.id))


def read_new_words(
    db: Session, keys: RootKeys, actor: Actor, request_id: str, passphrase: str, cookie_key: bytes, now: datetime
) -> tuple[Mapping[str, str], ...]:
    """Own words, by question, of the epochs that were set apart, without anything about who wrote them.

    Afterwards `use` puts it on record and stops the clock; nothing may be shown before that is stored.
    """
    work = _unsealing(db, keys, actor, request_id, OpeningMode.TRIAGE, passphrase, cookie_key, now)
    epochs = frozenset(claimed(db, request_id))
    with _nothing_half_opened():
        return in_process_of_its_own(read_words_of, work, _questions(db, work.strand_id), epochs)


def use(db: Session, keys: RootKeys, actor: Actor, request_id: str, now: datetime) -> OpeningRequest:
    """Put the opening on record: nothing that was opened may leave before this is stored.

    For tables it ends the request. A request to read stands until its end, and each use is on record.
    """
    hold(db)
    request, strand = _granted(db, actor, request_id, None, now)
    if request.mode == OpeningMode.TRIAGE:
        mark_read(db, request, now)
    elif strand.state == StrandState.CLOSED and request.mode != OpeningMode.REWRAP:
        must(db, actor, strand, "open_answers", {Fact.OPENING_ASKED, Fact.OPENING_GRANTED, Fact.NO_STOP})
        strand.state = StrandState.OPENED
    if request.mode == OpeningMode.READ:
        stop_clock(db, strand.id)  # a reading takes in whatever nobody had triaged
    request.used_at = request.used_at or now
    if request.mode in USED_ONCE:
        request.wrapped_private = None
    record(db, keys.audit, actor.id, Verb.OPENING_USED, request.id, now, {"strand": strand.id, "mode": request.mode})
    return request


def _granted(
    db: Session, actor: Actor, request_id: str, mode: OpeningMode | None, now: datetime
) -> tuple[OpeningRequest, Strand]:
    """The actor's own request, granted and still standing, in the mode asked for (None: whichever)."""
    request, strand = _live(db, request_id, now)
    if request.requested_by != actor.id:
        raise NotFound
    if mode is not None and request.mode != mode:
        raise Conflict("The lead granted something else than this. Ask for what you need.")
    must_review(db, actor, strand, OpeningMode(request.mode))
    if request.granted_by is None or request.sealed_half is None:
        raise Conflict("No lead has granted this request yet.")
    if not grant_stands(db, request):
        raise Conflict(sentence("The lead who granted this holds no half of the key any more. Ask again."))
    must_be_ready(db, strand, OpeningMode(request.mode))
    return request, strand


def meeting(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    request_id: str,
    mode: OpeningMode,
    passphrase: str,
    cookie_key: bytes,
    now: datetime,
) -> Meeting:
    """A granted request of the actor's, ready for the process in which the halves meet. Raises as `read_tables`."""
    request, _ = _granted(db, actor, request_id, mode, now)
    with _nothing_half_opened():
        return Meeting(
            key=stored_key(db, keys.row_seal, request.strand_id),
            reviewer_id=actor.id,
            reviewer_private=unlock(db, keys, actor, passphrase),
            request_private=_request_private(request, cookie_key),
            sealed_half=request.sealed_half or b"",
            terms=_terms(request, request.granted_by or ""),
        )


def _unsealing(
    db: Session,
    keys: RootKeys,
    actor: Actor,
    request_id: str,
    mode: OpeningMode,
    passphrase: str,
    cookie_key: bytes,
    now: datetime,
) -> Unsealing:
    met = meeting(db, keys, actor, request_id, mode, passphrase, cookie_key, now)
    return Unsealing(met, keys.row_seal, address_of(db))


def _questions(db: Session, strand_id: str) -> tuple[str, ...]:
    return text_questions(form_of(db.get_one(Strand, strand_id)))


def _request_private(request: OpeningRequest, cookie_key: bytes) -> PrivateKey:
    try:
        return unwrap_request_private(cookie_key, request.wrapped_private or b"", request.id)
    except SealingError as error:
        raise Conflict("You signed in again since you asked, so this request has ended. Ask again.") from error


@contextmanager
def _nothing_half_opened() -> Iterator[None]:
    """A row that was changed from outside stops everything, with the row named."""
    try:
        yield
    except SealingError as error:
        raise Conflict(
            said("Nothing was opened. %(why)s Tell the technical operator: this is an incident.", why=error)
        ) from error


def _terms(request: OpeningRequest, lead_id: str) -> GrantTerms:
    return GrantTerms(
        request_id=request.id,
        strand_id=request.strand_id,
        lead_id=lead_id,
        reviewer_id=request.requested_by,
        mode=request.mode,
        ends=request.ends_at.isoformat(),
    )


def _live(db: Session, request_id: str, now: datetime) -> tuple[OpeningRequest, Strand]:
    request = db.get(OpeningRequest, request_id)
    if request is None:
        raise NotFound
    used = request.used_at is not None and request.mode in USED_ONCE
    if now >= request.ends_at or used or request.refused_by is not None:
        raise Conflict("This request is over. Ask again.")
    return request, db.get_one(Strand, request.strand_id)
