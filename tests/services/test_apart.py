"""Work with keys in a process of its own: results and errors come back, nothing else does, from any thread."""

from __future__ import annotations

import os
import threading

import pytest

from consult.sealing.strand import create_strand_key
from consult.sealing.suite import SealingError, generate_key_pair
from consult.services.apart import ProcessEnded, in_process_of_its_own


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
