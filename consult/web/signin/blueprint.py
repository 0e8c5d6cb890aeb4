"""The blueprint of signing in, and what its pages share: QR codes and the way on."""

from __future__ import annotations

import io

import segno
from flask import Blueprint, make_response, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.database import read
from consult.services.people.secondfactor import Factors, factors_of
from consult.web.site import site
from consult.web.staff import sign_in_with

__all__ = ["factors", "page_with_codes", "qr_code", "signin", "to_step"]

signin = Blueprint("signin", __name__, url_prefix="/s")


def to_step(token: bytes) -> Response:
    """The passphrase was right: on to the second step."""
    return sign_in_with(make_response(redirect(url_for("signin.step"), 303)), token)


def factors(person_id: str) -> Factors:
    """The second factors of somebody, as they are now."""
    with read(site().engine) as db:
        return factors_of(db, person_id)


def page_with_codes(codes: list[str], onwards: str) -> str:
    """The backup codes, shown once, with the link on."""
    return render_template("staff/backup_codes.html", codes=codes, onwards=onwards)


def qr_code(address: str) -> Markup:
    """The address as a picture inside the page: dark on white in every colour scheme, with its quiet border."""
    picture = io.BytesIO()
    segno.make(address, error="m").save(
        picture, kind="svg", border=4, xmldecl=False, svgns=False, omitsize=True, nl=False
    )
    return Markup(picture.getvalue().decode("ascii"))  # noqa: S704 - a picture of squares, made here
