"""Giving answers once, sealed, only while a strand runs; taking them back; epochs that a worker forgets."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import enumerate as running_threads

import pytest
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.grouped import Writing
from consult.models import AuditEvent, Epoch, Response, ResponseShare, Strand, StrandCount, StrandSalt, StrandState
from consult.questionnaire.errors import AnswerError
from consult.sealing.receipt import ReceiptDigits, ReceiptError, new_receipt
from consult.sealing.root import RootKeys
from consult.sealing.suite import generate_key_pair
from consult.services.keys.keystore import stored_key
from consult.services.participation.permit import Ruling
from consult.services.participation.responding import (
    Counted,
    Door,
    EpochBook,
    Gift,
    NotOpen,
    Submission,
    door,
    door_by_code,
    give,
    give_all,
    take_back,
)
from consult.services.tables.payload import UNDER_FINISHING
from tests.web.participate.world import CODE, NOW, ROOT, World, open_strand, opened

KEYS = RootKeys.from_root(ROOT)
ANSWERS = {"Q14": "safe", "Q20": ("free_chat", "phone"), "Q27": "Listen first."}


@pytest.fixture
def world(engine: Engine) -> World:
    return open_strand(engine)


@pytest.fixture
def epochs() -> EpochBook:
    return EpochBook(KEYS.row_seal)


def entrance(world: World, now: datetime = NOW) -> Door:
    with read(world.engine) as db:
        found = door(db, world.strand_id, now)
    assert found is not None
    return found


def submission(receipt: str | None = None, **changes: object) -> Submission:
    plain = Submission(
        assented=True,
        band="15",
        language="fr",
        answers=ANSWERS,
        profile={"gender": "girl"},
        receipt=ReceiptDigits(receipt or new_receipt()),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def send(world: World, epochs: EpochBook, what: Submission, now: datetime = NOW) -> None:
    with write(world.engine) as db:
        give(db, epochs, KEYS, entrance(world, now), what, now)


def count(engine: Engine, model: type) -> int:
    with read(engine) as db:
        return len(db.scalars(select(model)).all())


def test_what_was_sent_is_what_two_people_read_and_nobody_else_sees(world: World, epochs: EpochBook) -> None:
    send(world, epochs, submission())
    (payload,) = opened(world)
    assert payload.answers == ANSWERS
    assert payload.profile == {"gender": "girl", "location": "skipped", "disability": "skipped"}
    assert (payload.band, payload.language, payload.mode, payload.flags) == ("15", "fr", "OI", ())
    assert payload.form_digest == entrance(world).face.digest
    with read(world.engine) as db:
        assert b"Listen first" not in b"".join(db.scalars(select(Response.sealed)))


def test_a_response_leaves_no_event_and_no_time(world: World, epochs: EpochBook) -> None:
    before = count(world.engine, AuditEvent)
    send(world, epochs, submission())
    assert count(world.engine, AuditEvent) == before
    assert {column.name for column in Response.__table__.columns} == {"id", "strand_id", "epoch_id", "sealed"}


def test_sent_twice_it_is_stored_once_and_still_opens(world: World, epochs: EpochBook) -> None:
    receipt = new_receipt()
    send(world, epochs, submission(receipt))
    send(world, epochs, submission(receipt))
    assert count(world.engine, Response) == count(world.engine, ResponseShare) == 1
    assert len(opened(world)) == 1


def test_all_lengths_look_alike(world: World, epochs: EpochBook) -> None:
    send(world, epochs, submission(answers={}))
    send(world, epochs, submission(answers={"Q27": "a" * 200}))
    with read(world.engine) as db:
        assert len({len(blob) for blob in db.scalars(select(Response.sealed))}) == 1


def test_nothing_is_stored_once_the_strand_is_paused_even_if_the_page_was_loaded_before(
    world: World, epochs: EpochBook
) -> None:
    loaded = entrance(world)
    world.pause()
    with pytest.raises(NotOpen), write(world.engine) as db:
        give(db, epochs, KEYS, loaded, submission(), NOW)
    assert count(world.engine, Response) == count(world.engine, Epoch) == 0


@pytest.mark.parametrize(
    "when",
    [
        datetime(2026, 5, 31, 23, 59, tzinfo=UTC),  # before the window
        NOW + timedelta(days=20),  # the moment the signature runs out
        datetime(2026, 6, 30, 22, 0, tzinfo=UTC),  # the moment the window closes
    ],
)
def test_nothing_is_stored_outside_the_signed_time(world: World, epochs: EpochBook, when: datetime) -> None:
    with pytest.raises(NotOpen):
        send(world, epochs, submission(), when)
    assert count(world.engine, Response) == 0


def test_people_inside_may_finish_under_a_c2_lapse_and_it_is_flagged(world: World, epochs: EpochBook) -> None:
    world.pause(finish_by=NOW + timedelta(minutes=30))
    assert entrance(world).ruling is Ruling.FINISHING
    send(world, epochs, submission())
    assert opened(world)[0].flags == (UNDER_FINISHING,)
    with pytest.raises(NotOpen):
        send(world, epochs, submission(), NOW + timedelta(minutes=30))


def test_what_lapsed_after_the_answers_were_checked_is_written_into_them(world: World, epochs: EpochBook) -> None:
    gift = Gift.of(entrance(world), submission(), NOW)
    world.pause(finish_by=NOW + timedelta(minutes=30))
    with write(world.engine) as db:
        give_all(Writing.of(db), epochs, KEYS, [gift])
    assert opened(world)[0].flags == (UNDER_FINISHING,)


def words_changed(strand: Strand) -> None:
    first, *rest = strand.form["questions"]
    other = {language: f"{words}?" for language, words in first["text"].items()}
    strand.form = {**strand.form, "questions": [{**first, "text": other}, *rest]}


def guardian_asked(strand: Strand) -> None:
    strand.facts = {**strand.facts, "guardian_age": 16}


@pytest.mark.parametrize("change", [words_changed, guardian_asked])
def test_what_changed_after_the_answers_were_checked_counts_when_they_are_stored(
    world: World, epochs: EpochBook, change: Callable[[Strand], None]
) -> None:
    """Behind a queue of others the way of a moment ago is looked at again: the words, and a guardian's yes."""
    gift = Gift.of(entrance(world), submission(), NOW)
    with write(world.engine) as db:
        change(db.get_one(Strand, world.strand_id))
    with pytest.raises(NotOpen), write(world.engine) as db:
        give_all(Writing.of(db), epochs, KEYS, [gift])
    assert count(world.engine, Response) == 0


def test_without_a_guardians_code_nothing_is_stored_where_one_is_needed(engine: Engine, epochs: EpochBook) -> None:
    world = open_strand(engine, facts={"guardian_age": 16})
    with pytest.raises(NotOpen):
        send(world, epochs, submission())
    send(world, epochs, submission(agreed=True))
    assert count(world.engine, Response) == 1


@pytest.mark.parametrize(
    "missing",
    [{"window": None}, {"window": {"opens": "2026-06-01T00:00:00Z"}}, {"window": {"opens": "soon", "closes": "later"}}],
)
def test_a_strand_whose_facts_can_not_be_read_is_shut(engine: Engine, epochs: EpochBook, missing: dict) -> None:
    world = open_strand(engine, facts=missing)
    assert entrance(world).ruling is Ruling.SHUT
    with pytest.raises(NotOpen):
        send(world, epochs, submission())


def test_without_assent_nothing_is_stored(world: World, epochs: EpochBook) -> None:
    with pytest.raises(NotOpen):
        send(world, epochs, submission(assented=False))
    assert count(world.engine, Response) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"band": "18_19"},
        {"language": "es"},
        {"answers": {"Q14": "not an option"}},
        {"answers": {"Q28": "health"}},  # a question for adults
        {"answers": {"Q25": ("no_name",)}},  # asked of 16 and 17 only
        {"answers": {"Q20": ("free_chat", "phone", "in_person", "doctor")}},
        {"answers": {"Q27": "a" * 9000}},
        {"profile": {"gender": "woman"}},
        {"profile": {"religion": "any"}},
    ],
)
def test_the_whole_is_checked_again_and_refused_as_a_whole(
    world: World, epochs: EpochBook, wrong: dict[str, object]
) -> None:
    with pytest.raises(AnswerError):
        send(world, epochs, submission(**wrong))
    assert count(world.engine, Response) == count(world.engine, Epoch) == 0


def test_an_epoch_whose_first_transaction_failed_is_stored_by_the_next(world: World, epochs: EpochBook) -> None:
    with pytest.raises(RuntimeError):
        _send_and_fail(world, epochs)
    assert count(world.engine, Epoch) == 0
    send(world, epochs, submission())
    assert len(opened(world)) == 1


def test_an_epoch_ends_after_so_many_responses_or_so_much_time_or_a_drop(world: World) -> None:
    epochs = EpochBook(KEYS.row_seal, most_responses=2, most_age=timedelta(minutes=15))
    moments = [0, 0, 0, 14, 15]  # minutes: two responses fill the first epoch, time ends the second
    for minutes in moments:
        send(world, epochs, submission(), NOW + timedelta(minutes=minutes))
    assert count(world.engine, Epoch) == 3
    epochs.drop(world.strand_id)
    send(world, epochs, submission(), NOW + timedelta(minutes=15))
    assert count(world.engine, Epoch) == 4
    assert len(opened(world)) == 6


def test_a_quiet_worker_forgets_its_epochs_as_well() -> None:
    book, public = EpochBook(KEYS.row_seal, most_age=timedelta(milliseconds=20)), generate_key_pair().public
    before = set(running_threads())
    forgotten = {book.take(strand_id, lambda: public, NOW)[0].id for strand_id in ("one", "two")}
    for watch in set(running_threads()) - before:
        watch.join(timeout=10)
    assert not forgotten & {book.take(strand_id, lambda: public, NOW)[0].id for strand_id in ("one", "two")}


def test_counts_wait_in_memory_until_an_epoch_begins(world: World, epochs: EpochBook) -> None:
    for what in (Counted.CAME, Counted.CAME, Counted.ASSENTED):
        epochs.count(world.strand_id, what)
    assert count(world.engine, StrandCount) == 0
    send(world, epochs, submission())
    with read(world.engine) as db:
        assert {row.what: row.n for row in db.scalars(select(StrandCount))} == {"came": 2, "assented": 1}
    assert epochs.settle(world.strand_id) == {}


def test_counts_are_stored_once_although_the_transaction_that_began_the_epoch_was_undone(
    world: World, epochs: EpochBook
) -> None:
    epochs.count(world.strand_id, Counted.CAME)
    with pytest.raises(RuntimeError):
        _send_and_fail(world, epochs)
    assert count(world.engine, StrandCount) == 0
    for _ in range(2):
        send(world, epochs, submission())
    with read(world.engine) as db:
        assert {row.what: row.n for row in db.scalars(select(StrandCount))} == {"came": 1}


def test_the_receipt_takes_the_answers_and_their_share_back_and_only_those(world: World, epochs: EpochBook) -> None:
    mine, other = new_receipt(), new_receipt()
    send(world, epochs, submission(mine, answers={"Q27": "mine"}))
    send(world, epochs, submission(other, answers={"Q27": "other"}))
    typed = " ".join(mine[start : start + 5] for start in range(0, 20, 5))
    with write(world.engine) as db:
        assert take_back(db, KEYS, typed)
    assert [payload.answers for payload in opened(world)] == [{"Q27": "other"}]
    assert count(world.engine, ResponseShare) == 1
    with write(world.engine) as db:
        assert not take_back(db, KEYS, typed)
    with read(world.engine) as db:
        assert db.get_one(StrandCount, (world.strand_id, "withdrew")).n == 1


def test_one_wrong_digit_changes_nothing_and_says_so(world: World, epochs: EpochBook) -> None:
    receipt = new_receipt()
    send(world, epochs, submission(receipt))
    wrong = receipt[:7] + str((int(receipt[7]) + 1) % 10) + receipt[8:]
    with pytest.raises(ReceiptError), write(world.engine) as db:
        take_back(db, KEYS, wrong)
    assert count(world.engine, Response) == 1


def test_answers_are_taken_back_after_the_strand_closed_until_the_salt_is_gone(world: World, epochs: EpochBook) -> None:
    early, late = new_receipt(), new_receipt()
    send(world, epochs, submission(early))
    send(world, epochs, submission(late))
    world.change_strand(state=StrandState.CLOSED)
    with write(world.engine) as db:
        assert take_back(db, KEYS, early)
    with write(world.engine) as db:
        db.delete(db.get_one(StrandSalt, world.strand_id))
    with write(world.engine) as db:
        assert not take_back(db, KEYS, late)


@pytest.mark.parametrize("typed", [CODE, " 4821-3377 ", "٤٨٢١٣٣٧٧", "4821 3377"])
def test_a_code_is_found_however_it_is_typed(world: World, typed: str) -> None:
    with read(world.engine) as db:
        found = door_by_code(db, typed, NOW)
    assert found is not None
    assert found.strand_id == world.strand_id


@pytest.mark.parametrize("typed", ["", "   ", "48213378", "%", CODE[:-1]])
def test_another_code_opens_nothing(world: World, typed: str) -> None:
    with read(world.engine) as db:
        assert door_by_code(db, typed, NOW) is None


def test_the_day_to_take_back_is_two_weeks_after_the_close_in_local_time(world: World) -> None:
    # 30 June, 22:00 UTC is 1 July in Nairobi.
    assert str(entrance(world).take_back_until) == "2026-07-15"


def test_a_language_with_a_text_missing_stays_shut(engine: Engine) -> None:
    world = open_strand(engine)
    with write(engine) as db:
        strand = db.get_one(Strand, world.strand_id)
        form = dict(strand.form)
        form["texts"] = {**form["texts"], "T-ABOUT": {"en": form["texts"]["T-ABOUT"]["en"]}}
        strand.form = {**form, "easy": {}}
    assert entrance(world).languages == ("en",)


def test_two_epochs_never_share_a_key(world: World, epochs: EpochBook) -> None:
    first, _ = epochs.take(world.strand_id, lambda: _public(world), NOW)
    epochs.drop(world.strand_id)
    second, _ = epochs.take(world.strand_id, lambda: _public(world), NOW)
    assert first.id != second.id
    assert bytes(first.key) != bytes(second.key)


def _send_and_fail(world: World, epochs: EpochBook) -> None:
    with write(world.engine) as db:
        give(db, epochs, KEYS, entrance(world), submission(), NOW)
        raise RuntimeError("the disk was full")


def _public(world: World) -> bytes:
    with read(world.engine) as db:
        return stored_key(db, KEYS.row_seal, world.strand_id).public


def test_many_at_once_store_each_response_once_under_one_epoch(world: World, epochs: EpochBook) -> None:
    receipts = [new_receipt() for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda receipt: send(world, epochs, submission(receipt)), receipts * 3))
    assert count(world.engine, Response) == count(world.engine, ResponseShare) == len(receipts)
    assert count(world.engine, Epoch) == 1
    assert len(opened(world)) == len(receipts)
