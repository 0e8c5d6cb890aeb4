"""A worker that serves participants has loaded nothing of what only staff, reports and migrations need."""

import subprocess
import sys

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


def test_the_site_starts_without_the_libraries_that_few_pages_need() -> None:
    asked = "import sys, consult.app; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert "flask" in loaded
    assert HEAVY & set(loaded) == set(), "import it inside the function that needs it (noqa: PLC0415)"
