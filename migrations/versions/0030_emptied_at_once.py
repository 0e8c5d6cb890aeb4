"""On PostgreSQL a table that is emptied at once counts as a new edition too: TRUNCATE fires no trigger on rows."""

from alembic import context, op

revision = "0030"
down_revision = "0029"


def upgrade():
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in context.script.get_revision("0015").module.WATCHED:
        op.execute(
            f"CREATE TRIGGER {table}_next_edition_truncate AFTER TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION next_edition()"
        )


def downgrade():
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in context.script.get_revision("0015").module.WATCHED:
        op.execute(f"DROP TRIGGER {table}_next_edition_truncate ON {table}")
