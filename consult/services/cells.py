"""What is written into a table that is given out, or comes back: no spreadsheet program runs it as a formula."""

from __future__ import annotations

__all__ = ["WORKBOOK", "XLSX", "plain", "typed"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: How xlsxwriter makes a file: in memory, never with a formula, a link or a number out of somebody's text.
WORKBOOK = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(text: str) -> str:
    """The text, behind an apostrophe where a program would read a formula (OWASP, CSV injection)."""
    return f"'{text}" if _is_guarded(text) else text


def typed(cell: str) -> str:
    """The text that `plain` made the cell of."""
    return cell[1:] if cell.startswith("'") and _is_guarded(cell) else cell


def _is_guarded(text: str) -> bool:
    """Whether it begins like a formula; behind apostrophes too, so that no text is taken for a guarded one."""
    return text.lstrip("'").startswith(_STARTERS)
