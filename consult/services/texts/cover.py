"""Names that participants, and whoever looks over their shoulder, may see: they must not tell the topic."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["telling_word"]

#: Beginnings of words that give the topic away on a card, in a tab or in a browser's history; each shipped language.
_STEMS = (
    "abus", "agress", "assault", "attouch", "csa", "exploit", "groom", "harass", "harcel", "harmed", "harmf", "incest",
    "intim", "maltrait", "molest", "naked", "nude", "offend", "paedo", "pedoph", "perpetrat", "porn", "predat",
    "prostitu", "rape", "rapist", "safeguard", "sex", "surviv", "traffick", "trauma", "victim", "violenc", "violent",
    "اعتداء", "اغتصاب", "استغلال", "تحرش", "جنسي", "ضحية", "ضحايا", "عنف", "ناجون", "ناجيات", "اساءة",
)  # fmt: skip
_WORD = re.compile(r"\w+")


def telling_word(name: str) -> str:
    """The first word of a name that gives the topic away; "" when none does. Capitals and accents hide nothing."""
    for word in (match.group() for match in _WORD.finditer(name)):
        plain = _plain(word).removeprefix("ال")
        if any(plain.startswith(_plain(stem)) for stem in _STEMS):
            return word
    return ""


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
