"""A consultation and a part of one's own in the address, and a thing of somebody else's: it is not there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consult.database import write
from consult.models import EquivalentControl, Evidence, EvidenceDocument, GuardianWaiver, ReviewNote
from consult.models.base import Base
from safeguards.record import WaiverCode
from safeguards.terms import Role, Scope
from tests import factories
from tests.office import NOW, PLACE
from tests.toolbox.rows import dump
from tests.web.place import Place, address
from tests.web.test_permissions import WHO, changed

#: What the addresses of these do; every other one has a page of its own for each deed.
DEEDS = {"facilitate.decide_waiver": "agree", "safeguard.decide_piece": "accept"}


@pytest.fixture(scope="module")
def theirs(place: Place) -> dict[str, str]:
    """One thing of each kind in the other consultation, by the name that addresses have for it."""
    part, who = place.foreign["strand_id"], place.desk.office.people
    proven = Evidence(
        requirement="SAF-03", scope=Scope.STRAND, subject=part, statement="Seen", attested_by=who["nadia"].id,
        attested_as=Role.LEAD_FACILITATOR, attested_at=NOW,
    )  # fmt: skip
    waiver = GuardianWaiver(
        strand_id=part, jurisdiction=PLACE, code=WaiverCode.OPT_OUT, everyone=True, grounds="x", law_allows=True,
        independent_adult=True, support_worker=True, proposed_by=who["nadia"].id, proposed_at=NOW,
    )  # fmt: skip
    instead = EquivalentControl(
        strand_id=part, requirement="INC-01", what="x", proposed_by=who["nadia"].id, proposed_at=NOW,
        expires=NOW + timedelta(days=9), owner_id=who["nadia"].id,
    )  # fmt: skip
    note = ReviewNote(strand_id=part, kind="ask", words="Which one?", written_by=who["leila"].id, written_at=NOW)
    rows: dict[str, Base] = {"evidence_id": proven, "waiver_id": waiver, "substitute_id": instead, "note_id": note}
    with write(place.engine) as db:
        found = {name: factories.stored(db, row).id for name, row in rows.items()}
        kept = EvidenceDocument(evidence_id=found["evidence_id"], sealed=b"sealed")
        found["document_id"] = factories.stored(db, kept).id
    named = ("recusal_id", "idea_id", "partner_id", "proposal_id", "apart_id")
    return {**found, **{name: place.foreign[name] for name in named}}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_is_not_reached_by_way_of_ones_own_consultation(place: Place, theirs: dict[str, str], method: str) -> None:
    before, tried = dump(place.engine), set[str]()
    for rule in place.rules(method):
        things = set(theirs) & rule.arguments
        if not things or "consultation_id" not in rule.arguments:
            continue
        where = address(rule, {**place.mine, **theirs, "deed": DEEDS.get(rule.endpoint, "")})
        for role in WHO[rule.endpoint]:
            browser = place.browsers[role]
            data = {"token": browser.form_token, "reason": "x", "words": "x", "sure": "yes", "version": "1"}
            answer = browser.client.open(where, method=method, data={**data, "passphrase": "x"})
            assert (where, role, answer.status_code) == (where, role, 404)
            tried |= things
    assert method == "GET" or tried == set(theirs) - {"document_id"}
    assert changed(before, dump(place.engine)) == []
