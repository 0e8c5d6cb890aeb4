"""Setting up: what is refused, what is kept when two people save at once, what an edit undoes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from consult.database import read, write
from consult.errors import Conflict, Denied, Invalid
from consult.models import AuditEvent, FallbackDebt, Strand, StrandState
from consult.questionnaire.bank import compose_set
from consult.services.auditing import check_log
from consult.services.participation.permit import Ruling
from consult.services.participation.strandface import door, unsigned_door
from consult.services.setup import drafting, teams
from consult.services.texts.wording import in_languages, reader_of, with_text
from safeguards.terms import Audience, RepresentativeClass, RespondentClass
from tests.office import NOW, Office, plan_facts


def values(**changes: object) -> drafting.ConsultationValues:
    start = drafting.ConsultationValues(
        "Safer messages", "Our ideas", "To change a button", "The regulator", date(2030, 9, 1)
    )
    return replace(start, **changes)  # type: ignore[arg-type]


def plan(name: str = "Children", **facts: object) -> drafting.PlanValues:
    return drafting.PlanValues(name, facts, None)


@pytest.mark.parametrize("name", ["title", "cover_name", "purpose", "decision_maker"])
def test_a_consultation_needs_every_sentence(office: Office, name: str) -> None:
    with pytest.raises(Invalid) as refused, write(office.engine) as db:
        drafting.make_consultation(db, office.keys.audit, office.people["nadia"], values(**{name: "  "}), NOW)
    assert list(refused.value.problems) == [name]


@pytest.mark.parametrize("due", [None, NOW.date(), NOW.date() + timedelta(days=4000)])
def test_the_answer_has_a_day_in_the_near_future(office: Office, due: date | None) -> None:
    with pytest.raises(Invalid) as refused, write(office.engine) as db:
        drafting.make_consultation(db, office.keys.audit, office.people["nadia"], values(feedback_due=due), NOW)
    assert list(refused.value.problems) == ["feedback_due"]


@pytest.mark.parametrize(
    "name", ["Stop child ABUSE", "Survivors speak", "Violences en ligne", "العنف", "Harmful things"]
)
def test_the_name_that_participants_see_does_not_tell_the_topic(office: Office, name: str) -> None:
    with pytest.raises(Invalid) as refused, write(office.engine) as db:
        drafting.make_consultation(db, office.keys.audit, office.people["nadia"], values(cover_name=name), NOW)
    assert list(refused.value.problems) == ["cover_name"]


@pytest.mark.parametrize("name", ["Our ideas", "Harmony", "Violets", "Nos idées", "أفكارنا"])
def test_an_ordinary_name_is_fine(office: Office, name: str) -> None:
    with write(office.engine) as db:
        made = drafting.make_consultation(db, office.keys.audit, office.people["nadia"], values(cover_name=name), NOW)
    assert made.cover_name == name


@pytest.mark.parametrize("name", ["admin", "leila", "ines", "ali", "otto"])
def test_only_facilitators_start_a_consultation(office: Office, name: str) -> None:
    with pytest.raises(Denied), write(office.engine) as db:
        drafting.make_consultation(db, office.keys.audit, office.people[name], values(), NOW)


@pytest.mark.parametrize(
    ("audience", "which", "counts_as"),
    [
        (Audience.CHILDREN, None, RespondentClass.CHILD),
        (Audience.CHILD_SURVIVORS, None, RespondentClass.CHILD),
        (Audience.ADULT_SURVIVORS, None, RespondentClass.ADULT_SURVIVOR),
        (Audience.REPRESENTATIVES, RepresentativeClass.YOUNG_ADULTS, RespondentClass.YOUNG_ADULT),
        (Audience.REPRESENTATIVES, RepresentativeClass.CAREGIVERS, RespondentClass.CAREGIVER),
    ],
)
def test_what_answers_count_as_follows_the_audience(
    office: Office, audience: Audience, which: RepresentativeClass | None, counts_as: RespondentClass
) -> None:
    strand_id = office.strand(office.consultation(), audience=audience, representatives=which)
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).respondent_class == counts_as


def test_representatives_have_to_be_named(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        office.strand(office.consultation(), audience=Audience.REPRESENTATIVES)
    assert list(refused.value.problems) == ["representatives"]


def test_a_fact_that_does_not_fit_is_named(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        office.strand(office.consultation(), facts=plan_facts(ages=[13], minutes="ten"))
    assert set(refused.value.problems) == {"ages", "minutes"}


def test_the_second_of_two_savers_is_told_and_the_first_is_kept(office: Office) -> None:
    strand_id = office.strand(office.consultation())
    with read(office.engine) as db:
        seen = db.get_one(Strand, strand_id).version
    nadia, omar, key = office.people["nadia"], office.people["omar"], office.keys.audit
    with write(office.engine) as db:
        drafting.change_strand(db, key, nadia, strand_id, seen, plan(minutes=9), NOW)
    with pytest.raises(Conflict), write(office.engine) as db:
        drafting.change_strand(db, key, omar, strand_id, seen, plan(minutes=14), NOW)
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).facts["minutes"] == 9


def test_naming_people_counts_as_a_change_of_the_part(office: Office) -> None:
    strand_id = office.strand(office.consultation())
    nadia, key = office.people["nadia"], office.keys.audit
    with read(office.engine) as db:
        seen = db.get_one(Strand, strand_id).version
    with write(office.engine) as db:
        teams.name_services(db, key, nadia, strand_id, seen, [], NOW)
    with pytest.raises(Conflict), write(office.engine) as db:
        drafting.change_strand(db, key, nadia, strand_id, seen, plan(minutes=9), NOW)


@pytest.mark.parametrize("state", [StrandState.DECIDED, StrandState.CLOSED, StrandState.REFUSED])
def test_what_was_decided_is_not_edited(office: Office, state: StrandState) -> None:
    strand_id = office.strand(office.consultation())
    with write(office.engine) as db:
        db.get_one(Strand, strand_id).state = state
    with read(office.engine) as db:
        version = db.get_one(Strand, strand_id).version
    with pytest.raises(Conflict), write(office.engine) as db:
        drafting.change_strand(db, office.keys.audit, office.people["nadia"], strand_id, version, plan(minutes=9), NOW)


def test_a_lead_does_not_edit_the_plan_that_a_lead_signs(office: Office) -> None:
    strand_id = office.strand(office.consultation())
    with pytest.raises(Denied), write(office.engine) as db:
        drafting.change_strand(db, office.keys.audit, office.people["leila"], strand_id, 1, plan(minutes=9), NOW)


def test_adults_who_stand_in_carry_a_promise(office: Office) -> None:
    consultation_id = office.consultation()
    children = office.strand(consultation_id)
    adults = {
        "audience": Audience.ADULT_SURVIVORS,
        "facts": plan_facts(ages=[18, 99]),
        "form": compose_set("adult_survivors", ("en", "fr", "ar")),
        "stands_in_for": children,
    }
    with pytest.raises(Invalid) as refused:
        office.strand(consultation_id, **adults)
    assert list(refused.value.problems) == ["public_reason"]
    adults["facts"] = plan_facts(ages=[18, 99], ask_children_by="2031-03-01")
    office.strand(consultation_id, **adults, public_reason="No service is ready yet")
    with read(office.engine) as db:
        assert db.get_one(FallbackDebt, children).ask_children_by == date(2031, 3, 1)


def test_nobody_holds_both_halves_of_a_key(office: Office) -> None:
    strand_id = office.strand(office.consultation())
    leila, rosa = office.people["leila"].id, office.people["rosa"].id
    nadia, audit = office.people["nadia"], office.keys.audit
    with read(office.engine) as db:
        seen = db.get_one(Strand, strand_id).version
    for leads, reviewers in (((leila,), (leila,)), ((rosa,), (leila,)), ((nadia.id,), (rosa,))):
        with pytest.raises(Invalid), write(office.engine) as db:
            teams.name_holders(db, audit, nadia, strand_id, seen, leads, reviewers, NOW)


def test_words_of_a_language_come_from_the_bank_and_go_with_it() -> None:
    english = compose_set("children_13_17", ("en",))
    reader = reader_of(Audience.CHILDREN)
    both = in_languages(english, ("en", "ar"), reader)
    assert both == compose_set("children_13_17", ("en", "ar"))
    assert in_languages(both, ("en",), reader) == english


def test_the_bank_gives_no_translation_for_words_that_were_changed() -> None:
    english = compose_set("children_13_17", ("en",))
    key = next(iter(english.texts))
    ours = with_text(english, key, {"en": english.texts[key]["en"] + " Really."})
    both = in_languages(ours, ("en", "ar"), reader_of(Audience.CHILDREN))
    assert both.missing_translations("ar") == [f"texts.{key}"]


def test_every_step_leaves_an_event_and_the_chain_holds(office: Office) -> None:
    strand_id = office.strand(office.consultation())
    office.staffed(strand_id)
    with read(office.engine) as db:
        verbs = list(db.scalars(select(AuditEvent.verb).order_by(AuditEvent.number)))
        check_log(db, office.keys.audit)
    assert verbs[-6:] == ["consultation.made", "strand.made", *["strand.changed"] * 4]


def test_times_are_kept_with_their_zone(office: Office) -> None:
    strand_id = office.strand(office.consultation(), decision_due=datetime(2030, 3, 9, tzinfo=UTC))
    with read(office.engine) as db:
        assert db.get_one(Strand, strand_id).decision_due == datetime(2030, 3, 9, tzinfo=UTC)


def test_a_part_that_nobody_signed_has_a_door_for_its_team_that_lets_nobody_in(office: Office) -> None:
    strand_id = office.strand(office.consultation())
    with read(office.engine) as db:
        assert door(db, strand_id, NOW) is None
        unsigned = unsigned_door(db, strand_id, NOW, office.policy)
    assert unsigned is not None
    assert (unsigned.ruling, unsigned.decision_maker) == (Ruling.SHUT, "The regulator")
