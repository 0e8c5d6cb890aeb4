"""Archives: what comes out is what went in, and nothing changed, moved, cut off or mistaken for another is read."""

import io
import os
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sealing import archive
from consult.sealing.archive import PIECE_BYTES, read_archive, write_archive
from consult.sealing.root import RootKeys
from consult.sealing.suite import SealingError
from consult.sealing.wrapping import TAG_BYTES
from tests.sealing.house import changed

KEY = RootKeys.from_root(bytes(range(32))).archive
OTHER = RootKeys.from_root(bytes(32)).archive
BEFORE_THE_PIECES = 16 + 2 + 32
PIECE = PIECE_BYTES + TAG_BYTES


@dataclass(frozen=True)
class Long:
    """An archive of several pieces."""

    lines: list[bytes]
    stored: bytes


@pytest.fixture(scope="module")
def several() -> Long:
    lines = [os.urandom(3000).hex().encode() for _ in range(900)]
    return Long(lines, written(lines))


def written(lines: list[bytes], kind: str = "keys") -> bytes:
    file = io.BytesIO()
    write_archive(file, KEY, kind, lines)
    return file.getvalue()


def read(stored: bytes, kind: str = "keys", key: object = KEY) -> list[bytes]:
    return list(read_archive(io.BytesIO(stored), key, kind))  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=200).map(lambda line: line.replace(b"\n", b"")), max_size=50))
def test_lines_come_back_as_they_were(lines: list[bytes]) -> None:
    assert read(written(lines)) == lines


def test_a_long_one_has_several_pieces_and_comes_back(several: Long) -> None:
    assert len(several.stored) > 2 * PIECE
    assert read(several.stored) == several.lines


@pytest.mark.parametrize("position", [0, 15, 16, 17, 18, 49, 50, 51, PIECE + 60, -1])
def test_one_changed_bit_is_found(several: Long, position: int) -> None:
    with pytest.raises(SealingError):
        read(changed(several.stored, position % len(several.stored)))


def test_pieces_left_out_moved_cut_off_or_added_are_found(several: Long) -> None:
    head, body = several.stored[:BEFORE_THE_PIECES], several.stored[BEFORE_THE_PIECES:]
    pieces = [body[start : start + PIECE] for start in range(0, len(body), PIECE)]
    for forged in (pieces[:-1], pieces[1:], [pieces[1], pieces[0], *pieces[2:]], [*pieces, pieces[0]], []):
        with pytest.raises(SealingError):
            read(head + b"".join(forged))


def test_another_kind_another_root_and_no_archive_are_refused() -> None:
    stored = written([b"line"])
    for bad in (lambda: read(stored, "ciphertext"), lambda: read(stored, key=OTHER), lambda: read(b"PK\x03\x04" * 99)):
        with pytest.raises(SealingError):
            bad()


def test_nothing_of_the_lines_can_be_seen() -> None:
    assert b"canary" not in written([b"canary" * 50])
    assert written([b"same"]) != written([b"same"])
    assert archive.PIECE_BYTES == 1024 * 1024
