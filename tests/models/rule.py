"""One rule of the database, as a test attacks it."""

from typing import NamedTuple


class Rule(NamedTuple):
    """An attack, the lawful statement beside it, and words of the refusal."""

    attack: str
    lawful: str
    refusal: str
