"""Two facilitators save the same page: the first is stored, the second reads so and finds everything typed again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from safeguards.terms import Mode
from tests.office import Office
from tests.toolbox.rows import dump
from tests.web.staff.desk import Desk, sentences

PLAN: Mapping[str, object] = {
    "name": "Children 13 to 17",
    "youngest": "13",
    "oldest": "17",
    "languages": ["en", "fr", "ar"],
    "timezone": "Africa/Nairobi",
    "opens": "2030-03-11T09:00",
    "closes": "2030-03-25T21:00",
    "minutes": "10",
    "places-0-code": "ke",
    "places-0-number": "112",
}
PURPOSE: Mapping[str, object] = {
    "title": "Safer messages",
    "cover_name": "Our ideas",
    "decision_maker": "The regulator",
    "feedback_due": "2030-09-01",
}
Fields = Callable[[str], Mapping[str, object]]
#: Page, and the form with some words that are one person's own.
PAGES: Mapping[str, Fields] = {
    "purpose": lambda words: {**PURPOSE, "purpose": words},
    "plan": lambda words: {**PLAN, "public_reason": words, "name": words},
    "team": lambda words: {"approver_organisation": words, "approver_conflict": words},
    "questions/Q22": lambda words: {"text-en": words},
    "texts/T-PLACE": lambda words: {"text-en": words},
    "meetings": lambda words: {"timezone": "UTC", "group_size": "6", "breaks": "20" if words == "first" else "35"},
}


@pytest.fixture
def addresses(office: Office) -> dict[str, str]:
    consultation = office.consultation()
    online = office.strand(consultation)
    live = office.strand(consultation, mode=Mode.IN_PERSON_GROUP)
    office.staffed(online)
    found = {name: f"/s/c/{consultation}/{live if name == 'meetings' else online}/{name}" for name in PAGES}
    return {**found, "purpose": f"/s/c/{consultation}/purpose"}


@pytest.mark.parametrize("name", PAGES)
def test_the_second_keeps_what_was_typed_and_overwrites_nothing_unseen(
    desk: Desk, office: Office, addresses: dict[str, str], name: str
) -> None:
    page, fields = addresses[name], PAGES[name]
    one, two = desk.browser("nadia"), desk.browser("nadia")
    version = two.version(page)
    stored = one.post(page, {**fields("first"), "version": version})
    assert stored.status_code == 303, sentences(stored.text)
    before = dump(office.engine)
    typed = "35" if name == "meetings" else "words that took an hour"
    second = two.post(page, {**fields("words that took an hour"), "version": version})
    assert second.status_code == 409
    assert "Somebody else saved this" in sentences(second.text)
    assert typed in second.text
    assert dump(office.engine) == before
    newer = re.findall(r'name="version" value="(\d+)"', second.text)[0]
    assert newer == one.version(page) != version
    assert two.post(page, {**fields("words that took an hour"), "version": newer}).status_code == 303
    assert typed in one.get(page)


@pytest.mark.parametrize("name", ["purpose", "plan", "texts/T-PLACE"])
def test_in_the_same_moment_exactly_one_is_stored(
    desk: Desk, office: Office, addresses: dict[str, str], name: str
) -> None:
    page, fields, together = addresses[name], PAGES[name], Barrier(4)
    browsers = [desk.browser("nadia") for _ in range(4)]
    version = browsers[0].version(page)

    def save(n: int) -> int:
        together.wait()
        return browsers[n].post(page, {**fields(f"words of browser {n}"), "version": version}).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(save, range(4)))
    assert sorted(statuses) == [303, 409, 409, 409]
    assert f"words of browser {statuses.index(303)}" in browsers[0].get(page)
