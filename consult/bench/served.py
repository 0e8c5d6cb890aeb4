"""The product and its limit as two real servers, one after the other in turns, under the same visits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from sqlalchemy import make_url

from consult.bench.invented import payloads
from consult.bench.lean import SETTINGS
from consult.bench.load import Load, Visit, drive, request
from consult.bench.staged import Staged, now
from consult.database import read
from consult.demo.server import free_port
from consult.models import StrandKey
from consult.sealing.form import FormContext, seal_form
from consult.sealing.receipt import new_receipt
from consult.services.participation.strandface import Door, door
from consult.services.tables.payload import Payload
from consult.web.participate.carry import Carried, Step, written

__all__ = ["PAGE", "Make", "compared", "visits_to"]

PAGE = "/c/q/1"
_WORKERS = 2
_WARM = 60
_ROUNDS = 3
_STARTS_WITHIN = 60.0
_STANDARD_ERROR = 2
#: Each forced write to the disk takes longer: what a slow disk does to those who wait for it.
_SLOW_SYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void wait_more(void) {
  const char *us = getenv("SLOWSYNC_US");
  if (us) usleep((useconds_t)atoi(us));
}
int fsync(int fd) { wait_more(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { wait_more(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""

Make = Callable[[Sequence[str], Sequence[str]], list[Visit]]


def compared(stage: Staged, make: Make, visits: int, added_sync_ms: int = 0) -> tuple[Load, Load]:
    """What product and limit make of so many visits, the best of three rounds. Raises when any answer is wrong."""
    results: list[tuple[Load, Load]] = []
    slow = _slow_disk(stage.folder, added_sync_ms)
    with _product(stage, slow) as product, _limit(stage, slow, _page_bytes(stage, product)) as limit:
        for _ in range(_ROUNDS):
            pair = tuple(drive(pid, port, visits_to(stage, make, visits // _ROUNDS)) for pid, port in (product, limit))
            results.append((pair[0], pair[1]))
    if any(load.errors for pair in results for load in pair):
        raise RuntimeError("a server of the benchmark answered with an error")
    return max((each for each, _ in results), key=_rate), max((each for _, each in results), key=_rate)


def visits_to(stage: Staged, make: Make, n: int) -> list[Visit]:
    """Visits with cookies of their own: a page before anything is answered, and all answers ready to be sent."""
    with read(stage.engine) as db:
        entrance = door(db, stage.strand_id, now())
    if entrance is None:
        raise RuntimeError("the strand of the benchmark should have a door")
    expires = int(now().timestamp()) + 3600
    empty = _cookies(stage, _state(entrance, None, expires), expires)
    full = [_cookies(stage, _state(entrance, each, expires), expires) for each in payloads(n)]
    host = stage.settings.address.partition("//")[2]
    sends = [request("POST", "/c/send", host, each).decode() for each in full]
    return make([request("GET", PAGE, host, empty).decode()] * n, sends)


def _rate(load: Load) -> float:
    return load.per_s


def _state(entrance: Door, payload: Payload | None, expires: int) -> Carried:
    digits = str(new_receipt())
    told = payload.profile if payload else {}
    language = payload.language if payload else "en"
    return Carried(
        context=FormContext(entrance.strand_id, entrance.plan_digest, entrance.schema(language)),
        expires=expires,
        language=language,
        reached=Step.QUESTIONS,
        place=entrance.jurisdictions[0] if len(entrance.jurisdictions) == 1 else "",
        band=payload.band if payload else "15",
        ticket=digits,
        receipt=digits,
        answers=payload.answers if payload else {},
        profile={key: value for key, value in told.items() if value != "not_asked"},
    )


def _cookies(stage: Staged, state: Carried, expires: int) -> str:
    values = seal_form(stage.keys.form, state.context, written(state), expires)
    return "; ".join(f"o{number}={value}" for number, value in enumerate(values, 1))


def _page_bytes(stage: Staged, server: tuple[int, int]) -> int:
    """How long the product's page is; and everything is read once before anything is measured."""
    _, port = server
    warm = visits_to(stage, lambda pages, _: [Visit((each.encode(),), (200,)) for each in pages], _WARM)
    drive(server[0], port, warm)
    head, _, _ = warm[0].requests[0].decode().partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", PAGE, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200 or b"<form" not in body:
        raise RuntimeError("the page of the benchmark should be a question")
    return len(body)


@contextmanager
def _product(stage: Staged, slow: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    port = free_port()
    own = {**stage.environment, "CONSULT_TRIES": "10000000", **slow}
    with _running(
        [sys.executable, "-m", "consult", "serve", "--port", str(port), "--workers", str(_WORKERS)], own, port
    ) as pid:
        yield pid, port


@contextmanager
def _limit(stage: Staged, slow: Mapping[str, str], page_bytes: int) -> Iterator[tuple[int, int]]:
    port, file = free_port(), stage.folder / "lean.json"
    with read(stage.engine) as db:
        public = db.get_one(StrandKey, stage.strand_id).public_key
    url = make_url(stage.settings.database_url)
    own = url if url.get_backend_name() == "postgresql" else url.set(database=str(stage.folder / "lean.sqlite"))
    settings = {
        "root": stage.settings.root.hex(),
        "strand": stage.strand_id,
        "public_key": public.hex(),
        "page_bytes": page_bytes,
        "database": own.render_as_string(hide_password=False),
    }
    file.write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "consult.bench.lean", str(port), str(_WORKERS)]
    with _running(command, {SETTINGS: str(file), **slow}, port) as pid:
        yield pid, port


@contextmanager
def _running(command: Sequence[str], own: Mapping[str, str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, env={**os.environ, **own}, stdout=_STANDARD_ERROR)  # noqa: S603 - our own commands
    try:
        _wait(process, port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
            connection.getresponse()
        except (OSError, HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError("a server of the benchmark did not start")


def _slow_disk(folder: Path, added_ms: int) -> dict[str, str]:
    """The environment that makes each forced write of a server take longer. Needs a C compiler."""
    if not added_ms:
        return {}
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("no C compiler: install one, or leave --added-sync-ms out")
    library, source = folder / "slowsync.so", folder / "slowsync.c"
    source.write_text(_SLOW_SYNC, encoding="ascii")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)  # noqa: S603
    return {"LD_PRELOAD": str(library), "SLOWSYNC_US": str(added_ms * 1000)}
