"""A language of a signed part is shut alone, and opens again when a lead has signed it."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from consult.database import read, write
from consult.demo import setup
from consult.demo.setup import Stage
from consult.errors import ConsultError, Denied, Refused
from consult.models import AuditEvent, Evidence, Signature, Strand
from consult.services.desks import oversight
from consult.services.evidence import attesting
from consult.services.gate.planning import form_of
from consult.services.participation import responding
from consult.services.participation.epochs import EpochBook
from consult.services.participation.responding import Door
from consult.services.signed import languages, running, stopping
from consult.services.texts.translationstate import segments_of
from consult.services.translation import recordings, translating
from consult.services.translation.translating import Check, Typed
from safeguards.lifecycle import StrandState
from tests.scenario import NOW, _submission, beside, open_part, row
from tests.toolbox.sound import silence

PART = "children"
THANKS = "texts.T-THANKS"
LATER = NOW + timedelta(minutes=5)


def door(stage: Stage) -> Door:
    with read(stage.engine) as db:
        found = responding.door(db, stage.strands[PART], NOW)
    assert found is not None
    return found


def write_french(stage: Stage, words: str = "Merci beaucoup !") -> None:
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        seen = next(each for each in segments_of(db, strand.id, form_of(strand), "fr") if each.place == THANKS)
        typed = [Typed(THANKS, words, seen.pair)]
        translating.write_words(db, stage.keys, stage.people["facilitator"], strand, "fr", typed, NOW)


def answers(stage: Stage, entrance: Door, language: str) -> bool:
    """Whether somebody who was inside with this door can send in this language."""
    sent = _submission(entrance, Random(1))
    given = responding.Submission(
        assented=True, band=sent.band, language=language, answers={}, profile={}, receipt=sent.receipt
    )
    try:
        with write(stage.engine) as db:
            responding.give(db, EpochBook(stage.keys.row_seal), stage.keys, entrance, given, NOW)
    except ConsultError:
        return False
    return True


def sweep(stage: Stage) -> list[running.Lapsed]:
    with write(stage.engine) as db:
        return running.sweep(db, stage.keys, stage.policy, NOW)


def sign_french(stage: Stage, by: str = "lead2", passphrase: str = "") -> Signature:
    with write(stage.engine) as db:
        strand, who = db.get_one(Strand, stage.strands[PART]), stage.people[by]
        digest = languages.judge_with(db, strand, "fr", stage.policy, NOW).plan.digest()
        return languages.sign_language(
            db, stage.keys, stage.policy, who, strand, "fr", digest, passphrase or stage.passphrases[by], LATER
        )


def confirm_and_prove(stage: Stage) -> None:
    """A second reader, and what was attested for the words as they were is attested for those of now."""
    with write(stage.engine) as db:
        strand, reader = db.get_one(Strand, stage.strands[PART]), stage.people["lead1"]
        waiting = translating.waiting_checks(db, reader, strand, "fr")
        checks = [Check(each.place, each.pair) for each in waiting]
        translating.check(db, stage.keys, reader, strand, "fr", checks, NOW, native=True)
        for requirement in ("ETH-02", "INC-05"):
            setup._prove(db, stage, strand, stage.policy.requirements[requirement], NOW)


def test_an_edited_translation_shuts_its_language_at_once_and_no_other(stage: Stage) -> None:
    open_part(stage, PART)
    before = door(stage)
    assert before.offered == ("en", "fr", "ar")
    write_french(stage)
    after = door(stage)
    assert (after.ruling, after.offered, after.shut) == (before.ruling, ("en", "ar"), {"fr"})
    assert (after.languages, after.plan_digest) == (before.languages, before.plan_digest)
    assert [answers(stage, before, each) for each in ("fr", "en", "ar")] == [False, True, True]
    assert (sweep(stage), row(stage, PART).state) == ([], StrandState.OPEN)
    assert after.schema("fr") != before.schema("fr")
    assert after.schema("en") == before.schema("en")


def test_another_recording_of_a_signed_part_shuts_its_language_and_the_source_takes_none(stage: Stage) -> None:
    open_part(stage, PART)
    with write(stage.engine) as db:
        strand, who = db.get_one(Strand, stage.strands[PART]), stage.people["facilitator"]
        sound = recordings.checked(silence())
        recordings.bring(db, stage.keys, who, strand, THANKS, "fr", sound, "", "", NOW)
        with pytest.raises(Denied, match="signed"):
            recordings.bring(db, stage.keys, who, strand, THANKS, "en", sound, "", "", NOW)
    assert (door(stage).offered, door(stage).shut) == (("en", "ar"), {"fr"})


@pytest.mark.parametrize("place", [THANKS, f"easy.{THANKS}"])
def test_words_changed_behind_our_back_shut_it_at_the_next_request_and_in_one_sweep(stage: Stage, place: str) -> None:
    open_part(stage, PART)
    with write(stage.engine) as db:
        form = form_of(db.get_one(Strand, stage.strands[PART])).with_words("ar", {place: "كلمات أخرى"})
        db.execute(update(Strand).where(Strand.id == stage.strands[PART]).values(form=form.to_json()))
    assert door(stage).shut == {"ar"}
    assert sweep(stage) == []
    assert set(row(stage, PART).languages_shut or {}) == {"ar"}
    with read(stage.engine) as db:
        shut = select(AuditEvent.actor, AuditEvent.facts).where(AuditEvent.verb == "strand.language_shut")
        assert [tuple(each) for each in db.execute(shut)] == [("sweep", {"language": "ar"})]


def test_a_changed_source_is_another_set_and_ends_the_whole_part(stage: Stage) -> None:
    open_part(stage, PART)
    with write(stage.engine) as db:
        form = form_of(db.get_one(Strand, stage.strands[PART])).with_words("en", {THANKS: "Other words."})
        db.execute(update(Strand).where(Strand.id == stage.strands[PART]).values(form=form.to_json()))
    assert [each.lapse for each in sweep(stage)] == ["C1"]
    assert row(stage, PART).state == StrandState.SUSPENDED


def test_a_protection_that_goes_for_one_language_shuts_that_one(stage: Stage) -> None:
    open_part(stage, PART)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        given = db.scalars(select(Evidence).where(Evidence.requirement == "ETH-02", Evidence.subject == "ar")).all()
        for each in given:
            lead = stage.people["lead1"]
            attesting.revoke(db, stage.keys, stage.policy, lead, strand, each.id, "Children did not get it", NOW)
    found = row(stage, PART)
    assert (found.state, set(found.languages_shut or {})) == (StrandState.OPEN, {"ar"})
    assert "ETH-02" in (found.languages_shut or {})["ar"]
    assert door(stage).offered == ("en", "fr")


def test_it_opens_again_only_by_an_independent_leads_signature_once_the_gate_gives_it(stage: Stage) -> None:
    open_part(stage, PART)
    inside = door(stage)
    write_french(stage)
    with pytest.raises(Refused, match="does not give this language"):
        sign_french(stage)
    confirm_and_prove(stage)
    assert door(stage).shut == {"fr"}, "nothing opens by itself"
    with pytest.raises(Refused, match="Only a safeguarding lead"):
        sign_french(stage, by="facilitator")
    with pytest.raises(Denied):
        sign_french(stage, passphrase="not it")
    sign_french(stage)
    after = door(stage)
    assert (after.shut, after.plan_digest) == (frozenset(), inside.plan_digest), "who answers in English goes on"
    assert sweep(stage) == []
    assert answers(stage, after, "fr")


def test_after_a_pause_the_others_open_without_it(stage: Stage) -> None:
    open_part(stage, PART)
    write_french(stage)
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        running.pause(db, stage.keys, stage.people["facilitator"], strand, "A look", NOW)
    with read(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        seen = oversight.run(db, stage.people["lead2"], strand, stage.policy, NOW).plan_digest
    restart = stopping.Restart("Looked at", "We are back", seen, stage.passphrases["lead2"], beside(stage, "lead1"))
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands[PART])
        stopping.resume(
            db, stage.keys, stage.policy, stage.people["lead2"], strand, restart, NOW + timedelta(minutes=1)
        )
    assert (door(stage).shut, sweep(stage)) == ({"fr"}, [])
    confirm_and_prove(stage)
    sign_french(stage)
    assert (door(stage).shut, sweep(stage)) == (frozenset(), [])


def test_with_the_last_language_the_part_is_suspended(stage_on_sqlite: Stage) -> None:
    stage = stage_on_sqlite
    open_part(stage, PART)
    with write(stage.engine) as db:
        db.execute(
            update(Strand)
            .where(Strand.id == stage.strands[PART])
            .values(languages_shut=dict.fromkeys(("en", "fr", "ar"), "a reason"))
        )
    assert [each.strand_id for each in sweep(stage)] == [stage.strands[PART]]
    assert row(stage, PART).state == StrandState.SUSPENDED
