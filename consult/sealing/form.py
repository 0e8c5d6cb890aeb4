"""The state between two pages, sealed in the participant's own browser-session cookies and kept nowhere else.

Two parts, each under the form key with a nonce of its own: a small head that says which strand, plan, schema and
expiry this belongs to, and the compressed state, which carries all of the head as associated data. The head is
sealed too: the cookies of a seized phone must not tell which consultation somebody looked at.

The web drops cookies left over from a longer state: all values given must belong together.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from consult.sealing.canonical import encode
from consult.sealing.root import FormKey
from consult.sealing.suite import HEADER, SealingError, without_header
from consult.sealing.wrapping import unwrap, wrap

VALUES_AT_MOST = 3
VALUE_CHARACTERS = 3800
# Far above what fits compressed; what unpacks to more was not made by `seal_form`.
STATE_BYTES_AT_MOST = 64 * 1024

_LENGTH_BYTES = 2


class FormError(SealingError):
    """A form state that is not taken; the two kinds below say why."""


class FormExpired(FormError):
    """Its time is over."""


class FormDamaged(FormError):
    """It was cut, changed, mixed, or never made here."""


class FormTooLarge(SealingError):
    """The state does not fit the cookies: the person has to shorten what was written; nothing is lost by saying so."""


@dataclass(frozen=True, slots=True)
class FormContext:
    """What a state belongs to: the strand's id, the digest of the plan that was signed, the schema of its questions."""

    strand: str
    plan_digest: str
    schema: str


def seal_form(key: FormKey, context: FormContext, state: bytes, expires: int) -> tuple[str, ...]:
    """One to three cookie values (URL-safe base64, at most 3,800 characters each) that hold `state`.

    `expires` is in whole seconds since 1970, UTC. Raises `FormTooLarge`; 8 KB of own words always fit.
    """
    if len(state) > STATE_BYTES_AT_MOST:
        raise FormTooLarge(f"The form state has {len(state)} bytes, at most {STATE_BYTES_AT_MOST} can be kept.")
    return _values(_packed(key, context, _compressed(state), expires))


def open_form(key: FormKey, values: Sequence[str], now: int) -> tuple[FormContext, bytes]:
    """What the values belong to, and the state in them. `now` is in whole seconds since 1970, UTC.

    Whether strand, plan and schema are still those of now is for whoever looks them up. Raises `FormDamaged` or
    `FormExpired`, in this order of looking.
    """
    found, expires, wrapped = _unpacked(key, values)
    try:
        compressed = unwrap(key, wrapped, _bound(found, expires))
    except SealingError as error:
        raise FormDamaged("The form state in these cookies was changed, cut or mixed.") from error
    if now >= expires:
        raise FormExpired("This form state has expired.")
    return found, _decompressed(compressed)


def _packed(key: FormKey, context: FormContext, compressed: bytes, expires: int) -> bytes:
    said = json.dumps([context.strand, context.plan_digest, context.schema, expires]).encode("ascii")
    head = wrap(key, said, encode("form head"))
    body = wrap(key, compressed, _bound(context, expires))
    return HEADER + len(head).to_bytes(_LENGTH_BYTES, "big") + head + body


def _unpacked(key: FormKey, values: Sequence[str]) -> tuple[FormContext, int, bytes]:
    """Context and expiry, authenticated, and the body, still wrapped."""
    try:
        packed = without_header(_bytes(values))
        start, length = _LENGTH_BYTES, int.from_bytes(packed[:_LENGTH_BYTES], "big")
        strand, plan_digest, schema, expires = json.loads(
            unwrap(key, packed[start : start + length], encode("form head"))
        )
    except SealingError as error:
        raise FormDamaged("The form state in these cookies was changed, cut or mixed.") from error
    return FormContext(strand, plan_digest, schema), expires, packed[start + length :]


def _bound(context: FormContext, expires: int) -> bytes:
    return encode("form", context.strand, context.plan_digest, context.schema, expires)


def _values(packed: bytes) -> tuple[str, ...]:
    text = _text(packed)
    values = tuple(text[start : start + VALUE_CHARACTERS] for start in range(0, len(text), VALUE_CHARACTERS))
    if len(values) > VALUES_AT_MOST:
        raise FormTooLarge("What was written is longer than can be kept between two pages.")
    return values


def _bytes(values: Sequence[str]) -> bytes:
    if not 0 < len(values) <= VALUES_AT_MOST or any(len(value) > VALUE_CHARACTERS for value in values):
        raise FormDamaged("A form state is one to three cookies of at most 3,800 characters.")
    text = "".join(values)
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormDamaged("The form state in these cookies is not in the form it was set in.") from error
    if _text(packed) != text:
        raise FormDamaged("The form state in these cookies is not in the form it was set in.")
    return packed


def _text(packed: bytes) -> str:
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def _compressed(state: bytes) -> bytes:
    """With a window (2^9 to 2^15 bytes) that holds the state, and tables to match (level 1 to 8): to make larger ones
    ready takes most of the time.
    """
    bits = max(9, min(len(state).bit_length(), zlib.MAX_WBITS))
    packer = zlib.compressobj(9, zlib.DEFLATED, bits, max(1, min(bits - 6, zlib.DEF_MEM_LEVEL)))
    return packer.compress(state) + packer.flush()


def _decompressed(compressed: bytes) -> bytes:
    """Bounded, so that a small cookie never becomes a large state in memory."""
    unpacker = zlib.decompressobj()
    try:
        state = unpacker.decompress(compressed, STATE_BYTES_AT_MOST)
    except zlib.error as error:
        raise FormDamaged("The form state in these cookies does not unpack.") from error
    if not unpacker.eof or unpacker.unused_data:
        raise FormDamaged("The form state in these cookies unpacks to more, or to less, than a form state has.")
    return state
