"""Plain SQL that differs in one word between what is lawful and what is not."""


def _quoted(word: str | None) -> str:
    return "NULL" if word is None else f"'{word}'"


def new_strand(
    audience: str = "G",
    respondent_class: str = "child",
    representatives: str | None = None,
    state: str = "draft",
    stands_in_for: str | None = None,
) -> str:
    """Insert a strand."""
    return (
        "INSERT INTO strands (id, consultation_id, name, audience, representatives, respondent_class, mode, facts,"
        " form, author_id, made_at, state, stands_in_for_id, version) VALUES ('new', 'consultation', 'new',"
        f" '{audience}', {_quoted(representatives)}, '{respondent_class}', 'OI', '{{}}', '{{}}', 'author',"
        f" '2030-01-07 09:00:00.000000', '{state}', {_quoted(stands_in_for)}, 1)"
    )


def sign(
    strand: str = "draft",
    by: str = "lead",
    second: str | None = None,
    decision: str = "GO",
    author: str = "author",
    audience: str = "G",
    until: str | None = "2030-02-07 09:00:00.000000",
) -> str:
    """Insert a signature, later than those that are there."""
    return (
        "INSERT INTO signatures (id, strand_id, author_id, audience, plan_digest, decision, row, evaluation, note,"
        f" valid_until, signed_by, signed_at, second_by) VALUES ('new', '{strand}', '{author}', '{audience}', '00',"
        f" '{decision}', 'D11', '{{}}', '', {_quoted(until)}, '{by}', '2030-01-07 10:00:00.000000', {_quoted(second)})"
    )


def make_key(strand: str = "signed", signature: str = "signed", decision: str = "GO") -> str:
    """Insert a strand's key."""
    return (
        "INSERT INTO strand_keys (strand_id, signature_id, decision, generation, suite, public_key, wrapped_private,"
        f" row_seal) VALUES ('{strand}', '{signature}', '{decision}', 1, 1, :new, :new, :new)"
    )


def confirm(who: str = "newcomer", by: str = "approver") -> str:
    """Confirm somebody as a holder."""
    return (
        f"UPDATE people SET confirmed_by = '{by}', confirmed_at = '2030-01-08', confirmation_seal = :new"
        f" WHERE id = '{who}'"
    )


def join(by: str | None, strand: str = "open", who: str = "joined") -> str:
    """Add a lead to the holders of a strand."""
    return (
        "INSERT INTO strand_holders (strand_id, person_id, role, added_by)"
        f" VALUES ('{strand}', '{who}', 'lead', {_quoted(by)})"
    )


def give_half(who: str, strand: str = "adults") -> str:
    """Seal a half to a holder."""
    return (
        'INSERT INTO strand_shares (strand_id, person_id, role, generation, sealed, "check", row_seal)'
        f" VALUES ('{strand}', '{who}', 'lead', 1, :new, :new, :new)"
    )


def begin_epoch(strand: str) -> str:
    """Insert an epoch."""
    return f"INSERT INTO epochs (id, strand_id, sealed_key, row_seal) VALUES (:new, '{strand}', :new, :new)"


def answer(strand: str, epoch: str | None = None) -> str:
    """Insert a response into a strand, in its own epoch or in another."""
    return (
        f"INSERT INTO responses (id, strand_id, epoch_id, sealed) VALUES (:new, '{strand}', :{epoch or strand}, :new)"
    )


def hold(person: str, role: str, strand: str = "draft") -> str:
    """Insert a holder."""
    return f"INSERT INTO strand_holders (strand_id, person_id, role) VALUES ('{strand}', '{person}', '{role}')"


def attest(scope: str = "organisation", role: str = "SL") -> str:
    """Insert evidence."""
    return (
        "INSERT INTO evidence (id, requirement, scope, subject, statement, attested_by, attested_as, attested_at,"
        f" found_false) VALUES ('new', 'SAF-01', '{scope}', '', 'In force', 'lead', '{role}',"
        " '2030-01-07 09:00:00.000000', false)"
    )


def verify(by: str, evidence: str = "attested") -> str:
    """Add a verification."""
    return (
        f"UPDATE evidence SET verified_by = '{by}', verified_as = 'IA', verified_at = '2030-01-07 10:00:00.000000'"
        f" WHERE id = '{evidence}'"
    )


def propose_policy(name: str, by: str = "lead", as_role: str = "SL") -> str:
    """Insert a proposed change of the policy."""
    return (
        "INSERT INTO policy_proposals (id, parameter, numbers, changes_digest, reason, proposed_by, proposed_as,"
        f" proposed_at) VALUES ('{name}', 'P-TEST', '{{}}', '00', 'Why', '{by}', '{as_role}',"
        " '2030-01-07 10:00:00.000000')"
    )


def decide_policy(
    by: str, as_role: str = "IA", outcome: str = "approved", proposal: str = "proposed", proposer: str = "lead"
) -> str:
    """Insert the decision on one."""
    return (
        "INSERT INTO policy_decisions (number, proposal_id, proposed_by, proposed_as, outcome, decided_by, decided_as,"
        f" decided_at) VALUES (9, '{proposal}', '{proposer}', 'SL', '{outcome}', '{by}', '{as_role}',"
        " '2030-01-07 11:00:00.000000')"
    )


def accuse(whom: str, by: str) -> str:
    """Insert an allegation about a person."""
    return (
        "INSERT INTO incidents (id, kind, about, subject, opened_by, opened_at) VALUES"
        f" ('new', 'allegation', 'person', '{whom}', '{by}', '2030-01-07 10:00:00.000000')"
    )


def called(by: str, confirmed_by: str | None = None, waits: str = "false") -> str:
    """Insert a call to a service."""
    return (
        "INSERT INTO contact_tests (id, service_id, channel, tested_at, tested_by, reached, minutes, language,"
        " jurisdiction, free, waits, confirmed_by) VALUES ('new', 'line', '116', '2030-01-07 10:00:00.000000',"
        f" '{by}', true, 1, 'en', 'KE', true, {waits}, {_quoted(confirmed_by)})"
    )


def nothing_stands(lead: str, approver: str | None) -> str:
    """End the one about the author."""
    return (
        f"UPDATE incidents SET resolved_by_lead = '{lead}', resolved_by_approver = {_quoted(approver)},"
        " resolved_at = '2030-01-08 10:00:00.000000' WHERE id = 'incident'"
    )


def grant(by: str, request: str = "asked") -> str:
    """Grant an opening."""
    return (
        f"UPDATE opening_requests SET granted_by = '{by}', granted_at = '2030-01-07 10:00:00.000000',"
        f" sealed_half = :new WHERE id = '{request}'"
    )


def publish(
    opening: str = "granted", strand: str = "closed", respondent_class: str = "child", name: str = "new"
) -> str:
    """Insert a release."""
    return (
        "INSERT INTO releases (id, consultation_id, strand_id, series, respondent_class, content, digest, setting,"
        f" made_at, opening_id) VALUES ('{name}', 'consultation', '{strand}', 'main', '{respondent_class}', '{{}}',"
        f" '00', '{{}}', '2030-01-07 11:00:00.000000', '{opening}')"
    )


def log(number: int) -> str:
    """Insert an audit event."""
    return (
        "INSERT INTO audit_events (number, at, actor, verb, subject, facts, link)"
        f" VALUES ({number}, '2030-01-07 11:00:00.000000', 'lead', 'x', 'y', '{{}}', :new)"
    )


def lift(lead: str | None, approver: str | None) -> str:
    """Lift the stop."""
    return (
        f"UPDATE stops SET lifted_by_lead = {_quoted(lead)}, lifted_by_approver = {_quoted(approver)},"
        " lifted_at = '2030-01-07 11:00:00.000000' WHERE id = 'stop'"
    )


def move(strand: str, state: str) -> str:
    """Set a strand's state."""
    return f"UPDATE strands SET state = '{state}' WHERE id = '{strand}'"


def change(table: str, column: str, value: str, row: str) -> str:
    """Update one column of one row; the value is SQL."""
    return f"UPDATE {table} SET {column} = {value} WHERE id = '{row}'"


def accept(lead: str, approver: str | None, ended: str | None = None) -> str:
    """Insert an accepted equivalent control."""
    return (
        "INSERT INTO equivalent_controls (id, strand_id, requirement, what, written_notice, practitioner, proposed_by,"
        " proposed_at, lead_id, approver_id, accepted_at, expires, owner_id, ended_by)"
        " VALUES ('new', 'draft', 'SUP-01', 'A practitioner', false, '', 'lead', '2030-01-07',"
        f" '{lead}', {_quoted(approver)}, '2030-01-07', '2030-02-07', 'lead', {_quoted(ended)})"
    )


def found_out(passed: str, by: str | None) -> str:
    """Insert a run of one of the program's own checks."""
    when, role = ("'2030-01-08'", "'SL'") if by else ("NULL", "NULL")
    return (
        "INSERT INTO program_checks (id, requirement, release, passed, found, ran_at, verified_by, verified_as,"
        f" verified_at) VALUES ('new', 'SAF-12', '1', {passed}, '[]', '2030-01-07', {_quoted(by)}, {role}, {when})"
    )


def note_to(kind: str = "ask", answered_by: str | None = None) -> str:
    """Insert what a lead asks about a part."""
    answer = ("'Yes'", "'2030-01-08'") if answered_by else ("NULL", "NULL")
    return (
        "INSERT INTO review_notes (id, strand_id, kind, requirement, words, written_by, written_at, answered_by,"
        f" answer, answered_at) VALUES ('new', 'draft', '{kind}', '', 'Who calls?', 'lead', '2030-01-07',"
        f" {_quoted(answered_by)}, {answer[0]}, {answer[1]})"
    )


def count(n: int) -> str:
    """Insert a strand's count."""
    return f"INSERT INTO strand_counts (strand_id, what, n) VALUES ('open', 'came', {n})"


def profile(strand: str) -> str:
    """Insert a profile into a strand."""
    return f"INSERT INTO profiles (id, strand_id, epoch_id, sealed) VALUES (:new, '{strand}', :{strand}, :new)"


def freeze_live(number: int) -> str:
    """Insert a live snapshot."""
    return (
        "INSERT INTO live_snapshots (id, strand_id, number, content, digest, made_by, made_at)"
        f" VALUES ('new', 'open', {number}, '{{}}', '00', 'lead', '2030-01-07 11:00:00.000000')"
    )


def note_answer(request: str, by: str = "lead", on: str | None = "2030-01-08") -> str:
    """Mark a request for help as answered."""
    return f"UPDATE help_requests SET answered_by = '{by}', answered_on = {_quoted(on)} WHERE id = :{request}"


def session_note(note: str, by: str = "'lead'") -> str:
    """The second note of the running session, about nobody and nothing."""
    return (
        "INSERT INTO session_notes (session_id, number, at, note, by_id) "
        f"VALUES ('open', 2, '2030-01-07 09:00:00.000000', '{note}', {by})"
    )
