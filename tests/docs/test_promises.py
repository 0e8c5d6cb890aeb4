"""What `make promises` switches off is still there, so that it can be run at any time."""

from __future__ import annotations

import pytest

from tests.toolbox.tree import ROOT
from tools.promises import SWITCHES, Switch


@pytest.mark.parametrize("switch", SWITCHES, ids=[switch.promise for switch in SWITCHES])
def test_the_mechanism_of_a_promise_and_its_test_are_where_the_tool_looks_for_them(switch: Switch) -> None:
    file, *_, name = switch.test.partition("[")[0].split("::")
    assert (ROOT / switch.file).read_text(encoding="utf-8").count(switch.words) == 1
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
