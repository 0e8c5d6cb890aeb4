"""Answers set apart: which epochs, for which cause, and what two people say about them."""

import sqlalchemy as sa
from alembic import context, op

revision = "0017"
down_revision = "0016"

MOMENT = sa.DateTime(timezone=True)
VERDICTS = ("clear", "destroy")
BOTH_CLEAR = "(lead_id IS NOT NULL AND approver_id IS NOT NULL AND lead_says = 'clear' AND approver_says = 'clear')"
UNDECIDED = (
    "EXISTS (SELECT 1 FROM quarantines WHERE quarantines.id = OLD.quarantine_id AND quarantines.ended_at IS NULL)"
)


def upgrade():
    op.create_table(
        "quarantines",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("decide_by", MOMENT, nullable=False),
        sa.Column("lead_id", sa.String(), nullable=True),
        sa.Column("lead_says", sa.String(), nullable=True),
        sa.Column("approver_id", sa.String(), nullable=True),
        sa.Column("approver_says", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        *(
            sa.CheckConstraint(f"{column} IN {VERDICTS}", name=op.f(f"ck_quarantines_{column}_is_known"))
            for column in ("lead_says", "approver_says", "outcome")
        ),
        sa.CheckConstraint("lead_id <> approver_id", name=op.f("ck_quarantines_four_eyes")),
        sa.CheckConstraint(
            "(lead_id IS NULL) = (lead_says IS NULL) AND (approver_id IS NULL) = (approver_says IS NULL)",
            name=op.f("ck_quarantines_words_are_whole"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_quarantines_end_is_whole")),
        sa.CheckConstraint(
            f"outcome IS NULL OR outcome <> 'clear' OR {BOTH_CLEAR}", name=op.f("ck_quarantines_cleared_by_two")
        ),
        sa.ForeignKeyConstraint(["approver_id"], ["people.id"], name=op.f("fk_quarantines_approver_id_people")),
        sa.ForeignKeyConstraint(["lead_id"], ["people.id"], name=op.f("fk_quarantines_lead_id_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_quarantines_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantines")),
    )
    op.create_index(op.f("ix_quarantines_strand_id"), "quarantines", ["strand_id"])
    op.create_table(
        "quarantined_epochs",
        sa.Column("epoch_id", sa.LargeBinary(), nullable=False),
        sa.Column("quarantine_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["epoch_id"], ["epochs.id"], name=op.f("fk_quarantined_epochs_epoch_id_epochs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["quarantine_id"], ["quarantines.id"], name=op.f("fk_quarantined_epochs_quarantine_id_quarantines")
        ),
        sa.PrimaryKeyConstraint("epoch_id", "quarantine_id", name=op.f("pk_quarantined_epochs")),
    )
    first, new = guards()
    make = first.postgresql if op.get_context().dialect.name == "postgresql" else first.sqlite
    for guard in new:
        make(guard)


def downgrade():
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for table, name, *_ in guards()[1]:
        op.execute(f"DROP FUNCTION {table}_{name} CASCADE" if on_postgresql else f"DROP TRIGGER {table}_{name}")
    for table in ("quarantined_epochs", "quarantines"):
        op.drop_table(table)


def guards():
    """The new ones, made as those of 0002 are."""
    first = context.script.get_revision("0002").module
    fixed = first.changes("strand_id", "cause", "why", "found_at", "decide_by")
    said = first.changes("lead_id", "lead_says", "approver_id", "approver_says", "outcome", "ended_at")
    return first, (
        first.Guard(
            "responses",
            "epoch_is_not_in_doubt",
            "INSERT",
            "EXISTS (SELECT 1 FROM quarantined_epochs WHERE quarantined_epochs.epoch_id = NEW.epoch_id)",
            "answers of this epoch are set apart, and it takes no further one",
        ),
        first.Guard(
            "quarantines",
            "decided_stays",
            "UPDATE",
            f"{fixed} OR (OLD.ended_at IS NOT NULL AND ({said}))",
            "what was set apart stays on record, and what was decided about it",
        ),
        first.Guard("quarantines", "never_deleted", "DELETE", "TRUE", "what was set apart stays on record"),
        first.Guard("quarantined_epochs", "never_moved", "UPDATE", "TRUE", "what is set apart stays set apart"),
        first.Guard(
            "quarantined_epochs", "kept_until_decided", "DELETE", UNDECIDED, "what is set apart stays set apart"
        ),
    )
