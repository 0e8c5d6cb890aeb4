"""The audit log, for whoever decides: who did what to what, without a word that anybody wrote."""

from __future__ import annotations

from flask import render_template, request

from consult.database import read
from consult.errors import sentence
from consult.services.auditing import Verb
from consult.services.desks.auditlog import log_page
from consult.web.languages import gettext
from consult.web.safeguard.blueprint import safeguard
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["WORDS"]

_MOST_DIGITS = 10
#: What an event is called; only one of another version is shown by its code.
WORDS: dict[str, str] = {
    Verb.POLICY_PROPOSED: sentence("Change of the policy proposed"),
    Verb.POLICY_DECIDED: sentence("Change of the policy decided"),
    Verb.PERSON_ADDED: sentence("Added"),
    Verb.PERSON_INVITED: sentence("Given a link"),
    Verb.PERSON_JOINED: sentence("Joined"),
    Verb.PERSON_APPOINTED: sentence("Given a role"),
    Verb.PERSON_DISABLED: sentence("Account ended"),
    Verb.SIGN_IN_RENEWED: sentence("New passphrase"),
    Verb.SIGN_IN_REFUSED: sentence("Many failed sign-ins"),
    Verb.FACTOR_ADDED: sentence("Second step added"),
    Verb.FACTOR_REMOVED: sentence("Second step removed"),
    Verb.FACTORS_RESET: sentence("Second step reset"),
    Verb.BACKUP_CODES_MADE: sentence("New backup codes"),
    Verb.RECOVERED: sentence("New passphrase by the printed code"),
    Verb.RECOVERY_PRINTED: sentence("New recovery code"),
    Verb.HOLDER_CONFIRMED: sentence("Confirmed as holder"),
    Verb.HOLDER_JOINED: sentence("Given a half of the key"),
    Verb.HOLDER_LEFT: sentence("Half of the key taken away"),
    Verb.KEY_REDRAWN: sentence("Halves of the key drawn anew"),
    Verb.KEY_DESTROYED: sentence("Key destroyed"),
    Verb.INVITATIONS_MADE: sentence("One-time codes made"),
    Verb.INVITATIONS_VOID: sentence("Link, code and unused cards made void"),
    Verb.RECUSED: sentence("Kept out"),
    Verb.RECUSAL_LIFTED: sentence("Let in again"),
    Verb.CONSULTATION_MADE: sentence("Set up"),
    Verb.CONSULTATION_CHANGED: sentence("Changed"),
    Verb.STRAND_MADE: sentence("Set up"),
    Verb.STRAND_CHANGED: sentence("Changed"),
    Verb.STRAND_SENT: sentence("Sent for approval"),
    Verb.STRAND_RETURNED: sentence("Returned"),
    Verb.STRAND_SIGNED: sentence("Signed"),
    Verb.STRAND_OPENED: sentence("Opened"),
    Verb.STRAND_SUSPENDED: sentence("Paused"),
    Verb.STRAND_RESUMED: sentence("Opened again"),
    Verb.STRAND_STOPPED: sentence("Stopped"),
    Verb.STRAND_CLOSED: sentence("Closed"),
    Verb.STRAND_FELL_BACK: sentence("Adults stand in"),
    Verb.WITHDRAWALS_ENDED: sentence("Answers can not be taken back any more"),
    Verb.RESPONSES_COUNTED: sentence("Answers of the week counted"),
    Verb.RECORDS_REWRITTEN: sentence("Records written anew"),
    Verb.PAGE_RECORDED: sentence("Recording of a page brought"),
    Verb.PAGE_HEARD: sentence("Recording of a page confirmed"),
    Verb.PAGE_SILENCED: sentence("Recording of a page taken away"),
    Verb.CLOCK_BELIEVED: sentence("Date of the server confirmed"),
    Verb.EVIDENCE_ATTESTED: sentence("Evidence given"),
    Verb.EVIDENCE_VERIFIED: sentence("Evidence checked"),
    Verb.EVIDENCE_REVOKED: sentence("Evidence taken back"),
    Verb.EQUIVALENT_PROPOSED: sentence("Substitute proposed"),
    Verb.EQUIVALENT_ACCEPTED: sentence("Substitute accepted"),
    Verb.EQUIVALENT_KEPT: sentence("Substitute found in place"),
    Verb.EQUIVALENT_ENDED: sentence("Substitute ended"),
    Verb.PROGRAM_CHECKED: sentence("Checked by the program"),
    Verb.PROGRAM_CHECK_VERIFIED: sentence("Check of the program looked at"),
    Verb.REVIEW_ASKED: sentence("More was asked"),
    Verb.REVIEW_ANSWERED: sentence("Answered"),
    Verb.STOP_SEEN: sentence("Emergency stop seen"),
    Verb.STOP_CAUSE_WRITTEN: sentence("Cause of the stop written"),
    Verb.DEBT_KEPT: sentence("Children were asked themselves"),
    Verb.WAIVER_PROPOSED: sentence("Waiver of guardians' consent proposed"),
    Verb.WAIVER_AGREED: sentence("Waiver of guardians' consent agreed"),
    Verb.WAIVER_REVOKED: sentence("Waiver of guardians' consent taken back"),
    Verb.SERVICE_SAVED: sentence("Help service saved"),
    Verb.SERVICE_TESTED: sentence("Help service called"),
    Verb.SERVICE_TEST_CONFIRMED: sentence("Call to a help service confirmed"),
    Verb.STOP_PRESSED: sentence("Emergency stop"),
    Verb.STOP_LIFTED: sentence("Emergency stop lifted"),
    Verb.INCIDENT_OPENED: sentence("Allegation logged"),
    Verb.INCIDENT_RESOLVED: sentence("Yes to the end of an allegation"),
    Verb.OPENING_ASKED: sentence("Opening asked for"),
    Verb.OPENING_GRANTED: sentence("Opening granted"),
    Verb.OPENING_REFUSED: sentence("Opening refused"),
    Verb.OPENING_USED: sentence("Answers opened"),
    Verb.RELEASE_MADE: sentence("Tables made"),
    Verb.PARTNER_INVITED: sentence("Partner invited"),
    Verb.PARTNER_REMINDED: sentence("Partner reminded"),
    Verb.PARTNER_NAMED: sentence("Partner said how to be named"),
    Verb.PARTNER_ENDED: sentence("Partnership ended"),
    Verb.PROPOSAL_MADE: sentence("Change proposed by a partner"),
    Verb.PROPOSAL_DECIDED: sentence("Proposal answered"),
    Verb.PROPOSAL_ERASED: sentence("Words of a proposal erased"),
    Verb.SESSION_ADDED: sentence("A meeting was added"),
    Verb.SESSION_TAKEN_OFF: sentence("A meeting that was added was taken off"),
    Verb.HOST_NAMED: sentence("Host of a part named"),
    Verb.PERSON_DISMISSED: sentence("Role taken away"),
    Verb.BACKUP_MADE: sentence("Backup made"),
    Verb.RESTORED: sentence("Backup restored"),
    Verb.WORDS_WRITTEN: sentence("Words in a language written"),
    Verb.WORDS_CHECKED: sentence("Words in a language confirmed"),
    Verb.LANGUAGE_SHUT: sentence("Language shut"),
    Verb.LANGUAGE_SIGNED: sentence("Language signed"),
    Verb.TOTALS_ENTERED: sentence("Totals entered"),
    Verb.TOTALS_CONFIRMED: sentence("Totals confirmed"),
    Verb.HELP_READ: sentence("Request for contact read"),
    Verb.HELP_ANSWERED: sentence("Request for contact answered"),
    Verb.HELP_FORGOTTEN: sentence("Request for contact deleted"),
    Verb.CONCERN_LOGGED: sentence("Concern logged"),
    Verb.CONCERN_HANDLED: sentence("Concern handled"),
    Verb.CONCERN_CLOSED: sentence("Concern closed"),
    Verb.SET_APART: sentence("Answers set apart"),
    Verb.DOUBT_JUDGED: sentence("Answers set apart: one decision"),
    Verb.DOUBT_CLEARED: sentence("Answers set apart: cleared"),
    Verb.DOUBTED_DESTROYED: sentence("Answers set apart: destroyed"),
    Verb.TRIAGE_BEGUN: sentence("New own words read"),
    Verb.INCLUSION_KEY_MADE: sentence("Key of the counts made"),
    Verb.INCLUSION_HOLDER_JOINED: sentence("Given the key of the counts"),
    Verb.COVERAGE_REFRESHED: sentence("Who took part counted"),
    Verb.COMPLAINT_READ: sentence("Complaint read"),
    Verb.COMPLAINT_ANSWERED: sentence("Complaint answered"),
    Verb.RELEASE_PUBLISHED: sentence("Report released"),
    Verb.REPORT_HANDED_OUT: sentence("Report handed out"),
    Verb.COVERAGE_PLANNED: sentence("Planned whom to hear"),
    Verb.ADJUSTMENT_NOTED: sentence("Need noted"),
    Verb.ADJUSTMENT_ANSWERED: sentence("Need answered"),
    Verb.THEME_MADE: sentence("Theme made"),
    Verb.THEMES_RELEASED: sentence("Themes counted"),
    Verb.TEXT_KEPT: sentence("Quote proposed"),
    Verb.TEXT_CONFIRMED: sentence("Quote let through"),
    Verb.TEXT_DROPPED: sentence("Quote dropped"),
    Verb.IDEA_WRITTEN: sentence("Main idea written"),
    Verb.IDEA_REMOVED: sentence("Main idea removed"),
    Verb.IDEA_ANSWERED: sentence("Main idea answered"),
    Verb.FEEDBACK_WRITTEN: sentence("What changed: written"),
    Verb.FEEDBACK_PUBLISHED: sentence("What changed: published"),
    Verb.FEEDBACK_TAKEN_BACK: sentence("What changed: taken back"),
    Verb.ASSESSMENT_SCORED: sentence("Self-assessment scored"),
    Verb.SESSION_BEGUN: sentence("Session begun"),
    Verb.SESSION_NOTED: sentence("Session noted"),
}


@safeguard.app_template_filter()
def happened(verb: str) -> str:
    """What an event is called."""
    return gettext(WORDS[verb]) if verb in WORDS else verb


@safeguard.get("/log")
def log() -> str:
    """Fifty events, the newest first, and a link to older ones."""
    given = request.args.get("before", "")
    before = int(given) if given.isascii() and given.isdecimal() and len(given) < _MOST_DIGITS else None
    with read(site().engine) as db:
        page = log_page(db, actor(), before)
    return render_template("safeguard/log.html", page=page, first=before is None)
