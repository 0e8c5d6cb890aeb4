"""The second step: a passkey, an app's code or a backup code. Who has none yet sets one up before anything else."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import ConsultError
from consult.sealing.totp import app_address, seed_for
from consult.services.people import passkeys, secondfactor, sessions
from consult.services.people.sessions import Factor
from consult.web.failures import STATUS
from consult.web.signin.blueprint import factors, page_with_codes, qr_code, signin
from consult.web.site import site
from consult.web.staff import newcomer, session_token, sign_in_with, sign_out

__all__: list[str] = []


@signin.route("/in/step", methods=["GET", "POST"])
def step() -> ResponseReturnValue:
    """Ask for the second factor; sent, complete the sign-in or say what did not fit."""
    who = newcomer()
    if not factors(who.id).any:
        return redirect(url_for("signin.set_up"), 303)
    if request.method == "GET":
        return _step_page()
    way = Factor(request.form["way"]) if request.form.get("way") in set(Factor) else Factor.APP
    with write(site().engine) as db:
        given = request.form.get("answer", "")
        taken = secondfactor.take_step(
            db, site().keys, site().relying, who, way, given, session_token(), site().clock()
        )
    if taken.token is None:
        return _step_page(taken.problem), 403
    return sign_in_with(make_response(redirect(url_for("signin.home"), 303)), taken.token)


@signin.post("/in/other")
def give_up() -> Response:
    """Begin again as somebody else."""
    with write(site().engine) as db:
        sessions.drop_session(db, session_token())
    return sign_out(make_response(redirect(url_for("signin.form"), 303)))


@signin.get("/in/set-up")
def set_up() -> ResponseReturnValue:
    """Choose and set up the first second factor."""
    if factors(newcomer().id).any:
        return redirect(url_for("signin.step"), 303)
    return _set_up_page()


@signin.post("/in/set-up/app")
def set_up_app() -> ResponseReturnValue:
    """The app's first code: it shows that seed and clock fit."""
    return _first(Factor.APP)


@signin.post("/in/set-up/passkey")
def set_up_passkey() -> ResponseReturnValue:
    """The browser's answer to making a passkey."""
    return _first(Factor.PASSKEY)


def _first(way: Factor) -> ResponseReturnValue:
    who, token, now, given = newcomer(), session_token(), site().clock(), request.form.get("answer", "")
    if factors(who.id).any:  # only somebody signed in with one adds another
        return redirect(url_for("signin.step"), 303)
    try:
        with write(site().engine) as db:
            secondfactor.check_reset_link(db, site().keys, who, request.form.get("link", ""), now)
            if way is Factor.APP:
                secondfactor.add_app(db, site().keys, who, seed_for(site().keys.seed, token), given, now)
            else:
                name = request.form.get("name", "")
                secondfactor.add_passkey(db, site().keys, site().relying, who, given, name, token, now)
            codes = secondfactor.new_codes(db, site().keys, who, now)
            complete = sessions.complete_session(db, site().keys, token, now, way)
    except ConsultError as error:
        return _set_up_page(error.message), STATUS.get(type(error), 400)
    return sign_in_with(make_response(page_with_codes(codes, url_for("signin.home"))), complete)


def _step_page(problem: str = "") -> str:
    who = newcomer()
    with read(site().engine) as db:
        options = passkeys.request_options(db, site().relying, who, session_token())
        has = secondfactor.factors_of(db, who.id)
    return render_template("staff/step.html", options=options, has=has, who=who, problem=problem)


def _set_up_page(problem: str = "") -> str:
    who = newcomer()
    with read(site().engine) as db:
        options = passkeys.creation_options(db, site().relying, who, session_token())
        wants_link = secondfactor.wants_reset_link(db, who)
    address = app_address(seed_for(site().keys.seed, session_token()), who.name, site().settings.organisation)
    return render_template(
        "staff/set_up.html",
        options=options,
        picture=qr_code(address),
        address=address,
        who=who,
        wants_link=wants_link,
        problem=problem,
    )
