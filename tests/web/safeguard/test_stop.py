"""The emergency stop: one press by anybody on duty, felt at every next request, known within minutes, lifted by two."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import Evidence, Strand, StrandState
from consult.services.gate.gating import judge
from consult.services.signed import debts, signing
from consult.services.signed.debts import DebtStatus
from tests.scenario import NOW, open_part
from tests.web.participate.walk import Walk
from tests.web.staff.desk import Browser, Desk, sentences


def part(stage: Stage, rest: str) -> str:
    return f"/s/c/{stage.consultation_id}/{stage.strands['children']}/{rest}"


def pressed(desk: Desk, stage: Stage, by: str) -> str:
    """The one press that a page offers; gives the address of the incident."""
    browser = desk.browser(by)
    (action,) = set(re.findall(r'action="([^"]+/run/stop)"', browser.get("/s/running")))
    answer = browser.post(action)
    assert answer.status_code == 303
    return str(answer.location).partition("?")[0]


def lift(desk: Desk, stage: Stage, by: str) -> int:
    words = {"review": "A false alarm: a drill", "passphrase": stage.passphrases[by]}
    return desk.browser(by).post(part(stage, "run/lift"), words).status_code


def state(stage: Stage) -> str:
    with read(stage.engine) as db:
        return db.get_one(Strand, stage.strands["children"]).state


def test_one_press_reaches_everybody_inside_and_two_lift_it(desk: Desk, stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    code = open_part(stage, "children")
    walks = [Walk(desk.app) for _ in range(2)]
    for walk in walks:
        walk.begin(code=code)
    incident = pressed(desk, stage, "facilitator")
    for walk, page in zip(walks, (walks[0].get("/c/q/1"), walks[1].post("/c/q/1", {"skip": "1"})), strict=True):
        assert "We have deleted what you wrote" in page.text
        assert walk.cookies == {}
    assert lift(desk, stage, "facilitator") == 403
    assert lift(desk, stage, "lead1") == 303
    assert state(stage) == StrandState.STOPPED, "one yes lifts nothing"
    assert lift(desk, stage, "lead2") == 403, "the second yes is the approver's"
    assert lift(desk, stage, "approver") == 303
    assert state(stage) == StrandState.SUSPENDED, "a lifted stop opens nothing"
    assert "Lifted by two people" in sentences(desk.browser("lead1").get(incident))


def test_a_place_is_stopped_for_every_part_and_two_who_are_kept_out_of_none_lift_it(
    desk: Desk, stage_on_sqlite: Stage
) -> None:
    stage = stage_on_sqlite
    walk = Walk(desk.app)
    walk.begin(code=open_part(stage, "children"))
    with write(stage.engine) as db:
        place = db.get_one(Strand, stage.strands["children"]).facts["jurisdictions"][0]
        talks = db.get_one(Strand, stage.strands["child_survivors"])
        talks.facts = {**talks.facts, "jurisdictions": [], "platform": "Talk"}
    facilitator = desk.browser("facilitator")
    assert 'href="/s/stops/new"' in facilitator.get("/s/running")
    assert facilitator.post("/s/stops/new", {"what": "", "cause": ""}).status_code == 422
    made = facilitator.post("/s/stops/new", {"what": f"jurisdiction/{place}", "cause": "A flood"})
    assert made.status_code == 303
    incident = str(made.location).partition("?")[0]
    assert "We have deleted what you wrote" in walk.get("/c/q/1").text
    assert state(stage) == StrandState.STOPPED
    assert incident in desk.browser("manager").get("/s/"), "the head of the organisation has to know"
    assert incident in facilitator.get("/s/running")
    again = facilitator.post("/s/stops/new", {"what": f"jurisdiction/{place}", "cause": "A flood"})
    assert str(again.location).startswith(incident), "pressed twice it is one"

    def yes(by: str) -> int:
        words = {"review": "The water is gone", "passphrase": stage.passphrases[by]}
        return desk.browser(by).post(f"{incident}/lift", words).status_code

    assert yes("facilitator") == 404
    assert yes("lead2") == 303
    out = {"person": stage.people["lead2"].id, "reason": "Owns the hall", "passphrase": stage.passphrases["approver"]}
    assert desk.browser("approver").post(f"/s/c/{stage.consultation_id}/apart", out).status_code == 303
    desk.browser("lead2").get(incident, 404)
    other = facilitator.post("/s/stops/new", {"what": "platform/Talk", "cause": ""})
    assert "Platform: Talk" in sentences(facilitator.get(str(other.location)))
    assert yes("approver") == 303
    assert state(stage) == StrandState.STOPPED, "half a yes of who is kept out counts no more"
    assert yes("lead1") == 303
    assert state(stage) == StrandState.SUSPENDED, "a lifted stop opens nothing"
    assert "Lifted by two people" in sentences(desk.browser("lead1").get(incident))


def test_an_emergency_pauses_children_there_until_the_place_is_looked_at_anew_and_two_end_it(
    desk: Desk, stage_on_sqlite: Stage
) -> None:
    """X27: other audiences and other countries go on, and while it lasts what was found holds seven days."""
    stage = stage_on_sqlite
    children = Walk(desk.app)
    children.begin(code=open_part(stage, "children"))
    adults = open_part(stage, "young_adults")
    with read(stage.engine) as db:
        place = db.get_one(Strand, stage.strands["children"]).facts["jurisdictions"][0]
    made = desk.browser("facilitator").post("/s/stops/new", {"what": f"alert/{place}", "cause": "An earthquake"})
    incident = str(made.location).partition("?")[0]
    assert "We have deleted what you wrote" in children.get("/c/q/1").text
    assert state(stage) == StrandState.SUSPENDED
    assert "This is closed right now." not in Walk(desk.app).post("/", {"code": adults}).text
    assert incident in desk.browser("manager").get("/s/")
    assert "The emergency goes on" in sentences(desk.browser("lead1").get(incident))
    desk.now[0] = NOW + timedelta(hours=1)
    lead, approver = desk.browser("lead1"), desk.browser("approver")
    with read(stage.engine) as db:
        assert failing(db, stage, desk.now[0]) == {"SAF-22"}
    proof = {"statement": "The school stands, the service answers there", "subject": place}
    assert lead.post(part(stage, "safeguards/SAF-22/attest"), proof).status_code == 303
    with read(stage.engine) as db:
        newest = select(Evidence.id).where(Evidence.requirement == "SAF-22").order_by(Evidence.attested_at.desc())
        evidence = db.scalars(newest).first()
    assert approver.post(part(stage, "safeguards/SAF-22/verify"), {"evidence_id": evidence}).status_code == 303
    with read(stage.engine) as db:
        assert failing(db, stage, desk.now[0]) == set()
        assert failing(db, stage, NOW + timedelta(days=8)) == {"SAF-22"}
    for browser, name in ((lead, "lead1"), (approver, "approver")):
        with read(stage.engine) as db:
            assert failing(db, stage, NOW + timedelta(days=8)) == {"SAF-22"}
        yes = {"review": "The ground is still", "passphrase": stage.passphrases[name]}
        assert browser.post(f"{incident}/lift", yes).status_code == 303
    with read(stage.engine) as db:
        assert failing(db, stage, NOW + timedelta(days=8)) == set()
    assert state(stage) == StrandState.SUSPENDED, "a restart is signed anew"


def failing(db: Session, stage: Stage, at: datetime) -> set[str]:
    strand = db.get_one(Strand, stage.strands["children"])
    return {each.requirement for each in judge(db, strand, stage.policy, at).evaluation.reasons} & {"SAF-22"}


def test_who_has_to_know_is_named_until_they_have_seen_it(desk: Desk, stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, "children")
    incident = pressed(desk, stage, "facilitator")
    facilitator, manager = desk.browser("facilitator"), desk.browser("manager")
    assert incident in manager.get("/s/"), "the head of the organisation finds it first on the home page"
    assert manager.post(f"{incident}/seen").status_code == 303
    assert facilitator.post(f"{incident}/seen").status_code == 403
    assert "Call them now" not in facilitator.get(incident)
    desk.now[0] = NOW + timedelta(minutes=15)
    facilitator = desk.browser("facilitator")
    told = sentences(facilitator.get(incident)).partition("Call them now:")[2].partition("Parts")[0]
    assert "Lena Lead" in told
    assert "Olu Manager" not in told.partition("Not seen yet")[0]
    assert "No cause was written." in facilitator.get(incident)
    assert facilitator.post(f"{incident}/cause", {"cause": " "}).status_code == 422
    assert facilitator.post(f"{incident}/cause", {"cause": "Somebody unknown in the room"}).status_code == 303
    assert facilitator.post(f"{incident}/cause", {"cause": "Another story"}).status_code == 409


def fall_back(stage: Stage) -> None:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["child_survivors"])
        judgement = judge(db, strand, stage.policy, NOW, decide_now=True)
        assert judgement.evaluation.decision == "FALLBACK"
        signing.sign(
            db, stage.keys, stage.policy, stage.people["lead2"], strand, judgement.evaluation.decision,
            judgement.plan.digest(), stage.passphrases["lead2"], NOW, decide_now=True,
        )  # fmt: skip


def registered(browser: Browser) -> str:
    return sentences(browser.get("/s/register")).partition("Register")[2]


def test_a_fallback_is_owed_in_public_until_the_children_are_asked(desk: Desk, stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    assert "Child survivors" not in registered(desk.browser("facilitator")), "prepared is not promised"
    fall_back(stage)
    facilitator, nobody = desk.browser("facilitator"), Walk(desk.app)
    assert "Child survivors, with their own service" in registered(facilitator)
    public = nobody.get("/promises").text
    assert "No specialist service can be in the room with child survivors yet." in public
    assert "We will ask the children by" in public
    assert "Child survivors, with their own service" not in public, "what staff call a part is nobody's business"
    strand_id = stage.strands["child_survivors"]
    lead = desk.browser("lead1")
    assert lead.post(f"/s/register/{strand_id}", {"by": stage.strands["children"]}).status_code == 409
    with write(stage.engine) as db:
        debts.keep_by_opening(db, stage.keys, db.get_one(Strand, strand_id), "lead1", NOW)
    with read(stage.engine) as db:
        (entry,) = debts.public_register(db, NOW + timedelta(days=4000))
        assert (entry.status, entry.kept_by) == (DebtStatus.KEPT, "Child survivors, with their own service")


def test_a_day_that_went_by_is_said(desk: Desk, stage_on_sqlite: Stage) -> None:
    fall_back(stage_on_sqlite)
    desk.now[0] = NOW + timedelta(days=400)
    assert "Day missed" in registered(desk.browser("facilitator"))
    assert "We have not done it yet" in Walk(desk.app).get("/promises").text
