"""What the protection costs on the form of the demonstration, beside the least that any safe choice would cost.

Invented answers to the form for 13 to 17, in all tables of a release: the last row of the cases in
docs/explanation/disclosure-control.md. The search for the least number of cells is over in seconds; that for the fewest
people lost ends with a bound, after a minute or two.

    python tools/measure_demo_utility.py            # 240 people, 20 units of work a search
    python tools/measure_demo_utility.py 240 600
"""

from __future__ import annotations

import json
import sys

from consult.bench.invented import BANDS, LANGUAGES, form, payloads
from consult.inclusion.tabulate import Tables
from consult.inclusion.utility import beside_optimum_in
from consult.services.tables.codedrows import count_answers
from consult.services.tables.tabulating import Tabulation

__all__ = ["counted"]

PEOPLE, WORK = 240, 20


def counted(people: int) -> Tables:
    """Invented answers in the tables of a release."""
    tabulation = Tabulation("utility", "utility", "child", 10, form().to_json(), BANDS, LANGUAGES, WORK)
    return count_answers((each.to_bytes() for each in payloads(people)), tabulation)


if __name__ == "__main__":
    wanted = [int(each) for each in sys.argv[1:]]
    people, work = wanted + [PEOPLE, WORK][len(wanted) :]
    print(json.dumps(beside_optimum_in("the form of the demonstration", counted(people), work), indent=1))
