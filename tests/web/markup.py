"""Marks that a reader would see as words: a tag of ours that was escaped on its way into a page."""

from __future__ import annotations

import re

__all__ = ["shown_as_words"]

_TAG = re.compile(r"&lt;/?(?:a|b|bdi|br|code|em|li|p|span|strong|time)\b.{0,60}")


def shown_as_words(page: str) -> list[str]:
    """Every place of the page where a tag stands as text; empty is good."""
    return _TAG.findall(page)
