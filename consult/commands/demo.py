"""`consult demo`: the whole main job on invented people, then the site served for a look."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from consult.commands.output import DONE, answer, answers, complain, progress, say
from consult.demo.server import free_port, serving
from consult.demo.story import Outcome, environment_for, tell
from consult.sealing.suite import SealingError, Secret
from consult.sealing.totp import STEP_SECONDS, code_at, seed_of, seed_text

__all__ = ["register"]

_MOST = 20_000


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser."""
    demo = commands.add_parser("demo", help="the whole main job on invented people, then a served site")
    demo.add_argument("--responses", type=int, default=240, metavar="N", help="how many invented people answer")
    demo.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed invents the same people")
    demo.add_argument("--data", type=Path, metavar="DIR", help="an empty folder to keep; left out: one that is removed")
    demo.add_argument("--no-serve", action="store_true", help="end after the report")
    answers(demo)
    demo.add_argument(
        "--code", metavar="SEED", help="only print the code of now for the demonstration's second step, and end"
    )
    demo.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.code:
        return _code(arguments.code)
    if not 1 <= arguments.responses <= _MOST:
        return complain([f"--responses is {arguments.responses}: choose 1 to {_MOST}"])
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="consult-demo-")))
        if arguments.data and folder.exists() and not folder.is_dir():
            return complain([f"--data {folder} is a file: choose an empty or a new folder"])
        if arguments.data:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            return complain([f"--data {folder} is not empty: choose an empty or a new folder"])
        outcome = tell(folder, arguments.responses, arguments.seed, progress)
        answer(arguments, outcome.to_json(), *_summary(outcome))
        if not arguments.no_serve:
            _serve(folder, outcome)
    return DONE


def _summary(outcome: Outcome) -> Iterator[str]:
    yield ""
    yield "What happened (everybody is invented)"
    for strand in outcome.strands:
        yield f"  {strand['name']}: {strand['decision']} ({strand['row']}), now {strand['state']}"
    yield "  Sent: " + ", ".join(f"{n} {name}" for name, n in outcome.responses.items())
    for name, release in outcome.releases.items():
        audit = release.get("audit", {})
        yield f"  Release for {name}: {audit.get('cells', 0)} cells, {audit.get('withheld', 0)} withheld, audit passed"
    yield f"  Took {sum(outcome.seconds.values()):.0f} s"


def _serve(folder: Path, outcome: Outcome) -> None:
    port = free_port()
    with serving(environment_for(folder, port), port) as server:
        say("")
        say(f"Answer like a young person:  http://localhost:{port}/k/{outcome.code_to_try}")
        say(f"Sign in as one of the staff: http://localhost:{port}/s/in")
        for who, passphrase in outcome.sign_ins.items():
            say(f"  {who}:  {passphrase}")
        seed = seed_text(outcome.app_seed)
        say("Second step: everybody here has the same invented app. Add it to yours by typing this key,")
        say(f"  {seed}")
        say(f"or ask for the code:  consult demo --code {seed}")
        say("A code works once for each person; the next one comes within 30 seconds.")
        say("Ctrl+C ends it" + (" and removes everything." if "consult-demo-" in folder.name else "."))
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        _show_codes(server, outcome.app_seed)


def _show_codes(server: subprocess.Popen[bytes], seed: Secret) -> None:
    """Wait for the server to end; on a terminal the code of now stands in the last line meanwhile."""
    while True:
        now = datetime.now(UTC)
        if sys.stdout.isatty():
            sys.stdout.write(f"\rCode of now: {code_at(seed, now)} ")
            sys.stdout.flush()
        try:
            server.wait(STEP_SECONDS - now.timestamp() % STEP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _code(typed: str) -> int:
    try:
        say(code_at(seed_of(typed), datetime.now(UTC)))
    except SealingError as error:
        return complain([f"--code {typed}: {error}"])
    return DONE
