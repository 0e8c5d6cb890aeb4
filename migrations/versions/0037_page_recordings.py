"""Recordings of what pages say in the program's own words; the edition counts them, and nobody exchanges a sound."""

import sqlalchemy as sa
from alembic import context, op

revision = "0037"
down_revision = "0036"

TABLE = "page_recordings"
GUARD = "stay_as_brought"
WHY = "a recording stays as it was brought: others confirmed that it says these words"
FIXED = ("language", "says", "words", "page", "digest", "content", "added_by", "added_at")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("says", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_by", sa.JSON(none_as_null=True), nullable=False),
        sa.CheckConstraint("length(content) > 0", name=op.f("ck_page_recordings_content_is_there")),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f("fk_page_recordings_added_by_people")),
        sa.PrimaryKeyConstraint("language", "says", name=op.f("pk_page_recordings")),
    )
    changed = " OR ".join(f"OLD.{column} <> NEW.{column}" for column in FIXED)
    context.script.get_revision("0013").module.guard(TABLE, GUARD, "UPDATE", changed, WHY)
    context.script.get_revision("0015").module.watch(TABLE, "")


def downgrade() -> None:
    op.drop_table(TABLE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {TABLE}_{GUARD}")
