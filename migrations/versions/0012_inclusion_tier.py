"""The inclusion tier: its keys, profiles under ids and shares of their own, an epoch's second key, live snapshots."""

import sqlalchemy as sa
from alembic import context, op

revision = "0012"
down_revision = "0011"

BYTES = sa.LargeBinary()
TEXT = sa.String()
TABLES = ("live_snapshots", "profile_shares", "profiles", "inclusion_shares", "inclusion_keys")


def upgrade():
    op.create_table(
        "inclusion_keys",
        sa.Column("consultation_id", TEXT, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("row_seal", BYTES, nullable=False),
        sa.CheckConstraint("generation > 0", name=op.f("ck_inclusion_keys_generation_counts")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_inclusion_keys_consultation_id_consultations")
        ),
        sa.PrimaryKeyConstraint("consultation_id", "generation", name=op.f("pk_inclusion_keys")),
    )
    op.create_table(
        "inclusion_shares",
        sa.Column("consultation_id", TEXT, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("person_id", TEXT, nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.Column("row_seal", BYTES, nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id", "generation"],
            ["inclusion_keys.consultation_id", "inclusion_keys.generation"],
            name=op.f("fk_inclusion_shares_consultation_id_generation_inclusion_keys"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_inclusion_shares_person_id_people")),
        sa.PrimaryKeyConstraint("consultation_id", "generation", "person_id", name=op.f("pk_inclusion_shares")),
    )
    op.create_table(
        "profiles",
        sa.Column("id", BYTES, nullable=False),
        sa.Column("strand_id", TEXT, nullable=False),
        sa.Column("epoch_id", BYTES, nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.ForeignKeyConstraint(
            ["epoch_id", "strand_id"],
            ["epochs.id", "epochs.strand_id"],
            name=op.f("fk_profiles_epoch_id_strand_id_epochs"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profiles")),
    )
    op.create_index(op.f("ix_profiles_strand_id"), "profiles", ["strand_id"])
    op.create_table(
        "profile_shares",
        sa.Column("profile_id", BYTES, nullable=False),
        sa.Column("share", BYTES, nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profiles.id"],
            name=op.f("fk_profile_shares_profile_id_profiles"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", name=op.f("pk_profile_shares")),
    )
    op.create_table(
        "live_snapshots",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("strand_id", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_live_snapshots_number_counts")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_live_snapshots_made_by_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_live_snapshots_strand_id_strands")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_snapshots")),
        sa.UniqueConstraint("strand_id", "number", name=op.f("uq_live_snapshots_strand_id_number")),
    )
    op.create_index(op.f("ix_live_snapshots_strand_id"), "live_snapshots", ["strand_id"])
    op.add_column("epochs", sa.Column("inclusion_generation", sa.Integer(), nullable=True))
    op.add_column("epochs", sa.Column("sealed_profile_key", BYTES, nullable=True))
    first, new = guards()
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for guard in new:
        (first.postgresql if on_postgresql else first.sqlite)(guard)
    if on_postgresql:  # no samples of shares in statistics: they would outlive a row that was taken back
        op.execute("ALTER TABLE profile_shares ALTER COLUMN share SET STATISTICS 0")


def downgrade():
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for guard in guards()[1]:
        name = f"{guard.table}_{guard.name}"
        op.execute(f"DROP FUNCTION {name} CASCADE" if on_postgresql else f"DROP TRIGGER {name}")
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("epochs", "sealed_profile_key")
    op.drop_column("epochs", "inclusion_generation")


def guards():
    """The new ones, made as those of 0002 are."""
    first = context.script.get_revision("0002").module
    sealed = "a profile is never changed, only taken back"
    people = """EXISTS (
        SELECT 1 FROM strands WHERE strands.id = NEW.strand_id AND strands.audience IN ('S', 'H'))"""
    return first, (
        first.Guard(
            "profiles",
            "strand_takes_answers",
            "INSERT",
            f"NOT {first.TAKES_ANSWERS}",
            "this strand does not take answers now",
        ),
        first.Guard("profiles", "never_of_survivors", "INSERT", people, "survivors have no inclusion tier"),
        first.Guard("profiles", "never_updated", "UPDATE", "TRUE", sealed),
        first.Guard("profile_shares", "never_updated", "UPDATE", "TRUE", sealed),
        first.Guard("live_snapshots", "never_updated", "UPDATE", "TRUE", "a snapshot is frozen"),
        first.Guard("live_snapshots", "never_deleted", "DELETE", "TRUE", "a snapshot is frozen"),
    )
