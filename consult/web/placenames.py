"""Names of the places whose law applies: countries, and parts of a country.

Countries are named by Babel, which has no names of parts. The names of parts are those of CLDR 48 (`subdivisions`),
which has three in every language; those of Northern Ireland are ours. Any other part is its country with its code, so
that two parts of one country are never shown alike.
"""

from __future__ import annotations

import re

from babel import Locale

from consult.errors import sentence

__all__ = ["NOT_A_PLACE", "countries", "is_code", "place_name"]

NOT_A_PLACE = sentence("Write a place as its code, such as PE, or GB-SCT for a part of a country.")
_CODE = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?")

_PARTS = {
    "GB-ENG": {
        "en": "England",
        "es": "Inglaterra",
        "fr": "Angleterre",
        "ar": "إنجلترا",
        "pt": "Inglaterra",
        "sw": "Uingereza",
    },
    "GB-SCT": {"en": "Scotland", "es": "Escocia", "fr": "Écosse", "ar": "اسكتلندا", "pt": "Escócia", "sw": "Uskoti"},
    "GB-WLS": {
        "en": "Wales",
        "es": "Gales",
        "fr": "Pays de Galles",
        "ar": "ويلز",
        "pt": "País de Gales",
        "sw": "Welisi",
    },
    "GB-NIR": {
        "en": "Northern Ireland",
        "es": "Irlanda del Norte",
        "fr": "Irlande du Nord",
        "ar": "أيرلندا الشمالية",
        "pt": "Irlanda do Norte",
        "sw": "Ireland ya Kaskazini",
    },
}

#: Codes of two letters that name no place whose law applies, and two that Babel calls "Pseudo-Accents".
_NO_PLACES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def is_code(typed: str) -> bool:
    """Whether that is a code as ISO 3166 has them, in capitals or not."""
    return _CODE.fullmatch(typed) is not None


def place_name(code: str, locale: Locale) -> str:
    """What a place (PE, GB-SCT) is called in a language; the code itself where nothing is known of it."""
    part = _PARTS.get(code, {}).get(locale.language)
    if part:
        return part
    whole, _, rest = code.partition("-")
    name = None if whole in _NO_PLACES else locale.territories.get(whole)
    if name is None:
        return code
    return f"{name} ({code})" if rest else str(name)


def countries(locale: Locale) -> list[tuple[str, str]]:
    """Code and name of every country, by name, in a language."""
    known = ((code, str(name)) for code, name in locale.territories.items() if len(code) == 2 and code.isalpha())
    return sorted(((code, name) for code, name in known if code not in _NO_PLACES), key=lambda pair: pair[1])
