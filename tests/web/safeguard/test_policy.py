"""The page of the policy: everybody reads it, a lead proposes on it, an approver sees what it would do and decides."""

from __future__ import annotations

from consult.database import read
from consult.services.policyinforce import in_force
from consult.web.safeguard.policy import AMOUNTS, amount
from safeguards.lifecycle import StrandState
from safeguards.policyfile import default
from tests.scenario import open_part, row
from tests.web.staff.desk import Desk, sentences


def send(desk: Desk, name: str, where: str, **values: str) -> int:
    return desk.browser(name).post(where, {"passphrase": desk.office.passphrases[name], **values}).status_code


def propose(desk: Desk, by: str = "lead1", **numbers: str) -> int:
    given = {"case_default": "0", "case_S": "0", "case_H": "0", **numbers}
    return send(desk, by, "/s/policy/P-TEST", reason="Calls go stale.", **given)


def test_it_goes_from_a_proposal_to_a_paused_part(desk: Desk) -> None:
    open_part(desk.office, "children")  # type: ignore[arg-type] - the stage behind the desk
    assert propose(desk) == 303
    page = sentences(desk.browser("approver").get("/s/policy"))
    assert "A change waits for a decision" in page
    assert "30 becomes 0 days" in page
    assert "Calls go stale." in page
    assert "Paused" in page
    assert row(desk.office, "children").state == StrandState.OPEN  # type: ignore[arg-type]
    assert send(desk, "approver", "/s/policy", outcome="approved") == 303
    assert row(desk.office, "children").state == StrandState.SUSPENDED  # type: ignore[arg-type]
    page = sentences(desk.browser("facilitator").get("/s/policy"))
    assert "yours; 30 is usual" in page
    with read(desk.office.engine) as db:
        assert in_force(db).p("P-TEST") == 0


def test_what_is_refused_is_said_beside_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    answer = desk.browser("lead1").post(
        "/s/policy/P-TEST",
        {"case_default": "31", "case_S": "7", "case_H": "7", "reason": "Fewer calls", "passphrase": "wrong"},
    )
    assert answer.status_code == 422
    assert "less safe than the floor" in answer.text
    assert 'value="31"' in answer.text
    assert "Fewer calls" in answer.text


def test_whoever_proposed_may_only_withdraw(desk: Desk) -> None:
    propose(desk)
    assert "Withdraw it" in desk.browser("lead1").get("/s/policy")
    assert "Approve" not in desk.browser("lead1").get("/s/policy")
    assert send(desk, "lead1", "/s/policy", outcome="approved") == 403
    assert send(desk, "lead1", "/s/policy", outcome="withdrawn") == 303


def test_nothing_waits_and_nothing_is_there(desk: Desk) -> None:
    assert send(desk, "lead1", "/s/policy", outcome="approved") == 404
    assert desk.browser("lead1").client.get("/s/policy/P-NOTHING").status_code == 404


def test_every_unit_that_comes_with_the_program_is_said_with_its_number() -> None:
    shipped = {parameter.unit for parameter in default().parameters.values()}
    assert shipped == set(AMOUNTS)
    assert [amount(1, "days"), amount(2, "days"), amount(2, "boats")] == ["1 day", "2 days", "2 boats"]
