"""Triage and live coverage through their pages: what is shown, and what nobody else reaches."""

from __future__ import annotations

import copy
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consult.cli import main
from consult.database import write
from consult.demo.setup import Stage
from consult.questionnaire.question import Kind
from consult.services.participation import responding
from consult.services.participation.epochs import EpochBook
from tests.scenario import NOW, _submission, ask, close_part, give, grant, make, open_part
from tests.web.review.conftest import site
from tests.web.staff.desk import Desk, sentences


@pytest.fixture
def desk(stage_on_sqlite: Stage, tmp_path: Path) -> Desk:
    """The site over an open part in which people have answered."""
    open_part(stage_on_sqlite, "children")
    give(stage_on_sqlite, "children", 40)
    return site(stage_on_sqlite, tmp_path)


def _audited(folder: Path, *releases: dict[str, Any]) -> int:
    files = [folder / f"{number}.json" for number, _ in enumerate(releases)]
    for file, release in zip(files, releases, strict=True):
        file.write_text(json.dumps(release), encoding="utf-8")
    return main(["inclusion", "audit", *map(str, files)])


def test_a_redactor_asks_a_lead_grants_and_new_words_are_read_and_a_concern_logged(
    stage_on_sqlite: Stage, desk: Desk
) -> None:
    reviewer, lead = desk.browser("reviewer2"), desk.browser("lead1")
    assert "Read it before" in sentences(reviewer.get("/s/triage"))
    part = f"/s/c/{stage_on_sqlite.consultation_id}/{stage_on_sqlite.strands['children']}"
    asked = reviewer.post(f"{part}/ask?mode=triage", {"reason": "Is somebody in danger?", "hours": 8})
    assert asked.status_code == 303, sentences(asked.text)
    where = asked.location.partition("?")[0]
    assert lead.post(f"{where}/grant", {"passphrase": stage_on_sqlite.passphrases["lead1"]}).status_code == 303
    assert "Read new own words" in sentences(reviewer.get(where))
    assert reviewer.post(f"{where}/new-words", {"passphrase": "wrong words"}).status_code == 403
    shown = reviewer.post(f"{where}/new-words", {"passphrase": stage_on_sqlite.passphrases["reviewer2"]})
    assert shown.status_code == 200
    assert "Invented words." in sentences(shown.text)
    assert shown.headers["Cache-Control"] == "no-store"
    logged = reviewer.post(f"{part}/concern", {"severity": "imminent", "channel": "own_words"})
    assert "Concern logged" in sentences(logged.text)
    assert "In danger now" in sentences(lead.get("/s/concerns"))
    (concern,) = re.findall(r'href="(/s/concerns/[^"?]+)"', lead.get("/s/concerns"))
    assert "within 72 hours against HIV" in sentences(lead.get(concern)), "the numbers of the policy (P-HEALTH)"
    assert "Nothing waits for a reader." in sentences(reviewer.get("/s/triage"))


def test_what_may_name_somebody_stands_out(stage_on_sqlite: Stage, desk: Desk) -> None:
    stage, told = stage_on_sqlite, "Call 0712 345 678. Or write to kim@example.org."
    with write(stage.engine) as db:
        entrance = responding.door(db, stage.strands["children"], NOW)
        assert entrance is not None
        sent = _submission(entrance, random.Random(9))
        texts = {each.id: told for each in entrance.form.for_person(sent.band) if each.kind is Kind.TEXT}
        sent = replace(sent, answers={**sent.answers, **texts})
        responding.give(db, EpochBook(stage.keys.row_seal), stage.keys, entrance, sent, NOW)
    reviewer, part = desk.browser("reviewer2"), f"/s/c/{stage.consultation_id}/{stage.strands['children']}"
    asked = reviewer.post(f"{part}/ask?mode=triage", {"reason": "Is somebody in danger?", "hours": 8})
    where = asked.location.partition("?")[0]
    desk.browser("lead1").post(f"{where}/grant", {"passphrase": stage.passphrases["lead1"]})
    shown = reviewer.post(f"{where}/new-words", {"passphrase": stage.passphrases["reviewer2"]})
    assert re.findall(r'<mark dir="auto">(.*?)</mark>', shown.text)[:2] == ["0712 345 678", "kim@example.org"]


def test_a_snapshot_is_shown_to_the_facilitator_and_made_by_an_inclusion_holder(
    stage_on_sqlite: Stage, desk: Desk
) -> None:
    part = f"/s/c/{stage_on_sqlite.consultation_id}/{stage_on_sqlite.strands['children']}/live"
    holder, facilitator = desk.browser("inclusion"), desk.browser("facilitator")
    assert "There is no snapshot yet" in sentences(facilitator.get(part))
    made = holder.post(part, {"passphrase": stage_on_sqlite.passphrases["inclusion"]})
    assert made.status_code == 303, sentences(made.text)
    assert "As it was on" in sentences(facilitator.get(part))
    assert "Make a new snapshot" not in sentences(facilitator.get(part))
    again = holder.post(part, {"passphrase": stage_on_sqlite.passphrases["inclusion"]})
    assert again.status_code == 409
    assert "Too few people have come" in sentences(again.text)


def test_a_snapshot_taken_as_a_file_passes_the_audit_beside_the_report_and_a_forged_one_does_not(
    stage_on_sqlite: Stage, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file holds what the page shows, in lots, and nothing of the exact counts behind it."""
    stage, holder, passphrases = stage_on_sqlite, desk.browser("inclusion"), stage_on_sqlite.passphrases
    part = f"/s/c/{stage.consultation_id}/{stage.strands['children']}/live"
    holder.post(part, {"passphrase": passphrases["inclusion"]})
    facilitator = desk.browser("facilitator")
    assert f"{part}/1.json" in facilitator.get(part)
    assert facilitator.take(f"{part}/1.json", "not this one").status_code == 403
    taken = facilitator.take(f"{part}/1.json", passphrases["facilitator"])
    assert "attachment" in taken.headers["Content-Disposition"]
    live = json.loads(taken.data)
    counts = [cell["count"] for table in live["tables"] for cell in table["cells"] if cell["count"] is not None]
    assert counts
    assert all(count % live["told_in_lots_of"] == 0 for count in counts)
    assert "audit" not in live  # the one of the exact counts
    give(stage, "children", 9, seed=2)
    close_part(stage, "children")
    request = ask(stage, "children")
    grant(stage, request)
    release = json.loads(make(stage, request).content)
    assert f"live-{release['series']}" == live["series"]
    assert _audited(tmp_path, release, live) == 0
    capsys.readouterr()
    everybody = [cell for table in live["tables"] for cell in table["cells"] if set(cell["at"]) <= {"*"}]
    some = next(cell for table in live["tables"] for cell in table["cells"] if cell not in everybody)
    for cells, number, found in ((everybody, 40, "differencing"), ([some], 400, "inconsistent")):
        before = copy.deepcopy(cells)
        for cell in cells:
            cell.pop("in_lots_of", None)
            cell["count"] = number
        assert _audited(tmp_path, release, live) == 1
        assert found in capsys.readouterr().out
        for cell, was in zip(cells, before, strict=True):
            cell.update(was)
