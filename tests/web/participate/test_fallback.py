"""The page for when nothing answers: every language, help and a way out, and nothing that it would have to load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consult.cli import main
from consult.web.languages import LANGUAGES


def test_it_is_whole_in_every_language_and_loads_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSULT_ROOT_KEY", bytes(range(32)).hex())
    monkeypatch.setenv("CONSULT_ORGANISATION", "Harbour <Trust>")
    monkeypatch.setenv("CONSULT_ADDRESS", "https://ideas.example.org")
    monkeypatch.setenv("CONSULT_DATA", str(tmp_path))
    assert main(["fallback-page"]) == 0
    page = capsys.readouterr().out
    for language in LANGUAGES.values():
        assert f'lang="{language.code}" dir="{language.direction}"' in page
    assert page.count('href="https://www.wikipedia.org/" rel="noreferrer nofollow"') == len(LANGUAGES)
    assert page.count("Harbour &lt;Trust&gt;") == len(LANGUAGES)
    assert "Call the emergency number of your country." in page
    assert not re.search(r"<(script|img|link|iframe|form)|url\(|@import|src=", page)
