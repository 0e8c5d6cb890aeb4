"""Clients over real connections to a server of our own, and what the server spends on them."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

__all__ = ["CLIENTS", "Load", "Visit", "drive", "request"]

CLIENTS = 8
_PROCESSES = 2  # so that the clients do not wait for each other's interpreter
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Visit:
    """What one client sends, one request after the other, and the status each has to get."""

    requests: tuple[bytes, ...]
    statuses: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: visits a second, the slowest twentieth's time for one request, server CPU and memory."""

    per_s: float
    p95_ms: float
    cpu_ms: float
    memory_mb: float
    errors: int

    def figures(self, what: str) -> dict[str, float]:
        """As a benchmark prints them."""
        return {
            f"{what}_per_s": self.per_s,
            "p95_ms": self.p95_ms,
            "cpu_ms": self.cpu_ms,
            "memory_mb": self.memory_mb,
        }


def request(method: str, path: str, host: str, cookies: str) -> bytes:
    """A request as a browser sends it."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Cookie: {cookies}", "Accept-Language: en"]
    if method == "POST":
        lines += ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 0"]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def drive(server_pid: int, port: int, visits: Sequence[Visit]) -> Load:
    """Let eight clients make all visits, each over one connection that stays open."""
    before = _cpu_seconds(server_pid)
    begun = perf_counter()
    shares = [(port, visits[start::_PROCESSES]) for start in range(_PROCESSES)]
    with get_context("spawn").Pool(_PROCESSES) as pool:
        pool.map(_ready, range(_PROCESSES))
        before, begun = _cpu_seconds(server_pid), perf_counter()
        results = pool.map(_clients, shares, chunksize=1)
        seconds = perf_counter() - begun
    times = sorted(each for took, _ in results for each in took)
    return Load(
        per_s=len(visits) / seconds,
        p95_ms=times[int(len(times) * 0.95)] * 1e3,
        cpu_ms=(_cpu_seconds(server_pid) - before) / len(visits) * 1e3,
        memory_mb=max(_resident_mb(pid) for pid in _children(server_pid)),
        errors=sum(errors for _, errors in results),
    )


def _ready(number: int) -> int:
    return number


def _clients(share: tuple[int, Sequence[Visit]]) -> tuple[list[float], int]:
    port, visits = share
    n = CLIENTS // _PROCESSES
    with ThreadPoolExecutor(n) as pool:
        results = list(pool.map(lambda start: _client(port, visits[start::n]), range(n)))
    return [each for took, _ in results for each in took], sum(errors for _, errors in results)


def _client(port: int, visits: Sequence[Visit]) -> tuple[list[float], int]:
    took: list[float] = []
    errors = 0
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for visit in visits:
            for sent, status in zip(visit.requests, visit.statuses, strict=True):
                begun = perf_counter()
                connection.sendall(sent)
                errors += _answer(connection) != status
                took.append(perf_counter() - begun)
    return took, errors


def _answer(connection: socket.socket) -> int:
    """The status of one whole answer."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    left = int(found[1]) - len(body) if found else 0
    while left > 0:
        left -= len(_more(connection))
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(65536)
    if not got:
        raise ConnectionError("the server closed a connection in the middle of an answer")
    return got


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_seconds(pid: int) -> float:
    """Of the server and its workers."""
    fields = (Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in (pid, *_children(pid)))
    return sum(int(each[11]) + int(each[12]) for each in fields) / _TICKS


def _resident_mb(pid: int) -> float:
    (kib,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(kib) / 1024
