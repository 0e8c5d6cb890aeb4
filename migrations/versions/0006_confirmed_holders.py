"""Holders are confirmed by another than their inviter; halves can be drawn anew, and reading begins before the end."""

from contextlib import contextmanager

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0005"

CONFIRMED = {
    "confirmed_has_key": "(confirmed_by IS NULL) OR (public_key IS NOT NULL)",
    "confirmed_by_another": "confirmed_by <> id AND confirmed_by <> added_by",
    "confirmation_is_whole": "(confirmed_by IS NULL) = (confirmed_at IS NULL)"
    " AND (confirmed_by IS NULL) = (confirmation_seal IS NULL)",
}
HOLDERS = """(
    SELECT COUNT(*) FROM strand_holders JOIN people ON people.id = strand_holders.person_id
    WHERE strand_holders.strand_id = NEW.strand_id AND role = '{}' AND people.confirmed_by IS NOT NULL AND people.active
    )"""
MODES = {
    "mode_is_known": (
        "mode IN ('tables', 'read', 'export')",
        "mode IN ('tables', 'read', 'triage', 'export', 'rewrap')",
    ),
    "used_only_when_granted": (
        "used_at IS NULL OR (granted_by IS NOT NULL AND refused_by IS NULL)",
        "used_at IS NULL OR granted_by IS NOT NULL",
    ),
}
STANDS = """EXISTS (
    SELECT 1 FROM people WHERE people.id = NEW.person_id AND people.confirmed_by IS NOT NULL AND people.active)"""
INVITER = """UPDATE people SET added_by = (
    SELECT actor FROM audit_events WHERE verb = 'person.added' AND subject = people.id
    AND actor IN (SELECT id FROM people AS inviters))"""


def guards():
    """The new ones, made as those of 0002 are."""
    first = context.script.get_revision("0002").module
    return first, (
        first.Guard(
            "people",
            "another_key_is_not_confirmed",
            "UPDATE",
            f"NEW.confirmed_by IS NOT NULL AND ({first.changes('public_key')})",
            "another key has to be confirmed again",
        ),
        first.Guard("people", "inviter_is_fixed", "UPDATE", first.rewrites("added_by"), "who invited somebody stays"),
        first.Guard(
            "strand_keys",
            "two_holders_a_role",
            "INSERT",
            f"{HOLDERS.format('lead')} < 2 OR {HOLDERS.format('reviewer')} < 2",
            "a strand needs two leads and two reviewers who are confirmed and will hold its key",
        ),
        first.Guard(
            "strand_shares",
            "holder_is_confirmed",
            "INSERT",
            f"NOT {STANDS}",
            "a half goes to somebody confirmed only",
        ),
        first.Guard(
            "strand_holders",
            "joins_by_the_same_role",
            "INSERT",
            "EXISTS (SELECT 1 FROM strand_keys WHERE strand_keys.strand_id = NEW.strand_id) AND NOT EXISTS ("
            "SELECT 1 FROM strand_shares WHERE strand_shares.strand_id = NEW.strand_id"
            " AND strand_shares.person_id = NEW.added_by AND strand_shares.role = NEW.role)",
            "after signing only a holder of the same role adds one",
        ),
        first.Guard(
            "opening_requests",
            "not_used_once_taken_back",
            "UPDATE",
            "OLD.used_at IS NULL AND NEW.used_at IS NOT NULL AND NEW.refused_by IS NOT NULL",
            "a grant that was taken back is not used",
        ),
        first.Guard("strand_holders", "never_updated", "UPDATE", "TRUE", "a holder is named or taken off, not changed"),
    )


@contextmanager
def guards_away():
    """SQLite changes a table by copying it: without its triggers, and with others' in the way. They come back."""
    if op.get_bind().dialect.name == "postgresql":
        yield
        return
    triggers = op.get_bind().exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in triggers:
        op.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        op.get_bind().exec_driver_sql(sql)


def drop(table, name):
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(f"DROP FUNCTION {table}_{name} CASCADE" if on_postgresql else f"DROP TRIGGER {table}_{name}")


def modes(new):
    """The checks of opening requests as they were (0) or as they are from here on (1)."""
    with op.batch_alter_table("opening_requests") as requests:
        for name, conditions in MODES.items():
            requests.drop_constraint(op.f(f"ck_opening_requests_{name}"), type_="check")
            requests.create_check_constraint(op.f(f"ck_opening_requests_{name}"), sa.text(conditions[new]))


def upgrade():
    with guards_away():
        with op.batch_alter_table("people") as people:
            people.add_column(sa.Column("added_by", sa.String(), nullable=True))
            people.add_column(sa.Column("confirmed_by", sa.String(), nullable=True))
            people.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
            people.add_column(sa.Column("confirmation_seal", sa.LargeBinary(), nullable=True))
            for column in ("added_by", "confirmed_by"):
                people.create_foreign_key(f"fk_people_{column}_people", "people", [column], ["id"])
            for name, condition in CONFIRMED.items():
                people.create_check_constraint(op.f(f"ck_people_{name}"), sa.text(condition))
        with op.batch_alter_table("strand_holders") as holders:
            holders.add_column(sa.Column("added_by", sa.String(), nullable=True))
            holders.create_foreign_key("fk_strand_holders_added_by_people", "people", ["added_by"], ["id"])
        modes(new=1)
    op.create_index("ix_audit_events_subject_verb", "audit_events", ["subject", "verb"])
    op.execute(INVITER)
    first, new = guards()
    drop("strand_keys", "two_holders_a_role")
    make = first.postgresql if op.get_bind().dialect.name == "postgresql" else first.sqlite
    for guard in new:
        make(guard)


def downgrade():
    first, new = guards()
    for guard in new:
        drop(guard.table, guard.name)
    before = next(guard for guard in first.GUARDS if guard.name == "two_holders_a_role")
    (first.postgresql if op.get_bind().dialect.name == "postgresql" else first.sqlite)(before)
    op.drop_index("ix_audit_events_subject_verb", "audit_events")
    with guards_away():
        modes(new=0)
        with op.batch_alter_table("strand_holders") as holders:
            holders.drop_constraint("fk_strand_holders_added_by_people", type_="foreignkey")
            holders.drop_column("added_by")
        with op.batch_alter_table("people") as people:
            for name in CONFIRMED:
                people.drop_constraint(op.f(f"ck_people_{name}"), type_="check")
            for column in ("added_by", "confirmed_by"):
                people.drop_constraint(f"fk_people_{column}_people", type_="foreignkey")
            for column in ("confirmation_seal", "confirmed_at", "confirmed_by", "added_by"):
                people.drop_column(column)
