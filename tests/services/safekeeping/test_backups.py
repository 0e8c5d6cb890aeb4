"""Backups with the real commands: what comes back, what stays out, and that a withdrawal reaches yesterday's copy."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from consult.commands import site
from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import (
    BackupCode,
    OpeningRequest,
    Purpose,
    Response,
    ResponseShare,
    StaffSession,
    Strand,
    StrandShare,
)
from consult.models.base import Base
from consult.sealing.archive import read_archive, write_archive
from consult.services.participation import invitations, responding
from consult.services.participation.responding import NotOpen
from consult.services.people.sessions import Factor, start_session
from consult.services.safekeeping.backups import BackupClass, Header, class_of, make_backup, tables_of
from consult.services.signed import stopping
from safeguards.lifecycle import StrandState
from tests.scenario import NOW, ask, close_part, give, grant, make, row, sign
from tests.toolbox.rows import dump

SECRET = {"response_shares", "strand_shares", "strand_salts", "strand_keys"}


def files(folder: Path, name: str = "monday") -> tuple[str, ...]:
    return ("--ciphertext", str(folder / f"{name}.ciphertext"), "--keys", str(folder / f"{name}.keys"))


def without(rows: Mapping[str, list[tuple[object, ...]]], *names: str) -> dict[str, list[tuple[object, ...]]]:
    return {name: each for name, each in rows.items() if name not in names}


def test_everything_comes_back_and_goes_on(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(answered, "backup", *files(tmp_path)) == 0
    with (tmp_path / "old.ciphertext").open("wb") as file:
        lines = (Header(1, datetime.now(UTC), "0007").to_line(), b'"end"')
        write_archive(file, answered.keys.archive, BackupClass.CIPHERTEXT, iter(lines))
    assert say(empty, "restore", *files(tmp_path, "old")[:2], *files(tmp_path)[2:]) == 2
    assert "Nothing is lost: restore with the version of the program that made it" in capsys.readouterr().err
    assert say(empty, "restore", *files(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "Young adults 18 to 24: 6 answers" in said
    assert "whoever took answers back after" in said
    apart = ("audit_events", "backup_codes", "edition", "mails_waiting", "strands")
    assert without(dump(empty.engine), *apart) == without(dump(answered.engine), *apart)
    assert say(empty, "check") == 0
    with read(empty.engine) as db:
        for days in (3, -3):  # the second: it was made by a clock that was ahead
            assert [each[:8] for each in site._owed(db, datetime.now(UTC) + timedelta(days=days))] == ["backups:"]
    close_part(empty, "young_adults")
    granted = ask(empty, "young_adults")
    grant(empty, granted)
    assert make(empty, granted).content


def test_what_was_stopped_after_the_backup_is_not_open_after_the_restore(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(answered, "children")
    assert say(answered, "backup", *files(tmp_path)) == 0
    with write(answered.engine) as db:
        strand, who = db.get_one(Strand, answered.strands["young_adults"]), answered.people["facilitator"]
        stopping.press_stop(db, answered.keys, who, strand, "Somebody listened in.", NOW)
    assert say(empty, "restore", *files(tmp_path)) == 0
    assert "Paused: Young adults 18 to 24." in capsys.readouterr().out
    restored = row(empty, "young_adults")
    assert (restored.state, "from a backup" in (restored.state_reason or "")) == (StrandState.SUSPENDED, True)
    assert row(empty, "children").state == StrandState.SUSPENDED, "it was signed on what may have ended since"
    with pytest.raises(NotOpen):
        give(empty, "young_adults", 1)
    assert say(empty, "check") == 0


def test_a_code_that_was_used_after_the_backup_lets_nobody_in_again(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strand_id, key = answered.strands["young_adults"], answered.keys.invitation
    with write(answered.engine) as db:
        lead, strand = answered.people["lead1"], db.get_one(Strand, strand_id)
        used, unused = invitations.issue(db, answered.keys, lead, strand, 2, Purpose.ENTRY, NOW)
    assert say(answered, "backup", *files(tmp_path)) == 0
    with write(answered.engine) as db:
        assert invitations.spend(db, key, strand_id, used, Purpose.ENTRY)
    assert say(empty, "restore", *files(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "Void: 2 one-time codes of Young adults 18 to 24." in said, said
    with write(empty.engine) as db:
        assert not any(invitations.spend(db, key, strand_id, code, Purpose.ENTRY) for code in (used, unused))
        assert db.scalars(select(BackupCode)).all() == []


def test_a_log_that_went_on_longer_before_it_was_lost_is_noted_and_the_check_goes_on(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(answered, "backup", *files(tmp_path)) == 0
    for _ in range(3):
        assert say(answered, "jobs", "run", "rewrite") == 0
    assert say(empty, "restore", *files(tmp_path)) == 0
    assert "its end is noted" in capsys.readouterr().err
    assert (tmp_path / "audit-head.before-restore").exists()
    assert say(empty, "check") == 0


def test_a_restore_is_never_stored_before_the_end_of_its_log_is_noted(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path
) -> None:
    assert say(answered, "backup", *files(tmp_path)) == 0
    for _ in range(3):
        assert say(answered, "jobs", "run", "rewrite") == 0
    (tmp_path / "audit-head.new").mkdir()  # the note can not be written
    assert say(empty, "restore", *files(tmp_path)) == 1
    assert dump(empty.engine)["people"] == []
    (tmp_path / "audit-head.new").rmdir()
    assert say(empty, "restore", *files(tmp_path)) == 0
    assert say(empty, "check") == 0


def test_guards_stand_again_after_a_restore(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path
) -> None:
    say(answered, "backup", *files(tmp_path))
    say(empty, "restore", *files(tmp_path))
    with pytest.raises(Exception, match="breaks a rule"), write(empty.engine) as db:
        db.execute(text("UPDATE signatures SET note = 'x'"))


def test_what_was_taken_back_stays_shut_in_yesterdays_ciphertext_even_for_the_two(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Promise 4: with yesterday's ciphertext and today's keys, what was taken back is not there for anybody."""
    receipt = give(answered, "young_adults", 1, seed=2)[0]
    assert say(answered, "backup", *files(tmp_path, "yesterday")) == 0
    with write(answered.engine) as db:
        assert responding.take_back(db, answered.keys, receipt)
    assert say(answered, "backup", *files(tmp_path, "today")) == 0
    mixed = ("--ciphertext", str(tmp_path / "yesterday.ciphertext"), "--keys", str(tmp_path / "today.keys"))
    capsys.readouterr()
    assert say(empty, "restore", *mixed, "--json") == 0
    (part,) = [each for each in json.loads(capsys.readouterr().out)["strands"] if each["answers"]]
    assert (part["answers"], part["dropped"]) == (6, 1)
    close_part(empty, "young_adults")
    with read(empty.engine) as db:
        assert len(db.scalars(select(Response)).all()) == len(db.scalars(select(ResponseShare)).all()) == 6


def test_control_yesterdays_keys_would_bring_it_back(
    answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path
) -> None:
    """So the shares are what a withdrawal lives on, and why keys are kept seven days and only the newest is taken."""
    receipt = give(answered, "young_adults", 1, seed=2)[0]
    say(answered, "backup", *files(tmp_path))
    with write(answered.engine) as db:
        assert responding.take_back(db, answered.keys, receipt)
    assert say(empty, "restore", *files(tmp_path)) == 0
    with read(empty.engine) as db:
        assert len(db.scalars(select(Response)).all()) == 7
    with write(empty.engine) as db:  # … and the withdrawal that has to be repeated can be
        assert responding.take_back(db, empty.keys, receipt)


def test_the_ciphertext_holds_nothing_that_opens(answered: Stage, say: Callable[..., int], tmp_path: Path) -> None:
    close_part(answered, "young_adults")
    granted = ask(answered, "young_adults")
    grant(answered, granted)
    with write(answered.engine) as db:
        start_session(db, answered.keys, answered.people["lead1"], NOW, Factor.APP)
    with read(answered.engine) as db:
        request = db.get_one(OpeningRequest, granted)
        secrets = [
            *db.scalars(select(ResponseShare.share)),
            *db.scalars(select(StrandShare.sealed)),
            *db.scalars(select(StaffSession.token_hash)),
            request.sealed_half,
            request.wrapped_private,
        ]
    say(answered, "backup", *files(tmp_path))
    lines = {kind: plain(tmp_path / f"monday.{kind}", kind, answered) for kind in BackupClass}
    assert not {table.name for table, _ in tables_of(BackupClass.CIPHERTEXT)} & SECRET
    assert len(secrets) > 12
    for secret in secrets:
        assert not holds(lines[BackupClass.CIPHERTEXT], bytes(secret))
    assert holds(lines[BackupClass.KEYS], bytes(secrets[0])), "the control: the same search finds a share in the keys"
    for secret in secrets[-3:]:
        assert not holds(lines[BackupClass.KEYS], bytes(secret)), "request and sign-in rows are in no backup"
    assert b"sign_in_hash" not in lines[BackupClass.CIPHERTEXT]
    assert b"sign_in_hash" in lines[BackupClass.KEYS]


def plain(path: Path, kind: BackupClass, stage: Stage) -> bytes:
    with path.open("rb") as file:
        return b"\n".join(read_archive(file, stage.keys.archive, kind))


def holds(lines: bytes, secret: bytes) -> bool:
    return base64.b64encode(secret) in lines


def test_a_stolen_file_shows_nothing_without_the_root_key(
    answered: Stage, say: Callable[..., int], tmp_path: Path
) -> None:
    say(answered, "backup", *files(tmp_path))
    for kind in BackupClass:
        path = tmp_path / f"monday.{kind}"
        assert path.stat().st_mode & 0o077 == 0
        assert b"Young adults" not in path.read_bytes()
        assert b"example" not in path.read_bytes()


def test_rows_lie_in_the_order_of_their_keys(answered: Stage, say: Callable[..., int], tmp_path: Path) -> None:
    say(answered, "backup", *files(tmp_path))
    for kind, name in ((BackupClass.CIPHERTEXT, "responses"), (BackupClass.KEYS, "response_shares")):
        rows = [json.loads(line) for line in plain(tmp_path / f"monday.{kind}", kind, answered).split(b"\n")[1:]]
        start = next(n for n, row in enumerate(rows) if isinstance(row, dict) and row["table"] == name) + 1
        found = [row[0]["b"] for row in rows[start : start + 6]]
        assert [base64.b64decode(each) for each in found] == sorted(base64.b64decode(each) for each in found)


@pytest.mark.parametrize("answered", ["sqlite"], indirect=True)
class TestRefusals:
    """One clear line, exit code 2, and not a row stored."""

    def refused(self, capsys: pytest.CaptureFixture[str], new: Stage, code: int, words: str) -> None:
        assert code == 2
        assert words in capsys.readouterr().err
        assert all(rows == [] for name, rows in dump(new.engine).items() if name not in {"edition", "clock"})

    @pytest.mark.parametrize(
        ("age", "why"),
        [(timedelta(days=7, minutes=1), "older than 7 days"), (timedelta(hours=-2), "look at the date of this server")],
    )
    def test_keys_older_than_people_were_told_or_by_a_clock_that_is_behind(
        self,
        answered: Stage,
        empty: Stage,
        say: Callable[..., int],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        age: timedelta,
        why: str,
    ) -> None:
        old = datetime.now(UTC) - age
        paths = {kind: tmp_path / f"monday.{kind}" for kind in BackupClass}
        with paths[BackupClass.CIPHERTEXT].open("wb") as one, paths[BackupClass.KEYS].open("wb") as other:
            make_backup(answered.engine, answered.keys, {BackupClass.CIPHERTEXT: one, BackupClass.KEYS: other}, old)
        self.refused(capsys, empty, say(empty, "restore", *files(tmp_path)), why)

    def test_keys_that_are_not_the_newest(
        self, answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        say(answered, "backup", *files(tmp_path, "old"))
        say(answered, "backup", *files(tmp_path, "new"))
        mixed = ("--ciphertext", str(tmp_path / "new.ciphertext"), "--keys", str(tmp_path / "old.keys"))
        self.refused(capsys, empty, say(empty, "restore", *mixed), "newer key backup")

    def test_a_damaged_or_exchanged_file(
        self, answered: Stage, empty: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        say(answered, "backup", *files(tmp_path))
        swapped = ("--keys", str(tmp_path / "monday.ciphertext"), "--ciphertext", str(tmp_path / "monday.keys"))
        self.refused(capsys, empty, say(empty, "restore", *swapped), "damaged, cut short, of another kind")
        for name in ("ciphertext", "keys"):
            path = tmp_path / f"monday.{name}"
            whole = path.read_bytes()
            path.write_bytes(whole[:-30])
            self.refused(capsys, empty, say(empty, "restore", *files(tmp_path)), f"{name}: ")
            path.write_bytes(whole)
        (tmp_path / "monday.keys").unlink()
        self.refused(capsys, empty, say(empty, "restore", *files(tmp_path)), "can not be read")

    def test_a_database_that_is_not_empty_or_not_new(
        self, answered: Stage, say: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        say(answered, "backup", *files(tmp_path))
        before = dump(answered.engine)
        assert say(answered, "restore", *files(tmp_path)) == 2
        assert "not empty" in capsys.readouterr().err
        assert dump(answered.engine) == before


def test_every_table_has_its_class_and_keys_are_never_kept_long() -> None:
    kept_long = {table.name for table in Base.metadata.sorted_tables if class_of(table) is BackupClass.CIPHERTEXT}
    assert not kept_long & SECRET
    assert class_of(Base.metadata.tables["staff_sessions"]) is None
