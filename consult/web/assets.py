"""Style sheets under addresses that carry a hash of their content; scripts in the page, their hash in the policy.

A hashed address lets browsers keep a file for good. A script inside the page costs no request: a first view of a
participant's page is the page and its style sheet, nothing else. The content security policy names the script's hash,
so no other script runs.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, g, has_request_context, url_for
from markupsafe import Markup

__all__ = ["install", "script_hashes"]

_STATIC = Path(__file__).parent / "static"
_SCRIPTS = ("x.js",)


def install(app: Flask) -> None:
    """Give templates `asset("p.css")` and `script("x.js")`."""
    app.jinja_env.globals["asset"] = _asset
    app.jinja_env.globals["script"] = _script


def script_hashes() -> tuple[str, ...]:
    """What the content security policy says of our scripts, such as 'sha256-…': those of every page, and this one's."""
    here = g.get("scripts", ()) if has_request_context() else ()
    return tuple(_hash(name) for name in dict.fromkeys((*_SCRIPTS, *here)))


def _asset(name: str) -> str:
    return url_for("static", filename=name, v=_digest(name))


def _script(name: str) -> Markup:
    g.scripts = (*g.get("scripts", ()), name)
    return Markup("<script>{}</script>").format(Markup(_source(name)))  # noqa: S704 - our own file, not anybody's words


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


@cache
def _source(name: str) -> str:
    """The script without its comment lines and indentation."""
    lines = (line.strip() for line in (_STATIC / name).read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def _hash(name: str) -> str:
    digest = hashlib.sha256(_source(name).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
