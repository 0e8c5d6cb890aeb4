"""Partners for tests: invited by a facilitator, joined by their link, with something proposed."""

from __future__ import annotations

from consult.database import write
from consult.models import PartnerKind, ProposalKind, Strand
from consult.sealing.identity import LIGHT
from consult.sealing.totp import code_at
from consult.services.actors import Actor
from consult.services.partners import answering, partnering, proposals
from consult.services.people import onboarding, secondfactor
from tests.office import NOW, SEED, Office

__all__ = ["PLACE", "answered", "invited", "partner", "proposed"]

PLACE = "questions.Q14.text"


def invited(
    office: Office, where: str, name: str = "petra", by: str = "nadia", kind: PartnerKind = PartnerKind.CHILD_LED
) -> tuple[str, onboarding.Invited | None]:
    """A facilitator invites somebody; the partnership's id, and the link if there is no account yet."""
    values = partnering.PartnerValues(f"{name.capitalize()} Able", f"{name}@example.org", "Street Voices", kind)
    with write(office.engine) as db:
        row, link = partnering.invite(db, office.keys, office.people[by], where, values, NOW)
        return row.id, link


def partner(office: Office, where: str, name: str = "petra", kind: PartnerKind = PartnerKind.CHILD_LED) -> Actor:
    """Somebody who joined as a partner of a consultation; known to the office by that name from then on."""
    _, link = invited(office, where, name, kind=kind)
    assert link is not None
    with write(office.engine) as db:
        who, made = onboarding.accept(db, office.keys, link.code, NOW, stretching=LIGHT)
        secondfactor.add_app(db, office.keys, who, SEED, code_at(SEED, NOW), NOW)
    office.people[name], office.passphrases[name] = who, made.passphrase
    return who


def proposed(office: Office, where: str, strand_id: str, name: str = "petra", **changes: str) -> str:
    """What a partner proposes about the first question; the proposal's id."""
    values = {"kind": ProposalKind.CHANGE, "place": PLACE, "language": "en", "words": "Whom could you ask?", "why": ""}
    with write(office.engine) as db:
        given = proposals.ProposalValues(**{**values, **changes})
        return proposals.propose(db, office.keys, office.people[name], where, strand_id, given, NOW).id


def answered(
    office: Office, where: str, proposal_id: str, outcome: str = "taken", by: str = "nadia", **changes: object
) -> None:
    """A facilitator answers it, over the part as it is now."""
    given = answering.Decided(outcome, **{"reason": "It is clearer so.", **changes})  # type: ignore[arg-type]
    with write(office.engine) as db:
        _, strand = proposals.proposal_of(db, office.people[by], where, proposal_id)
        version = db.get_one(Strand, strand.id).version
        answering.decide(db, office.keys, office.people[by], where, proposal_id, version, given, NOW)
