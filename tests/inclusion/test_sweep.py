"""Series of releases of invented people, made and attacked by the commands, and compared with the people themselves."""

from pathlib import Path

import pytest

from tools.sweep_series import SERIES, Series, attack

#: Not in the list of the sweep: under a hundred people, so that five and six dimensions take seconds.
MANY = [Series(30, 5, "lonely", 9), Series(30, 6, "tied", 9)]
SMALL = [series for series in SERIES if series.people == 120 and series.shape in ("tied", "lonely", "unasked")]


@pytest.mark.slow
@pytest.mark.parametrize("series", SMALL, ids=str)
def test_three_releases_in_a_row_give_nobody_away(series: Series, tmp_path: Path) -> None:
    told = attack(series, tmp_path)
    assert told.made == 3
    assert told.withheld > 0
    assert told.findings == ()


@pytest.mark.parametrize("series", MANY, ids=str)
def test_five_and_six_dimensions_give_nobody_away(series: Series, tmp_path: Path) -> None:
    told = attack(series, tmp_path)
    assert told.made == 3
    assert told.cells > 0
    assert told.findings == ()
