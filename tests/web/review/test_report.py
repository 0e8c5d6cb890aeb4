"""The report: one honest sentence first, children and adults apart, and no small number anywhere on the page."""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape

import pytest

from consult.database import read
from consult.models import Release
from consult.services.tables.releasetables import Cross, Of, Row, Table
from consult.web.review.blocks import Figure
from consult.web.review.chart import Chart, bars
from consult.web.review.sections.groups import everybody_else, side_by_side
from tests.web.review.conftest import ANSWERED
from tests.web.staff.desk import Desk, sentences

KINDS = tuple(ANSWERED)
THRESHOLDS = {"children": 10, "adult_survivors": 10, "young_adults": 5}


def report(desk: Desk, key: str, by: str = "reviewer1") -> str:
    stage = desk.office
    return desk.browser(by).get(f"/s/c/{stage.consultation_id}/{stage.strands[key]}/report")


def release(desk: Desk, key: str) -> dict[str, object]:
    with read(desk.office.engine) as db:
        row = db.query(Release).filter_by(strand_id=desk.office.strands[key]).one()
        return {"id": row.id, "text": row.content, "digest": row.digest}


def numbers_of_people(page: str) -> list[int]:
    """Every number of the page that could count people: text, titles, descriptions and labels.

    Left out are those that plainly count something else: days, shares in percent, ages, and ids.
    """
    main = re.sub(r"^[^>]*>", "", page.partition("<main")[2])
    main = re.sub(r"<time\b.*?</time>|<code\b.*?</code>|<defs\b.*?</defs>", " ", main, flags=re.S)
    spoken = re.findall(r'\b(?:alt|title|aria-label|data-l|aria-description)="([^"]*)"', main)
    words = unescape(re.sub(r"<[^>]+>", " ", main) + " ".join(spoken))
    words = re.sub(
        r"\b[A-Z]{3}-\d{2}\b|\d+\s*%|\d+ to \d+|\d+ and over|[A-Z][a-z]{2} \d+ [A-Z][a-z]+ \d{4}",
        " ",
        words.replace("\u00a0", " "),
    )
    return [int(number) for number in re.findall(r"\d+", words)]


@pytest.mark.parametrize("key", KINDS)
def test_no_small_number_counts_people_anywhere(reports: Desk, key: str) -> None:
    found = numbers_of_people(report(reports, key))
    assert ANSWERED[key] in found
    assert [number for number in found if 0 < number < THRESHOLDS[key]] == []


def test_the_check_itself_sees_a_small_number() -> None:
    assert numbers_of_people('<main><td class="num">3</td><time>Mon 4 May</time> 5 % of 20') == [3, 20]
    assert numbers_of_people("<main><desc>Not sure: 4.</desc>") == [4]


FIRST = {
    "children": "These children chose to take part. They do not stand for all children. 70 children took part.",
    "adult_survivors": "No children were asked in this part. 60 adults told us what they think children need. "
    "Reason: No specialist service can be in the room with child survivors yet. Plan to ask children:",
    "young_adults": "These adults chose to take part. They do not stand for all adults, and nobody here is counted "
    "as a child. 30 adults took part.",
}


@pytest.mark.parametrize("key", KINDS)
def test_the_first_sentence_says_who_answered_and_for_whom_they_do_not_stand(reports: Desk, key: str) -> None:
    words = sentences(report(reports, key))
    assert words.index(FIRST[key]) < words.index("Who took part")


@pytest.mark.parametrize("key", KINDS)
def test_whoever_sent_answers_also_came_though_the_count_of_arrivals_was_lost(reports: Desk, key: str) -> None:
    words = sentences(report(reports, key))
    assert f"Came to the first page at least {ANSWERED[key]} Said yes to taking part at least {ANSWERED[key]}" in words
    assert "Left on the way Too few to tell" in words


@pytest.mark.parametrize(("key", "claims"), [("children", True), ("adult_survivors", False), ("young_adults", False)])
def test_only_a_report_of_children_is_called_childrens_views(reports: Desk, key: str, claims: bool) -> None:
    page = report(reports, key)
    title = unescape(re.findall(r"<title>(.*?)</title>", page)[0])
    heading = unescape(re.findall(r"<h1>(.*?)</h1>", page)[0])
    assert ("Children's views" in title) is claims
    assert ("Children's views" in heading) is claims


def test_children_and_adults_share_no_page_and_no_sum(reports: Desk) -> None:
    children = numbers_of_people(report(reports, "children"))
    for other in ("adult_survivors", "young_adults"):
        assert ANSWERED["children"] + ANSWERED[other] not in children
        assert ANSWERED["children"] not in numbers_of_people(report(reports, other))
    listed = sentences(reports.browser("reviewer1").get("/s/reports"))
    assert listed.index("Children's views") < listed.index("What adult survivors told us")
    assert str(sum(ANSWERED.values())) not in listed


@pytest.mark.parametrize("key", KINDS)
def test_chart_and_table_say_the_same(reports: Desk, key: str) -> None:
    page = report(reports, key)
    figures = re.findall(
        r"<svg class=\"chart\".*?<desc[^>]*>(.*?)</desc>.*?</svg>\s*</div><div>(<table>.*?</table>)", page, re.S
    )
    assert figures
    for described, table in figures:
        rows = re.findall(r"<tr><th scope=\"row\"[^>]*>(.*?)</th><td class=\"num( prot)?\">(.*?)</td>", table, re.S)
        said = [f"{label}: {'withheld' if withheld else cell}" for label, withheld, cell in rows]
        assert "; ".join(said) + "." == described


@pytest.mark.parametrize("key", KINDS)
def test_every_withheld_number_has_one_and_the_same_mark(reports: Desk, key: str) -> None:
    page = report(reports, key)
    marks = set(re.findall(r'<td class="num prot">(.*?)</td>', page, re.S))
    bars_of_withheld = set(re.findall(r'<rect class="h"[^>]*\bwidth="([^"]*)"', page))
    assert len(marks) == 1
    assert "Withheld" in marks.pop()
    assert len(bars_of_withheld) == 1
    assert f"Withheld: fewer than {THRESHOLDS[key]}, or needed to protect a smaller group." in sentences(page)
    for word in ("complementary", "secondary", "primary", "protected"):
        assert word not in page


@pytest.mark.parametrize("key", KINDS)
def test_the_page_carries_no_style_and_no_script(reports: Desk, key: str) -> None:
    page = report(reports, key)
    assert " style=" not in page
    assert "<style" not in page
    assert "<script" not in page


def test_the_file_is_the_frozen_release_byte_for_byte(reports: Desk) -> None:
    frozen = release(reports, "children")
    address = f"/s/reports/{frozen['id']}.json"
    assert address in report(reports, "children")
    response = reports.browser("lead1").take(address, reports.office.passphrases["lead1"])
    assert response.mimetype == "application/json"
    assert "attachment" in response.headers["Content-Disposition"]
    assert hashlib.sha256(response.data).hexdigest() == frozen["digest"]
    assert json.loads(response.data)["population"] == {"respondent_class": "child"}
    assert str(frozen["digest"]) in report(reports, "children")


def test_signed_out_or_unknown_there_is_nothing(reports: Desk) -> None:
    frozen = release(reports, "children")
    assert reports.browser(None).client.get(f"/s/reports/{frozen['id']}.json").status_code == 303
    reports.browser("reviewer1").get("/s/reports/0000.json", status=404)
    reports.browser("admin").get(f"/s/reports/{frozen['id']}.json", status=404)
    reports.browser("admin").get("/s/reports", status=404)


def test_before_a_release_the_page_says_what_is_missing(desk: Desk) -> None:
    assert "No report yet" in sentences(report(desk, "young_adults"))
    assert "No report of children yet." in sentences(desk.browser("lead1").get("/s/reports"))


def drawn(table: Table, *labels: str) -> Chart:
    return bars(Figure("", "", table, labels, 10))


def test_bars_are_as_long_as_their_share_and_a_withheld_one_tells_nothing() -> None:
    rows = (Row("a", "", 50, 50), Row("b", "", 25, 25), Row("c", "", None, None), Row("d", "", 0, 0))
    chart = drawn(Table(key="Q", title="", rows=rows, base=100), "A", "B", "C", "D")
    widths = [bar.width for bar in chart.rows]
    assert widths[0] == 2 * widths[1] == chart.longest / 2
    assert widths[3] == 0
    alone = drawn(Table(key="Q", title="", rows=rows[2:3]), "C")
    assert alone.rows[0].width == widths[2]


def test_whoever_the_shares_are_not_of_has_a_number_and_no_bar() -> None:
    rows = (Row("a", "", 30, 50), Row("not_asked", "", 72, None, beside=True))
    chosen, unasked = drawn(Table(key="Q", title="", rows=rows, base=60, of=Of.ASKED), "A", "Not asked").rows
    assert (chosen.width, unasked.width, unasked.count) == (37, 0, 72)
    assert (chosen.outside, unasked.outside) == (False, True)


def test_a_group_that_was_not_asked_has_no_noughts() -> None:
    columns = ((Row("13_15", "", None, None),), (Row("16_17", "", None, None),))
    rows = ((Row("yes", "Yes", None, None), (0, 12)), (Row("not_asked", "", None, None, beside=True), (40, 0)))
    cross = Cross(key="Q", title="?", columns=columns, rows=rows, bases=(40, 60), unasked=frozenset({0}))
    assert [row.cells for row in side_by_side(cross, "?", 10).rows] == [(40, 60), ("Not asked", 12), (40, 0)]


def test_where_everybody_else_is_a_group_or_an_answer_it_says_once_who_they_are() -> None:
    def crossing(group: str, answer: str) -> Cross:
        columns = ((Row("13_15", "", None, None),), (Row(group, "", None, None),))
        return Cross(key="Q", title="?", columns=columns, rows=((Row(answer, "", None, None), (20, 12)),))

    fine = crossing("16_17", "yes")
    assert list(everybody_else([fine])) == []
    for wide in (crossing("others", "yes"), crossing("16_17", "others")):
        (said,) = everybody_else([fine, wide, wide])
        assert said.text.endswith("and for whoever gave none.")


def test_a_long_label_takes_several_lines_and_no_bar_overlaps() -> None:
    rows = (Row("a", "", 5, None), Row("b", "", 5, None))
    long = "I would be afraid that somebody takes the phone away from me for good"
    chart = drawn(Table(key="Q", title="", rows=rows), long, "No")
    assert " ".join(line for _, line in chart.rows[0].lines) == long
    assert len(chart.rows[0].lines) > 1
    assert chart.rows[1].lines[0][0] > chart.rows[0].top + chart.thick
