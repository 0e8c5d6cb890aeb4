"""What the program checks itself: which release, when, what it found, and a person who has looked at it."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.database import read
from consult.services.evidence import programchecks as service
from consult.services.gate.programruns import release
from consult.web.acting import ActForm, act
from consult.web.facilitate.blueprint import facilitate
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["program_checks", "verify_program_check"]


@facilitate.get("/evidence/program")
def program_checks() -> str:
    """Every requirement that the program tests, with its newest run."""
    return _page(ActForm())


@facilitate.post("/evidence/program/<run_id>/verify")
def verify_program_check(run_id: str) -> Response | tuple[str, int]:
    """Somebody has looked at what the newest run found."""
    form = ActForm()
    done = act(form, lambda db: service.verify_run(db, site().keys, site().policy, actor(), run_id, site().clock()).id)
    if done is None:
        return _page(form), form.status
    return redirect(url_for("facilitate.program_checks", saved=1), 303)


def _page(form: ActForm) -> str:
    with read(site().engine) as db:
        found = service.checked(db, actor(), site().policy)
    return render_template("staff/program_checks.html", found=found, form=form, release=release())
