"""The few fixtures that every part of the suite shares: databases of both kinds, and a browser."""

import gc
import os
import shutil
import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from consult.database import connect, upgrade
from tests.toolbox.compiled import compile_once
from tests.toolbox.machine import find_chromium, find_postgresql
from tests.toolbox.postgresql import Server, running_server

_BOTH_KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
_MIGRATED = "migrated"
_NUMBERS = count(1)
_QUIET_BROWSER = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")


def pytest_configure() -> None:
    """Before the first site is built."""
    compile_once()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings are errors, but not in browser tests: what a browser's processes leave behind is not our code."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.filterwarnings("default"))


def pytest_collection_finish() -> None:
    """What is imported by now stays: looking through it for garbage again and again took a seventh of all work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@event.listens_for(Pool, "checkout")
def _wait_for_no_disk(connection: object, _record: object, _proxy: object) -> None:
    """As the PostgreSQL server of the tests: what is lost when the power fails is thrown away anyhow."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """One PostgreSQL server a worker, thrown away at its end."""
    binaries = find_postgresql()
    if binaries is None:
        pytest.fail("PostgreSQL was not found: run `make machine`, which finds or installs it")
    with running_server(binaries) as server:
        yield server


@pytest.fixture(params=_BOTH_KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        yield from _throwaway(request.getfixturevalue("postgresql_server"), template="template0")


@pytest.fixture(params=_BOTH_KINDS)
def migrated_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The same with the newest schema and no rows."""
    if request.param == "sqlite":
        yield request.getfixturevalue("migrated_sqlite_url")
    else:
        yield from _throwaway(request.getfixturevalue("_migrated_postgresql"), template=_MIGRATED)


@pytest.fixture
def migrated_sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> str:
    """The newest schema on SQLite only, for tests in which the kind of database can not matter."""
    return f"sqlite:///{shutil.copy(_migrated_sqlite, tmp_path / 'consult.sqlite')}"


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[Engine]:
    """A database of either kind with the newest schema and no rows."""
    yield from _connected(migrated_database_url)


@pytest.fixture
def sqlite_engine(migrated_sqlite_url: str) -> Iterator[Engine]:
    """The same on SQLite only."""
    yield from _connected(migrated_sqlite_url)


def _connected(url: str) -> Iterator[Engine]:
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    original = tmp_path_factory.mktemp("database") / "migrated.sqlite"
    _apply_migrations(f"sqlite:///{original}")
    return original


@pytest.fixture(scope="session")
def _migrated_postgresql(postgresql_server: Server) -> Server:
    postgresql_server.create(_MIGRATED)
    _apply_migrations(postgresql_server.url(_MIGRATED))
    return postgresql_server


def _apply_migrations(url: str) -> None:
    engine = connect(url)
    upgrade(engine)
    engine.dispose()


def _throwaway(server: Server, template: str) -> Iterator[str]:
    name = f"test_{next(_NUMBERS)}"
    server.create(name, template)
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless browser a worker; make a context of your own in it, with the language and size that you need."""
    executable = find_chromium()
    if executable is None:
        pytest.fail("Chromium was not found: run `make machine`, which finds or installs it")
    arguments = [*_QUIET_BROWSER, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker axe-core, to be run inside a page."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
