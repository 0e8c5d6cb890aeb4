"""Totals of a part whose children are asked by their own service: entered by it, signed by a lead, shown protected."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import Invalid
from consult.services.desks.desk import StrandView
from consult.services.report.supplied import asked_by_service, confirm, countable, enter, may_confirm, may_enter, see
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["supplied"]

_MOST_DIGITS = 6


class SupplyForm(ActForm):
    """A signature under totals; the numbers stand beside their answers in the page itself."""

    passphrase = passphrase_field()


@facilitate.route("/c/<consultation_id>/<strand_id>/totals", methods=["GET", "POST"])
def supplied(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """The service enters its totals; a lead signs beside it; everybody else sees what singles nobody out."""
    form = SupplyForm()
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
    if form.is_sent and act(form, lambda db: _do(db, strand, form)) is not None:
        return redirect(address("supplied", strand, saved=1), 303)
    with read(site().engine) as db:
        row = row_of(db, strand_id)
        found = see(db, actor(), row)
        rulings = {"enter": may_enter(db, actor(), row), "confirm": may_confirm(db, actor(), row)}
    return page(
        "supplied.html",
        consultation,
        strand,
        form=form,
        found=found,
        asked=asked_by_service(strand.card.audience),
        questions=countable(strand.form),
        rulings=rulings,
        typed=request.form,
    ), form.status


def _do(db: Session, strand: StrandView, form: ActForm) -> bool:
    row, now, passphrase = row_of(db, strand.id), site().clock(), form["passphrase"].data or ""
    if request.form.get("deed") == "confirm":
        confirm(db, site().keys, site().policy, actor(), row, request.form.get("seen", ""), passphrase, now)
        return True
    enter(db, site().keys, actor(), row, _number("people"), _counts(strand), passphrase, now)
    return True


def _counts(strand: StrandView) -> Mapping[str, Mapping[str, int]]:
    """Question → option → number, for every question of which at least one number was typed."""
    found = {}
    for question in countable(strand.form):
        numbers = {option: _number(name) for name, option in question.names_of_options}
        if any(n is not None for n in numbers.values()):
            found[question.id] = {option: n or 0 for option, n in numbers.items()}
    return found


def _number(field: str) -> int | None:
    typed = request.form.get(field, "").strip()
    if typed and not (typed.isascii() and typed.isdecimal() and len(typed) <= _MOST_DIGITS):
        raise Invalid({field: ["Write a whole number."]})
    return int(typed) if typed else None
