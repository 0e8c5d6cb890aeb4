"""What a lead signed of a support service: participants read that, and no number that one person brought alone.

Parts that were signed to open before get the services as they stand: what their pages showed until now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

JSON = sa.JSON(none_as_null=True)


def upgrade():
    op.add_column("support_services", sa.Column("signed", JSON, nullable=True))
    services = sa.table(
        "support_services", sa.column("id"), sa.column("name"), *(sa.column(n, JSON) for n in ("facts", "signed"))
    )
    relying = sa.table("strand_services", sa.column("strand_id"), sa.column("service_id"))
    keys = sa.table("strand_keys", sa.column("strand_id"))
    signed = sa.select(relying.c.service_id).where(relying.c.strand_id.in_(sa.select(keys.c.strand_id)))
    for row in op.get_bind().execute(sa.select(services).where(services.c.id.in_(signed))).all():
        kept = {**row.facts, "id": row.id, "name": row.name}
        op.execute(services.update().where(services.c.id == row.id).values(signed=kept))


def downgrade():
    op.drop_column("support_services", "signed")
