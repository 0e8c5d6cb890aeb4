"""What a tagged PDF says to a screen reader: its structure tree, with the text behind each tag."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

__all__ = ["Tagged", "opened", "structure"]


@dataclass
class Tagged:
    """One element: its type ("H1", "Table", "TD", …), its own text, its alternative text, its children."""

    kind: str
    text: str = ""
    alt: str = ""
    language: str = ""
    children: list[Tagged] = field(default_factory=list)

    def every(self, kind: str) -> Iterator[Tagged]:
        """This element and all below it of a type, in reading order."""
        if self.kind == kind:
            yield self
        for child in self.children:
            yield from child.every(kind)

    @property
    def words(self) -> str:
        """All text in it."""
        return self.text + "".join(child.words for child in self.children)


def opened(content: bytes) -> pikepdf.Pdf:
    """The file, for what its root says of the document."""
    return pikepdf.open(io.BytesIO(content))


def structure(content: bytes) -> Tagged:
    """The structure tree with its texts."""
    file = pikepdf.open(io.BytesIO(content))
    texts = {page.obj.objgen: _texts(page) for page in file.pages}
    return Tagged("Root", children=[_element(each, texts, None) for each in _kids(file.Root.StructTreeRoot)])


def _kids(node: pikepdf.Object) -> list[pikepdf.Object]:
    kids = node.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _element(node: pikepdf.Object, texts: dict[object, dict[int, str]], page: object) -> Tagged:
    page = node.Pg.objgen if "/Pg" in node else page
    found = Tagged(str(node.S)[1:], alt=str(node.get("/Alt", "")), language=str(node.get("/Lang", "")))
    for kid in _kids(node):
        if not isinstance(kid, pikepdf.Dictionary):
            found.text += texts[page].get(int(kid), "")
        elif "/MCID" in kid:
            where = kid.Pg.objgen if "/Pg" in kid else page
            found.text += texts[where].get(int(kid.MCID), "")
        elif "/S" in kid:
            found.children.append(_element(kid, texts, page))
    return found


def _texts(page: pikepdf.Page) -> dict[int, str]:
    fonts = {name: _letters(font) for name, font in page.Resources.get("/Font", {}).items()}
    found: dict[int, str] = {}
    marks: list[int | None] = []
    letters: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BDC", "BMC"):
            inside = operands[1] if name == "BDC" else {}
            marks.append(int(inside.MCID) if "/MCID" in inside else None)
        elif name == "EMC":
            marks.pop()
        elif name == "Tf":
            letters = fonts[str(operands[0])]
        elif name in ("Tj", "TJ"):
            mark = next((each for each in reversed(marks) if each is not None), None)
            if mark is not None:
                found[mark] = found.get(mark, "") + "".join(_decoded(each, letters) for each in _strings(operands[0]))
    return found


def _strings(operand: pikepdf.Object) -> list[bytes]:
    parts = operand if isinstance(operand, pikepdf.Array) else [operand]
    return [bytes(part) for part in parts if isinstance(part, pikepdf.String)]


def _decoded(raw: bytes, letters: dict[int, str]) -> str:
    return "".join(letters.get(int.from_bytes(raw[at : at + 2]), "") for at in range(0, len(raw), 2))


def _letters(font: pikepdf.Object) -> dict[int, str]:
    """Code → text, from the font's ToUnicode map."""
    table = font.ToUnicode.read_bytes().decode("latin-1")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.S):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.S):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            start = int.from_bytes(bytes.fromhex(text)[-2:])
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = chr(start + step)
    return found
