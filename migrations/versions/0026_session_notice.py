"""A notice when something is wrong in a live session."""

from alembic import context, op

revision = "0026"
down_revision = "0025"

NAME = "ck_notices_matter_is_known"


def upgrade() -> None:
    _known((*_before(), "session_wrong"))


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE matter = 'session_wrong'")
    _known(_before())


def _before() -> tuple[str, ...]:
    matters: tuple[str, ...] = context.script.get_revision("0024").module.MATTERS
    return matters


def _known(matters: tuple[str, ...]) -> None:
    condition = f"matter IN ({', '.join(repr(matter) for matter in matters)})"
    with op.batch_alter_table("notices") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), condition)
