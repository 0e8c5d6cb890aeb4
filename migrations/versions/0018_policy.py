"""Changes of the safeguard policy: proposals and decisions, rows that stay as they were written."""

import sqlalchemy as sa
from alembic import context, op

revision = "0018"
down_revision = "0017"

PERSON = "people.id"
ROLES = "('SL', 'IA')"
STAYS = "what was proposed and decided about the policy stays as it was"
GUARDS = tuple(
    (table, name, event, "TRUE", STAYS)
    for table in ("policy_proposals", "policy_decisions")
    for name, event in (("frozen", "UPDATE"), ("frozen_for_good", "DELETE"))
)


def upgrade() -> None:
    op.create_table(
        "policy_proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("parameter", sa.String(), nullable=False),
        sa.Column("numbers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("changes_digest", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_as", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"proposed_as IN {ROLES}", name=op.f("ck_policy_proposals_proposed_as_is_known")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_policy_proposals_reason_is_there")),
        sa.ForeignKeyConstraint(["proposed_by"], [PERSON], name=op.f("fk_policy_proposals_proposed_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_proposals")),
        sa.UniqueConstraint(
            "id", "proposed_by", "proposed_as", name=op.f("uq_policy_proposals_id_proposed_by_proposed_as")
        ),
    )
    op.create_table(
        "policy_decisions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_as", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_as", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused', 'withdrawn')", name=op.f("ck_policy_decisions_outcome_is_known")
        ),
        sa.CheckConstraint(f"decided_as IN {ROLES}", name=op.f("ck_policy_decisions_decided_as_is_known")),
        sa.CheckConstraint(
            "outcome = 'withdrawn' OR decided_by <> proposed_by", name=op.f("ck_policy_decisions_four_eyes")
        ),
        sa.CheckConstraint(
            "outcome = 'withdrawn' OR decided_as <> proposed_as", name=op.f("ck_policy_decisions_lead_and_approver")
        ),
        sa.CheckConstraint(
            "outcome <> 'withdrawn' OR decided_by = proposed_by",
            name=op.f("ck_policy_decisions_only_its_author_withdraws"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], [PERSON], name=op.f("fk_policy_decisions_decided_by_people")),
        sa.ForeignKeyConstraint(
            ["proposal_id", "proposed_by", "proposed_as"],
            ["policy_proposals.id", "policy_proposals.proposed_by", "policy_proposals.proposed_as"],
            name=op.f("fk_policy_decisions_proposal_id_proposed_by_proposed_as_policy_proposals"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_decisions")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_policy_decisions_proposal_id")),
    )
    guard = context.script.get_revision("0013").module.guard
    for each in GUARDS:
        guard(*each)
    count_decisions()


def count_decisions() -> None:
    """A decision can change what participants may see, so it counts the edition up (migration 0015)."""
    when = "policy_decisions_next_edition_insert AFTER INSERT ON policy_decisions"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {when} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION next_edition()"
        )
    else:
        op.execute(f"CREATE TRIGGER {when} BEGIN UPDATE edition SET n = n + 1; END")  # noqa: S608 - our own words


def downgrade() -> None:
    op.drop_table("policy_decisions")
    op.drop_table("policy_proposals")
    if op.get_bind().dialect.name == "postgresql":
        for table, name, *_ in GUARDS:
            op.execute(f"DROP FUNCTION {table}_{name}")
