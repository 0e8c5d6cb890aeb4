"""The gate page names for each gap who must do what by when, and each link leads to where it is done."""

from __future__ import annotations

import re
from html import unescape

import pytest

from consult.database import write
from consult.services.evidence import programchecks
from consult.services.evidence.programchecks import Result
from tests.office import NOW, Office
from tests.web.staff.desk import Desk, sentences

VIEWERS = ("nadia", "otto", "leila", "ines", "tara", "dora", "lina")
#: The button of a gap, and what stands on the page where it is done.
DONE_THERE = {
    "Attest": "I attest this",
    "Check it": "I have checked it",
    "Change it": r'<form (?!class="out")[^>]*method="post"|/languages/',
    "Run it": "consult check --attest",
    "Look": "<h1>",
}
BUTTON = re.compile(r'<a class="btn[^"]*" href="([^"]+)">([^<]+)<span')


@pytest.fixture
def part(office: Office) -> str:
    """Nothing is proven; one statement waits for a check, and one check of the program for somebody to look at it."""
    consultation_id = office.consultation()
    strand_id = office.strand(consultation_id)
    office.staffed(strand_id, [office.service()])
    office.attested(strand_id, "SAF-01", "otto")
    with write(office.engine) as db:
        results = [Result("DAT-02", passed=True, found=("The columns.",))]
        programchecks.record_results(db, office.keys, office.policy, results, NOW)
    return f"/s/c/{consultation_id}/{strand_id}/safeguards"


def test_every_gap_has_a_person_a_task_a_day_and_a_way(desk: Desk, part: str) -> None:
    buttons: set[str] = set()
    for name in VIEWERS:
        browser = desk.browser(name)
        blocks = [each.partition("</ol>")[0] for each in browser.get(part).split('<li class="block">')[1:]]
        assert len(blocks) > 30
        for block in blocks:
            words = sentences(f"<main>{block}")
            title = words[:60]
            assert "What to do:" in words, title
            assert "By Mon 11 March 2030" in words, title
            assert re.search(r"Waits for|You", words), title
            if "Waits for" in words:
                assert re.search(r"\([^)]+\)", words.partition("Waits for")[2]), f"nobody is named: {title}"
            address, button = BUTTON.findall(block)[-1]
            there = browser.get(unescape(address))
            assert re.search(DONE_THERE[button], there), (name, title, button, address)
            buttons.add(button)
    assert buttons == set(DONE_THERE)


def test_every_other_link_of_the_gate_leads_somewhere(desk: Desk, part: str) -> None:
    nadia = desk.browser("nadia")
    page = nadia.get(part).partition("<main")[2].partition("</main>")[0]
    links = {unescape(each) for each in re.findall(r'<a [^>]*href="(/[^"]+)"', page)}
    substitutes = {each for each in links if "/substitutes?for=" in each}
    assert len(links) > 60
    assert substitutes, "a gap that allows it offers a written substitute"
    for address in sorted(links):
        there = nadia.get(address)
        if address in substitutes:
            wanted = address.rpartition("=")[2]
            assert re.search(rf'value="{wanted}"[^>]*selected|selected[^>]*value="{wanted}"', there), wanted
