"""MP3 as we take it: nothing but frames of sound. Tags, which may name the speaker, a place or a program, are cut off.

The frame header is that of ISO/IEC 11172-3 and 13818-3 (MPEG-1, MPEG-2 and the usual MPEG-2.5), layer III.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Sound", "sound_in"]

_BIT_RATES = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {0b11: (44100, 48000, 32000), 0b10: (22050, 24000, 16000), 0b00: (11025, 12000, 8000)}
_SAMPLES = {1: 1152, 2: 576}
_FEWEST_FRAMES = 8
_TAG_HEAD, _TAG_FOOT, _OLD_TAG = 10, 10, 128
_HAS_FOOT = 0x10


@dataclass(frozen=True, slots=True)
class Sound:
    """The frames of an MP3, one after the other, and how long they play."""

    content: bytes = field(repr=False)
    seconds: float


def sound_in(content: bytes) -> Sound | None:
    """What can be heard in this file; None where it is no MP3 from its first frame to its last."""
    start, end = _after_tag(content), len(content)
    if content[-_OLD_TAG : -_OLD_TAG + 3] == b"TAG":
        end -= _OLD_TAG
    place, seconds, frames = start, 0.0, 0
    while place + 4 <= end:
        frame = _frame(content[place : place + 4])
        if frame is None or place + frame[0] > end:
            break
        place, seconds, frames = place + frame[0], seconds + frame[1], frames + 1
    rest = content[place:end]
    if frames < _FEWEST_FRAMES or (rest.strip(b"\0") and len(rest) > _longest_cut(content[start : start + 4])):
        return None
    return Sound(content[start:place], seconds)


def _after_tag(content: bytes) -> int:
    """Where the sound begins: behind an ID3v2 tag, whose size is written in seven bits a byte."""
    if content[:3] != b"ID3" or len(content) < _TAG_HEAD:
        return 0
    size = 0
    for byte in content[6:_TAG_HEAD]:
        size = size << 7 | byte & 0x7F
    return _TAG_HEAD + size + (_TAG_FOOT if content[5] & _HAS_FOOT else 0)


def _frame(head: bytes) -> tuple[int, float] | None:
    """(bytes, seconds) of the frame with this header; None where it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or head[1] & 0x06 != 0x02:
        return None
    version = head[1] >> 3 & 0b11
    rate_index, frequency_index, padding = head[2] >> 4, head[2] >> 2 & 0b11, head[2] >> 1 & 1
    if version not in _SAMPLE_RATES or rate_index in (0, 15) or frequency_index == 0b11:
        return None
    layout = 1 if version == 0b11 else 2
    rate, frequency = _BIT_RATES[layout][rate_index] * 1000, _SAMPLE_RATES[version][frequency_index]
    samples = _SAMPLES[layout]
    return samples // 8 * rate // frequency + padding, samples / frequency


def _longest_cut(head: bytes) -> int:
    """A last frame may be cut short by the program that made the file: so many bytes at most."""
    frame = _frame(head)
    return frame[0] if frame else 0
