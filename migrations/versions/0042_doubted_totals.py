"""Totals that two people signed go when two people, or the end of their time, destroyed what was in doubt."""

from alembic import context, op

revision = "0042"
down_revision = "0041"

NAME = "confirmed_stay_until_the_end"
DOUBTED = """EXISTS (SELECT 1 FROM quarantines AS q WHERE q.strand_id = OLD.strand_id AND q.outcome = 'destroy'
    AND q.found_at >= OLD.confirmed_at)"""
WHY = "totals that two people signed stay until the part or what was in doubt is destroyed"


def upgrade() -> None:
    before = context.script.get_revision("0034").module
    _instead(f"{before.SIGNED} AND NOT {before.ENDED} AND NOT {DOUBTED}", WHY)


def downgrade() -> None:
    before = context.script.get_revision("0034").module
    _instead(f"{before.SIGNED} AND NOT {before.ENDED}", before.WHY)


def _instead(condition: str, why: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION supplied_totals_{NAME} CASCADE")
    else:
        op.execute(f"DROP TRIGGER supplied_totals_{NAME}")
    context.script.get_revision("0013").module.guard("supplied_totals", NAME, "DELETE", condition, why)
