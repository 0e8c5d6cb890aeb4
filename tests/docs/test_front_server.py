"""The front server of the installation page lets through what the site takes, and no more anywhere else."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.routing import Rule

from consult.server import server
from consult.web.requests import WITH_FILE
from tests.web.participate.world import Clock, build_site

INSTALL = Path(__file__).parents[2] / "docs" / "how-to" / "install.md"
LARGER = re.compile(r"location ~ (\S+) \{.*\n\s*client_max_body_size 3m;")


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path) -> Flask:
    return build_site(sqlite_engine, tmp_path, Clock())


def address(rule: Rule) -> str:
    return re.sub(r"<[^>]+>", "x1", rule.rule)


def test_files_reach_the_pages_that_take_them_and_no_other_page(app: Flask) -> None:
    (wanted,) = LARGER.findall(INSTALL.read_text(encoding="utf-8"))
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    let_through = {rule.endpoint for rule in posts if re.search(wanted, address(rule))}
    assert let_through == WITH_FILE


def test_what_the_front_server_answers_itself_has_help_and_a_way_out() -> None:
    """A long complaint, a long address, many cookies: nginx's own pages have neither."""
    (codes,) = re.findall(r"error_page ([\d ]+) /fallback\.html;", INSTALL.read_text(encoding="utf-8"))
    assert {"400", "408", "413", "414", "494", "500", "502", "503", "504"} <= set(codes.split())


def test_whatever_cookies_the_front_server_lets_through_the_site_reads() -> None:
    """Too many for the server behind would be an answer without any page: a phone full of cookies, and no help."""
    ((buffers, kilobytes),) = re.findall(
        r"large_client_header_buffers (\d+) (\d+)k;", INSTALL.read_text(encoding="utf-8")
    )
    settings = server("tests:none", "127.0.0.1", 0, 1).http1_settings
    assert settings.max_buffer_size >= (int(buffers) + 1) * int(kilobytes) * 1024


def test_the_front_server_takes_the_sizes_of_its_buffers() -> None:
    """nginx does not start where twice the first buffer is more than all others but one, as with its defaults."""
    text = INSTALL.read_text(encoding="utf-8")
    (first,) = re.findall(r"proxy_buffer_size (\d+)k;", text)
    ((number, size),) = re.findall(r"proxy_buffers (\d+) (\d+)k;", text)
    assert 2 * max(int(first), int(size)) <= (int(number) - 1) * int(size)


def test_whatever_page_has_a_field_for_a_file_takes_one(app: Flask) -> None:
    templates = Path(app.root_path, "templates").rglob("*.html")
    forms = re.compile(r"<form[^>]*multipart[^>]*>")
    found = [form for page in templates for form in forms.findall(page.read_text(encoding="utf-8"))]
    named = {name for form in found for name in re.findall(r"url_for\('([\w.]+)'", form)}
    themselves = {"facilitate.aloud", "facilitate.page_recording"}
    assert named | themselves == WITH_FILE, "pages of recordings post to themselves"


def test_a_file_is_too_large_for_every_other_page(app: Flask) -> None:
    sent = {"document": (BytesIO(b"x" * 100_000), "a.pdf")}
    answer = app.test_client().post("/s/in", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 413
