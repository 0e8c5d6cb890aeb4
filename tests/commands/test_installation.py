"""The commands of whoever keeps an installation: from no settings to a first administrator."""

import errno
import json
import os
import re
import sqlite3
from pathlib import Path
from socket import socket

import pytest
from sqlalchemy.exc import OperationalError

from consult.cli import _fault, main
from consult.commands.storage import too_little_room
from consult.database import connect
from consult.jobs import NAMES

NEED_SETTINGS = [
    ["upgrade"],
    ["serve"],
    ["jobs", "run"],
    ["user", "list"],
    ["user", "add", "Ada Example", "ada@example.org"],
    ["user", "disable", "ada@example.org"],
]


@pytest.mark.parametrize("command", NEED_SETTINGS, ids=" ".join)
def test_without_settings_a_command_exits_2_and_names_each_one_that_is_missing(
    command: list[str], no_settings: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    for name in ("CONSULT_ROOT_KEY", "CONSULT_ORGANISATION", "CONSULT_ADDRESS", "CONSULT_DATA"):
        assert name in said.err


@pytest.mark.parametrize("command", NEED_SETTINGS[2:], ids=" ".join)
def test_on_a_database_without_schema_a_command_exits_1_with_one_line_and_no_trace(
    command: list[str], installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "consult check" in said.err
    assert "whether its disk is there" in said.err, "whoever makes a new one beside a disk that is away saves that"


@pytest.mark.parametrize(
    ("address", "mend"),
    [
        ("sqlite:////nowhere/consult.sqlite", "whether the folder is there"),
        ("sqlite:///{folder}/letter.txt", "is no database"),
        ("postgresql://nobody:hidden@localhost:1/consult", "does not answer"),
    ],
)
def test_where_the_database_is_not_is_said_with_the_mend_and_without_the_password(
    address: str, mend: str, installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (installed / "letter.txt").write_text("mine " * 300, encoding="utf-8")
    monkeypatch.setenv("CONSULT_DATABASE_URL", address.format(folder=installed))
    for command, code in (["upgrade"], 1), (["check"], 1), (["user", "list"], 1):
        assert main(command) == code
        said = "".join(capsys.readouterr())
        assert (said.count("\n"), mend in said, "hidden" in said) == (1, True, False)


def test_a_full_disk_is_said(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade"]) == 0
    engine = connect(f"sqlite:///{installed / 'consult.sqlite'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        with pytest.raises(OperationalError) as error:
            connection.exec_driver_sql("CREATE TABLE more AS SELECT randomblob(100000) AS bytes")
        with pytest.raises(sqlite3.OperationalError) as by_driver:
            connection.connection.execute("CREATE TABLE more AS SELECT randomblob(100000) AS bytes")
    engine.dispose()
    for each in error.value, by_driver.value, OSError(errno.ENOSPC, "No space left on device"):
        assert "full" in _fault(each)


def test_who_may_not_write_reads_so_before_the_site_starts(
    installed: Path,
    migrated_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CONSULT_DATABASE_URL", migrated_database_url)
    assert main(["check"]) == 0
    engine = connect(migrated_database_url)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'shut' USING ERRCODE = 'insufficient_privilege'; END $$"
            )
            connection.exec_driver_sql("CREATE TRIGGER shut BEFORE DELETE ON sign_in_tries EXECUTE FUNCTION shut()")
        named = "may not do that there"
    else:  # rights do not bind root, under whom tests may run; a folder in the place of a file does
        queue = Path(f"{engine.url.database}-turn")
        queue.unlink()
        queue.mkdir()
        named = f"{queue}: "
    engine.dispose()
    capsys.readouterr()
    for command in (["check"], ["serve"]):
        assert main(command) == 1
        assert named in "".join(capsys.readouterr()), command


def test_a_disk_that_is_nearly_full_is_told_before_it_is(tmp_path: Path) -> None:
    assert too_little_room(tmp_path, least=0) == []
    (told,) = too_little_room(tmp_path, least=10**18)
    assert "make room" in told


def test_a_port_that_is_taken_is_said_before_anything_starts(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upgrade"]) == 0
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 1
    assert "--port" in capsys.readouterr().err


def test_whatever_is_written_is_for_its_user_alone(installed: Path) -> None:
    before = os.umask(0o022)
    try:
        assert (main(["upgrade"]), main(["jobs", "run", "needs"])) == (0, 0)
    finally:
        os.umask(before)
    assert {path.name for path in installed.iterdir() if path.stat().st_mode & 0o077} == set()


def test_both_backups_under_one_name_are_refused_and_nothing_is_written(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upgrade"]) == 0
    one = str(installed / "backup")
    assert main(["backup", "--ciphertext", one, "--keys", one]) == 2
    assert "a file of its own" in capsys.readouterr().err
    assert not [path for path in installed.iterdir() if path.name.startswith("backup")]


def test_under_the_root_key_of_another_installation_no_command_does_anything(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (main(["upgrade"]), main(["user", "add", "Ada Example", "ada@example.org"])) == (0, 0)
    before = (installed / "consult.sqlite").read_bytes()
    monkeypatch.setenv("CONSULT_ROOT_KEY", bytes(range(1, 33)).hex())
    files = [f"--{name}={installed / name}" for name in ("ciphertext", "keys")]
    capsys.readouterr()
    with socket() as taken:  # else a server that starts all the same would take this process
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        serve = ["serve", "--port", str(taken.getsockname()[1])]
        for command in (*NEED_SETTINGS[2:], serve, ["backup", *files], ["jobs", "clock", "--is-right"]):
            assert main(command) == 2, command
            said = capsys.readouterr()
            assert (said.out, said.err.count("\n"), "CONSULT_ROOT_KEY" in said.err) == ("", 1, True), command
    assert (installed / "consult.sqlite").read_bytes() == before
    assert sorted(path.name for path in installed.iterdir()) == ["consult.sqlite", "consult.sqlite-turn"]


def test_serve_refuses_an_old_schema_and_says_the_mend(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve"]) == 1
    assert "consult upgrade" in capsys.readouterr().err


def test_a_database_of_a_newer_version_is_left_alone_and_every_command_says_so(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upgrade"]) == 0
    engine = connect(f"sqlite:///{installed / 'consult.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    capsys.readouterr()
    for command in (["upgrade"], ["check"], ["serve"], ["jobs", "run"]):
        assert main(command) == 1
        said = "".join(capsys.readouterr())
        assert (said.count("\n"), "newer version" in said, "consult upgrade" in said) == (1, True, False), command


def test_check_tells_what_is_wrong_until_it_is_mended(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--attest", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["attested"]) == (False, []), "where something is wrong it does not test itself"
    assert any("consult upgrade" in problem for problem in told["problems"])
    assert main(["upgrade"]) == 0
    capsys.readouterr()
    assert main(["check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["problems"]) == (True, [])


def test_check_without_settings_says_which_and_exits_1(no_settings: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1
    assert "CONSULT_ORGANISATION" in capsys.readouterr().out


def test_upgrading_twice_is_harmless(installed: Path) -> None:
    assert [main(["upgrade"]), main(["upgrade"])] == [0, 0]


def test_the_first_administrator_and_nobody_after(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["upgrade"])
    capsys.readouterr()
    assert main(["user", "add", "Ada Example", "ada@example.org"]) == 0
    link = capsys.readouterr().out.splitlines()[0]
    assert re.fullmatch(r"http://localhost:8000/s/join/[0-9a-z-]{23}", link)
    assert main(["user", "add", "Ada Example", "ada@example.org"]) == 0, "a lost link"
    assert link not in capsys.readouterr().out

    assert main(["user", "add", "Eve Example", "eve@example.org"]) == 2
    assert capsys.readouterr().out == "", "a refusal makes no link"

    assert main(["user", "list"]) == 0
    said = capsys.readouterr().out
    assert "Ada Example" in said
    assert "invited" in said
    assert "Eve" not in said
    assert link.rpartition("/")[2] not in said

    assert main(["user", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "accounts": [{"name": "Ada Example", "roles": ["ADM"], "waits": "invited"}]
    }
    assert main(["user", "add", "Ada Example", "ada@example.org", "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"link", "until"}


@pytest.mark.parametrize(("name", "email"), [("", "ada@example.org"), ("Ada", "ada")])
def test_an_account_without_a_name_or_an_address_is_refused(
    name: str, email: str, installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["upgrade"])
    capsys.readouterr()
    assert main(["user", "add", name, email]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1


def test_a_disabled_account_is_off_the_list_and_an_unknown_one_is_named_as_such(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["upgrade"])
    main(["user", "add", "Ada Example", "ada@example.org"])
    capsys.readouterr()
    assert main(["user", "disable", "nobody@example.org"]) == 2
    assert main(["user", "disable", "ada@example.org"]) == 0
    capsys.readouterr()
    main(["user", "list"])
    assert capsys.readouterr().out == ""


def test_jobs_run_twice_with_nothing_to_do_and_an_unknown_job_is_refused(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["upgrade"])
    capsys.readouterr()
    assert [main(["jobs", "run"]), main(["jobs", "run"])] == [0, 0]
    said = capsys.readouterr().out.splitlines()
    names = list(NAMES)  # in the order in which they have to run
    assert [line.partition(":")[0] for line in said] == names * 2
    assert said[: len(names)] == said[len(names) :]
    with pytest.raises(SystemExit) as ended:
        main(["jobs", "run", "everything"])
    assert ended.value.code == 2


@pytest.mark.parametrize("setting", ["CONSULT_ADRESS", "CONSULT_DEBUG"])
def test_a_misspelt_or_dangerous_setting_stops_the_start(
    setting: str, installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(setting, "1")
    assert main(["upgrade"]) == 2
    assert setting in capsys.readouterr().err
