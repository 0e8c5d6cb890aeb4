"""Waivers of guardian consent, agreed by two people; the page that spent a code; consent of one part counts there only.

Evidence about participants (ETH-04, SUP-07, SUP-08) was filed under nothing and counted in every part. It counts for the
part it was given for now; which one that was is not known of older rows, so they have to be given again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

COUNT = "UPDATE edition SET n = n + 1"
MOMENT = sa.DateTime(timezone=True)
PROPOSED = (
    *("strand_id", "jurisdiction", "code", "everyone", "grounds", "law_allows", "independent_adult", "support_worker"),
    *("expires", "proposed_by", "proposed_at"),
)
WHY = "a waiver stays what was proposed and agreed"


def changes(column: str) -> str:
    """Whether an update changes it."""
    return f"OLD.{column} <> NEW.{column} OR (OLD.{column} IS NULL) <> (NEW.{column} IS NULL)"


UNLIKE = " OR ".join(
    [
        *map(changes, PROPOSED),
        f"OLD.lead_id IS NOT NULL AND ({changes('lead_id')} OR {changes('lead_at')} OR {changes('board')})",
        f"OLD.approver_id IS NOT NULL AND ({changes('approver_id')} OR {changes('approver_at')})",
        f"OLD.revoked_by IS NOT NULL AND ({changes('revoked_by')} OR {changes('revoked_at')})",
    ]
)


def upgrade() -> None:
    op.create_table(
        "guardian_waivers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("jurisdiction", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("grounds", sa.String(), nullable=False),
        sa.Column("law_allows", sa.Boolean(), nullable=False),
        sa.Column("independent_adult", sa.Boolean(), nullable=False),
        sa.Column("support_worker", sa.Boolean(), nullable=False),
        sa.Column("expires", MOMENT, nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("board", sa.String(), nullable=False),
        sa.Column("lead_id", sa.String(), nullable=True),
        sa.Column("lead_at", MOMENT, nullable=True),
        sa.Column("approver_id", sa.String(), nullable=True),
        sa.Column("approver_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_reason", sa.String(), nullable=True),
        sa.CheckConstraint("code IN ('W1', 'W2', 'W3', 'W4')", name=op.f("ck_guardian_waivers_code_is_known")),
        sa.CheckConstraint("grounds <> ''", name=op.f("ck_guardian_waivers_grounds_are_given")),
        sa.CheckConstraint("lead_id <> proposed_by", name=op.f("ck_guardian_waivers_lead_is_another_person")),
        sa.CheckConstraint(
            "approver_id <> proposed_by AND approver_id <> lead_id",
            name=op.f("ck_guardian_waivers_approver_is_another_person"),
        ),
        sa.CheckConstraint("(lead_id IS NULL) = (lead_at IS NULL)", name=op.f("ck_guardian_waivers_lead_is_whole")),
        sa.CheckConstraint(
            "(approver_id IS NULL) = (approver_at IS NULL)", name=op.f("ck_guardian_waivers_approval_is_whole")
        ),
        sa.CheckConstraint(
            "approver_id IS NULL OR lead_id IS NOT NULL", name=op.f("ck_guardian_waivers_approver_comes_last")
        ),
        sa.CheckConstraint(
            "code = 'W4' OR lead_id IS NULL OR board <> ''", name=op.f("ck_guardian_waivers_board_has_agreed")
        ),
        sa.CheckConstraint(
            "(revoked_by IS NULL) = (revoked_at IS NULL) AND (revoked_by IS NULL) = (revoked_reason IS NULL)",
            name=op.f("ck_guardian_waivers_revocation_is_whole"),
        ),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_guardian_waivers_strand_id_strands")),
        *(
            sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_guardian_waivers_{column}_people"))
            for column in ("proposed_by", "lead_id", "approver_id", "revoked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_waivers")),
    )
    op.create_index(op.f("ix_guardian_waivers_strand_id"), "guardian_waivers", ["strand_id"])
    op.add_column("invitations", sa.Column("spent_by", sa.LargeBinary(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE invitations ALTER COLUMN spent_by SET STATISTICS 0")
        op.execute(
            f"CREATE FUNCTION guardian_waivers_agreed_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {UNLIKE} "
            f"THEN RAISE EXCEPTION USING MESSAGE = '{WHY}', ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER agreed_stays BEFORE UPDATE ON guardian_waivers FOR EACH ROW "
            "EXECUTE FUNCTION guardian_waivers_agreed_stays()"
        )
    else:
        op.execute(
            "CREATE TRIGGER guardian_waivers_agreed_stays BEFORE UPDATE ON guardian_waivers "
            f"WHEN {UNLIKE} BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
        )

    for event in ("INSERT", "UPDATE", "DELETE"):
        watch(event)


def watch(event: str) -> None:
    """Count what happens to waivers in the edition: none is asked for a code in vain."""
    name, when = f"guardian_waivers_next_edition_{event.lower()}", f"AFTER {event} ON guardian_waivers"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {name} {when} DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION next_edition()"
        )
    else:
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN {COUNT}; END")


def downgrade() -> None:
    op.drop_column("invitations", "spent_by")
    op.drop_table("guardian_waivers")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION guardian_waivers_agreed_stays")
