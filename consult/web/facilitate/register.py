"""The register of fallbacks: why children were not asked, who was, and by when they will be asked themselves."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.services.signed import debts
from consult.web.acting import ActForm, act
from consult.web.facilitate.blueprint import facilitate
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["keep_promise", "register"]


@facilitate.get("/register")
def register() -> str:
    """Every fallback within the person's scope."""
    return _page(ActForm())


@facilitate.post("/register/<strand_id>")
def keep_promise(strand_id: str) -> Response | tuple[str, int]:
    """A lead says which part asked the children themselves."""
    form = ActForm()

    def work(db: Session) -> bool:
        debts.keep(db, site().keys, actor(), strand_id, request.form.get("by", ""), site().clock())
        return True

    if act(form, work) is None:
        return _page(form), form.status
    return redirect(url_for("facilitate.register", saved=1), 303)


def _page(form: ActForm) -> str:
    with read(site().engine) as db:
        entries = debts.register(db, actor(), site().clock())
    return render_template("staff/register.html", entries=entries, form=form)
