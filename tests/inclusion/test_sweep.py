"""Series of releases of invented people, made and attacked by the commands, and compared with the people themselves."""

from pathlib import Path

import pytest

from tools.sweep_series import SERIES, Series, attack

SMALL = [series for series in SERIES if series.people <= 120 and series.dimensions == 3 and series.shape != "even"]


@pytest.mark.slow
@pytest.mark.parametrize("series", SMALL[-3:], ids=str)
def test_three_releases_in_a_row_give_nobody_away(series: Series, tmp_path: Path) -> None:
    told = attack(series, tmp_path)
    assert told.made == 3
    assert told.withheld > 0
    assert told.findings == ()
