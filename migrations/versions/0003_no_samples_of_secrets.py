"""PostgreSQL keeps no samples of shares and salts: its statistics would outlive a row that was taken back.

SQLite keeps no such samples unless somebody asks for them, which nothing here does.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

SECRETS = (("response_shares", "share"), ("strand_salts", "salt"))


def upgrade():
    _sample("0")


def downgrade():
    _sample("-1")


def _sample(target):
    if op.get_bind().dialect.name == "postgresql":
        for table, column in SECRETS:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS {target}")
