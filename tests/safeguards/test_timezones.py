"""A place says its clock only where all clocks there agree."""

from __future__ import annotations

import pytest

from safeguards.timezones import zone_of


@pytest.mark.parametrize(
    ("places", "zone"),
    [
        (["KE"], "Africa/Nairobi"),
        (["GB-SCT"], "Europe/London"),
        (["DE"], "Europe/Berlin"),  # an enclave has a name of its own for the same clock
        (["PE", "CO"], "America/Lima"),
        (["PE", "KE"], ""),
        (["PA", "PE"], "America/Panama"),
        (["GB", "GH"], ""),  # the same in winter
        (["ES"], ""),
        (["BR"], ""),
        (["KE", "XX"], ""),
        ([], ""),
    ],
)
def test_the_zone_of_a_place(places: list[str], zone: str) -> None:
    assert zone_of(*places) == zone
