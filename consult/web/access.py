"""Who may reach which endpoint: one table. What is not in it does not exist; out of one's scope looks the same."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound
from consult.services.actors import visible_consultations, visible_strand
from consult.web.site import site
from consult.web.staff import actor, check_form_token, is_signed_in
from safeguards.terms import Role

__all__ = ["ACCESS", "PUBLIC", "Access", "install"]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come: everybody (`public`), anybody signed in (no roles), or holders of one of the roles.

    Roles count organisation-wide, in the consultation or on the strand that the address names; the service behind the
    endpoint decides what may be done.
    """

    public: bool = False
    roles: frozenset[Role] = frozenset()


PUBLIC = Access(public=True)
SIGNED_IN = Access()
FACILITATORS = Access(roles=frozenset({Role.LEAD_FACILITATOR, Role.CO_FACILITATOR, Role.MODERATOR}))
LEADS = Access(roles=frozenset({Role.SAFEGUARDING_LEAD, Role.INDEPENDENT_APPROVER}))
REVIEWERS = Access(roles=frozenset({Role.ANALYST, Role.REDACTOR}))
OPENING = Access(roles=REVIEWERS.roles | {Role.SAFEGUARDING_LEAD})
ADMINISTRATORS = Access(roles=frozenset({Role.ADMINISTRATOR}))

#: Endpoints of the participants' face are public as a whole: they have no account and help must always be reachable.
PUBLIC_BLUEPRINTS = frozenset({"participate"})

ACCESS: dict[str, Access] = {
    "static": PUBLIC,
    "health.healthz": PUBLIC,
    "signin.form": PUBLIC,
    "signin.submit": PUBLIC,
    "signin.leave": SIGNED_IN,
    "signin.home": SIGNED_IN,
}


def install(app: Flask) -> None:
    """Ask before every request."""
    app.before_request(_ask)


def _ask() -> Response | None:
    if request.endpoint is None or request.blueprint in PUBLIC_BLUEPRINTS:
        return None
    rule = ACCESS.get(request.endpoint)
    if rule is None:
        raise NotFound
    if rule.public:
        return None
    if not is_signed_in():
        return redirect(url_for("signin.form"), 303)
    _in_scope(rule)
    if request.method == "POST":
        check_form_token()
    return None


def _in_scope(rule: Access) -> None:
    """404 for a role the person does not have and for a consultation or strand outside the person's scope."""
    who = actor()
    names = request.view_args or {}
    roles = who.roles | {role for _, role in who.duties}
    with read(site().engine) as db:
        if "strand_id" in names:
            visible_strand(db, who, names["strand_id"])
        if "consultation_id" in names and names["consultation_id"] not in {
            c.id for c in visible_consultations(db, who)
        }:
            raise NotFound
    if rule.roles and not roles & rule.roles:
        raise NotFound
