"""The desks of evidence and of leads: substitutes proposed and accepted, the program's checks, notes, stop notices."""

import sqlalchemy as sa
from alembic import context, op

revision = "0014"
down_revision = "0013"

TEXT, MOMENT = sa.String(), sa.DateTime(timezone=True)
ROLES = "OM TEC DPL TL SL IA LF COF MOD INT SUP RED ANA INC DEC ADM LEX EB SVC SW"
ACCEPTED = "(accepted_at IS NULL) OR (lead_id IS NOT NULL AND approver_id IS NOT NULL)"
ENDED = "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (ended_reason IS NULL)"
KEPT = "(kept_by_id IS NULL) = (kept_on IS NULL)"
TERMS = (
    "strand_id",
    "requirement",
    "what",
    "written_notice",
    "practitioner",
    "proposed_by",
    "expires",
    "owner_id",
    "due",
)


def upgrade() -> None:
    with op.batch_alter_table("equivalent_controls") as batch:
        batch.add_column(sa.Column("written_notice", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("practitioner", TEXT, nullable=False, server_default=""))
        batch.add_column(sa.Column("proposed_by", TEXT, nullable=True))
        batch.add_column(sa.Column("proposed_at", MOMENT, nullable=True))
        batch.add_column(sa.Column("done_at", MOMENT, nullable=True))
        batch.add_column(sa.Column("ended_by", TEXT, nullable=True))
        batch.add_column(sa.Column("ended_at", MOMENT, nullable=True))
        batch.add_column(sa.Column("ended_reason", TEXT, nullable=True))
    op.execute("UPDATE equivalent_controls SET proposed_by = lead_id, proposed_at = accepted_at")
    with op.batch_alter_table("equivalent_controls") as batch:
        batch.alter_column("written_notice", existing_type=sa.Boolean(), server_default=None)
        batch.alter_column("practitioner", existing_type=TEXT, server_default=None)
        batch.alter_column("proposed_by", existing_type=TEXT, nullable=False)
        batch.alter_column("proposed_at", existing_type=MOMENT, nullable=False)
        for name, kind in (("lead_id", TEXT), ("approver_id", TEXT), ("accepted_at", MOMENT)):
            batch.alter_column(name, existing_type=kind, nullable=True)
        for name in ("proposed_by", "ended_by"):
            batch.create_foreign_key(op.f(f"fk_equivalent_controls_{name}_people"), "people", [name], ["id"])
        batch.create_check_constraint("accepted_by_two", ACCEPTED)
        batch.create_check_constraint("end_is_whole", ENDED)
    with op.batch_alter_table("fallback_debts") as batch:
        batch.add_column(sa.Column("kept_by_id", TEXT, nullable=True))
        batch.add_column(sa.Column("kept_on", sa.Date(), nullable=True))
        batch.create_foreign_key(op.f("fk_fallback_debts_kept_by_id_strands"), "strands", ["kept_by_id"], ["id"])
        batch.create_check_constraint("keeping_is_whole", KEPT)
    _new_tables()
    first, new = _guards()
    make = first.postgresql if op.get_context().dialect.name == "postgresql" else first.sqlite
    for guard in new:
        make(guard)


def _new_tables() -> None:
    op.create_table(
        "program_checks",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("requirement", TEXT, nullable=False),
        sa.Column("release", TEXT, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("ran_at", MOMENT, nullable=False),
        sa.Column("verified_by", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("verified_as", TEXT, nullable=True),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"verified_as IN {tuple(ROLES.split())}", name="verified_as_is_known"),
        sa.CheckConstraint(
            "(verified_by IS NULL) = (verified_at IS NULL) AND (verified_by IS NULL) = (verified_as IS NULL)",
            name="verification_is_whole",
        ),
        sa.CheckConstraint("verified_by IS NULL OR passed", name="only_what_passed_is_verified"),
    )
    op.create_index("ix_program_checks_requirement", "program_checks", ["requirement", "ran_at"])
    op.create_table(
        "stop_notices",
        sa.Column("stop_id", TEXT, sa.ForeignKey("stops.id"), primary_key=True),
        sa.Column("person_id", TEXT, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("seen_at", MOMENT, nullable=True),
    )
    op.create_table(
        "review_notes",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("requirement", TEXT, nullable=False),
        sa.Column("words", TEXT, nullable=False),
        sa.Column("written_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("answer", TEXT, nullable=True),
        sa.Column("answered_by", TEXT, sa.ForeignKey("people.id"), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('ask', 'return')", name="kind_is_known"),
        sa.CheckConstraint(
            "(answered_by IS NULL) = (answered_at IS NULL) AND (answered_by IS NULL) = (answer IS NULL)",
            name="answer_is_whole",
        ),
        sa.CheckConstraint("answered_by <> written_by", name="answered_by_another"),
    )
    op.create_index("ix_review_notes_strand_id", "review_notes", ["strand_id"])


def _guards():
    """The new ones, made as those of 0002 are."""
    first = context.script.get_revision("0002").module
    checked = (
        first.changes("requirement", "release", "passed", "ran_at")
        + " OR "
        + first.rewrites("verified_by", "verified_at")
    )
    said = first.changes("strand_id", "kind", "requirement", "words", "written_by") + " OR " + first.rewrites("answer")
    accepted = f"OLD.accepted_at IS NOT NULL AND ({first.changes(*TERMS, 'lead_id', 'approver_id', 'accepted_at')})"
    return first, (
        first.Guard("program_checks", "found_stays", "UPDATE", checked, "what a check found stays as it was found"),
        first.Guard("program_checks", "found_for_good", "DELETE", "TRUE", "what a check found stays"),
        first.Guard("review_notes", "said_stays", "UPDATE", said, "what a lead said stays as it was said"),
        first.Guard("equivalent_controls", "accepted_stays", "UPDATE", accepted, "what two people accepted stays so"),
        first.Guard(
            "equivalent_controls", "end_is_final", "UPDATE", first.rewrites("ended_at", "ended_by", "ended_reason"),
            "what was ended stays ended",
        ),
    )  # fmt: skip


def downgrade() -> None:
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for table, name, *_ in _guards()[1]:
        op.execute(f"DROP FUNCTION {table}_{name} CASCADE" if on_postgresql else f"DROP TRIGGER {table}_{name}")
    for table in ("review_notes", "stop_notices", "program_checks"):
        op.drop_table(table)
    with op.batch_alter_table("fallback_debts") as batch:
        batch.drop_constraint("keeping_is_whole", type_="check")
        batch.drop_constraint(op.f("fk_fallback_debts_kept_by_id_strands"), type_="foreignkey")
        batch.drop_column("kept_on")
        batch.drop_column("kept_by_id")
    op.execute("DELETE FROM equivalent_controls WHERE accepted_at IS NULL OR ended_at IS NOT NULL")
    with op.batch_alter_table("equivalent_controls") as batch:
        batch.drop_constraint("accepted_by_two", type_="check")
        batch.drop_constraint("end_is_whole", type_="check")
        for name in ("proposed_by", "ended_by"):
            batch.drop_constraint(op.f(f"fk_equivalent_controls_{name}_people"), type_="foreignkey")
        for name, kind in (("lead_id", TEXT), ("approver_id", TEXT), ("accepted_at", MOMENT)):
            batch.alter_column(name, existing_type=kind, nullable=False)
        for name in (
            "ended_reason",
            "ended_at",
            "ended_by",
            "done_at",
            "proposed_at",
            "proposed_by",
            "practitioner",
            "written_notice",
        ):
            batch.drop_column(name)
