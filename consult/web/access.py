"""Who may reach which endpoint: one table. What is not in it does not exist; out of one's scope looks the same."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from consult.database import read
from consult.errors import Denied, NotFound
from consult.services.actors import Actor, roles_in, roles_in_each, visible_consultations, visible_strand
from consult.web.site import site
from consult.web.staff import actor, has_form_token, is_half_signed_in, is_signed_in
from consult.web.unsaved import what_was_written
from safeguards.terms import Role

__all__ = ["ACCESS", "PUBLIC", "Access", "install"]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come: everybody (`public`), anybody signed in (no roles), or holders of one of the roles.

    `second_step`: who gave the passphrase and not the second factor yet, and nobody else.
    `partners`: partners of the consultation that the address names, whatever roles others have.
    Roles count organisation-wide, in the consultation or on the strand that the address names; the service behind the
    endpoint decides what may be done.
    """

    public: bool = False
    second_step: bool = False
    partners: bool = False
    roles: frozenset[Role] = frozenset()


PUBLIC = Access(public=True)
SECOND_STEP = Access(second_step=True)
SIGNED_IN = Access()
#: Whoever has a role at all. A partner has none.
STAFF = Access(roles=frozenset(Role))
PARTNERS = Access(partners=True)
_SETTING_UP = frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR})
_ON_DUTY = _SETTING_UP | {Role.MODERATOR, Role.INTERPRETER, Role.SUPPORT_PRACTITIONER}
_DECIDING = frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER})
#: Whoever proves or checks a safeguard sees what it is about.
_PROVING = (
    _ON_DUTY
    | _DECIDING
    | {Role.ORGANISATION_MANAGER, Role.TECHNICAL_OPERATOR, Role.DATA_PROTECTION_LEAD, Role.TRANSLATION_LEAD}
)
_REVIEWING = frozenset({Role.ANALYST, Role.REDACTOR})
FACILITATORS = Access(roles=_SETTING_UP)
DESK = Access(roles=_PROVING)
LEADS = Access(roles=_DECIDING)
#: Requests for help are read by safeguarding leads alone; which ones, the copies sealed to them decide.
ON_CALL = Access(roles=frozenset({Role.SAFEGUARDING_LEAD}))
#: Whoever may come to know that somebody is in danger logs it; leads handle it.
LOGGING = Access(roles=_ON_DUTY | {Role.SAFEGUARDING_LEAD, Role.REDACTOR})
#: Live figures are for whoever sets the part up and answers for it; an inclusion holder makes them.
LIVE = Access(roles=_PROVING | {Role.INCLUSION})
INCLUSION = Access(roles=frozenset({Role.INCLUSION}))
REDACTORS = Access(roles=frozenset({Role.REDACTOR}))
DUTY = Access(roles=_ON_DUTY | _DECIDING)
REVIEWERS = Access(roles=_REVIEWING)
#: Whoever may press the emergency stop sees what it would stop.
STOPPING = Access(roles=_ON_DUTY | _DECIDING | {Role.TECHNICAL_OPERATOR})
#: Whoever may press the stop, and the head of the organisation, who has to know of it.
INCIDENT = Access(roles=_ON_DUTY | _DECIDING | {Role.TECHNICAL_OPERATOR, Role.ORGANISATION_MANAGER})
#: Protected tables are for everybody who works on a consultation and for who decides on it; an administrator runs it.
READERS = Access(roles=frozenset(Role) - {Role.ADMINISTRATOR})
OPENING = Access(roles=_REVIEWING | {Role.SAFEGUARDING_LEAD})
#: Those who were added at the server, and holders of keys once they are confirmed, confirm others.
CONFIRMING = Access(
    roles=_REVIEWING
    | _DECIDING
    | {Role.ADMINISTRATOR, Role.ORGANISATION_MANAGER, Role.DATA_PROTECTION_LEAD, Role.INCLUSION}
)
#: Whoever plans whom to hear and keeps the register of needs.
COVERING = Access(roles=_ON_DUTY | _DECIDING | {Role.INCLUSION})
#: Whoever may tell those who took part what they said.
TELLING = Access(roles=_SETTING_UP | _DECIDING)
#: What is owed to those who answered: whoever tells them, whoever answers, and whoever sees that it happens.
FEEDBACK = Access(roles=_SETTING_UP | _DECIDING | {Role.ORGANISATION_MANAGER, Role.DECISION_MAKER, Role.ANALYST})
WRITING_BACK = Access(roles=_SETTING_UP | {Role.ORGANISATION_MANAGER})
#: Whoever reads over and publishes what somebody else wrote, and whoever takes it back.
READING_OVER = Access(roles=_SETTING_UP | {Role.ORGANISATION_MANAGER, Role.SAFEGUARDING_LEAD})
TAKING_BACK = Access(roles=_SETTING_UP | _DECIDING | {Role.ORGANISATION_MANAGER})
ANSWERING = Access(roles=_SETTING_UP | {Role.ORGANISATION_MANAGER, Role.DECISION_MAKER})
#: Whoever may end a consultation when it is over.
ARCHIVING = Access(roles=_SETTING_UP | {Role.ORGANISATION_MANAGER, Role.DATA_PROTECTION_LEAD})
#: Whoever reads what people wrote, and the second person who looks at what was kept of it.
SECOND_READERS = Access(roles=frozenset({Role.REDACTOR, Role.SAFEGUARDING_LEAD}))
MANAGERS = Access(roles=frozenset({Role.ORGANISATION_MANAGER}))
ADMINISTRATORS = Access(roles=frozenset({Role.ADMINISTRATOR}))

#: Endpoints of the participants' face are public as a whole: they have no account and help must always be reachable.
PUBLIC_BLUEPRINTS = frozenset({"participate"})

ACCESS: dict[str, Access] = {
    "static": PUBLIC,
    "health.healthz": PUBLIC,
    "signin.form": PUBLIC,
    "signin.submit": PUBLIC,
    "signin.recover": PUBLIC,
    "signin.join": PUBLIC,
    "signin.accept": PUBLIC,
    "signin.step": SECOND_STEP,
    "signin.give_up": SECOND_STEP,
    "signin.set_up": SECOND_STEP,
    "signin.set_up_app": SECOND_STEP,
    "signin.set_up_passkey": SECOND_STEP,
    "signin.leave": SIGNED_IN,
    "signin.home": SIGNED_IN,
    "signin.notices": SIGNED_IN,
    "signin.put_away": SIGNED_IN,
    "signin.me": SIGNED_IN,
    "signin.code": SIGNED_IN,
    "signin.known": SIGNED_IN,
    "signin.language": SIGNED_IN,
    "signin.ways": SIGNED_IN,
    "signin.add_app": SIGNED_IN,
    "signin.add_passkey": SIGNED_IN,
    "signin.remove_way": SIGNED_IN,
    "signin.new_codes": SIGNED_IN,
    "signin.end": SIGNED_IN,
    "facilitate.consultations": DESK,
    "facilitate.new": FACILITATORS,
    "facilitate.overview": DESK,
    "facilitate.archive": ARCHIVING,
    "facilitate.purpose": FACILITATORS,
    "facilitate.add": FACILITATORS,
    "facilitate.plan": DESK,
    "facilitate.questions": DESK,
    "facilitate.choose": FACILITATORS,
    "facilitate.own_question": FACILITATORS,
    "facilitate.question_file": FACILITATORS,
    "facilitate.xlsform": DESK,
    "facilitate.question": DESK,
    "facilitate.text": DESK,
    "facilitate.languages": DESK,
    "facilitate.supplied": DESK,
    "facilitate.translation": DESK,
    "facilitate.translation_text": DESK,
    "facilitate.translation_file": DESK,
    "facilitate.take_translation_file": DESK,
    "facilitate.team": DESK,
    "facilitate.meetings": DESK,
    "facilitate.help": DESK,
    "facilitate.services": DESK,
    "facilitate.new_service": DESK,
    "facilitate.take_known": DESK,
    "facilitate.service": DESK,
    "facilitate.change_service": DESK,
    "facilitate.test_service": DESK,
    "facilitate.confirm_calls": DESK,
    "facilitate.safeguards": DESK,
    "facilitate.requirement": DESK,
    "facilitate.attest": DESK,
    "facilitate.verify": DESK,
    "facilitate.document": DESK,
    "facilitate.revoke": DESK,
    "facilitate.together": DESK,
    "facilitate.evidence_desk": DESK,
    "facilitate.register": DESK,
    "facilitate.keep_promise": LEADS,
    "facilitate.program_checks": DESK,
    "facilitate.verify_program_check": DESK,
    "facilitate.records": DESK,
    "facilitate.record": DESK,
    "facilitate.attest_record": DESK,
    "facilitate.verify_record": DESK,
    "facilitate.revoke_record": DESK,
    "facilitate.substitutes": DESK,
    "facilitate.accept_substitute": LEADS,
    "facilitate.keep_substitute": LEADS,
    "facilitate.end_substitute": DESK,
    "facilitate.waivers": DESK,
    "facilitate.easier": DESK,
    "facilitate.easier_text": DESK,
    "facilitate.aloud": DESK,
    "facilitate.recordings": DESK,
    "facilitate.recording": DESK,
    "facilitate.page_recordings": DESK,
    "facilitate.page_recording": DESK,
    "facilitate.page_sound": DESK,
    "facilitate.decide_waiver": DESK,
    "facilitate.send": FACILITATORS,
    "facilitate.take_back": FACILITATORS,
    "facilitate.answer_lead": DESK,
    "facilitate.share": DUTY,
    "facilitate.card": DUTY,
    "facilitate.make_cards": DUTY,
    "facilitate.make_void": DUTY,
    "facilitate.pause": DUTY,
    "facilitate.appointments": MANAGERS,
    "facilitate.dismiss": MANAGERS,
    "facilitate.partners": DESK,
    "facilitate.partner_link": FACILITATORS,
    "facilitate.remind_partner": FACILITATORS,
    "facilitate.end_partner": FACILITATORS,
    "facilitate.proposal": DESK,
    "facilitate.prove_codesign": FACILITATORS,
    "facilitate.host": FACILITATORS,
    "facilitate.sessions": DUTY,
    "facilitate.add_session": DUTY,
    "facilitate.take_off_session": DUTY,
    "facilitate.begin_session": DUTY,
    "facilitate.session": DUTY,
    "facilitate.do_in_session": DUTY,
    "facilitate.pack": DUTY,
    "facilitate.recusals": READERS,
    "facilitate.lift_recusal": LEADS,
    "facilitate.all_feedback": FEEDBACK,
    "facilitate.feedback": FEEDBACK,
    "facilitate.new_idea": WRITING_BACK,
    "facilitate.idea": WRITING_BACK,
    "facilitate.remove_idea": WRITING_BACK,
    "facilitate.answer_idea": ANSWERING,
    "facilitate.write_note": WRITING_BACK,
    "facilitate.publish": READING_OVER,
    "facilitate.take_back_note": TAKING_BACK,
    "facilitate.assessment": FEEDBACK,
    "facilitate.score": WRITING_BACK,
    "safeguard.queue": LEADS,
    "safeguard.complaints": LEADS,
    "safeguard.complaint": LEADS,
    "safeguard.answer_complaint": LEADS,
    "safeguard.log": LEADS,
    "safeguard.running": DUTY,
    "safeguard.policy": STAFF,
    "safeguard.change_parameter": LEADS,
    "safeguard.decide_policy": LEADS,
    "safeguard.review": LEADS,
    "safeguard.sign": LEADS,
    "safeguard.give_back": LEADS,
    "safeguard.ask_more": LEADS,
    "safeguard.decide_piece": LEADS,
    "safeguard.run": STOPPING,
    "safeguard.do": STOPPING,
    "safeguard.stop_wide": STOPPING,
    "safeguard.lift_wide": LEADS,
    "safeguard.incident": INCIDENT,
    "safeguard.see_stop": INCIDENT,
    "safeguard.write_cause": INCIDENT,
    "safeguard.allegations": LEADS,
    "safeguard.log_allegation": LEADS,
    "safeguard.allegation": LEADS,
    "safeguard.apart": LEADS,
    "safeguard.set_apart": LEADS,
    "safeguard.decide_apart": LEADS,
    "safeguard.language": LEADS,
    "safeguard.help_requests": ON_CALL,
    "safeguard.help_request": ON_CALL,
    "safeguard.read_help": ON_CALL,
    "safeguard.answer_help": ON_CALL,
    "safeguard.concerns": ON_CALL,
    "safeguard.concern": ON_CALL,
    "safeguard.handle_concern": ON_CALL,
    "safeguard.tell_of_child": ON_CALL,
    "safeguard.close_concern": ON_CALL,
    "safeguard.log_concern": LOGGING,
    "review.live": LIVE,
    "review.live_file": LIVE,
    "review.refresh": INCLUSION,
    "review.give_inclusion": INCLUSION,
    "review.triage_desk": OPENING,
    "review.read_new": REDACTORS,
    "review.openings": OPENING,
    "review.ask": REVIEWERS,
    "review.opening": OPENING,
    "review.grant": OPENING,
    "review.refuse": OPENING,
    "review.make": REVIEWERS,
    "review.key": OPENING,
    "review.add_holder": OPENING,
    "review.redraw": REVIEWERS,
    "review.words": Access(roles=frozenset({Role.REDACTOR})),
    "review.read_words": Access(roles=frozenset({Role.REDACTOR})),
    "review.kept": SECOND_READERS,
    "review.decide_kept": SECOND_READERS,
    "review.releases": READERS,
    "review.certificates": READERS,
    "review.certificate_file": READERS,
    "review.report": READERS,
    "review.release_file": READERS,
    "review.report_file": READERS,
    "review.codebook_file": READERS,
    "review.totals_file": READERS,
    "review.coverage": COVERING,
    "review.population": COVERING,
    "review.population_template": COVERING,
    "review.read_population_file": COVERING,
    "review.needs": COVERING,
    "review.answer_need": COVERING,
    "review.tell": TELLING,
    "partner.consultations": PARTNERS,
    "partner.consultation": PARTNERS,
    "partner.name": PARTNERS,
    "partner.leave": PARTNERS,
    "partner.questions": PARTNERS,
    "partner.propose": PARTNERS,
    "administer.people": ADMINISTRATORS,
    "administer.add": ADMINISTRATORS,
    "administer.roles": ADMINISTRATORS,
    "administer.holders": CONFIRMING,
    "administer.confirm": CONFIRMING,
    "administer.again": ADMINISTRATORS,
    "administer.reset": ADMINISTRATORS,
    "administer.disable": ADMINISTRATORS,
}


def install(app: Flask) -> None:
    """Ask before every request."""
    app.before_request(_ask)


def _ask() -> ResponseReturnValue | None:
    if request.endpoint is None or request.blueprint in PUBLIC_BLUEPRINTS:
        return None
    rule = ACCESS.get(request.endpoint)
    if rule is None:
        raise NotFound
    if rule.public:
        return None
    way_in = _way_in(rule)
    if way_in:
        return what_was_written(signed_out=True) or redirect(url_for(way_in), 303)
    if not rule.second_step:
        _in_scope(rule)
    if request.method != "POST" or has_form_token():
        return None
    unsaved = what_was_written(signed_out=False)
    if unsaved is None:
        raise Denied("This page was open too long. Nothing was saved: go back, load it again and repeat.")
    return unsaved


def _way_in(rule: Access) -> str:
    """The page on which the sign-in goes on before this one can be reached; "" when it can."""
    if rule.second_step:
        return "" if is_half_signed_in() else "signin.form"
    if is_signed_in():
        return ""
    return "signin.step" if is_half_signed_in() else "signin.form"


def _in_scope(rule: Access) -> None:
    """404 for a role the person does not have here, and for what lies outside the person's scope.

    Roles count for the whole organisation, in the consultation of the address, or on the strand of the address.
    """
    who = actor()
    names = request.view_args or {}
    if rule.partners:
        here = {names["consultation_id"]} if "consultation_id" in names else who.partner_in
        if not here & who.partner_in:
            raise NotFound
        return
    with read(site().engine) as db:
        roles = who.roles
        if "consultation_id" in names:
            roles |= _roles_in(db, who, names["consultation_id"], names.get("strand_id"))
        elif "strand_id" in names:
            roles |= roles_in(db, who, visible_strand(db, who, names["strand_id"]))
        else:
            roles |= {role for _, role in who.duties}
    if rule.roles and not roles & rule.roles:
        raise NotFound


def _roles_in(db: Session, who: Actor, consultation_id: str, strand_id: str | None) -> frozenset[Role]:
    consultation = next((each for each in visible_consultations(db, who) if each.id == consultation_id), None)
    if consultation is None:
        raise NotFound
    strands = [each for each in consultation.strands if strand_id in (None, each.id)]
    if strand_id and not strands:
        raise NotFound
    duties = {role for where, role in who.duties if where == consultation_id}
    return frozenset(duties).union(*roles_in_each(db, who, strands).values())
