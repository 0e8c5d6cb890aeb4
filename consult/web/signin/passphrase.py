"""One's own passphrase, key, recovery code and language; and the way back in with the printed code."""

from __future__ import annotations

from flask import make_response, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response
from wtforms import Field

from consult.database import read
from consult.errors import sentence
from consult.services.holders import leaving
from consult.services.keys.confirming import fingerprint_of
from consult.services.participation.throttle import Tried
from consult.services.people import accounts, identities
from consult.services.people.identities import Renewed
from consult.web.acting import ActForm, act, email_field, passphrase_field
from consult.web.forms import one_of, text_field
from consult.web.languages import LANGUAGES
from consult.web.limits import count_try, may_try
from consult.web.signin.blueprint import signin
from consult.web.site import site
from consult.web.staff import actor, sign_out

__all__ = ["code", "known", "language", "me", "recover"]


def _own_field() -> Field:
    field = passphrase_field(sentence("A passphrase of your own, if you want one"))
    field.kwargs["description"] = sentence(
        "Leave it empty and the site makes six words. Your own is taken if it is as hard to guess as those."
    )
    field.kwargs["render_kw"] = {"autocomplete": "new-password", "dir": "ltr"}
    return field


class ChangeForm(ActForm):
    """Another passphrase."""

    passphrase = passphrase_field(sentence("The passphrase you have now"))
    own = _own_field()


class CodeForm(ActForm):
    """Another recovery code."""

    typed = passphrase_field(sentence("Your passphrase"))


class KnownForm(ActForm):
    """Somebody else may know it."""

    secret = passphrase_field(sentence("The passphrase you have now"))


class LanguageForm(ActForm):
    """The language of one's own pages."""

    language = one_of(sentence("Language"), [(each.code, each.name) for each in LANGUAGES.values()], listed=True)


class RecoverForm(ActForm):
    """Back in with the printed code."""

    email = email_field(sentence("E-mail address"))
    code = text_field(sentence("Recovery code"), sentence("Nine groups of three, from your printed page."))
    own = _own_field()


@signin.route("/me", methods=["GET", "POST"])
def me() -> Response | tuple[str, int]:
    """The person's own passphrase and key; a new passphrase and its recovery code are shown once."""
    form = ChangeForm()
    if form.is_sent:
        made = act(form, lambda db: _changed(db, form))
        if made is not None:
            return sign_out(make_response(_once(made)))
    return _page(form, CodeForm()), form.status


def _changed(db: Session, form: ChangeForm) -> Renewed:
    return identities.set_passphrase(
        db, site().keys, actor(), form.passphrase.data or "", site().clock(), form.own.data or ""
    )


@signin.post("/me/code")
def code() -> str | tuple[str, int]:
    """Another recovery code, to be printed; the one before is worth nothing."""
    form = CodeForm()
    made = act(form, lambda db: identities.new_code(db, site().keys, actor(), form.typed.data or "", site().clock()))
    return _once(Renewed("", made)) if made else (_page(ChangeForm({}), form), form.status)


@signin.post("/me/known")
def known() -> Response | tuple[str, int]:
    """Somebody else may know the passphrase: a new key, and nothing of what the old one opened."""
    form = KnownForm()
    made = act(form, lambda db: _known(db, form))
    if made is None:
        return _page(ChangeForm({}), CodeForm({}), form), form.status
    return sign_out(make_response(_once(made)))


def _known(db: Session, form: KnownForm) -> Renewed:
    return leaving.passphrase_known(db, site().keys, site().policy, actor(), form.secret.data or "", site().clock())


@signin.post("/me/language")
def language() -> Response | tuple[str, int]:
    """One's own pages in another language."""
    form = LanguageForm()
    now = site().clock()
    if act(form, lambda db: accounts.speak(db, site().keys, actor(), form.language.data, now)) is None:
        return _page(ChangeForm({}), CodeForm({}), language_form=form), form.status
    return redirect(url_for("signin.me", saved=1), 303)


@signin.route("/recover", methods=["GET", "POST"])
def recover() -> str | tuple[str, int]:
    """A new passphrase for whoever has lost theirs and has the printed code."""
    form = RecoverForm()
    if form.is_sent:
        if not may_try(Tried.SIGN_IN):
            raise TooManyRequests
        made = act(form, lambda db: _recovered(db, form))
        if made is not None:
            return _once(made)
        count_try(Tried.SIGN_IN)
    return render_template("staff/recover.html", form=form), form.status


def _recovered(db: Session, form: RecoverForm) -> Renewed:
    return identities.recover(
        db, site().keys, form.email.data or "", form.code.data or "", site().clock(), form.own.data or ""
    )


def _page(
    form: ChangeForm,
    code_form: CodeForm,
    known_form: KnownForm | None = None,
    language_form: LanguageForm | None = None,
) -> str:
    spoken = language_form or LanguageForm()
    spoken.language.data = spoken.language.data or actor().language
    with read(site().engine) as db:
        mine = fingerprint_of(db, site().keys, actor())
    return render_template(
        "staff/me.html",
        form=form,
        code_form=code_form,
        known_form=known_form or KnownForm({}),
        language_form=spoken,
        fingerprint=mine,
    )


def _once(made: Renewed) -> str:
    """The page that is shown once, to be printed or written down."""
    return render_template(
        "staff/shown_once.html", made=made, organisation=site().settings.organisation, back=url_for("signin.form")
    )
