"""Meetings that are added within what was signed; what was noted in sessions goes with the part's key, never before."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

ADDED = "what was added stays as it was added"
KEPT = (
    "EXISTS (SELECT 1 FROM live_sessions JOIN strands ON strands.id = live_sessions.strand_id "
    "WHERE live_sessions.id = OLD.session_id AND strands.state <> 'destroyed')"
)
NOTED = ("session_notes", "noted_for_good", "DELETE", "what was noted in a session stays")


def upgrade() -> None:
    op.create_table(
        "added_meetings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("plan_digest", sa.String(), nullable=False),
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("meeting <> ''", name=op.f("ck_added_meetings_meeting_is_named")),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f("fk_added_meetings_added_by_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_added_meetings_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_meetings")),
        sa.UniqueConstraint(
            "strand_id", "plan_digest", "meeting", name=op.f("uq_added_meetings_strand_id_plan_digest_meeting")
        ),
    )
    op.create_index(op.f("ix_added_meetings_strand_id"), "added_meetings", ["strand_id"])
    make("added_meetings", "added_stays", "UPDATE", "TRUE", ADDED)
    drop(*NOTED[:2])
    make(*NOTED[:3], KEPT, NOTED[3])


def downgrade() -> None:
    op.drop_table("added_meetings")
    if on_postgresql():
        op.execute("DROP FUNCTION added_meetings_added_stays")
    drop(*NOTED[:2])
    make(*NOTED[:3], "TRUE", NOTED[3])


def on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def drop(table: str, name: str) -> None:
    """Take one guard away on either database."""
    op.execute(f"DROP FUNCTION {table}_{name} CASCADE" if on_postgresql() else f"DROP TRIGGER {table}_{name}")


def make(table: str, name: str, event: str, condition: str, why: str) -> None:
    """Make one guard on either database."""
    if not on_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION USING MESSAGE = '{why}', ERRCODE = 'check_violation'; END IF; "
        f"RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{name}()")
