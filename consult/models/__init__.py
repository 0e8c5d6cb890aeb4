"""The nouns: one file each, invariants as constraints of the database."""

from consult.models.audit import AuditEvent
from consult.models.base import Base
from consult.models.complaint import Complaint, ComplaintCopy, ComplaintOutcome
from consult.models.consultation import Consultation, ConsultationState
from consult.models.document import EvidenceDocument
from consult.models.inclusion import AdjustmentRequest, CoveragePlan, Publication
from consult.models.invitation import Invitation, Purpose
from consult.models.key import Epoch, StrandKey, StrandSalt, StrandShare
from consult.models.opening import OpeningMode, OpeningRequest
from consult.models.person import Appointment, Person, StaffSession
from consult.models.recusal import Recusal
from consult.models.release import Release
from consult.models.response import Response, ResponseShare
from consult.models.safeguard import ContactTest, EquivalentControl, Evidence, Incident, Stop, SupportService
from consult.models.signature import Signature
from consult.models.signin import AccountInvitation, BackupCode, CodeApp, CodeTries, Passkey
from consult.models.strand import (
    FallbackDebt,
    HolderRole,
    Strand,
    StrandCount,
    StrandHolder,
    StrandService,
    StrandStaff,
    StrandState,
)

__all__ = [
    "AccountInvitation",
    "AdjustmentRequest",
    "Appointment",
    "AuditEvent",
    "BackupCode",
    "Base",
    "CodeApp",
    "CodeTries",
    "Complaint",
    "ComplaintCopy",
    "ComplaintOutcome",
    "Consultation",
    "ConsultationState",
    "ContactTest",
    "CoveragePlan",
    "Epoch",
    "EquivalentControl",
    "Evidence",
    "EvidenceDocument",
    "FallbackDebt",
    "HolderRole",
    "Incident",
    "Invitation",
    "OpeningMode",
    "OpeningRequest",
    "Passkey",
    "Person",
    "Publication",
    "Purpose",
    "Recusal",
    "Release",
    "Response",
    "ResponseShare",
    "Signature",
    "StaffSession",
    "Stop",
    "Strand",
    "StrandCount",
    "StrandHolder",
    "StrandKey",
    "StrandSalt",
    "StrandService",
    "StrandShare",
    "StrandStaff",
    "StrandState",
    "SupportService",
]
