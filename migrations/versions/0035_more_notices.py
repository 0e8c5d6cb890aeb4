"""Notices of allegations that somebody can end, and of a next meeting whose safeguards are not proven yet."""

from alembic import context, op

revision = "0035"
down_revision = "0034"

NAME = "ck_notices_matter_is_known"
MATTERS = ("allegation", "meeting_proofs")


def upgrade() -> None:
    _known((*_before(), *MATTERS))


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE matter IN ('allegation', 'meeting_proofs')")
    _known(_before())


def _before() -> tuple[str, ...]:
    first: tuple[str, ...] = context.script.get_revision("0024").module.MATTERS
    partners: tuple[str, ...] = context.script.get_revision("0031").module.MATTERS
    return (*first, "session_wrong", *partners)


def _known(matters: tuple[str, ...]) -> None:
    condition = f"matter IN ({', '.join(repr(matter) for matter in matters)})"
    with op.batch_alter_table("notices") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), condition)
