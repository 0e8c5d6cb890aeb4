"""Every staff address × every role × the wrong place: nothing opens by accident, and looking changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient

from consult.app import create_app
from consult.database import read, write
from consult.models import Person
from consult.services.actors import actor_of
from consult.services.people import accounts
from consult.services.people.sessions import begin_session
from safeguards.terms import Role
from tests import factories
from tests.office import NOW
from tests.toolbox.rows import dump
from tests.web.findings_matrix import FINDINGS, FINDINGS_FOR_HOLDERS
from tests.web.place import OF_PARTNERS, SECOND_STEP, Place, address, signed_in
from tests.web.staff.desk import Browser

EVERY_ROLE = frozenset(Role)
SETTING_UP = {Role.LEAD_FACILITATOR, Role.CO_FACILITATOR}
DECIDING = {Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER}
ON_DUTY = SETTING_UP | {Role.MODERATOR, Role.INTERPRETER, Role.SUPPORT_PRACTITIONER} | DECIDING
OFFICE = {Role.ORGANISATION_MANAGER, Role.TECHNICAL_OPERATOR, Role.DATA_PROTECTION_LEAD, Role.TRANSLATION_LEAD}
PROVING = ON_DUTY | OFFICE
REVIEWING = {Role.ANALYST, Role.REDACTOR}
OPENING = REVIEWING | {Role.SAFEGUARDING_LEAD}
WITNESSES = {Role.ORGANISATION_MANAGER, Role.DATA_PROTECTION_LEAD}
CONFIRMING = REVIEWING | DECIDING | WITNESSES | {Role.ADMINISTRATOR, Role.INCLUSION}
STOPPING = ON_DUTY | {Role.TECHNICAL_OPERATOR}

#: Who comes in, said a second time and independently of the table in the code: a line loosened there fails here.
WHO: Mapping[str, frozenset[Role] | set[Role]] = {
    **dict.fromkeys(
        (
            *("signin.home", "signin.me", "signin.code", "signin.known", "signin.leave", "signin.ways", "signin.end"),
            "signin.language",
            *("signin.notices", "signin.put_away", "signin.add_app", "signin.add_passkey", "signin.remove_way"),
            "signin.new_codes",
        ),
        EVERY_ROLE,
    ),
    **dict.fromkeys(
        (
            *("facilitate.consultations", "facilitate.overview", "facilitate.plan", "facilitate.meetings"),
            *("facilitate.questions", "facilitate.question", "facilitate.text", "facilitate.team", "facilitate.help"),
            "facilitate.xlsform",
            *("facilitate.services", "facilitate.service", "facilitate.new_service", "facilitate.change_service"),
            *("facilitate.take_known", "facilitate.confirm_calls"),
            *("facilitate.test_service", "facilitate.safeguards", "facilitate.requirement", "facilitate.attest"),
            *("facilitate.verify", "facilitate.revoke", "facilitate.together", "facilitate.document"),
            *("facilitate.evidence_desk", "facilitate.records", "facilitate.record", "facilitate.attest_record"),
            *("facilitate.verify_record", "facilitate.revoke_record"),
            *("facilitate.program_checks", "facilitate.verify_program_check", "facilitate.answer_lead"),
            *("facilitate.substitutes", "facilitate.end_substitute"),
            *("facilitate.languages", "facilitate.translation", "facilitate.translation_text"),
            *("facilitate.translation_file", "facilitate.take_translation_file", "facilitate.supplied"),
            *("facilitate.waivers", "facilitate.decide_waiver", "facilitate.easier", "facilitate.easier_text"),
            *("facilitate.aloud", "facilitate.recording", "facilitate.recordings"),
            *("facilitate.page_recordings", "facilitate.page_recording", "facilitate.page_sound"),
        ),
        PROVING,
    ),
    **dict.fromkeys(
        (
            *("facilitate.new", "facilitate.purpose", "facilitate.add", "facilitate.choose"),
            *("facilitate.send", "facilitate.take_back", "facilitate.own_question", "facilitate.question_file"),
        ),
        SETTING_UP,
    ),
    "facilitate.archive": SETTING_UP | WITNESSES,
    "facilitate.recusals": EVERY_ROLE - {Role.ADMINISTRATOR},
    "facilitate.lift_recusal": DECIDING,
    **dict.fromkeys(("facilitate.accept_substitute", "facilitate.keep_substitute"), DECIDING),
    **dict.fromkeys(("facilitate.appointments", "facilitate.dismiss"), frozenset({Role.ORGANISATION_MANAGER})),
    "safeguard.log": DECIDING,
    "safeguard.policy": EVERY_ROLE,
    **dict.fromkeys(("safeguard.change_parameter", "safeguard.decide_policy"), DECIDING),
    **dict.fromkeys(
        (
            *("facilitate.share", "facilitate.card", "facilitate.make_cards", "facilitate.pause", "safeguard.running"),
            *("facilitate.sessions", "facilitate.begin_session", "facilitate.session", "facilitate.do_in_session"),
            *("facilitate.pack", "facilitate.add_session", "facilitate.take_off_session", "facilitate.make_void"),
        ),
        ON_DUTY,
    ),
    **FINDINGS,
    **dict.fromkeys(("facilitate.partners", "facilitate.proposal"), PROVING),
    **dict.fromkeys(
        [f"facilitate.{n}" for n in ("partner_link", "remind_partner", "end_partner", "prove_codesign", "host")],
        SETTING_UP,
    ),
    **dict.fromkeys(OF_PARTNERS, frozenset[Role]()),
    **dict.fromkeys(
        (
            *("safeguard.queue", "safeguard.review", "safeguard.sign", "safeguard.give_back", "safeguard.ask_more"),
            "safeguard.decide_piece",
        ),
        DECIDING,
    ),
    **dict.fromkeys(("safeguard.apart", "safeguard.set_apart", "safeguard.decide_apart"), DECIDING),
    **dict.fromkeys(("safeguard.language", "safeguard.lift_wide"), DECIDING),
    **dict.fromkeys(("safeguard.allegations", "safeguard.log_allegation", "safeguard.allegation"), DECIDING),
    **dict.fromkeys(("safeguard.complaints", "safeguard.complaint", "safeguard.answer_complaint"), DECIDING),
    "facilitate.register": PROVING,
    "facilitate.keep_promise": DECIDING,
    **dict.fromkeys(("safeguard.run", "safeguard.do", "safeguard.stop_wide"), STOPPING),
    **dict.fromkeys(
        ("safeguard.incident", "safeguard.see_stop", "safeguard.write_cause"), STOPPING | {Role.ORGANISATION_MANAGER}
    ),
    **dict.fromkeys(("review.ask", "review.make", "review.redraw"), REVIEWING),
    **dict.fromkeys(("review.openings", "review.opening", "review.grant", "review.refuse"), OPENING),
    **dict.fromkeys(("review.key", "review.add_holder"), OPENING),
    **dict.fromkeys(
        (
            "review.certificates",
            "review.certificate_file",
            "review.releases",
            "review.report",
            "review.release_file",
            "review.report_file",
            "review.codebook_file",
            "review.totals_file",
        ),
        EVERY_ROLE - {Role.ADMINISTRATOR},
    ),
    **dict.fromkeys(
        [f"review.{name}" for name in ("coverage", "needs", "answer_need", "population", "population_template")]
        + ["review.read_population_file"],
        ON_DUTY | {Role.INCLUSION},
    ),
    "review.tell": SETTING_UP | DECIDING,
    **dict.fromkeys(
        [f"administer.{name}" for name in ("people", "add", "roles", "again", "reset", "disable")],
        frozenset({Role.ADMINISTRATOR}),
    ),
    **dict.fromkeys(("administer.holders", "administer.confirm"), CONFIRMING),
    **dict.fromkeys(
        (
            *("safeguard.help_requests", "safeguard.help_request", "safeguard.read_help", "safeguard.answer_help"),
            *("safeguard.concerns", "safeguard.concern", "safeguard.handle_concern", "safeguard.tell_of_child"),
            "safeguard.close_concern",
        ),
        frozenset({Role.SAFEGUARDING_LEAD}),
    ),
    "safeguard.log_concern": (ON_DUTY - {Role.INDEPENDENT_APPROVER}) | {Role.REDACTOR},
    **dict.fromkeys(("review.live", "review.live_file"), PROVING | {Role.INCLUSION}),
    **dict.fromkeys(("review.refresh", "review.give_inclusion"), frozenset({Role.INCLUSION})),
    "review.triage_desk": REVIEWING | {Role.SAFEGUARDING_LEAD},
    "review.read_new": {Role.REDACTOR},
}
#: Reached by the role, and then only by those who hold a half of this part's key, prove what a document is for, or to
#: whom it is sealed.
FOR_HOLDERS = {
    *("review.opening", "review.grant", "review.refuse", "review.make", "review.redraw", "review.key"),
    *("facilitate.recording", "facilitate.page_recording", "facilitate.page_sound"),
    *("review.add_holder", "facilitate.document", "safeguard.complaint", "safeguard.answer_complaint"),
    "review.certificate_file",
    *("safeguard.help_request", "safeguard.read_help", "safeguard.answer_help", "review.read_new"),
    *("safeguard.concern", "safeguard.handle_concern", "safeguard.tell_of_child", "safeguard.close_concern"),
    "safeguard.allegation",
}
#: Nor is there a session of a part in which none has begun.
#: Nor is there a stop in the place.
FOR_HOLDERS |= {"safeguard.incident", "safeguard.see_stop", "safeguard.write_cause", "safeguard.lift_wide"}
FOR_HOLDERS |= {"review.totals_file", "review.live_file"}  # nor a service that has supplied totals, nor a snapshot
FOR_HOLDERS |= FINDINGS_FOR_HOLDERS | {"facilitate.session", "facilitate.pack"}


def changed(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def send(browser: Browser, where: str, token: str | None, **values: str) -> int:
    fields = {**values, **({} if token is None else {"token": token})}
    return browser.client.post(where, data=fields).status_code


def test_every_staff_address_is_in_this_matrix(place: Place) -> None:
    endpoints = {rule.endpoint for method in ("GET", "POST") for rule in place.rules(method)}
    assert endpoints == set(WHO)


def test_an_address_leads_to_one_place(place: Place) -> None:
    found = [(method, rule.rule) for method in ("GET", "POST") for rule in place.rules(method)]
    assert sorted(set(found)) == sorted(found)


def test_an_endpoint_without_a_line_in_the_table_does_not_exist(place: Place) -> None:
    desk = place.desk
    app = create_app(desk.app.extensions["consult"].settings, engine=place.engine, clock=lambda: NOW)
    app.add_url_rule("/s/forgotten", "facilitate.forgotten", lambda: "secret")
    app.add_url_rule("/s/other", "other.forgotten", lambda: "secret", methods=["GET", "POST"])
    client = FlaskClient(app, app.response_class)
    client.set_cookie("desk", base64.urlsafe_b64encode(desk.secret("leila")).decode("ascii"), domain="localhost")
    for where in ("/s/forgotten", "/s/other"):
        assert client.get(where).status_code == 404
        assert "secret" not in client.get(where).text
    assert client.post("/s/other").status_code == 404


def test_signed_out_every_address_leads_to_the_sign_in_and_changes_nothing(place: Place) -> None:
    before, nobody = dump(place.engine), place.desk.app.test_client()
    for method in ("GET", "POST"):
        for rule in place.rules(method):
            answer = nobody.open(address(rule, place.mine), method=method, data={"token": ""})
            assert (rule.endpoint, answer.status_code, answer.location) == (rule.endpoint, 303, "/s/in")
    assert changed(before, dump(place.engine)) == []


@pytest.mark.parametrize("name", ["leila", "admin", "eve"])
def test_with_the_passphrase_alone_every_address_leads_to_the_second_step(place: Place, name: str) -> None:
    """Also for somebody who has set up none yet."""
    with write(place.engine) as db:
        who = place.desk.office.people.get(name) or actor_of(factories.stored(db, Person(id=name, name=name)))
        browser = signed_in(place.desk, begin_session(db, who, NOW))
    before = dump(place.engine)
    for method in ("GET", "POST"):
        for rule in place.rules(method):
            data = {"token": browser.form_token, "sure": "yes"}
            answer = browser.client.open(address(rule, place.mine), method=method, data=data)
            assert (rule.endpoint, answer.status_code, answer.location) == (rule.endpoint, 303, "/s/in/step")
    assert changed(before, dump(place.engine)) == []


def test_the_second_step_is_for_whoever_gave_the_passphrase_and_nobody_else(place: Place) -> None:
    before, nobody, whole = dump(place.engine), place.desk.app.test_client(), place.browsers[Role.ANALYST]
    for rule in place.desk.app.url_map.iter_rules():
        if rule.endpoint in SECOND_STEP:
            for method in {"GET", "POST"} & (rule.methods or set()):
                for client, token in ((nobody, ""), (whole.client, whole.form_token)):
                    answer = client.open(address(rule, place.mine), method=method, data={"token": token})
                    assert (rule.endpoint, answer.status_code, answer.location) == (rule.endpoint, 303, "/s/in")
    assert changed(before, dump(place.engine)) == []


@pytest.mark.parametrize("role", list(Role))
def test_looking_with_one_role_in_one_consultation(place: Place, role: Role) -> None:
    """The whole matrix for one role: what is not in the table is not there, and looking changes no row."""
    before, browser = dump(place.engine), place.browsers[role]
    for rule in place.rules("GET"):
        status = browser.client.get(address(rule, place.mine)).status_code
        if role not in WHO[rule.endpoint] or rule.endpoint in FOR_HOLDERS:
            assert (rule.endpoint, status) == (rule.endpoint, 404)
        else:
            assert (rule.endpoint, status) == (rule.endpoint, 200)
    assert changed(before, dump(place.engine)) == []


@pytest.mark.parametrize("role", list(Role))
def test_what_is_in_another_consultation_is_not_there_and_looks_the_same(place: Place, role: Role) -> None:
    before, browser = dump(place.engine), place.browsers[role]
    missing = browser.client.get("/s/c/nothing-here").text
    for method in ("GET", "POST"):
        for rule in place.rules(method):
            if not {"consultation_id", "request_id", "release_id"} & rule.arguments:
                continue
            answer = browser.client.open(
                address(rule, place.foreign), method=method, data={"token": browser.form_token}
            )
            assert (rule.endpoint, answer.status_code) == (rule.endpoint, 404)
            assert answer.text == missing
    assert changed(before, dump(place.engine)) == []


def test_a_part_is_not_reached_by_way_of_another_consultation(place: Place) -> None:
    """The address mixes a consultation of one's own with a part of somebody else's, and the other way round."""
    before = dump(place.engine)
    lead = place.browsers[Role.LEAD_FACILITATOR]
    for ours, theirs in ((place.mine, place.foreign), (place.foreign, place.mine)):
        mixed = {**ours, "strand_id": theirs["strand_id"], "live_id": theirs["live_id"]}
        for method in ("GET", "POST"):
            for rule in place.rules(method):
                if "strand_id" in rule.arguments:
                    data = {"token": lead.form_token, "reason": "x", "sure": "yes"}
                    answer = lead.client.open(address(rule, mixed), method=method, data=data)
                    assert (rule.endpoint, answer.status_code) == (rule.endpoint, 404)
    assert changed(before, dump(place.engine)) == []


@pytest.mark.parametrize("role", list(Role))
def test_a_form_without_its_own_token_is_refused_and_changes_nothing(place: Place, role: Role) -> None:
    """With somebody else's token for every role; other wrong ones, and a role that does not come in, for one each."""
    before, browser = dump(place.engine), place.browsers[role]
    others = place.browsers[Role.TECHNICAL_OPERATOR if role is Role.ANALYST else Role.ANALYST].form_token
    for rule in place.rules("POST"):
        who = WHO[rule.endpoint]
        tokens = (None, "", "0" * 64, others) if role is min(who, default=None) else (others,)
        if role in who or role is min(EVERY_ROLE - who, default=None):
            for token in tokens:
                status = send(browser, address(rule, place.mine), token, sure="yes", reason="x", passphrase="x")
                assert (rule.endpoint, token, status) == (rule.endpoint, token, 403 if role in who else 404)
    assert changed(before, dump(place.engine)) == []


@pytest.mark.parametrize("role", list(Role))
def test_a_form_of_another_role_is_not_there_and_changes_nothing(place: Place, role: Role) -> None:
    before, browser = dump(place.engine), place.browsers[role]
    for rule in place.rules("POST"):
        if role not in WHO[rule.endpoint] or rule.endpoint in FOR_HOLDERS:
            status = send(browser, address(rule, place.mine), browser.form_token, sure="yes", reason="x")
            assert (rule.endpoint, status) == (rule.endpoint, 404)
    assert changed(before, dump(place.engine)) == []


#: Endpoint, who sends it, what stands in the form; the draft and the closed part are in no state for it.
TOO_EARLY = (
    ("safeguard.sign", "leila", {"decision": "GO", "digest": "0" * 64}),
    ("safeguard.give_back", "leila", {"reason": "not yet"}),
    ("facilitate.take_back", "nadia", {"reason": "not sent"}),
    ("facilitate.pause", "nadia", {"reason": "it does not run"}),
    ("review.ask", "rosa", {"reason": "tables", "hours": "8"}),
    *(("safeguard.do", "leila", {"name": act, "reason": "x", "review": "x"}) for act in ("open", "pause", "close")),
    *(("safeguard.do", "leila", {"name": act, "reason": "x", "review": "x"}) for act in ("resume", "lift")),
    ("safeguard.do", "leila", {"name": "decide-anew", "reason": "x"}),
)
TOO_LATE = (
    ("facilitate.plan", "nadia", {"name": "x", "youngest": "13", "oldest": "17", "languages": "en", "version": "1"}),
    ("facilitate.team", "nadia", {"version": "1"}),
    ("facilitate.help", "nadia", {"version": "1"}),
    ("facilitate.choose", "nadia", {"q-Q14": "1", "version": "1"}),
    ("facilitate.question", "nadia", {"text-en": "x", "version": "1"}),
    ("facilitate.text", "nadia", {"text-en": "x", "version": "1"}),
    ("facilitate.send", "nadia", {}),
    ("facilitate.purpose", "nadia", {"title": "x", "version": "1"}),
    *TOO_EARLY[:-6],
    *(("safeguard.do", "leila", {"name": act, "reason": "x", "review": "x"}) for act in ("open", "pause", "close")),
)


@pytest.mark.parametrize("endpoint", sorted({endpoint for endpoint, _, _ in (*TOO_EARLY, *TOO_LATE)}))
def test_the_right_role_in_the_wrong_state_is_told_and_changes_nothing(place: Place, endpoint: str) -> None:
    (rule,) = (rule for rule in place.rules("POST") if rule.endpoint == endpoint)
    for cases, where in ((TOO_EARLY, place.mine), (TOO_LATE, {**place.mine, "strand_id": place.mine["over_id"]})):
        for name, who, values in (case for case in cases if case[0] == endpoint):
            if (name, cases) == ("review.ask", TOO_LATE):
                continue  # the part is closed: this is the moment to ask
            browser, before = place.desk.browser(who), dump(place.engine)
            known = {**where, "name": values.get("name", "")}
            passphrases = {"passphrase": place.desk.office.passphrases[who]}
            answer = browser.post(address(rule, known), {**passphrases, **values})
            assert answer.status_code in {403, 404, 409, 422}, (name, values, answer.status_code, answer.location)
            assert changed(before, dump(place.engine)) == [], (name, values)


@pytest.mark.parametrize("name", ["omar", "leila", "rosa", "otto", "admin"])
def test_a_release_as_a_file_is_for_those_in_its_scope(place: Place, name: str) -> None:
    """Organisation-wide leads, managers and reviewers see both; a facilitator his own; an administrator none."""
    seen = {"omar": {"foreign"}, "admin": set()}.get(name, {"mine", "foreign"})
    browser = place.desk.browser(name)
    for which, known in (("mine", place.mine), ("foreign", place.foreign)):
        status = browser.client.get(f"/s/reports/{known['release_id']}.json").status_code
        assert status == (200 if which in seen else 404), which


@pytest.mark.parametrize(
    ("name", "status"), [("leila", 200), ("sami", 200), ("rosa", 200), ("ali", 200), ("ines", 404), ("nadia", 404)]
)
def test_an_opening_is_seen_by_holders_of_that_part_alone(place: Place, name: str, status: int) -> None:
    browser = place.desk.browser(name)
    assert browser.client.get(f"/s/openings/{place.mine['request_id']}").status_code == status
    if status == 404:
        for act in ("grant", "refuse", "tables"):
            assert browser.post(f"/s/openings/{place.mine['request_id']}/{act}").status_code == 404


def test_whoever_is_kept_out_finds_none_of_the_consultation(place: Place) -> None:
    """Tara has a role for the whole organisation, and is kept out of both consultations."""
    before, browser = dump(place.engine), place.desk.browser("tara")
    missing = browser.client.get("/s/c/nothing-here").text
    for method in ("GET", "POST"):
        for rule in place.rules(method):
            if {"consultation_id", "request_id", "release_id"} & rule.arguments:
                data = {"token": browser.form_token, "sure": "yes", "reason": "x"}
                answer = browser.client.open(address(rule, place.mine), method=method, data=data)
                assert (rule.endpoint, answer.status_code, answer.text) == (rule.endpoint, 404, missing)
    for page in ("/s/", "/s/c", "/s/running", "/s/reports"):
        assert "Safer messages" not in browser.client.get(page).text, page
    assert [
        name for name in changed(before, dump(place.engine)) if name not in {"staff_sessions", "audit_events"}
    ] == []


def test_somebody_whose_account_has_ended_is_out_at_once(place: Place) -> None:
    browser = place.desk.browser("lina")
    assert browser.client.get("/s/").status_code == 200
    with write(place.engine) as db:
        accounts.disable(db, place.desk.office.keys, "lina@example.org", NOW)
    assert browser.client.get("/s/").location == "/s/in"
    answer = place.desk.app.test_client().post(
        "/s/in", data={"email": "lina@example.org", "passphrase": place.desk.office.passphrases["lina"]}
    )
    assert answer.status_code == 403
    with read(place.engine) as db:
        assert not db.get_one(Person, place.desk.office.people["lina"].id).active
