"""A signature names its languages, so that one of them can be shut and signed again while the others go on."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("signatures", sa.Column("texts", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("signatures", sa.Column("frame", sa.String(), nullable=True))
    op.add_column("strands", sa.Column("languages_shut", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("strands", "languages_shut")
    op.drop_column("signatures", "frame")
    op.drop_column("signatures", "texts")
