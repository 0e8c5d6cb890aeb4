"""The edition of what participants may see: one number that goes up with every change of a table their pages are made of.

A worker keeps a part's pages in memory for as long as the number stays the same. So that no change is missed, the
database itself counts, in the transaction of the change.

On PostgreSQL it counts just before the commit, when the transaction waits for nothing else any more: two people who
change two things at the same time never wait for each other in a circle. A later migration that changes rows of one of
these tables and then the table itself says SET CONSTRAINTS ALL IMMEDIATE in between.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

#: Table → the columns that count; none: all of them.
WATCHED = {
    "consultations": "",
    "contact_tests": "",
    "people": "name",
    "signatures": "",
    "strand_services": "",
    "strands": "",
    "support_services": "",
    "triage_clocks": "",
}
EVENTS = ("INSERT", "UPDATE", "DELETE")
COUNT = "UPDATE edition SET n = n + 1"


def upgrade():
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_edition_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
    )
    op.execute("INSERT INTO edition (id, n) VALUES (1, 1)")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION next_edition() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {COUNT}; RETURN NULL; END $$"
        )
    for table, columns in WATCHED.items():
        watch(table, columns)


def watch(table, columns):
    """Count what happens to this table, from now on."""
    of = {"UPDATE": f" OF {columns}" if columns else ""}
    for event in EVENTS:
        name = f"{table}_next_edition_{event.lower()}"
        when = f"AFTER {event}{of.get(event, '')} ON {table}"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE CONSTRAINT TRIGGER {name} {when} DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION next_edition()"
            )
        else:
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN {COUNT}; END")


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION next_edition() CASCADE")
    else:
        for table in WATCHED:
            for event in EVENTS:
                op.execute(f"DROP TRIGGER {table}_next_edition_{event.lower()}")
    op.drop_table("edition")
