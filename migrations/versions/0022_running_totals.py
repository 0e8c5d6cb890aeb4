"""Running totals of profiles, and an index by which those of some epochs are found."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade():
    op.create_table(
        "running_totals",
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("inclusion_generation", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("row_seal", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("inclusion_generation > 0", name=op.f("ck_running_totals_generation_counts")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_running_totals_strand_id_strands")),
        sa.PrimaryKeyConstraint("strand_id", name=op.f("pk_running_totals")),
    )
    op.drop_index(op.f("ix_profiles_strand_id"), "profiles")
    op.create_index(op.f("ix_profiles_strand_id_epoch_id"), "profiles", ["strand_id", "epoch_id"])


def downgrade():
    op.drop_index(op.f("ix_profiles_strand_id_epoch_id"), "profiles")
    op.create_index(op.f("ix_profiles_strand_id"), "profiles", ["strand_id"])
    op.drop_table("running_totals")
