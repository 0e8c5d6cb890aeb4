"""Partners of one consultation, what they propose and what became of it; notices about proposals."""

import sqlalchemy as sa
from alembic import context, op

revision = "0031"
down_revision = "0030"

MOMENT = sa.DateTime(timezone=True)
MATTERS = ("proposal", "partner_reminded", "proposal_answered")
STANDING = "SELECT 1 FROM partners WHERE partners.person_id = NEW.person_id AND partners.ended_at IS NULL"
NOTHING_ELSE = "a partner is nothing else here"
STAYS = "what was proposed and answered stays"


def changes(*columns: str) -> str:
    """Whether an update changes one of them."""
    return " OR ".join(
        f"(OLD.{each} <> NEW.{each} OR (OLD.{each} IS NULL) <> (NEW.{each} IS NULL))" for each in columns
    )


#: table, name, event, refused when, why
GUARDS = (
    *(
        (table, "partner_is_nothing_else", "INSERT", f"EXISTS ({STANDING})", NOTHING_ELSE)
        for table in ("appointments", "strand_staff", "strand_holders")
    ),
    (
        "partners",
        "is_nothing_else",
        "INSERT",
        " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE {table}.person_id = NEW.person_id)"  # noqa: S608 - our own words
            for table in ("appointments", "strand_staff", "strand_holders")
        ),
        NOTHING_ELSE,
    ),
    (
        "partners",
        "invited_stays",
        "UPDATE",
        (
            f"{changes('consultation_id', 'person_id', 'organisation', 'kind', 'invited_by', 'invited_at')}"
            f" OR (OLD.ended_at IS NOT NULL AND ({changes('ended_by', 'ended_at')}))"
        ),
        "a partnership stays what it was, and ends once",
    ),
    ("partners", "never_deleted", "DELETE", "TRUE", "a partnership ends, it is not removed"),
    (
        "proposals",
        "by_a_partner_of_it",
        "INSERT",
        (
            "NOT EXISTS (SELECT 1 FROM partners JOIN strands ON strands.consultation_id = partners.consultation_id"
            " WHERE partners.id = NEW.partner_id AND strands.id = NEW.strand_id AND partners.ended_at IS NULL)"
        ),
        "only a partner of the consultation proposes",
    ),
    (
        "proposals",
        "proposed_stays",
        "UPDATE",
        (
            f"{changes('partner_id', 'strand_id', 'kind', 'place', 'language', 'before', 'made_at')}"
            " OR (OLD.words <> NEW.words AND NEW.words <> '') OR (OLD.why <> NEW.why AND NEW.why <> '')"
            " OR (OLD.erased AND NOT NEW.erased)"
        ),
        STAYS,
    ),
    (
        "proposals",
        "answered_stays",
        "UPDATE",
        f"OLD.outcome IS NOT NULL AND ({changes('outcome', 'reason', 'now_reads', 'decided_by', 'decided_at')})",
        STAYS,
    ),
    ("proposals", "never_deleted", "DELETE", "TRUE", STAYS),
)


def upgrade() -> None:
    op.create_table(
        "partners",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("consultation_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("shown_as", sa.String(), nullable=True),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("invited_at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('child_led', 'survivor_led', 'other')", name=op.f("ck_partners_kind_is_known")),
        sa.CheckConstraint("organisation <> ''", name=op.f("ck_partners_organisation_is_given")),
        sa.CheckConstraint("shown_as <> ''", name=op.f("ck_partners_shown_name_is_given")),
        sa.CheckConstraint("person_id <> invited_by", name=op.f("ck_partners_invited_by_another")),
        sa.CheckConstraint("(ended_by IS NULL) = (ended_at IS NULL)", name=op.f("ck_partners_end_is_whole")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_partners_consultation_id_consultations")
        ),
        *(
            sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_partners_{column}_people"))
            for column in ("person_id", "invited_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
    )
    op.create_index(op.f("ix_partners_consultation_id"), "partners", ["consultation_id"])
    op.create_index(
        "uq_partners_standing",
        "partners",
        ["person_id", "consultation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    _proposals()
    for each in GUARDS:
        guard(*each)
    if _on_postgresql():
        for table in ("partners", "proposals"):
            op.execute(f"CREATE TRIGGER never_at_once BEFORE TRUNCATE ON {table} EXECUTE FUNCTION never_at_once()")
    _known((*_before(), *MATTERS))


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("partner_id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("now_reads", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('change', 'comment')", name=op.f("ck_proposals_kind_is_known")),
        sa.CheckConstraint("outcome IN ('taken', 'in_part', 'not_taken')", name=op.f("ck_proposals_outcome_is_known")),
        sa.CheckConstraint("place <> ''", name=op.f("ck_proposals_place_is_given")),
        sa.CheckConstraint("words <> '' OR erased", name=op.f("ck_proposals_words_are_given")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_proposals_reason_is_given")),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)"
            " AND (outcome IS NULL) = (reason IS NULL)",
            name=op.f("ck_proposals_answer_is_whole"),
        ),
        sa.CheckConstraint(
            "now_reads IS NULL OR (kind = 'change' AND outcome IN ('taken', 'in_part'))",
            name=op.f("ck_proposals_only_what_is_taken_changes"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_proposals_partner_id_partners")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_proposals_strand_id_strands")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_proposals_decided_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_partner_id"), "proposals", ["partner_id"])
    op.create_index(op.f("ix_proposals_strand_id"), "proposals", ["strand_id"])


def downgrade() -> None:
    op.execute(f"DELETE FROM notices WHERE matter IN ({', '.join(repr(matter) for matter in MATTERS)})")  # noqa: S608 - our own words
    _known(_before())
    for table, name, *_ in GUARDS:
        drop(table, name)
    op.drop_table("proposals")
    op.drop_table("partners")


def guard(table: str, name: str, event: str, condition: str, why: str) -> None:
    """Make one guard on either database."""
    if not _on_postgresql():
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


def drop(table: str, name: str) -> None:
    """Take one guard away."""
    op.execute(f"DROP FUNCTION {table}_{name} CASCADE" if _on_postgresql() else f"DROP TRIGGER {table}_{name}")


def _before() -> tuple[str, ...]:
    matters: tuple[str, ...] = context.script.get_revision("0024").module.MATTERS
    return (*matters, "session_wrong")


def _known(matters: tuple[str, ...]) -> None:
    condition = f"matter IN ({', '.join(repr(matter) for matter in matters)})"
    with op.batch_alter_table("notices") as batch:
        batch.drop_constraint(op.f("ck_notices_matter_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_notices_matter_is_known"), condition)


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
