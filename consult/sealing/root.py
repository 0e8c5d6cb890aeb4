"""The keys derived from the one root secret of the configuration.

The root stands in no backup: it is printed and kept apart. All is lost with it, and with it alone nothing opens.
"""

from dataclasses import dataclass
from typing import NewType

from consult.sealing.canonical import encode
from consult.sealing.suite import SealingError, Secret
from consult.sealing.wrapping import derive

ROOT_BYTES = 32

PassphraseKey = NewType("PassphraseKey", Secret)
ReceiptKey = NewType("ReceiptKey", Secret)
InvitationKey = NewType("InvitationKey", Secret)
RowSealKey = NewType("RowSealKey", Secret)
AuditKey = NewType("AuditKey", Secret)
FormKey = NewType("FormKey", Secret)
EvidenceKey = NewType("EvidenceKey", Secret)
ArchiveKey = NewType("ArchiveKey", Secret)
StaffCodeKey = NewType("StaffCodeKey", Secret)
SeedKey = NewType("SeedKey", Secret)


@dataclass(frozen=True, slots=True)
class RootKeys:
    """One key (32 bytes) for each use, so that no use can stand in for another."""

    passphrase: PassphraseKey
    receipt: ReceiptKey
    invitation: InvitationKey
    row_seal: RowSealKey
    audit: AuditKey
    form: FormKey
    evidence: EvidenceKey
    archive: ArchiveKey
    staff_code: StaffCodeKey
    seed: SeedKey

    @classmethod
    def from_root(cls, root: bytes) -> "RootKeys":
        """All keys of the configuration from its 32-byte root. Raises `SealingError` for another length."""
        if len(root) != ROOT_BYTES:
            raise SealingError(f"The root secret has {ROOT_BYTES} bytes, this one has {len(root)}.")
        return cls(
            passphrase=PassphraseKey(_labelled(root, "passphrase")),
            receipt=ReceiptKey(_labelled(root, "receipt")),
            invitation=InvitationKey(_labelled(root, "invitation")),
            row_seal=RowSealKey(_labelled(root, "row-seal")),
            audit=AuditKey(_labelled(root, "audit")),
            form=FormKey(_labelled(root, "form")),
            evidence=EvidenceKey(_labelled(root, "evidence")),
            archive=ArchiveKey(_labelled(root, "archive")),
            staff_code=StaffCodeKey(_labelled(root, "staff-code")),
            seed=SeedKey(_labelled(root, "seed")),
        )


def _labelled(root: bytes, label: str) -> Secret:
    return derive(root, encode("root", label))
