"""The gate page says what stops, who acts and where; evidence by one, check by another; then the decision."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.models import Evidence, Person, Stop, Strand
from consult.resources import catalogue
from consult.web.languages import use_language
from consult.web.words import capital, moment, told
from safeguards.said import Language, Place, joined, said
from safeguards.terms import Role
from tests.office import NOW, Office
from tests.web.staff.desk import Desk, sentences


@pytest.fixture
def proven(office: Office, part: tuple[str, str]) -> tuple[str, str]:
    office.staffed(part[0], [office.service()])
    office.proven(part[0])
    return part


def evidence(office: Office, requirement: str) -> list[Evidence]:
    with read(office.engine) as db:
        rows = list(db.scalars(select(Evidence).where(Evidence.requirement == requirement)))
        db.expunge_all()
        return rows


def blockers(page: str) -> int:
    found = re.search(r"(\d+) things? stops? this from opening", sentences(page))
    return int(found[1]) if found else 0


def test_an_attested_and_checked_safeguard_is_one_thing_less(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    _, base = part
    otto, ines = desk.browser("otto"), desk.browser("ines")
    before = blockers(otto.get(f"{base}/safeguards"))
    assert otto.post(f"{base}/safeguards/SAF-01/attest", {"statement": "Board minute of 3 March"}).status_code == 303
    waits = otto.get(f"{base}/safeguards/SAF-01")
    assert "You attested this yourself" in sentences(waits)
    assert "I have checked it" not in waits
    assert blockers(otto.get(f"{base}/safeguards")) == before
    (row,) = evidence(office, "SAF-01")
    assert "I have checked it" in ines.get(f"{base}/safeguards/SAF-01")
    assert ines.post(f"{base}/safeguards/SAF-01/verify", {"evidence_id": row.id}).status_code == 303
    assert blockers(otto.get(f"{base}/safeguards")) == before - 1


def test_nobody_checks_their_own_word_by_a_forged_form(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    evidence_id = office.attested(strand_id, "SAF-06", "leila")
    leila = desk.browser("leila")
    assert leila.post(f"{base}/safeguards/SAF-06/verify", {"evidence_id": evidence_id}).status_code == 403
    assert evidence(office, "SAF-06")[0].verified_by is None


def test_who_may_not_attest_sees_no_form_and_can_not_post_one(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    _, base = part
    nadia = desk.browser("nadia")
    page = nadia.get(f"{base}/safeguards/SAF-01")
    assert "I attest this" not in page
    assert "Your roles do not attest this" in sentences(page)
    assert nadia.post(f"{base}/safeguards/SAF-01/attest", {"statement": "Trust me"}).status_code == 403
    assert evidence(office, "SAF-01") == []


def test_an_empty_statement_keeps_the_rest_of_the_form(desk: Desk, part: tuple[str, str]) -> None:
    _, base = part
    answer = desk.browser("otto").post(f"{base}/safeguards/SAF-01/attest", {"statement": " ", "expires": "2031-05-06"})
    assert answer.status_code == 422
    assert 'href="#statement"' in answer.text
    assert 'value="2031-05-06"' in answer.text


def test_one_statement_covers_every_person_that_is_ticked(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    office.staffed(strand_id)
    ids = [office.people[name].id for name in ("nadia", "leila")]
    answer = desk.browser("otto").post(f"{base}/safeguards/TRN-01/attest", {"statement": "Seen", "subject": ids})
    assert answer.status_code == 303
    assert {row.subject for row in evidence(office, "TRN-01")} == set(ids)


def test_evidence_about_somebody_else_is_refused(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    office.staffed(strand_id)
    answer = desk.browser("otto").post(
        f"{base}/safeguards/TRN-01/attest", {"statement": "Seen", "subject": [office.people["admin"].id]}
    )
    assert answer.status_code == 422
    assert evidence(office, "TRN-01") == []


def test_the_stop_go_record_needs_its_finding(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    _, base = part
    nadia = desk.browser("nadia")
    page = f"{base}/safeguards/SAF-02/attest"
    assert nadia.post(page, {"statement": "Searched"}).status_code == 422
    assert nadia.post(page, {"statement": "Searched", "finding": "necessary"}).status_code == 303
    assert evidence(office, "SAF-02")[0].finding == "necessary"


def test_a_group_is_attested_by_one_and_checked_by_another_in_one_go(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    _, base = part
    nadia, leila = desk.browser("nadia"), desk.browser("leila")
    wanted = ["SAF-03", "SAF-14", "SAF-15"]
    page = f"{base}/together/safety"
    assert nadia.post(page, {"do": "attest", "statement": "All seen"}).status_code == 422, "nothing is ticked"
    answer = nadia.post(page, {"do": "attest", "statement": "All seen", "requirement": wanted})
    assert answer.status_code == 303
    rows = [row for requirement in wanted for row in evidence(office, requirement)]
    assert len(rows) == 3
    assert nadia.post(page, {"do": "verify", "evidence_id": [row.id for row in rows]}).status_code == 403
    assert leila.post(page, {"do": "verify", "evidence_id": [row.id for row in rows]}).status_code == 303
    assert all(row.verified_by for requirement in wanted for row in evidence(office, requirement))


def test_among_several_what_was_found_and_who_signed_outside_are_said_for_each(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    office.staffed(strand_id, [office.service()])
    nadia, page = desk.browser("nadia"), f"{base}/together/all"
    wanted = {"do": "attest", "statement": "All seen", "requirement": ["SAF-02", "SAF-03", "SAF-08", "SUP-01"]}
    refused = nadia.post(page, wanted)
    assert refused.status_code == 422
    for field in ("finding", "finding_statement", "outside-SAF-08", "outside-SUP-01"):
        assert f'href="#{field}"' in refused.text
    assert evidence(office, "SAF-03") == [], "nothing is half stored"
    said = {
        "finding": "necessary",
        "finding_statement": "Searched",
        "outside-SAF-08": "A lawyer",
        "outside-SUP-01": "B",
    }
    assert nadia.post(page, {**wanted, **said}).status_code == 303
    assert {row.statement for row in evidence(office, "SAF-02")} == {"Searched"}
    assert [row.outside_person for each in ("SAF-08", "SUP-01") for row in evidence(office, each)] == ["A lawyer", "B"]


def test_taking_back_asks_why(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    evidence_id = office.attested(strand_id, "SAF-01", "otto")
    otto = desk.browser("otto")
    page = f"{base}/safeguards/SAF-01/revoke"
    assert otto.post(page, {"evidence_id": evidence_id, "reason": ""}).status_code == 422
    assert otto.post(page, {"evidence_id": evidence_id, "reason": "Withdrawn by the board"}).status_code == 303
    assert "Withdrawn by the board" in sentences(otto.get(f"{base}/safeguards/SAF-01"))


def test_names_stand_where_the_rules_know_ids(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    office.staffed(strand_id, [office.service()])
    with write(office.engine) as db:
        where, leila = db.get_one(Strand, strand_id).consultation_id, office.people["leila"].id
        db.add(Stop(scope="consultation", subject=where, cause="", pressed_by=leila, pressed_at=NOW))
    page = sentences(desk.browser("nadia").get(f"{base}/safeguards"))
    assert "Leila Able: there is no evidence" in page
    assert "Emergency stop" in page
    assert not re.search(r"\b([0-9a-f]{20}|[a-z]+-[a-z]+\. An? )", page)


def test_who_reads_french_meets_titles_roles_and_dates_in_french(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    office.staffed(strand_id, [office.service()])
    with write(office.engine) as db:
        db.get_one(Person, office.people["nadia"].id).language = "fr"
    nadia, known = desk.browser("nadia"), catalogue("fr")
    gate = sentences(nadia.get(f"{base}/safeguards"))
    titles = [rule.title for rule in office.policy.requirements.values() if known.gettext(rule.title) in gate]
    assert len(titles) > 30
    assert [title for title in titles if title in gate and known.gettext(title) != title] == []
    sheet = sentences(nadia.get(f"{base}/safeguards/TRN-02"))
    rule = office.policy.requirements["TRN-02"]
    for text in (rule.title, rule.requirement, rule.evidence):
        assert known.gettext(text)[1:] in sheet
        assert text not in sheet


def test_no_request_for_a_decision_before_it_is_ready(desk: Desk, part: tuple[str, str]) -> None:
    _, base = part
    page = desk.browser("nadia").get(f"{base}/safeguards")
    assert f'action="{base}/send"' not in page
    assert "Wait until ready: move the dates" in sentences(page)


def test_ready_it_is_sent_and_can_be_taken_back(desk: Desk, office: Office, proven: tuple[str, str]) -> None:
    strand_id, base = proven
    nadia = desk.browser("nadia")
    page = nadia.get(f"{base}/safeguards")
    assert "All safeguards that must hold are in place" in sentences(page)
    assert f'action="{base}/send"' in page
    assert nadia.post(f"{base}/send").status_code == 303
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).state == "gate_pending"
    assert nadia.post(f"{base}/send").status_code == 409
    assert nadia.post(f"{base}/take-back").status_code == 303
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).state == "draft"


@pytest.mark.parametrize("state", ["refused", "fallen_back"])
def test_what_was_refused_or_replaced_can_be_taken_up_again(
    desk: Desk, office: Office, part: tuple[str, str], state: str
) -> None:
    strand_id, base = part
    with write(office.engine) as db:
        db.get_one(Strand, strand_id).state = state
    nadia = desk.browser("nadia")
    assert "Take it back to change it" in nadia.get(f"{base}/safeguards")
    assert nadia.post(f"{base}/take-back").status_code == 303
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).state == "draft"


def test_a_part_that_is_not_open_has_nothing_to_share(desk: Desk, proven: tuple[str, str]) -> None:
    _, base = proven
    page = desk.browser("nadia").get(f"{base}/share")
    assert "Nothing to share" in sentences(page)
    assert f'action="{base}/pause"' not in page


def test_a_plan_that_can_not_be_read_is_said_plainly(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    with office.engine.begin() as db:
        db.exec_driver_sql("UPDATE strands SET facts = json_set(facts, '$.minutes', 'ten') WHERE id = ?", (strand_id,))
    page = sentences(desk.browser("nadia").get(f"{base}/safeguards"))
    assert "The plan can not be read yet" in page
    assert "minutes" in page
    with office.engine.begin() as db:
        db.exec_driver_sql("UPDATE strands SET facts = json_remove(facts, '$.languages') WHERE id = ?", (strand_id,))
    page = sentences(desk.browser("nadia").get(f"{base}/safeguards"))
    assert "Languages in which they may answer" in page, "as the plan's page calls it"


def test_the_page_says_when_it_opens_in_local_time(desk: Desk, part: tuple[str, str]) -> None:
    _, base = part
    assert NOW.year == 2030
    assert "Mon 11 March 2030, 09:00" in sentences(desk.browser("nadia").get(f"{base}/safeguards"))


def test_values_in_a_sentence_of_the_rules_are_written_as_the_page_writes_them(desk: Desk) -> None:
    starts = datetime(2026, 12, 4, 13, 50, tzinfo=UTC).astimezone(ZoneInfo("America/Lima"))
    what = {"who": Role.SAFEGUARDING_LEAD, "language": Language("ar"), "place": Place("PE")}
    clause = joined((starts, said("%(who)s, %(language)s, %(place)s", **what)), ": ")
    with desk.app.test_request_context():
        use_language("fr")
        assert told(clause) == f"{moment(starts, 'America/Lima')}: responsable de la protection, arabe, Pérou"
        assert "08:50" in capital(clause)
        assert capital(joined((Role.SAFEGUARDING_LEAD,))) == "Responsable de la protection"
