"""Addresses of style sheets and scripts: they carry a hash of the content, so browsers may keep them for good."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, url_for

__all__ = ["install"]

_STATIC = Path(__file__).parent / "static"


def install(app: Flask) -> None:
    """Give templates `asset("p.css")`."""
    app.jinja_env.globals["asset"] = _asset


def _asset(name: str) -> str:
    return url_for("static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
