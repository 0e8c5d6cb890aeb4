"""A wheel carries all that the application reads, works away from the checkout, and is the same from an sdist."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.toolbox.tree import NOT_OURS, ROOT, is_made, source_files

pytestmark = pytest.mark.slow

WHERE = """
import consult, safeguards
from consult.resources import migrations_folder, translations_folder
from consult.services.gate.programruns import release
print(consult.__file__, safeguards.__file__, migrations_folder(), translations_folder(), release())
"""


def run(*command: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CONSULT_"))}
    finished = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return finished.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist and a wheel, both built from a copy of the checkout."""
    copy = tmp_path_factory.mktemp("packaging") / "checkout"
    shutil.copytree(ROOT, copy, ignore=lambda folder, names: [name for name in names if is_made(Path(name))])
    run(sys.executable, "-m", "hatchling", "build", "-d", copy / "dist", cwd=copy)
    return copy / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def names(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_code_data_migrations_and_compiled_catalogues_and_nothing_else(wheel: Path) -> None:
    carried = names(wheel)
    for path in source_files("consult", "safeguards", "migrations"):
        inside = path.relative_to(ROOT).as_posix()
        assert (f"consult/{inside}" if inside.startswith("migrations/") else inside) in carried
    catalogues = [path.relative_to(ROOT) for path in source_files("translations", suffix=".po")]
    assert {f"consult/{path.with_suffix('.mo').as_posix()}" for path in catalogues} <= carried
    assert {name.partition("/")[0] for name in carried if ".dist-info/" not in name} == {"consult", "safeguards"}
    assert not [name for name in carried if name.endswith((".po", ".pyc"))]


def test_the_wheel_can_not_be_uploaded_by_mistake(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        assert "Classifier: Private :: Do Not Upload" in archive.read(metadata).decode()


def test_a_wheel_built_from_the_sdist_is_the_same(built: Path, wheel: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and newer ask for one
        archive.extractall(tmp_path)
    (unpacked,) = tmp_path.iterdir()
    assert not [path for path in unpacked.rglob("*") if path.name in NOT_OURS]
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again", cwd=unpacked)
    (again,) = (tmp_path / "again").glob("*.whl")
    assert names(again) == names(wheel)


def test_the_installed_wheel_runs_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=tmp_path,
    )
    # The libraries are those of this environment, so that nothing is downloaded; the link to the checkout that lies
    # among them is not followed from here.
    (site,) = home.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    found = run(python, "-c", WHERE, cwd=tmp_path)
    assert str(ROOT) not in found
    assert "gate" in run(home / "bin" / "consult", "--help", cwd=tmp_path)

    # One word of the code is another: what was attested of the release before does not hold for this one.
    (record,) = site.glob("*.dist-info/RECORD")
    installed = record.read_text(encoding="utf-8")
    record.write_text(installed.replace("consult/app.py,sha256=", "consult/app.py,sha256=x"), encoding="utf-8")
    upgraded = run(python, "-c", WHERE, cwd=tmp_path)
    assert (upgraded.split()[:-1], upgraded == found) == (found.split()[:-1], False)
    record.write_text(installed, encoding="utf-8")

    # Words that are read when the program starts, and others: what is damaged is named, and nothing starts.
    damaged, gone = site / "consult/content/en.toml", site / "consult/translations/fr/LC_MESSAGES/messages.mo"
    damaged.write_bytes(damaged.read_bytes()[:300])
    gone.unlink()
    for command in "check", "serve":
        said = subprocess.run([home / "bin" / "consult", command], capture_output=True, text=True, check=False)
        assert (said.returncode, "Traceback" in said.stderr) == (1, False)
        assert all(f"{each.relative_to(site)} is missing, damaged" in said.stderr for each in (damaged, gone))
