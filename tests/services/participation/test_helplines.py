"""Only help that was reached lately is shown: a stale or failed test takes a number off the pages (SUP-04)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import ContactTest, Strand, StrandService
from consult.services.gate.gating import judge
from consult.services.help import directory
from consult.services.participation.helplines import HelpService, all_services, services_of_strand
from safeguards.policyfile import default
from safeguards.terms import Decision
from tests import scenario
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
        made = {"reached": True, "minutes": 3, "free": True, "waits": False, **facts}
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


@pytest.mark.parametrize(
    ("moment", "answers"),
    [
        ("2026-06-10T04:59:59Z", False),
        ("2026-06-10T05:00:00Z", True),
        ("2026-06-10T18:59:59Z", True),
        ("2026-06-10T19:00:00Z", False),
        ("2026-06-13T12:00:00Z", False),
    ],
)
def test_a_service_answers_in_its_own_hours_by_its_own_clock(world: World, moment: str, answers: bool) -> None:
    (service,) = shown(world)
    assert service.answers_at(datetime.fromisoformat(moment)) is answers
    assert replace(service, round_the_clock=True).answers_at(datetime.fromisoformat(moment))


NOW_SOMEBODY = "You can talk to someone now."


@pytest.mark.parametrize("path", ["/help?l=en", "/c/place", "/c/age"])
def test_nobody_is_said_to_answer_now_while_nobody_does(world: World, tmp_path: Path, path: str) -> None:
    clock = Clock(datetime(2026, 6, 10, 18, 30, tzinfo=UTC))
    app = build_site(world.engine, tmp_path, clock)
    walk = Walk(app)
    walk.enter("en")
    walk.post("/c/place")
    for minute, is_said in ((30, True), (59, True), (60, False), (59, True)):
        clock.now = datetime(2026, 6, 10, 18, tzinfo=UTC) + timedelta(minutes=minute)
        page = walk.get(path).text
        assert (NOW_SOMEBODY in page) is is_said, "also where the page was kept from before"
        assert 'href="tel:116"' in page
        assert "08:00–22:00" in page


def known(stage: Stage) -> tuple[HelpService, ...]:
    """What the help page shows to somebody outside any consultation."""
    with read(stage.engine) as db:
        return all_services(db, scenario.NOW, stage.policy)


def of_children(stage: Stage) -> tuple[HelpService, ...]:
    with read(stage.engine) as db:
        return services_of_strand(db, stage.strands["children"], "G", scenario.NOW, stage.policy)


def change(stage: Stage, service_id: str, name: str, **facts: object) -> str:
    """What one facilitator can do alone: change a service, and note that every channel was reached; the old name."""
    facilitator = stage.people["facilitator"]
    with write(stage.engine) as db:
        seen = directory.service(db, service_id)
        directory.change_service(
            db,
            stage.keys,
            stage.policy,
            facilitator,
            service_id,
            seen.seen,
            name or seen.name,
            {**seen.facts, **facts},
            scenario.NOW,
        )
    with write(stage.engine) as db:
        now = directory.service(db, service_id).facts
        for channel in now["channels"]:
            for language in now["languages"]:
                values = directory.TestValues(
                    service_id,
                    channel["id"],
                    reached=True,
                    minutes=1,
                    language=language,
                    jurisdiction=now["jurisdictions"][0],
                    free=True,
                )
                directory.log_contact_test(db, stage.keys, stage.policy, facilitator, values, scenario.NOW)
    return seen.name


def relied_on(stage: Stage) -> list[str]:
    with read(stage.engine) as db:
        rows = select(StrandService.service_id).where(StrandService.strand_id == stage.strands["children"])
        return list(db.scalars(rows))


class TestNobodyAlonePutsANumberBeforeChildren:
    def test_a_service_is_shown_once_a_lead_has_signed_a_part_that_relies_on_it(self, stage: Stage) -> None:
        assert known(stage) == of_children(stage) == ()
        scenario.sign(stage, "children")
        assert known(stage) == of_children(stage) != ()

    def test_one_that_a_refusal_looked_at_is_not(self, stage_on_sqlite: Stage) -> None:
        scenario.sign(stage_on_sqlite, "children", Decision.REFUSE, note="The rooms are not ready.")
        assert known(stage_on_sqlite) == ()

    def test_nor_one_that_the_facilitator_added_and_called(self, stage_on_sqlite: Stage) -> None:
        scenario.sign(stage_on_sqlite, "children")
        before = known(stage_on_sqlite)
        with write(stage_on_sqlite.engine) as db:
            facts = directory.service(db, relied_on(stage_on_sqlite)[0]).facts
            channels = [{**each, "id": f"new-{each['id']}", "address": "0800 666 666"} for each in facts["channels"]]
            added = directory.save_service(
                db,
                stage_on_sqlite.keys.audit,
                stage_on_sqlite.people["facilitator"],
                "Call us",
                {**facts, "channels": channels},
                scenario.NOW,
            ).id
        change(stage_on_sqlite, added, "")
        assert known(stage_on_sqlite) == before

    @pytest.mark.parametrize("steps", [["swapped"], ["gone", "swapped"]])
    def test_a_number_changed_after_the_signature_is_shown_to_nobody(self, stage: Stage, steps: list[str]) -> None:
        """Also where somebody stands before the closed door: the part is paused, for its plan is another one."""
        scenario.open_part(stage, "children")
        for service_id in relied_on(stage):
            with read(stage.engine) as db:
                channels = directory.service(db, service_id).facts["channels"]
            swapped = [{**each, "address": "0800 666 666"} for each in channels]
            for step in steps:
                change(stage, service_id, "", channels=swapped if step == "swapped" else [])
        assert known(stage) == of_children(stage) == ()

    def test_a_name_changed_after_the_signature_is_read_by_nobody(self, stage_on_sqlite: Stage) -> None:
        scenario.sign(stage_on_sqlite, "children")
        before = known(stage_on_sqlite)
        for service_id in relied_on(stage_on_sqlite):
            change(stage_on_sqlite, service_id, f"Call 0800 666 666 instead of {service_id}")
        assert known(stage_on_sqlite) == of_children(stage_on_sqlite) == before

    def test_one_that_ran_out_is_not_brought_back_by_calls_that_one_person_notes(self, stage: Stage) -> None:
        """Neither to the help page nor past the gate; another person's yes is what brings it back."""
        scenario.sign(stage, "children")
        with write(stage.engine) as db:
            for test in db.scalars(select(ContactTest)):
                test.tested_at = scenario.NOW - timedelta(days=30)

        def unproven() -> list[str]:
            with read(stage.engine) as db:
                part = db.get_one(Strand, stage.strands["children"])
                reasons = judge(db, part, stage.policy, scenario.NOW).evaluation.reasons
                return [each.why for each in reasons if each.requirement == "SUP-04"]

        for service_id in relied_on(stage):
            change(stage, service_id, "")
        assert known(stage) == of_children(stage) == ()
        assert "another person has to confirm" in unproven()[0]
        with write(stage.engine) as db:
            for service_id in relied_on(stage):
                calls = [each.id for each in directory.service(db, service_id).waiting]
                lead = stage.people["lead2"]
                directory.confirm_tests(db, stage.keys, stage.policy, lead, service_id, calls, scenario.NOW)
        assert known(stage) == of_children(stage) != ()
        assert unproven() == []

    def test_what_one_person_takes_away_is_gone_at_once(self, stage_on_sqlite: Stage) -> None:
        scenario.sign(stage_on_sqlite, "children")
        for service_id in relied_on(stage_on_sqlite):
            change(stage_on_sqlite, service_id, "", languages=["en"])
        assert {each.languages for each in known(stage_on_sqlite)} == {("en",)}
