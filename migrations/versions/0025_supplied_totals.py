"""Child survivors and children who caused harm never answer here: their service supplies totals, signed by two."""

import sqlalchemy as sa
from alembic import context, op

revision = "0025"
down_revision = "0024"

ASKED_BY_A_SERVICE = "EXISTS (SELECT 1 FROM strands AS s WHERE s.id = NEW.strand_id AND s.audience IN ('S', 'H'))"
SIGNED = """EXISTS (SELECT 1 FROM strands AS s WHERE s.id = NEW.strand_id AND s.audience IN ('S', 'H')
    AND s.state IN ('open', 'closed'))"""
#: table, name, event, refused when, why
GUARDS = (
    (
        "responses",
        "never_of_survivors",
        "INSERT",
        ASKED_BY_A_SERVICE,
        "these children are asked by their service alone",
    ),
    ("supplied_totals", "of_a_signed_part", "INSERT", f"NOT {SIGNED}", "a service supplies totals of a signed part"),
    (
        "supplied_totals",
        "confirmed_stay",
        "UPDATE",
        "OLD.confirmed_by IS NOT NULL",
        "totals that two people signed stay as they are",
    ),
    (
        "supplied_totals",
        "confirmed_stay_there",
        "DELETE",
        "OLD.confirmed_by IS NOT NULL",
        "totals that two people signed stay",
    ),
)


def upgrade() -> None:
    op.create_table(
        "supplied_totals",
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("people > 0", name=op.f("ck_supplied_totals_people_are_there")),
        sa.CheckConstraint("confirmed_by <> entered_by", name=op.f("ck_supplied_totals_two_people")),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_supplied_totals_confirmation_is_whole")
        ),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"], name=op.f("fk_supplied_totals_confirmed_by_people")),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_supplied_totals_entered_by_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_supplied_totals_strand_id_strands")),
        sa.PrimaryKeyConstraint("strand_id", name=op.f("pk_supplied_totals")),
    )
    guard = context.script.get_revision("0013").module.guard
    for each in GUARDS:
        guard(*each)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(
        "DROP FUNCTION responses_never_of_survivors CASCADE"
        if postgresql
        else "DROP TRIGGER responses_never_of_survivors"
    )
    op.drop_table("supplied_totals")
    if postgresql:
        for table, name, *_ in GUARDS[1:]:
            op.execute(f"DROP FUNCTION {table}_{name}")
