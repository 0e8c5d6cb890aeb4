"""From people to one frozen release: tabulate, coarsen, protect, audit, freeze. The only way a number leaves."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from consult.inclusion.dimensions import Dimension, InvalidInput, check_dimensions, choose_tables, threshold
from consult.inclusion.document import Heading, document, total_only, unnumbered
from consult.inclusion.series import Series, read_series
from consult.inclusion.tabulate import Tables, tabulate
from consult.inclusion.views import widen

if TYPE_CHECKING:
    from consult.inclusion.audit import Finding
    from consult.inclusion.further import Ways
    from consult.inclusion.protect import Protected

_CROSSED_FROM: Final = 100
_CHOSEN_UNDER: Final = 2
_PLANNED_SHARE: Final = 0.15
_PROTECTION_SHARE: Final = 0.6
_FURTHER_SHARE: Final = 0.3
_FURTHER_UNTIL: Final = 0.75
_RESERVE_SHARE: Final = 0.1
_LAST_SHARE: Final = 0.9
_AUDIT_TIMES: Final = 4


class ReleaseRefused(Exception):
    """The audit objects to the release. `findings` say why; they hold bounds and are not for the public."""

    def __init__(self, findings: "tuple[Finding, ...]") -> None:
        """Keep the findings."""
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        """How many and of which kind, without a number that could be one of theirs."""
        kinds = ", ".join(sorted({finding.kind.value for finding in self.findings}))
        return f"the audit of the release failed: {kinds}"


@dataclass(frozen=True, slots=True)
class Release:
    """A frozen release: the object, its canonical text (UTF-8 JSON, sorted keys) and the text's SHA-256 in hex."""

    json: dict[str, Any]
    text: str
    digest: str


def build_release(
    id: str,  # noqa: A002 - the field's name in the release format
    series: str,
    respondent_class: str,
    k: int,
    dimensions: Sequence[Dimension],
    rows: Iterable[Mapping[str, str]],
    tables: Sequence[tuple[str, ...]] | None = None,
    budget_seconds: float = 60,
    *,
    previous: Sequence[Mapping[str, Any]] = (),
    withdrawn: int | None = None,
    same_people: bool = False,
) -> Release:
    """The release of one population: `rows` hold one category for every dimension and person.

    By size of the population (disclosure control, rule 1): under k no number, under 3k the total alone, under 100 the
    one-way tables and the two-way tables asked for, from 100 on tables of up to three dimensions, all of them if
    `tables` is None. `previous` are the earlier releases of the series, oldest first: nothing of this one may tell
    together with them what each keeps (rule 6). `withdrawn` is how many took their answers back since the last one; it
    is told in whole lots of k. `same_people`: nobody came or left since the newest one, and they are counted by
    something else; only then may the total be the same.
    Raises InvalidInput (wrong arguments or rows; TooSoon when too few people have come since the last release) and
    ReleaseRefused (the audit fails with nothing left to drop).
    """
    check_dimensions(dimensions)
    heading, before = begin(id, series, respondent_class, k, dimensions, previous, withdrawn)
    counted = tabulate(rows, dimensions, choose_tables(dimensions, tables))
    return release_tables(
        heading, counted, chosen=tables is not None, left=budget_seconds, before=before, same_people=same_people
    )


def begin(
    id: str,  # noqa: A002 - the field's name in the release format
    series: str,
    respondent_class: str,
    k: int,
    dimensions: Sequence[Dimension],
    previous: Sequence[Mapping[str, Any]] = (),
    withdrawn: int | None = None,
) -> tuple[Heading, Series]:
    """What a release says of itself, and the series it follows on; raises InvalidInput."""
    if not id or not series:
        raise InvalidInput("a release needs an id and the name of its series")
    before = read_series(previous, series, respondent_class, threshold(respondent_class, k), dimensions)
    if id in before.ids:
        raise InvalidInput(f"an earlier release of the series has the id {id!r}; give this one another")
    return Heading(id, series, respondent_class, k, before.ids, withdrawn), before


def release_tables(
    heading: Heading,
    counted: Tables,
    *,
    chosen: bool,
    left: float,
    before: Series | None = None,
    same_people: bool = False,
    planned: "Sequence[Ways]" = (),
    further: "Sequence[Ways]" = (),
    always: Collection[tuple[str, ...]] = (),
    by_largest: bool = True,
) -> Release:
    """The release of counted tables; `chosen` says that somebody asked for exactly these.

    `left` is how much work may be done to protect it, in seconds that are the same on every machine
    (`audit/effort.py`); it may take four times that until the last audit has decided.

    `planned` are tables among them that stand before all others but the single margins. `further` are finer ones, in
    the order in which they are wanted: each is shown only where that takes no number away that is shown without it (see
    `add_further`). Those that are `always` wanted are protected with the rest. `by_largest`: a table that is too fine
    is tried by its largest group; not where readers see counts in lots alone, which do not say which is the largest.
    """
    from consult.inclusion.audit.effort import work_time  # noqa: PLC0415 - its solvers fill forty megabytes
    from consult.inclusion.further import add_further, planned_first  # noqa: PLC0415 - as above
    from consult.inclusion.protect import protect  # noqa: PLC0415 - as above
    from consult.inclusion.wider import with_largest  # noqa: PLC0415 - as above

    start = work_time()

    def until(share: float) -> Callable[[], float]:
        """The work that remains until so many times `left` are done."""
        return lambda: start + left * share - work_time()

    last = until(_AUDIT_TIMES)

    before = before or Series()
    before.must_have_grown(counted.total, heading.k, same_people=same_people)
    fixed = before.views(counted.dimensions)
    if counted.total < heading.k:
        return freeze(unnumbered(heading), left, before)
    if counted.total < 3 * heading.k:
        return freeze(total_only(heading, counted.total), left, before)
    shown = [names for names in counted.counts if _shown_at(len(names), counted.total, chosen=chosen)]
    finer = {names for ways in (*planned, *further) for bundle in ways for names in bundle} - set(always)
    coarse = _without(counted.only(names for names in shown if names not in finer), finer)
    wide = widen(coarse, heading.k, fixed, [one.shown for one in before.releases])
    everything = counted.only(shown).view({**counted.dimensions, **wide.dimensions})
    first = planned_first(heading, everything, planned, before, until(_PLANNED_SHARE)) if planned else None
    base = {*wide.counts, *(first.tables.counts if first else ())}
    tables = _without(everything.only(names for names in everything.counts if names in base), finer)
    protected = protect(heading, tables, before, until(_PROTECTION_SHARE), left * _RESERVE_SHARE, first)
    lost = [names for names in everything.counts if len(names) == _CHOSEN_UNDER and names not in finer]
    lost = [names for names in lost if names not in protected.tables.counts]
    wider: list[Ways] = []
    if by_largest:
        everything, wider = with_largest(everything, lost, protected.shown(), dict(before.categories))
    if further or wider:
        share = min(_FURTHER_UNTIL, (work_time() - start) / left + _FURTHER_SHARE)
        more = add_further(heading, protected, everything, further, before, until(share), beside=wider)
        with suppress(ReleaseRefused):
            # what is left over is for the release without them, should this one fail
            return _frozen(heading, more, last() / 2, before)
    with suppress(ReleaseRefused):
        return _frozen(heading, protected, last(), before)
    single = wide.only(names for names in wide.counts if len(names) == 1)
    protected = protect(heading, single, before, until(_LAST_SHARE), reserve=left * _RESERVE_SHARE)
    with suppress(ReleaseRefused):
        return _frozen(heading, protected, last(), before)
    return freeze(total_only(heading, counted.total), last(), before)


def _frozen(heading: Heading, protected: "Protected", budget_seconds: float, before: Series) -> Release:
    """The release as it was protected; where the audit objects, without what was shown again at the end."""
    try:
        return freeze(document(heading, protected.tables, protected.withheld), budget_seconds, before)
    except ReleaseRefused:
        careful = document(heading, protected.tables, protected.before_showing)
        return freeze(careful, budget_seconds, before)


def _without(first: Tables, finer: Set[tuple[str, ...]]) -> Tables:
    """The tables without the dimensions that only finer ones have."""
    known = {name for names in first.counts for name in names}
    extra = {name for names in finer for name in names} - known
    return Tables({n: one for n, one in first.dimensions.items() if n not in extra}, first.counts, first.total)


def _shown_at(dimensions: int, total: int, *, chosen: bool) -> bool:
    """Rule 1: at which size of the population a table of so many dimensions is shown."""
    return dimensions == 1 or total >= _CROSSED_FROM or (chosen and dimensions == _CHOSEN_UNDER)


def freeze(release: Mapping[str, Any], budget_seconds: float, before: Series | None = None) -> Release:
    """The release with the summary of its own audit, never to be changed again; raises ReleaseRefused.

    `before` has the earlier releases of its series, and what was shown live.
    """
    from consult.inclusion.audit import audit_release  # noqa: PLC0415 - as above

    before = before or Series()
    result = audit_release(release, budget_seconds, previous=before.documents, snapshots=before.snapshots)
    if not result.ok:
        raise ReleaseRefused(result.findings)
    frozen = {**release, "audit": asdict(result.summary)}
    text = canonical(frozen)
    return Release(frozen, text, hashlib.sha256(text.encode()).hexdigest())


def canonical(release: Mapping[str, Any]) -> str:
    """The text of a release: the same object always gives the same text."""
    return json.dumps(release, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
