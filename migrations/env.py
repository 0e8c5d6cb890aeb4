"""How Alembic reaches the database: through the connection that `consult.database` passes in, inside its transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from consult.models.base import Base, UTCDateTime


def plain_types(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write a moment as SQLAlchemy's own type: a migration must stand still while the models move on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite can change a table only by copying it
    render_item=plain_types,
)
context.run_migrations()
