"""Who works on a strand, who will hold the halves of its key, and which services it relies on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from consult.errors import Invalid, sentence
from consult.models import HolderRole, Person, StrandHolder, StrandService, StrandStaff, SupportService
from consult.models.strand import Strand
from consult.sealing.root import AuditKey
from consult.services.actors import Actor, actor_of, kept_out_of
from consult.services.setup.drafting import editable, touched
from safeguards.said import said
from safeguards.terms import Role

__all__ = ["HOLDER_NEEDS", "available_holders", "end_duties", "name_holders", "name_services", "name_staff"]

#: The roles from which each kind of holder is chosen.
HOLDER_NEEDS = {
    HolderRole.LEAD: frozenset({Role.SAFEGUARDING_LEAD}),
    HolderRole.REVIEWER: frozenset({Role.REDACTOR, Role.ANALYST}),
}
#: What whoever sets a part up may ask of anybody. Every other role is an administrator's to give, and only named here.
_ASKED_HERE = frozenset(
    {
        *(Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR, Role.INTERPRETER),
        *(Role.SUPPORT_PRACTITIONER, Role.TRANSLATION_LEAD),
    }
)
_NOT_APPOINTED = sentence("A lead, redactor or analyst of a part is somebody to whom an administrator gave that role.")
_NO_HOLDER = sentence("Choose leads and reviewers from the people who are appointed as such and confirmed as holders.")


def available_holders(db: Session) -> dict[HolderRole, list[Actor]]:
    """Who could hold a half of the key in either role: appointed as such, and confirmed with their key, by name."""
    rows = db.scalars(select(Person).where(Person.active, Person.confirmed_by.is_not(None)).order_by(Person.name))
    everybody = [actor_of(row) for row in rows]
    return {role: [who for who in everybody if who.has(*needed)] for role, needed in HOLDER_NEEDS.items()}


def name_staff(
    db: Session,
    key: AuditKey,
    actor: Actor,
    strand_id: str,
    version: int,
    duties: Iterable[tuple[str, Role, tuple[str, ...]]],
    now: datetime,
) -> Strand:
    """Name who works on the strand: (person, role, languages) each.

    Raises `Invalid` for somebody unknown, and for a lead or reviewer who is not appointed as one.
    """
    strand = editable(db, actor, strand_id, version)
    wanted = {(person, role): languages for person, role, languages in duties}
    rows = db.scalars(select(Person).where(Person.id.in_({person for person, _ in wanted}), Person.active))
    known = {who.id: who for who in map(actor_of, rows) if not who.partner_in}
    if set(known) != {person for person, _ in wanted}:
        raise Invalid({"staff": [sentence("Choose people from the list.")]})
    if any(role not in _ASKED_HERE | known[person].roles_for(strand.consultation_id) for person, role in wanted):
        raise Invalid({"staff": [_NOT_APPOINTED]})
    _check_nobody_kept_out(db, strand, set(known), "staff")
    db.execute(delete(StrandStaff).where(StrandStaff.strand_id == strand_id))
    db.add_all(
        StrandStaff(strand_id=strand_id, person_id=person, role=role, languages=list(languages))
        for (person, role), languages in wanted.items()
    )
    return touched(db, key, actor, strand, now, "staff")


def end_duties(db: Session, person: Person, role: Role, within: str | None = None) -> None:
    """Take somebody off every part (of one consultation) where they work in a role that has ended.

    Where another appointment still gives the role they stay. A plan without them is no longer the signed one: whoever
    calls asks the gate again about what is open.
    """
    still = {each.consultation_id for each in person.appointments if each.role == role}
    if None in still:
        return
    parts = select(Strand.id).where(Strand.consultation_id.not_in(still))
    if within is not None:
        parts = parts.where(Strand.consultation_id == within)
    db.execute(
        delete(StrandStaff).where(
            StrandStaff.person_id == person.id, StrandStaff.role == role, StrandStaff.strand_id.in_(parts)
        )
    )


def name_holders(
    db: Session,
    key: AuditKey,
    actor: Actor,
    strand_id: str,
    version: int,
    leads: Iterable[str],
    reviewers: Iterable[str],
    now: datetime,
) -> Strand:
    """Name who will hold the halves of the key: leads and reviewers, at least two each, nobody in both."""
    strand = editable(db, actor, strand_id, version)
    chosen = {HolderRole.LEAD: list(dict.fromkeys(leads)), HolderRole.REVIEWER: list(dict.fromkeys(reviewers))}
    _check_holders(db, strand, chosen)
    db.execute(delete(StrandHolder).where(StrandHolder.strand_id == strand_id))
    db.add_all(
        StrandHolder(strand_id=strand_id, person_id=person, role=role)
        for role, persons in chosen.items()
        for person in persons
    )
    return touched(db, key, actor, strand, now, "holders")


def _check_holders(db: Session, strand: Strand, chosen: Mapping[HolderRole, list[str]]) -> None:
    _check_nobody_kept_out(db, strand, {person for persons in chosen.values() for person in persons}, "holders")
    if set(chosen[HolderRole.LEAD]) & set(chosen[HolderRole.REVIEWER]):
        raise Invalid(
            {"holders": [sentence("Nobody may be lead and reviewer at once: two people open answers, not one.")]}
        )
    for role, persons in chosen.items():
        for person_id in persons:
            person = db.get(Person, person_id)
            held = {Role(a.role) for a in person.appointments} if person else set()
            if person is None or person.confirmed_by is None or not held & HOLDER_NEEDS[role]:
                raise Invalid({"holders": [_NO_HOLDER]})


def _check_nobody_kept_out(db: Session, strand: Strand, people: set[str], field: str) -> None:
    out = people & kept_out_of(db, strand.consultation_id)
    names = ", ".join(db.scalars(select(Person.name).where(Person.id.in_(out)).order_by(Person.name)))
    if names:
        raise Invalid({field: [said("Kept out of this consultation: %(names)s. Choose somebody else.", names=names)]})


def name_services(
    db: Session, key: AuditKey, actor: Actor, strand_id: str, version: int, service_ids: Iterable[str], now: datetime
) -> Strand:
    """Name the support services that participants of the strand can turn to."""
    strand = editable(db, actor, strand_id, version)
    wanted = list(dict.fromkeys(service_ids))
    known = set(db.scalars(select(SupportService.id).where(SupportService.id.in_(wanted))))
    if known != set(wanted):
        raise Invalid({"services": [sentence("Choose services from the directory.")]})
    db.execute(delete(StrandService).where(StrandService.strand_id == strand_id))
    db.add_all(StrandService(strand_id=strand_id, service_id=each) for each in wanted)
    return touched(db, key, actor, strand, now, "services")
