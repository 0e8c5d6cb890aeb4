"""The level grammar: how strictly a requirement binds an audience, on what condition, in which modes.

``HARD SH,G@T2; EQ GA`` reads: hard for S and H, hard for G where the condition T2 holds, EQ for G and A.
Several may match; the strictest matching one wins. An audience that is not named is not bound at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from .plan import RemoteKind, Strand
from .terms import LIVE_MODES, Audience, Level, Mode, Role, Topic

__all__ = ["Condition", "ModeRule", "Rule", "conditions_of", "parse_level", "parse_modes", "strictest", "weakens"]


class Condition(StrEnum):
    """What may stand after @."""

    HARM_TOPIC = "T2"
    UNDER_13 = "<13"
    LIVE = "live"
    ONLINE_INDIVIDUAL = "OI"
    ONLINE_GROUP = "OG"
    IN_PERSON_GROUP = "PG"
    IN_PERSON_INDIVIDUAL = "PI"
    REMOTE = "RM"
    IF_USED = "if-used"
    FALLBACK = "fallback"
    CLAIMS = "claims-to-represent"
    SAFETY_TEXTS = "safety-texts"


@dataclass(frozen=True, slots=True)
class Rule:
    """One level for one audience, always or on a condition."""

    level: Level
    audience: Audience
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class ModeRule:
    """Modes in which a requirement counts."""

    modes: frozenset[Mode]
    chat_only: bool = False
    triage_in_forms: bool = False

    def covers(self, strand: Strand) -> bool:
        """Whether the requirement counts for the strand's mode; RM by phone shows no page, so page rules skip it."""
        if self.chat_only and strand.mode is Mode.REMOTE and strand.remote is RemoteKind.PHONE:
            return False
        return strand.mode in self.modes


_LEVELS, _LETTERS, _CONDITIONS = frozenset(Level), frozenset(Audience), frozenset(Condition)
_STRICTNESS = {level: rank for rank, level in enumerate(Level)}


def parse_level(text: str) -> tuple[Rule, ...]:
    """The rules of a level text; ValueError says what cannot be read."""
    rules: list[Rule] = []
    for part in text.split(";"):
        word, _, terms = part.strip().partition(" ")
        if word not in _LEVELS:
            raise ValueError(f"'{word}' is not HARD, EQ or ADV")
        if not terms.strip():
            raise ValueError(f"'{word}' names no audience")
        for term in terms.split(","):
            rules += _term(Level(word), term.strip())
    return tuple(rules)


def _term(level: Level, term: str) -> list[Rule]:
    letters, at, condition = term.partition("@")
    if not letters or not _LETTERS.issuperset(letters):
        raise ValueError(f"'{letters}' are not letters of G, S, H, A, R")
    if at and condition not in _CONDITIONS:
        raise ValueError(f"condition '@{condition}' is not one of: {', '.join(Condition)}")
    return [Rule(level, Audience(letter), Condition(condition) if at else None) for letter in letters]


_MODE_TERM = re.compile(r"(?P<word>all|live|OI|OG|PG|PI|RM)(?P<chat>\(chat\))?(?P<triage>: triage team)?")


def parse_modes(text: str) -> ModeRule:
    """The modes of a text such as "all", "OI OG RM(chat)" or "live; OI: triage team"; ValueError says what is wrong."""
    found = list(_MODE_TERM.finditer(text))
    if not found or _MODE_TERM.sub("", text).strip(" ;"):
        raise ValueError(f"'{text}' is not made of: all, live, OI, OG, PG, PI, RM, RM(chat), OI: triage team")
    modes: set[Mode] = set()
    for term in found:
        modes |= _modes(term["word"])
    return ModeRule(frozenset(modes), any(t["chat"] for t in found), any(t["triage"] for t in found))


def _modes(word: str) -> frozenset[Mode]:
    return {"all": frozenset(Mode), "live": LIVE_MODES}.get(word) or frozenset({Mode(word)})


def strictest(rules: Iterable[Rule], audience: Audience, holding: frozenset[Condition]) -> Level | None:
    """The strictest level that matches; None when the audience is not bound."""
    matching = [r.level for r in rules if r.audience is audience and (r.condition is None or r.condition in holding)]
    return min(matching, key=_STRICTNESS.__getitem__, default=None)


def conditions_of(strand: Strand) -> frozenset[Condition]:
    """What holds for a strand with one mode. Safety texts are part of every strand."""
    checks = {
        Condition.HARM_TOPIC: Topic.HARM_IN_GENERAL in strand.all_topics,
        Condition.UNDER_13: any(band.youngest < 13 for band in strand.age_bands),
        Condition.LIVE: strand.live,
        Condition(strand.mode.value): True,
        Condition.IF_USED: strand.uses_interpreters or any(Role.INTERPRETER in m.roles for m in strand.staff),
        Condition.FALLBACK: bool(strand.fallback_for),
        Condition.CLAIMS: strand.claims_to_represent,
        Condition.SAFETY_TEXTS: True,
    }
    return frozenset(condition for condition, holds in checks.items() if holds)


def weakens(new: Sequence[Rule], old: Sequence[Rule]) -> Audience | None:
    """The first audience that ``new`` binds less than ``old`` in some combination of conditions, if any."""
    named = sorted({rule.condition for rule in (*new, *old) if rule.condition is not None})
    worlds = [frozenset(held) for size in range(len(named) + 1) for held in combinations(named, size)]
    for audience in Audience:
        if any(_rank(new, audience, world) > _rank(old, audience, world) for world in worlds):
            return audience
    return None


def _rank(rules: Sequence[Rule], audience: Audience, world: frozenset[Condition]) -> int:
    level = strictest(rules, audience, world)
    return len(_STRICTNESS) if level is None else _STRICTNESS[level]
