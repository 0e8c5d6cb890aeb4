"""Of totals that a service supplied the report stays; what was entered goes when the time of keeping is over."""

import sqlalchemy as sa
from alembic import context, op

revision = "0034"
down_revision = "0033"

#: table, name, event, refused when, why
GUARDS = (
    ("supplied_releases", "stays_as_it_is", "UPDATE", "1 = 1", "a frozen report of totals stays as it is"),
    ("supplied_releases", "stays", "DELETE", "1 = 1", "a frozen report of totals stays"),
)
SIGNED = "OLD.confirmed_by IS NOT NULL"
ENDED = "EXISTS (SELECT 1 FROM strands AS s WHERE s.id = OLD.strand_id AND s.state = 'destroyed')"
WHY = "totals that two people signed stay until the part is destroyed"


def upgrade() -> None:
    op.create_table(
        "supplied_releases",
        sa.Column("strand_id", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("setting", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["strand_id"], ["strands.id"], name=op.f("fk_supplied_releases_strand_id_strands")),
        sa.PrimaryKeyConstraint("strand_id", name=op.f("pk_supplied_releases")),
    )
    guard = context.script.get_revision("0013").module.guard
    for each in GUARDS:
        guard(*each)
    _drop("confirmed_stay_there")
    guard("supplied_totals", "confirmed_stay_until_the_end", "DELETE", f"{SIGNED} AND NOT {ENDED}", WHY)
    if _on_postgresql():
        op.execute("CREATE TRIGGER never_at_once BEFORE TRUNCATE ON supplied_releases EXECUTE FUNCTION never_at_once()")


def downgrade() -> None:
    _drop("confirmed_stay_until_the_end")
    guard = context.script.get_revision("0013").module.guard
    guard("supplied_totals", "confirmed_stay_there", "DELETE", SIGNED, "totals that two people signed stay")
    op.drop_table("supplied_releases")
    if _on_postgresql():
        for table, name, *_ in GUARDS:
            op.execute(f"DROP FUNCTION {table}_{name}")


def _drop(name: str) -> None:
    if _on_postgresql():
        op.execute(f"DROP FUNCTION supplied_totals_{name} CASCADE")
    else:
        op.execute(f"DROP TRIGGER supplied_totals_{name}")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
