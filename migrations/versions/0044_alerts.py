"""The alert of an emergency or a conflict in a place stands beside the emergency stops, and ends like one of them.

Going back makes it the stop of that place: what knows no alerts asks nobody there.
"""

from alembic import context, op

revision = "0044"
down_revision = "0043"

TABLE = "stops"
NAME = "ck_stops_scope_is_known"
SCOPES = ("consultation", "platform", "jurisdiction")


def upgrade() -> None:
    _known((*SCOPES, "alert"))


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER stops_cause_is_fixed" if on_sqlite else "ALTER TABLE stops DISABLE TRIGGER cause_is_fixed")
    op.execute("UPDATE stops SET scope = 'jurisdiction' WHERE scope = 'alert'")
    if not on_sqlite:
        op.execute("ALTER TABLE stops ENABLE TRIGGER cause_is_fixed")
    _known(SCOPES)


def _known(scopes: tuple[str, ...]) -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), f"scope IN ({', '.join(repr(scope) for scope in scopes)})")
    if op.get_bind().dialect.name == "sqlite":  # the copy has no triggers
        first = context.script.get_revision("0002").module
        for guard in first.GUARDS:
            if guard.table == TABLE:
                first.sqlite(guard)
