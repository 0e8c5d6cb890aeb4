"""Many connections that send a letter and then nothing: pages, help and leaving come up all the same."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from consult.demo.server import free_port, serving
from consult.demo.story import environment_for

pytestmark = pytest.mark.slow

CONNECTIONS = 60
HEAD = "POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def port(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[int]:
    free = free_port()
    with serving({**environment_for(tmp_path, free), "CONSULT_DATABASE_URL": migrated_sqlite_url}, free):
        yield free


def status(port: int, method: str, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, headers={"Host": f"localhost:{port}", "Content-Length": "0"})
    answer = connection.getresponse().status
    connection.close()
    return answer


def test_who_sends_slowly_holds_up_no_page(port: int) -> None:
    with ExitStack() as held:
        for n in range(CONNECTIONS):
            slow = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            begun = HEAD.format(port=port)
            slow.sendall((begun + ("Content-Length: 1000\r\n\r\ncode=" if n % 2 else "Content-")).encode())
        for path in ("/", "/help", "/privacy", "/back"):
            assert status(port, "GET", path) == 200
        assert status(port, "POST", "/leave") == 303


def test_a_body_over_the_limit_is_refused_before_it_is_sent(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as large:
        large.sendall((HEAD.format(port=port) + "Content-Length: 900000000\r\n\r\ncode=1").encode())
        assert large.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_in_pieces_that_is_over_the_limit_is_refused_and_not_cut(port: int) -> None:
    pieces = b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(80)) + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as large:
        large.sendall((HEAD.format(port=port) + "Transfer-Encoding: chunked\r\n\r\n").encode() + pieces)
        assert large.recv(100).startswith(b"HTTP/1.1 413")


def test_no_other_protocol_is_spoken_whose_senders_nothing_limits(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as other:
        other.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4" + b"\0" * 5)
        assert other.recv(100)[:9] in (b"", b"HTTP/1.1 ")
