"""What finer tables a release has for planned groups, and what they take: python -m tools.measure_planned."""

from __future__ import annotations

import json
from time import process_time

from consult.bench.invented import BANDS, LANGUAGES, form, payloads
from consult.inclusion.gathered import largest_name, original_name
from consult.inclusion.tabulate import tabulate
from consult.services.tables.protecting import protected
from consult.services.tables.tabulating import Tabulation, answer_tables, dimensions_of, row_of

_SIZES = (140, 240, 700)
_PLANNED = (
    (("gender", "girl"),),
    (("gender", "boy"),),
    (("location", "camp"),),
    (("disability", "yes"),),
    (("age", "13_15"), ("gender", "girl")),
)


def _by_largest(names: list[str]) -> bool:
    """Whether it is a table that nobody planned, or ties one: of the largest group and everybody else."""
    return any(name == largest_name(original_name(name)) for name in names)


def main() -> None:
    """One row of the table in docs/explanation/disclosure-control.md a size."""
    asked, dimensions = form(), dimensions_of(form(), BANDS, LANGUAGES)
    always = answer_tables(asked)
    wanted = Tabulation("one", "one", "child", 10, asked.to_json(), BANDS, LANGUAGES, 60, planned=_PLANNED)
    for people in _SIZES:
        rows = (row_of(asked, each) for each in payloads(people))
        counted = tabulate(rows, dimensions, answer_tables(asked, _PLANNED))
        begun = process_time()
        release = json.loads(protected(counted, wanted).text)
        seconds = process_time() - begun
        tables = [each for each in release["tables"] if not _by_largest(each["dimensions"])]
        finer = [table for table in tables if tuple(table["dimensions"]) not in always]
        cells = [cell for table in finer for cell in table["cells"] if "*" not in cell["at"]]
        withheld = sum(cell["count"] is None for cell in cells)
        shown = len(tables) - len(finer)
        print(f"| {people} | {shown} | {len(finer)} | {len(cells)} | {withheld} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
