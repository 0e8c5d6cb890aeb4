"""What one response holds, and the bytes of it that are sealed.

The answers, a copy of the profile for tables across both, and what they were given under: band, language, mode, the
texts that were read (by the digest of the form), the place where it matters, and flags. No time, no order, no person.

Before that, as one byte each, stands what tables count of it (`codedrows`): a million are counted
without reading a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from consult.questionnaire.answers import Answer

__all__ = ["ANSWERS_SCHEMA", "UNDER_FINISHING", "Payload"]

ANSWERS_SCHEMA = "answers/1"
"""The schema that is authenticated with every record of answers; it changes when older bytes can no longer be read."""

UNDER_FINISHING = "submitted_under_C2"
"""Flag of a response that was finished while a lapsed document already kept others from starting."""

_LENGTH_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One response in clear: it exists in the request that seals it, and again only inside an opening."""

    band: str
    language: str
    mode: str
    place: str
    form_version: str
    form_digest: str
    answers: Mapping[str, Answer]
    profile: Mapping[str, str]
    flags: tuple[str, ...] = ()

    def to_bytes(self, counted: bytes = b"") -> bytes:
        """Two bytes of length, `counted`, compact JSON in UTF-8; the same response always gives the same bytes."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        fields |= {"answers": dict(self.answers), "profile": dict(self.profile)}
        text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        return with_length(counted) + text

    @classmethod
    def from_bytes(cls, plain: bytes) -> Payload:
        """The response that `to_bytes` wrote. Raises ValueError or TypeError when the bytes are something else."""
        fields = json.loads(plain if plain.startswith(b"{") else plain[_LENGTH_BYTES + _length(plain) :])
        answers = {key: tuple(value) if isinstance(value, list) else value for key, value in fields["answers"].items()}
        return cls(**{**fields, "answers": answers, "flags": tuple(fields["flags"])})


_FIELDS = tuple(each.name for each in fields(Payload))


def with_length(counted: bytes) -> bytes:
    """What stands before the JSON; no such length begins like JSON, as bytes of before there was one do."""
    return len(counted).to_bytes(_LENGTH_BYTES, "big") + counted


def _length(plain: bytes) -> int:
    return int.from_bytes(plain[:_LENGTH_BYTES], "big")
