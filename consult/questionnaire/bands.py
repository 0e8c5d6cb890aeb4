"""Storage age bands and the standard views that can be rebuilt from them.

The person says an age in years; only the band is kept. The bands are cut so that the three views that reports use
(A: 6–9, 10–12, 13–15, 16–17 as in the ICO Children's Code; B: five years as in UN statistics; C: WHO adolescents)
can all be made from them. Eighteen is the line between children and adults in every view.
"""

from collections.abc import Mapping
from types import MappingProxyType

_STARTS = (
    (25, "25p"),
    (20, "20_24"),
    (18, "18_19"),
    (16, "16_17"),
    (15, "15"),
    (13, "13_14"),
    (10, "10_12"),
    (6, "6_9"),
    (0, "u6"),
)

AGE_BANDS: tuple[str, ...] = tuple(band for _, band in reversed(_STARTS))
CHILD_BANDS: tuple[str, ...] = AGE_BANDS[: AGE_BANDS.index("18_19")]
ADULT_BANDS: tuple[str, ...] = AGE_BANDS[AGE_BANDS.index("18_19") :]
OLDEST = 120

Groups = Mapping[str, tuple[str, ...]]

VIEWS: Mapping[str, Groups] = MappingProxyType(
    {
        "A": MappingProxyType(
            {
                "6_9": ("6_9",),
                "10_12": ("10_12",),
                "13_15": ("13_14", "15"),
                "16_17": ("16_17",),
                "18_24": ("18_19", "20_24"),
                "25p": ("25p",),
            }
        ),
        # Nobody under six is asked, so the UN group 5–9 holds ages 6 to 9 only.
        "B": MappingProxyType(
            {
                "5_9": ("6_9",),
                "10_14": ("10_12", "13_14"),
                "15_19": ("15", "16_17", "18_19"),
                "20_24": ("20_24",),
            }
        ),
        "C": MappingProxyType({"10_14": ("10_12", "13_14"), "15_19": ("15", "16_17", "18_19")}),
    }
)


def band_of(age: int) -> str:
    """The storage band of an age in completed years.

    Raises ValueError under 0 or over 120: that is a slip of the finger, not an age.
    """
    if not 0 <= age <= OLDEST:
        raise ValueError(f"an age is 0 to {OLDEST} years, not {age}")
    return next(band for start, band in _STARTS if age >= start)


def group_of(band: str, view: str) -> str | None:
    """The group that `band` falls into in a view, or None where the view has no such group."""
    return next((group for group, bands in VIEWS[view].items() if band in bands), None)
