"""Programmes in whole numbers end by a count of looks, and nothing that decides what is shown asks a clock."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import numpy as np
from scipy import sparse

import consult.inclusion
from consult.inclusion.audit.effort import work_time
from consult.inclusion.audit.whole import Found, whole

#: What only measures how long others take.
MEASURING = {"utility.py"}


def split_evenly(work: float) -> Found:
    """Four weights of thirty things in halves at once, the rest made up for: far too hard for a little work."""
    weights = np.random.default_rng(3).integers(1, 100, (4, 30)).astype(float)
    matrix = sparse.hstack([sparse.csr_array(weights), sparse.eye(4), -sparse.eye(4)]).tocsr()
    halves = weights.sum(axis=1) // 2
    cost = np.concatenate([np.zeros(30), np.ones(8)])
    most = np.concatenate([np.ones(30), np.full(8, 9999.0)])
    return whole(matrix, (halves, halves), cost, (np.zeros(38), most), np.arange(38) < 30, work=work)


def test_a_search_in_whole_numbers_ends_by_what_it_did() -> None:
    begun = work_time()
    found = split_evenly(0.5)
    assert work_time() - begun >= 0.5
    assert not found.proven
    assert found.point is not None
    sys.setprofile(lambda *_: sum(range(5_000)))  # every call takes longer, as on a slower machine
    try:
        again = split_evenly(0.5)
    finally:
        sys.setprofile(None)
    assert (again.point == found.point).all()
    assert again.least == found.least


def test_what_can_not_be_is_told_from_what_was_not_found() -> None:
    column, there = (np.zeros(2), np.full(2, 5.0)), np.ones(2, dtype=bool)
    matrix = sparse.csr_array(np.array([[2.0, 2.0]]))
    odd = whole(matrix, (np.array([3.0]), np.array([3.0])), np.zeros(2), column, there, work=1)
    assert odd.point is None
    assert odd.proven


def test_nothing_that_decides_what_is_shown_asks_a_clock() -> None:
    """A release is the same on every machine, so its search and its audit end by counted work (decision 0045)."""
    home = Path(consult.inclusion.__file__).parent
    for file in sorted(home.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            )
        }
        limits = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        assert file.name in MEASURING or imported.isdisjoint({"time", "datetime", "timeit"}), file
        assert "time_limit" not in limits, file
