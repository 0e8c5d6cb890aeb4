"""A page: one question as a participant loads it, through the whole site, beside a bare answer of as many bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.test import Client, EnvironBuilder

from consult.app import create_app
from consult.bench.comparison import Comparison, turn_by_turn
from consult.bench.staged import Staged, staged

__all__ = ["measure"]

_PAGE = "/c/q/1"
_ROUNDS, _REPEATS = 5, 100
#: From the code to the first question, as somebody of fifteen goes it.
_WAY: tuple[tuple[str, dict[str, str]], ...] = (
    ("/c/language", {"language": "en"}),
    ("/c/place", {}),
    ("/c/age", {"age": "15"}),
    ("/c/about", {}),
    ("/c/choice", {}),
    ("/c/keep", {}),
    ("/c/help", {}),
    ("/c/check", {"C-SKIP": "true", "C-NAME": "false", "C-HELP": "false"}),
    ("/c/agree", {"answer": "yes"}),
)


def measure() -> Comparison:
    """Load the first question again and again in one thread: cookies opened, strand looked up, page made."""
    with staged() as stage:
        app = create_app(stage.settings, engine=stage.engine)
        cookies = _walk(app, stage)
        body = _load(app, stage, cookies)
        if b"<form" not in body:
            raise RuntimeError("the page of the benchmark should be a question")
        bare = _bare(body)
        loading, answering = turn_by_turn(
            lambda: _load(app, stage, cookies), lambda: _load(bare, stage, cookies), rounds=_ROUNDS, repeats=_REPEATS
        )
    return Comparison(
        name="page",
        saying="one question page through the whole site in one thread, no network, beside a bare WSGI answer of "
        f"the same {len(body)} bytes",
        product={"pages_per_s": 1 / loading, "page_ms": loading * 1e3},
        limit={"answers_per_s": 1 / answering, "answer_ms": answering * 1e3},
        ratio=loading / answering,
        n=_ROUNDS * _REPEATS,
    )


def _walk(app: Flask, stage: Staged) -> str:
    """The cookies that somebody holds in front of the first question, as a browser sends them."""
    browser = Client(app)
    browser.get(f"/k/{stage.code}", base_url=stage.settings.address)
    for path, fields in _WAY:
        answer = browser.post(path, data=fields, base_url=stage.settings.address)
        if answer.status_code != 303:
            raise RuntimeError(f"on the way to the first question {path} answered {answer.status_code}")
    held = (browser.get_cookie(name) for name in ("o1", "o2", "o3"))
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in held if cookie is not None)


def _load(app: WSGIApplication, stage: Staged, cookies: str) -> bytes:
    environ = EnvironBuilder(path=_PAGE, base_url=stage.settings.address, headers=[("Cookie", cookies)]).get_environ()
    return b"".join(app(environ, _ignore))


def _ignore(_status: str, _headers: list[tuple[str, str]], _error: Any = None, /) -> Callable[[bytes], object]:  # noqa: ANN401 - WSGI's own
    return len


def _bare(body: bytes) -> WSGIApplication:
    def answer(_environ: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    return answer
