"""Text that a spreadsheet program would run as a formula is made plain before it goes into any table."""

from __future__ import annotations

__all__ = ["plain"]

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(text: str) -> str:
    """The text, behind an apostrophe where a program would read a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_STARTERS) else text
