"""Invitations, second factors and recusal; who is kept out, or runs the installation, gets no half of a key."""

import sqlalchemy as sa
from alembic import context, op

revision = "0009"
down_revision = "0008"

TEXT = sa.String()
BYTES = sa.LargeBinary()
MOMENT = sa.DateTime(timezone=True)

WATCHING = "('SL', 'RED', 'ANA', 'INC')"
#: Lead, reviewer and inclusion role see what an administrator must not; one person is not both where the two meet.
ADMINISTERS_TOO = f"""EXISTS (
    SELECT 1 FROM appointments AS other WHERE other.person_id = NEW.person_id AND other.id <> NEW.id
    AND ((NEW.role = 'ADM' AND other.role IN {WATCHING}) OR (other.role = 'ADM' AND NEW.role IN {WATCHING}))
    AND (other.consultation_id IS NULL OR NEW.consultation_id IS NULL
        OR other.consultation_id = NEW.consultation_id))"""  # noqa: S608 - no value of anybody's
HOLDS_TOO = """(NEW.role = 'ADM' AND EXISTS (
    SELECT 1 FROM strand_holders JOIN strands ON strands.id = strand_holders.strand_id
    WHERE strand_holders.person_id = NEW.person_id
    AND (NEW.consultation_id IS NULL OR strands.consultation_id = NEW.consultation_id)))"""
ADMINISTRATOR_HERE = """EXISTS (
    SELECT 1 FROM appointments JOIN strands ON strands.id = NEW.strand_id
    WHERE appointments.person_id = NEW.person_id AND appointments.role = 'ADM'
    AND (appointments.consultation_id IS NULL OR appointments.consultation_id = strands.consultation_id))"""
KEPT_OUT = """EXISTS (
    SELECT 1 FROM recusals JOIN strands ON strands.id = NEW.strand_id
    WHERE recusals.person_id = NEW.person_id AND recusals.lifted_at IS NULL
    AND recusals.consultation_id = strands.consultation_id)"""
REDECLARED = (
    "OLD.consultation_id <> NEW.consultation_id OR OLD.person_id <> NEW.person_id OR OLD.reason <> NEW.reason"
    " OR OLD.declared_by <> NEW.declared_by OR OLD.declared_at <> NEW.declared_at OR OLD.lifted_at IS NOT NULL"
)
NEVER_BOTH = "an administrator is never lead or reviewer where the two meet"
STAY_OUT = "whoever is kept out of a consultation has no part in it"

GUARDS = (
    *(("appointments", f"apart_on_{event.lower()}", event, f"{ADMINISTERS_TOO} OR {HOLDS_TOO}", NEVER_BOTH)
      for event in ("INSERT", "UPDATE")),
    ("strand_holders", "no_administrator", "INSERT", ADMINISTRATOR_HERE, NEVER_BOTH),
    ("strand_staff", "no_administrator", "INSERT", f"NEW.role IN {WATCHING} AND {ADMINISTRATOR_HERE}", NEVER_BOTH),
    *((table, "kept_out", "INSERT", KEPT_OUT, STAY_OUT) for table in ("strand_holders", "strand_staff", "strand_shares")),
    ("recusals", "stays_as_declared", "UPDATE", REDECLARED, "what was declared stays, until somebody else lifts it"),
    ("recusals", "never_deleted", "DELETE", "TRUE", "a recusal is lifted, never removed"),
)  # fmt: skip
TABLES = "recusals code_tries backup_codes code_apps passkeys account_invitations"


def upgrade() -> None:
    person = lambda: sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), primary_key=True)  # noqa: E731 - a column belongs to one table
    op.create_table(
        "account_invitations",
        person(),
        sa.Column("code_digest", BYTES, nullable=False, unique=True),
        sa.Column("invited_by", TEXT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
    )
    op.create_table(
        "passkeys",
        sa.Column("credential_id", BYTES, primary_key=True),
        sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), nullable=False, index=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("row_seal", BYTES, nullable=False),
        sa.CheckConstraint("sign_count >= 0", name="sign_count_not_negative"),
    )
    op.create_table(
        "code_apps",
        person(),
        sa.Column("sealed_seed", BYTES, nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
    )
    op.create_table(
        "backup_codes",
        sa.Column("code_digest", BYTES, primary_key=True),
        sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), nullable=False, index=True),
    )
    op.create_table(
        "code_tries",
        person(),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("wait_until", MOMENT, nullable=True),
        sa.CheckConstraint("failed >= 0", name="failed_not_negative"),
    )
    op.create_table(
        "recusals",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("consultation_id", TEXT, sa.ForeignKey("consultations.id"), nullable=False),
        sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), nullable=False, index=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("declared_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("declared_at", MOMENT, nullable=False),
        sa.Column("lifted_by", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.CheckConstraint("lifted_by <> person_id", name="never_lifted_by_oneself"),
        sa.CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifting_is_whole"),
    )
    standing = sa.text("lifted_at IS NULL")
    op.create_index("uq_recusals_standing", "recusals", ["consultation_id", "person_id"], unique=True,
                    sqlite_where=standing, postgresql_where=standing)  # fmt: skip
    op.execute("DELETE FROM staff_sessions")  # everybody signs in anew, with the second factor
    with op.batch_alter_table("staff_sessions") as batch:
        batch.add_column(sa.Column("factor", TEXT, nullable=True))
        batch.create_index("ix_staff_sessions_person_id", ["person_id"])
        batch.create_check_constraint("factor_is_known", "factor IN ('passkey', 'app', 'backup')")
    guards = context.script.get_revision("0002").module
    make = guards.postgresql if op.get_context().dialect.name == "postgresql" else guards.sqlite
    for guard in GUARDS:
        make(guards.Guard(*guard))


def downgrade() -> None:
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for table, name, *_ in GUARDS:
        op.execute(f"DROP FUNCTION {table}_{name} CASCADE" if on_postgresql else f"DROP TRIGGER {table}_{name}")
    with op.batch_alter_table("staff_sessions") as batch:
        batch.drop_constraint("factor_is_known", type_="check")
        batch.drop_index("ix_staff_sessions_person_id")
        batch.drop_column("factor")
    for table in TABLES.split():
        op.drop_table(table)
