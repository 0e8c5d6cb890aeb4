"""What the database holds: nothing that identifies, a class that never changes, deletion that deletes."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from consult.database import read, write
from consult.logs import Listed
from consult.models import Release, Response, Strand, StrandKey
from consult.selfchecks.finding import Finding
from consult.selfchecks.rehearsal import MARK, Rehearsal
from consult.services.safekeeping import retention
from consult.services.signed import running
from safeguards.terms import CHILD_AUDIENCES, RespondentClass

__all__ = ["class_never_changes", "deletion_works", "nothing_identifies"]

#: Everything that is stored with an answer. A column more is a question more to ask.
_WITH_ANSWERS = {
    "responses": {"id", "strand_id", "epoch_id", "sealed"},
    "response_shares": {"response_id", "share"},
    "profiles": {"id", "strand_id", "epoch_id", "sealed"},
    "profile_shares": {"profile_id", "share"},
}
_LATE = timedelta(days=2)
_YEARS = timedelta(days=3650)


def nothing_identifies(stage: Rehearsal, found: Finding) -> None:
    """DAT-02: the columns beside an answer, in this database; and a sent answer leaves no trace of its sender."""
    for table, allowed in _WITH_ANSWERS.items():
        there = {column["name"] for column in inspect(stage.real).get_columns(table)}
        found.expect(there, f"The table {table} is missing.")
        found.expect(
            there <= allowed, f"The table {table} has more than a sealed answer: {', '.join(sorted(there - allowed))}."
        )
    found.looked_at("The columns beside an answer in this database: no name, time, address or device.")
    logged = io.StringIO()
    with _listening(logged):
        walk = stage.walk()
        walk.to_the_questions("en")
        walk.skip_everything()
        walk.post("/c/send")
        walk.get(f"/c/nowhere-{MARK}")
    found.expect(
        MARK not in logged.getvalue() and "203.0.113.77" not in logged.getvalue(), "The log names who sent something."
    )
    with stage.stage.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = b"".join(each.read_bytes() for each in stage.file.parent.glob("rehearsal.sqlite*"))
    for trace, what in ((MARK.encode(), "own words or the agent"), (b"203.0.113.77", "the address")):
        found.expect(trace not in whole, f"After sending, {what} of the sender can be read in the database.")
    found.looked_at("A sent answer of the rehearsal: neither its words nor agent or address stand in database or log.")


@contextmanager
def _listening(to: io.StringIO) -> Iterator[None]:
    """Everything that would come out of the server's log."""
    handler, root = logging.StreamHandler(to), logging.getLogger()
    handler.setFormatter(Listed())
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def class_never_changes(stage: Rehearsal, found: Finding) -> None:
    """REP-03: what an answer counts as is fixed in this database, and no report counts adults as children."""
    for engine, where in ((stage.real, "this database"), (stage.stage.engine, "the rehearsal")):
        tried = _try_to_change(engine)
        found.expect(tried is not False, f"What a part counts as can be changed in {where}.")
        if tried:
            found.looked_at(f"Changing what a part counts as is refused by {where}.")
    with read(stage.real) as db:
        rows = db.execute(
            select(Release.respondent_class, Strand.audience).join(Strand, Strand.id == Release.strand_id)
        ).all()
    for counted, audience in rows:
        child = counted == RespondentClass.CHILD
        found.expect(
            child == (audience in CHILD_AUDIENCES), "A report counts adults as children, or children as adults."
        )
    found.looked_at(f"{len(rows)} reports of this database count each part as what it is.")


def _try_to_change(engine: Engine) -> bool | None:
    """Whether the database refused; None where there is nothing to try it on. Always taken back."""
    with engine.connect() as connection:
        one = connection.execute(text("SELECT id FROM strands LIMIT 1")).scalar()
        if one is None:
            return None
        change = text(
            "UPDATE strands SET audience = 'A', representatives = NULL, respondent_class = 'adult_survivor'"
            " WHERE id = :id AND audience <> 'A'"
        )
        children = text("UPDATE strands SET audience = 'G', respondent_class = 'child' WHERE id = :id")
        try:
            touched = connection.execute(change, {"id": one}).rowcount
            if not touched:
                connection.execute(children, {"id": one})
        except DBAPIError:
            return True
        finally:
            connection.rollback()
    return False


def deletion_works(stage: Rehearsal, found: Finding) -> None:
    """DAT-05: nothing is overdue in this database, and the job destroys what it should in the rehearsal."""
    with read(stage.real) as db:
        overdue = [each for each in retention.endings(db, stage.stage.policy) if each.at + _LATE < stage.now]
    for each in overdue:
        found.wrong(
            f"{each.name}: its answers should be destroyed since {each.at:%Y-%m-%d}. Does `consult jobs run` run?"
        )
    found.looked_at("Dry run over this database: nothing is overdue.")
    people, keys = stage.stage.people, stage.stage.keys
    with write(stage.stage.engine) as db:
        running.close(db, keys, people["lead1"], db.get_one(Strand, stage.strand_id), stage.now)
    with write(stage.stage.engine) as db:
        retention.end_retention(db, keys, stage.stage.policy, stage.now + _YEARS)
    with read(stage.stage.engine) as db:
        left = db.scalar(select(func.count()).select_from(Response))
        key = db.get(StrandKey, stage.strand_id)
        key_left = key is not None and bool(key.wrapped_private)
    found.expect(not left, "The job leaves answers behind.")
    found.expect(not key_left, "The job leaves the key behind.")
    found.looked_at("The job destroyed the rehearsal's answers and key.")
