"""Coverage plans, the register of adjustments in codes, and which releases were told to those who took part."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXT = sa.String()
MOMENT = sa.DateTime(timezone=True)
BARRIERS = (
    "language literacy seeing hearing moving understanding communicating device data_cost power_network private_space "
    "time travel gender_norms caregiver_permission fear_of_authorities stigma residential_rules digital_skill distrust"
)
NEEDS = (
    "sign_language captions easy_read pictures read_aloud extra_time breaks support_person quiet_room "
    "same_gender_facilitator girls_only_time transport child_care data_voucher borrowed_device paper_or_voice "
    "interpreter something_else"
)


def known(column, words):
    """`column` holds one of `words`."""
    listed = ", ".join(f"'{word}'" for word in words.split())
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


def upgrade():
    op.create_table(
        "coverage_plans",
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), primary_key=True),
        sa.Column("plan", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=True),
        sa.Column("saved_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("invited >= 0", name="invited_not_negative"),
    )
    op.create_table(
        "adjustment_requests",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("strand_id", TEXT, sa.ForeignKey("strands.id"), nullable=False, index=True),
        sa.Column("barrier", TEXT, nullable=False),
        sa.Column("need", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        known("barrier", BARRIERS),
        known("need", NEEDS),
        known("outcome", "open provided other not_provided"),
    )
    op.create_table(
        "publications",
        sa.Column("release_id", TEXT, sa.ForeignKey("releases.id"), primary_key=True),
        sa.Column("published_by", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
    )


def downgrade():
    for table in ("publications", "adjustment_requests", "coverage_plans"):
        op.drop_table(table)
