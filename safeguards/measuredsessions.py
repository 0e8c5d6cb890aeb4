"""What is computed about meetings and forms: adults, ratios, the lead on duty, groups, length, practitioners."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from .measure import Measure, age_case, aged, fine, lacking, sessions_left
from .plan import Session, StaffMember, Strand
from .policy import Policy
from .said import Said, counted, joined, said
from .terms import SPECIALIST, Audience, Mode, Role
from .validity import Case

__all__ = [
    "duty_lead",
    "groups",
    "length",
    "longest_stretch",
    "longest_work",
    "practitioners",
    "ratio",
    "two_adults",
]

Problems = Iterator[Said]


def two_adults(case: Case) -> Measure:
    """SAF-04: two adults who are neither partners nor relatives; vetting is TRN-09 for each adult in contact."""
    if not case.strand.live:
        team = [member for member in case.strand.staff if member.contact or member.raw_answers]
        return lacking(_pair(team, case), said("two unrelated adults"))
    return _each_session(case, _two_in, said("two unrelated adults in every session"))


def _two_in(session: Session, case: Case) -> Problems:
    here = _staff(session.adults, case.strand)
    for member in here:
        if not member.contact:
            yield said(
                "%(person)s is there, but is not listed as in contact and so not vetted for it", person=member.person
            )
    yield from _pair([member for member in here if member.contact], case)


def _pair(adults: list[StaffMember], case: Case) -> Problems:
    least = case.policy.p("P-ADULTS")
    if len(adults) < least:
        yield counted("%(n)s adult; at least %(least)s", "%(n)s adults; at least %(least)s", len(adults), least=least)
    elif not any(_unrelated(one, other) for one in adults for other in adults):
        yield said("no two adults are there who are neither partners nor relatives")


def _unrelated(one: StaffMember, other: StaffMember) -> bool:
    apart = one.person != other.person
    return apart and one.person not in other.relatives_of and other.person not in one.relatives_of


def ratio(case: Case) -> Measure:
    """SAF-05: enough adults for the children; the youngest child governs; S and H with practitioners besides."""
    return _each_session(case, _ratio_in, said("enough adults for the children"))


def _ratio_in(session: Session, case: Case) -> Problems:
    children = _size(session, case.strand)
    if children is None:
        yield said("the number of children is not given")
        return
    adults = [member for member in _staff(session.adults, case.strand) if member.contact]
    if case.strand.audience in SPECIALIST:
        adults = [member for member in adults if member.person not in session.practitioners]
    per_adult = _children_per_adult(session, case)
    needed = max(case.policy.p("P-ADULTS"), -(-children // per_adult))
    if len(adults) < needed:
        numbers = {"children": children, "needed": needed, "each": per_adult}
        yield (
            _too_few_besides(len(adults), numbers)
            if case.strand.audience in SPECIALIST
            else _too_few(len(adults), numbers)
        )


def _too_few(adults: int, numbers: Mapping[str, int]) -> Said:
    return counted(
        "%(n)s adult for %(children)s children; %(needed)s are needed, one for every %(each)s",
        "%(n)s adults for %(children)s children; %(needed)s are needed, one for every %(each)s",
        adults,
        **numbers,
    )


def _too_few_besides(adults: int, numbers: Mapping[str, int]) -> Said:
    return counted(
        "%(n)s adult besides practitioners for %(children)s children; %(needed)s are needed, one for every %(each)s",
        "%(n)s adults besides practitioners for %(children)s children; %(needed)s are needed, one for every %(each)s",
        adults,
        **numbers,
    )


def _children_per_adult(session: Session, case: Case) -> int:
    ratio_for, audience = case.policy.p, case.strand.audience
    by_age = ratio_for("P-RATIO", age_case(min(_ages(session, case.strand)[0], 17), teens="13_17"))
    if audience in SPECIALIST:
        return min(by_age, ratio_for("P-RATIO", audience.value))
    return min(by_age, ratio_for("P-RATIO", "OG")) if case.strand.mode is Mode.ONLINE_GROUP else by_age


def duty_lead(case: Case) -> Measure:
    """SAF-06: a safeguarding lead on duty who does not facilitate, answers fast enough and long enough after."""
    duty, policy = case.strand.duty, case.policy
    if duty is None:
        return Measure(ok=False, why=said("no safeguarding lead is on duty"))
    most = policy.p("P-SLR", _pace(case))
    holds = said("on duty: %(person)s; answers within %(most)s minutes", person=duty.lead, most=most)
    return lacking(_duty_problems(case), holds)


def _duty_problems(case: Case) -> Problems:
    strand, duty, policy = case.strand, case.strand.duty, case.policy
    if duty is None:
        return
    named = [session.duty_lead or duty.lead for session in sessions_left(case)] if strand.live else []
    for person in dict.fromkeys(named or [duty.lead]):
        member = strand.member(person)
        if member is None or Role.SAFEGUARDING_LEAD not in member.roles:
            yield said("%(person)s is on duty, but not listed as safeguarding lead or deputy", person=person)
        elif member.facilitates:
            yield said("%(person)s is on duty and facilitates: another lead must be free to act", person=person)
    most, least = policy.p("P-SLR", _pace(case)), policy.p("P-SLT")
    if duty.answers_within_minutes is None or duty.answers_within_minutes > most:
        given = _given(duty.answers_within_minutes)
        yield said("the lead on duty must answer within %(most)s minutes; %(given)s", most=most, given=given)
    if duty.reachable_hours_after is None or duty.reachable_hours_after < least:
        given = _given(duty.reachable_hours_after)
        yield said("the lead on duty must be reachable for %(least)s hours after; %(given)s", least=least, given=given)


def _pace(case: Case) -> str:
    return "live" if case.strand.live else "OI"


def groups(case: Case) -> Measure:
    """SAF-13: ages close together, small enough, no adults among children, S and H never together."""
    return _each_session(case, _group_in, said("ages, size and company of every group fit"))


def _group_in(session: Session, case: Case) -> Problems:
    strand, size, span = case.strand, _size(session, case.strand), case.policy.p("P-SPAN")
    youngest, oldest = _ages(session, strand)
    if strand.asks_children and oldest - youngest > span:
        yield said("%(ages)s are more than %(span)s years apart", ages=aged(youngest, oldest), span=span)
    most = _largest_group(youngest, case)
    if size is None or size > most:
        yield said("at most %(most)s in a group; %(given)s", most=most, given=_given(size))
    if strand.asks_children and session.adult_participants:
        yield counted(
            "%(n)s adult would take part with children",
            "%(n)s adults would take part with children",
            session.adult_participants,
        )
    others = sorted(set(session.audiences) - {strand.audience})
    if others:
        yield said("these must not be together: %(who)s", who=joined((strand.audience, *others), ", "))
    here = session.venue or strand.venue
    if any(each.takes(here, session.starts, session.ends) for each in case.record.meetings):
        yield said(
            "another group meets in the same place at the same time; meet at another time, or name the rooms apart"
        )


_TOGETHER = frozenset({Mode.IN_PERSON_GROUP, Mode.ONLINE_GROUP})


def _largest_group(youngest: int, case: Case) -> int:
    most, audience, mode = case.policy.p, case.strand.audience, case.strand.mode
    sizes = [most("P-GROUP", mode.value) if mode in _TOGETHER else 1]
    if audience in SPECIALIST:
        sizes.append(most("P-GROUP", audience.value))
    if mode is Mode.IN_PERSON_GROUP and youngest < 10:
        sizes.append(most("P-GROUP", "PG_6_9"))
    return min(sizes)


def length(case: Case) -> Measure:
    """SAF-14: how long it takes and when there are breaks; the youngest governs."""
    if case.strand.live:
        return _each_session(case, _length_in, said("length and breaks of every session fit"))
    most = case.policy.p("P-FORM", age_case(case.strand.ages[0], teens="13_15"))
    minutes = case.strand.minutes
    if minutes is None or minutes > most:
        age, given = case.strand.ages[0], _given(minutes)
        why = said(
            "the form may take at most %(most)s minutes at age %(age)s; %(given)s", most=most, age=age, given=given
        )
        return Measure(ok=False, why=why)
    return fine(said("%(minutes)s of at most %(most)s minutes", minutes=minutes, most=most))


def _length_in(session: Session, case: Case) -> Problems:
    strand, youngest = case.strand, _ages(session, case.strand)[0]
    minutes = session.active_minutes if session.active_minutes is not None else strand.minutes
    if minutes is None:
        minutes = (session.ends - session.starts) // timedelta(minutes=1)
    most = longest_work(youngest, strand, case.policy)
    if minutes > most:
        yield said("%(minutes)s minutes of work; at most %(most)s", minutes=minutes, most=most)
    longest = longest_stretch(youngest, case.policy)
    marks = [0, *sorted(mark for mark in (session.breaks or strand.breaks) if mark < minutes), minutes]
    if max(after - before for before, after in pairwise(marks)) > longest:
        yield said("a break is needed after every %(n)s minutes of work", n=longest)


def longest_work(youngest: int, strand: Strand, policy: Policy) -> int:
    """Most minutes of work in one session (P-LEN) when the youngest there has this age."""
    most = policy.p("P-LEN", age_case(youngest, teens="13_15"))
    return min(most, policy.p("P-LEN", strand.audience.value)) if strand.audience in SPECIALIST else most


def longest_stretch(youngest: int, policy: Policy) -> int:
    """Most minutes of work before a break (P-BREAK) when the youngest there has this age."""
    return policy.p("P-BREAK", "under_13" if youngest < 13 else "from_13")


def practitioners(case: Case) -> Measure:
    """SUP-07: a support practitioner in the room or one click away (S, H), soon enough (G), on call (A)."""
    return _each_session(case, _practitioners_in, said("a support practitioner is on duty in every session"))


def _practitioners_in(session: Session, case: Case) -> Problems:
    listed = _staff(session.practitioners, case.strand)
    ready = [member for member in listed if Role.SUPPORT_PRACTITIONER in member.roles]
    if case.strand.audience in SPECIALIST:
        yield from _one_for_each_few(session, case, len(ready))
        return
    most = case.policy.p("P-PRACTITIONER") if case.strand.audience is Audience.CHILDREN else None
    within = session.practitioner_within_minutes
    if not ready and (within is None or (most is not None and within > most)):
        if most is None:
            yield said("a support practitioner must be on call; %(given)s", given=_given(within))
        else:
            yield said(
                "a support practitioner must be there within %(n)s minutes; %(given)s", n=most, given=_given(within)
            )


def _one_for_each_few(session: Session, case: Case, ready: int) -> Problems:
    size, each = _size(session, case.strand), case.policy.p("P-PER-PRACTITIONER")
    if size is None:
        yield said("the number of participants is not given")
    elif ready < max(1, -(-size // each)):
        yield counted(
            "%(n)s practitioner for a group of %(size)s; one is needed for every %(each)s",
            "%(n)s practitioners for a group of %(size)s; one is needed for every %(each)s",
            ready,
            size=size,
            each=each,
        )


# ---- what the above share


def _each_session(case: Case, check: Callable[[Session, Case], Problems], otherwise: Said) -> Measure:
    """Every session that is left; of several, which one is named by its start."""
    if not case.strand.sessions:
        return Measure(ok=False, why=said("no session is planned"))
    return lacking((_in(s, problem, case) for s in sessions_left(case) for problem in check(s, case)), otherwise)


def _in(session: Session, problem: Said, case: Case) -> Said:
    if len(case.strand.sessions) < 2:
        return problem
    return said(
        "session on %(when)s: %(problem)s", when=session.starts.astimezone(ZoneInfo(session.timezone)), problem=problem
    )


def _staff(people: tuple[str, ...], strand: Strand) -> list[StaffMember]:
    found: Mapping[str, StaffMember | None] = {person: strand.member(person) for person in people}
    return [member for member in found.values() if member is not None]


def _size(session: Session, strand: Strand) -> int | None:
    return session.children if session.children is not None else strand.group_size


def _ages(session: Session, strand: Strand) -> tuple[int, int]:
    return session.ages or strand.ages


def _given(value: int | None) -> Said:
    return said("nothing is given") if value is None else said("given: %(n)s", n=value)
