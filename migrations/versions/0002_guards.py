"""Guards: what a CHECK can not see, because it lies in another row or in how a row was before, stands in triggers.

On both databases a guard's refusal comes up as an IntegrityError. SQLite changes a table by copying it, and the copy
has no triggers: a later migration that alters a guarded table makes that table's guards again.
"""

from typing import NamedTuple

from alembic import op

revision = "0002"
down_revision = "0001"


class Guard(NamedTuple):
    """Refuses an event (INSERT, UPDATE or DELETE) on a table when the condition holds, and says why."""

    table: str
    name: str
    event: str
    condition: str
    why: str


def changes(*columns: str) -> str:
    """Whether an update changes any of these; written out, as SQLite before 3.39 has no IS DISTINCT FROM."""
    return " OR ".join(f"OLD.{c} <> NEW.{c} OR (OLD.{c} IS NULL) <> (NEW.{c} IS NULL)" for c in columns)


def rewrites(*columns: str) -> str:
    """Whether an update changes any of these that already had a value."""
    return " OR ".join(f"(OLD.{c} IS NOT NULL AND ({changes(c)}))" for c in columns)


LAST_WORD_OPENS = """EXISTS (
    SELECT 1 FROM strand_keys JOIN signatures ON signatures.id = strand_keys.signature_id
    WHERE strand_keys.strand_id = NEW.id AND NOT EXISTS (
        SELECT 1 FROM signatures AS later WHERE later.strand_id = NEW.id AND later.signed_at > signatures.signed_at
        AND later.decision NOT IN ('GO', 'GO_WITH_CONDITIONS')))"""
TAKES_ANSWERS = """EXISTS (
    SELECT 1 FROM strands WHERE strands.id = NEW.strand_id
    AND (strands.state = 'open' OR (strands.state = 'suspended' AND strands.finish_by IS NOT NULL)))"""
GRANTED = """EXISTS (
    SELECT 1 FROM opening_requests
    WHERE opening_requests.id = NEW.opening_id AND granted_by IS NOT NULL AND refused_by IS NULL)"""
HOLDERS = "(SELECT COUNT(*) FROM strand_holders WHERE strand_holders.strand_id = NEW.strand_id AND role = '{}')"
NEXT_NUMBER = "(SELECT COALESCE(MAX(number), 0) + 1 FROM audit_events)"

GUARDS = (
    Guard(
        "strands",
        "identity_is_fixed",
        "UPDATE",
        changes("consultation_id", "audience", "representatives", "respondent_class", "author_id"),
        "what a strand counts as, and who set it up, never changes",
    ),
    Guard(
        "strands",
        "signed_stays",
        "DELETE",
        "EXISTS (SELECT 1 FROM signatures WHERE signatures.strand_id = OLD.id)",
        "a strand that was decided on stays",
    ),
    Guard("strands", "not_born_open", "INSERT", "NEW.state = 'open'", "a strand opens only after it was signed"),
    Guard(
        "strands",
        "opens_when_signed",
        "UPDATE",
        f"NEW.state = 'open' AND OLD.state <> 'open' AND NOT {LAST_WORD_OPENS}",
        "a strand opens only with a key, and only while the last signed decision opens it",
    ),
    Guard(
        "strand_keys",
        "two_holders_a_role",
        "INSERT",
        f"{HOLDERS.format('lead')} < 2 OR {HOLDERS.format('reviewer')} < 2",
        "a strand needs two leads and two reviewers who will hold its key",
    ),
    Guard(
        "responses",
        "strand_takes_answers",
        "INSERT",
        f"NOT {TAKES_ANSWERS}",
        "this strand does not take answers now",
    ),
    Guard("responses", "never_updated", "UPDATE", "TRUE", "an answer is never changed, only taken back"),
    Guard("response_shares", "never_updated", "UPDATE", "TRUE", "an answer is never changed, only taken back"),
    Guard("signatures", "never_updated", "UPDATE", "TRUE", "what was signed stays as it was signed"),
    Guard("signatures", "never_deleted", "DELETE", "TRUE", "what was signed stays"),
    Guard("releases", "opening_was_granted", "INSERT", f"NOT {GRANTED}", "a release comes from a granted opening"),
    Guard("releases", "never_updated", "UPDATE", "TRUE", "a release is frozen"),
    Guard("releases", "never_deleted", "DELETE", "TRUE", "a release is frozen"),
    Guard(
        "audit_events",
        "without_gaps",
        "INSERT",
        f"NEW.number <> {NEXT_NUMBER}",
        "audit events are numbered one by one",
    ),
    Guard("audit_events", "never_updated", "UPDATE", "TRUE", "the audit log only grows"),
    Guard("audit_events", "never_deleted", "DELETE", "TRUE", "the audit log only grows"),
    Guard(
        "evidence",
        "statement_is_fixed",
        "UPDATE",
        changes(
            *("requirement", "scope", "subject", "statement", "document_digest", "given_for", "outside_person"),
            *("attested_by", "attested_as", "attested_at"),
        ),
        "what somebody attested stays as attested",
    ),
    Guard(
        "evidence",
        "verification_is_final",
        "UPDATE",
        f"{rewrites('verified_by', 'verified_as', 'verified_at')}"
        f" OR (OLD.verified_by IS NOT NULL AND ({changes('finding', 'updated_at', 'expires')}))",
        "what was verified stays as verified, until it is revoked",
    ),
    Guard(
        "evidence",
        "revocation_is_final",
        "UPDATE",
        f"{rewrites('revoked_by', 'revoked_at', 'revoked_reason')} OR (OLD.found_false AND NOT NEW.found_false)",
        "a revocation stays",
    ),
    Guard(
        "stops",
        "cause_is_fixed",
        "UPDATE",
        changes("scope", "subject", "pressed_by", "pressed_at"),
        "a stop covers what it covered when it was pressed",
    ),
    Guard("stops", "never_deleted", "DELETE", "TRUE", "a stop is lifted by two people, never removed"),
    Guard(
        "opening_requests",
        "terms_are_fixed",
        "UPDATE",
        changes("strand_id", "mode", "reason", "requested_by", "requested_at", "ends_at", "public_key"),
        "what was asked stays as asked",
    ),
    Guard(
        "opening_requests",
        "outcome_is_final",
        "UPDATE",
        rewrites("granted_by", "granted_at", "sealed_half", "refused_by", "used_at"),
        "a grant, a refusal and a use stay as they were given",
    ),
)


def upgrade() -> None:
    make = postgresql if op.get_context().dialect.name == "postgresql" else sqlite
    for guard in GUARDS:
        make(guard)


def downgrade() -> None:
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for table, name, *_ in GUARDS:
        # on PostgreSQL the trigger goes with its function
        op.execute(f"DROP FUNCTION {table}_{name} CASCADE" if on_postgresql else f"DROP TRIGGER {table}_{name}")


def sqlite(guard: Guard) -> None:
    """Make the guard on SQLite. The pragma recursive_triggers lets REPLACE meet the guards against deleting."""
    table, name, event, condition, why = guard
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )


def postgresql(guard: Guard) -> None:
    """Make the guard on PostgreSQL: a condition that looks at other rows has to stand in a function."""
    table, name, event, condition, why = guard
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION USING MESSAGE = '{why}', ERRCODE = 'check_violation'; END IF; "
        f"RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{name}()")
    if (event, condition) == ("DELETE", "TRUE"):
        op.execute(f"CREATE TRIGGER {name}_at_once BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {table}_{name}()")
