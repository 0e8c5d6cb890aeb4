"""Sign in with e-mail and passphrase, sign out, home."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.database import read, write
from consult.errors import Denied, sentence
from consult.services import accounts, desk, sessions
from consult.services.attempts import ALERT_EVERY
from consult.services.roster import refusals_since
from consult.services.throttle import Tried
from consult.services.waiting import Task, Waiting, waiting_for
from consult.web.access import ACCESS
from consult.web.limits import count_try, may_try
from consult.web.signin.blueprint import signin, to_step
from consult.web.site import site
from consult.web.staff import actor, is_signed_in, session_token, sign_out

__all__ = ["signin"]

_TOO_SOON = sentence("Too many tries did not fit. Wait five minutes, then try again.")


@signin.get("/in")
def form() -> str | Response:
    """The sign-in page."""
    return redirect(url_for("signin.home"), 303) if is_signed_in() else render_template("staff/signin.html")


@signin.post("/in")
def submit() -> Response | tuple[str, int]:
    """Check e-mail and passphrase; one sentence for everything that does not fit. The second step follows."""
    email, now = request.form.get("email", ""), site().clock()
    if site().attempts.must_wait(email, now) or not may_try(Tried.SIGN_IN):
        return render_template("staff/signin.html", problem=_TOO_SOON, email=email), 429
    try:
        # Looked up without the lock of a writer: stretching a passphrase takes long, and nobody's answer shall wait.
        with read(site().engine) as db:
            who = accounts.sign_in(db, site().keys, email, request.form.get("passphrase", ""))
    except Denied as error:
        return _refused(email, error.message)
    site().attempts.passed(email)
    with write(site().engine) as db:
        token = sessions.begin_session(db, who, now)
    return to_step(token)


def _refused(email: str, problem: str) -> Response:
    tries = site().attempts.failed(email, site().clock())
    count_try(Tried.SIGN_IN)
    answer = make_response(render_template("staff/signin.html", problem=problem, email=email), 403)
    if tries % ALERT_EVERY == 0:
        # After the answer has gone: how long it takes must not tell whether somebody has this address.
        keys, engine, now = site().keys, site().engine, site().clock()

        def alert() -> None:
            with write(engine) as db:
                accounts.note_refusals(db, keys, email, tries, now)

        answer.call_on_close(alert)
    return answer


@signin.post("/out")
def leave() -> Response:
    """End the session here and on the server."""
    with write(site().engine) as db:
        sessions.end_session(db, site().keys, session_token(), site().clock())
    return sign_out(make_response(redirect(url_for("signin.form"), 303)))


@signin.get("/")
def home() -> str:
    """What waits for this person, then the consultations."""
    with read(site().engine) as db:
        waiting = waiting_for(db, actor(), site().policy, site().clock())
        consultations = desk.consultations(db, actor())
        refused = refusals_since(db, actor())
    return render_template(
        "staff/home.html", waiting=waiting, consultations=consultations, tasks=_TASKS, where=_where, refused=refused
    )


#: What each task is called, on its button, and the page on which it is done.
_TASKS = {
    Task.FINISH_DRAFT: (sentence("Go on setting up"), sentence("See what is missing"), "facilitate.safeguards"),
    Task.CHECK: (sentence("Check evidence"), sentence("Check"), "facilitate.safeguards"),
    Task.SIGN: (sentence("Decide and sign"), sentence("Review"), "safeguard.review"),
    Task.OPEN: (sentence("Open what was signed"), sentence("Open"), "safeguard.run"),
    Task.RESUME: (sentence("Paused: look at it"), sentence("Look"), "safeguard.run"),
    Task.GRANT: (sentence("Grant or refuse an opening"), sentence("Look"), "review.opening"),
    Task.READ_WORDS: (sentence("Read what was granted"), sentence("Read"), "review.opening"),
    Task.TRANSLATE: (sentence("Translate and confirm"), sentence("Look"), "facilitate.languages"),
    Task.SIGN_LANGUAGE: (sentence("Languages are shut: look at them"), sentence("Look"), "safeguard.run"),
    Task.TRIAGE: (sentence("New own words wait for a reader"), sentence("Look"), "review.triage_desk"),
    Task.STOPPED: (sentence("Emergency stop: you have to know"), sentence("Look"), "safeguard.incident"),
    Task.DECIDE_APART: (sentence("Answers are set apart: decide"), sentence("Look"), "safeguard.apart"),
    Task.ANSWER_HELP: (sentence("Somebody asks to be contacted"), sentence("Read"), "safeguard.help_request"),
    Task.MAKE_TABLES: (sentence("Make the tables that were granted"), sentence("Make them"), "review.opening"),
    Task.CONFIRM: (sentence("Confirm a holder"), sentence("Confirm"), "administer.confirm"),
    Task.NEW_HALVES: (sentence("New halves are needed"), sentence("Look"), "review.key"),
    Task.HOLDER_JOINED: (sentence("Somebody joined the holders"), sentence("Look"), "review.key"),
    Task.HOLDER_LEFT: (sentence("Somebody left the holders"), sentence("Look"), "review.key"),
}


def _where(task: Waiting) -> str:
    """The address of the page on which a task is done."""
    endpoint = _TASKS[task.task][2]
    if task.task is Task.CONFIRM:
        return url_for(endpoint, person_id=task.request_id)
    if task.task is Task.STOPPED:
        return url_for(endpoint, stop_id=task.request_id)
    values = {"consultation_id": task.consultation_id, "strand_id": task.strand_id}
    if task.request_id:
        values["request_id"] = task.request_id
    return url_for(endpoint if endpoint in ACCESS else "facilitate.safeguards", **values)  # type: ignore[arg-type]
