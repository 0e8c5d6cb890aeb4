"""Work with keys in a process of its own: results and errors come back, nothing else does, from any thread."""

from __future__ import annotations

import os
import threading
from functools import partial

import pytest

from consult.sealing.strand import create_strand_key
from consult.sealing.suite import SealingError, generate_key_pair
from consult.services.ownprocess import ProcessEnded, in_process_of_its_own, in_stages, side_by_side


def test_the_work_is_done_by_another_process() -> None:
    assert in_process_of_its_own(os.getpid) != os.getpid()


def test_the_other_process_has_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_ROOT_KEY", "secret")
    assert in_process_of_its_own(os.getenv, "CONSULT_ROOT_KEY") is None


def test_an_error_comes_back_as_it_is() -> None:
    public = generate_key_pair().public
    with pytest.raises(SealingError, match="at least 2 leads"):
        in_process_of_its_own(create_strand_key, "strand", {"one": public}, {})


def test_a_process_that_dies_says_so() -> None:
    with pytest.raises(ProcessEnded, match="code 3"):
        in_process_of_its_own(os._exit, 3)


def test_it_works_from_the_thread_of_a_server() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(in_process_of_its_own(os.getpid)))
    thread.start()
    thread.join()
    assert found
    assert found[0] != os.getpid()


def test_what_one_stage_gives_the_next_one_takes() -> None:
    assert in_stages(partial(int, "41"), str) == "41"


def test_parts_are_worked_on_in_copies_and_come_back_in_order() -> None:
    assert in_process_of_its_own(side_by_side, ord, ("a", "b")) == [97, 98]


def test_a_copy_that_dies_ends_the_work() -> None:
    with pytest.raises(ProcessEnded, match="before it answered"):
        in_process_of_its_own(side_by_side, os._exit, (3, 4))
