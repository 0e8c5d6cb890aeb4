"""On PostgreSQL no table that is kept can be emptied at once: TRUNCATE meets no guard against deleting a row."""

from alembic import op

revision = "0027"
down_revision = "0026"

TABLES = (
    *("destructions", "feedback_notes", "main_ideas", "policy_decisions", "policy_proposals"),
    *("quarantined_epochs", "session_notes", "strands", "supplied_totals", "theme_releases"),
)


def upgrade() -> None:
    if not _on_postgresql():
        return
    op.execute(
        "CREATE FUNCTION never_at_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = 'this table is never emptied at once', ERRCODE = 'check_violation'; END $$"
    )
    for table in TABLES:
        op.execute(f"CREATE TRIGGER never_at_once BEFORE TRUNCATE ON {table} EXECUTE FUNCTION never_at_once()")


def downgrade() -> None:
    if _on_postgresql():
        op.execute("DROP FUNCTION never_at_once CASCADE")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
