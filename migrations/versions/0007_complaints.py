"""Complaints, each sealed to people outside the team; the answer is sealed to a code."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade():
    op.create_table(
        "complaints",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("consultation_id", sa.String(), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reply_public", sa.LargeBinary(), nullable=False),
        sa.Column("reply_private", sa.LargeBinary(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('upheld', 'partly', 'not_upheld', 'passed_on')", name=op.f("ck_complaints_outcome_is_known")
        ),
        sa.CheckConstraint(
            "(answered_on IS NULL) = (answered_by IS NULL) AND (answered_on IS NULL) = (outcome IS NULL) AND (answered_on IS NULL) = (reply IS NULL)",
            name=op.f("ck_complaints_answer_is_whole"),
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["people.id"], name=op.f("fk_complaints_answered_by_people")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_complaints_consultation_id_consultations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_complaints_code_digest")),
    )
    op.create_table(
        "complaint_copies",
        sa.Column("complaint_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_complaint_copies_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_complaint_copies_person_id_people")),
        sa.PrimaryKeyConstraint("complaint_id", "person_id", name=op.f("pk_complaint_copies")),
    )


def downgrade():
    op.drop_table("complaint_copies")
    op.drop_table("complaints")
