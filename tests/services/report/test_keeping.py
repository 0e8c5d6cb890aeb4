"""Reading on record: what may be kept of a text, who lets it through, and that nothing ties it to an answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.jobs import JOBS
from consult.models import AuditEvent, KeptKind, KeptText, OpeningMode, OpeningRequest, Response, Strand
from consult.services.auditing import Verb
from consult.services.opening import reading
from consult.services.opening.quarantine import set_apart
from consult.services.report import keeping
from consult.services.report.keeping import Draft
from consult.services.tables.quoting import Attribute, published_of, quotes_of
from tests.scenario import NOW, ask, closed_with, copied, further, grant, make
from tests.toolbox.rows import stuck

KEY, REDACTOR = "young_adults", "reviewer2"
DRAFT = Draft(
    field="keep_1",
    question_id="Q39",
    language="en",
    text="Answer people within a day.",
    kind=KeptKind.PARAPHRASE,
    attribute=None,
    may_quote=False,
)


def reported(stage: Stage, people: int) -> str:
    """A report of so many people, and a reading that was granted and used; the request's id."""
    closed_with(stage, KEY, people)
    return reported_as_closed(stage)


def reported_as_closed(stage: Stage) -> str:
    """The same for a part that is closed already."""
    tables = ask(stage, KEY)
    grant(stage, tables)
    make(stage, tables)
    request = ask(stage, KEY, by=REDACTOR, mode=OpeningMode.READ)
    grant(stage, request)
    with write(stage.engine) as db:
        reading.use(db, stage.keys, stage.people[REDACTOR], request, NOW)
    return request


def keep(stage: Stage, request: str, *drafts: Draft) -> list[str]:
    with write(stage.engine) as db:
        return [row.id for row in keeping.keep(db, stage.keys, stage.people[REDACTOR], request, drafts, NOW)]


def shown(stage: Stage) -> list[str]:
    with read(stage.engine) as db:
        strand_id = stage.strands[KEY]
        return [quote.text for quote in quotes_of(db, strand_id, published_of(db, strand_id))]


@pytest.fixture(scope="module")
def _reported(sent_on_sqlite: tuple[Path, Stage], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage, str]:
    requests = list[str]()

    def work(stage: Stage) -> Stage:
        requests.append(reported(stage, 24))  # enough people for a quote
        return stage

    return (*further(sent_on_sqlite, tmp_path_factory.mktemp("reported"), work), *requests)


@pytest.fixture
def read_on_sqlite(_reported: tuple[Path, Stage, str], tmp_path: Path) -> Iterator[Stage]:
    """A stage with a report and a reading that was granted and used."""
    with copied(_reported[:2], tmp_path) as stage:
        yield stage


@pytest.fixture
def request_id(_reported: tuple[Path, Stage, str]) -> str:
    """That reading."""
    return _reported[2]


def test_a_text_is_shown_only_after_a_second_person_let_it_through(stage: Stage) -> None:
    request = reported(stage, 24)
    (text_id,) = keep(stage, request, DRAFT)
    assert shown(stage) == []
    with pytest.raises(Denied, match="Somebody else"), write(stage.engine) as db:
        keeping.confirm(db, stage.keys, stage.people[REDACTOR], text_id, NOW)
    with write(stage.engine) as db:
        keeping.confirm(db, stage.keys, stage.people["lead1"], text_id, NOW)
    assert shown(stage) == [DRAFT.text]
    for change in ("text = 'Other words.'", "confirmed_by = NULL, confirmed_on = NULL"):
        with pytest.raises(IntegrityError), stage.engine.begin() as db:
            db.execute(text(f"UPDATE kept_texts SET {change}"))


def test_the_database_itself_wants_two_people(stage: Stage) -> None:
    (text_id,) = keep(stage, reported(stage, 24), DRAFT)
    own = {"confirmed_by": stage.people[REDACTOR].id, "confirmed_on": NOW.date()}
    with pytest.raises(IntegrityError), stage.engine.begin() as db:
        db.execute(update(KeptText).where(KeptText.id == text_id).values(**own))


def test_nothing_of_a_kept_text_says_which_answer_it_was(read_on_sqlite: Stage, request_id: str) -> None:
    keep(read_on_sqlite, request_id, DRAFT)
    columns = {column.name for column in inspect(KeptText).columns}
    assert not {name for name in columns if "response" in name or name.endswith("_at")}
    with read_on_sqlite.engine.connect() as db:
        row = db.execute(select(KeptText)).one()
        ids = {each.hex() for each in db.scalars(select(Response.id))} | set(db.scalars(select(Response.id)))
    assert not ids & {str(value) for value in row}


def test_too_few_people_are_never_quoted(stage_on_sqlite: Stage) -> None:
    request = reported(stage_on_sqlite, 14)  # under three times the threshold of 5
    with pytest.raises(Conflict, match="Too few"):
        keep(stage_on_sqlite, request, DRAFT)


def test_one_s_own_words_need_one_s_own_yes(read_on_sqlite: Stage, request_id: str) -> None:
    verbatim = dataclasses.replace(DRAFT, kind=KeptKind.REDACTED)
    with pytest.raises(Invalid):
        keep(read_on_sqlite, request_id, verbatim)
    assert keep(read_on_sqlite, request_id, dataclasses.replace(verbatim, may_quote=True))


def test_only_a_group_whose_number_is_published_is_named(read_on_sqlite: Stage, request_id: str) -> None:
    with pytest.raises(Invalid):
        keep(read_on_sqlite, request_id, dataclasses.replace(DRAFT, attribute=Attribute("age", "6_9")))
    with read(read_on_sqlite.engine) as db:
        published = published_of(db, read_on_sqlite.strands[KEY])
    assert published is not None
    for allowed in (each for language, each in published.both if language == DRAFT.language):
        words = f"Said by {allowed.dimension} {allowed.category}, as nobody else would."
        assert keep(read_on_sqlite, request_id, dataclasses.replace(DRAFT, attribute=allowed, text=words))


def test_two_texts_with_the_same_run_of_words_are_one_person_s(read_on_sqlite: Stage, request_id: str) -> None:
    keep(read_on_sqlite, request_id, DRAFT)
    twin = dataclasses.replace(DRAFT, text="I said it: answer people within a day!", field="keep_2")
    with pytest.raises(Invalid) as refused:
        keep(read_on_sqlite, request_id, twin)
    assert list(refused.value.problems) == ["keep_2"]
    with pytest.raises(Invalid):
        keep(read_on_sqlite, request_id, *[dataclasses.replace(DRAFT, text="A b c d e.", field=f) for f in "xy"])


def test_nothing_is_kept_without_a_reading_of_one_s_own(read_on_sqlite: Stage, request_id: str) -> None:
    stage = read_on_sqlite
    with pytest.raises(NotFound), write(stage.engine) as db:
        keeping.keep(db, stage.keys, stage.people["lead1"], request_id, [DRAFT], NOW)
    with write(stage.engine) as db:
        tables = db.scalars(select(OpeningRequest.id).where(OpeningRequest.mode == OpeningMode.TABLES)).one()
    with pytest.raises(NotFound):
        keep(stage, tables, DRAFT)


def test_what_is_let_go_is_gone(read_on_sqlite: Stage, request_id: str) -> None:
    (text_id,) = keep(read_on_sqlite, request_id, DRAFT)
    with write(read_on_sqlite.engine) as db:
        keeping.drop(db, read_on_sqlite.keys, read_on_sqlite.people["lead2"], text_id, NOW)
    with read(read_on_sqlite.engine) as db:
        assert db.scalars(select(KeptText)).all() == []


def test_the_second_person_sees_the_text_with_what_may_be_a_detail_marked(
    read_on_sqlite: Stage, request_id: str
) -> None:
    keep(read_on_sqlite, request_id, dataclasses.replace(DRAFT, text="Ask Zuri in class 7B."))
    with read(read_on_sqlite.engine) as db:
        (view,) = keeping.kept(db, read_on_sqlite.people["lead1"])
    assert [piece.text for piece in view.pieces if piece.kind] == ["Zuri", "class 7B"]
    assert view.may_confirm.ok
    with write(read_on_sqlite.engine) as db:
        stage, part = read_on_sqlite, db.get_one(Strand, read_on_sqlite.strands[KEY])
        set_apart(db, stage.keys, stage.policy, part, "incident", "Something was said.", "lead1", NOW)
        assert keeping.kept(db, stage.people["lead1"]) == (), "what is in doubt is read by nobody until it is cleared"


def test_after_two_years_a_kept_text_is_gone_on_record_whatever_keeps_another(
    read_on_sqlite: Stage, request_id: str
) -> None:
    stage, forget = read_on_sqlite, JOBS["kept_texts"]
    (text_id,) = keep(stage, request_id, DRAFT)
    with write(stage.engine) as db:
        keeping.confirm(db, stage.keys, stage.people["lead1"], text_id, NOW)
    assert forget(stage.engine, stage.keys, stage.policy, NOW.replace(year=NOW.year + 2)) == "0 destroyed"
    assert shown(stage) == [DRAFT.text]
    later = NOW.replace(year=NOW.year + 2) + timedelta(days=1)
    (other,) = keep(stage, request_id, dataclasses.replace(DRAFT, text="Say who reads along."))
    with stuck(stage.engine, "DELETE", KeptText.id, other), pytest.raises(Conflict, match="1 can not be done, 1 were"):
        forget(stage.engine, stage.keys, stage.policy, later)
    assert shown(stage) == []
    assert forget(stage.engine, stage.keys, stage.policy, later) == "1 destroyed"
    with read(stage.engine) as db:
        dropped = select(AuditEvent).where(AuditEvent.verb == Verb.TEXT_DROPPED, AuditEvent.subject == text_id)
        assert db.scalars(dropped).one().actor == "sweep"
