"""A file for a translator outside: every text of a language beside its source, as a spreadsheet program writes it.

Easy words stand behind their text, at its place with `easy.` in front, wherever the source or the language has some.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from consult.errors import Invalid, sentence
from consult.services.cells import plain, typed
from consult.services.texts.broughtfile import must_be_brought
from consult.services.texts.translationstate import Segment, Status
from consult.services.translation.translating import Typed
from safeguards.said import said

__all__ = ["read_file", "write_file"]

_COLUMNS = ("place", "source", "translation", "status", "checksum")


def write_file(segments: Iterable[Segment]) -> bytes:
    """The texts as CSV in UTF-8, with the mark by which spreadsheet programs know that it is."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for each in segments:
        if each.status is Status.USUAL and not each.easier:
            continue
        rows.writerow([each.place, plain(each.source), plain(each.words), each.status, each.pair])
    return text.getvalue().encode("utf-8-sig")


def read_file(content: bytes, segments: Iterable[Segment]) -> Iterator[Typed]:
    """What the file gives for each text it names; a text it leaves empty stays as it is.

    Raises `Invalid` that names the row for a file that is none of ours, and for one made for an older source.
    """
    known = {each.place: each for each in segments}
    for number, row in enumerate(_rows(content), start=2):
        segment = known.get(row["place"] or "")
        if segment is None:
            raise Invalid(
                {"file": [said("Row %(row)s: this part has no text %(place)s.", row=number, place=row["place"])]}
            )
        if typed(row["source"]) != segment.source:
            raise Invalid(
                {
                    "file": [
                        said(
                            "Row %(row)s: the source of %(place)s is another one now. Take a new file.",
                            row=number,
                            place=segment.place,
                        )
                    ]
                }
            )
        words = typed(row["translation"]).strip()
        if words:
            yield Typed(segment.place, words, row["checksum"] or "")


def _rows(content: bytes) -> list[dict[str, str]]:
    must_be_brought(content)
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        found = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
        rows = list(found)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid({"file": [sentence("This is no CSV file in UTF-8.")]}) from error
    if tuple(found.fieldnames or ()) != _COLUMNS or any(None in row or None in row.values() for row in rows):
        raise Invalid(
            {
                "file": [
                    said("The file needs the columns %(columns)s, as it was given out.", columns=", ".join(_COLUMNS))
                ]
            }
        )
    return rows
