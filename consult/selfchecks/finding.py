"""What a check looked at and what did not hold, in sentences for whoever answers for it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Finding"]

_MOST = 12


@dataclass(slots=True)
class Finding:
    """Sentences in the order in which they were found; of problems the first dozen."""

    held: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def looked_at(self, what: str) -> None:
        """Something was looked at and held."""
        self.held.append(what)

    def wrong(self, what: str) -> None:
        """Something does not hold."""
        if what not in self.problems and len(self.problems) < _MOST:
            self.problems.append(what)

    def expect(self, holds: object, otherwise: str) -> bool:
        """Whether it holds; if not, the sentence is kept."""
        if not holds:
            self.wrong(otherwise)
        return bool(holds)
