"""The safeguard policy in force: every number with its floor; proposing another, deciding on what somebody proposed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import Optional

from consult.database import read
from consult.errors import Invalid, NotFound, sentence
from consult.models import PolicyOutcome
from consult.services import policychanges
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import one_of, picked, words_field
from consult.web.languages import gettext
from consult.web.safeguard.blueprint import safeguard
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import AUDIENCES, MODES
from safeguards.policy import Parameter, Policy
from safeguards.policyfile import default
from safeguards.said import counted, said

__all__ = ["change_parameter", "decide_policy", "policy"]

#: The cases of a number that are neither an audience nor a mode.
_CASES = {
    "default": sentence("In general"),
    "adults": sentence("Adults"),
    "form": sentence("Form"),
    "live": sentence("With somebody there"),
    "remote": sentence("Conversation by phone or chat"),
    "under_13": sentence("Under 13 years"),
    "from_13": sentence("13 years and over"),
    "first_read": sentence("First read"),
    "backlog": sentence("Oldest that waits"),
    "imminent_call": sentence("Imminent danger: emergency service called"),
    "imminent_lead": sentence("Imminent danger: lead told"),
    "serious_decision": sentence("Serious danger: lead decides"),
    "serious_referral": sentence("Serious danger: referral made"),
    "other": sentence("Other danger"),
    "feedback": sentence("What was said"),
    "report": sentence("The answers of the decision-maker"),
    "impact": sentence("What came of it"),
    "hiv": sentence("HIV"),
    "pregnancy": sentence("Pregnancy"),
    "PG_6_9": sentence("Group in one room, 6 to 9 years"),
}
#: A number of each unit that comes with the program; one thing, two and eleven are said differently.
AMOUNTS: dict[str, Callable[[int], str]] = {
    "adults": lambda n: counted("%(n)s adult", "%(n)s adults", n),
    "children": lambda n: counted("%(n)s child", "%(n)s children", n),
    "children per adult": lambda n: counted("%(n)s child per adult", "%(n)s children per adult", n),
    "days": lambda n: counted("%(n)s day", "%(n)s days", n),
    "hours": lambda n: counted("%(n)s hour", "%(n)s hours", n),
    "minutes": lambda n: counted("%(n)s minute", "%(n)s minutes", n),
    "months": lambda n: counted("%(n)s month", "%(n)s months", n),
    "participants": lambda n: counted("%(n)s participant", "%(n)s participants", n),
    "people": lambda n: counted("%(n)s person", "%(n)s people", n),
    "promises": lambda n: counted("%(n)s promise", "%(n)s promises", n),
    "requirements": lambda n: counted("%(n)s requirement", "%(n)s requirements", n),
    "school grade": lambda n: said("school grade %(n)s", n=n),
    "tries": lambda n: counted("%(n)s try", "%(n)s tries", n),
    "years": lambda n: counted("%(n)s year", "%(n)s years", n),
}
OUTCOMES = {
    PolicyOutcome.APPROVED: sentence("Approved"),
    PolicyOutcome.REFUSED: sentence("Refused"),
    PolicyOutcome.WITHDRAWN: sentence("Withdrawn"),
}


class DecideForm(ActForm):
    """Yes or no to somebody's proposal, or its end by whoever made it."""

    outcome = one_of(sentence("Your decision"))
    passphrase = passphrase_field()


@dataclass(frozen=True, slots=True)
class Row:
    """One number of the policy as the page shows it."""

    case: str
    value: int
    floor: int
    shipped: int

    @property
    def own(self) -> bool:
        """Whether the organisation has changed it."""
        return self.value != self.shipped


def case_words(case: str) -> str:
    """What a number is for: an audience, a mode, an age, or a word of its own."""
    known = {**{str(key): text for key, text in (*AUDIENCES.items(), *MODES.items())}, **_CASES}
    return gettext(known[case]) if case in known else case.replace("_", "–")


def amount(value: int, unit: str) -> str:
    """So many of a unit, in a form to tell; a unit that only this organisation has stands behind its number."""
    return AMOUNTS[unit](value) if unit in AMOUNTS else f"{value} {unit}"


def rows_of(parameter: Parameter) -> list[Row]:
    """A parameter, case by case."""
    shipped = default().parameters[parameter.key].values
    return [Row(case, value, parameter.floors[case], shipped[case]) for case, value in parameter.values.items()]


@safeguard.get("/policy")
def policy() -> str:
    """Every number in force with its floor, unit and reason, a proposal that waits, and what was decided before."""
    return _page(DecideForm())


@safeguard.route("/policy/<parameter_id>", methods=["GET", "POST"])
def change_parameter(parameter_id: str) -> Response | tuple[str, int]:
    """Propose other numbers for one parameter; it changes nothing until somebody else decides."""
    found = _parameter(site().policy, parameter_id)
    form = _form_of(found)
    if form.is_sent and act(form, lambda db: _proposed(db, found, form)):
        return redirect(url_for("safeguard.policy", saved=1), 303)
    page = render_template(
        "safeguard/parameter.html",
        parameter=found,
        rows=rows_of(found),
        form=form,
        case_words=case_words,
        ruling=policychanges.may_propose(actor()),
        promised=found.key in policychanges.PROMISED,
    )
    return page, form.status


@safeguard.post("/policy")
def decide_policy() -> Response | tuple[str, int]:
    """Approve, refuse or withdraw the proposal that waits. What no longer passes is paused in the same moment."""
    form = DecideForm(outcome=picked(OUTCOMES))
    if act(form, lambda db: _decided(db, form)) is None:
        return _page(form), form.status
    return redirect(url_for("safeguard.policy", saved=1), 303)


def _page(form: DecideForm) -> str:
    who, now = actor(), site().clock()
    with read(site().engine) as db:
        found = policychanges.proposals(db, who)
        waiting = next((each for each in found if each.outcome is None), None)
        parts, unseen = policychanges.affected(db, who, waiting.id, now) if waiting else ((), 0)
    choices = {}
    if waiting and waiting.may_decide.ok:
        choices = {
            PolicyOutcome.APPROVED: sentence("Approve: it is in force at once"),
            PolicyOutcome.REFUSED: sentence("Refuse: everything stays as it is"),
        }
    elif waiting and waiting.may_withdraw.ok:
        choices = {PolicyOutcome.WITHDRAWN: sentence("Withdraw it")}
    form.outcome.choices = DecideForm(outcome=picked(choices)).outcome.choices
    return render_template(
        "safeguard/policy.html",
        policy=site().policy,
        rows_of=rows_of,
        amount=amount,
        case_words=case_words,
        waiting=waiting,
        decided=[each for each in found if each.outcome is not None],
        affected=parts,
        unseen=unseen,
        outcomes=OUTCOMES,
        form=form,
        may_propose=policychanges.may_propose(who).ok,
    )


def _parameter(found: Policy, key: str) -> Parameter:
    if key not in found.parameters:
        raise NotFound
    return found.parameters[key]


class _ProposalForm(ActForm):
    """The numbers of a parameter are added to it, a field for each case."""

    reason = words_field(sentence("Why?"), sentence("Whoever decides reads it, and it stays on record."))
    passphrase = passphrase_field()


def _form_of(parameter: Parameter) -> _ProposalForm:
    fields = {_field(case): IntegerField(case_words(case), validators=[Optional()]) for case in parameter.values}
    made: type[_ProposalForm] = type("ParameterForm", (_ProposalForm,), fields)
    return made({_field(case): value for case, value in parameter.values.items()})


def _field(case: str) -> str:
    return f"case_{case}"


def _proposed(db: Session, parameter: Parameter, form: _ProposalForm) -> bool:
    cases = {case: form[_field(case)].data for case in parameter.values}
    words, passphrase = form.reason.data, form.passphrase.data or ""
    try:
        policychanges.propose(db, site().keys, actor(), parameter.key, cases, words, passphrase, site().clock())
    except Invalid as error:
        named = {_field(name) if name in cases else name: said for name, said in error.problems.items()}
        raise Invalid(named) from error
    return True


def _decided(db: Session, form: DecideForm) -> bool:
    waiting = policychanges.waiting_proposal(db)
    if waiting is None:
        raise NotFound
    outcome, passphrase = PolicyOutcome(form.outcome.data), form.passphrase.data or ""
    policychanges.decide(db, site().keys, actor(), waiting.id, outcome, passphrase, site().clock())
    return True
