"""What is computed about help: agreements, hours over every minute people can answer, languages, contact tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .measure import Cell, Measure, aged, cells_of, fine, places_of, sessions_left
from .openinghours import Span, gaps, open_spans
from .plan import Channel, Service, ServiceKind, Strand
from .record import ContactTest
from .said import Language, Place, Said, counted, joined, said
from .terms import SPECIALIST, AgeBand
from .validity import Case, earliest

__all__ = ["agreements", "answering", "contact_tests", "hours", "languages", "serving", "spans_of"]

PRE_CHECK = timedelta(minutes=30)
"""How long before a session everything is looked at again."""

_NO_TIMES = Measure(ok=False, why=said("no time is planned yet, so nobody knows when help is needed"))


def agreements(case: Case) -> Measure:
    """SUP-01: for everybody a service that agreed to take them, until P-TAIL hours past the close."""
    close = _close(case.strand)
    if close is None:
        return _NO_TIMES
    needed = close + timedelta(hours=case.policy.p("P-TAIL"))
    failing: set[Cell] = set()
    ends: list[datetime | None] = []
    for cell in cells_of(case.strand):
        agreed = [s for s in serving(case.strand, cell, any_language=True) if s.kind is ServiceKind.AGREEMENT]
        lasting = [service.agreement_ends for service in agreed if _lasts(service, needed)]
        if lasting:
            ends.append(None if None in lasting else max(end for end in lasting if end is not None))
        else:
            failing.add(cell)
    if failing:
        why = said("no service has agreed until %(until)s to take: %(whom)s", until=needed, whom=_whom(failing))
        return _failed([why], failing, case.strand)
    return fine(said("a service has agreed until %(until)s or longer", until=needed), earliest(ends))


def hours(case: Case) -> Measure:
    """SUP-02: help answers in every minute in which people can answer, and keeps its hours P-TAIL after the close.

    Besides, an emergency contact that answers at every hour is shown for every place.
    """
    close = _close(case.strand)
    if close is None:
        return _NO_TIMES
    wanted = _answering(case)
    tail = close + timedelta(hours=case.policy.p("P-TAIL"))
    failing: dict[Cell, Said] = {}
    for cell in cells_of(case.strand):
        problem = _uncovered(cell, wanted, tail, case)
        if problem:
            failing[cell] = problem
    if failing:
        return _failed(failing.values(), set(failing), case.strand)
    return fine(said("a service answers in every minute in which people can answer"))


def _uncovered(cell: Cell, wanted: list[Span], tail: datetime, case: Case) -> Said | None:
    if not any(e.jurisdiction == cell[1] and e.round_the_clock for e in case.strand.emergency):
        return said("there is no emergency contact that answers at every hour in: %(place)s", place=Place(cell[1]))
    there = serving(case.strand, cell)
    missed = gaps(wanted, (span for service in there for span in spans_of(service, wanted)))
    if missed:
        start, end = missed[0]
        return said("no service answers from %(start)s to %(end)s: %(whom)s", start=start, end=end, whom=_whom({cell}))
    if not any(_lasts(service, tail) and (service.hours or service.round_the_clock) for service in there):
        return said("no service keeps its hours until %(until)s: %(whom)s", until=tail, whom=_whom({cell}))
    return None


def _answering(case: Case) -> list[Span]:
    """When people can still answer, from now on."""
    return [(max(start, case.at), end) for start, end in answering(case.strand) if end > case.at]


def answering(strand: Strand) -> list[Span]:
    """When people can answer, from the first moment to the last."""
    window = strand.window
    if strand.live:
        return [(session.starts, session.ends) for session in strand.sessions]
    if window is None:
        return []
    if not window.hours:
        return [(window.opens, window.closes)]
    return open_spans(window.hours, window.timezone, window.opens, window.closes)


def spans_of(service: Service, wanted: list[Span]) -> Iterator[Span]:
    """When the service answers in the time that is wanted; nothing past the end of its agreement."""
    for start, end in wanted:
        until = min(end, service.agreement_ends) if service.agreement_ends else end
        if service.round_the_clock:
            yield start, until
        else:
            yield from open_spans(service.hours, service.timezone, start, until)


def languages(case: Case) -> Measure:
    """SUP-03: help speaks each language, itself or by an interpreter in time, and so does a first reader."""
    problems: list[Said] = []
    failing: set[Cell] = set()
    for cell in cells_of(case.strand):
        spoken = any(_in_time(service, case) for service in serving(case.strand, cell))
        if not spoken:
            problems.append(said("no service speaks the language in time: %(whom)s", whom=_whom({cell})))
        if not _read_in(cell[0], case.strand):
            language = Language(cell[0])
            problems.append(
                said("nobody of the team reads answers first in this language: %(language)s", language=language)
            )
        if not spoken or not _read_in(cell[0], case.strand):
            failing.add(cell)
    if failing:
        return _failed(problems, failing, case.strand)
    return fine(said("help and somebody who reads answers first speak every language"))


def _in_time(service: Service, case: Case) -> bool:
    return service.interpreter_minutes is None or service.interpreter_minutes <= case.policy.p("P-ANS")


def _read_in(language: str, strand: Strand) -> bool:
    """In a meeting the adults there hear the answers, so one of them will do."""
    return any(language in m.languages and (m.triages or (strand.live and m.contact)) for m in strand.staff)


def contact_tests(case: Case) -> Measure:
    """SUP-04: each listed channel, in each language and from each place, reached a human in time, free, lately."""
    strand = case.strand
    problems: dict[Said, bool] = {}
    failing: set[Cell] = set()
    ends: list[datetime | None] = []
    for cell in cells_of(strand):
        channels = [channel for service in serving(strand, cell) for channel in service.channels]
        verdicts = [_tested(channel, cell, case) for channel in channels]
        if len(channels) < _CHANNELS:
            verdicts.append((_too_few(len(channels), cell), False))
        bad = [verdict for verdict in verdicts if isinstance(verdict, tuple)]
        problems |= dict(bad)
        failing |= {cell} if bad else set()
        ends += [verdict for verdict in verdicts if isinstance(verdict, datetime)]
    if not failing:
        return fine(said("every listed channel was reached in time"), earliest(ends))
    return _failed(problems, failing, strand, ran_out=all(problems.values()))


_CHANNELS = 2


def _too_few(channels: int, cell: Cell) -> Said:
    return counted(
        "%(n)s channel, and a second one must be ready to take over: %(whom)s",
        "%(n)s channels, and a second one must be ready to take over: %(whom)s",
        channels,
        whom=_whom({cell}),
    )


def _tested(channel: Channel, cell: Cell, case: Case) -> datetime | tuple[Said, bool]:
    """Until when the last test counts; or what is wrong, and whether only time has passed."""
    what = {"channel": channel.id, "language": Language(cell[0]), "place": Place(cell[1])}
    if not channel.free:
        return said("%(channel)s (%(language)s, %(place)s) is not listed as free of charge", **what), False
    tests = [test for test in case.record.contact_tests if _about(test, channel, cell, case)]
    verdict, newest = _verdict(_last(test for test in tests if not _alone(test, case)), what, case), _last(tests)
    if isinstance(verdict, datetime) or newest is None or not _alone(newest, case) or _until(newest, case) <= case.at:
        return verdict
    waits = said(
        "%(channel)s (%(language)s, %(place)s): another person has to confirm the test on %(when)s",
        **what,
        when=newest.at,
    )
    return waits, verdict[1]


def _last(tests: Iterable[ContactTest]) -> ContactTest | None:
    """Of two at once the failed one counts."""
    return max(tests, key=lambda test: (test.at, not test.reached), default=None)


def _alone(test: ContactTest, case: Case) -> bool:
    """That somebody answered is believed of nobody alone; that nobody did, of everybody."""
    return test.waits and _passed(test, case)


def _verdict(last: ContactTest | None, what: dict[str, str], case: Case) -> datetime | tuple[Said, bool]:
    if last is None:
        return said("%(channel)s (%(language)s, %(place)s) was never tested", **what), False
    if not _passed(last, case):
        return said("%(channel)s (%(language)s, %(place)s): the test on %(when)s failed", **what, when=last.at), False
    until = _until(last, case)
    if until <= case.at:
        return said(
            "%(channel)s (%(language)s, %(place)s): the test on %(when)s is too old", **what, when=last.at
        ), True
    if _due_today(last, case):
        return said("%(channel)s (%(language)s, %(place)s) was not tested on the day of the session", **what), True
    return until


def _until(test: ContactTest, case: Case) -> datetime:
    return test.at + timedelta(days=case.policy.p("P-TEST", case.strand.audience.value))


def _about(test: ContactTest, channel: Channel, cell: Cell, case: Case) -> bool:
    """A test proves one language from one place; one that failed speaks against all it does not name.

    Where nobody answered, nobody answered in any language.
    """
    if test.channel != channel.id or test.at > case.at:
        return False
    named = (test.language if test.reached else "", test.jurisdiction)
    if _passed(test, case):
        return named == cell[:2]
    return all(said in ("", asked) for said, asked in zip(named, cell[:2], strict=True))


def _passed(test: ContactTest, case: Case) -> bool:
    soon = test.minutes is not None and test.minutes <= case.policy.p("P-ANS")
    return test.reached and soon and test.free and test.tries <= case.policy.p("P-TRIES")


def _due_today(last: ContactTest, case: Case) -> bool:
    """S and H: from the pre-check on, a test of the session's own day is needed."""
    if case.strand.audience not in SPECIALIST:
        return False
    due = [session for session in sessions_left(case) if session.starts - PRE_CHECK <= case.at]
    return any(_day(last.at, s.timezone) != _day(s.starts, s.timezone) for s in due)


def _day(moment: datetime, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).date().isoformat()


# ---- what the above share


def _close(strand: Strand) -> datetime | None:
    """When the last person can answer."""
    if strand.live:
        return max((session.ends for session in strand.sessions), default=None)
    return strand.window.closes if strand.window else None


def serving(strand: Strand, cell: Cell, *, any_language: bool = False) -> list[Service]:
    """The services that take some of the people who are asked, in their language unless any will do."""
    language, jurisdiction, band = cell
    return [
        service
        for service in strand.services
        if (any_language or language in service.languages)
        and jurisdiction in service.jurisdictions
        and (not service.audiences or strand.audience in service.audiences)
        and _takes_ages(service, band, strand)
    ]


def _takes_ages(service: Service, band: AgeBand, strand: Strand) -> bool:
    youngest, oldest = max(band.youngest, strand.ages[0]), min(band.oldest, strand.ages[1])
    return service.ages is None or (service.ages[0] <= youngest and oldest <= service.ages[1])


def _lasts(service: Service, needed: datetime) -> bool:
    return service.agreement_ends is None or service.agreement_ends >= needed


def _whom(cells: Iterable[Cell]) -> Said:
    """Languages, places and ages of some of the people who are asked."""
    languages, places, bands = (sorted(set(part)) for part in zip(*cells, strict=True))
    named = [*map(Language, languages), *map(Place, places), *_ages([AgeBand(band) for band in bands])]
    return joined(named, ", ")


def _ages(bands: list[AgeBand]) -> list[Said]:
    """Bands side by side as one span."""
    spans: list[list[int]] = []
    for band in sorted(bands, key=lambda each: each.youngest):
        if spans and band.youngest == spans[-1][1] + 1:
            spans[-1][1] = band.oldest
        else:
            spans.append([band.youngest, band.oldest])
    return [aged(youngest, oldest) for youngest, oldest in spans]


def _failed(problems: Iterable[Said], failing: set[Cell], strand: Strand, *, ran_out: bool = False) -> Measure:
    return Measure(ok=False, why=joined(problems), failing=places_of(failing, strand), ran_out=ran_out)
