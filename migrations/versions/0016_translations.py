"""Translations, and the second readers who checked them."""

import sqlalchemy as sa
from alembic import context, op

revision = "0016"
down_revision = "0015"

WRITTEN = ("pair", "language", "source", "words", "written_by")
#: table, name, event, refused when, why
GUARDS = (
    (
        "translations",
        "words_stay",
        "UPDATE",
        " OR ".join(f"COALESCE(OLD.{c}, '') <> COALESCE(NEW.{c}, '')" for c in WRITTEN),
        "a translation is written anew, never changed",
    ),
    (
        "translation_checks",
        "by_another",
        "INSERT",
        "EXISTS (SELECT 1 FROM translations AS t WHERE t.pair = NEW.pair AND (t.draft OR t.written_by = NEW.person_id))",
        "another person checks a translation, and only once it is ready",
    ),
    ("translation_checks", "never_updated", "UPDATE", "TRUE", "a check stays as it was given"),
)


def upgrade() -> None:
    op.create_table(
        "translations",
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source <> '' AND words <> ''", name=op.f("ck_translations_words_are_there")),
        sa.ForeignKeyConstraint(["written_by"], ["people.id"], name=op.f("fk_translations_written_by_people")),
        sa.PrimaryKeyConstraint("pair", name=op.f("pk_translations")),
    )
    op.create_index(op.f("ix_translations_language"), "translations", ["language"])
    op.create_table(
        "translation_checks",
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("back_translation", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("back_translation <> ''", name=op.f("ck_translation_checks_back_translation_is_there")),
        sa.ForeignKeyConstraint(["pair"], ["translations.pair"], name=op.f("fk_translation_checks_pair_translations")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_translation_checks_person_id_people")),
        sa.PrimaryKeyConstraint("pair", "person_id", name=op.f("pk_translation_checks")),
    )
    op.create_table(
        "source_changes",
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("source <> '' AND words <> ''", name=op.f("ck_source_changes_words_are_there")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_source_changes_strand_id_strands")),
        sa.PrimaryKeyConstraint("strand_id", "place", "language", name=op.f("pk_source_changes")),
    )
    guard = context.script.get_revision("0013").module.guard
    for each in GUARDS:
        guard(*each)


def downgrade() -> None:
    op.drop_table("source_changes")
    op.drop_table("translation_checks")
    op.drop_index(op.f("ix_translations_language"), "translations")
    op.drop_table("translations")
    if op.get_bind().dialect.name == "postgresql":
        for table, name, *_ in GUARDS:
            op.execute(f"DROP FUNCTION {table}_{name}")
