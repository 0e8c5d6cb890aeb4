"""Partners see one consultation and nothing else, are answered with a reason, and what they changed is on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, Invalid, NotFound
from consult.jobs.notices import reminders
from consult.jobs.retention import kept_texts
from consult.models import Evidence, Notice, Outcome, Partner, PartnerKind, Person, Proposal, ProposalKind, Strand
from consult.services import telling
from consult.services.actors import actor_of, visible_consultations
from consult.services.desks import desk
from consult.services.evidence import allegations, attesting
from consult.services.feedback.news import news_of
from consult.services.gate import planning
from consult.services.holders import appointing, recusal
from consult.services.partners import answering, partnering, proposals
from consult.services.partners.codesign import changes_of
from consult.services.setup import teams
from safeguards.lifecycle import StrandState
from safeguards.record import IncidentKind
from safeguards.telling import Matter
from safeguards.terms import Role
from tests.office import NOW, Office
from tests.partners import PLACE, answered, invited, partner, proposed
from tests.scenario import NOW as SIGNED
from tests.scenario import open_part, row
from tests.toolbox.rows import stuck


def words_at(office: Office, strand_id: str, place: str = PLACE, language: str = "en") -> str:
    with read(office.engine) as db:
        return planning.form_of(db.get_one(Strand, strand_id)).words_by_place()[place][language]


def test_a_partner_sees_the_own_consultation_and_nothing_besides(office: Office) -> None:
    mine, other = office.consultation(), office.consultation()
    strand = office.strand(mine)
    petra = partner(office, mine)
    with read(office.engine) as db:
        (part,) = proposals.readable(db, petra, mine)
        assert part.id == strand
        assert part.form is not None
        assert [each[0] for each in partnering.partnerships(db, petra)] == [mine]
        for look in (proposals.readable, proposals.my_proposals, partnering.partnership):
            with pytest.raises(NotFound):
                look(db, petra, other)
        # no other service takes a partner for somebody within its scope
        assert visible_consultations(db, petra) == []
        for look in (desk.consultation, proposals.proposals_of, partnering.partners_of):
            with pytest.raises(NotFound):
                look(db, petra, mine)


def test_a_partner_is_nothing_else_here_and_who_works_here_is_no_partner(office: Office) -> None:
    where = office.consultation()
    strand, petra = office.strand(where), partner(office, where)
    admin, otto, nadia = (office.people[name] for name in ("admin", "otto", "nadia"))
    words = office.passphrases
    with write(office.engine) as db, pytest.raises(Invalid):
        appointing.appoint(db, office.keys, otto, where, petra.id, Role.MODERATOR, words["otto"], NOW)
    with write(office.engine) as db, pytest.raises(Invalid):
        appointing.set_roles(db, office.keys, office.policy, admin, petra.id, [Role.ANALYST], words["admin"], NOW)
    with read(office.engine) as db:
        version = db.get_one(Strand, strand).version
    with write(office.engine) as db, pytest.raises(Invalid):
        teams.name_staff(db, office.keys.audit, nadia, strand, version, [(petra.id, Role.MODERATOR, ())], NOW)
    with pytest.raises(Invalid):
        invited(office, where, "rosa")
    with pytest.raises(Conflict):
        invited(office, where, "petra")
    with pytest.raises(Denied):
        invited(office, where, "pia", by="leila")
    with pytest.raises(NotFound):
        invited(office, office.consultation("omar"), "pia", by="petra")


def test_what_is_taken_stands_in_the_draft_and_its_partner_reads_why(office: Office) -> None:
    where = office.consultation()
    strand = office.strand(where)
    partner(office, where)
    before = words_at(office, strand)
    taken, part, left = (proposed(office, where, strand, words=f"Whom could you ask? {n}") for n in range(3))
    answered(office, where, taken)
    assert words_at(office, strand) == "Whom could you ask? 0"
    answered(office, where, part, "in_part", words="Whom can you ask?")
    assert words_at(office, strand) == "Whom can you ask?"
    answered(office, where, left, "not_taken", reason="Some do not know what that is.")
    with read(office.engine) as db:
        found = {each.id: each for each in proposals.my_proposals(db, office.people["petra"], where)}
        record = changes_of(db, where)
        told = {row.matter for row in db.scalars(select(Notice).where(Notice.person_id == office.people["petra"].id))}
    assert found[left].reason == "Some do not know what that is."
    assert [found[each].outcome for each in (taken, part, left)] == list(Outcome)
    assert (record.taken, record.in_part, record.not_taken, record.counts) == (1, 1, 1, True)
    assert {each.before for each in record.answered} == {before}
    assert told == {Matter.PROPOSAL_ANSWERED}
    with pytest.raises(Conflict):
        answered(office, where, taken)


def test_proposals_and_answers_have_limits_and_reach_nobody(office_on_sqlite: Office) -> None:
    office = office_on_sqlite
    where = office.consultation()
    strand = office.strand(where)
    partner(office, where)
    for changes, field in (
        ({"words": ""}, "words"),
        ({"words": "w" * 700}, "words"),
        ({"kind": "shout"}, "kind"),
        ({"kind": "comment", "words": "w" * 601}, "words"),
        ({"kind": "comment", "words": "Write to kim@example.org"}, "words"),
        ({"why": "She can be called at +254 712 345678"}, "why"),
        ({"language": "fr", "words": "Qui ?"}, "kind"),
    ):
        with pytest.raises(Invalid) as refused:
            proposed(office, where, strand, **changes)
        assert field in refused.value.problems, changes
    with pytest.raises(NotFound):
        proposed(office, where, strand, place="questions.none.text")
    waiting = proposed(office, where, strand)
    answers: tuple[tuple[str, dict[str, object], str], ...] = (
        ("perhaps", {}, "outcome"),
        ("not_taken", {"reason": " "}, "reason"),
        ("not_taken", {"reason": "r" * 601}, "reason"),
        ("in_part", {}, "words"),
        ("in_part", {"words": "Whom could you ask?"}, "words"),
        ("taken", {"personal": True}, "personal"),
    )
    for outcome, given, field in answers:
        with pytest.raises(Invalid) as refused:
            answered(office, where, waiting, outcome, **given)
        assert list(refused.value.problems) == [field]
    with pytest.raises(Denied):
        answered(office, where, waiting, "not_taken", by="leila")


def test_after_signing_nothing_is_read_or_changed_and_an_answer_is_still_owed(office: Office) -> None:
    where = office.consultation()
    strand = office.strand(where)
    petra = partner(office, where)
    waiting = proposed(office, where, strand)
    with write(office.engine) as db:
        db.get_one(Strand, strand).state = StrandState.DECIDED
    with read(office.engine) as db:
        assert proposals.readable(db, petra, where)[0].form is None
    with pytest.raises(Conflict):
        proposed(office, where, strand)
    with pytest.raises(Conflict):
        answered(office, where, waiting)
    answered(office, where, waiting, "not_taken", reason="It came too late.")


def test_a_change_that_is_taken_ends_what_was_signed_off(office: Office) -> None:
    """The questions' sign-off and their translations are for the words as they were."""
    where = office.consultation()
    strand = office.strand(where)
    partner(office, where)
    with read(office.engine) as db:
        before = planning.plan_of(db, db.get_one(Strand, strand)).strand
    answered(office, where, proposed(office, where, strand))
    with read(office.engine) as db:
        after = planning.plan_of(db, db.get_one(Strand, strand)).strand
    assert before.questions is not None
    assert after.questions is not None
    assert before.questions.digest != after.questions.digest
    assert before.texts["en"] != after.texts["en"]


def test_what_partners_changed_is_attested_by_a_facilitator_and_checked_by_a_lead(office: Office) -> None:
    where = office.consultation()
    strand = office.strand(where)
    partner(office, where, kind=PartnerKind.OTHER)
    partner(office, where, "sol", kind=PartnerKind.SURVIVOR_LED)
    nadia, leila = office.people["nadia"], office.people["leila"]

    def prove(who: str = "nadia") -> str:
        with write(office.engine) as db:
            return answering.prove(db, office.keys, office.policy, office.people[who], where, NOW).id

    answered(office, where, proposed(office, where, strand))
    with pytest.raises(Conflict):  # neither children nor survivors lead that organisation
        prove()
    answered(office, where, proposed(office, where, strand, "sol", kind=ProposalKind.COMMENT, words="Too long"))
    with pytest.raises(Denied):
        prove("leila")
    found = prove()
    with pytest.raises(Conflict):
        prove()
    with write(office.engine) as db:
        part = db.get_one(Strand, strand)
        with pytest.raises(Denied):
            attesting.verify(db, office.keys, office.policy, nadia, part, found, NOW)
        attesting.verify(db, office.keys, office.policy, leila, part, found, NOW)
    with read(office.engine) as db:
        proof = db.get_one(Evidence, found)
        assert (proof.requirement, proof.subject, proof.verified_by) == ("ACC-04", where, leila.id)
        assert "2 taken, 0 in part, 0 not taken" in proof.statement


def test_an_organisation_is_named_as_it_wishes_and_no_person_is(office: Office) -> None:
    where = office.consultation()
    strand = office.strand(where)
    petra = partner(office, where)
    answered(office, where, proposed(office, where, strand))

    def shown() -> str:
        with read(office.engine) as db:
            return repr((changes_of(db, where), news_of(db, strand, "en", office.policy, NOW)))

    assert "Voices" not in shown()
    with write(office.engine) as db:
        partnering.name_as(db, office.keys, petra, where, "Voices of Kibera", NOW)
    assert "Voices of Kibera" in shown()
    assert "Street Voices" not in shown()
    assert "Petra" not in shown()


def test_a_host_stands_in_the_plan_and_gains_no_access_by_it(office: Office) -> None:
    where = office.consultation()
    strand, petra = office.strand(where), partner(office, where)
    foreign, _ = invited(office, office.consultation(), "pia")
    with read(office.engine) as db:
        mine = partnering.partnership(db, petra, where).id

    def host(partner_id: str) -> None:
        with write(office.engine) as db:
            version = db.get_one(Strand, strand).version
            partnering.name_host(db, office.keys, office.people["nadia"], strand, version, partner_id, NOW)

    def named() -> tuple[str, ...]:
        with read(office.engine) as db:
            return planning.plan_of(db, db.get_one(Strand, strand)).strand.partners

    with pytest.raises(Invalid):
        host(foreign)
    host(mine)
    assert named() == (mine,)
    with read(office.engine) as db:
        assert proposals.readable(db, petra, where)[0].hosted
        assert desk.strand(db, office.people["nadia"], where, strand).host == "Street Voices"
        assert visible_consultations(db, petra) == []
    with write(office.engine) as db:  # what stands against a host stands against the part
        code, words = f"partner/{mine}", office.passphrases["leila"]
        kind, leila = IncidentKind.ALLEGATION, office.people["leila"]
        allegations.log(db, office.keys, office.policy, leila, kind, code, words, NOW)
    assert office.evaluate(strand).row == "D2"
    with write(office.engine) as db:
        partnering.leave(db, office.keys, office.policy, petra, where, NOW)
    assert named() == ()  # so an open part is no longer what was signed


def test_an_open_part_pauses_when_the_partnership_of_its_host_ends(stage_on_sqlite: Stage) -> None:
    stage, strand = stage_on_sqlite, stage_on_sqlite.strands["children"]
    who, where, keys = stage.people["facilitator"], stage.consultation_id, stage.keys
    values = partnering.PartnerValues("Petra Able", "petra@example.org", "Street Voices", PartnerKind.CHILD_LED)
    with write(stage.engine) as db:
        host = partnering.invite(db, keys, who, where, values, SIGNED)[0].id
        partnering.name_host(db, keys, who, strand, db.get_one(Strand, strand).version, host, SIGNED)
    open_part(stage, "children")
    assert row(stage, "children").state == StrandState.OPEN
    with write(stage.engine) as db:
        partnering.end(db, keys, stage.policy, who, where, host, SIGNED)
    assert row(stage, "children").state == StrandState.SUSPENDED


def test_leaving_keeps_what_was_recorded(office: Office) -> None:
    where = office.consultation()
    strand, petra = office.strand(where), partner(office, where)
    answered(office, where, proposed(office, where, strand))
    with write(office.engine) as db:
        mine = partnering.partnership(db, petra, where).id
        partnering.end(db, office.keys, office.policy, office.people["nadia"], where, mine, NOW)
    with read(office.engine) as db:
        assert changes_of(db, where).taken == 1
        assert actor_of(db.get_one(Person, petra.id)).partner_in == frozenset()
        with pytest.raises(NotFound):
            proposals.readable(db, petra, where)
    with pytest.raises(NotFound):
        proposed(office, where, strand)
    assert invited(office, where, "petra")[1] is None  # the account is there still


def test_whoever_is_kept_out_is_no_partner_there(office: Office) -> None:
    where = office.consultation()
    petra = partner(office, where)
    with write(office.engine) as db:
        typed = office.passphrases["leila"]
        recusal.declare(db, office.keys, office.people["leila"], where, petra.id, "Works for the company", typed, NOW)
    with read(office.engine) as db:
        assert partnering.partnerships(db, petra) == ()
        with pytest.raises(NotFound):
            partnering.partnership(db, petra, where)


def test_a_partner_is_reminded_once_a_day_and_the_team_of_what_waits(office: Office) -> None:
    where = office.consultation()
    strand, petra = office.strand(where), partner(office, where)
    with read(office.engine) as db:
        mine = db.scalars(select(Partner.id)).one()
    with write(office.engine) as db:
        partnering.remind(db, office.keys, office.people["nadia"], where, mine, NOW)
    with write(office.engine) as db, pytest.raises(Conflict):
        partnering.remind(db, office.keys, office.people["nadia"], where, mine, NOW)
    with read(office.engine) as db:
        assert [each.matter for each in telling.notices(db, petra, NOW)] == [Matter.PARTNER_REMINDED]
    waiting = proposed(office, where, strand)

    def told() -> set[str]:
        reminders(office.engine, office.keys, office.policy, NOW + timedelta(days=1))
        with read(office.engine) as db:
            rows = select(Notice.person_id).where(Notice.matter == Matter.PROPOSAL, Notice.done_on.is_(None))
            return set(db.scalars(rows))

    assert told() >= {office.people["nadia"].id}
    answered(office, where, waiting, "not_taken")
    assert told() == set()


def test_words_too_personal_go_at_once_and_all_of_them_when_kept_long_enough(office: Office) -> None:
    where = office.consultation()
    strand = office.strand(where)
    partner(office, where)
    story, plain = (proposed(office, where, strand, kind="comment", words=words) for words in ("A story", "Too long"))
    answered(office, where, story, "not_taken", personal=True)
    answered(office, where, plain, "taken", reason="It is shorter now.")
    with read(office.engine) as db:
        kept = {row.id: row.words for row in db.scalars(select(Proposal))}
    assert kept == {story: "", plain: "Too long"}
    other = proposed(office, where, strand, kind="comment", words="Too short")

    def forget(days: int) -> str:
        return kept_texts(office.engine, office.keys, office.policy, NOW + timedelta(days=days))

    assert forget(700) == "0 destroyed"
    with stuck(office.engine, "UPDATE", Proposal.id, other), pytest.raises(Conflict, match="1 can not be done, 1 were"):
        forget(740)
    with read(office.engine) as db:
        last = db.get_one(Proposal, plain)
        assert (last.words, last.reason, last.outcome) == ("", "It is shorter now.", "taken")
    assert [forget(741), forget(742)] == ["1 destroyed", "0 destroyed"]
