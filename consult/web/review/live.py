"""Live coverage: the newest frozen snapshot for whoever works on the part; an inclusion holder makes the next."""

from __future__ import annotations

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import sentence
from consult.models import LiveSnapshot
from consult.services.keys import inclusionjoining
from consult.services.report import handingout, livecoverage
from consult.services.tables import doubt
from consult.web.acting import ActForm, act, passphrase_field
from consult.web.forms import offered, pick_one
from consult.web.languages import current_language
from consult.web.parts import here, part_page, row_of
from consult.web.review.blueprint import review
from consult.web.review.handout import HandOutForm, attached
from consult.web.review.phrases import label, table_title
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["live", "live_file", "refresh"]


class RefreshForm(ActForm):
    """The holder's own key opens the profiles, for this one count."""

    passphrase = passphrase_field()


class GiveForm(ActForm):
    """Whom the key is given on to."""

    person = pick_one(sentence("Who joins"))
    own_passphrase = passphrase_field()


@review.get("/c/<consultation_id>/<strand_id>/live")
def live(consultation_id: str, strand_id: str) -> str:
    """Who took part so far, as it was frozen last. Between snapshots nothing moves."""
    return _page(consultation_id, strand_id, RefreshForm())


@review.post("/c/<consultation_id>/<strand_id>/live")
def refresh(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Count, protect, audit together with all snapshots before, and freeze."""
    form = RefreshForm()
    made = act(form, lambda db: _counted(db, strand_id, form), within=read)
    if made is None or act(form, lambda db: _frozen(db, strand_id, made)) is None:
        return _page(consultation_id, strand_id, form), form.status
    return redirect(url_for("review.live", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)


@review.post("/c/<consultation_id>/<strand_id>/live/holders")
def give_inclusion(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Give what one holds of the inclusion key on to somebody who has joined."""
    form = GiveForm()
    with read(site().engine) as db:
        form.person.choices = offered(inclusionjoining.can_join(db, site().keys, actor(), row_of(db, strand_id)))
    if act(form, lambda db: _given(db, strand_id, form)):
        return redirect(url_for("review.live", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)
    return _page(consultation_id, strand_id, RefreshForm(), form), form.status


@review.route("/c/<consultation_id>/<strand_id>/live/<int:number>.json", methods=["GET", "POST"])
def live_file(consultation_id: str, strand_id: str, number: int) -> Response | tuple[str, int]:
    """One snapshot as pages showed it, for whoever audits it beside the report."""
    form, name = HandOutForm(), f"live-{strand_id}-{number}.json"
    done = form.is_sent and act(form, lambda db: _taken(db, strand_id, number, form))
    with read(site().engine) as db:
        consultation, part = here(db, consultation_id, strand_id)
        text = livecoverage.snapshot_text(db, row_of(db, strand_id), number)
    if done:
        return attached(text.encode(), "application/json", name)
    back = url_for("review.live", consultation_id=consultation_id, strand_id=strand_id)
    page = part_page("report/hand_out.html", consultation, part, form=form, name=name, back=back)
    return page, form.status


def _taken(db: Session, strand_id: str, number: int, form: HandOutForm) -> bool:
    shared, strand = site(), row_of(db, strand_id)
    handingout.hand_out_snapshot(db, shared.keys, actor(), strand, number, form.passphrase.data or "", shared.clock())
    return True


def _given(db: Session, strand_id: str, form: GiveForm) -> bool:
    chosen, passphrase = form.person.data, form.own_passphrase.data or ""
    inclusionjoining.join(db, site().keys, actor(), row_of(db, strand_id), chosen, passphrase, site().clock())
    return True


def _counted(db: Session, strand_id: str, form: RefreshForm) -> livecoverage.Counted:
    shared, strand = site(), row_of(db, strand_id)
    return livecoverage.count(
        db, shared.keys, shared.policy, actor(), strand, form.passphrase.data or "", shared.clock()
    )


def _frozen(db: Session, strand_id: str, made: livecoverage.Counted) -> LiveSnapshot:
    return livecoverage.freeze(db, site().keys, actor(), row_of(db, strand_id), made, site().clock())


def _page(consultation_id: str, strand_id: str, form: RefreshForm, giving: GiveForm | None = None) -> str:
    with read(site().engine) as db:
        consultation, part = here(db, consultation_id, strand_id)
        row = row_of(db, strand_id)
        snapshot = livecoverage.shown(db, row, current_language().code)
        files = livecoverage.shown_on(db, strand_id)
        in_doubt = doubt.is_undecided(db, strand_id)
        may_refresh = livecoverage.may_refresh(db, actor(), row)
        joiners = inclusionjoining.can_join(db, site().keys, actor(), row)
    give = giving or GiveForm({})
    give.person.choices = offered(joiners)
    return part_page(
        "review/live.html",
        consultation,
        part,
        snapshot=snapshot,
        waits=doubt.WAITS if in_doubt else "",
        files=files,
        may_refresh=may_refresh,
        form=giving or form,
        refreshing=form,
        give=give,
        joiners=joiners,
        label=label,
        table_title=table_title,
    )
