"""Opening, pausing, restarting, stopping, lifting, closing: each on a page of its own that says what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import NotFound, sentence
from consult.models import Stop, Strand
from consult.services.desks import oversight
from consult.services.desks.oversight import Act
from consult.services.evidence.board import named_throughout, names_of
from consult.services.gate.standing import covered_by
from consult.services.participation import responding
from consult.services.signed import languages, running, signing, stopping
from consult.services.signed.signing import Countersigner
from consult.web.acting import ActForm, act, code_field, countersigner, email_field, passphrase_field
from consult.web.forms import words_field
from consult.web.safeguard.blueprint import here, page, row_of, safeguard
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["LiftForm", "StopForm", "do", "language", "silenced"]


class SureForm(ActForm):
    """Nothing to fill in: the page itself is the question."""


class PauseForm(ActForm):
    """Why it is paused."""

    reason = words_field(sentence("Why?"), sentence("A few words for whoever opens it again. Never what a child told."))


class StopForm(ActForm):
    """Why everything stops; it may be left empty, because a stop must not wait for words."""

    cause = words_field(sentence("Why?"), sentence("You can leave this empty now and write it later."))


class LiftForm(ActForm):
    """One of two yeses."""

    review = words_field(
        sentence("What was the cause, and what did the review find?"), sentence("Facts and measures, no story.")
    )
    passphrase = passphrase_field()


class RestartForm(ActForm):
    """What a restart needs: the cause removed, a second person's check, a note, a new signature."""

    cause_removed = words_field(sentence("What was the cause, and how was it removed?"))
    note_to_participants = words_field(sentence("What are people who take part told?"))
    second_email = email_field(sentence("E-mail address of the second person, who has checked it"))
    second_passphrase = passphrase_field(sentence("Passphrase of the second person"))
    second_code = code_field(sentence("Code of the second person"))
    passphrase = passphrase_field()


class LanguageForm(ActForm):
    """A lead's signature; where two sign, the second person's beside it."""

    passphrase = passphrase_field()


class LanguageByTwoForm(LanguageForm):
    """The independent approver signs beside the lead."""

    second_email = email_field(sentence("E-mail address of the independent approver"))
    second_passphrase = passphrase_field(sentence("Passphrase of the independent approver"))
    second_code = code_field(sentence("Code of the independent approver"))


class AnewForm(ActForm):
    """Why it is decided again."""

    reason = words_field(sentence("Why does it have to be decided again?"))


Work = Callable[[Session, Strand, ActForm], object]


@dataclass(frozen=True, slots=True)
class _Doing:
    """How one act is asked for and done."""

    title: str
    effect: str
    button: str
    form: type[ActForm]
    work: Work
    kind: str = "go"


def _open(db: Session, strand: Strand, _form: ActForm) -> object:
    return running.open_strand(db, site().keys, site().policy, actor(), strand, site().clock())


def _pause(db: Session, strand: Strand, form: ActForm) -> object:
    running.pause(db, site().keys, actor(), strand, form["reason"].data, site().clock())
    return _silence(db, strand)


def _close(db: Session, strand: Strand, _form: ActForm) -> object:
    running.close(db, site().keys, actor(), strand, site().clock())
    return _silence(db, strand)


def _stop(db: Session, strand: Strand, form: ActForm) -> object:
    return silenced(db, stopping.press_stop(db, site().keys, actor(), strand, form["cause"].data, site().clock()))


def silenced(db: Session, stop: Stop) -> Stop:
    """The stop; this process seals nothing more for what it covers."""
    for each in covered_by(db, stop):
        _silence(db, each)
    return stop


def _silence(db: Session, strand: Strand) -> bool:
    """This process forgets the strand's key at once; what it counted meanwhile is stored."""
    site().epochs.drop(strand.id)
    responding.store_counts(db, strand.id, site().epochs.settle(strand.id))
    return True


def _lift(db: Session, strand: Strand, form: ActForm) -> object:
    review, passphrase = form["review"].data, form["passphrase"].data or ""
    return stopping.lift_stop(db, site().keys, actor(), strand, review, passphrase, site().clock())


def _resume(db: Session, strand: Strand, form: ActForm) -> object:
    restart = stopping.Restart(
        cause_removed=form["cause_removed"].data,
        note_to_participants=form["note_to_participants"].data,
        plan_digest=request.form.get("digest", ""),
        passphrase=form["passphrase"].data or "",
        second=Countersigner(
            form["second_email"].data or "", form["second_passphrase"].data or "", form["second_code"].data or ""
        ),
    )
    stopping.resume(db, site().keys, site().policy, actor(), strand, restart, site().clock())
    return True


def _decide_anew(db: Session, strand: Strand, form: ActForm) -> object:
    signing.decide_anew(db, site().keys, actor(), strand, form["reason"].data, site().clock())
    return True


_DOINGS: Mapping[Act, _Doing] = {
    Act.OPEN: _Doing(
        sentence("Open"),
        sentence("People with the link or the code can begin at once. The gate is asked once more before it opens."),
        sentence("Open now"),
        SureForm,
        _open,
    ),
    Act.PAUSE: _Doing(
        sentence("Pause"),
        sentence(
            "New answers stop at once, and people inside see a kind page with help. What they had not sent is not "
            "kept. To open again, two people have to look and a lead signs anew."
        ),
        sentence("Pause now"),
        PauseForm,
        _pause,
        "stop",
    ),
    Act.STOP: _Doing(
        sentence("Emergency stop"),
        sentence(
            "Every part of this consultation stops at once, in every language. Help stays up. Only a safeguarding "
            "lead and the independent approver together can lift it."
        ),
        sentence("Stop everything now"),
        StopForm,
        _stop,
        "stop",
    ),
    Act.LIFT: _Doing(
        sentence("Lift the emergency stop"),
        sentence("Two people say yes: a safeguarding lead and the independent approver. It opens nothing by itself."),
        sentence("I say yes to lifting it"),
        LiftForm,
        _lift,
    ),
    Act.RESUME: _Doing(
        sentence("Open again"),
        sentence(
            "The gate is asked again, and you sign what it gives today. A second person confirms with a passphrase "
            "that the cause is gone; for child survivors and children who caused harm it is the independent approver."
        ),
        sentence("Sign and open again"),
        RestartForm,
        _resume,
    ),
    Act.CLOSE: _Doing(
        sentence("Close"),
        sentence(
            "Nobody can answer any more. From then on a reviewer may ask for the tables, and a lead may grant it."
        ),
        sentence("Close for good"),
        SureForm,
        _close,
        "stop",
    ),
    Act.DECIDE_ANEW: _Doing(
        sentence("Decide again"),
        sentence("The signature no longer counts, the key that was made is destroyed, and it waits for a decision."),
        sentence("Take it back into the queue"),
        AnewForm,
        _decide_anew,
        "stop",
    ),
}


@safeguard.route("/c/<consultation_id>/<strand_id>/run/<name>", methods=["GET", "POST"])
def do(consultation_id: str, strand_id: str, name: str) -> Response | tuple[str, int]:
    """Ask for one act, or do it."""
    if name not in {str(each) for each in Act}:
        raise NotFound
    doing = _DOINGS[Act(name)]
    form = doing.form()
    if form.is_sent and act(form, lambda db: doing.work(db, row_of(db, strand_id), form)) is not None:
        return redirect(_onwards(consultation_id, strand_id, Act(name)), 303)
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        found = oversight.run(db, actor(), row_of(db, strand_id), site().policy, site().clock())
    ruling = found.may[Act(name)]
    return page(
        "act.html", consultation, strand, doing=doing, name=name, form=form, ruling=ruling, run=found
    ), form.status


@safeguard.route("/c/<consultation_id>/<strand_id>/run/language/<target>", methods=["GET", "POST"])
def language(consultation_id: str, strand_id: str, target: str) -> Response | tuple[str, int]:
    """Sign a language that was shut, so that it opens again; the page says why it was shut and what the gate gives."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        found = languages.offer(db, actor(), row_of(db, strand_id), target, site().policy, site().clock())
        gate = named_throughout(found.evaluation, names_of(db)) if found.evaluation else None
    form = (LanguageByTwoForm if found.two_sign else LanguageForm)()
    if form.is_sent and act(form, lambda db: _sign_language(db, row_of(db, strand_id), target, form)) is not None:
        return redirect(url_for("safeguard.run", consultation_id=consultation_id, strand_id=strand_id, saved=1), 303)
    return page("language.html", consultation, strand, target=target, form=form, offer=found, gate=gate), form.status


def _sign_language(db: Session, strand: Strand, target: str, form: ActForm) -> object:
    second = [form[name].data if name in form else "" for name in ("second_email", "second_passphrase", "second_code")]
    return languages.sign_language(
        db,
        site().keys,
        site().policy,
        actor(),
        strand,
        target,
        request.form.get("digest", ""),
        form["passphrase"].data or "",
        site().clock(),
        countersigner(*second),
    )


def _onwards(consultation_id: str, strand_id: str, done: Act) -> str:
    """The page of the part; after a stop, that of the incident: who has to know, and what happens now."""
    if done is Act.STOP:
        with read(site().engine) as db:
            stop = stopping.stop_of(db, row_of(db, strand_id))
            if stop is not None:
                return url_for("safeguard.incident", stop_id=stop.id, saved=1)
    return url_for("safeguard.run", consultation_id=consultation_id, strand_id=strand_id, saved=1)
