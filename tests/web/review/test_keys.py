"""The pages of keys: confirming, giving a half on, leaving, new halves, and the way back with the printed code."""

from __future__ import annotations

import re

from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.models import InclusionShare, Person, StrandShare
from consult.sealing.identity import LIGHT
from consult.services.holders import leaving
from consult.services.keys import confirming
from consult.services.keys.keystore import generation_of
from consult.services.people import accounts, onboarding
from safeguards.terms import Role
from tests.scenario import NOW
from tests.web.staff.desk import Browser, Desk, sentences


def secrets(page: str) -> list[str]:
    """What a page shows once: a passphrase, a recovery code."""
    return [re.sub(r"<[^>]+>", "", each) for each in re.findall(r'class="secret">(.+?)</p>', page)]


def invited(stage: Stage, desk: Desk, name: str, role: Role) -> Browser:
    """Somebody new, who has joined by the link and is signed in; nobody has confirmed the key."""
    with write(stage.engine) as db:
        admin, email = stage.people["admin"], f"{name}@demo.example"
        code = onboarding.invite(db, stage.keys, admin, name.capitalize(), email, [role], NOW).code
        stage.people[name], made = onboarding.accept(db, stage.keys, code, NOW, stretching=LIGHT)
        stage.passphrases[name] = made.passphrase
    return desk.browser(name)


def sets_own(stage: Stage, desk: Desk, name: str, browser: Browser) -> tuple[Browser, str]:
    """The person sets a passphrase; a browser that is signed in anew, and the recovery code."""
    answer = browser.post("/s/me", {"passphrase": stage.passphrases[name], "own": ""})
    stage.passphrases[name], code = secrets(answer.text)
    return desk.browser(name), code


def test_from_an_invitation_to_a_half_of_a_signed_part(closed: Stage, desk: Desk) -> None:
    part = f"/s/c/{closed.consultation_id}/{closed.strands['young_adults']}/key"
    eve = invited(closed, desk, "eve", Role.SAFEGUARDING_LEAD)
    eve, _ = sets_own(closed, desk, "eve", eve)
    (fingerprint,) = secrets(eve.get("/s/me"))
    witness, who = desk.browser("manager"), closed.people["eve"].id
    assert "Confirm a holder" in sentences(witness.get("/s/"))
    wrong = witness.post(f"/s/holders/{who}", {"fingerprint": "0000", "passphrase": closed.passphrases["manager"]})
    assert wrong.status_code == 422
    assert "This is not the fingerprint" in sentences(wrong.text)
    typed = {"fingerprint": fingerprint.upper(), "passphrase": closed.passphrases["manager"]}
    assert witness.post(f"/s/holders/{who}", typed).status_code == 303
    assert "Confirmed by Olu Manager" in sentences(witness.get("/s/holders"))
    lead = desk.browser("lead1")
    given = lead.post(part, {"person": who, "passphrase": closed.passphrases["lead1"]})
    assert given.status_code == 303
    assert "Eve joined, added by Lena Lead." in sentences(desk.browser("reviewer1").get(part))
    assert "Somebody joined the holders" in sentences(desk.browser("reviewer1").get("/s/"))
    assert "Key" in sentences(eve.get(part))


def test_a_leaver_new_halves_and_nobody_else_on_the_page(closed: Stage, desk: Desk) -> None:
    strand = closed.strands["young_adults"]
    part = f"/s/c/{closed.consultation_id}/{strand}/key"
    eve, _ = sets_own(closed, desk, "eve", invited(closed, desk, "eve", Role.SAFEGUARDING_LEAD))
    with write(closed.engine) as db:
        heard, witness = confirming.fingerprint_of(db, closed.keys, closed.people["eve"]), closed.people["manager"]
        who, said = closed.people["eve"].id, closed.passphrases["manager"]
        confirming.confirm_holder(db, closed.keys, witness, who, heard, said, NOW)
        leaving.end_account(db, closed.keys, closed.policy, "lead2@demo.example", NOW)
    eve.get(part, status=404)
    lead, reviewer = desk.browser("lead1"), desk.browser("reviewer1")
    assert "fewer than two holders" in sentences(reviewer.get(part))
    lead.post(part, {"person": who, "passphrase": closed.passphrases["lead1"]})
    assert "New halves are needed" in sentences(reviewer.get("/s/"))
    ask = f"/s/c/{closed.consultation_id}/{strand}/ask?mode=rewrap"
    request = reviewer.post(ask, {"reason": "A lead left.", "hours": "8"}).location.partition("?")[0]
    assert "two new halves of the key" in sentences(lead.get(request)).casefold()
    assert lead.post(f"{request}/grant", {"passphrase": closed.passphrases["lead1"]}).status_code == 303
    refused = reviewer.post(f"{request}/halves", {"passphrase": "wrong"})
    assert (refused.status_code, "not your passphrase" in sentences(refused.text)) == (403, True)
    drawn = reviewer.post(f"{request}/halves", {"passphrase": closed.passphrases["reviewer1"]})
    assert drawn.status_code == 303
    assert "New halves were drawn." in sentences(reviewer.get(part))
    assert "New halves are needed" not in sentences(reviewer.get("/s/"))
    with read(closed.engine) as db:
        assert generation_of(db, strand) == 2


def test_ending_an_account_takes_the_passphrase_and_says_which_answers_go_with_it(closed: Stage, desk: Desk) -> None:
    admin, ids = desk.browser("admin"), {name: who.id for name, who in closed.people.items()}
    last = "Without it nobody can open the answers, ever."
    assert last not in sentences(admin.get(f"/s/people/{ids['lead2']}/end"))
    for typed, status in ((None, 403), ("wrong", 403), (closed.passphrases["admin"], 303)):
        sent = {"passphrase": typed} if typed else {}
        assert admin.post(f"/s/people/{ids['lead2']}/end", sent).status_code == status
    with read(closed.engine) as db:
        assert [db.get_one(Person, ids[name]).active for name in ("lead1", "lead2")] == [True, False]
    warned = sentences(admin.get(f"/s/people/{ids['lead1']}/end"))
    assert last in warned
    assert "Young adults 18 to 24" in warned


def test_back_in_with_the_printed_code(closed: Stage, desk: Desk) -> None:
    _, code = sets_own(closed, desk, "lead1", desk.browser("lead1"))
    client = desk.app.test_client()
    wrong = client.post("/s/recover", data={"email": "lead2@demo.example", "code": code})
    assert (wrong.status_code, "do not belong together" in sentences(wrong.text)) == (403, True)
    slip = client.post("/s/recover", data={"email": "lead1@demo.example", "code": code[:-1]})
    assert (slip.status_code, "nine groups of three" in sentences(slip.text)) == (422, True)
    done = client.post("/s/recover", data={"email": "lead1@demo.example", "code": code})
    passphrase, another = secrets(done.text)
    assert another != code
    with read(closed.engine) as db:
        assert accounts.sign_in(db, closed.keys, "lead1@demo.example", passphrase)


def test_a_passphrase_that_somebody_may_know_is_replaced_with_its_key(closed: Stage, desk: Desk) -> None:
    lead = desk.browser("lead1")
    before = secrets(lead.get("/s/me"))
    done = lead.post("/s/me/known", {"secret": closed.passphrases["lead1"]})
    assert len(secrets(done.text)) == 2
    assert secrets(desk.browser("lead1").get("/s/me")) != before
    assert "Somebody left the holders" in sentences(desk.browser("lead2").get("/s/"))


def held(stage: Stage) -> list[tuple[str, str, bytes]]:
    """Every half as it lies there."""
    with read(stage.engine) as db:
        rows = db.execute(select(StrandShare.strand_id, StrandShare.person_id, StrandShare.sealed)).all()
    return sorted(tuple(row) for row in rows)


def test_a_half_goes_to_nobody_but_a_confirmed_person_of_the_same_role(closed: Stage, desk: Desk) -> None:
    """The wrong giver, the wrong receiver, the wrong passphrase: told in the page's own words, and no half moves."""
    part = f"/s/c/{closed.consultation_id}/{closed.strands['young_adults']}/key"
    invited(closed, desk, "eve", Role.SAFEGUARDING_LEAD)
    before, people, said = held(closed), {name: who.id for name, who in closed.people.items()}, closed.passphrases
    cases = [
        ("lead1", people["eve"], said["lead1"], 422),  # nobody has confirmed her
        ("lead1", people["reviewer1"], said["lead1"], 422),  # the other role
        ("lead1", people["lead2"], said["lead1"], 422),  # holds one already
        ("lead1", people["lead1"], said["lead1"], 422),
        ("lead1", "nobody", said["lead1"], 422),
        ("reviewer1", people["eve"], said["reviewer1"], 422),
        ("facilitator", people["eve"], said["facilitator"], 404),
        ("eve", people["eve"], said["eve"], 404),
        ("admin", people["eve"], said["admin"], 404),
    ]
    for giver, receiver, passphrase, status in cases:
        answer = desk.browser(giver).post(part, {"person": receiver, "passphrase": passphrase})
        assert (giver, receiver, answer.status_code) == (giver, receiver, status)
    with write(closed.engine) as db:
        heard = confirming.fingerprint_of(db, closed.keys, closed.people["eve"])
        confirming.confirm_holder(db, closed.keys, closed.people["manager"], people["eve"], heard, said["manager"], NOW)
    for giver, passphrase, status in (
        ("lead1", "wrong", 403),
        ("reviewer1", said["reviewer1"], 422),
        ("facilitator", said["facilitator"], 404),
    ):
        answer = desk.browser(giver).post(part, {"person": people["eve"], "passphrase": passphrase})
        assert (giver, answer.status_code) == (giver, status)
    assert held(closed) == before
    given = desk.browser("lead1").post(part, {"person": people["eve"], "passphrase": said["lead1"]})
    assert (given.status_code, len(held(closed))) == (303, len(before) + 1), "the control: the right person does"


def test_new_halves_take_the_reviewer_who_asked_a_grant_and_the_moment(closed: Stage, desk: Desk) -> None:
    strand, said = closed.strands["young_adults"], closed.passphrases
    part = f"/s/c/{closed.consultation_id}/{strand}"
    before, asks = held(closed), {"reason": "A lead left.", "hours": "8"}
    reviewer, lead = desk.browser("reviewer1"), desk.browser("lead1")
    tables = str(reviewer.post(f"{part}/ask?mode=tables", asks).location).partition("?")[0]
    halves = str(reviewer.post(f"{part}/ask?mode=rewrap", asks).location).partition("?")[0]

    def drawn(browser: Browser, request: str, who: str) -> int:
        return int(browser.post(f"{request}/halves", {"passphrase": said[who]}).status_code)

    assert drawn(reviewer, halves, "reviewer1") in {403, 409}, "no lead has granted it"
    for request in (tables, halves):
        assert lead.post(f"{request}/grant", {"passphrase": said["lead1"]}).status_code == 303
    assert drawn(reviewer, tables, "reviewer1") in {403, 404, 409}, "granted for tables, not for this"
    assert drawn(lead, halves, "lead1") == 404
    assert drawn(desk.browser("reviewer2"), halves, "reviewer2") in {403, 404, 409}, "somebody else asked"
    assert drawn(desk.browser("reviewer1"), halves, "reviewer1") in {403, 409}, "another sign-in: its cookie is gone"
    assert held(closed) == before
    assert drawn(reviewer, halves, "reviewer1") == 303
    after = held(closed)
    assert after != before
    assert drawn(reviewer, halves, "reviewer1") == 409, "a grant is used once"
    assert held(closed) == after


def test_what_one_holds_of_the_inclusion_key_goes_to_nobody_without_the_role(closed: Stage, desk: Desk) -> None:
    part = f"/s/c/{closed.consultation_id}/{closed.strands['young_adults']}/live/holders"
    with read(closed.engine) as db:
        before = sorted(db.scalars(select(InclusionShare.person_id)).all())
    for giver, receiver, status in (
        ("inclusion", "lead1", 422),
        ("inclusion", "inclusion", 422),
        ("lead1", "reviewer1", 404),
        ("facilitator", "inclusion", 404),
    ):
        form = {"person": closed.people[receiver].id, "own_passphrase": closed.passphrases[giver]}
        assert (giver, desk.browser(giver).post(part, form).status_code) == (giver, status)
    with read(closed.engine) as db:
        assert sorted(db.scalars(select(InclusionShare.person_id)).all()) == before
