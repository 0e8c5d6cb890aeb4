"""Written substitutes of one part: proposing one, the two yeses, finding it in place, ending it."""

from __future__ import annotations

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import sentence
from consult.models import EquivalentControl
from consult.services.evidence import substitutes as service
from consult.services.evidence.board import names_of
from consult.services.evidence.substitutes import AGREEMENT, SubstituteValues
from consult.services.people.accounts import people
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.facilitate.evidence import end_of
from consult.web.forms import day_field, offered, one_of, text_field, tick_field, words_field
from consult.web.once import once
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import told

__all__ = ["accept_substitute", "end_substitute", "keep_substitute", "substitutes"]


class ProposeForm(ActForm):
    """What is done instead of a requirement that allows it."""

    requirement = one_of(sentence("Instead of which requirement?"), listed=True)
    what = words_field(
        sentence("What is done instead?"),
        sentence("What, where, by whom; and why it protects as well. Lead and approver read it before they say yes."),
    )
    owner = one_of(sentence("Who keeps it?"), listed=True)
    due = day_field(
        sentence("In place by"), sentence("Leave it empty if it is in place already. After that day the part closes.")
    )
    expires = day_field(sentence("Accepted until"))
    written_notice = tick_field(sentence("Instead of an agreement: the service was told of the dates in writing"))
    practitioner = text_field(sentence("Instead of an agreement: the local practitioner who stands ready"))


class YesForm(ActForm):
    """One of two yeses."""

    passphrase = passphrase_field()


class EndForm(ActForm):
    """Why it is refused or taken back."""

    reason = words_field(sentence("Why?"))


@facilitate.route("/c/<consultation_id>/<strand_id>/substitutes", methods=["GET", "POST"])
def substitutes(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Every substitute of the part, and a form to propose one."""
    form = ProposeForm({"requirement": request.args.get("for", ""), "owner": actor().id})
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        form.requirement.choices = offered(service.allowing(db, row, site().policy, site().clock()))
        form.owner.choices = offered([(who.id, who.name) for who in people(db)])
    if form.is_sent and act(form, once(EquivalentControl, lambda db: _propose(db, strand_id, form))) is not None:
        return redirect(address("substitutes", strand, saved=1), 303)
    return _page(consultation_id, strand_id, form), form.status


def _propose(db: Session, strand_id: str, form: ProposeForm) -> EquivalentControl:
    values = SubstituteValues(
        requirement=form.requirement.data,
        what=form.what.data,
        owner_id=form.owner.data,
        expires=end_of(form.expires.data),
        due=end_of(form.due.data),
        written_notice=form.written_notice.data,
        practitioner=form.practitioner.data,
    )
    return service.propose_substitute(
        db, site().keys, site().policy, actor(), row_of(db, strand_id), values, site().clock()
    )


@facilitate.post("/c/<consultation_id>/<strand_id>/substitutes/<substitute_id>/accept")
def accept_substitute(consultation_id: str, strand_id: str, substitute_id: str) -> Response | tuple[str, int]:
    """One of the two yeses."""
    form = YesForm()

    def work(db: Session) -> EquivalentControl:
        words = form.passphrase.data or ""
        return service.accept_substitute(
            db, site().keys, actor(), row_of(db, strand_id), substitute_id, words, site().clock()
        )

    return _after(consultation_id, strand_id, form, act(form, work) is not None)


@facilitate.post("/c/<consultation_id>/<strand_id>/substitutes/<substitute_id>/kept")
def keep_substitute(consultation_id: str, strand_id: str, substitute_id: str) -> Response | tuple[str, int]:
    """A lead has seen that it is in place."""
    form = YesForm()

    def work(db: Session) -> bool:
        service.found_in_place(db, site().keys, actor(), row_of(db, strand_id), substitute_id, site().clock())
        return True

    return _after(consultation_id, strand_id, form, bool(act(form, work)))


@facilitate.post("/c/<consultation_id>/<strand_id>/substitutes/<substitute_id>/end")
def end_substitute(consultation_id: str, strand_id: str, substitute_id: str) -> Response | tuple[str, int]:
    """Refuse it or take it back; what is open and relied on it is looked at again at once."""
    form = EndForm()

    def work(db: Session) -> bool:
        row, now = row_of(db, strand_id), site().clock()
        service.end_substitute(db, site().keys, site().policy, actor(), row, substitute_id, form.reason.data, now)
        return True

    return _after(consultation_id, strand_id, form, bool(act(form, work)))


def _after(consultation_id: str, strand_id: str, form: ActForm, done: bool) -> Response | tuple[str, int]:
    if not done:
        return _page(consultation_id, strand_id, form), form.status
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
    return redirect(address("substitutes", strand, saved=1), 303)


def _page(consultation_id: str, strand_id: str, form: ActForm) -> str:
    """The list; what was refused of any form stands above it."""
    who, now = actor(), site().clock()
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        found = service.substitutes_of(db, who, row, site().policy)
        allowed = service.allowing(db, row, site().policy, now)
        ruling = service.may_propose(db, who, row)
        names = names_of(db)
        everybody = [(each.id, each.name) for each in people(db)]
    shown = form if isinstance(form, ProposeForm) else ProposeForm({"owner": who.id})
    shown.requirement.choices, shown.owner.choices = (
        offered([(each, told(title)) for each, title in allowed]),
        offered(everybody),
    )
    return page(
        "substitutes.html",
        consultation,
        strand,
        form=form,
        proposing=shown,
        passphrase=YesForm().passphrase,
        found=found,
        allowed=allowed,
        ruling=ruling,
        names=names,
        agreement=AGREEMENT,
    )
