"""Whether one piece of evidence is sound: attested, verified by somebody else, unchanged, in date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .foureyes import different_people, outside, people_who_agreed
from .plan import Strand
from .policy import Requirement
from .record import Evidence, Waiver, WaiverCode
from .results import Status
from .said import Said, either, joined, said
from .terms import Mode, Role, Topic
from .validity import Case, alerts, holds_until, must_hold_past_close, planned_start

__all__ = ["HOLDS", "NO_EVIDENCE", "Verdict", "judge", "waiver_lacks"]

HOLDS = said("attested, checked and in date")
NO_EVIDENCE = said("there is no evidence")

_OWN_FORM_FROM = 13


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one piece of evidence stands, in words, and until when it holds."""

    status: Status
    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """One entry as evidence for a requirement about a subject."""

    entry: Evidence
    requirement: Requirement
    case: Case
    subject: str
    by_default: bool


def judge(entry: Evidence, requirement: Requirement, case: Case, subject: str = "", *, by_default: bool) -> Verdict:
    """The first thing that is wrong with an entry, else met.

    ``by_default``: the entry stands under ``*``: taken as given in the allowed roles and for exactly this plan.
    """
    piece = _Piece(entry, requirement, case, subject, by_default)
    for check in _CHECKS:
        verdict = check(piece)
        if verdict is not None:
            return verdict
    return Verdict(Status.MET, HOLDS, holds_until(entry, requirement, case, subject))


def _taken_back(piece: _Piece) -> Verdict | None:
    entry = piece.entry
    if entry.found_false:
        return Verdict(Status.FOUND_FALSE, said("it was found to be untrue"))
    return Verdict(Status.REVOKED, said("it was taken back")) if entry.revoked else None


def _attested(piece: _Piece) -> Verdict | None:
    entry, now = piece.entry, piece.case.at
    if entry.missing or not entry.attested_by or entry.attested_at is None:
        return Verdict(Status.MISSING, NO_EVIDENCE)
    if entry.attested_at > now:
        return Verdict(Status.MISSING, said("it is attested only from %(when)s", when=entry.attested_at))
    return None


def _four_eyes(piece: _Piece) -> Verdict | None:
    """Another person checks: nobody who facilitates, unless the rule itself asks the facilitator (SAF-06); as
    independent approver nobody of the team."""
    entry, verifier = piece.entry, piece.entry.verified_by
    if not verifier:
        return None
    if verifier in (entry.attested_by, entry.entered_by):
        why = said("%(person)s attested it or entered it, and checked it too", person=verifier)
        return Verdict(Status.FOUR_EYES, why)
    member = piece.case.strand.member(verifier)
    if member is not None and member.facilitates and Role.LEAD_FACILITATOR not in piece.requirement.verify:
        return Verdict(Status.FOUR_EYES, said("%(person)s checked it, but facilitates this part", person=verifier))
    if entry.verified_as is Role.INDEPENDENT_APPROVER and not outside(piece.case.strand, verifier):
        why = said("%(person)s checked it as independent approver, but belongs to the team", person=verifier)
        return Verdict(Status.FOUR_EYES, why)
    return None


def _roles(piece: _Piece) -> Verdict | None:
    entry, requirement = piece.entry, piece.requirement
    if piece.by_default:
        return None
    if entry.attested_as not in requirement.attest:
        return Verdict(Status.WRONG_ROLE, said("only %(roles)s can attest it", roles=either(requirement.attest)))
    if entry.verified_by and entry.verified_as not in requirement.verify:
        return Verdict(Status.WRONG_ROLE, said("only %(roles)s can check it", roles=either(requirement.verify)))
    return None


def _verified(piece: _Piece) -> Verdict | None:
    entry = piece.entry
    if not entry.verified_by or entry.verified_at is None or entry.verified_at > piece.case.at:
        why = said("%(person)s attested it, nobody has checked it yet", person=entry.attested_by)
        return Verdict(Status.UNVERIFIED, why)
    if entry.attested_at is not None and entry.verified_at < entry.attested_at:
        return Verdict(Status.UNVERIFIED, said("it was checked before it was attested"))
    return None


def _unchanged(piece: _Piece) -> Verdict | None:
    """Sign-off of questions, texts and software counts for exactly what was seen."""
    if piece.by_default:
        return None
    entry, per = piece.entry, piece.requirement.validity.per
    expected = _expected_digest(piece)
    if expected is not None and entry.digest != expected:
        return Verdict(Status.CHANGED, _OTHER_WORDS if entry.digest else _NO_WORDS)
    release = piece.case.record.release
    if "release" in per and release and entry.release != release:
        why = said("it was given for version %(old)s of the program, not for %(new)s", old=entry.release, new=release)
        return Verdict(Status.CHANGED, why)
    return _newer_profile(piece)


def _expected_digest(piece: _Piece) -> str | None:
    strand = piece.case.strand
    if piece.requirement.id == "SAF-15":
        return strand.questions.locked_digest if strand.questions else None
    if "version" in piece.requirement.validity.per and strand.texts:
        return strand.texts.get(piece.subject)
    return None


def _newer_profile(piece: _Piece) -> Verdict | None:
    """ETH-05 repeats what SAF-08 says: a later profile needs a new check of the text."""
    profile, given = piece.requirement.validity.same_as, piece.entry.attested_at
    if not profile or given is None:
        return None
    about = [e for e in piece.case.record.entries(profile) if e.subject in ("", piece.subject) and not e.missing]
    if any(e.attested_at is not None and e.attested_at > given for e in about):
        return Verdict(
            Status.CHANGED, said("what it follows (%(requirement)s) was attested after it", requirement=profile)
        )
    return None


def _waiver(piece: _Piece) -> Verdict | None:
    waiver = piece.entry.waiver
    if waiver is None or piece.requirement.id != "ETH-04":
        return None
    lacking = _lacking(waiver, piece.case)
    if not lacking:
        return None
    why = said("the waiver %(code)s still needs: %(what)s", code=waiver.code.value, what=joined(lacking, ", "))
    return Verdict(Status.NOT_FULFILLED, why)


def _lacking(waiver: Waiver, case: Case) -> list[Said]:
    """What the waiver W1 to W4 still needs, by its own conditions and by who must approve."""
    return waiver_lacks(waiver, case.strand) + _unapproved(waiver, case)


def waiver_lacks(waiver: Waiver, strand: Strand) -> list[Said]:
    """What a waiver W1 to W4 needs by its own conditions and has not, whoever approves it (domain reference §5.2)."""
    needs = {said("permission by the law of the place"): waiver.law_allows}
    if waiver.code is WaiverCode.MATURE_ADOLESCENT:
        needs[said("ages 15 to 17")] = strand.ages[0] >= 15 and strand.ages[1] <= 17
        needs[said("an online form or a group in one room")] = strand.mode in (
            Mode.ONLINE_INDIVIDUAL,
            Mode.IN_PERSON_GROUP,
        )
        needs[said("questions about life online, safety and help only")] = strand.all_topics <= {
            Topic.LIFE_ONLINE,
            Topic.SAFETY,
        }
    if waiver.code in (WaiverCode.GUARDIAN_UNSAFE, WaiverCode.NO_GUARDIAN):
        needs[said("an independent adult")] = waiver.independent_adult
    if waiver.code is WaiverCode.GUARDIAN_UNSAFE:
        needs[said("the child's support worker")] = waiver.support_worker
    if waiver.code is WaiverCode.OPT_OUT:
        needs[said("questions about life online only")] = strand.all_topics <= {Topic.LIFE_ONLINE}
    return [need for need, there in needs.items() if not there]


def _unapproved(waiver: Waiver, case: Case) -> list[Said]:
    """Never by a facilitator, the approver from outside the team, each role by another person."""
    roles = [Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER]
    if waiver.code is not WaiverCode.OPT_OUT:
        roles.append(Role.ETHICS_BOARD)
    agreed = {role: people_who_agreed(waiver.approved_by, role, case.strand, case.at) for role in roles}
    missing = [said("a yes that counts of the %(role)s", role=role) for role, people in agreed.items() if not people]
    return missing if missing or different_people(*agreed.values()) else [said("a different person for each yes")]


def _codes_asked(piece: _Piece) -> Verdict | None:
    """Children under 13 fill in a form of their own with a guardian's code only, or under a waiver (§2.1)."""
    strand = piece.case.strand
    if piece.by_default or piece.requirement.id != "ETH-04" or piece.entry.waiver is not None:
        return None
    if strand.mode is not Mode.ONLINE_INDIVIDUAL or strand.ages[0] >= _OWN_FORM_FROM:
        return None
    if strand.guardian_age is not None and strand.guardian_age >= min(_OWN_FORM_FROM, strand.ages[1] + 1):
        return None
    return Verdict(Status.NOT_FULFILLED, _NO_CODES)


def _before_alert(piece: _Piece) -> Verdict | None:
    """What held before an emergency was declared says nothing of the place since, also when the emergency is over."""
    given = piece.entry.attested_at
    if piece.requirement.validity.days_under_alert is None or given is None:
        return None
    since = [alert.at for alert in alerts(piece.case, piece.subject) if alert.at >= given]
    if not since:
        return None
    why = said("an emergency or a conflict was declared there on %(when)s, after this was attested", when=max(since))
    return Verdict(Status.EXPIRED, why)


def _in_date(piece: _Piece) -> Verdict | None:
    case, requirement = piece.case, piece.requirement
    until = holds_until(piece.entry, requirement, case, piece.subject)
    if until is not None and until <= case.at:
        return Verdict(Status.EXPIRED, said("it ran out on %(when)s", when=until))
    needed = must_hold_past_close(case, requirement)
    if until is not None and until < needed:
        why = said("it ends on %(end)s and must hold until %(needed)s", end=until, needed=needed)
        return Verdict(Status.TOO_SHORT, why)
    return _before_live(piece)


def _before_live(piece: _Piece) -> Verdict | None:
    """A drill (SAF-18) counts for live strands only when it was done shortly before the first session."""
    days, given = piece.requirement.validity.days_before_live, piece.entry.attested_at
    start = planned_start(piece.case.strand) if piece.case.strand.live else None
    if days is None or given is None or start is None or given >= start - timedelta(days=days):
        return None
    return Verdict(Status.EXPIRED, said("it must be at most %(n)s days old when the first session starts", n=days))


_OTHER_WORDS = said("it was given for other words than those of the plan now")
_NO_WORDS = said("it does not say for which words it was given")
_NO_CODES = said("children under 13 answer a form of their own with a guardian's code only; the plan asks for no code")

_CHECKS: tuple[Callable[[_Piece], Verdict | None], ...] = (
    _taken_back,
    _attested,
    _four_eyes,
    _roles,
    _verified,
    _unchanged,
    _waiver,
    _codes_asked,
    _before_alert,
    _in_date,
)
