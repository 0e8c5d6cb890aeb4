"""An invented partner of the demonstration: it reads the questions and proposes, before anything is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consult.database import write
from consult.demo.setup import Stage
from consult.models import Outcome, PartnerKind, ProposalKind, Strand
from consult.questionnaire.easier import usual_place
from consult.sealing.totp import code_at
from consult.services.evidence import attesting
from consult.services.gate.planning import form_of
from consult.services.partners import answering, partnering, proposals
from consult.services.partners.answering import Decided
from consult.services.partners.partnering import PartnerValues
from consult.services.partners.proposals import ProposalValues
from consult.services.people import onboarding, secondfactor
from consult.services.texts.translationstate import pair_of, texts_in
from consult.services.translation import translating

__all__ = ["PARTNER", "SIGNS_IN_AS", "co_design"]

PARTNER = "partner"
"""The key of its person on the stage."""
SIGNS_IN_AS = "Pia Partner <partner@demo.example>"
_NAME = "Street Voices (invented)"
_WHERE = "questions.Q14.text"


@dataclass(frozen=True, slots=True)
class _Said:
    """What it proposes, and what becomes of it."""

    kind: ProposalKind
    words: str
    why: str
    outcome: Outcome
    reason: str


_SAID = (
    _Said(
        ProposalKind.CHANGE,
        "How safe do people your age feel on the apps they use most?",
        "Nobody of fourteen calls themselves young people.",
        Outcome.TAKEN,
        "It is shorter, and nobody is told who they are.",
    ),
    _Said(
        ProposalKind.COMMENT,
        "Ask about games as well, not only about apps.",
        "",
        Outcome.NOT_TAKEN,
        "Another question asks where young people spend time; games are one of its answers.",
    ),
)


def co_design(stage: Stage, now: datetime) -> None:
    """A facilitator invites it, it proposes two things for the children, and what it changed is proven."""
    where, facilitator = stage.consultation_id, stage.people["facilitator"]
    with write(stage.engine) as db:
        values = PartnerValues("Pia Partner", "partner@demo.example", _NAME, PartnerKind.CHILD_LED)
        _, link = partnering.invite(db, stage.keys, facilitator, where, values, now)
        if link is None:
            raise LookupError("the partner of the demonstration has an account already")
        pia, own = onboarding.accept(db, stage.keys, link.code, now, stretching=stage.stretching)
        secondfactor.add_app(db, stage.keys, pia, stage.app_seed, code_at(stage.app_seed, now), now)
        stage.people[PARTNER], stage.passphrases[PARTNER] = pia, own.passphrase
        partnering.name_as(db, stage.keys, pia, where, _NAME, now)
    for said in _SAID:
        with write(stage.engine) as db:
            _propose_and_answer(db, stage, said, now)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        _translate_anew(db, stage, strand, now)
        proof = answering.prove(db, stage.keys, stage.policy, facilitator, where, now)
        attesting.verify(db, stage.keys, stage.policy, stage.people["lead1"], strand, proof.id, now)


def _propose_and_answer(db: Session, stage: Stage, said: _Said, now: datetime) -> None:
    where, strand = stage.consultation_id, db.get_one(Strand, stage.strands["children"])
    values = ProposalValues(said.kind, _WHERE, "en", said.words, said.why)
    proposal = proposals.propose(db, stage.keys, stage.people[PARTNER], where, strand.id, values, now)
    given = Decided(said.outcome, said.reason)
    answering.decide(db, stage.keys, stage.people["facilitator"], where, proposal.id, strand.version, given, now)


def _translate_anew(db: Session, stage: Stage, strand: Strand, now: datetime) -> None:
    """The translator looks at the other languages of what was changed: there the words say the same as before."""
    for language in form_of(strand).languages[1:]:
        typed = [
            translating.Typed(each.place, each.words, pair_of(language, each.source, each.words))
            for each in texts_in(form_of(strand), language)
            if usual_place(each.place) == _WHERE and each.words
        ]
        translating.write_words(db, stage.keys, stage.people["translator"], strand, language, typed, now)
