"""Recordings of texts: the sound of a part, by its hash. What was recorded is never changed, only taken away."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

WHY = "a recording is what its hash says: make a new one"


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(content) > 0", name=op.f("ck_recordings_content_is_there")),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f("fk_recordings_added_by_people")),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_recordings_strand_id_strands")),
        sa.PrimaryKeyConstraint("strand_id", "digest", name=op.f("pk_recordings")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION recordings_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION USING MESSAGE = '{WHY}', ERRCODE = 'check_violation'; END $$"
        )
        op.execute("CREATE TRIGGER stays BEFORE UPDATE ON recordings FOR EACH ROW EXECUTE FUNCTION recordings_stays()")
    else:
        op.execute(
            f"CREATE TRIGGER recordings_stays BEFORE UPDATE ON recordings BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
        )


def downgrade() -> None:
    op.drop_table("recordings")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION recordings_stays")
