"""Texts of the site's own pages: in every language that was given with them, plain, and copied into no consultation."""

from __future__ import annotations

import pytest

from consult.questionnaire.bank import compose_set, site_text
from consult.questionnaire.content import Reader
from safeguards.readability import grade

KEYS = ("SITE-PRIVACY", "SITE-PRIVACY-title")


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("key", KEYS)
def test_they_are_there_for_every_reader(language: str, key: str) -> None:
    assert all(site_text(key, language, reader) for reader in Reader)


def test_in_english_it_reads_as_what_children_of_ten_read() -> None:
    read = grade(site_text("SITE-PRIVACY", "en", Reader.CHILD) or "")
    assert read is not None
    assert read <= 4


def test_no_consultation_copies_them_and_a_language_without_them_has_none() -> None:
    assert not [key for key in compose_set("children_13_17", ("en", "fr", "ar")).texts if key.startswith("SITE-")]
    assert site_text("SITE-PRIVACY", "xx", Reader.CHILD) is None
