"""Notices, mails that wait to be sent, and certificates of destruction."""

import sqlalchemy as sa
from alembic import context, op

revision = "0024"
down_revision = "0023"

MATTERS = (
    *("stopped", "paused", "runs_again", "sent", "returned", "decided", "policy_proposed", "policy_decided"),
    *("destroyed", "help_asked", "complaint", "own_words", "evidence_ends", "contact_test", "condition"),
    *("decision_ends", "window_ended", "need", "debt", "apart", "promise", "retention"),
)
KNOWN = ", ".join(f"'{matter}'" for matter in MATTERS)
STAYS = "a certificate of destruction stays as it was written"
GUARDS = (
    ("destructions", "frozen", "UPDATE", "TRUE", STAYS),
    ("destructions", "frozen_for_good", "DELETE", "TRUE", STAYS),
)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("consultation_id", sa.String(), nullable=True),
        sa.Column("strand_id", sa.String(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.CheckConstraint(f"matter IN ({KNOWN})", name=op.f("ck_notices_matter_is_known")),
        sa.CheckConstraint("subject <> ''", name=op.f("ck_notices_subject_is_there")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_notices_consultation_id_consultations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_notices_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "person_id", "matter", "subject", "occasion", name=op.f("uq_notices_person_id_matter_subject_occasion")
        ),
    )
    op.create_index(op.f("ix_notices_person_id"), "notices", ["person_id"])
    op.create_table(
        "mails_waiting",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_mails_waiting_tries_are_counted")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mails_waiting_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mails_waiting")),
    )
    op.create_table(
        "destructions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("consultation_id", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_destructions_consultation_id_consultations")
        ),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_destructions_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destructions")),
        sa.UniqueConstraint("strand_id", name=op.f("uq_destructions_strand_id")),
    )
    guard = context.script.get_revision("0013").module.guard
    for each in GUARDS:
        guard(*each)


def downgrade() -> None:
    op.drop_table("destructions")
    op.drop_table("mails_waiting")
    op.drop_table("notices")
    if op.get_bind().dialect.name == "postgresql":
        for table, name, *_ in GUARDS:
            op.execute(f"DROP FUNCTION {table}_{name}")
