"""Keeping somebody out counts as a new edition: a waiver that they agreed to ends, and doors kept in memory end with it.

So does emptying waivers or recusals at once, which PostgreSQL alone can.
"""

from alembic import context, op

revision = "0041"
down_revision = "0040"

TABLES = ("guardian_waivers", "recusals")
EVENTS = ("insert", "update", "delete")


def upgrade() -> None:
    context.script.get_revision("0015").module.watch("recusals", "")
    if not _on_postgresql():
        return
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_next_edition_truncate AFTER TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION next_edition()"
        )


def downgrade() -> None:
    on_table = " ON recusals" if _on_postgresql() else ""
    for event in EVENTS:
        op.execute(f"DROP TRIGGER recusals_next_edition_{event}{on_table}")
    if not _on_postgresql():
        return
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_next_edition_truncate ON {table}")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
