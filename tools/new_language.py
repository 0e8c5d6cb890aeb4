"""Begin a language: an empty catalogue of the interface and an empty file of what participants read.

Usage: new_language.py PYBABEL CODE "NAME" [ltr|rtl]     CODE as in a locale (hi, ur, pt_PT), NAME as its readers say it

Nothing is shown in the new language until people have written it: a form says which texts are missing, and the gate
keeps the language shut until a second person has confirmed the texts (INC-05).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from babel import Locale, UnknownLocaleError

ROOT = Path(__file__).parent.parent
SKELETON = """\
# {name}. Nothing is translated yet. Copy the tables of en.toml and write each text in this language; what is left out
# is missing, and a form says so. A second, native reviewer confirms it and the safety texts are translated back
# (INC-05) before it is opened for real.
language = "{code}"
name = "{name}"
direction = "{direction}"
status = "unreviewed"
how = "Not translated yet."

[texts]
[hints]
[options]
[questions]
[dimensions]
"""


def begin(pybabel: str, code: str, name: str, direction: str) -> list[Path]:
    """Write both files. Raises `SystemExit` with one line when the code is no locale or the language is there."""
    try:
        Locale.parse(code)
    except (ValueError, UnknownLocaleError):
        raise SystemExit(f"{code}: no such locale; write it like hi, ur or pt_PT") from None
    if direction not in ("ltr", "rtl"):
        raise SystemExit(f"{direction}: the direction is ltr or rtl")
    catalogue = ROOT / "translations" / code / "LC_MESSAGES" / "messages.po"
    content = ROOT / "consult" / "content" / f"{code}.toml"
    there = [path for path in (catalogue, content) if path.exists()]
    if there:
        raise SystemExit(f"{there[0].relative_to(ROOT)}: there already, nothing was written")
    with tempfile.NamedTemporaryFile(suffix=".pot") as empty:
        catalogue.parent.mkdir(parents=True)
        subprocess.run(
            [pybabel, "-q", "init", "--input-file", empty.name, "--output-file", catalogue, "--locale", code],
            check=True,
        )
    content.write_text(SKELETON.format(code=code, name=name, direction=direction), encoding="utf-8")
    return [catalogue, content]


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        raise SystemExit(__doc__)
    for path in begin(sys.argv[1], sys.argv[2], sys.argv[3], (*sys.argv[4:], "ltr")[0]):
        print(f"{path.relative_to(ROOT)}: begun")
