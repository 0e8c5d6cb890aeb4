"""Exact versions: constraints.txt covers all that runs or tests, requirements.lock all that is deployed."""

import re
from importlib.metadata import PackageNotFoundError, distribution, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.toolbox.tree import ROOT

OURS = "gated-consultations"
LOCK_ENTRY = re.compile(
    r"^(?P<pin>\S[^\\]*?) \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def pins(text: str) -> dict[str, set[str]]:
    """Name to versions, more than one where Pythons differ; fails on a line that is not one exact version."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", line
        assert requirement.url is None, line
        found.setdefault(canonicalize_name(requirement.name), set()).add(specifier.version)
    return found


def constraints() -> dict[str, set[str]]:
    return pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))


def needed(name: str, extras: set[str], seen: dict[str, set[str]]) -> dict[str, set[str]]:
    """Everything installed that `name` with its extras asks for on this machine, whatever asks for it."""
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        wanted = canonicalize_name(requirement.name)
        applies = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}
        )
        if applies and not requirement.extras <= seen.get(wanted, {"-"}):
            seen[wanted] = seen.get(wanted, set()) | requirement.extras
            needed(wanted, requirement.extras, seen)
    return seen


def test_everything_that_the_environment_needs_is_installed_as_pinned() -> None:
    exact = constraints()
    wrong = {}
    for name in needed(OURS, {"test", "build"}, {}):
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "nothing"
        if installed not in exact.get(name, set()):
            wrong[name] = (installed, sorted(exact.get(name, set())))
    assert wrong == {}, "run `make environment`; after a change of pyproject.toml run `make pins` first"


def test_constraints_hold_no_address_no_option_and_no_hash() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert constraints()
    assert not re.search(r"://|^-|--hash|\\|@", text, re.MULTILINE)


def test_the_lock_pins_what_is_deployed_with_a_hash_each_and_agrees_with_the_constraints() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = list(LOCK_ENTRY.finditer(text))
    assert "".join(entry.group() for entry in entries) == text, (
        "something else than pins with hashes stands in the lock"
    )
    locked = pins("\n".join(entry["pin"] for entry in entries))
    exact = constraints()
    assert {name: versions for name, versions in locked.items() if exact.get(name) != versions} == {}
    deployed = needed(OURS, set(), {})
    assert set(deployed) <= set(locked)
    assert "pytest" not in locked
