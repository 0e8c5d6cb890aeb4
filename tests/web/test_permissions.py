"""Every staff address × every role × the wrong place: nothing opens by accident, and looking changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import copy

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.routing import Rule

from consult.app import create_app
from consult.database import connect, read, write
from consult.models import Appointment, OpeningRequest, Person, Strand
from consult.services import accounts
from consult.services.actors import actor_of
from consult.web.access import PUBLIC_BLUEPRINTS
from safeguards.lifecycle import StrandState
from safeguards.terms import Mode, Role
from tests import factories
from tests.office import NOW, Office
from tests.toolbox.rows import dump
from tests.web.staff.desk import Browser, Desk

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
    **dict.fromkeys(("signin.home", "signin.me", "signin.code", "signin.known", "signin.leave"), EVERY_ROLE),
    **dict.fromkeys(
        (
            *("facilitate.consultations", "facilitate.overview", "facilitate.plan", "facilitate.meetings"),
            *("facilitate.questions", "facilitate.question", "facilitate.text", "facilitate.team", "facilitate.help"),
            *("facilitate.services", "facilitate.service", "facilitate.new_service", "facilitate.change_service"),
            *("facilitate.test_service", "facilitate.safeguards", "facilitate.requirement", "facilitate.attest"),
            *("facilitate.verify", "facilitate.revoke", "facilitate.together", "facilitate.document"),
        ),
        PROVING,
    ),
    **dict.fromkeys(
        (
            *("facilitate.new", "facilitate.purpose", "facilitate.add", "facilitate.choose"),
            *("facilitate.send", "facilitate.take_back"),
        ),
        SETTING_UP,
    ),
    **dict.fromkeys(
        ("facilitate.share", "facilitate.card", "facilitate.make_cards", "facilitate.pause", "safeguard.running"),
        ON_DUTY,
    ),
    **dict.fromkeys(("safeguard.queue", "safeguard.review", "safeguard.sign", "safeguard.give_back"), DECIDING),
    **dict.fromkeys(("safeguard.complaints", "safeguard.complaint", "safeguard.answer_complaint"), DECIDING),
    **dict.fromkeys(("safeguard.run", "safeguard.do"), STOPPING),
    **dict.fromkeys(("review.ask", "review.make", "review.redraw"), REVIEWING),
    **dict.fromkeys(("review.openings", "review.opening", "review.grant", "review.refuse"), OPENING),
    **dict.fromkeys(("review.key", "review.add_holder"), OPENING),
    **dict.fromkeys(
        ("review.releases", "review.report", "review.release_file", "review.report_file", "review.codebook_file"),
        EVERY_ROLE - {Role.ADMINISTRATOR},
    ),
    **dict.fromkeys(("review.coverage", "review.needs", "review.answer_need"), ON_DUTY | {Role.INCLUSION}),
    "review.tell": SETTING_UP | DECIDING,
    **dict.fromkeys(("administer.people", "administer.add"), frozenset({Role.ADMINISTRATOR})),
    **dict.fromkeys(("administer.holders", "administer.confirm"), CONFIRMING),
}
OPEN_TO_ALL = {"static", "health.healthz", "signin.form", "signin.submit", "signin.recover"}
#: Reached by the role, and then only by those who hold a half of this part's key, prove what a document is for, or to
#: whom a complaint is sealed.
FOR_HOLDERS = {
    *("review.opening", "review.grant", "review.refuse", "review.make", "review.redraw", "review.key"),
    *("review.add_holder", "facilitate.document", "safeguard.complaint", "safeguard.answer_complaint"),
}


@dataclass
class Place:
    """The site, a browser for each role that has it in one consultation only, and what addresses name."""

    desk: Desk
    mine: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    browsers: dict[Role, Browser] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        return self.desk.office.engine

    def rules(self, method: str) -> list[Rule]:
        """The rules of the staff face with this method, without those that are open to all."""
        found = [
            rule
            for rule in self.desk.app.url_map.iter_rules()
            if rule.endpoint.partition(".")[0] not in PUBLIC_BLUEPRINTS
            and rule.endpoint not in OPEN_TO_ALL
            and method in (rule.methods or set())
        ]
        return sorted(found, key=lambda rule: rule.endpoint)


@pytest.fixture(scope="module")
def place(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Two consultations, each with a draft, and a part that is over, with an opening and a release."""
    folder = tmp_path_factory.mktemp("place")
    engine = connect(f"sqlite:///{copy(_migrated_sqlite, folder / 'consult.sqlite')}")
    office = Office.with_everybody(engine)
    found = Place(Desk.over(office, folder))
    with write(engine) as db:
        factories.people(db)
    service = office.service()
    found.mine, found.foreign = (
        {
            **_consultation(office, author),
            "service_id": service,
            "person_id": office.people["leila"].id,
            **_NAMES,
        }
        for author in ("nadia", "omar")
    )
    for role in Role:
        found.browsers[role] = _with_duty(found.desk, role, found.mine["consultation_id"])
    yield found
    engine.dispose()


_NAMES = {
    "requirement_id": "SAF-01",
    "question_id": "Q14",
    "key": "T-PLACE",
    "group": "safety",
    "name": "pause",
    "document_id": "0",
    "complaint_id": "0" * 20,
    "language": "en",
    "kind": "csv",
}


def _consultation(office: Office, author: str) -> dict[str, str]:
    consultation = office.consultation(author)
    draft, over = (office.strand(consultation, author) for _ in range(2))
    live = office.strand(consultation, author, mode=Mode.IN_PERSON_GROUP)
    office.staffed(over)
    with write(office.engine) as db:
        strand = db.get_one(Strand, over)
        factories.strand_key(db, factories.signature(db, strand))
        for state in (StrandState.DECIDED, StrandState.OPEN, StrandState.CLOSED):
            strand.state = state
            db.flush()
        used = _request(office, strand, granted=True)
        db.add(used)
        db.flush()
        release_id = factories.stored(db, factories.few_people(strand, used, f"release{author}")).id
    with write(office.engine) as db:
        waiting = factories.stored(db, _request(office, db.get_one(Strand, over)))
        return {
            "consultation_id": consultation,
            "strand_id": draft,
            "over_id": over,
            "live_id": live,
            "request_id": waiting.id,
            "release_id": release_id,
        }


def _request(office: Office, strand: Strand, *, granted: bool = False) -> OpeningRequest:
    lead = office.people["leila"].id if granted else None
    return OpeningRequest(
        strand_id=strand.id,
        mode="tables",
        reason="The first report",
        requested_by=office.people["rosa"].id,
        requested_at=NOW,
        ends_at=NOW + timedelta(days=1),
        public_key=b"public",
        wrapped_private=b"wrapped",
        granted_by=lead,
        granted_at=NOW if granted else None,
        sealed_half=b"half" if granted else None,
    )


def _with_duty(desk: Desk, role: Role, consultation_id: str) -> Browser:
    """Somebody whose only role is this one, in this consultation alone."""
    with write(desk.office.engine) as db:
        person = factories.stored(db, Person(id=f"only-{role}", name=f"Only {role.words}"))
        person.appointments.append(Appointment(role=role, consultation_id=consultation_id))
        db.flush()
        secret = accounts.start_session(db, desk.office.keys, actor_of(person), NOW)
    client = desk.app.test_client()
    client.set_cookie("desk", base64.urlsafe_b64encode(secret).decode("ascii"), domain="localhost")
    return Browser(client, secret)


def address(rule: Rule, known: Mapping[str, str]) -> str:
    """Where a rule leads; meetings are planned in a part that meets people, and in no other."""
    strand = known["live_id"] if rule.endpoint == "facilitate.meetings" else known["strand_id"]
    values = {name: {**known, "strand_id": strand}[name] for name in rule.arguments}
    return rule.build(values, append_unknown=False)[1]  # type: ignore[index]


def changed(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def send(browser: Browser, where: str, token: str | None, **values: str) -> int:
    fields = {**values, **({} if token is None else {"token": token})}
    return browser.client.post(where, data=fields).status_code


def test_every_staff_address_is_in_this_matrix(place: Place) -> None:
    endpoints = {rule.endpoint for method in ("GET", "POST") for rule in place.rules(method)}
    assert endpoints == set(WHO)


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


@pytest.mark.parametrize("role", list(Role))
def test_looking_with_one_role_in_one_consultation(place: Place, role: Role) -> None:
    """The whole matrix for one role: what is not in the table is not there, and looking changes no row."""
    before, browser = dump(place.engine), place.browsers[role]
    for rule in place.rules("GET"):
        if rule.endpoint == "review.release_file":
            continue  # a file of its own below
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
    before, browser = dump(place.engine), place.browsers[role]
    others = place.browsers[Role.TECHNICAL_OPERATOR if role is Role.ANALYST else Role.ANALYST]
    for rule in place.rules("POST"):
        expected = 403 if role in WHO[rule.endpoint] else 404
        for token in (None, "", "0" * 64, others.form_token):
            status = send(browser, address(rule, place.mine), token, sure="yes", reason="x", passphrase="x")
            assert (rule.endpoint, token, status) == (rule.endpoint, token, expected)
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
