"""The real server of the demonstration, in a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

__all__ = ["free_port", "serving"]

_STARTS_WITHIN = 60.0
_STANDARD_ERROR = 2


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(environment: Mapping[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`consult serve` while the block runs; ends cleanly with it. Raises `TimeoutError` when it does not answer."""
    command = [sys.executable, "-m", "consult", "serve", "--port", str(port), "--workers", "2"]
    # What a server has to say is no result of a command: standard output stays clean for `--json`.
    server = subprocess.Popen(command, env={**os.environ, **environment}, stdout=_STANDARD_ERROR)  # noqa: S603 - our own
    try:
        _wait(server, port)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise TimeoutError("the server of the demonstration did not start: run `consult check` with its settings")
