"""Live sessions: their codes, and what their adults noted. What was noted stays as it was noted."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

NOTES = (
    "'checked_in', 'left', 'back', 'counted', 'confirmed', 'lead_answered', 'lead_silent', 'started', 'break', "
    "'paused', 'wrong', 'went_on', 'closing', 'ended'"
)
STAYS = "what was noted in a session stays"
#: table, name, event, refused when, why
GUARDS = (
    ("session_notes", "noted_stays", "UPDATE", "TRUE", STAYS),
    ("session_notes", "noted_for_good", "DELETE", "TRUE", STAYS),
    (
        "live_sessions",
        "meeting_is_fixed",
        "UPDATE",
        "OLD.strand_id <> NEW.strand_id OR OLD.meeting <> NEW.meeting OR OLD.opened_by <> NEW.opened_by",
        "a session stays the meeting it is",
    ),
)


def upgrade() -> None:
    op.create_table(
        "live_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_live_sessions_opened_by_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_live_sessions_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_sessions")),
        sa.UniqueConstraint("code", name=op.f("uq_live_sessions_code")),
        sa.UniqueConstraint("strand_id", "meeting", name=op.f("uq_live_sessions_strand_id_meeting")),
    )
    op.create_index(op.f("ix_live_sessions_strand_id"), "live_sessions", ["strand_id"])
    op.create_table(
        "session_notes",
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("point", sa.String(), nullable=True),
        sa.Column("children", sa.Integer(), nullable=True),
        sa.Column("youngest", sa.Integer(), nullable=True),
        sa.Column("oldest", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"note IN ({NOTES})", name=op.f("ck_session_notes_note_is_known")),
        sa.CheckConstraint("by_id IS NOT NULL OR note = 'wrong'", name=op.f("ck_session_notes_somebody_noted_it")),
        sa.CheckConstraint(
            "(note = 'counted') = (children IS NOT NULL AND youngest IS NOT NULL AND oldest IS NOT NULL)",
            name=op.f("ck_session_notes_register_is_whole"),
        ),
        sa.CheckConstraint(
            "children IS NULL OR (children >= 0 AND youngest >= 0 AND youngest <= oldest AND oldest <= 120)",
            name=op.f("ck_session_notes_register_is_sane"),
        ),
        sa.CheckConstraint(
            "(note IN ('checked_in', 'left', 'back', 'lead_answered', 'lead_silent')) = (person_id IS NOT NULL)",
            name=op.f("ck_session_notes_about_a_person"),
        ),
        sa.CheckConstraint("(note = 'confirmed') = (point IS NOT NULL)", name=op.f("ck_session_notes_about_a_point")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_session_notes_by_id_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_session_notes_person_id_people")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["live_sessions.id"], name=op.f("fk_session_notes_session_id_live_sessions")
        ),
        sa.PrimaryKeyConstraint("session_id", "number", name=op.f("pk_session_notes")),
    )
    for each in GUARDS:
        guard(*each)


def downgrade() -> None:
    op.drop_table("session_notes")
    op.drop_table("live_sessions")
    if op.get_bind().dialect.name == "postgresql":
        for table, name, *_ in GUARDS:
            op.execute(f"DROP FUNCTION {table}_{name}")


def guard(table: str, name: str, event: str, condition: str, why: str) -> None:
    """Make one guard on either database."""
    if op.get_bind().dialect.name != "postgresql":
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
