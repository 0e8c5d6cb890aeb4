"""Only help that was reached lately is shown: a stale or failed test takes a number off the pages (SUP-04)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.models import ContactTest, StrandService
from consult.services.helplines import HelpService, services_of_strand
from safeguards.policyfile import default
from tests.web.participate.walk import Walk
from tests.web.participate.world import LANGUAGES, NOW, Clock, World, build_site, open_strand


@pytest.fixture
def world(sqlite_engine: Engine) -> World:
    return open_strand(sqlite_engine)


def shown(world: World, days: float = 0, audience: str = "G") -> tuple[HelpService, ...]:
    with read(world.engine) as db:
        return services_of_strand(db, world.strand_id, audience, NOW + timedelta(days=days), default())


def add_test(world: World, channel: str, language: str = "", place: str = "", **facts: object) -> None:
    with write(world.engine) as db:
        service = db.scalars(select(StrandService.service_id)).one()
        made = {"reached": True, "minutes": 3, "free": True, **facts}
        db.add(
            ContactTest(
                service_id=service,
                channel=channel,
                tested_at=NOW - timedelta(hours=1),
                tested_by="author",
                language=language,
                jurisdiction=place,
                **made,
            )
        )


def test_what_was_reached_lately_is_shown_with_its_languages_and_places(world: World) -> None:
    (service,) = shown(world)
    assert [channel.id for channel in service.channels] == ["line", "chat"]
    assert service.languages == LANGUAGES
    assert service.jurisdictions == ("KE",)


@pytest.mark.parametrize(("audience", "days"), [("G", 26.9), ("S", 3.9), ("H", 3.9)])
def test_a_test_counts_until_it_is_too_old(world: World, audience: str, days: float) -> None:
    assert shown(world, days, audience)
    assert shown(world, days + 0.2, audience) == ()


@pytest.mark.parametrize("fault", [{"reached": False}, {"minutes": 11}, {"free": False}])
def test_one_failed_call_takes_the_channel_off(world: World, fault: dict[str, object]) -> None:
    add_test(world, "line", **fault)
    (service,) = shown(world)
    assert [channel.id for channel in service.channels] == ["chat"]


def test_a_call_that_failed_in_one_language_speaks_for_that_language(world: World) -> None:
    for channel in ("line", "chat"):
        add_test(world, channel, "ar", "KE", minutes=11)
    (service,) = shown(world)
    assert service.languages == ("en", "fr")


def test_where_nobody_answered_nobody_answered_in_any_language(world: World) -> None:
    add_test(world, "line", "ar", "KE", reached=False)
    (service,) = shown(world)
    assert [channel.id for channel in service.channels] == ["chat"]
    add_test(world, "chat", "ar", "KE", reached=False)
    assert shown(world) == ()


def test_help_in_another_language_is_shown_and_said(world: World, tmp_path: Path) -> None:
    for channel in ("line", "chat"):
        add_test(world, channel, "fr", minutes=11)
    walk = Walk(build_site(world.engine, tmp_path, Clock()))
    assert "Cette aide répond dans une autre langue." in walk.enter("fr").text
    assert "another language" not in walk.enter("en").text


def test_without_a_service_the_page_still_says_whom_to_call_and_whom_to_tell(world: World, tmp_path: Path) -> None:
    for channel in ("line", "chat"):
        add_test(world, channel, reached=False)
    page = Walk(build_site(world.engine, tmp_path, Clock())).enter("en").text
    assert 'href="tel:112"' in page
    assert "grown-up you trust" in page
    assert "116" not in page
    assert "You can talk to someone now." not in page
