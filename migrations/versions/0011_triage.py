"""Triage: who has read which epoch while a strand is open, since when some wait, and the log of concerns."""

import sqlalchemy as sa
from alembic import context, op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)
KNOWN = {
    "channel": ("own_words", "live", "help_request", "other"),
    "severity": ("imminent", "serious", "other", "wellbeing"),
    "wish": ("report", "no_report", "not_known"),
}
CLOSURES = ("referred", "no_duty", "nobody_found", "mistaken")


def upgrade():
    op.create_table(
        "epoch_triage",
        sa.Column("epoch_id", sa.LargeBinary(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("read", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["epoch_id"], ["epochs.id"], name=op.f("fk_epoch_triage_epoch_id_epochs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["opening_requests.id"], name=op.f("fk_epoch_triage_request_id_opening_requests")
        ),
        sa.PrimaryKeyConstraint("epoch_id", name=op.f("pk_epoch_triage")),
    )
    op.create_index(op.f("ix_epoch_triage_request_id"), "epoch_triage", ["request_id"])
    op.create_table(
        "triage_clocks",
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("waiting_since", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_triage_clocks_strand_id_strands")),
        sa.PrimaryKeyConstraint("strand_id", name=op.f("pk_triage_clocks")),
    )
    op.create_table(
        "concerns",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("logged_by", sa.String(), nullable=False),
        sa.Column("called_at", MOMENT, nullable=True),
        sa.Column("lead_told_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("referred_at", MOMENT, nullable=True),
        sa.Column("referred_to", sa.String(), nullable=True),
        sa.Column("child_told", sa.Boolean(), nullable=True),
        sa.Column("wish", sa.String(), nullable=False),
        sa.Column("handled_by", sa.String(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closure", sa.String(), nullable=True),
        *(
            sa.CheckConstraint(f"{column} IN {words}", name=op.f(f"ck_concerns_{column}_is_known"))
            for column, words in KNOWN.items()
        ),
        sa.CheckConstraint(f"closure IS NULL OR closure IN {CLOSURES}", name=op.f("ck_concerns_closure_is_known")),
        sa.CheckConstraint("(closed_at IS NULL) = (closure IS NULL)", name=op.f("ck_concerns_closing_is_whole")),
        sa.CheckConstraint("(referred_at IS NULL) = (referred_to IS NULL)", name=op.f("ck_concerns_referral_is_whole")),
        sa.CheckConstraint(
            "closure IS NULL OR closure <> 'referred' OR referred_at IS NOT NULL",
            name=op.f("ck_concerns_referred_somewhere"),
        ),
        sa.ForeignKeyConstraint(["handled_by"], ["people.id"], name=op.f("fk_concerns_handled_by_people")),
        sa.ForeignKeyConstraint(["logged_by"], ["people.id"], name=op.f("fk_concerns_logged_by_people")),
        sa.ForeignKeyConstraint(
            ["referred_to"], ["support_services.id"], name=op.f("fk_concerns_referred_to_support_services")
        ),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_concerns_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concerns")),
    )
    op.create_index(op.f("ix_concerns_strand_id"), "concerns", ["strand_id"])
    first, new = guards()
    make = first.postgresql if op.get_context().dialect.name == "postgresql" else first.sqlite
    for guard in new:
        make(guard)


def downgrade():
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for table, name, *_ in guards()[1]:
        op.execute(f"DROP FUNCTION {table}_{name} CASCADE" if on_postgresql else f"DROP TRIGGER {table}_{name}")
    for table in ("concerns", "triage_clocks", "epoch_triage"):
        op.drop_table(table)


def guards():
    """The new ones, made as those of 0002 are."""
    first = context.script.get_revision("0002").module
    done = (
        *("id", "strand_id", "known_at", "channel", "severity", "logged_by"),
        *("called_at", "lead_told_at", "decided_at", "referred_at", "referred_to", "closed_at", "closure"),
    )
    return first, (
        first.Guard(
            "responses",
            "epoch_is_not_set_apart",
            "INSERT",
            "EXISTS (SELECT 1 FROM epoch_triage WHERE epoch_triage.epoch_id = NEW.epoch_id)",
            "this epoch is being read and takes no further answer",
        ),
        first.Guard(
            "epoch_triage",
            "read_stays_read",
            "UPDATE",
            "OLD.epoch_id <> NEW.epoch_id OR (OLD.read AND (NOT NEW.read OR OLD.request_id <> NEW.request_id))",
            "what two people have read stays read",
        ),
        first.Guard(
            "concerns", "what_was_done_stays", "UPDATE", first.rewrites(*done), "what was done stays on record"
        ),
        first.Guard("concerns", "never_deleted", "DELETE", "TRUE", "a concern stays on record"),
    )
