"""One series under examination: read, cut into systems, attacked; a withheld cell may be shown by way of trial."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

from consult.inclusion.audit.asked import unsaid
from consult.inclusion.audit.attack import Answer, Attack, OutOfTime
from consult.inclusion.audit.findings import Finding, Kind, Region
from consult.inclusion.audit.implied import Crossings
from consult.inclusion.audit.judge import judge, narrowest, shares, withheld_in
from consult.inclusion.audit.model import System, TooLarge, systems
from consult.inclusion.audit.reading import Bounds, Published, contradictions, read


class Examination:
    """The releases of a series, oldest first, the newest the one in question. `left` tells the work that remains.

    Raises Unreadable. A reader assumes that nobody left between releases, unless the numbers say so; after those that
    are in `may_leave` (position, oldest 0) nobody assumes it.
    """

    def __init__(
        self,
        releases: Sequence[Mapping[str, Any]],
        left: Callable[[], float],
        may_leave: frozenset[int] = frozenset(),
    ) -> None:
        self._releases = releases
        self._left = left
        self.published = read(releases, may_leave)
        losses = _declines(self.published) | may_leave
        if losses != may_leave:
            self.published = read(releases, losses)
        self._shown: dict[Region, Bounds] = {}
        self._attacks: list[tuple[System, Attack, Crossings]] | None = None

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong; undecided counts as wrong."""
        yield from contradictions(self.published)
        yield from shares(self.published)
        yield from unsaid(self.published)
        if not self.published.tables:
            return
        try:
            if self._left() <= 0:
                raise OutOfTime
            if not self._consistent() and self.published.releases > 1:
                self._start_again(frozenset(range(self.published.releases - 1)))
            for system, attack, crossings in self._parts():
                yield from judge(system, attack, crossings, self.published)
        except OutOfTime:
            yield Finding(Kind.UNRESOLVED, (), "the time budget is used up")
        except TooLarge as problem:
            yield Finding(Kind.UNRESOLVED, (), str(problem))

    def narrowest(self) -> int | None:
        """The width of the narrowest range left to a withheld cell of any release; None: nothing is withheld."""
        try:
            return narrowest(
                [
                    (attack, withheld_in(system, self.published, large=attack.large))
                    for system, attack, _ in self._parts()
                ]
            )
        except (OutOfTime, TooLarge):
            return None

    def passes_with(self, groups: Mapping[Region, int]) -> bool:
        """Whether nothing is found when withheld groups of the newest release are shown with their counts.

        If so they stay shown, until they are taken back. Groups that are not withheld here are passed over.
        """
        published = self.published
        regions = [published.at(group, published.releases - 1) for group in groups]
        for region, count in zip(regions, groups.values(), strict=True):
            if region in published.withheld:
                self._shown[region] = published.withheld.pop(region)
                published.exact[region] = count
                self._hold(region, count, count)
        touched = [part for part in self._parts() if any(region in part[0].row_of for region in regions)]
        try:
            if not any(True for part in touched for _ in judge(*part, published)):
                return True
        except (OutOfTime, TooLarge):
            pass
        self.take_back(groups)
        return False

    def take_back(self, groups: Iterable[Region]) -> None:
        """Withhold again what was shown by way of trial."""
        published = self.published
        for group in groups:
            region = published.at(group, published.releases - 1)
            if region in self._shown:
                least, most = published.withheld[region] = self._shown.pop(region)
                del published.exact[region]
                self._hold(region, least, inf if most is None else most)

    def _hold(self, region: Region, low: float, high: float) -> None:
        for system, attack, _ in self._parts():
            for row in system.row_of.get(region, ()):
                attack.fix(row, low, high)

    def _parts(self) -> list[tuple[System, Attack, Crossings]]:
        if self._attacks is None:
            found = systems(self.published)
            self._attacks = [(one, Attack(one, self._left), Crossings(one, self.published)) for one in found]
        return self._attacks

    def _consistent(self) -> bool:
        return all(attack.consistent() is not Answer.IMPOSSIBLE for _, attack, _ in self._parts() if attack.size)

    def _start_again(self, losses: frozenset[int]) -> None:
        self.published = read(self._releases, losses)
        self._attacks = None


def _declines(published: Published) -> frozenset[int]:
    """Releases after which a published count fell: somebody must have left."""
    fallen = set()
    for region, count in published.exact.items():
        group, moment = published.split(region)
        before = published.exact.get(published.at(group, moment - 1)) if moment else None
        if before is not None and count < before:
            fallen.add(moment - 1)
    return frozenset(fallen)
