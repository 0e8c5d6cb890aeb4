"""`consult demo`: the whole main job on invented people, then the site served for a look."""

from __future__ import annotations

import argparse
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path

from consult.commands.output import DONE, complain, progress, say, say_json
from consult.demo.server import free_port, serving
from consult.demo.story import Outcome, environment_for, tell

__all__ = ["register"]

_MOST = 20_000


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser."""
    demo = commands.add_parser("demo", help="the whole main job on invented people, then a served site")
    demo.add_argument("--responses", type=int, default=240, metavar="N", help="how many invented people answer")
    demo.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed invents the same people")
    demo.add_argument("--data", type=Path, metavar="DIR", help="an empty folder to keep; left out: one that is removed")
    demo.add_argument("--no-serve", action="store_true", help="end after the report")
    demo.add_argument("--json", action="store_true", help="print what was done as one JSON object")
    demo.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if not 1 <= arguments.responses <= _MOST:
        return complain([f"--responses is {arguments.responses}: choose 1 to {_MOST}"])
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="consult-demo-")))
        if arguments.data:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            return complain([f"--data {folder} is not empty: choose an empty or a new folder"])
        outcome = tell(folder, arguments.responses, arguments.seed, progress)
        if arguments.json:
            say_json(outcome.to_json())
        else:
            _summary(outcome)
        if not arguments.no_serve:
            _serve(folder, outcome)
    return DONE


def _summary(outcome: Outcome) -> None:
    say("")
    say("What happened (everybody is invented)")
    for strand in outcome.strands:
        say(f"  {strand['name']}: {strand['decision']} ({strand['row']}), now {strand['state']}")
    say("  Sent: " + ", ".join(f"{n} {name}" for name, n in outcome.responses.items()))
    for name, release in outcome.releases.items():
        audit = release.get("audit", {})
        say(f"  Release for {name}: {audit.get('cells', 0)} cells, {audit.get('withheld', 0)} withheld, audit passed")
    say(f"  Took {sum(outcome.seconds.values()):.0f} s")


def _serve(folder: Path, outcome: Outcome) -> None:
    port = free_port()
    with serving(environment_for(folder, port), port) as server:
        say("")
        say(f"Answer like a young person:  http://localhost:{port}/k/{outcome.code_to_try}")
        say(f"Sign in as one of the staff: http://localhost:{port}/s/in")
        for who, passphrase in outcome.sign_ins.items():
            say(f"  {who}:  {passphrase}")
        say("Ctrl+C ends it" + (" and removes everything." if "consult-demo-" in folder.name else "."))
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        server.wait()
