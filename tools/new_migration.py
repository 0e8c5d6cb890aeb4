"""Draft the migration from the newest one to the models as they are now; read it before you keep it.

Alembic sees tables, columns and indexes. It does not see CHECK constraints and triggers: write those by hand.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from consult.database import connect, upgrade
from consult.resources import migrations_folder


def main(what: str) -> int:
    """Write the draft into migrations/versions; `what` becomes its first line and its file name."""
    if not what.strip():
        print("Say what the migration does: make migration WHAT='add the day of a visit'", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'newest.sqlite'}")
        upgrade(engine)
        settings = Config()
        settings.set_main_option("script_location", str(migrations_folder()))
        with engine.connect() as connection:
            settings.attributes["connection"] = connection
            command.revision(settings, message=what.strip(), autogenerate=True)
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
