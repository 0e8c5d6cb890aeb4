"""Documents as evidence, sealed. What was checked stays as it was: a row is never updated, and never removed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

WHY = "a document that proves something stays as it was given"


def upgrade():
    op.create_table(
        "evidence_documents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_documents_evidence_id_evidence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_documents")),
    )
    op.create_index(op.f("ix_evidence_documents_evidence_id"), "evidence_documents", ["evidence_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION evidence_documents_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION USING MESSAGE = '{WHY}', ERRCODE = 'check_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER stay BEFORE UPDATE ON evidence_documents FOR EACH ROW "
            "EXECUTE FUNCTION evidence_documents_stay()"
        )
    else:
        op.execute(
            "CREATE TRIGGER evidence_documents_stay BEFORE UPDATE ON evidence_documents "
            f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
        )


def downgrade():
    op.drop_table("evidence_documents")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION evidence_documents_stay")
