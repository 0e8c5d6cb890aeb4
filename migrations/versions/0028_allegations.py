"""Allegations and serious incidents: about whom or what, and the two who say that nothing stands against it any more."""

import json

import sqlalchemy as sa
from alembic import context, op

revision = "0028"
down_revision = "0027"

MOMENT = sa.DateTime(timezone=True)
PEOPLE = ("opened_by", "resolved_by_lead", "resolved_by_approver")
CHECKS = {
    "kind_is_known": "kind IN ('allegation', 'serious_incident')",
    "about_is_known": "about IN ('person', 'partner', 'venue', 'platform')",
    "four_eyes": "resolved_by_lead <> resolved_by_approver",
    "resolved_by_two": ("resolved_at IS NULL OR (resolved_by_lead IS NOT NULL AND resolved_by_approver IS NOT NULL)"),
    "not_opened_by_whom_it_is_about": "about <> 'person' OR opened_by <> subject",
    "lead_is_not_whom_it_is_about": "about <> 'person' OR resolved_by_lead <> subject",
    "approver_is_not_whom_it_is_about": "about <> 'person' OR resolved_by_approver <> subject",
}


def upgrade():
    known = op.get_bind().execute(sa.text("SELECT id, linked, opened_by, opened_at FROM incidents")).all()
    op.drop_table("incidents")
    op.create_table(
        "incidents",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "kind", "about", "subject", "opened_by")),
        sa.Column("opened_at", MOMENT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("resolved_by_lead", "resolved_by_approver")),
        sa.Column("resolved_at", MOMENT, nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_incidents_{name}")) for name, rule in CHECKS.items()),
        *(sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_incidents_{name}_people")) for name in PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    for id_, linked, opened_by, opened_at in known:  # none was ever ended by two people: all of them stand
        abouts = json.loads(linked) if isinstance(linked, str) else linked
        for about, subject in ((about, subject) for about, subjects in abouts.items() for subject in subjects):
            _carry_over(f"{id_}-{about}-{subject}", about, subject, opened_by, opened_at)
    first, new = guards()
    make = first.postgresql if op.get_context().dialect.name == "postgresql" else first.sqlite
    for guard in new:
        make(guard)


def _carry_over(id_, about, subject, opened_by, opened_at):
    op.get_bind().execute(
        sa.text(
            "INSERT INTO incidents (id, kind, about, subject, opened_by, opened_at) VALUES (:i, :k, :a, :s, :b, :t)"
        ),
        {"i": id_, "k": "serious_incident", "a": about, "s": subject, "b": opened_by, "t": opened_at},
    )


def downgrade():
    if op.get_context().dialect.name == "postgresql":
        for table, name, *_ in guards()[1]:
            op.execute(f"DROP FUNCTION {table}_{name} CASCADE")
    known = op.get_bind().execute(
        sa.text("SELECT id, about, subject, opened_by, opened_at, resolved_at FROM incidents")
    )
    rows = known.all()
    op.drop_table("incidents")
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("linked", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_incidents_opened_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    insert = sa.text(
        "INSERT INTO incidents (id, linked, opened_by, opened_at, resolved_at) VALUES (:i, :l, :b, :t, :r)"
    )
    for id_, about, subject, opened_by, opened_at, resolved_at in rows:
        linked = json.dumps({about: [subject]})
        values = {"i": id_, "l": linked, "b": opened_by, "t": opened_at, "r": resolved_at}
        op.get_bind().execute(insert, values)


def guards():
    """The new ones, made as those of 0002 are."""
    first = context.script.get_revision("0002").module
    said = first.changes("resolved_by_lead", "resolved_by_approver", "resolved_at")
    return first, (
        first.Guard(
            "incidents",
            "what_it_is_about_is_fixed",
            "UPDATE",
            f"{first.changes('kind', 'about', 'subject', 'opened_by', 'opened_at')} "
            f"OR (OLD.resolved_at IS NOT NULL AND ({said}))",
            "an allegation stays as it was logged, and its end as two people said it",
        ),
        first.Guard(
            "incidents", "never_deleted", "DELETE", "TRUE", "an allegation is ended by two people, never removed"
        ),
    )
