"""The documentation as text: its pages, and what stands in them as code, links and sentences."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.toolbox.tree import ROOT, shown, source_files

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *source_files("docs", suffix=".md"))
NAMES = {page: shown(page) for page in PAGES}

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def text(page: Path) -> str:
    """The page as it is written."""
    return page.read_text(encoding="utf-8")


def code(page: Path) -> Iterator[str]:
    """Every line of a code block and every span of code in a sentence."""
    whole = text(page)
    for block in _FENCE.findall(whole):
        yield from (line.strip() for line in block.splitlines()[1:-1])
    yield from _SPAN.findall(_FENCE.sub("", whole))


def links(page: Path) -> Iterator[str]:
    """Every target of a link or picture."""
    yield from _LINK.findall(_FENCE.sub("", text(page)))


def paragraphs(page: Path) -> Iterator[str]:
    """Blocks between empty lines, tables and lists as one."""
    yield from (block for block in re.split(r"\n\s*\n", text(page)) if block.strip())
