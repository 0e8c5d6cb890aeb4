"""Failed sign-ins are counted for all workers together, and across restarts."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade():
    op.create_table(
        "sign_in_tries",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("failed >= 0", name=op.f("ck_sign_in_tries_failed_not_negative")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sign_in_tries")),
    )
    op.create_index(op.f("ix_sign_in_tries_last_at"), "sign_in_tries", ["last_at"])


def downgrade():
    op.drop_table("sign_in_tries")
