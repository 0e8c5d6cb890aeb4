"""Calls to services count when two people stand behind the number; those noted before go on counting until they run out."""

import sqlalchemy as sa
from alembic import context, op

revision = "0039"
down_revision = "0038"

NAME = "ck_notices_matter_is_known"
FOUR_EYES = "confirmed_by <> tested_by"
COUNTS = "confirmed_by IS NULL OR NOT waits"


def upgrade() -> None:
    with op.batch_alter_table("contact_tests") as batch:
        batch.add_column(sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("confirmed_by", sa.String(), nullable=True))
        batch.create_foreign_key(op.f("fk_contact_tests_confirmed_by_people"), "people", ["confirmed_by"], ["id"])
        batch.create_check_constraint(op.f("ck_contact_tests_four_eyes"), FOUR_EYES)
        batch.create_check_constraint(op.f("ck_contact_tests_confirmed_counts"), COUNTS)
    with op.batch_alter_table("contact_tests") as batch:
        batch.alter_column("waits", existing_type=sa.Boolean(), server_default=None)
    _count_editions()
    _known((*_before(), "call_waits"))


def downgrade() -> None:
    op.execute("DELETE FROM contact_tests WHERE waits")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with op.batch_alter_table("contact_tests") as batch:
        batch.drop_constraint(op.f("ck_contact_tests_confirmed_counts"), type_="check")
        batch.drop_constraint(op.f("ck_contact_tests_four_eyes"), type_="check")
        batch.drop_constraint(op.f("fk_contact_tests_confirmed_by_people"), type_="foreignkey")
        batch.drop_column("confirmed_by")
        batch.drop_column("waits")
    _count_editions()
    op.execute("DELETE FROM notices WHERE matter = 'call_waits'")
    _known(_before())


def _count_editions() -> None:
    """SQLite changes a table by making another one, which no trigger watches."""
    if op.get_bind().dialect.name == "sqlite":
        context.script.get_revision("0015").module.watch("contact_tests", "")


def _before() -> tuple[str, ...]:
    modules = [context.script.get_revision(each).module for each in ("0024", "0031", "0035")]
    first, partners, last = (each.MATTERS for each in modules)
    return (*first, "session_wrong", *partners, *last)


def _known(matters: tuple[str, ...]) -> None:
    condition = f"matter IN ({', '.join(repr(matter) for matter in matters)})"
    with op.batch_alter_table("notices") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), condition)
