"""The server: how many workers and threads, and how long it waits for whom.

`consult serve` becomes this module as a program, so that workers begin with nothing loaded but the site.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from socket import AI_PASSIVE, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, getaddrinfo, socket
from typing import NoReturn

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from consult.web.limits import THREADS

__all__ = ["become", "environment", "not_free", "server"]

_HEADERS_WITHIN_MS = 10_000
#: More than the front server lets through: too many cookies are refused there, with its page of help and a way out.
_MOST_HEADER_BYTES = 128 * 1024
_MOST_WAITING = 1024
_MOST_AT_ONCE = 512
#: Seconds. A worker told to end while it still loads the site does not hear it, and would be waited for for ever.
_ENDS_WITHIN = 15


def server(site: str, host: str, port: int, workers: int) -> MPServer:
    """A server of the site that the function `site` ("module:name") makes.

    It keeps no access log: addresses, agents and times of participants are written nowhere.
    """
    return MPServer(
        site,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        factory=True,
        log_access=False,
        log_level=LogLevels.error,  # its warning about our number of threads would greet everybody at every start
        websockets=False,
        http=HTTPModes.http1,  # the limits below hold for nothing else
        # Headers have to come within a time; for bodies see consult.web.limits.
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, max_buffer_size=_MOST_HEADER_BYTES),
        backlog=_MOST_WAITING,
        backpressure=_MOST_AT_ONCE,
        respawn_failed_workers=True,
        workers_kill_timeout=_ENDS_WITHIN,
    )


def not_free(host: str, port: int) -> str:
    """Why nothing can listen there, in the system's words; "" where it can."""
    try:
        family, kind, protocol, _, address = getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_PASSIVE)[0]
        with socket(family, kind, protocol) as trial:
            trial.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def become(host: str, port: int, workers: int) -> NoReturn:
    """Turn this process into the server of the site that its environment describes."""
    command = [sys.executable, "-m", __name__, host, str(port), str(workers)]
    os.execve(sys.executable, command, environment(os.environ, workers))  # noqa: S606 - ourselves


def environment(of_ours: Mapping[str, str], workers: int) -> dict[str, str]:
    """The environment of the server: each worker reads there how many they are, and is smaller by it."""
    smaller = {
        "MALLOC_ARENA_MAX": "2",  # glibc keeps apart what each of many threads lets go of; two such heaps are enough
        "PYTHONOPTIMIZE": "2",  # texts about functions, most of them of libraries, stay out of memory
    }
    return {**smaller, **of_ours, "CONSULT_WORKERS": str(workers)}


if __name__ == "__main__":
    server("consult.app:from_environment", sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).serve()
