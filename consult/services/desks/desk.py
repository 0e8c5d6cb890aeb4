"""What staff pages show of consultations and their parts: frozen copies within the actor's scope, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from consult.errors import NotFound
from consult.models import Consultation, FallbackDebt, Person, Strand, StrandHolder, StrandService, StrandStaff
from consult.questionnaire.form import Form
from consult.services.actors import Actor, Ruling, visible_consultation, visible_consultations, visible_strand
from consult.services.gate.hosting import host_of
from consult.services.gate.planning import form_of
from consult.services.setup.archiving import may_archive
from consult.services.setup.drafting import may_change, may_edit
from safeguards.lifecycle import ConsultationState
from safeguards.terms import CHILD_AUDIENCES, LIVE_MODES, Audience, Mode, RepresentativeClass, Role
from safeguards.timezones import zone_of

__all__ = ["ConsultationView", "StrandCard", "StrandView", "Team", "consultation", "consultations", "strand"]


@dataclass(frozen=True, slots=True)
class StrandCard:
    """One part of a consultation in a list."""

    id: str
    consultation_id: str
    name: str
    audience: str
    representatives: str | None
    mode: str
    state: str
    state_reason: str
    ages: tuple[int, int]
    languages: tuple[str, ...]
    opens: str
    closes: str
    stands_in_for: str | None
    entry_code: str | None


@dataclass(frozen=True, slots=True)
class ConsultationView:
    """A consultation and its parts."""

    id: str
    title: str
    cover_name: str
    purpose: str
    decision_maker: str
    feedback_due: date
    state: str
    version: int
    author: str
    strands: tuple[StrandCard, ...]
    may_change: Ruling
    may_archive: Ruling

    @property
    def archived(self) -> bool:
        """Whether it is over for good."""
        return self.state == ConsultationState.ARCHIVED


@dataclass(frozen=True, slots=True)
class Team:
    """Who does what in a part: person id → roles and languages; ids of the two kinds of holders."""

    duties: Mapping[str, tuple[Role, ...]]
    languages: Mapping[str, tuple[str, ...]]
    leads: tuple[str, ...]
    reviewers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandView:
    """One part with everything its pages show. `version` is what a save compares."""

    card: StrandCard
    version: int
    author: str
    facts: Mapping[str, Any]
    form: Form = field(repr=False)
    team: Team
    services: tuple[str, ...]
    decision_due: datetime | None
    public_reason: str
    host: str
    host_id: str
    may_edit: Ruling

    @property
    def id(self) -> str:
        """The strand's id."""
        return self.card.id

    @property
    def name(self) -> str:
        """What the team calls it."""
        return self.card.name

    @property
    def zone(self) -> str:
        """The time zone in which its window is written, else that of its places; "" where neither says one."""
        window = self.facts.get("window") or {"timezone": zone_of(*self.facts.get("jurisdictions") or ())}
        return str(window.get("timezone", "UTC"))

    @property
    def timezone(self) -> str:
        """The time zone in which its days are shown."""
        return self.zone or "UTC"

    @property
    def meets(self) -> bool:
        """Whether people meet, at set times and with adults."""
        return Mode(self.card.mode) in LIVE_MODES

    @property
    def asks_children(self) -> bool:
        """Whether those who answer are children."""
        return self.card.audience in CHILD_AUDIENCES

    @property
    def uses_a_platform(self) -> bool:
        """Whether they meet from afar."""
        return self.card.mode in (Mode.ONLINE_GROUP, Mode.REMOTE)

    @property
    def asks_whether_survivors(self) -> bool:
        """Whether its plan says if these young adults are survivors: only then they stand in for child survivors."""
        return bool(self.card.stands_in_for) and self.card.representatives == RepresentativeClass.YOUNG_ADULTS

    @property
    def asks_whether_it_exists(self) -> bool:
        """Whether its plan says if the service runs this group already: children who caused harm meet in no other."""
        return (self.card.audience, self.card.mode) == (Audience.CHILDREN_WHO_CAUSED_HARM, Mode.IN_PERSON_GROUP)


def consultations(db: Session, actor: Actor) -> tuple[ConsultationView, ...]:
    """Everything within the actor's scope, newest first."""
    rows = visible_consultations(db, actor)
    ids, authors = [each.id for each in rows], [each.author_id for each in rows]
    parts = selectinload(Consultation.strands)
    db.scalars(select(Consultation).where(Consultation.id.in_(ids)).options(parts)).all()  # at once, not one by one
    people = db.execute(select(Person.id, Person.name).where(Person.id.in_(authors)))
    names = {row.id: row.name for row in people}
    return tuple(_view(db, actor, row, names[row.author_id]) for row in rows)


def consultation(db: Session, actor: Actor, consultation_id: str) -> ConsultationView:
    """One consultation. Raises `NotFound` outside the actor's scope."""
    row = visible_consultation(db, actor, consultation_id)
    return _view(db, actor, row, db.get_one(Person, row.author_id).name)


def strand(db: Session, actor: Actor, consultation_id: str, strand_id: str) -> StrandView:
    """One part of that consultation. Raises `NotFound` outside the actor's scope."""
    row = visible_strand(db, actor, strand_id)
    if row.consultation_id != consultation_id:
        raise NotFound
    debt = db.get(FallbackDebt, row.stands_in_for_id) if row.stands_in_for_id else None
    host = host_of(db, row)
    services = select(StrandService.service_id).where(StrandService.strand_id == row.id)
    return StrandView(
        card=_card(row),
        version=row.version,
        author=db.get_one(Person, row.author_id).name,
        facts=dict(row.facts),
        form=form_of(row),
        team=_team(db, row),
        services=tuple(db.scalars(services)),
        decision_due=row.decision_due,
        public_reason=debt.public_reason if debt else "",
        host=host.organisation if host else "",
        host_id=host.id if host else "",
        may_edit=may_edit(db, actor, row),
    )


def _view(db: Session, actor: Actor, row: Consultation, author: str) -> ConsultationView:
    return ConsultationView(
        id=row.id,
        title=row.title,
        cover_name=row.cover_name,
        purpose=row.purpose,
        decision_maker=row.decision_maker,
        feedback_due=row.feedback_due,
        state=row.state,
        version=row.version,
        author=author,
        strands=tuple(_card(each) for each in row.strands),
        may_change=may_change(actor, row),
        may_archive=may_archive(db, actor, row),
    )


def _card(row: Strand) -> StrandCard:
    window = row.facts.get("window") or {}
    ages = row.facts.get("ages") or (0, 0)
    return StrandCard(
        id=row.id,
        consultation_id=row.consultation_id,
        name=row.name,
        audience=row.audience,
        representatives=row.representatives,
        mode=row.mode,
        state=row.state,
        state_reason=row.state_reason or "",
        ages=(ages[0], ages[1]),
        languages=tuple(row.facts.get("languages") or ()),
        opens=str(window.get("opens", "")),
        closes=str(window.get("closes", "")),
        stands_in_for=row.stands_in_for_id,
        entry_code=row.entry_code,
    )


def _team(db: Session, row: Strand) -> Team:
    duties: dict[str, list[Role]] = {}
    languages: dict[str, tuple[str, ...]] = {}
    staff = select(StrandStaff).where(StrandStaff.strand_id == row.id).order_by(StrandStaff.person_id, StrandStaff.role)
    for duty in db.scalars(staff):
        duties.setdefault(duty.person_id, []).append(Role(duty.role))
        languages[duty.person_id] = tuple(duty.languages)
    holders = db.scalars(select(StrandHolder).where(StrandHolder.strand_id == row.id).order_by(StrandHolder.person_id))
    held = [(holder.role, holder.person_id) for holder in holders]
    return Team(
        duties={person: tuple(roles) for person, roles in duties.items()},
        languages=languages,
        leads=tuple(person for role, person in held if role == "lead"),
        reviewers=tuple(person for role, person in held if role == "reviewer"),
    )
