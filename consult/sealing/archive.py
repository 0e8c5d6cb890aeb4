"""Archives: a file in encrypted pieces, of which none can be changed, moved, left out or cut off unseen.

For backups. Each file has a key of its own, made of the archive key of the configuration and a random salt; each piece
is AES-256-GCM with its number as the nonce, and the last one says so (the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár, 2015). What an archive is for is bound in: one kind is never taken for another.
"""

import hmac
import os
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consult.sealing.canonical import encode
from consult.sealing.root import ArchiveKey
from consult.sealing.suite import HEADER, SealingError, without_header
from consult.sealing.wrapping import TAG_BYTES, derive

__all__ = ["PIECE_BYTES", "read_archive", "write_archive"]

PIECE_BYTES = 1024 * 1024
_MAGIC = b"consult archive\n"
_SALT_BYTES = 32
_NONCE_BYTES = 12
_DAMAGED = "This file is damaged, cut short, of another kind, or was made under another root key."


def write_archive(file: BinaryIO, key: ArchiveKey, kind: str, lines: Iterable[bytes]) -> None:
    """Write `lines` (without line ends) as an archive of a `kind`, compressed, then encrypted piece by piece."""
    salt = os.urandom(_SALT_BYTES)
    cipher = AESGCM(_file_key(key, salt))
    file.write(_MAGIC + HEADER + salt)
    pieces = _pieces(_compressed(lines))
    piece, number = next(pieces), 0
    for following in pieces:
        file.write(cipher.encrypt(_nonce(number), piece, _place(kind, last=False)))
        piece, number = following, number + 1
    file.write(cipher.encrypt(_nonce(number), piece, _place(kind, last=True)))


def read_archive(file: BinaryIO, key: ArchiveKey, kind: str) -> Iterator[bytes]:
    """The lines of an archive, piece by piece.

    Raises `SealingError` at the first piece that was changed, and at the end of a file that was cut off: what came
    before is genuine, but use nothing of it until the last line was read.
    """
    if file.read(len(_MAGIC)) != _MAGIC:
        raise SealingError("This is no backup file.")
    without_header(file.read(len(HEADER)))
    cipher = AESGCM(_file_key(key, file.read(_SALT_BYTES)))
    inflater, rest = zlib.decompressobj(), b""
    for plain in _opened(file, cipher, kind):
        *whole, rest = (rest + inflater.decompress(plain)).split(b"\n")
        yield from whole
    if rest + inflater.flush():
        raise SealingError(_DAMAGED)


def _opened(file: BinaryIO, cipher: AESGCM, kind: str) -> Iterator[bytes]:
    number, sealed = 0, file.read(PIECE_BYTES + TAG_BYTES)
    while True:
        following = file.read(PIECE_BYTES + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number), sealed, _place(kind, last=not following))
        except InvalidTag as error:
            raise SealingError(_DAMAGED) from error
        if not following:
            return
        number, sealed = number + 1, following


def _compressed(lines: Iterable[bytes]) -> Iterator[bytes]:
    deflater = zlib.compressobj(level=6)
    for line in lines:
        yield deflater.compress(line + b"\n")
    yield deflater.flush()


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of `PIECE_BYTES`; the last one shorter, and never none at all."""
    held = bytearray()
    for part in parts:
        held += part
        while len(held) > PIECE_BYTES:
            yield bytes(held[:PIECE_BYTES])
            del held[:PIECE_BYTES]
    yield bytes(held)


def _file_key(key: ArchiveKey, salt: bytes) -> bytes:
    return derive(hmac.digest(key, salt, "sha256"), encode("archive"))


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES, "big")


def _place(kind: str, *, last: bool) -> bytes:
    return HEADER + encode("archive", kind, int(last))
