"""The nouns: one file each, invariants as constraints of the database."""

from consult.models.addedmeeting import AddedMeeting
from consult.models.assessment import IndicatorScore
from consult.models.audit import AuditEvent
from consult.models.base import Base
from consult.models.clock import Clock
from consult.models.complaint import Complaint, ComplaintCopy, ComplaintOutcome
from consult.models.concern import Channel, Closure, Concern, Severity, Wish
from consult.models.consultation import Consultation, ConsultationState
from consult.models.destruction import Destruction
from consult.models.document import EvidenceDocument
from consult.models.edition import Edition
from consult.models.feedback import FeedbackNote, IdeaSource, MainIdea
from consult.models.finding import KeptKind, KeptText, Theme, ThemeRelease
from consult.models.help import HelpAlert, HelpCopy, HelpRequest
from consult.models.inclusion import AdjustmentRequest, CoveragePlan, Publication
from consult.models.invitation import FormerCode, Invitation, Purpose
from consult.models.key import Epoch, StrandKey, StrandSalt, StrandShare
from consult.models.livesession import LiveSession, SessionNote
from consult.models.notice import MailWaiting, Notice
from consult.models.opening import OpeningMode, OpeningRequest
from consult.models.pagerecording import PageRecording
from consult.models.partner import Outcome, Partner, PartnerKind, Proposal, ProposalKind
from consult.models.person import Appointment, Person, StaffSession
from consult.models.policy import DECIDES_ON_POLICY, PolicyDecision, PolicyOutcome, PolicyProposal
from consult.models.profile import InclusionKey, InclusionShare, LiveSnapshot, Profile, ProfileShare, RunningTotals
from consult.models.quarantine import Quarantine, QuarantinedEpoch, Verdict
from consult.models.recording import Recording
from consult.models.recusal import Recusal
from consult.models.release import Release
from consult.models.response import Response, ResponseShare
from consult.models.safeguard import (
    ContactTest,
    EquivalentControl,
    Evidence,
    Incident,
    ProgramCheck,
    Stop,
    StopNotice,
    SupportService,
)
from consult.models.signature import ReviewNote, Signature
from consult.models.signin import AccountInvitation, BackupCode, CodeApp, CodeTries, Passkey, SignInTries
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
from consult.models.supplied import SuppliedRelease, SuppliedTotals
from consult.models.translation import SourceChange, Translation, TranslationCheck
from consult.models.triage import EpochTriage, TriageClock
from consult.models.waiver import GuardianWaiver

__all__ = [
    "DECIDES_ON_POLICY",
    "AccountInvitation",
    "AddedMeeting",
    "AdjustmentRequest",
    "Appointment",
    "AuditEvent",
    "BackupCode",
    "Base",
    "Channel",
    "Clock",
    "Closure",
    "CodeApp",
    "CodeTries",
    "Complaint",
    "ComplaintCopy",
    "ComplaintOutcome",
    "Concern",
    "Consultation",
    "ConsultationState",
    "ContactTest",
    "CoveragePlan",
    "Destruction",
    "Edition",
    "Epoch",
    "EpochTriage",
    "EquivalentControl",
    "Evidence",
    "EvidenceDocument",
    "FallbackDebt",
    "FeedbackNote",
    "FormerCode",
    "GuardianWaiver",
    "HelpAlert",
    "HelpCopy",
    "HelpRequest",
    "HolderRole",
    "IdeaSource",
    "Incident",
    "InclusionKey",
    "InclusionShare",
    "IndicatorScore",
    "Invitation",
    "KeptKind",
    "KeptText",
    "LiveSession",
    "LiveSnapshot",
    "MailWaiting",
    "MainIdea",
    "Notice",
    "OpeningMode",
    "OpeningRequest",
    "Outcome",
    "PageRecording",
    "Partner",
    "PartnerKind",
    "Passkey",
    "Person",
    "PolicyDecision",
    "PolicyOutcome",
    "PolicyProposal",
    "Profile",
    "ProfileShare",
    "ProgramCheck",
    "Proposal",
    "ProposalKind",
    "Publication",
    "Purpose",
    "Quarantine",
    "QuarantinedEpoch",
    "Recording",
    "Recusal",
    "Release",
    "Response",
    "ResponseShare",
    "ReviewNote",
    "RunningTotals",
    "SessionNote",
    "Severity",
    "SignInTries",
    "Signature",
    "SourceChange",
    "StaffSession",
    "Stop",
    "StopNotice",
    "Strand",
    "StrandCount",
    "StrandHolder",
    "StrandKey",
    "StrandSalt",
    "StrandService",
    "StrandShare",
    "StrandStaff",
    "StrandState",
    "SuppliedRelease",
    "SuppliedTotals",
    "SupportService",
    "Theme",
    "ThemeRelease",
    "Translation",
    "TranslationCheck",
    "TriageClock",
    "Verdict",
    "Wish",
]
