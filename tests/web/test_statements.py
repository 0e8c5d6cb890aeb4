"""How many statements a staff page sends: no more because there are more people or proofs, on new pages too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from consult.database import read
from consult.demo.setup import Stage
from consult.models import Strand
from consult.models.base import Base
from tests.meetings import live_part
from tests.office import Office
from tests.scenario import open_part, sent_on_sqlite, stage_on_sqlite
from tests.web.staff.desk import Browser, Desk

__all__ = ["sent_on_sqlite", "stage_on_sqlite"]

#: So many more of each thing.
MORE = 18
#: Pages that look at each person by themselves: the most statements a person.
FOR_EACH_PERSON = {"facilitate.recusals": 1, "safeguard.log_allegation": 1, "review.key": 1}


@pytest.fixture
def site(stage_on_sqlite: Stage, tmp_path: Path) -> Pages:
    """Two consultations with parts that run, one of which meets. The guards of the database are down, for many rows."""
    for key in ("children", "adult_survivors", "young_adults"):
        open_part(stage_on_sqlite, key)
    meeting = live_part(stage_on_sqlite).strands["meeting"]
    with stage_on_sqlite.engine.begin() as connection:
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return Pages(stage_on_sqlite, tmp_path, {"form": stage_on_sqlite.strands["children"], "meeting": meeting})


class Pages:
    """Every staff page whose address needs no more than a part, as the first of these people sees it who may."""

    def __init__(self, stage: Stage, folder: Path, parts: Mapping[str, str]) -> None:
        self.stage, self.parts = stage, parts
        office = Office(stage.engine, stage.keys, stage.policy, dict(stage.people), dict(stage.passphrases))
        self.desk = Desk.over(office, folder)
        self.browsers = [self.desk.browser(each) for each in stage.people]
        self.sees: dict[str, Browser] = {}
        with read(stage.engine) as db:
            self.consultations = {each: db.get_one(Strand, each).consultation_id for each in parts.values()}

    def statements(self) -> dict[tuple[str, str], int]:
        """(Endpoint, which part) and how many statements the page sent."""
        rules = [
            rule
            for rule in self.desk.app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            and rule.rule.startswith("/s/")
            and rule.arguments <= {"consultation_id", "strand_id"}
        ]
        found = {}
        for rule in rules:
            for kind, part in self.parts.items():
                address = rule.rule.replace("<consultation_id>", self.consultations[part]).replace("<strand_id>", part)
                for browser in (self.sees[address],) if address in self.sees else self.browsers:
                    with counted(self.stage) as sent:
                        status = browser.client.get(address).status_code
                    if status == 200:
                        found[rule.endpoint, kind], self.sees[address] = len(sent), browser
                        break
                if not rule.arguments:
                    break
        return found

    def grown(self, before: Mapping[tuple[str, str], int]) -> dict[str, int]:
        """By how many statements each page has grown at the most, where it has."""
        after, grown = self.statements(), dict[str, int]()
        assert set(after) == set(before)
        for (endpoint, kind), sent in after.items():
            if sent > before[endpoint, kind]:
                grown[endpoint] = max(grown.get(endpoint, 0), sent - before[endpoint, kind])
        return grown


@contextmanager
def counted(stage: Stage) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(stage.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(stage.engine, "before_cursor_execute", note)


def test_more_people_and_more_proofs_cost_no_more_statements(site: Pages) -> None:
    site.statements()
    before = site.statements()
    tables = Base.metadata.tables
    with site.stage.engine.begin() as connection:
        people = connection.execute(select(tables["people"])).mappings().all()
        for n in range(MORE):
            for row in people[:2]:
                new = {"id": f"{row['id'][:12]}-{n}", "email": f"{n}{row['email']}"}
                connection.execute(insert(tables["people"]).values(**{**row, **new}))
        for row in connection.execute(select(tables["evidence"])).mappings().all():
            connection.execute(insert(tables["evidence"]).values(**{**row, "id": f"{row['id'][:12]}-n"}))
    allowed = {endpoint: most * MORE * 2 for endpoint, most in FOR_EACH_PERSON.items()}
    assert {page: more for page, more in site.grown(before).items() if more > allowed.get(page, 0)} == {}
