"""What the tests of the commands share: a plan that passes, and the settings of an empty installation."""

import os
from importlib import resources
from pathlib import Path

import pytest


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """The plan file of the benchmark: a children's strand that passes the gate in January 2030."""
    file = tmp_path / "plan.json"
    file.write_text(resources.files("consult.bench").joinpath("plan.json").read_text("utf-8"), encoding="utf-8")
    return file


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which nothing is set."""
    for name in [name for name in os.environ if name.startswith("CONSULT_") and "TEST" not in name]:
        monkeypatch.delenv(name)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_settings: None) -> Path:
    """The settings of a new installation whose database has no schema yet; gives its folder."""
    settings = {
        "CONSULT_ROOT_KEY": bytes(range(32)).hex(),
        "CONSULT_ORGANISATION": "Invented Trust",
        "CONSULT_ADDRESS": "http://localhost:8000",
        "CONSULT_DATA": str(tmp_path),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return tmp_path
