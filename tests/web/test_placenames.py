"""Places by their names: two parts of one country are never shown alike, in any language."""

from __future__ import annotations

import pytest

from consult.web.languages import LANGUAGES
from consult.web.placenames import countries, place_name

UNITED_KINGDOM = ("GB", "GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS")


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_parts_of_a_country_have_names_of_their_own(code: str) -> None:
    locale = LANGUAGES[code].locale
    names = [place_name(place, locale) for place in UNITED_KINGDOM]
    assert len(set(names)) == len(names)
    assert not any("GB" in name for name in names)


def test_a_part_without_a_name_is_its_country_with_its_code_and_what_nobody_knows_is_its_code() -> None:
    french = LANGUAGES["fr"].locale
    assert place_name("US-CA", french) == "États-Unis (US-CA)"
    assert place_name("GB-SCT", french) == "Écosse"
    assert place_name("KE", french) == "Kenya"
    assert place_name("QQ-1", french) == "QQ-1"


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_can_be_chosen_is_every_country_by_its_name_and_nothing_that_has_no_law(code: str) -> None:
    locale = LANGUAGES[code].locale
    found = dict(countries(locale))
    assert {"KE", "PE", "XK"} <= set(found)
    assert not {"EU", "UN", "XA", "ZZ"} & set(found)
    assert all(found[each] == place_name(each, locale) != each for each in found)
    assert place_name("XA", locale) == "XA"
