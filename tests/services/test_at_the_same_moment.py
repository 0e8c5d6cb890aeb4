"""Two people act at the same moment: what one of them takes away is not what the other opens on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from consult.database import read, write
from consult.demo.setup import Stage
from consult.errors import Conflict, Denied, NotFound, Refused
from consult.jobs.lapses import sweep_lapses
from consult.models import (
    EquivalentControl,
    GuardianWaiver,
    HelpAlert,
    HelpRequest,
    Incident,
    OpeningRequest,
    Quarantine,
    Signature,
    Stop,
    Strand,
    StrandHolder,
    StrandShare,
    Verdict,
)
from consult.sealing.invitation import new_page
from consult.services.auditing import Verb, record
from consult.services.evidence import allegations, attesting, substitutes, waivers
from consult.services.gate.gating import judge
from consult.services.help import helpdesk
from consult.services.help.helprequests import Contact, ask_for_contact
from consult.services.holders import joining, leaving, recusal, redrawing
from consult.services.keys.keystore import stored_key
from consult.services.opening import triage
from consult.services.participation.responding import door
from consult.services.report import quarantinedesk
from consult.services.signed import running, signing, stopping
from safeguards.lifecycle import StrandState
from safeguards.record import IncidentKind, WaiverCode
from safeguards.results import evaluation_json
from safeguards.terms import Decision, Role
from tests.scenario import COOKIE, LATER, NOW, digest_of, grant, open_part, row, sign
from tests.services.holders import test_ceremonies as ceremonies
from tests.toolbox.waiting import until_it_waits


def take_back(stage: Stage, db: Session, strand: Strand) -> None:
    proof = next(each for each in attesting.evidence_of(db, strand) if each.requirement == "SUP-02")
    attesting.revoke(db, stage.keys, stage.policy, stage.people["lead1"], strand, proof.id, "It ended.", NOW)


def change(stage: Stage, work: Callable[[Session, Strand], object]) -> None:
    with write(stage.engine) as db:
        work(db, db.get_one(Strand, stage.strands["children"]))


def one_after_the_other(
    stage: Stage,
    first: Callable[[Session, Strand], object],
    second: Callable[[], object],
    then: Callable[[Session, Strand], object] = lambda _, __: None,
) -> Future[object]:
    """The second begins while the first is done and not stored yet: it has read what was there before.

    `then`: what the first one does besides, while the second waits.
    """
    with ThreadPoolExecutor(1) as pool, stage.engine.connect() as watching:
        with write(stage.engine) as db:
            first(db, db.get_one(Strand, stage.strands["children"]))
            db.flush()
            later = pool.submit(second)
            until_it_waits(watching, later)
            then(db, db.get_one(Strand, stage.strands["children"]))
        wait([later])
    return later


@pytest.mark.parametrize("first", ["taken back", "opened"])
def test_a_proof_taken_back_at_the_same_moment_leaves_nothing_open(stage: Stage, first: str) -> None:
    sign(stage, "children")
    acts: dict[str, Callable[[Session, Strand], object]] = {
        "taken back": lambda db, strand: take_back(stage, db, strand),
        "opened": lambda db, strand: running.open_strand(
            db, stage.keys, stage.policy, stage.people["lead1"], strand, NOW
        ),
    }
    second = next(name for name in acts if name != first)
    later = one_after_the_other(stage, acts[first], lambda: change(stage, acts[second]))
    if first == "taken back":
        with pytest.raises(Refused):
            later.result()
    else:
        later.result()
    assert row(stage, "children").state == (StrandState.DECIDED if first == "taken back" else StrandState.SUSPENDED)


def waiver(stage: Stage) -> str:
    """One for everybody in a place of the children's part, that ends before any proof and waits for the approver."""
    with write(stage.engine) as db:
        strand = db.get_one(Strand, stage.strands["children"])
        place = strand.facts["jurisdictions"][0]
        row = GuardianWaiver(
            strand_id=strand.id,
            jurisdiction=place,
            code=WaiverCode.NO_GUARDIAN,
            grounds="Nobody has custody.",
            everyone=True,
            law_allows=True,
            independent_adult=True,
            support_worker=False,
            expires=NOW + timedelta(hours=3),
            proposed_by=stage.people["facilitator"].id,
            proposed_at=NOW,
            board="Letter 12",
            lead_id=stage.people["lead1"].id,
            lead_at=NOW,
        )
        db.add(row)
        db.flush()
        return row.id


@pytest.mark.parametrize("order", [("agreed", "signed"), ("signed", "agreed"), ("revoked", "signed")])
def test_a_signature_covers_the_waivers_that_the_gate_has_seen_and_no_other(
    stage: Stage, order: tuple[str, str]
) -> None:
    row_id, digest, people = waiver(stage), digest_of(stage, "children"), stage.people
    acts: dict[str, Callable[[Session, Strand], object]] = {
        "agreed": lambda db, strand: waivers.agree(db, stage.keys, people["approver"], strand, row_id, "", NOW),
        "revoked": lambda db, strand: waivers.revoke(
            db, stage.keys, stage.policy, people["lead1"], strand, row_id, "It ended.", NOW
        ),
        "signed": lambda db, strand: signing.sign(
            db, stage.keys, stage.policy, people["lead2"], strand, Decision.GO, digest, stage.passphrases["lead2"], NOW
        ),
    }
    first, second = order
    if first == "revoked":
        change(stage, acts["agreed"])
    later = one_after_the_other(stage, acts[first], lambda: change(stage, acts[second]))
    if second == "agreed":
        with pytest.raises(Denied, match="signed"):
            later.result()
    else:
        later.result()
    with read(stage.engine) as db:
        signed = db.scalars(select(Signature).where(Signature.strand_id == stage.strands["children"])).one()
        now = judge(db, db.get_one(Strand, signed.strand_id), stage.policy, NOW)
        assert signed.evaluation == evaluation_json(now.evaluation)
        assert (signed.valid_until == NOW + timedelta(hours=3)) == (first == "agreed")


def pause(stage: Stage, db: Session, strand: Strand) -> None:
    running.pause(db, stage.keys, stage.people["lead1"], strand, "We look at something.", NOW)


def stop(stage: Stage, db: Session, strand: Strand) -> None:
    stopping.press_stop(db, stage.keys, stage.people["operator"], strand, "", NOW)


def test_an_emergency_stop_is_not_refused_because_somebody_paused_at_the_same_moment(stage: Stage) -> None:
    open_part(stage, "children")
    one_after_the_other(
        stage,
        lambda db, strand: pause(stage, db, strand),
        lambda: change(stage, lambda db, strand: stop(stage, db, strand)),
    ).result()
    assert row(stage, "children").state == StrandState.STOPPED


def test_what_was_stopped_while_the_sweep_looked_stays_stopped_and_the_others_are_swept(stage: Stage) -> None:
    for key in ("children", "young_adults"):
        open_part(stage, key)
    with read(stage.engine) as db:
        over = max(each.valid_until for each in db.scalars(select(Signature)) if each.valid_until)
    told = one_after_the_other(
        stage,
        lambda db, strand: stop(stage, db, strand),
        lambda: sweep_lapses(stage.engine, stage.keys, stage.policy, over),
    ).result()
    assert (row(stage, "children").state, row(stage, "children").finish_by) == (StrandState.STOPPED, None)
    assert (row(stage, "young_adults").state, told) == (StrandState.STOPPED, "0 suspended")


def test_two_yeses_at_the_same_moment_lift_a_stop(stage: Stage) -> None:
    open_part(stage, "children")
    change(stage, lambda db, strand: stop(stage, db, strand))

    def lift(name: str) -> Callable[[Session, Strand], object]:
        who, passphrase = stage.people[name], stage.passphrases[name]
        return lambda db, strand: stopping.lift_stop(db, stage.keys, who, strand, "It is mended.", passphrase, NOW)

    one_after_the_other(stage, lift("lead1"), lambda: change(stage, lift("approver"))).result()
    assert row(stage, "children").state == StrandState.SUSPENDED


def test_two_yeses_at_the_same_moment_end_an_allegation(stage: Stage) -> None:
    with write(stage.engine) as db:
        about = f"person/{stage.people['facilitator'].id}"
        given = (IncidentKind.ALLEGATION, about, stage.passphrases["lead1"], NOW)
        logged = allegations.log(db, stage.keys, stage.policy, stage.people["lead1"], *given).id

    def end(name: str) -> Callable[[Session, Strand], object]:
        who, passphrase = stage.people[name], stage.passphrases[name]
        return lambda db, _: allegations.say_nothing_stands(db, stage.keys, who, logged, passphrase, NOW)

    one_after_the_other(stage, end("lead1"), lambda: change(stage, end("approver"))).result()
    with read(stage.engine) as db:
        assert db.get_one(Incident, logged).resolved_at == NOW


Acts = dict[str, Callable[[Session, Strand], object]]


def waiting_for_two(stage: Stage) -> Acts:
    """The lead's half of everything that two people end or accept, each by the table where it is kept."""
    lead, typed, day = stage.people["lead1"], stage.passphrases["lead1"], NOW + timedelta(days=1)
    opened, strand_id = {"opened_by": stage.people["dpl"].id, "opened_at": NOW}, stage.strands["children"]
    proposed = {"proposed_by": stage.people["facilitator"].id, "proposed_at": NOW, "owner_id": lead.id}
    pressed = {"pressed_by": stage.people["operator"].id, "pressed_at": NOW, "cause": "A child was filmed"}
    with write(stage.engine) as db:
        stop = Stop(scope="consultation", subject=stage.consultation_id, **pressed)
        told = Incident(kind="allegation", about="person", subject=stage.people["facilitator"].id, **opened)
        instead = EquivalentControl(
            strand_id=strand_id, requirement="SAF-13", what="Both look", expires=day, **proposed
        )
        doubt = Quarantine(strand_id=strand_id, cause="SAF-17", why="Invented.", found_at=NOW, decide_by=day)
        db.add_all([stop, told, instead, doubt])
        db.flush()
        ids = told.id, instead.id, doubt.id
    about, substitute, apart = ids
    return {
        "stops.lifted_by_lead": lambda db, strand: stopping.lift_stop(
            db, stage.keys, lead, strand, "It is mended.", typed, NOW
        ),
        "incidents.resolved_by_lead": lambda db, _: allegations.say_nothing_stands(
            db, stage.keys, lead, about, typed, NOW
        ),
        "equivalent_controls.lead_id": lambda db, strand: substitutes.accept_substitute(
            db, stage.keys, lead, strand, substitute, typed, NOW
        ),
        "quarantines.lead_id": lambda db, strand: quarantinedesk.decide(
            db, stage.keys, lead, strand, apart, Verdict.CLEAR, typed, NOW
        ),
    }


@pytest.mark.parametrize("first", ["kept out", "yes"])
def test_no_yes_stands_of_somebody_who_is_kept_out_at_the_same_moment(stage: Stage, first: str) -> None:
    acts, by = waiting_for_two(stage), stage.people["approver"]
    whom, where, typed = stage.people["lead1"].id, stage.consultation_id, stage.passphrases["approver"]

    def keep_out(db: Session, _: Strand) -> None:
        recusal.declare(db, stage.keys, by, where, whom, "Works for the company", typed, NOW)

    if first == "yes":
        one_after_the_other(
            stage,
            lambda db, strand: [act(db, strand) for act in acts.values()],
            lambda: change(stage, keep_out),
        ).result()
    else:
        with ThreadPoolExecutor(len(acts)) as pool, stage.engine.connect() as watching:
            with write(stage.engine) as db:
                keep_out(db, db.get_one(Strand, stage.strands["children"]))
                said = [pool.submit(change, stage, act) for act in acts.values()]
                until_it_waits(watching, *said)
            wait(said)
        assert all(isinstance(each.exception(), (Denied, NotFound)) for each in said), said
    with read(stage.engine) as db:
        for place in acts:
            table, _, half = place.partition(".")
            assert db.execute(text(f"SELECT {half} FROM {table}")).scalars().all() == [None], place


@pytest.mark.parametrize("first", ["the end", "the second word"])
def test_answers_in_doubt_are_destroyed_or_cleared_and_never_both(stage: Stage, first: str) -> None:
    lead, typed = stage.people["lead1"], stage.passphrases["lead1"]
    half = {"approver_id": stage.people["approver"].id, "approver_says": Verdict.CLEAR}
    with write(stage.engine) as db:
        doubt = Quarantine(
            strand_id=stage.strands["children"], cause="SAF-17", why="Invented.", found_at=NOW, decide_by=LATER, **half
        )
        db.add(doubt)
        db.flush()
        apart = doubt.id
    acts: Acts = {
        "the end": lambda db, _: quarantinedesk.end_overdue(db, stage.keys, apart, LATER),
        "the second word": lambda db, strand: quarantinedesk.decide(
            db, stage.keys, lead, strand, apart, Verdict.CLEAR, typed, NOW
        ),
    }
    second = next(name for name in acts if name != first)
    later = one_after_the_other(stage, acts[first], lambda: change(stage, acts[second]))
    if first == "the end":
        with pytest.raises(Conflict):
            later.result()
    with read(stage.engine) as db:
        outcome = Verdict.DESTROY if first == "the end" else Verdict.CLEAR
        assert db.get_one(Quarantine, apart).outcome == outcome


def test_two_taps_are_one_request_for_contact_and_two_leads_answer_it_once(stage: Stage) -> None:
    open_part(stage, "children")
    page, kit = new_page(), Contact(name="Kit", how="+000", language="en")

    def tap(db: Session, strand: Strand) -> None:
        entrance = door(db, strand.id, NOW)
        assert entrance is not None
        ask_for_contact(db, stage.keys, stage.policy, entrance, kit, NOW, page)

    one_after_the_other(stage, tap, lambda: change(stage, tap)).result()
    with read(stage.engine) as db:
        (asked,) = db.scalars(select(HelpRequest.id))
        assert len(db.scalars(select(HelpAlert)).all()) == 1

    def answer(name: str) -> Callable[[Session, Strand], object]:
        return lambda db, _: helpdesk.answered(db, stage.keys, stage.people[name], asked.hex(), NOW)

    with pytest.raises(Conflict):
        one_after_the_other(stage, answer("lead1"), lambda: change(stage, answer("lead2"))).result()


@pytest.mark.parametrize("order", [("joined", "drawn"), ("drawn", "joined"), ("left", "drawn"), ("drawn", "left")])
def test_halves_that_are_drawn_while_somebody_joins_or_leaves_fit_who_holds_them(
    stage: Stage, order: tuple[str, str]
) -> None:
    """A half of the generation before, beside the new one, would keep everybody from opening."""
    part = ceremonies.PART
    open_part(stage, part)
    with write(stage.engine) as db:
        running.pause(db, stage.keys, stage.people["lead1"], db.get_one(Strand, stage.strands[part]), "A leaver", NOW)
    for name, role in (("lead3", Role.SAFEGUARDING_LEAD), ("lead4", Role.SAFEGUARDING_LEAD)):
        ceremonies.arrive(stage, name, role)
    ceremonies.join(stage, "lead4", by="lead1")
    request = ceremonies.ask_for_halves(stage)
    grant(stage, request)
    words, people = stage.passphrases, stage.people
    acts: dict[str, Callable[[Session, Strand], object]] = {
        "joined": lambda db, _: joining.join(
            db,
            stage.keys,
            people["lead1"],
            db.get_one(Strand, stage.strands[part]),
            people["lead3"].id,
            words["lead1"],
            NOW,
        ),
        "drawn": lambda db, _: redrawing.redraw(
            db, stage.keys, people["reviewer1"], request, words["reviewer1"], COOKIE, NOW
        ),
        "left": lambda db, _: leaving.leave(db, stage.keys, people["lead4"].id, NOW),
    }
    first, second = (acts[each] for each in order)
    one_after_the_other(stage, first, lambda: change(stage, second)).result()
    with read(stage.engine) as db:
        key = stored_key(db, stage.keys.row_seal, stage.strands[part])
        shares = db.scalars(select(StrandShare).where(StrandShare.strand_id == key.strand_id)).all()
        named = db.scalars(select(StrandHolder.person_id).where(StrandHolder.strand_id == key.strand_id)).all()
        assert {share.generation for share in shares} == {2}
        assert {share.person_id for share in shares} == set(named)


def test_whoever_sets_own_words_apart_and_whoever_pauses_wait_in_no_circle(stage: Stage) -> None:
    open_part(stage, "children")
    one_after_the_other(
        stage,
        lambda db, strand: triage.claim(db, OpeningRequest(id="asked for", strand_id=strand.id)),
        lambda: change(stage, lambda db, strand: pause(stage, db, strand)),
        then=lambda db, strand: record(db, stage.keys.audit, "somebody", Verb.OPENING_USED, strand.id, NOW),
    ).result()
    assert row(stage, "children").state == StrandState.SUSPENDED
