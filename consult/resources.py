"""Where the files that travel with the code are: migrations and the catalogues of interface words.

A checkout has them beside the package, as written (`.po`). A wheel carries them inside the package, catalogues compiled
(`.mo`). So no step stands between editing a catalogue and seeing it, and nothing is compiled twice in production.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

_PACKAGE = Path(__file__).parent
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


def _carried(name: str) -> Path:
    inside, beside = _PACKAGE / name, _PACKAGE.parent / name
    found = inside if inside.is_dir() else beside
    if not found.is_dir():
        message = f"the folder {name} is missing beside {_PACKAGE}: install the whole package again"
        raise FileNotFoundError(message)
    return found
