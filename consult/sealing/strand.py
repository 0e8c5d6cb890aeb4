"""The strand's key pair and its two halves: one for leads, one for reviewers.

The pair is made when the strand's gate is signed, and not before: until then no answer can be sealed. No person and no
browser ever holds the private part. It lies under a key made of L xor R; L is sealed to every lead, R to every
reviewer, and neither is stored in clear. One half says nothing at all about the key.

A holder gives his half on to somebody who joins. After somebody left, a lead and a reviewer draw two new halves, and
the `generation` rises: what the leaver knows then opens nothing that is stored.
"""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from consult.sealing.canonical import encode
from consult.sealing.suite import (
    KEY_BYTES,
    SUITE,
    KeyPair,
    PrivateKey,
    SealingError,
    Secret,
    generate_key_pair,
    seal_to,
    unseal,
)
from consult.sealing.wrapping import derive, unwrap, wrap

HOLDERS_NEEDED = 2


class HolderRole(StrEnum):
    """The two roles that must meet before an answer opens. A person is in one of them only."""

    LEAD = "lead"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Half:
    """L or R in clear, for as long as one request or one opening lasts."""

    role: HolderRole
    key: Secret = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise SealingError(f"A half has {KEY_BYTES} bytes, this one has {len(self.key)}.")


@dataclass(frozen=True, slots=True)
class SealedShare:
    """A half sealed to one holder. `check` lets him see that what he opened is the half that was made."""

    holder_id: str
    role: HolderRole
    sealed: bytes
    check: bytes


@dataclass(frozen=True, slots=True)
class StrandKey:
    """What is stored of a strand's key pair: `public` (1,216 bytes), its private part wrapped, and the shares."""

    strand_id: str
    generation: int
    suite: int
    public: bytes
    wrapped_private: bytes
    shares: tuple[SealedShare, ...]


def create_strand_key(
    strand_id: str, leads: Mapping[str, bytes], reviewers: Mapping[str, bytes], *, generation: int = 1
) -> StrandKey:
    """A new key pair for a strand, its halves sealed to the holders (holder id → public key) of each role.

    Raises `SealingError` if a role has fewer than two holders, if one holder or one key stands in both roles, or if
    two holders share a key.
    """
    _check_holders(leads, reviewers)
    return _wrapped(strand_id, generation, generate_key_pair(), leads, reviewers)


def _wrapped(
    strand_id: str, generation: int, pair: KeyPair, leads: Mapping[str, bytes], reviewers: Mapping[str, bytes]
) -> StrandKey:
    lead = Half(HolderRole.LEAD, Secret(os.urandom(KEY_BYTES)))
    reviewer = Half(HolderRole.REVIEWER, Secret(os.urandom(KEY_BYTES)))
    context = _strand_context(strand_id, generation, SUITE, pair.public)
    return StrandKey(
        strand_id=strand_id,
        generation=generation,
        suite=SUITE,
        public=pair.public,
        wrapped_private=wrap(_wrapping_key(lead, reviewer, context), pair.private, context),
        shares=tuple(
            _share(half, holder_id, public, context, _check_value(half, strand_id, generation))
            for half, holders in ((lead, leads), (reviewer, reviewers))
            for holder_id, public in holders.items()
        ),
    )


def open_share(strand: StrandKey, share: SealedShare, private: PrivateKey) -> Half:
    """The half in a share, with its holder's private key.

    Raises `SealingError` if the share belongs to another holder, strand, role or generation, or was changed.
    """
    context = _strand_context(strand.strand_id, strand.generation, strand.suite, strand.public)
    half = Half(share.role, unseal(private, share.sealed, _share_context(context, share.role, share.holder_id)))
    if not hmac.compare_digest(_check_value(half, strand.strand_id, strand.generation), share.check):
        raise SealingError(f"This is not the half that was made for the {share.role}s of this strand.")
    return half


def share_half(strand: StrandKey, half: Half, holder_id: str, public: bytes) -> SealedShare:
    """The same half for one more holder of its role. Raises `SealingError` if it is not the half of this strand."""
    if any(share.holder_id == holder_id for share in strand.shares):
        raise SealingError("This person holds a half of this strand already.")
    check = _check_value(half, strand.strand_id, strand.generation)
    if not any(share.role is half.role and hmac.compare_digest(share.check, check) for share in strand.shares):
        raise SealingError(f"This is not the half that was made for the {half.role}s of this strand.")
    context = _strand_context(strand.strand_id, strand.generation, strand.suite, strand.public)
    return _share(half, holder_id, public, context, check)


def redraw_halves(
    strand: StrandKey, lead: Half, reviewer: Half, leads: Mapping[str, bytes], reviewers: Mapping[str, bytes]
) -> StrandKey:
    """The same key pair under two new halves of the next generation, sealed to the holders of now.

    The old halves open nothing of the result. Raises `SealingError` as `open_strand_private` and
    `create_strand_key` do.
    """
    _check_holders(leads, reviewers)
    pair = KeyPair(strand.public, open_strand_private(strand, lead, reviewer))
    return _wrapped(strand.strand_id, strand.generation + 1, pair, leads, reviewers)


def open_strand_private(strand: StrandKey, lead: Half, reviewer: Half) -> PrivateKey:
    """The strand's private key, from the half of a lead and the half of a reviewer.

    Raises `SealingError` for two halves of one role, for halves of another strand or generation, another suite, or a
    changed record.
    """
    if (lead.role, reviewer.role) != (HolderRole.LEAD, HolderRole.REVIEWER):
        raise SealingError("A strand opens with the half of a lead and the half of a reviewer, one of each.")
    if strand.suite != SUITE:
        raise SealingError(f"This strand was signed with suite {strand.suite}, and only suite {SUITE} is known here.")
    context = _strand_context(strand.strand_id, strand.generation, strand.suite, strand.public)
    return PrivateKey(unwrap(_wrapping_key(lead, reviewer, context), strand.wrapped_private, context))


def _check_holders(leads: Mapping[str, bytes], reviewers: Mapping[str, bytes]) -> None:
    for role, holders in ((HolderRole.LEAD, leads), (HolderRole.REVIEWER, reviewers)):
        if len(holders) < HOLDERS_NEEDED:
            raise SealingError(f"A strand needs at least {HOLDERS_NEEDED} {role}s with a key, here: {len(holders)}.")
    if leads.keys() & reviewers.keys():
        raise SealingError("The same person is lead and reviewer: nobody may hold both halves.")
    keys = [*leads.values(), *reviewers.values()]
    if len(set(keys)) < len(keys):
        raise SealingError("Two holders have the same key: each holder needs a key of his own.")


def _share(half: Half, holder_id: str, public: bytes, context: bytes, check: bytes) -> SealedShare:
    sealed = seal_to(public, half.key, _share_context(context, half.role, holder_id))
    return SealedShare(holder_id, half.role, sealed, check)


def _wrapping_key(lead: Half, reviewer: Half, context: bytes) -> Secret:
    joined = bytes(left ^ right for left, right in zip(lead.key, reviewer.key, strict=True))
    return derive(joined, context)


def _check_value(half: Half, strand_id: str, generation: int) -> bytes:
    return hmac.digest(half.key, encode("check", strand_id, half.role.value, generation), "sha256")


def _strand_context(strand_id: str, generation: int, suite: int, public: bytes) -> bytes:
    return encode("strand", strand_id, generation, suite, public)


def _share_context(strand_context: bytes, role: HolderRole, holder_id: str) -> bytes:
    return encode("share", strand_context, role.value, holder_id)
