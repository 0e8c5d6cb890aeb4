"""What the database refuses whatever the application does: each rule attacked with plain SQL, on both databases.

Beside each attack stands the lawful statement nearest to it, which must pass: so an attack fails for its own reason.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from consult.database import connect, upgrade, write
from tests.models.deskrules import DESK_RULES
from tests.models.findingrules import FINDINGS
from tests.models.openingrules import OPENING_RULES
from tests.models.partnerrules import PARTNER_RULES
from tests.models.policyrules import POLICY_RULES
from tests.models.rule import Rule
from tests.models.sessionrules import LIVE_SESSIONS
from tests.models.statements import (
    accept,
    answer,
    attest,
    begin_epoch,
    change,
    confirm,
    count,
    freeze_live,
    give_half,
    grant,
    hold,
    join,
    lift,
    log,
    make_key,
    move,
    new_strand,
    note_answer,
    profile,
    publish,
    sign,
    verify,
)
from tests.models.world import BLOBS, furnish

RULES = {
    **DESK_RULES,
    **POLICY_RULES,
    # four eyes
    "nobody verifies what he attested": Rule(verify(by="lead"), verify(by="approver"), "evidence_four_eyes"),
    "nobody signs his own plan": Rule(sign(by="author"), sign(by="lead"), "signer_is_not_author"),
    "nobody passes for another plan's author": Rule(sign(by="author", author="deputy"), sign(by="lead"), "foreign key"),
    "the second signature is another person's": Rule(
        sign(second="lead"), sign(second="approver"), "second_is_another_person"
    ),
    "the second signature is not the author's": Rule(
        sign(second="author"), sign(second="approver"), "second_is_another_person"
    ),
    "for child survivors two sign": Rule(
        sign("survivors", audience="S"),
        sign("survivors", audience="S", second="approver"),
        "survivors_need_two_signatures",
    ),
    "child survivors are not signed for as other children": Rule(
        sign("survivors", audience="G"), sign("survivors", audience="S", second="approver"), "foreign key"
    ),
    "refusing needs no second": Rule(
        sign("survivors", audience="S", decision="GO_WITH_CONDITIONS"),
        sign("survivors", audience="S", decision="REFUSE"),
        "survivors_need_two_signatures",
    ),
    "a decision that opens has an end": Rule(
        sign(until=None), sign(until=None, decision="REFUSE"), "opening_has_an_end"
    ),
    "nobody grants his own request": Rule(grant(by="reviewer"), grant(by="lead"), "two_people"),
    "nobody holds both halves": Rule(
        hold("lead", "reviewer", "signed"), hold("approver", "reviewer", "signed"), "unique"
    ),
    "a stop is lifted by two": Rule(lift("deputy", None), lift("deputy", "approver"), "lifted_by_two"),
    "a stop is not lifted twice by one": Rule(lift("deputy", "deputy"), lift("deputy", "approver"), "stops_four_eyes"),
    "a stop is not removed": Rule("DELETE FROM stops", lift("deputy", "approver"), "lifted by two people"),
    "a stop is not moved elsewhere": Rule(
        change("stops", "subject", "'elsewhere'", "stop"),
        change("stops", "cause", "'a fire drill'", "stop"),
        "covers what it covered",
    ),
    # no gate, no key; no key, no answer
    "a key hangs on a signature": Rule(make_key(signature="none"), make_key(), "foreign key"),
    "a key hangs on its own strand's signature": Rule(make_key(signature="open"), make_key(), "foreign key"),
    "a refusal makes no key": Rule(make_key("refused", "refused", "REFUSE"), make_key(), "signed_to_open"),
    "a refusal does not pass for a yes": Rule(make_key("refused", "refused", "GO"), make_key(), "foreign key"),
    "a key has two holders a role": Rule(make_key("lonely", "lonely"), make_key(), "two leads and two reviewers"),
    "an epoch hangs on a key": Rule(begin_epoch("signed"), begin_epoch("decided"), "foreign key"),
    "an answer hangs on an epoch": Rule(answer("open", epoch="new"), answer("open"), "foreign key"),
    "an answer stays in its strand's epoch": Rule(answer("open", epoch="adults"), answer("open"), "foreign key"),
    "no strand is born open": Rule(new_strand(state="open"), new_strand(), "only after it was signed"),
    "no strand opens unsigned": Rule(move("draft", "open"), move("decided", "open"), "only with a key"),
    "no strand opens with a signature and no key": Rule(
        move("signed", "open"), move("decided", "open"), "only with a key"
    ),
    "a refused strand does not open": Rule(move("refused", "open"), move("refused", "draft"), "only with a key"),
    "no answer before the opening": Rule(answer("decided"), answer("open"), "does not take answers"),
    "no answer while suspended": Rule(answer("suspended"), answer("finishing"), "does not take answers"),
    "no answer after the close": Rule(answer("closed"), answer("open"), "does not take answers"),
    # adults never count as children
    "a class never changes": Rule(
        change("strands", "respondent_class", "'child'", "adults"),
        change("strands", "name", "'Grown-ups'", "adults"),
        "never changes",
    ),
    "audience and class do not change together": Rule(
        "UPDATE strands SET audience = 'G', representatives = NULL, respondent_class = 'child' WHERE id = 'young'",
        change("strands", "mode", "'RM'", "young"),
        "never changes",
    ),
    "one kind of representative does not become another": Rule(
        "UPDATE strands SET representatives = 'RC', respondent_class = 'caregiver' WHERE id = 'young'",
        change("strands", "mode", "'RM'", "young"),
        "never changes",
    ),
    "an author never changes": Rule(
        change("strands", "author_id", "'deputy'", "draft"), change("strands", "name", "'x'", "draft"), "never changes"
    ),
    "adult survivors are not made children": Rule(
        new_strand("A", "child"), new_strand("A", "adult_survivor"), "class_follows_audience"
    ),
    "child survivors are not made adults": Rule(
        new_strand("S", "adult_survivor"), new_strand("S", "child"), "class_follows_audience"
    ),
    "young adults are not made children": Rule(
        new_strand("R", "child", "RY"), new_strand("R", "young_adult", "RY"), "class_follows_audience"
    ),
    "representatives say which": Rule(
        new_strand("R", "young_adult"), new_strand("R", "young_adult", "RY"), "only_for_r"
    ),
    "children are no representatives": Rule(new_strand("G", "child", "RY"), new_strand("G", "child"), "only_for_r"),
    "published evidence is no strand": Rule(
        new_strand("R", "secondary_evidence", "E"), new_strand("R", "caregiver", "RC"), "class_follows_audience"
    ),
    "children stand in for nobody": Rule(
        new_strand("G", "child", stands_in_for="survivors"),
        new_strand("A", "adult_survivor", stands_in_for="survivors"),
        "only_adults_stand_in",
    ),
    "a release of adults is not one of children": Rule(
        publish(respondent_class="adult_survivor"), publish(), "foreign key"
    ),
    "a decided strand is not removed": Rule(
        "DELETE FROM strands WHERE id = 'lonely'", "DELETE FROM strands WHERE id = 'draft'", "decided on stays"
    ),
    # what stands, stands
    "an answer is never changed": Rule(
        "UPDATE responses SET sealed = :new", "DELETE FROM responses", "only taken back"
    ),
    "a share is never changed": Rule(
        "UPDATE response_shares SET share = :new", "DELETE FROM response_shares", "only taken back"
    ),
    "a signature is never changed": Rule(
        change("signatures", "valid_until", "'2040-01-01'", "open"), sign(), "as it was signed"
    ),
    "a signature is never removed": Rule("DELETE FROM signatures WHERE id = 'lonely'", sign(), "what was signed stays"),
    "a release is never changed": Rule(change("releases", "content", "'[]'", "release"), publish(), "frozen"),
    "a release is never removed": Rule("DELETE FROM releases", publish(), "frozen"),
    "the log is never changed": Rule("UPDATE audit_events SET actor = 'nobody'", log(2), "only grows"),
    "the log is never cut": Rule("DELETE FROM audit_events", log(2), "only grows"),
    "the log has no gaps": Rule(log(3), log(2), "one by one"),
    "the log begins once": Rule(log(1), log(2), "one by one"),
    "a release needs a granted opening": Rule(publish(opening="asked"), publish(), "granted opening"),
    "a release comes from its own strand's opening": Rule(publish(strand="open"), publish(), "foreign key"),
    **LIVE_SESSIONS,
    **PARTNER_RULES,
    **FINDINGS,
    # triage and concerns
    "no answer to an epoch that two people read": Rule(answer("triaged"), answer("open"), "no further answer"),
    "what was read stays read": Rule(
        "UPDATE epoch_triage SET read = false WHERE read", "UPDATE epoch_triage SET read = true", "stays read"
    ),
    "what was done about a concern stays": Rule(
        change("concerns", "decided_at", "NULL", "decided"),
        change("concerns", "child_told", "true", "decided"),
        "stays on record",
    ),
    "a concern does not become milder": Rule(
        change("concerns", "severity", "'wellbeing'", "open"),
        change("concerns", "wish", "'report'", "open"),
        "stays on",
    ),
    "a concern is not removed": Rule(
        "DELETE FROM concerns", change("concerns", "wish", "'report'", "open"), "stays on record"
    ),
    "a referral says where": Rule(
        change("concerns", "referred_at", "'2030-01-08 09:00:00.000000'", "open"),
        change("concerns", "called_at", "'2030-01-08 09:00:00.000000'", "open"),
        "referral_is_whole",
    ),
    "closed as referred was referred": Rule(
        "UPDATE concerns SET closure = 'referred', closed_at = '2030-01-08 09:00:00.000000' WHERE id = 'open'",
        "UPDATE concerns SET closure = 'mistaken', closed_at = '2030-01-08 09:00:00.000000' WHERE id = 'open'",
        "referred_somewhere",
    ),
    # the inclusion tier
    "no profile while suspended": Rule(profile("suspended"), profile("open"), "does not take answers"),
    "no profile after the close": Rule(profile("closed"), profile("finishing"), "does not take answers"),
    "no profile of a child survivor": Rule(profile("told"), profile("open"), "no inclusion tier"),
    "a profile is never changed": Rule("UPDATE profiles SET sealed = :new", "DELETE FROM profiles", "only taken back"),
    "a share of a profile is never changed": Rule(
        "UPDATE profile_shares SET share = :new", "DELETE FROM profile_shares", "only taken back"
    ),
    "a snapshot is never changed": Rule("UPDATE live_snapshots SET content = '[]'", freeze_live(2), "frozen"),
    "a snapshot is never removed": Rule("DELETE FROM live_snapshots", freeze_live(2), "frozen"),
    "a snapshot has a number of its own": Rule(freeze_live(1), freeze_live(2), "unique"),
    # requests for help
    "an answer to somebody has a day": Rule(note_answer("waiting", on=None), note_answer("waiting"), "answer_is_whole"),
    "nobody is answered before asking": Rule(
        note_answer("waiting", on="2030-01-06"), note_answer("waiting"), "answered_after_asked"
    ),
    "an answer to somebody is noted once": Rule(
        note_answer("answered", by="deputy"), note_answer("waiting"), "as it was noted"
    ),
    "a request for help is not moved to another day": Rule(
        "UPDATE help_requests SET asked_on = '2030-02-07' WHERE id = :waiting", note_answer("waiting"), "stays as asked"
    ),
    "what somebody wrote to be contacted is never changed": Rule(
        "UPDATE help_copies SET sealed = :new", "DELETE FROM help_copies", "never changed"
    ),
    # evidence
    "a statement keeps its requirement": Rule(
        change("evidence", "requirement", "'SAF-02'", "attested"),
        change("evidence", "expires", "'2031-01-01'", "attested"),
        "stays as attested",
    ),
    "a statement keeps its subject": Rule(
        change("evidence", "subject", "'somebody'", "attested"),
        change("evidence", "expires", "'2031-01-01'", "attested"),
        "stays as attested",
    ),
    "a statement keeps its attester": Rule(
        change("evidence", "attested_by", "'deputy'", "attested"), verify(by="approver"), "stays as attested"
    ),
    "a verification keeps its verifier": Rule(
        change("evidence", "verified_by", "'deputy'", "verified"),
        "UPDATE evidence SET revoked_by = 'deputy', revoked_at = '2030-02-01', revoked_reason = 'x', found_false = true"
        " WHERE id = 'verified'",
        "stays as verified",
    ),
    "a verification is not taken away": Rule(
        "UPDATE evidence SET verified_by = NULL, verified_as = NULL, verified_at = NULL WHERE id = 'verified'",
        "UPDATE evidence SET revoked_by = 'deputy', revoked_at = '2030-02-01', revoked_reason = 'x'"
        " WHERE id = 'verified'",
        "stays as verified",
    ),
    "what was verified does not last longer": Rule(
        change("evidence", "expires", "'2040-01-01'", "verified"),
        change("evidence", "expires", "'2040-01-01'", "attested"),
        "stays as verified",
    ),
    "a verification is whole": Rule(
        change("evidence", "verified_by", "'approver'", "attested"), verify(by="approver"), "verification_is_whole"
    ),
    "a revocation stays": Rule(
        "UPDATE evidence SET revoked_by = NULL, revoked_at = NULL, revoked_reason = NULL WHERE id = 'revoked'",
        change("evidence", "found_false", "true", "revoked"),
        "a revocation stays",
    ),
    "a revocation gives its reason": Rule(
        "UPDATE evidence SET revoked_by = 'deputy', revoked_at = '2030-02-01' WHERE id = 'verified'",
        "UPDATE evidence SET revoked_by = 'deputy', revoked_at = '2030-02-01', revoked_reason = 'x'"
        " WHERE id = 'verified'",
        "revocation_is_whole",
    ),
    "an equivalent is accepted by two": Rule(
        accept("lead", "lead"), accept("lead", "approver"), "equivalent_controls_four_eyes"
    ),
    "nobody attests in an unknown role": Rule(attest(role="BOSS"), attest(role="SL"), "attested_as_is_known"),
    # people and counts
    "signing in needs an address": Rule(
        change("people", "identity", "'{}'", "author"),
        "UPDATE people SET identity = '{}', email = 'author@example.org' WHERE id = 'author'",
        "sign_in_needs_email",
    ),
    "a key to seal to needs an identity": Rule(
        change("people", "public_key", ":new", "author"),
        "UPDATE people SET identity = '{}', email = 'author@example.org', public_key = :new WHERE id = 'author'",
        "holder_has_identity",
    ),
    "nobody confirms themselves": Rule(confirm(by="newcomer"), confirm(), "confirmed_by_another"),
    "nobody confirms whom they invited": Rule(confirm(by="author"), confirm(by="deputy"), "confirmed_by_another"),
    "only a key is confirmed": Rule(confirm("approver", by="deputy"), confirm(), "confirmed_has_key"),
    "a confirmation is whole": Rule(
        change("people", "confirmed_by", "'approver'", "newcomer"), confirm(), "confirmation_is_whole"
    ),
    "another key is not confirmed": Rule(
        change("people", "public_key", ":new", "lead"),
        change("people", "public_key", ":new", "newcomer"),
        "another key has to be confirmed again",
    ),
    "who invited somebody stays": Rule(
        change("people", "added_by", "'deputy'", "newcomer"),
        change("people", "added_by", "'deputy'", "approver"),
        "who invited somebody stays",
    ),
    "a half goes to somebody confirmed": Rule(
        give_half("newcomer"), give_half("deputy"), "a half goes to somebody confirmed only"
    ),
    "after signing a holder joins by one of the same role": Rule(
        join(by="reviewer"), join(by="lead"), "only a holder of the same role adds one"
    ),
    "and never by nobody": Rule(join(by=None), join(by="lead"), "only a holder of the same role adds one"),
    "before signing the author names holders": Rule(
        join(by=None, strand="open"), join(by=None, strand="draft"), "only a holder of the same role adds one"
    ),
    "a holder does not change sides": Rule(
        "UPDATE strand_holders SET role = 'reviewer' WHERE strand_id = 'open' AND person_id = 'lead'",
        "DELETE FROM strand_holders WHERE strand_id = 'signed'",
        "named or taken off, not changed",
    ),
    "counts are not negative": Rule(count(-1), count(0), "n_not_negative"),
    **OPENING_RULES,
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def furnished_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database of each kind with the rows of `world`, for all tests here: none of them commits."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('world') / 'furnished.sqlite'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        server.create("furnished")
        url = server.url("furnished")
    engine = connect(url)
    upgrade(engine)
    with write(engine) as db:
        furnish(db)
    yield engine
    engine.dispose()


@pytest.fixture
def furnished(furnished_engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is thrown away."""
    with furnished_engine.connect() as connection:
        yield connection
        connection.rollback()


def say(connection: Connection, statement: str) -> int:
    """Run a statement and take back what it did; how many rows it touched."""
    savepoint = connection.begin_nested()
    try:
        blobs = {name: blob for name, blob in BLOBS.items() if f":{name}" in statement}
        return connection.execute(text(statement), blobs).rowcount
    finally:
        savepoint.rollback()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_database_itself_refuses(furnished: Connection, rule: Rule) -> None:
    assert say(furnished, rule.lawful) >= 1
    with pytest.raises(IntegrityError) as refused:
        say(furnished, rule.attack)
    assert rule.refusal in str(refused.value.orig).lower()


@pytest.mark.parametrize("table", ["signatures", "releases", "audit_events", "stops", "policy_proposals"])
def test_there_is_no_way_round_the_guards(furnished: Connection, table: str) -> None:
    # REPLACE deletes without a DELETE, TRUNCATE without a row: both are the one dialect's own.
    postgresql = furnished.dialect.name == "postgresql"
    way_round = f"TRUNCATE {table} CASCADE" if postgresql else f"REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(IntegrityError):
        say(furnished, way_round)


def test_what_can_not_be_deleted_can_not_be_emptied_at_once(furnished: Connection) -> None:
    """PostgreSQL alone has TRUNCATE, which no guard on rows sees."""
    if furnished.dialect.name != "postgresql":
        return
    guarded, at_once = (
        set(furnished.scalars(text(f"SELECT tgrelid::regclass::text FROM pg_trigger WHERE {which} <> 0")))
        for which in ("(tgtype & 2) * (tgtype & 8)", "tgtype & 32")
    )
    assert guarded
    assert guarded <= at_once


def test_a_refusal_signed_later_keeps_a_strand_shut(furnished: Connection) -> None:
    furnished.execute(text(sign("decided", decision="REFUSE")))
    with pytest.raises(IntegrityError, match="last signed decision"):
        say(furnished, move("decided", "open"))
    assert say(furnished, move("finishing", "open")) == 1
