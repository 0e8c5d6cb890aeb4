"""A worker that serves participants has loaded nothing of what only staff, reports and migrations need."""

import os
import subprocess
import sys
from pathlib import Path
from secrets import token_bytes

from consult.server import environment

HEAVY = {
    "scipy",
    "highspy",
    "typst",
    "zxcvbn",
    "alembic",
    "openpyxl",
    "pyxform",
    "numpy",
    "fido2",
    "phonenumbers",
    "xlsxwriter",
}
WORKER = """
import sys
from consult.app import create_app, from_environment
visitor = from_environment().test_client()
for page in ("/healthz", "/help", "/"):
    status = visitor.get(page, base_url="http://localhost:8000").status_code
    if status != 200: sys.exit(f"{page}: {status}")
print(*{name.partition(".")[0] for name in sys.modules})
print("texts" if create_app.__doc__ else "")
"""


def test_a_worker_does_without_the_libraries_that_few_pages_need(migrated_sqlite_url: str, tmp_path: Path) -> None:
    own = {
        "CONSULT_ROOT_KEY": token_bytes(32).hex(),
        "CONSULT_DATA": str(tmp_path),
        "CONSULT_DATABASE_URL": migrated_sqlite_url,
        "CONSULT_ORGANISATION": "Invented Organisation",
        "CONSULT_ADDRESS": "http://localhost:8000",
    }
    ran = subprocess.run(
        [sys.executable, "-c", WORKER], env=environment(os.environ | own, 1), capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stdout.split())
    assert "flask" in loaded
    assert "texts" not in loaded, "texts about functions take a tenth of a worker's memory"
    assert HEAVY & loaded == set(), "import it inside the function that needs it (noqa: PLC0415)"
