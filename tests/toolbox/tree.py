"""The files of the checkout, as the tests of the house read them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_OURS = frozenset({".git", ".venv", "build", "dist", "node_modules", "var", "__pycache__"})
_CACHES = "_cache"


def source_files(*folders: str, suffix: str = "") -> Iterator[Path]:
    """Every file under the folders (all when none is named) but what was made by running things."""
    for folder in [ROOT / name for name in folders] or [ROOT]:
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if is_made(path):
                continue
            if path.is_dir():
                yield from source_files(str(path.relative_to(ROOT)), suffix=suffix)
            elif path.name.endswith(suffix):
                yield path


def is_made(path: Path) -> bool:
    """Whether a path is an environment, a cache or a product, never written by hand."""
    return path.name in NOT_OURS or path.name.endswith((_CACHES, ".egg-info", ".hypothesis"))


def shown(path: Path) -> str:
    """A path as people name it."""
    return path.relative_to(ROOT).as_posix()
