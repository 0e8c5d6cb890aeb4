"""The ten promises of docs/explanation/promises.md: each test holds, and fails when its mechanism is switched off.

python -m tools.promises [FIRST-WORDS-OF-A-MECHANISM ...]

First every test that the page names runs, and has to pass. Then, in a copy of the tree that is thrown away, one line of
the program after the other is switched off, and a test that holds the promise has to fail.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "promises.md"
_TEST = re.compile(r"tests/[\w/]+\.py::\w+")
_FAILED = 1  # what pytest ends with when tests ran and one of them failed


class Switch(NamedTuple):
    """One mechanism: the promise, what is switched off, where, the words there and those instead, the test."""

    promise: str
    mechanism: str
    file: str
    words: str
    instead: str
    test: str


SWITCHES = (
    Switch(
        "1a",
        "words are sealed before they are stored",
        "consult/services/help/complaints.py",
        "sealed = seal_to(public, _padded(words), _info(complaint_id, person_id))",
        "sealed = _padded(words)",
        "tests/services/test_seized_tables.py"
        "::test_nothing_that_somebody_wrote_lies_in_the_table_and_the_control_finds_it[complaints]",
    ),
    Switch(
        "1d",
        "the night writes rows in the order of their keys",
        "consult/services/safekeeping/rewriting.py",
        ".order_by(*copy.primary_key)",
        "",
        "tests/jobs/test_rewriting.py::test_the_place_on_the_disk_tells_no_order_of_arrival[sqlite]",
    ),
    Switch(
        "2",
        "the key takes both halves",
        "consult/sealing/strand.py",
        "joined = bytes(left ^ right for left, right in zip(lead.key, reviewer.key, strict=True))",
        "joined = bytes(lead.key)",
        "tests/sealing/test_promises.py::test_one_person_opens_nothing",
    ),
    Switch(
        "3",
        "what opens is what was signed, and the gate is asked again",
        "consult/services/signed/running.py",
        '    must(db, actor, strand, "open", standing.facts, standing.evaluation)\n',
        "",
        "tests/services/signed/test_running.py"
        "::TestOpening::test_a_plan_that_changed_after_the_signature_does_not_open[sqlite]",
    ),
    Switch(
        "4",
        "shares are in the backup of keys alone",
        "consult/services/safekeeping/backups.py",
        '*("epochs", "responses", "profiles", "live_snapshots", "concerns"),',
        '*("epochs", "responses", "profiles", "live_snapshots", "concerns", "response_shares"),',
        "tests/services/safekeeping/test_backups.py"
        "::test_what_was_taken_back_stays_shut_in_yesterdays_ciphertext_even_for_the_two[sqlite]",
    ),
    Switch(
        "5",
        "whoever invited somebody does not confirm them",
        "consult/services/keys/confirming.py",
        "if actor.id == person.added_by or actor.id in inviters(db, person.id):",
        "if not actor.id:",
        "tests/services/keys/test_confirming.py::test_one_administrator_gets_no_key_however_many_accounts_he_invites",
    ),
    Switch(
        "6",
        "a record is bound to its place",
        "consult/sealing/record.py",
        "return HEADER + before[:-EPOCH_ID_BYTES], encode(schema)",
        'return HEADER, b""',
        "tests/sealing/test_records.py::test_a_record_opens_in_its_own_place_only",
    ),
    Switch(
        "7",
        "the ceremony puts new halves in the place of the old ones",
        "consult/services/holders/redrawing.py",
        "    replace_key(db, keys.row_seal, made)\n",
        "",
        "tests/services/holders/test_ceremonies.py::test_after_the_ceremony_a_leavers_old_half_opens_nothing",
    ),
    Switch(
        "8",
        "a request for help is sealed to each lead on call",
        "consult/services/help/helprequests.py",
        "confirmed_keys(keys, leads_on_call(db, strand))",
        "confirmed_keys(keys, leads_on_call(db, strand)[:1])",
        "tests/services/help/test_helprequests.py::test_each_lead_on_call_reads_it_with_a_passphrase_typed[sqlite]",
    ),
    Switch(
        "10",
        "a step of the schema keeps sealed rows",
        "migrations/versions/0022_running_totals.py",
        "def upgrade():\n",
        'def upgrade():\n    op.execute("DELETE FROM response_shares")\n',
        "tests/migrations/test_sealed_rows.py::test_sealed_answers_open_after_each_step_down_and_up[sqlite]",
    ),
)


def main(wanted: list[str]) -> int:
    """Run both rounds, or the second one alone for some mechanisms; how many lines are not as they should be."""
    chosen = [each for each in SWITCHES if not wanted or each.mechanism.startswith(tuple(wanted))]
    wrong = 0
    if not wanted:
        named = [each.split("::") for each in _TEST.findall(PAGE.read_text(encoding="utf-8"))]
        files, tests = sorted({file for file, _ in named}), sorted({test for _, test in named})
        wrong = _run(ROOT, *files, "-k", " or ".join(tests))  # some stand in a class, which the page does not name
        print("the tests of the page:", "some do not hold" if wrong else "all hold", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = _copied(Path(folder) / "tree")
        for each in chosen:
            fails = _fails_without(tree, each)
            wrong += not fails
            print(f"{each.promise}: without this, its test {'fails' if fails else 'STILL PASSES'}: {each.mechanism}")
    return wrong


def _fails_without(tree: Path, switch: Switch) -> bool:
    """Whether the test fails with the mechanism switched off. Raises `ValueError` when the words are not there."""
    file = tree / switch.file
    whole = file.read_text(encoding="utf-8")
    if whole.count(switch.words) < 1:
        raise ValueError(f"{switch.file} has changed: say anew how to switch off that {switch.mechanism}")
    file.write_text(whole.replace(switch.words, switch.instead, 1), encoding="utf-8")
    try:
        return _run(tree, switch.test) == _FAILED
    finally:
        file.write_text(whole, encoding="utf-8")


def _copied(tree: Path) -> Path:
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
    return tree


def _run(tree: Path, *tests: str) -> int:
    quiet = ("-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-x")
    together = ("-n", "auto", "--maxprocesses", "4") if len(tests) > 1 else ("-n", "0")
    command = [sys.executable, "-m", "pytest", *quiet, *together, *tests]
    return subprocess.run(command, cwd=tree, check=False, stdout=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
