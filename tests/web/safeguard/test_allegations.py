"""The pages of allegations: from the press of a lead to the yes of two, and nothing for whom it is about."""

from __future__ import annotations

from consult.database import write
from consult.demo.setup import Stage
from consult.models import Person
from tests.scenario import open_part, row
from tests.web.staff.desk import Desk, sentences

NEW, HOME = "/s/allegations/new", "/s/"


def test_from_the_press_of_a_lead_to_the_yes_of_two(desk: Desk, stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, "children")
    lead, approver = desk.browser("lead1"), desk.browser("approver")
    whom = f"person/{stage.people['facilitator'].id}"
    form = {"kind": "allegation", "about": whom, "passphrase": stage.passphrases["lead1"]}
    assert "Log an allegation" in sentences(lead.get("/s/allegations"))
    assert f'value="{whom}"' in lead.get(NEW)
    assert lead.post(NEW, {**form, "about": ""}).status_code == 422
    assert lead.post(NEW, {**form, "passphrase": "not mine"}).status_code == 403
    assert row(stage, "children").state == "open"
    made = lead.post(NEW, form)
    assert made.status_code == 303
    where = str(made.location).partition("?")[0]
    assert row(stage, "children").state == "suspended"
    page = sentences(lead.get(where))
    assert stage.people["facilitator"].name in page
    assert "Paused" in page
    assert lead.post(where, {"passphrase": stage.passphrases["lead1"]}).status_code == 303
    assert "Yes, nothing stands against it" not in lead.get(where)
    assert where not in lead.get(HOME)
    assert f'href="{where}"' in approver.get(HOME), "it is the approver's turn"
    assert "An allegation is open" in sentences(approver.get("/s/notices"))
    assert lead.post(where, {"passphrase": stage.passphrases["lead1"]}).status_code == 403
    assert approver.post(where, {"passphrase": stage.passphrases["approver"]}).status_code == 303
    assert "Ended by two people" in sentences(approver.get(where))


def test_for_whom_it_is_about_it_is_not_there(desk: Desk, stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    whom = f"person/{stage.people['lead2'].id}"
    form = {"kind": "allegation", "about": whom, "passphrase": stage.passphrases["lead1"]}
    where = str(desk.browser("lead1").post(NEW, form).location).partition("?")[0]
    accused = desk.browser("lead2")
    assert accused.get(where, 404) == accused.get("/s/allegations/nothing-here", 404)
    assert where not in accused.get("/s/allegations")
    assert f'value="{whom}"' not in accused.get(NEW)
    for page in (HOME, "/s/notices"):
        assert "An allegation is open" not in sentences(accused.get(page))


def test_each_reader_finds_the_roles_in_their_own_language(desk: Desk, stage_on_sqlite: Stage) -> None:
    """A constant in a template is asked for each time: the first reader's language stayed for everybody."""
    stage = stage_on_sqlite
    form = {"kind": "allegation", "about": f"person/{stage.people['facilitator'].id}"}
    form["passphrase"] = stage.passphrases["lead1"]
    where = str(desk.browser("lead1").post(NEW, form).location).partition("?")[0]
    assert "Safeguarding lead" in sentences(desk.browser("lead1").get(where))
    with write(stage.engine) as db:
        db.get_one(Person, stage.people["lead1"].id).language = "fr"
    assert "Safeguarding lead" not in sentences(desk.browser("lead1").get(where))
