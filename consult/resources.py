"""Where the files that travel with the code are: migrations and the catalogues of interface words.

A checkout has them beside the package, as written (`.po`). A wheel carries them inside the package, catalogues compiled
(`.mo`). So no step stands between editing a catalogue and seeing it, and nothing is compiled twice in production.
"""

import csv
import tomllib
from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations

_PACKAGE = Path(__file__).parent
_NAME = "gated-consultations"
_OURS = ("consult", "safeguards")
_AGAIN = (
    "is missing, damaged or changed: install the same version again, from the checkout or the wheel that it came from "
    "(`pip install --no-deps --force-reinstall`)"
)
_DOMAIN = "messages"
_SOURCE_LANGUAGE = "en"


def migrations_folder() -> Path:
    """The folder that Alembic calls its script location."""
    return _carried("migrations")


def translations_folder() -> Path:
    """The folder with one folder a language, as gettext lays them out."""
    return _carried("translations")


@cache
def catalogue(language: str) -> NullTranslations:
    """The interface words of one language, read once; those of the source, where we have no catalogue for it."""
    if language == _SOURCE_LANGUAGE:
        return NullTranslations()
    words = translations_folder() / language / "LC_MESSAGES"
    compiled, source = words / f"{_DOMAIN}.mo", words / f"{_DOMAIN}.po"
    if source.is_file():
        return _compiled_in_memory(source, language)
    if compiled.is_file():
        with compiled.open("rb") as binary:
            return Translations(binary, domain=_DOMAIN)
    return NullTranslations()


def _compiled_in_memory(source: Path, language: str) -> Translations:
    binary = BytesIO()
    with source.open("rb") as text:
        write_mo(binary, read_po(text, locale=language, abort_invalid=True))
    binary.seek(0)
    return Translations(binary, domain=_DOMAIN)


def damage() -> list[str]:
    """A line for each file of the program that is missing or not as it was installed: what it says or does is unknown.

    A checkout has no list of them: there it is each that can not be read.
    """
    recorded = _recorded()
    found = [file for file, digest in recorded if not _as_installed(file, digest)] if recorded else _unreadable()
    return [f"program: {file} {_AGAIN}" for file in found]


def digest() -> str:
    """A fingerprint of the program's own files, as they were installed: code, rules, pages, words, migrations."""
    lines = [f"{file}\0{digest}" for file, digest in _recorded()] or _lines_of_checkout()
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _recorded() -> list[tuple[str, str]]:
    """Each file of ours with its SHA-256 as the installer wrote it (base64), also those that are gone by now.

    `Distribution.files` leaves out what is missing, from Python 3.12 on.
    """
    rows = csv.reader((distribution(_NAME).read_text("RECORD") or "").splitlines())
    return [
        (file, digest.removeprefix("sha256=")) for file, digest, _ in rows if digest and file.split("/")[0] in _OURS
    ]


def _lines_of_checkout() -> list[str]:
    beside = _PACKAGE.parent
    folders = (*(beside / name for name in _OURS), migrations_folder(), translations_folder())
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return [f"{file.relative_to(beside)}\0{sha256(file.read_bytes()).hexdigest()}" for file in files]


def _unreadable() -> list[str]:
    written = [file for name in _OURS for file in sorted((_PACKAGE.parent / name).rglob("*.toml"))]
    return [str(file) for file in (*written, *translations_folder().rglob("*.po")) if not _can_be_read(file)]


def _as_installed(file: str, digest: str) -> bool:
    try:
        found = sha256(Path(str(distribution(_NAME).locate_file(file))).read_bytes()).digest()
    except OSError:
        return False
    return urlsafe_b64encode(found).decode().rstrip("=") == digest


def _can_be_read(file: Path) -> bool:
    try:
        if file.suffix == ".po":
            catalogue(file.parts[-3])
        else:
            tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, PoFileError):
        return False
    return True


def _carried(name: str) -> Path:
    inside, beside = _PACKAGE / name, _PACKAGE.parent / name
    found = inside if inside.is_dir() else beside
    if not found.is_dir():
        message = f"the folder {name} is missing beside {_PACKAGE}: install the whole package again"
        raise FileNotFoundError(message)
    return found
