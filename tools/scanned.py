"""The site that `tools/scan.sh` looks at, and what its reports say.

python -m tools.scanned FOLDER PORT · python -m tools.scanned --report FOLDER PORT
"""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from types import FrameType
from urllib.parse import urlencode

from consult.demo.server import serving
from consult.demo.story import environment_for, tell
from consult.sealing.totp import code_at

RESPONSES = 40
#: What Wapiti notes without calling it a weakness.
_INFORMATIONAL = 1
_OK = 200

#: A token guards what a sign-in may do; these forms of participants carry no sign-in and no cookie that counts.
#: What another site would send is refused all the same: tests/web/test_headers_and_traces.py holds that.
_ANSWERED = frozenset(("Cross Site Request Forgery", path) for path in ("/", "/back", "/complaint"))
#: The page of what changed is the same, and there, for a code that nobody has: no file of that name lies anywhere.
_THE_SAME_PAGE = ("Backup file", "/news/")


def main(arguments: list[str]) -> int:
    """Serve until somebody ends it, or read the reports."""
    if arguments[0] == "--report":
        folder, port = Path(arguments[1]), int(arguments[2])
        found = findings(folder) + _ended_early(folder, port)
        print("\n".join(found or ["Nothing above informational."]))
        return 1 if found else 0
    folder, port = Path(arguments[0]), int(arguments[1])
    signal.signal(signal.SIGTERM, _end)  # Python would die of it at once, and the server would live on
    outcome = tell(folder, RESPONSES, 1, print)
    with serving(environment_for(folder, port), port):
        passphrase = next(word for name, word in outcome.sign_ins.items() if "<facilitator@" in name)
        code = code_at(outcome.app_seed, datetime.now(UTC))
        cookie = _signed_in(port, "facilitator@demo.example", passphrase, code)
        ready = {"code": outcome.code_to_try, "cookie": cookie}
        (folder / "ready.json").write_text(json.dumps(ready), encoding="utf-8")
        while True:
            signal.pause()


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit


def findings(folder: Path) -> list[str]:
    """One line for each finding above informational."""
    found = []
    for report in sorted(folder.glob("wapiti-*.json")):
        for kind, entries in json.loads(report.read_text(encoding="utf-8"))["vulnerabilities"].items():
            found += [
                f"{report.name}: {kind}: {entry['method']} {entry['path']}: {entry['info']}"
                for entry in entries
                if entry["level"] > _INFORMATIONAL and not _is_answered(kind, entry["path"])
            ]
    for log in sorted(folder.glob("sqlmap-*.log")):
        said = log.read_text(encoding="utf-8", errors="replace")
        if re.search(r"is vulnerable|identified the following injection point", said):
            found.append(f"{log.name}: an injection point")
    return found


def _is_answered(kind: str, path: str) -> bool:
    known, begins = _THE_SAME_PAGE
    return (kind, path) in _ANSWERED or (kind == known and path.startswith(begins))


def _ended_early(folder: Path, port: int) -> list[str]:
    """Whether the sign-in still holds: what a scanner says after it has ended is about the sign-in page."""
    cookie = json.loads((folder / "ready.json").read_text(encoding="utf-8"))["cookie"]
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/s/", headers={"Host": f"localhost:{port}", "Cookie": cookie})
    held = connection.getresponse().status == _OK
    return [] if held else ["the sign-in ended during the scan: what was found signed in says nothing"]


def _signed_in(port: int, email: str, passphrase: str, code: str) -> str:
    """The cookie of a sign-in with both steps."""
    half, _ = _sent(port, "/s/in", "", {"email": email, "passphrase": passphrase})
    _, page = _sent(port, "/s/in/step", half)
    token = re.findall(r'name="token" value="(\w+)"', page)[0]
    return _sent(port, "/s/in/step", half, {"token": token, "way": "app", "answer": code})[0]


def _sent(port: int, path: str, cookie: str, fields: Mapping[str, str] | None = None) -> tuple[str, str]:
    """One request; the cookie that came with the answer, and the page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": f"localhost:{port}", "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST" if fields else "GET", path, urlencode(fields or {}), headers)
    answer = connection.getresponse()
    return (answer.headers["Set-Cookie"] or "").partition(";")[0], answer.read().decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
