"""On a machine that lacks something, the first command says in one line what, and leaves nothing half-made."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.toolbox.machine import find_chromium, find_postgresql
from tests.toolbox.tree import ROOT

OLD_PYTHON = "#!/bin/sh\nexit 1\n"
PYTHON_WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *version_info*) exit 0;; *) exit 1;; esac\n'


@pytest.mark.parametrize(
    ("python", "mend"),
    [(OLD_PYTHON, "install Python 3.11 or newer"), (PYTHON_WITHOUT_VENV, "install its venv package")],
)
def test_a_python_that_will_not_do(tmp_path: Path, python: str, mend: str) -> None:
    """PATH holds this Python and what the script itself calls; no apt-get, no sudo, no other Python."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("rm", "id"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (programs / "python3").write_text(python)
    (programs / "python3").chmod(0o755)
    made = subprocess.run(
        [str(shutil.which("sh")), ROOT / "tools" / "make_venv.sh", tmp_path / "environment", ""],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 2
    assert mend in made.stderr.splitlines()[-1]
    assert not (tmp_path / "environment").exists()


def test_a_browser_and_a_server_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_TEST_BROWSER", "/somewhere/chrome")
    monkeypatch.setenv("CONSULT_TEST_POSTGRESQL", "/somewhere/bin")
    assert find_chromium() == Path("/somewhere/chrome")
    assert find_postgresql() == Path("/somewhere/bin")
