"""Notes of feedback are written by one person and published by another; each can be taken back.

A note that one person published alone is not public until a second one has looked: it counts as taken back today.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0040"
down_revision = "0039"

TABLE = "feedback_notes"
TABLES = ("feedback_notes", "main_ideas")
STAYS = "what was published stays as it was published"
SAME = "CAST(OLD.words AS TEXT) = CAST(NEW.words AS TEXT) AND OLD.written_by = NEW.written_by"
WAS, IS = "OLD.published_by IS NOT NULL", "NEW.published_by IS NOT NULL"
FIRST = "OLD.published_on IS NOT NULL AND (NEW.published_on IS NULL OR OLD.published_on <> NEW.published_on)"


def published(stage: str, row: str) -> str:
    """Whether the note of a stage is out."""
    note = f"note.consultation_id = {row}.consultation_id AND note.stage = '{stage}' AND note.published_by IS NOT NULL"
    return f"EXISTS (SELECT 1 FROM feedback_notes AS note WHERE {note})"  # noqa: S608 - our own words


def upgrade() -> None:
    first = context.script.get_revision("0013").module
    _drop(first.GUARDS)
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("written_by", sa.String(), nullable=True))
        batch.add_column(sa.Column("digest", sa.String(), nullable=True))
        batch.add_column(sa.Column("changed_on", sa.Date(), nullable=True))
        batch.alter_column("published_by", existing_type=sa.String(), nullable=True)
        batch.alter_column("published_on", existing_type=sa.Date(), nullable=True)
    op.execute("UPDATE feedback_notes SET written_by = published_by, published_by = NULL, changed_on = CURRENT_DATE")
    with op.batch_alter_table(TABLE) as batch:
        batch.alter_column("written_by", existing_type=sa.String(), nullable=False)
        batch.create_foreign_key(op.f("fk_feedback_notes_written_by_people"), "people", ["written_by"], ["id"])
        batch.create_check_constraint(op.f("ck_feedback_notes_two_people"), "published_by <> written_by")
        batch.create_check_constraint(
            op.f("ck_feedback_notes_confirmed_whole"), "(published_by IS NULL) = (digest IS NULL)"
        )
        batch.create_check_constraint(
            op.f("ck_feedback_notes_published_first"),
            "published_on IS NOT NULL OR (published_by IS NULL AND changed_on IS NULL)",
        )
    for each in (
        (TABLE, "published_stays", "UPDATE", f"({WAS} AND {IS}) OR (({WAS} OR {IS}) AND NOT ({SAME})) OR ({FIRST})"),
        (TABLE, "published_for_good", "DELETE", "OLD.published_on IS NOT NULL"),
        ("main_ideas", "said_whole", "INSERT", published("said", "NEW")),
        ("main_ideas", "said_stays", "UPDATE", f"{published('said', 'OLD')} AND ({first.WORDS})"),
        ("main_ideas", "said_for_good", "DELETE", published("said", "OLD")),
        ("main_ideas", "answer_stays", "UPDATE", f"{published('answers', 'OLD')} AND ({first.REASON})"),
    ):
        first.guard(*each, STAYS)


def downgrade() -> None:
    first = context.script.get_revision("0013").module
    _drop((*first.GUARDS, ("main_ideas", "said_whole")))
    op.execute("DELETE FROM feedback_notes WHERE published_by IS NULL")
    with op.batch_alter_table(TABLE) as batch:
        for name in ("two_people", "confirmed_whole", "published_first"):
            batch.drop_constraint(op.f(f"ck_feedback_notes_{name}"), type_="check")
        batch.drop_constraint(op.f("fk_feedback_notes_written_by_people"), type_="foreignkey")
        for name in ("written_by", "digest", "changed_on"):
            batch.drop_column(name)
        batch.alter_column("published_by", existing_type=sa.String(), nullable=False)
        batch.alter_column("published_on", existing_type=sa.Date(), nullable=False)
    for each in first.GUARDS:
        if each[0] in TABLES:
            first.guard(*each)


def _drop(guards: tuple[tuple[str, ...], ...]) -> None:
    for table, name, *_ in guards:
        if table not in TABLES:
            continue
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION {table}_{name} CASCADE")
        else:
            op.execute(f"DROP TRIGGER {table}_{name}")
