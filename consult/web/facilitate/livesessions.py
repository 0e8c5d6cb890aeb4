"""The desk of live sessions: a part's meetings, the pre-check, the running session with its clock, the closing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import PasswordField

from consult.database import read, write
from consult.errors import NotFound, sentence
from consult.services.desks.desk import StrandView
from consult.services.gate import addedmeetings
from consult.services.gate.meetingproof import not_proven
from consult.services.live import livesessions, sessionviews
from consult.services.live.livesessions import SessionDesk
from consult.services.live.sessionviews import SessionView
from consult.services.participation import responding
from consult.web.acting import ActForm, act, email_field
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.facilitate.sessionwords import CLOSING, STARTING, needed, points
from consult.web.forms import in_zone, known_zone, many, number_field, one_of, text_field
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import span
from safeguards.livesession import Phase, Register

__all__ = ["add_session", "begin_session", "do_in_session", "session", "sessions", "take_off_session"]


class CountForm(ActForm):
    """The register: counts and ages, never a name."""

    children = number_field(sentence("How many take part?"))
    youngest = number_field(sentence("Age of the youngest"))
    oldest = number_field(sentence("Age of the oldest"))


class BesideForm(ActForm):
    """Another adult checks in on this device."""

    email = email_field(sentence("E-mail address"))
    passphrase = PasswordField(sentence("Passphrase"), render_kw={"autocomplete": "off", "dir": "ltr"})


class CallForm(ActForm):
    """A call to the lead on duty."""

    lead = one_of(sentence("Whom did you call?"), listed=True)


class PointsForm(ActForm):
    """Points of a list that hold."""

    points = many(sentence("Confirm what holds now"))


class SureForm(ActForm):
    """Nothing to fill in: the button says it."""


class AddForm(ActForm):
    """Another date: like a meeting that was signed, at another time."""

    like = one_of(sentence("Like which meeting?"), listed=True)
    starts = text_field(sentence("Starts"))


Work = Callable[[SessionDesk, ActForm], object]


def _count(desk: SessionDesk, form: ActForm) -> None:
    given = [form[name].data if form[name].data is not None else -1 for name in ("children", "youngest", "oldest")]
    desk.count(Register(*given))


#: What can be done in a session, by the last word of its address.
_ACTS: Mapping[str, tuple[type[ActForm], Work]] = {
    "check-in": (SureForm, lambda desk, _: desk.check_in()),
    "beside": (BesideForm, lambda desk, form: desk.check_in_beside(form["email"].data, form["passphrase"].data)),
    "leave": (SureForm, lambda desk, _: desk.leave(request.form.get("person", ""))),
    "back": (SureForm, lambda desk, _: desk.come_back(request.form.get("person", ""))),
    "count": (CountForm, _count),
    "answered": (CallForm, lambda desk, form: desk.call(form["lead"].data, answered=True)),
    "silent": (CallForm, lambda desk, form: desk.call(form["lead"].data, answered=False)),
    "confirm": (PointsForm, lambda desk, form: desk.confirm(form["points"].data or ())),
    "start": (SureForm, lambda desk, _: desk.start()),
    "rest": (SureForm, lambda desk, _: desk.rest()),
    "pause": (SureForm, lambda desk, _: desk.pause()),
    "wrong": (SureForm, lambda desk, _: desk.something_is_wrong()),
    "go-on": (SureForm, lambda desk, _: desk.go_on()),
    "close": (SureForm, lambda desk, _: desk.close()),
    "end": (SureForm, lambda desk, _: desk.end()),
}


@facilitate.get("/c/<consultation_id>/<strand_id>/sessions")
def sessions(consultation_id: str, strand_id: str) -> str:
    """The meetings of a part, what is not proven of each yet, and the way to the desk of each."""
    return _meetings_page(consultation_id, strand_id)


def _meetings_page(consultation_id: str, strand_id: str, form: ActForm | None = None) -> str:
    """`form`: what was sent and refused."""
    now = site().clock()
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        _must_meet(strand)
        row = row_of(db, strand_id)
        return page(
            "sessions.html",
            consultation,
            strand,
            listed=sessionviews.planned_sessions(db, row, site().policy, now),
            unproven=not_proven(db, row, site().policy, now),
            may_note=livesessions.may_note(db, actor(), row),
            may_add=addedmeetings.may_add(db, actor(), row),
            added={each["id"] for each in addedmeetings.added_to(db, row)},
            period=addedmeetings.signed_period(row),
            adding=form if isinstance(form, AddForm) else _add_form(strand),
            **({"form": form} if form is not None else {}),
        )


def _add_form(strand: StrandView) -> AddForm:
    signed = strand.facts.get("sessions") or ()
    return AddForm(
        like=[(each["id"], span(each["starts"], each["ends"], each.get("timezone", "UTC"))) for each in signed]
    )


@facilitate.post("/c/<consultation_id>/<strand_id>/sessions/add")
def add_session(consultation_id: str, strand_id: str) -> Response | tuple[str, int]:
    """Add a meeting within what was signed. Whoever starts it asks the whole gate."""
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
    _must_meet(strand)
    form = _add_form(strand)
    if act(form, lambda db: _add(db, strand, form)) is None:
        return _meetings_page(consultation_id, strand_id, form), form.status
    return redirect(address("sessions", strand, saved=1), 303)


def _add(db: Session, strand: StrandView, form: AddForm) -> bool:
    signed = {each["id"]: each.get("timezone", "UTC") for each in strand.facts.get("sessions") or ()}
    starts = in_zone(form.starts.data, known_zone(signed.get(form.like.data, "UTC")), "starts")
    row = row_of(db, strand.id)
    addedmeetings.add_meeting(db, site().keys, actor(), row, form.like.data, starts, site().clock())
    return True


@facilitate.post("/c/<consultation_id>/<strand_id>/meetings/<meeting_id>/off")
def take_off_session(consultation_id: str, strand_id: str, meeting_id: str) -> Response | tuple[str, int]:
    """Take a meeting that was added off the list again, before its pre-check."""
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
    _must_meet(strand)
    form = SureForm()
    if act(form, lambda db: _take_off(db, strand_id, meeting_id)) is None:
        return _meetings_page(consultation_id, strand_id, form), form.status
    return redirect(address("sessions", strand, saved=1), 303)


def _take_off(db: Session, strand_id: str, meeting_id: str) -> bool:
    addedmeetings.take_off(db, site().keys, actor(), row_of(db, strand_id), meeting_id, site().clock())
    return True


@facilitate.post("/c/<consultation_id>/<strand_id>/sessions/<meeting_id>/begin")
def begin_session(consultation_id: str, strand_id: str, meeting_id: str) -> Response | tuple[str, int]:
    """Begin the pre-check of a planned meeting."""
    form = SureForm()
    made = act(form, lambda db: _begin(db, strand_id, meeting_id))
    if made is None:
        return _meetings_page(consultation_id, strand_id, form), form.status
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
    return redirect(address("session", strand, session_id=made), 303)


def _begin(db: Session, strand_id: str, meeting_id: str) -> str:
    row = row_of(db, strand_id)
    return livesessions.begin(db, site().keys, site().policy, actor(), row, meeting_id, site().clock()).id


@facilitate.get("/c/<consultation_id>/<strand_id>/sessions/<session_id>")
def session(consultation_id: str, strand_id: str, session_id: str) -> str:
    """The desk of one session."""
    return _desk_page(consultation_id, strand_id, session_id, SureForm())


@facilitate.post("/c/<consultation_id>/<strand_id>/sessions/<session_id>/<act_name>")
def do_in_session(consultation_id: str, strand_id: str, session_id: str, act_name: str) -> Response | tuple[str, int]:
    """Do one thing at the desk of a session."""
    if act_name not in _ACTS:
        raise NotFound
    with read(site().engine) as db:
        _, strand = here(db, consultation_id, strand_id)
        view = _view(db, strand, session_id)
    kind, work = _ACTS[act_name]
    form = _filled(kind, view)
    if act(form, lambda db: _do(db, session_id, work, form)) is not None:
        if not form.problems and _takes_no_more(session_id):
            _silence(strand_id)
        return redirect(address("session", strand, session_id=session_id, _anchor=act_name), 303)
    return _desk_page(consultation_id, strand_id, session_id, form), form.status


def _do(db: Session, session_id: str, work: Work, form: ActForm) -> bool:
    work(SessionDesk(db, site().keys, site().policy, actor(), session_id, site().clock()), form)
    return True


def _takes_no_more(session_id: str) -> bool:
    with read(site().engine) as db:
        view = sessionviews.session_view(db, actor(), session_id, site().policy, site().clock())
    return view.live.phase not in (Phase.WAITING, Phase.RUNNING)


def _silence(strand_id: str) -> None:
    """This process forgets the strand's key at once; what it counted meanwhile is stored."""
    site().epochs.drop(strand_id)
    counted = site().epochs.settle(strand_id)
    if counted:
        with write(site().engine) as db:
            responding.store_counts(db, strand_id, counted)


def _view(db: Session, strand: StrandView, session_id: str) -> SessionView:
    """The session, if it is one of this part. Raises `NotFound`."""
    _must_meet(strand)
    view = sessionviews.session_view(db, actor(), session_id, site().policy, site().clock())
    if livesessions.sitting_in(db, actor(), session_id, site().policy)[0].id != strand.id:
        raise NotFound
    return view


def _must_meet(strand: StrandView) -> None:
    if not strand.meets:
        raise NotFound


def _filled(kind: type[ActForm], view: SessionView) -> ActForm:
    """A form with its choices and what is known."""
    if kind is CallForm:
        return CallForm(lead=view.leads)
    if kind is PointsForm:
        closing = view.live.phase is Phase.CLOSING
        offered = points("end", CLOSING) if closing else points("start", STARTING)
        return PointsForm({"points": sorted(view.live.confirmed)}, points=offered)
    if kind is CountForm and view.live.register:
        register = view.live.register
        return CountForm({"children": register.children, "youngest": register.youngest, "oldest": register.oldest})
    return kind()


def _desk_page(consultation_id: str, strand_id: str, session_id: str, form: ActForm) -> str:
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        view = _view(db, strand, session_id)
    forms = {
        name: form if isinstance(form, kind) else _filled(kind, view)
        for name, kind in (("count", CountForm), ("beside", BesideForm), ("call", CallForm), ("points", PointsForm))
    }
    return page(
        "session.html",
        consultation,
        strand,
        view=view,
        form=form,
        forms=forms,
        needs=needed(view.missing, view.live.short),
        me=actor().id,
    )
