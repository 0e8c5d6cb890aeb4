"""Requests for help: a vault of their own, sealed to leads on call, without a moment and without a way to an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade():
    op.create_table(
        "help_requests",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(answered_by IS NULL) = (answered_on IS NULL)", name=op.f("ck_help_requests_answer_is_whole")
        ),
        sa.CheckConstraint(
            "answered_on IS NULL OR answered_on >= asked_on", name=op.f("ck_help_requests_answered_after_asked")
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["people.id"], name=op.f("fk_help_requests_answered_by_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_help_requests_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_requests")),
    )
    op.create_index(op.f("ix_help_requests_strand_id"), "help_requests", ["strand_id"])
    op.create_table(
        "help_copies",
        sa.Column("request_id", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_help_copies_person_id_people")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["help_requests.id"],
            name=op.f("fk_help_copies_request_id_help_requests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "person_id", name=op.f("pk_help_copies")),
    )
    op.create_table(
        "help_alerts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_help_alerts_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_alerts")),
    )
    op.create_index(op.f("ix_help_alerts_strand_id"), "help_alerts", ["strand_id"])
    for table, name, condition, why in GUARDS:
        (_postgresql if op.get_context().dialect.name == "postgresql" else _sqlite)(table, name, condition, why)


def downgrade():
    if op.get_context().dialect.name == "postgresql":
        for table, name, _, _ in GUARDS:
            op.execute(f"DROP FUNCTION {table}_{name} CASCADE")
    for table in ("help_alerts", "help_copies", "help_requests"):
        op.drop_table(table)


#: Guards against UPDATE, as 0002 has them: table, name, condition, why.
GUARDS = (
    (
        "help_requests",
        "asked_is_fixed",
        "OLD.id <> NEW.id OR OLD.strand_id <> NEW.strand_id OR OLD.asked_on <> NEW.asked_on",
        "what somebody asked stays as asked",
    ),
    (
        "help_requests",
        "answer_is_final",
        """OLD.answered_on IS NOT NULL AND (NEW.answered_on IS NULL OR OLD.answered_on <> NEW.answered_on
        OR OLD.answered_by <> NEW.answered_by)""",
        "an answer stays as it was noted",
    ),
    ("help_copies", "never_updated", "TRUE", "what somebody wrote is never changed"),
)


def _sqlite(table, name, condition, why):
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )


def _postgresql(table, name, condition, why):
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION USING MESSAGE = '{why}', ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{name}()")
