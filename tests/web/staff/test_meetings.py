"""A facilitator plans a part in which people meet: times, adults, interpreters."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

from consult.database import write
from consult.models import Strand, StrandState
from safeguards.plan import RemoteKind
from safeguards.terms import Audience, Mode
from tests.office import Office
from tests.web.staff.desk import Desk, sentences


def test_meetings_are_planned_with_their_adults(desk: Desk, office: Office) -> None:
    consultation_id = office.consultation()
    strand_id = office.strand(consultation_id, mode=Mode.IN_PERSON_GROUP)
    office.staffed(strand_id)
    base = f"/s/c/{consultation_id}/{strand_id}"
    nadia = desk.browser("nadia")
    adults = [office.people[name].id for name in ("nadia", "leila")]
    sent = {
        "timezone": "Africa/Nairobi",
        "group_size": "8",
        "breaks": "30",
        "meetings-0-starts": "2030-03-12T10:00",
        "meetings-0-ends": "2030-03-12T11:00",
        "meetings-0-adults": adults,
        "meetings-0-adult_participants": "1",
        "meetings-0-audiences": ["H", "S"],
        "meetings-0-active_minutes": "70",
    }
    page = f"{base}/meetings"
    wrong = nadia.post(page, {**sent, "meetings-0-ends": "2030-03-12T09:00", "version": nadia.version(page)})
    assert wrong.status_code == 422
    assert "Meeting 1: it has to end after it starts" in sentences(wrong.text)
    assert nadia.post(page, {**sent, "version": nadia.version(page)}).status_code == 303
    evaluated = office.evaluate(strand_id)
    found = str(evaluated.findings)
    for against in ("1 adult would take part with children", "these must not be together", "70 minutes of work"):
        assert against in found
    read_only = sentences(desk.browser("leila").get(page))
    assert "Minutes of work 70 Who else is in the same group? Children who caused harm" in read_only
    (session,) = evaluated.plan.strand.sessions
    assert session.starts == datetime(2030, 3, 12, 7, 0, tzinfo=UTC)
    assert set(session.adults) == set(adults)
    assert 'value="2030-03-12T10:00"' in nadia.get(page)
    no_two = "no two adults are there who are neither partners nor relatives"
    assert no_two not in str(office.evaluate(strand_id).findings)
    people = {
        f"duties-{n}-{key}": value
        for n, who in enumerate(adults)
        for key, value in (("person", who), ("role", ("LF", "SL")[n]))
    }
    team = {**people, "relatives-0-one": adults[0], "version": nadia.version(f"{base}/team")}
    assert "choose both" in nadia.post(f"{base}/team", team).text
    assert nadia.post(f"{base}/team", {**team, "relatives-0-other": adults[1]}).status_code == 303
    assert no_two in str(office.evaluate(strand_id).findings)
    with write(office.engine) as db:  # a plan that came as a file need not name the zone
        strand = db.get_one(Strand, strand_id)
        session = {key: each for key, each in strand.facts["sessions"][0].items() if key != "timezone"}
        strand.facts = {**strand.facts, "sessions": [{**session, "duty_lead": adults[1]}]}
    assert "07:00–08:00" in sentences(desk.browser("leila").get(page))
    assert nadia.post(page, {**sent, "version": nadia.version(page)}).status_code == 303
    (session,) = office.evaluate(strand_id).plan.strand.sessions
    assert session.duty_lead == adults[1], "what the page does not ask stays"
    alone = {name: given for name, given in sent.items() if name != "meetings-0-audiences"}
    assert nadia.post(page, {**alone, "version": nadia.version(page)}).status_code == 303
    assert "these must not be together" not in str(office.evaluate(strand_id).findings)
    others = [
        office.strand(office.consultation("omar"), "omar", mode=Mode.IN_PERSON_GROUP, audience=audience)
        for audience in (Audience.ADULT_SURVIVORS, Audience.CHILDREN)
    ]
    told = set()
    for other, (place, says) in product(others, (("the hall", True), ("the hall, upstairs", False))):
        with write(office.engine) as db:
            strand, beside = db.get_one(Strand, strand_id), db.get_one(Strand, other)
            (planned,) = strand.facts["sessions"]
            strand.facts = {**strand.facts, "sessions": [{**planned, "venue": "The hall"}]}
            beside.facts = {**beside.facts, "sessions": [{**planned, "id": "beside", "venue": place}]}
            beside.state = StrandState.DECIDED
        (ages,) = (each for each in office.evaluate(strand_id).findings if each.requirement == "SAF-13")
        assert ("in the same place at the same time" in ages.why) is says
        told.add(f"{place}: {ages.why}")
    assert len(told) == 2, "nobody learns by trying whom another team asks there"


def test_interpreters_are_asked_about_where_people_meet_until_somebody_says_there_are_none(
    desk: Desk, office: Office
) -> None:
    consultation_id = office.consultation()
    online, strand_id = office.strand(consultation_id), office.strand(consultation_id, mode=Mode.IN_PERSON_GROUP)
    page = f"/s/c/{consultation_id}/{{}}/team"
    nadia = desk.browser("nadia")
    assert "sign interpreters" not in nadia.get(page.format(online))
    assert office.evaluate(strand_id).plan.strand.uses_interpreters
    nobody = {"version": nadia.version(page.format(strand_id)), "leads": [], "reviewers": []}
    assert nadia.post(page.format(strand_id), nobody).status_code == 303
    assert not office.evaluate(strand_id).plan.strand.uses_interpreters


def test_an_online_form_has_no_meetings(desk: Desk, part: tuple[str, str]) -> None:
    desk.browser("nadia").get(f"{part[1]}/meetings", status=404)


def test_a_part_from_afar_says_on_what_and_whether_by_phone(desk: Desk, office: Office) -> None:
    consultation_id = office.consultation()
    strand_id = office.strand(consultation_id, mode=Mode.REMOTE)
    page = f"/s/c/{consultation_id}/{strand_id}/meetings"
    nadia = desk.browser("nadia")
    sent = {"timezone": "Africa/Nairobi", "platform": "BigBlueButton", "remote": "phone"}
    assert nadia.post(page, {**sent, "version": nadia.version(page)}).status_code == 303
    plan = office.evaluate(strand_id).plan.strand
    assert (plan.platform, plan.remote) == ("BigBlueButton", RemoteKind.PHONE)
    read_only = sentences(desk.browser("leila").get(page))
    assert "By phone" in read_only
    assert "BigBlueButton" in read_only
    assert "BigBlueButton" in sentences(desk.browser("leila").get("/s/allegations/new"))
