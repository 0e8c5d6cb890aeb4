"""Whether two texts can be seen to come from one person: the same uncommon run of words stands in both."""

from __future__ import annotations

import re

__all__ = ["shared_words"]

_WORD = re.compile(r"[^\W_]+")
RUN = 5


def shared_words(one: str, other: str, run: int = RUN) -> str:
    """The first run of `run` words that stands in both texts, as the first has it; "" where there is none.

    It sees copied words only. Whether a story, a habit of writing or a rare subject ties two texts together is for
    the people who read them.
    """
    words, theirs = _WORD.findall(one.casefold()), _WORD.findall(other.casefold())
    seen = {tuple(theirs[at : at + run]) for at in range(len(theirs) - run + 1)}
    for at in range(len(words) - run + 1):
        if tuple(words[at : at + run]) in seen:
            return " ".join(words[at : at + run])
    return ""
