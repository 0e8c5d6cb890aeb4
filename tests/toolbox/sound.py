"""An MP3 for tests: silent frames of 64 kbit/s, one channel, with or without tags that name somebody."""

from __future__ import annotations

_HEAD = bytes([0xFF, 0xFB, 0x50, 0xC4])
_FRAME = _HEAD + bytes(208 - len(_HEAD))
#: what the tag of `named_silence` says
NAME = "Amina Somebody, recorded at home"


def silence(frames: int = 40) -> bytes:
    """About a second for each 38 frames."""
    return _FRAME * frames


def named_silence(frames: int = 40) -> bytes:
    """The same with an ID3v2 tag in front and an ID3v1 tag behind."""
    words = NAME.encode()
    size = len(words)
    head = b"ID3\x03\x00\x00" + bytes([size >> 21 & 0x7F, size >> 14 & 0x7F, size >> 7 & 0x7F, size & 0x7F])
    return head + words + silence(frames) + b"TAG" + words.ljust(125, b"\0")[:125]
