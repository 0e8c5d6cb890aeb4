"""The pages of whom a part hears: planning, the register of needs, and telling those who took part."""

from __future__ import annotations

import re
from io import BytesIO

import pytest

from consult.database import read, write
from consult.demo.setup import Stage
from consult.inclusion.coverage import Target
from consult.inclusion.dimensions import Dimension
from consult.inclusion.release import build_release
from consult.models import LiveSnapshot, Publication, Release
from consult.services.evidence import adjustments
from consult.services.tables import coverageplans
from tests.scenario import NOW
from tests.web.review.conftest import site
from tests.web.staff.desk import Desk, sentences


@pytest.fixture
def setting_up(stage_on_sqlite: Stage, tmp_path: object) -> Desk:
    """Everything sent for a signature, nothing open."""
    return site(stage_on_sqlite, tmp_path)  # type: ignore[arg-type]


def where(desk: Desk, page: str, key: str = "children") -> str:
    return f"/s/c/{desk.office.consultation_id}/{desk.office.strands[key]}/{page}"


def filled(page: str, **typed: str) -> dict[str, str]:
    """Every field as the page has it, with some typed over."""
    fields = re.findall(r"<(?:input|select)[^>]*>", page)
    values = {}
    for field in fields:
        name, value = re.search(r'name="([^"]+)"', field), re.search(r'value="([^"]*)"', field)
        if name and name.group(1) != "token":
            values[name.group(1)] = value.group(1) if value else ""
    return {**values, **typed}


def numbered(page: str) -> dict[str, str]:
    """What a field for a number is called → its name."""
    found = {}
    for field in re.findall(r"<input[^>]*>", page):
        label, name = re.search(r'aria-label="([^"]*)"', field), re.search(r'name="([^"]*)"', field)
        if label and name:
            found[label.group(1)] = name.group(1)
    return found


def test_a_facilitator_says_whom_to_hear(setting_up: Desk) -> None:
    browser, address = setting_up.browser("facilitator"), where(setting_up, "coverage")
    page = browser.get(address)
    assert "Nothing to show yet." in sentences(page)
    names = numbered(page)
    typed = {
        "invited": "250",
        names["Age, 13 to 15: Planned, at least"]: "60",
        names["Kind of place, In a camp: Planned, at least"]: "12",
        names["Kind of place, In a camp: People living there"]: "20",
        names["Kind of place, In a city or town: People living there"]: "700",
        "sources-3": "Census 2024",
        "pairs-0-first": "age|13_15",
        "pairs-0-other": "gender|girl",
        "pairs-0-least": "25",
    }
    saved = browser.post(address, filled(page, **typed))
    assert saved.status_code == 303, sentences(saved.text)
    with read(setting_up.office.engine) as db:
        plan = coverageplans.planned(db, setting_up.office.strands["children"])
    assert {target.group: target.least for target in plan.targets} == {
        (("age", "13_15"),): 60,
        (("location", "camp"),): 12,
        (("age", "13_15"), ("gender", "girl")): 25,
    }
    assert plan.references[0].people == {(("location", "city"),): 700, (("location", "camp"),): 20}
    assert plan.invited == 250
    browser.post("/s/me/language", {"language": "es"})
    assert "En un campamento" in browser.get(address), "the reader's language, which is none of the form's"
    again = browser.get(address)
    assert 'value="250"' in again
    assert re.search(r'<option selected value="gender\|girl"', again)


def test_a_population_of_two_groups_at_once_is_typed_as_a_table_and_stays_when_the_plan_is_saved(
    setting_up: Desk,
) -> None:
    browser, coverage = setting_up.browser("facilitator"), where(setting_up, "coverage")
    assert "Show the table" in browser.get(f"{coverage}/population")
    address = f"{coverage}/population?first=gender&second=location"
    page = browser.get(address)
    names = numbered(page)
    typed = {
        names["A girl, In a camp: People living there"]: "20",
        names["A boy, In a camp: People living there"]: "30",
        names["A girl, In a city or town: People living there"]: "700",
    }
    refused = browser.post(address, filled(page, **typed))
    assert refused.status_code == 422
    assert "where the numbers of a reference population are from" in sentences(refused.text)
    assert 'value="700"' in refused.text
    assert browser.post(address, filled(page, **typed, source="Census 2024")).status_code == 303
    assert browser.post(coverage, filled(browser.get(coverage), invited="90")).status_code == 303
    with read(setting_up.office.engine) as db:
        plan = coverageplans.planned(db, setting_up.office.strands["children"])
    assert plan.invited == 90
    (population,) = plan.references
    assert population.people == {
        (("gender", "girl"), ("location", "camp")): 20,
        (("gender", "boy"), ("location", "camp")): 30,
        (("gender", "girl"), ("location", "city")): 700,
    }
    again = browser.get(address)
    assert "Census 2024" in sentences(again)
    emptied = filled(again, **dict.fromkeys(typed, ""))
    assert browser.post(address, emptied).status_code == 303
    with read(setting_up.office.engine) as db:
        assert coverageplans.planned(db, setting_up.office.strands["children"]).references == ()


def test_a_population_from_a_file_is_looked_at_before_it_is_saved(setting_up: Desk) -> None:
    browser, coverage = setting_up.browser("facilitator"), where(setting_up, "coverage")
    address, strand = f"{coverage}/population", setting_up.office.strands["children"]
    template = browser.get(f"{address}/file?first=age&second=location").removeprefix("\ufeff")
    assert template.splitlines()[0] == "age,location,people,in words"
    filled_in = re.sub(r"^(13_15,camp),,", r"\1,20,", template, flags=re.M)
    filled_in = re.sub(r"^(16_17,camp),,", r"\1,31,", filled_in, flags=re.M)
    looked_at = browser.post(f"{address}/file", {"file": (BytesIO(filled_in.encode()), "people.csv")})
    assert looked_at.status_code == 200, sentences(looked_at.text)
    assert "Nothing is saved yet" in sentences(looked_at.text)
    assert 'value="31"' in looked_at.text
    with read(setting_up.office.engine) as db:
        assert coverageplans.planned(db, strand).references == ()
    table = looked_at.text[looked_at.text.index('action="' + address + "?first=age") :]
    saved = browser.post(f"{address}?first=age&second=location", filled(table, source="Census 2024"))
    assert saved.status_code == 303, sentences(saved.text)
    with read(setting_up.office.engine) as db:
        (population,) = coverageplans.planned(db, strand).references
    assert population.people == {
        (("age", "13_15"), ("location", "camp")): 20,
        (("age", "16_17"), ("location", "camp")): 31,
    }
    assert "13_15,camp,20," in browser.get(f"{address}/file?first=age&second=location")


def test_a_file_of_shares_by_one_group_fills_the_table_of_that_group(setting_up: Desk) -> None:
    browser, address = setting_up.browser("facilitator"), f"{where(setting_up, 'coverage')}/population"
    shares = b"Kind of place;share\nIn a camp;2,5\nIn a city or town;97,5\n"
    looked_at = browser.post(f"{address}/file", {"file": (BytesIO(shares), "shares.csv")})
    assert "Shares are kept as people out of 10,000" in sentences(looked_at.text)
    assert {name for name in numbered(looked_at.text) if "camp" in name} == {"In a camp: People living there"}
    assert 'value="9750"' in looked_at.text


def test_what_is_wrong_in_a_file_is_said_by_line_and_column_and_nothing_is_taken(setting_up: Desk) -> None:
    browser, coverage = setting_up.browser("facilitator"), where(setting_up, "coverage")
    wrong = b"age,location,people\n13_15,moon,5\n13_15,camp,<b>\n13_15\n"
    refused = browser.post(f"{coverage}/population/file", {"file": (BytesIO(wrong), "people.csv")})
    assert refused.status_code == 422
    page = sentences(refused.text)
    assert "Line 2, column location: This part has no such group." in page
    assert "Line 3, column people: Write a whole number" in page
    assert "Line 4: This line has not as many columns" in page
    assert 'value="5"' not in refused.text
    assert browser.post(f"{coverage}/population/file").status_code == 422
    reviewer = setting_up.browser("lead1")
    assert reviewer.post(f"{coverage}/population/file", {"file": (BytesIO(wrong), "x.csv")}).status_code == 403


@pytest.mark.parametrize("query", ["", "?first=moon", "?first=gender&second=gender", "?first=gender&second=moon"])
def test_without_one_or_two_things_that_are_counted_there_is_no_table_to_fill_in(setting_up: Desk, query: str) -> None:
    address = f"{where(setting_up, 'coverage')}/population{query}"
    browser = setting_up.browser("facilitator")
    assert 'name="people-0"' not in browser.get(address)
    assert browser.post(address, {"people-0": "5", "source": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"pairs-0-first": "age|13_15"}, "choose both, and how many at least"),
        ({"groups-0-least": "many"}, "whole number"),
        ({"groups-0-least": "0"}, "Write 1 or more for a group"),
        ({"groups-0-living": "5"}, "at least two groups"),
    ],
)
def test_half_a_plan_is_said_with_what_was_typed_kept(setting_up: Desk, typed: dict[str, str], words: str) -> None:
    browser, address = setting_up.browser("facilitator"), where(setting_up, "coverage")
    refused = browser.post(address, filled(browser.get(address), invited="77", **typed))
    assert refused.status_code == 422
    assert words in sentences(refused.text)
    assert 'value="77"' in refused.text


def test_two_who_save_the_plan_lose_nothing(setting_up: Desk) -> None:
    first, second = setting_up.browser("facilitator"), setting_up.browser("facilitator")
    address = where(setting_up, "coverage")
    page = first.get(address)
    assert first.post(address, filled(page, invited="100")).status_code == 303
    late = second.post(address, filled(page, invited="200"))
    assert late.status_code == 409
    assert 'value="200"' in late.text


def test_a_need_is_written_down_and_answered(setting_up: Desk) -> None:
    browser, address = setting_up.browser("facilitator"), where(setting_up, "needs")
    assert "Nobody has asked for anything yet." in sentences(browser.get(address))
    assert browser.post(address, {"barrier": "", "need": "breaks", "day": ""}).status_code == 422
    written = {"barrier": "hearing", "need": "sign_language", "day": "2030-01-20"}
    assert browser.post(address, written).status_code == 303
    page = browser.get(address)
    assert "Sign language" in sentences(page)
    request = re.findall(r'name="request_id" value="(\w+)"', page)[0]
    assert browser.post(f"{address}/answer", {"request_id": request, "outcome": "provided"}).status_code == 303
    with read(setting_up.office.engine) as db:
        (row,) = adjustments.register(db, setting_up.office.strands["children"])
    assert (row.need, row.outcome) == ("sign_language", "provided")


def test_telling_shows_the_page_first_and_opens_it_once(reports: Desk) -> None:
    with read(reports.office.engine) as db:
        release = str(db.query(Release.id).filter_by(strand_id=reports.office.strands["children"]).scalar())
    address, lead = f"/s/reports/{release}/tell", reports.browser("lead1")
    assert address in reports.browser("facilitator").get("/s/reports")
    page = lead.get(address)
    assert "70 children and young people told us what they think." in sentences(page)
    code = re.findall(r"/news/(\d+)", page)[0]
    child = reports.app.test_client()
    assert "70 children" not in child.get(f"/news/{code}").text
    refused = lead.post(address)
    assert refused.status_code == 422
    assert "First read it with some of those who took part" in sentences(refused.text)
    assert lead.post(address, {"read_with_some": "y"}).status_code == 303
    with read(reports.office.engine) as db:
        assert [each.release_id for each in db.query(Publication)] == [release]
    news = child.get(f"/news/{code}?l=en")
    assert "70 children and young people told us what they think." in sentences(news.text)
    assert "These children chose to take part. They do not stand for all children." in sentences(news.text)
    assert news.text.count("These answers were chosen often:") == 1 < news.text.count(" of 70</span>")
    assert 'id="help"' in news.text
    assert "/leave" in news.text
    assert "Open since" in sentences(lead.get(address))
    assert lead.post(address, {"read_with_some": "y"}).status_code == 409


def test_the_grid_of_a_part_that_collects_comes_from_its_newest_snapshot(setting_up: Desk) -> None:
    office, address = setting_up.office, where(setting_up, "coverage")
    gender = Dimension("gender", ("girl", "boy", "prefer_not"), sensitive=True)
    ages = Dimension("age", ("13_15", "16_17"))
    for number, girls in ((1, 30), (2, 52)):
        people = [("13_15", "girl")] * girls + [("16_17", "boy")] * 40 + [("13_15", "prefer_not")] * 20
        rows = [{"age": age, "gender": who} for age, who in people]
        frozen = build_release(f"live-{number}", "live", "child", 10, (ages, gender), rows, [("age",), ("gender",)])
        with write(office.engine) as db:
            db.add(
                LiveSnapshot(
                    id=f"snapshot{number}",
                    strand_id=office.strands["children"],
                    number=number,
                    content=frozen.text,
                    digest=frozen.digest,
                    made_by=office.people["facilitator"].id,
                    made_at=NOW,
                )
            )
            target = Target((("gender", "girl"),), (55, 61)[number - 1])
            plan = coverageplans.Planned((target,))
            who, key = office.people["facilitator"], office.keys.audit
            coverageplans.save(db, key, who, office.strands["children"], number - 1, plan, NOW)
    page = sentences(setting_up.browser("lead1").get(address))
    assert "Below the plan by at least 2" in page  # 52, told as 40, so 59 at most
    assert "100 people. Numbers here are rounded down to whole lots of 20." in page  # 112
    assert "Below the plan by 9" not in page
    assert "They do not stand for everyone." in page
