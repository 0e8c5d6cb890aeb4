"""Codes of parts that were made void: nobody comes in by them, and what changed stays readable under them."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "former_codes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_former_codes_strand_id_strands")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_former_codes")),
    )
    op.create_index(op.f("ix_former_codes_strand_id"), "former_codes", ["strand_id"])


def downgrade() -> None:
    op.drop_table("former_codes")
