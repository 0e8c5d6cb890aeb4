"""Hatchling's hook: put migrations and compiled catalogues inside the wheel, under consult/.

Only standard wheels get them. An editable install reads both where they lie in the checkout, so that nothing there can
age; `consult/resources.py` knows the two places.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarryResources(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the two folders to the files of one wheel; compiled catalogues live only as long as the build."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files; version is "standard" or "editable"."""
        self._compiled = Path(tempfile.mkdtemp(prefix="catalogues-"))
        if version != "standard":
            return
        root = Path(self.root)
        carried = build_data["force_include"]
        for source in sorted((root / "migrations").rglob("*")):
            if source.suffix in {".py", ".mako"}:
                carried[str(source)] = f"consult/{source.relative_to(root).as_posix()}"
        for source in sorted((root / "translations").glob("*/LC_MESSAGES/*.po")):
            inside = source.relative_to(root).with_suffix(".mo")
            carried[str(compile_catalogue(source, self._compiled / inside))] = f"consult/{inside.as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling when the wheel is written."""
        shutil.rmtree(self._compiled, ignore_errors=True)


def compile_catalogue(source: Path, target: Path) -> Path:
    """Compile one .po file as gettext reads it, entries marked fuzzy left out; ValueError where an entry is broken."""
    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parts[-3], abort_invalid=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as binary:
        write_mo(binary, catalogue, use_fuzzy=False)
    return target
