"""An opening reads a part's answers by ranges of their ids, in two processes: the index gives it just those."""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade():
    op.create_index(op.f("ix_responses_strand_id_id"), "responses", ["strand_id", "id"])
    op.drop_index(op.f("ix_responses_strand_id"), "responses")


def downgrade():
    op.create_index(op.f("ix_responses_strand_id"), "responses", ["strand_id"])
    op.drop_index(op.f("ix_responses_strand_id_id"), "responses")
