"""One-time codes. A code that was spent stays spent: no later change makes it a key again.

PostgreSQL samples neither the codes nor whether they were spent: its statistics would keep an old state.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

UNSPENT = (
    "OLD.spent AND NOT NEW.spent OR OLD.digest <> NEW.digest"
    " OR OLD.strand_id <> NEW.strand_id OR OLD.purpose <> NEW.purpose"
)
WHY = "a code that was spent stays spent, and stays what it was made for"


def upgrade():
    op.create_table(
        "invitations",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("spent", sa.Boolean(), nullable=False),
        sa.CheckConstraint("purpose IN ('entry', 'guardian')", name=op.f("ck_invitations_purpose_is_known")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_invitations_strand_id_strands")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_strand_id"), "invitations", ["strand_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION invitations_spent_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {UNSPENT} THEN "
            f"RAISE EXCEPTION USING MESSAGE = '{WHY}', ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER spent_once BEFORE UPDATE ON invitations FOR EACH ROW "
            "EXECUTE FUNCTION invitations_spent_once()"
        )
        for column in ("digest", "spent"):
            op.execute(f"ALTER TABLE invitations ALTER COLUMN {column} SET STATISTICS 0")
    else:
        op.execute(
            "CREATE TRIGGER invitations_spent_once BEFORE UPDATE ON invitations "
            f"WHEN {UNSPENT} BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
        )


def downgrade():
    op.drop_table("invitations")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION invitations_spent_once")
