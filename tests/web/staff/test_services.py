"""A service is added, called, chosen and changed; what is wrong with it is said at once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select

from consult.database import read
from consult.models import ContactTest
from tests.office import Office
from tests.web.staff.desk import Desk, sentences

SERVICE: Mapping[str, object] = {
    "name": "Childline",
    "kind": "agreement",
    "languages": ["en", "fr"],
    "jurisdictions": "ke, ug",
    "timezone": "Africa/Nairobi",
    "channels-0-kind": "phone",
    "channels-0-address": "116",
    "channels-0-free": "y",
    "hours-0-days": ["mon", "tue"],
    "hours-0-open": "08:00",
    "hours-0-close": "22:00",
}


def test_a_service_is_added_called_and_chosen(desk: Desk, office: Office, part: tuple[str, str]) -> None:
    strand_id, base = part
    nadia = desk.browser("nadia")
    made = nadia.post("/s/services/new", SERVICE)
    assert made.status_code == 303
    where = made.location.partition("?")[0]
    assert "Nobody has called it yet" in sentences(nadia.get(where))
    (channel,) = re.findall(r'name="channel" type="checkbox" value="([^"]+)"', nadia.get(where))
    call = {"channel": channel, "language": "en", "jurisdiction": "KE", "reached": "y", "minutes": "3", "free": "y"}
    assert nadia.post(f"{where}/tests", {**call, "minutes": ""}).status_code == 422
    assert nadia.post(f"{where}/tests", call).status_code == 303
    assert "Nobody has called it yet" not in sentences(nadia.get(where))
    service_id = where.rpartition("/")[2]
    version = nadia.version(f"{base}/help")
    assert nadia.post(f"{base}/help", {"services": [service_id], "version": version}).status_code == 303
    assert [service.name for service in office.evaluate(strand_id).plan.strand.services] == ["Childline"]
    assert "Note a call" in nadia.get(f"{base}/help")
    manager = desk.browser("otto").get(f"{base}/help")
    assert "Note a call" not in manager, "only facilitators and leads do"


def test_a_service_that_is_added_for_a_part_is_one_that_it_relies_on(
    desk: Desk, office: Office, part: tuple[str, str]
) -> None:
    strand_id, base = part
    nadia = desk.browser("nadia")
    page = f"/s/services/new?part={strand_id}"
    assert 'value="KE"' in nadia.get(page), "it begins with the places of the part"
    made = nadia.post(page, SERVICE)
    assert [each.name for each in office.evaluate(strand_id).plan.strand.services] == ["Childline"]
    (channel,) = re.findall(r'name="channel" type="checkbox" value="([^"]+)"', nadia.get(made.location))
    tested = made.location.replace("?", "/tests?")
    call = {"channel": channel, "language": ["en", "fr"], "jurisdiction": "KE", "reached": "y", "minutes": "3"}
    assert nadia.post(tested, {**call, "free": "y"}).location.startswith(f"{base}/together/all")
    with read(office.engine) as db:
        tested_in = set(db.scalars(select(ContactTest.language)))
    assert tested_in == {"en", "fr"}, "each that was ticked is a call of its own"
    there = made.location.partition("?")[0]
    assert 'name="call"' not in nadia.get(there), "nobody confirms what they noted themselves"
    assert "These people can: Leila Able, Sami Able." in sentences(nadia.get(there))
    leila = desk.browser("leila")
    assert leila.post(f"{there}/confirm").status_code == 422, "nothing was ticked"
    seen = re.findall(r'name="call" value="([^"]+)"', leila.get(there))
    assert leila.post(f"{there}/confirm", {"call": seen}).location.startswith(there)
    assert 'name="call"' not in leila.get(there)
    desk.browser("otto").post(f"/s/services/new?part={strand_id}", {**SERVICE, "name": "Another"})
    assert len(office.evaluate(strand_id).plan.strand.services) == 1, "who may not change the part adds nothing to it"
    nadia.get("/s/services/new?part=nowhere", status=404)


def test_all_that_is_wrong_with_a_service_is_said_beside_its_fields_at_once(desk: Desk) -> None:
    wrong = {"name": "", "languages": [], "jurisdictions": "Narnia", "youngest": "30", "oldest": "3"}
    hours = {"hours-0-open": "eight", "hours-0-close": "", "timezone": "Nowhere", "kind": ""}
    answer = desk.browser("nadia").post("/s/services/new?saved=1", {**SERVICE, **wrong, **hours})
    assert answer.status_code == 422
    for field in {*wrong, *hours} - {"youngest"}:
        assert f'href="#{field}"' in answer.text, field
    said = sentences(answer.text)
    assert "What do you have with it? – Choose one of the answers." in said, "which question that is about"
    assert 'value="Narnia"' in answer.text
    assert "Saved." not in said, "it was the page before that was"


def test_a_changed_service_keeps_its_channels_and_a_second_saver_is_told(desk: Desk) -> None:
    nadia = desk.browser("nadia")
    where = nadia.post("/s/services/new", SERVICE).location.partition("?")[0]
    page = nadia.get(f"{where}/change")
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    channel = page.partition('name="channels-0-id"')[2].partition('value="')[2].partition('"')[0]
    sent = {**SERVICE, "seen": seen, "channels-0-id": channel}
    assert nadia.post(f"{where}/change", {**sent, "name": "Childline now"}).status_code == 303
    assert f'value="{channel}"' in nadia.get(f"{where}/change")
    second = nadia.post(f"{where}/change", {**sent, "name": "Another"})
    assert second.status_code == 409
    assert 'value="Another"' in second.text
    assert "Childline now" in sentences(second.text)

    numbers = [f"11{n}" for n in range(5)]
    ways = {f"channels-{n}-{name}": value for n, a in enumerate(numbers) for name, value in way(a).items()}
    many = nadia.post("/s/services/new", {**SERVICE, **ways}).location.partition("?")[0]
    shown = nadia.get(f"{many}/change")
    assert [each for each in numbers if f'value="{each}"' in shown] == numbers, "more ways than are asked for"


def way(address: str) -> dict[str, str]:
    return {"kind": "phone", "address": address, "free": "y"}
