"""After the rewrite the disk tells neither who came before whom nor what was taken back, and everything else stands."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, event, select, text
from sqlalchemy.exc import IntegrityError

from consult.database import connect, read, upgrade, write
from consult.jobs import JOBS
from consult.models import AuditEvent, Invitation, Response, ResponseShare, StrandSalt, StrandState
from consult.questionnaire.bank import compose_set
from consult.questionnaire.form import Form
from consult.services.auditing import Verb, check_log, record
from consult.services.safekeeping.rewriting import StillInUse, clear_the_disk, rewrite_in_key_order, unless_in_use
from safeguards import policyfile
from tests import factories as make
from tests.jobs.arrivals import KEYS, Arrivals, new_book, on_disk, opened, send, withdraw
from tests.models.test_invariants import RULES, Rule, say
from tests.models.world import furnish
from tests.toolbox.waiting import until_it_waits
from tests.web.participate.world import NOW, World, open_strand

POLICY = policyfile.default()
PEOPLE = 300
DONE = "answers lie in the order of their keys"
ATTACKS = {
    name: rule for name, rule in RULES.items() if re.search(r"\b(epochs|responses|response_shares)\b", rule.attack)
}


def run(engine: Engine, name: str = "rewrite") -> str:
    return JOBS[name](engine, KEYS, POLICY, NOW)


def shares(engine: Engine) -> dict[bytes, bytes]:
    with read(engine) as db:
        return dict(db.execute(select(ResponseShare.response_id, ResponseShare.share)).all())


def test_the_place_on_the_disk_tells_no_order_of_arrival(engine: Engine) -> None:
    world = open_strand(engine, form=_with_long_words())
    rng, book = random.Random(1), new_book()
    words = [rng.choice(["w", "\N{GRINNING FACE}"]) * rng.choice([1, 2000]) for _ in range(PEOPLE)]
    arrivals = Arrivals.of(world, [send(world, book, each) for each in words])
    silent = [way for way, tells in arrivals.told_by(world.engine).items() if not tells]
    assert silent == [], "the control: without the rewrite every way of looking tells"
    assert run(world.engine) == DONE
    assert [way for way, tells in arrivals.told_by(world.engine).items() if tells] == []
    assert sorted(str(payload.answers["Q27"]) for payload in opened(world)) == sorted(words)


def _with_long_words() -> Form:
    """Up to 8 KB in one answer: more than a page of either database holds."""
    form = compose_set("children_13_17", ("en",))
    longer = [replace(each, limit=2000) if each.id == "Q27" else each for each in form.questions]
    return replace(form, questions=tuple(longer))


def test_what_was_taken_back_is_gone_from_the_files(world: World) -> None:
    book = new_book()
    receipts = [send(world, book, "some words") for _ in range(12)]
    ids = Arrivals.of(world, receipts).order["responses"]
    share = shares(world.engine)
    taken = {0, 5, 11}
    for n in taken:
        assert withdraw(world, receipts[n])
    assert any(share[ids[n]] in on_disk(world.engine) for n in taken), "the control: deleting a row is not enough"
    run(world.engine)
    disk = on_disk(world.engine)
    assert [n for n in range(12) if share[ids[n]] not in disk] == sorted(taken)
    assert len(opened(world)) == 9
    if world.engine.dialect.name == "sqlite":
        with read(world.engine) as db:
            assert db.scalar(text("PRAGMA freelist_count")) == 0, "no page is left over in which anything could stay"


def test_a_destroyed_salt_is_gone_from_the_files(world: World) -> None:
    with write(world.engine) as db:
        row = db.get_one(StrandSalt, world.strand_id)
        salt = row.salt
        db.delete(row)
    assert salt in on_disk(world.engine), "the control: deleting a row is not enough"
    run(world.engine)
    assert salt not in on_disk(world.engine)


def test_which_page_spent_a_code_is_forgotten_and_that_it_was_spent_is_not(world: World) -> None:
    with write(world.engine) as db:
        db.add(Invitation(digest=b"d" * 32, strand_id=world.strand_id, purpose="entry", spent=True, spent_by=b"p" * 32))
    run(world.engine)
    with read(world.engine) as db:
        assert db.execute(select(Invitation.spent, Invitation.spent_by)).all() == [(True, None)]
    assert b"p" * 32 not in on_disk(world.engine)


def test_twice_and_on_nothing_it_changes_nothing_more(world: World) -> None:
    assert run(world.engine) == DONE
    receipt = send(world, new_book(), "words")
    run(world.engine)
    before = shares(world.engine)
    assert run(world.engine) == DONE
    assert shares(world.engine) == before
    assert withdraw(world, receipt)


def test_answers_that_arrive_meanwhile_wait_and_are_kept_and_two_runs_do_not_disturb_each_other(world: World) -> None:
    book = new_book()
    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(send, world, book, f"words {n}") for n in range(30)]
        running = [pool.submit(run, world.engine) for _ in range(2)]
        assert all(done.result() for done in [*sending, *running])
    assert sorted(str(payload.answers["Q27"]) for payload in opened(world)) == sorted(f"words {n}" for n in range(30))
    assert len(shares(world.engine)) == 30


def test_who_reads_in_another_order_is_not_ended_by_the_rewrite(world: World) -> None:
    if world.engine.dialect.name != "postgresql":
        return
    with ThreadPoolExecutor(1) as pool, world.engine.connect() as watching:
        with read(world.engine) as looking:
            looking.execute(text("SELECT 1 FROM triage_clocks")).all()
            running = pool.submit(run, world.engine)
            until_it_waits(watching, running)
            assert looking.execute(text("SELECT 1 FROM strand_salts")).all() == [(1,)]
        assert running.result()


def test_an_error_half_way_leaves_everything_as_it_was(world: World) -> None:
    receipt = send(world, new_book(), "words")
    before, schema = shares(world.engine), schema_of(world.engine)
    with pytest.raises(RuntimeError):
        _rewrite_and_fail(world.engine)
    assert (shares(world.engine), schema_of(world.engine)) == (before, schema)
    assert withdraw(world, receipt)


def _rewrite_and_fail(engine: Engine) -> None:
    with write(engine) as db:
        rewrite_in_key_order(db)
        raise RuntimeError("the disk was full")


def test_a_reader_who_stays_too_long_is_told_of_and_the_next_run_mends_it(world: World) -> None:
    event.listen(world.engine, "connect", _impatient)
    world.engine.dispose()
    send(world, new_book(), "words")
    with read(world.engine) as looking:
        assert len(looking.scalars(select(Response.id)).all()) == 1
        send(world, new_book(), "more words")
        with pytest.raises(StillInUse, match="run it again"):
            _rewrite(world.engine)
    _rewrite(world.engine)
    assert len(opened(world)) == 2


def _rewrite(engine: Engine) -> None:
    with unless_in_use(), write(engine) as db:
        rewrite_in_key_order(db, patience=timedelta(milliseconds=50))
    clear_the_disk(engine, whole=True)


def _impatient(connection: object, _record: object) -> None:
    if hasattr(connection, "set_progress_handler"):  # SQLite's driver
        connection.cursor().execute("PRAGMA busy_timeout=50")


def test_settling_rewrites_once_after_a_close_and_else_only_clears(world: World) -> None:
    book = new_book()
    for _ in range(3):
        send(world, book, "words")
    assert run(world.engine, "settle") == "nothing closed since the last rewrite"
    close(world)
    assert run(world.engine, "settle") == DONE
    assert run(world.engine, "settle") == "nothing closed since the last rewrite"
    close(world)
    run(world.engine)
    assert run(world.engine, "settle") == "nothing closed since the last rewrite"


def test_a_close_while_a_rewrite_runs_is_not_overlooked(world: World) -> None:
    """The rewrite says up to which event it saw: a close written after that, and before its own event, still counts."""
    close(world)
    with write(world.engine) as db:
        seen = db.scalars(select(AuditEvent.number).order_by(AuditEvent.number.desc())).first() or 0
    close(world)
    with write(world.engine) as db:
        record(db, KEYS.audit, "sweep", Verb.RECORDS_REWRITTEN, "responses", NOW, {"after": seen})
    assert run(world.engine, "settle") == DONE


def test_a_rewrite_leaves_one_event_that_only_says_that_it_was(world: World) -> None:
    send(world, new_book(), "words")
    run(world.engine)
    with read(world.engine) as db:
        (written,) = db.scalars(select(AuditEvent))
        assert (written.verb, written.actor, written.facts) == (Verb.RECORDS_REWRITTEN, "sweep", {"after": 0})
        check_log(db, KEYS.audit)


def close(world: World) -> None:
    with write(world.engine) as db:
        record(db, KEYS.audit, "lead-1", Verb.STRAND_CLOSED, world.strand_id, NOW)


# --- everything that held before holds after it ---


def schema_of(engine: Engine) -> list[list[str]]:
    """Every table, constraint, index, trigger and privilege in the database's own words."""
    if engine.dialect.name == "sqlite":
        said = ["SELECT type, name, tbl_name, sql FROM sqlite_master"]
    else:
        ours = "= 'public'::regnamespace"
        said = [
            f"SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE connamespace {ours}",
            "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
            f"SELECT relname, relacl::text, relkind, relpersistence FROM pg_class WHERE relnamespace {ours}",
        ]
    with read(engine) as db:
        return [sorted(map(str, db.execute(text(query)))) for query in said]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def rewritten(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The world of the attacks on the database, with one answer more in a strand that closed since; then rewritten."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('world') / 'rewritten.sqlite'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        server.create("rewritten")
        url = server.url("rewritten")
    engine = connect(url)
    upgrade(engine)
    with write(engine) as db:
        furnish(db)
        if request.param == "postgresql":
            db.execute(text("GRANT SELECT ON responses TO pg_monitor"))
        over = make.signed_strand(db, "over", state=StrandState.OPEN)
        make.response(db, over, "old")
        over.state = StrandState.CLOSED
    before = schema_of(engine)
    with write(engine) as db:
        rewrite_in_key_order(db)
    clear_the_disk(engine, whole=True)
    assert schema_of(engine) == before
    yield engine
    engine.dispose()


@pytest.fixture
def connection(rewritten: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is thrown away."""
    with rewritten.connect() as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("rule", ATTACKS.values(), ids=ATTACKS)
def test_the_database_itself_still_refuses(connection: Connection, rule: Rule) -> None:
    assert say(connection, rule.lawful) >= 1
    with pytest.raises(IntegrityError) as refused:
        say(connection, rule.attack)
    assert rule.refusal in str(refused.value.orig).lower()


def test_the_attacks_on_every_rewritten_kind_of_row_were_tried() -> None:
    assert len(ATTACKS) >= 8


def test_a_share_still_goes_with_its_answer(connection: Connection) -> None:
    assert connection.execute(text("DELETE FROM responses WHERE strand_id = 'over'")).rowcount == 1
    assert connection.scalar(text("SELECT COUNT(*) FROM response_shares")) == 1
