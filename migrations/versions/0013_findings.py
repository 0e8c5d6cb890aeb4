"""Findings: themes, kept texts, main ideas and their answers, published notes, self-assessment.

What two people confirmed, what was counted and what was published stays as it is: guards see to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def changes(*columns: str) -> str:
    """Whether an update changes any of these."""
    return " OR ".join(f"OLD.{c} <> NEW.{c} OR (OLD.{c} IS NULL) <> (NEW.{c} IS NULL)" for c in columns)


def published(stage: str, row: str) -> str:
    """Whether the note of a stage is out."""
    note = f"note.consultation_id = {row}.consultation_id AND note.stage = '{stage}'"
    return f"EXISTS (SELECT 1 FROM feedback_notes AS note WHERE {note})"  # noqa: S608 - our own words


GRANTED_TO_READ = """EXISTS (
    SELECT 1 FROM opening_requests AS opening
    WHERE opening.id = NEW.opening_id AND opening.mode = 'read' AND opening.granted_by IS NOT NULL)"""
KEPT = ("strand_id", "opening_id", "question_id", "language", "kind", "text", "dimension", "category", "kept_by")
#: JSON has no = on PostgreSQL; as text it has
WORDS = "CAST(OLD.words AS TEXT) <> CAST(NEW.words AS TEXT) OR OLD.source <> NEW.source"
REASON = "CAST(OLD.reason AS TEXT) <> CAST(NEW.reason AS TEXT) OR " + changes("answer")
STAYS = "what was published stays as it was published"
#: table, name, event, refused when, why
GUARDS = (
    ("kept_texts", "read_by_grant", "INSERT", f"NOT {GRANTED_TO_READ}", "a text is kept from a granted reading"),
    (
        "kept_texts",
        "confirmed_stays",
        "UPDATE",
        f"{changes(*KEPT)} OR (OLD.confirmed_by IS NOT NULL AND ({changes('confirmed_by', 'confirmed_on')}))",
        "a kept text is confirmed or dropped, never changed",
    ),
    (
        "theme_releases",
        "read_by_grant",
        "INSERT",
        f"NOT {GRANTED_TO_READ}",
        "themes are counted in a granted reading",
    ),
    ("theme_releases", "frozen", "UPDATE", "TRUE", "a count of themes is frozen"),
    ("theme_releases", "frozen_for_good", "DELETE", "TRUE", "a count of themes is frozen"),
    ("feedback_notes", "published_stays", "UPDATE", "TRUE", STAYS),
    ("feedback_notes", "published_for_good", "DELETE", "TRUE", STAYS),
    ("main_ideas", "said_stays", "UPDATE", f"{published('said', 'OLD')} AND ({WORDS})", STAYS),
    ("main_ideas", "said_for_good", "DELETE", published("said", "OLD"), STAYS),
    ("main_ideas", "answer_stays", "UPDATE", f"{published('answers', 'OLD')} AND ({REASON})", STAYS),
)


def upgrade() -> None:
    op.create_table(
        "feedback_notes",
        sa.Column("consultation_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.CheckConstraint("stage IN ('said', 'answers', 'impact')", name=op.f("ck_feedback_notes_stage_is_known")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_feedback_notes_consultation_id_consultations")
        ),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name=op.f("fk_feedback_notes_published_by_people")),
        sa.PrimaryKeyConstraint("consultation_id", "stage", name=op.f("pk_feedback_notes")),
    )
    op.create_table(
        "indicator_scores",
        sa.Column("consultation_id", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("scorer", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("evidence <> ''", name=op.f("ck_indicator_scores_evidence_is_given")),
        sa.CheckConstraint(
            "indicator IN ('1.1', '1.2', '1.3', '2.1', '2.2', '2.3', '3.1', '3.2', '3.3', '4.1', '4.2', '4.3', '5.1', '5.2', '5.3', '6.1', '6.2', '6.3', '7.1', '7.2', '7.3', '8.1', '8.2', '8.3', '9.1', '9.2', '9.3', '9.4')",
            name=op.f("ck_indicator_scores_indicator_is_known"),
        ),
        sa.CheckConstraint("scorer IN ('team', 'advisers')", name=op.f("ck_indicator_scores_scorer_is_known")),
        sa.CheckConstraint("score BETWEEN 0 AND 3", name=op.f("ck_indicator_scores_score_is_0_to_3")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_indicator_scores_consultation_id_consultations")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_indicator_scores_entered_by_people")),
        sa.PrimaryKeyConstraint("consultation_id", "indicator", "scorer", name=op.f("pk_indicator_scores")),
    )
    op.create_table(
        "main_ideas",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("consultation_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("reason", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "answer IS NULL OR answer IN ('yes', 'partly', 'no')", name=op.f("ck_main_ideas_answer_is_known")
        ),
        sa.CheckConstraint("source IN ('children', 'adults')", name=op.f("ck_main_ideas_source_is_known")),
        sa.CheckConstraint(
            "(answer IS NULL) = (reason IS NULL) AND (answer IS NULL) = (answered_by IS NULL) AND (answer IS NULL) = (answered_on IS NULL)",
            name=op.f("ck_main_ideas_answer_is_whole"),
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["people.id"], name=op.f("fk_main_ideas_answered_by_people")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_main_ideas_consultation_id_consultations")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_main_ideas_made_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_main_ideas")),
    )
    op.create_index(op.f("ix_main_ideas_consultation_id"), "main_ideas", ["consultation_id"])

    op.create_table(
        "themes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("memo", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_themes_made_by_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_themes_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_themes")),
        sa.UniqueConstraint("strand_id", "question_id", "name", name=op.f("uq_themes_strand_id_question_id_name")),
    )
    op.create_table(
        "kept_texts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("opening_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("dimension", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("kept_by", sa.String(), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('paraphrase', 'redacted')", name=op.f("ck_kept_texts_kind_is_known")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_kept_texts_text_is_there")),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_on IS NULL)", name=op.f("ck_kept_texts_confirmation_is_whole")
        ),
        sa.CheckConstraint("(dimension IS NULL) = (category IS NULL)", name=op.f("ck_kept_texts_attribute_is_whole")),
        sa.CheckConstraint("confirmed_by <> kept_by", name=op.f("ck_kept_texts_two_people")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"], name=op.f("fk_kept_texts_confirmed_by_people")),
        sa.ForeignKeyConstraint(["kept_by"], ["people.id"], name=op.f("fk_kept_texts_kept_by_people")),
        sa.ForeignKeyConstraint(
            ["opening_id", "strand_id"],
            ["opening_requests.id", "opening_requests.strand_id"],
            name=op.f("fk_kept_texts_opening_id_strand_id_opening_requests"),
        ),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_kept_texts_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_texts")),
    )
    op.create_index(op.f("ix_kept_texts_strand_id"), "kept_texts", ["strand_id"])

    op.create_table(
        "theme_releases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("consultation_id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("respondent_class", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("themes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("opening_id", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_theme_releases_made_by_people")),
        sa.ForeignKeyConstraint(
            ["opening_id", "strand_id"],
            ["opening_requests.id", "opening_requests.strand_id"],
            name=op.f("fk_theme_releases_opening_id_strand_id_opening_requests"),
        ),
        sa.ForeignKeyConstraint(
            ["strand_id", "consultation_id", "respondent_class"],
            ["strands.id", "strands.consultation_id", "strands.respondent_class"],
            name=op.f("fk_theme_releases_strand_id_consultation_id_respondent_class_strands"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_releases")),
        sa.UniqueConstraint("strand_id", "question_id", name=op.f("uq_theme_releases_strand_id_question_id")),
    )
    for each in GUARDS:
        guard(*each)


def downgrade() -> None:
    op.drop_table("theme_releases")
    op.drop_table("kept_texts")
    op.drop_table("themes")
    op.drop_table("main_ideas")
    op.drop_table("indicator_scores")
    op.drop_table("feedback_notes")
    if op.get_bind().dialect.name == "postgresql":
        for table, name, *_ in GUARDS:
            op.execute(f"DROP FUNCTION {table}_{name}")


def guard(table: str, name: str, event: str, condition: str, why: str) -> None:
    """Make one guard on either database."""
    if op.get_bind().dialect.name != "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION USING MESSAGE = '{why}', ERRCODE = 'check_violation'; END IF; "
        f"RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{name}()")
