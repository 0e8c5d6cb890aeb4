"""What a participant may see of a strand: everything its pages need, and whether they may be shown now.

`door` reads everything anew. `doorkeeper` keeps what was read for as long as nothing has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, Text, bindparam, cast, or_, select
from sqlalchemy.orm import Session

from consult.models import Consultation, LiveSession, Person, Signature, Strand, StrandState
from consult.questionnaire.form import Form
from consult.services.gate.consenting import agreed_waivers
from consult.services.opening.triage import due, waiting_since
from consult.services.participation.helplines import (
    HelpService,
    emergency_numbers,
    services_of_strand,
    unsigned_services_of_strand,
)
from consult.services.participation.permit import Ruling, RunningPermit
from consult.services.participation.sittings import Sitting, sitting_of
from consult.services.policyinforce import in_force
from consult.services.texts.wording import text_digest
from safeguards.codec import Problem, decode
from safeguards.plan import Session as Planned
from safeguards.plan import Window
from safeguards.policy import Policy
from safeguards.terms import LIVE_MODES, SPECIALIST, AgeBand, Audience, Decision, RepresentativeClass, RespondentClass

__all__ = [
    "Door",
    "Face",
    "LastDay",
    "door",
    "door_by_code",
    "door_for",
    "last_day_of",
    "permit_of",
    "take_back_until",
    "unsigned_door",
    "withdrawal_days",
    "written",
]

T = TypeVar("T")

_DEFAULT_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Face:
    """The form of a strand, read once, with its digests and the languages in which nothing is missing.

    `digest` is that of everything, `set_digest` of the questions and texts in their source, `texts` of each language.
    """

    form: Form
    digest: str
    set_digest: str
    languages: tuple[str, ...]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A strand as the person in front of it may experience it."""

    strand_id: str
    code: str
    permit: RunningPermit
    ruling: Ruling
    cover_name: str
    decision_maker: str
    audience: str
    mode: str
    respondent_class: str
    ages: tuple[int, int]
    bands: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    minutes: int
    face: Face
    languages: tuple[str, ...]
    #: languages that were signed and in which nobody can take part now: their words changed, or a protection is missing
    shut: frozenset[str]
    #: of the plan that was signed, whichever of its languages
    plan_digest: str
    #: the last day on which answers can be taken back, in local time; None while no close is planned
    take_back_until: date | None
    feedback_due: date
    services: tuple[HelpService, ...]
    emergency: Mapping[str, str]
    #: place → language → whom the law says to tell, where the consultation says so
    authorities: Mapping[str, Mapping[str, str]]
    #: children younger than this bring a guardian's code; None: nobody does
    guardian_age: int | None = None
    #: places in which nobody brings one, because that was waived for everybody there, and until when
    waived: tuple[tuple[str, datetime | None], ...] = ()
    #: in a live strand, the name of the lead on duty, in a session of who answers in it: whom we must tell
    duty_lead: str = ""
    #: the edition that was read and, in this worker, the number of the reading; None where it was not kept
    edition: int | None = None
    reading: int | None = None
    #: the session in which somebody answers, where people meet; "" anywhere else, and then a live strand is shut
    session_id: str = ""

    @property
    def form(self) -> Form:
        """Questions, texts and dimensions."""
        return self.face.form

    @property
    def offered(self) -> tuple[str, ...]:
        """The languages in which people may take part now."""
        return tuple(each for each in self.languages if each not in self.shut)

    def schema(self, language: str) -> str:
        """What somebody reads in this language: the question set and the words, by their digests."""
        return f"{self.face.set_digest[:32]}{self.face.texts.get(language, '')[:32]}"

    @property
    def live(self) -> bool:
        """Whether somebody of ours is with the person who answers."""
        return self.mode in LIVE_MODES

    def needs_guardian(self, band: str, place: str, now: datetime) -> bool:
        """Whether somebody of this band in this place goes on with a guardian's code only, now.

        A band is as old as its youngest.
        """
        if self.guardian_age is None or band not in set(AgeBand):
            return False
        if any(where == place and (until is None or now < until) for where, until in self.waived):
            return False
        return AgeBand(band).youngest < self.guardian_age

    def admits(self, age: int, band: str) -> bool:
        """Whether somebody of this age belongs to the people who are asked."""
        youngest, oldest = self.ages
        return youngest <= age <= oldest and band in self.bands


def door(db: Session, strand_id: str, now: datetime, policy: Policy | None = None, session_id: str = "") -> Door | None:
    """The door of a strand; None for an id that nobody has. Without a policy the one in force counts.

    Where people meet it is open only in a session that runs: `session_id`, as the door that a code led to says.
    """
    return _door(db, _rows().where(Strand.id == strand_id), now, policy or in_force(db), session_id)


def unsigned_door(db: Session, strand_id: str, now: datetime, policy: Policy) -> Door | None:
    """The same of a part whether anybody signed it or not, for those who set it up: unsigned, it lets nobody in."""
    found = _door(db, _rows(signed=False).where(Strand.id == strand_id), now, policy)
    if found is None:
        return None
    return replace(found, services=unsigned_services_of_strand(db, found.strand_id, found.audience, now, policy))


def door_by_code(db: Session, code: str, now: datetime, policy: Policy | None = None) -> Door | None:
    """The door that a code leads to, however it was typed (spaces, dashes, case); None for an unknown one."""
    codes = written(code)
    session = db.execute(select(LiveSession.id, LiveSession.strand_id).where(LiveSession.code.in_(codes))).first()
    if session is not None:
        return door(db, session.strand_id, now, policy, session.id)
    return _door(db, _rows().where(Strand.entry_code.in_(codes)), now, policy or in_force(db))


def written(code: str) -> set[str]:
    """How a code may be stored, however it was typed."""
    plain = "".join(_plain(character) for character in code)
    return {plain, plain.upper(), plain.lower()} - {""}


def door_for(db: Session, entrance: Door, age: int, band: str, now: datetime, policy: Policy) -> Door | None:
    """Another open part of the same consultation that asks people of this age, for somebody who came to the wrong one.

    Children in general and young adults only: nobody is led to a part for survivors by a guess.
    """
    here = select(Strand.consultation_id).where(Strand.id == entrance.strand_id).scalar_subquery()
    wanted = or_(Strand.audience == Audience.CHILDREN, Strand.representatives == RepresentativeClass.YOUNG_ADULTS)
    others = select(Strand.id).where(Strand.consultation_id == here, Strand.state == StrandState.OPEN, wanted)
    doors = (door(db, other, now, policy) for other in db.scalars(others.order_by(Strand.id)).all())
    return next((each for each in doors if each and each.ruling is Ruling.OPEN and each.admits(age, band)), None)


def permit_of(db: Session, strand_id: str, policy: Policy, session_id: str = "") -> RunningPermit | None:
    """The facts of the running check alone."""
    row = db.execute(_standing_of(strand_id)).first()
    return _permit(db, row, policy, session_id) if row else None


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day for taking answers back, and the time zone in which it ends."""

    day: date
    timezone: str


def last_day_of(mode: str, facts: Mapping[str, Any], policy: Policy) -> LastDay | None:
    """Until when answers of a strand can be taken back; None while no close is planned.

    One date for everybody, shown on every receipt; when it is over, the salt that finds records is destroyed.
    """
    if mode not in LIVE_MODES:
        window = _window(facts)
        return LastDay(take_back_until(window, policy), window.timezone) if window else None
    sessions = [_read(Planned, each) for each in facts.get("sessions") or ()]
    last = max((each for each in sessions if each), key=lambda each: each.ends, default=None)
    if last is None:
        return None
    until = last.ends + timedelta(days=policy.p("P-WD", "live"))
    return LastDay(until.astimezone(ZoneInfo(last.timezone)).date(), last.timezone)


def take_back_until(window: Window, policy: Policy) -> date:
    """The last day, in local time, on which answers can be taken back: so many days after the planned close (P-WD)."""
    closes = window.closes + timedelta(days=withdrawal_days(policy))
    return closes.astimezone(ZoneInfo(window.timezone)).date()


def withdrawal_days(policy: Policy) -> int:
    """For so many days after the planned close answers to a form can be taken back (P-WD)."""
    return policy.p("P-WD", "form")


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(int(character))
    return character if character.isalnum() else ""


def _newest_signature() -> ColumnElement[bool]:
    newest = (
        select(Signature.id)
        .where(Signature.strand_id == Strand.id)
        .order_by(Signature.signed_at.desc(), Signature.id)
        .limit(1)
        .correlate(Strand)
        .scalar_subquery()
    )
    return Signature.id == newest


_STANDING = (
    Strand.id,
    Strand.state,
    Strand.finish_by,
    Strand.facts,
    Strand.mode,
    Signature.decision,
    Signature.valid_until,
    Signature.plan_digest,
    Signature.frame,
    Signature.texts,
    Strand.languages_shut,
    waiting_since().label("waiting_since"),
)


def _standing_of(strand_id: str) -> Select[Any]:
    return _standing().params(strand_id=strand_id)


@cache
def _standing() -> Select[Any]:
    """Written once: it is asked for at every step of every participant."""
    return select(*_STANDING).join(Signature, _newest_signature()).where(Strand.id == bindparam("strand_id"))


@cache
def _rows(*, signed: bool = True) -> Select[Any]:
    form = cast(Strand.form, Text).label("form")
    return (
        select(
            *_STANDING,
            Strand.entry_code,
            Strand.audience,
            Strand.respondent_class,
            form,
            Consultation,
        )
        .join(Consultation, Consultation.id == Strand.consultation_id)
        .join(Signature, _newest_signature(), isouter=not signed)
    )


def _permit(db: Session, row: Row[Any], policy: Policy, session_id: str) -> RunningPermit:
    live = row.mode in LIVE_MODES
    return RunningPermit(
        state=row.state,
        signed_to_open=row.decision is not None and Decision(row.decision).opens,
        valid_until=row.valid_until,
        window=None if live else _window(row.facts),
        finish_by=row.finish_by,
        triage_due=due(row.waiting_since, policy),
        languages_shut=frozenset(row.languages_shut or ()),
        sitting=_sitting(db, row.id, session_id, policy) if live else None,
    )


def _sitting(db: Session, strand_id: str, session_id: str, policy: Policy) -> Sitting | None:
    """The session in which somebody answers; None opens nothing."""
    return sitting_of(db, session_id, db.get_one(Strand, strand_id), policy) if session_id else None


def _shut(row: Row[Any], face: Face) -> frozenset[str]:
    """Shut by a lapse, or because the words of now are not the signed ones, whoever changed them and how."""
    signed = face.texts if row.texts is None else row.texts
    changed = {each for each in row.facts.get("languages", ()) if face.texts.get(each) != signed.get(each)}
    return frozenset(row.languages_shut or ()) | changed


def _door(db: Session, rows: Select[Any], now: datetime, policy: Policy, session_id: str = "") -> Door | None:
    row = db.execute(rows).first()
    if row is None or row.audience in SPECIALIST:  # asked by their own service: no page of ours is for them
        return None
    guardian_age = row.facts.get("guardian_age") if row.respondent_class == RespondentClass.CHILD else None
    permit, face, consultation = _permit(db, row, policy, session_id), _face(row.form), row.Consultation
    last_day = last_day_of(row.mode, row.facts, policy)
    ages = (int(row.facts["ages"][0]), int(row.facts["ages"][1]))
    return Door(
        strand_id=row.id,
        code=row.entry_code or "",
        permit=permit,
        ruling=permit.ruling(now),
        cover_name=consultation.cover_name,
        decision_maker=consultation.decision_maker,
        audience=row.audience,
        mode=row.mode,
        respondent_class=row.respondent_class,
        ages=ages,
        bands=tuple(row.facts.get("bands") or map(str, AgeBand.touched_by(ages))),
        jurisdictions=tuple(row.facts.get("jurisdictions", ())),
        minutes=row.facts.get("minutes") or _DEFAULT_MINUTES,
        face=face,
        languages=tuple(each for each in row.facts.get("languages", ()) if each in face.languages),
        shut=_shut(row, face),
        plan_digest=row.frame or row.plan_digest or "",
        take_back_until=last_day.day if last_day else None,
        feedback_due=consultation.feedback_due,
        services=services_of_strand(db, row.id, row.audience, now, policy),
        emergency=emergency_numbers(row.facts),
        authorities={each["jurisdiction"]: each.get("authority") or {} for each in row.facts.get("emergency", ())},
        guardian_age=guardian_age,
        waived=_waived(db, consultation.id, row.id) if guardian_age is not None else (),
        duty_lead=_duty_lead(db, row.mode, row.facts, permit.sitting, now),
        session_id=session_id if permit.sitting else "",
    )


def _waived(db: Session, consultation_id: str, strand_id: str) -> tuple[tuple[str, datetime | None], ...]:
    """Places with a waiver for everybody; no query for a part that asks nobody for a code."""
    agreed = agreed_waivers(db, consultation_id, strand_id)
    return tuple((row.jurisdiction, row.expires) for row in agreed if row.everyone)


def _duty_lead(db: Session, mode: str, facts: Mapping[str, Any], sitting: Sitting | None, now: datetime) -> str:
    """The name of the lead whom we must tell, where people meet: who answered in the session, else who is planned.

    No query for a form that people fill in alone.
    """
    if mode not in LIVE_MODES:
        return ""
    there = (sitting.live(now).lead or sitting.meeting.session.duty_lead) if sitting else ""
    who = there or (facts.get("duty") or {}).get("lead", "")
    return db.scalar(select(Person.name).where(Person.id == who)) or ""


def _window(facts: Mapping[str, Any]) -> Window | None:
    """The open period; None, which opens nothing, when it is missing or can not be read."""
    return _read(Window, facts.get("window"))


def _read(kind: type[T], raw: object) -> T | None:
    problems: list[Problem] = []
    return decode(kind, raw, "", problems)


@lru_cache(maxsize=64)
def _face(text: str) -> Face:
    form = Form.from_json(json.loads(text))
    texts = {language: text_digest(form, language) for language in form.languages}
    return Face(form, form.digest(), form.set_digest(), form.complete_languages(), texts)
