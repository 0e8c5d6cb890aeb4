"""The directory of support services, calls that test them, and the services that a part relies on."""

from __future__ import annotations

from itertools import product

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from consult.database import read
from consult.errors import Invalid, sentence
from consult.models import Strand, SupportService
from consult.services.desks.desk import StrandView
from consult.services.gate.planning import plan_of
from consult.services.help import contacttests, directory, knownlines
from consult.services.help.directory import ServiceView
from consult.services.setup import teams
from consult.web.facilitate.blueprint import address, facilitate, here, page, row_of
from consult.web.facilitate.guiding import EVERY_GROUP, after_help
from consult.web.facilitate.helpchart import drawn
from consult.web.facilitate.serviceform import ServiceForm, stored_service
from consult.web.forms import StaffForm, many, number_field, one_of, tick_field
from consult.web.languages import LANGUAGES, current_language, gettext
from consult.web.once import once
from consult.web.saving import attempt, seen_version, status_of
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import commas, country_name, language_name
from safeguards.helpcover import Cover, covers
from safeguards.plan import Plan

__all__ = [
    "change_service",
    "confirm_calls",
    "help",
    "new_service",
    "service",
    "services",
    "take_known",
    "test_service",
]


class TestForm(StaffForm):
    """Calls: which were answered, how fast, in which languages, from where. Each that is ticked counts by itself."""

    __test__ = False  # not a test of ours

    channel = many(sentence("Which number or address?"))
    language = many(sentence("Language spoken"))
    jurisdiction = one_of(sentence("Called from"), listed=True)
    reached = tick_field(sentence("A person answered"))
    minutes = number_field(sentence("Minutes until somebody answered"))
    free = tick_field(sentence("It was free of charge"))


class ChoiceForm(StaffForm):
    """The services of a part."""

    services = many(sentence("Services that participants can turn to"))


class KnownForm(StaffForm):
    """A place of the list of helplines that comes with the program."""

    place = one_of(sentence("Place"), listed=True)


@facilitate.get("/services")
def services() -> str:
    """The whole directory, with the newest call to each, and the calls that are due."""
    return _directory_page(_known_form())


@facilitate.post("/services/known")
def take_known() -> str | Response | tuple[str, int]:
    """Put the known helplines of a place into the directory: unverified, shown to nobody."""
    form = _known_form()
    now = site().clock()
    taken = attempt(form, lambda db: knownlines.take_over(db, site().keys.audit, actor(), form.place.data, now))
    if taken is not None:
        return redirect(url_for("facilitate.services", saved=1), 303)
    return _directory_page(form), status_of(form)


def _known_form() -> KnownForm:
    return KnownForm(place=[(code, country_name(code)) for code in knownlines.places()])


def _directory_page(form: KnownForm) -> str:
    with read(site().engine) as db:
        found = directory.services(db)
        calls = contacttests.due(db, site().policy, site().clock())
    return render_template(
        "staff/services.html",
        services=found,
        calls=calls,
        days=site().policy.p("P-TEST"),
        fewer=site().policy.p("P-TEST", "S"),
        form=form,
        may_keep=directory.may_keep(actor()),
    )


@facilitate.route("/services/new", methods=["GET", "POST"])
def new_service() -> str | Response | tuple[str, int]:
    """Add a service; `part`: the part that is being set up, which then relies on it."""
    part = _part()
    form = ServiceForm(_start(part))
    if form.is_sent:
        made = attempt(form, once(SupportService, lambda db: _add(db, part, form), lambda _, row: row.id))
        if made is not None:
            there = url_for("facilitate.service", service_id=made, part=part.id if part else None, saved=1)
            return redirect(there, 303)
    return render_template("staff/service_form.html", form=form, service=None, part=part), status_of(form)


def _part() -> StrandView | None:
    """The part that is being set up, by the address. Raises `NotFound` outside the actor's scope."""
    strand_id = request.args.get("part", "")
    if not strand_id:
        return None
    with read(site().engine) as db:
        row = row_of(db, strand_id)
        return here(db, row.consultation_id, strand_id)[1]


def _start(part: StrandView | None) -> dict[str, object]:
    """A new service begins with what the part needs of it: its languages, places and clock."""
    if part is None:
        return {}
    places = ", ".join(part.facts.get("jurisdictions") or ())
    return {"timezone": part.zone, "languages": list(part.card.languages), "jurisdictions": places}


def _add(db: Session, part: StrandView | None, form: ServiceForm) -> str:
    key, who, now = site().keys.audit, actor(), site().clock()
    made = directory.save_service(db, key, who, form.name.data, form.facts(), now)
    if part is not None:
        teams.name_services(db, key, who, part.id, part.version, [*part.services, made.id], now)
    return made.id


@facilitate.get("/services/<service_id>")
def service(service_id: str) -> str:
    """One service, its calls, and the form to note a call."""
    with read(site().engine) as db:
        found = directory.service(db, service_id)
    return _service_page(found, StaffForm())


@facilitate.route("/services/<service_id>/change", methods=["GET", "POST"])
def change_service(service_id: str) -> str | Response | tuple[str, int]:
    """Change what the directory says about a service."""
    with read(site().engine) as db:
        found = directory.service(db, service_id)
    form = ServiceForm({**stored_service(found), "seen": found.seen})
    if form.is_sent:
        if attempt(form, lambda db: _change(db, service_id, form)) is not None:
            return redirect(url_for("facilitate.service", service_id=service_id, saved=1), 303)
        if form.clash:
            form.compare(stored_service(found))
            form.seen.data = found.seen
    return render_template("staff/service_form.html", form=form, service=found, part=None), status_of(form)


def _change(db: Session, service_id: str, form: ServiceForm) -> object:
    return directory.change_service(
        db,
        site().keys,
        site().policy,
        actor(),
        service_id,
        form.seen.data,
        form.name.data,
        form.facts(),
        site().clock(),
    )


@facilitate.post("/services/<service_id>/tests")
def test_service(service_id: str) -> str | Response | tuple[str, int]:
    """Note a call. A failed one closes at once what relies on the service."""
    with read(site().engine) as db:
        found = directory.service(db, service_id)
    form = _test_form(found)
    if attempt(form, lambda db: _test(db, service_id, form)) is not None:
        part = _part()
        if part is not None:
            return redirect(address("together", part, group=EVERY_GROUP, saved=1), 303)
        return redirect(url_for("facilitate.service", service_id=service_id, saved=1), 303)
    return _service_page(found, form, form), status_of(form)


def _test(db: Session, service_id: str, form: TestForm) -> int:
    tried = list(product(form.channel.data or [""], form.language.data or [""]))
    for channel, language in tried:
        values = directory.TestValues(
            service_id=service_id,
            channel=channel,
            reached=form.reached.data,
            minutes=form.minutes.data if form.minutes.data is not None else -1,
            language=language,
            jurisdiction=form.jurisdiction.data,
            free=form.free.data,
        )
        directory.log_contact_test(db, site().keys, site().policy, actor(), values, site().clock())
    return len(tried)


@facilitate.post("/services/<service_id>/confirm")
def confirm_calls(service_id: str) -> str | Response | tuple[str, int]:
    """Confirm calls that somebody else noted: from here on they count."""
    with read(site().engine) as db:
        found = directory.service(db, service_id)
    form = StaffForm()
    if attempt(form, lambda db: _confirm(db, service_id)) is not None:
        return redirect(url_for("facilitate.service", service_id=service_id, saved=1), 303)
    return _service_page(found, form), status_of(form)


def _confirm(db: Session, service_id: str) -> int:
    calls, now = request.form.getlist("call"), site().clock()
    return directory.confirm_tests(db, site().keys, site().policy, actor(), service_id, calls, now)


def _test_form(found: ServiceView) -> TestForm:
    channels = found.facts.get("channels", ())
    languages = found.facts["languages"]
    return TestForm(
        {
            "channel": [each["id"] for each in channels if len(channels) == 1],
            "language": [each for each in languages if len(languages) == 1],
        },
        channel=_ways(found),
        language=[(code, LANGUAGES[code].name if code in LANGUAGES else code) for code in languages],
        jurisdiction=[(code, country_name(code)) for code in found.facts["jurisdictions"]],
    )


def _ways(found: ServiceView) -> list[tuple[str, str]]:
    """The id and the number or address of each way to reach it."""
    return [(each["id"], each.get("address") or each["id"]) for each in found.facts.get("channels", ())]


def _service_page(found: ServiceView, sent: StaffForm, test: TestForm | None = None) -> str:
    """`sent`: the form that this request sends, whose problems stand above the page."""
    who = actor()
    with read(site().engine) as db:
        waiting = directory.waiting_calls(db, who, found)
    return render_template(
        "staff/service.html",
        service=found,
        sent=sent,
        form=test or _test_form(found),
        confirmable=[each.call for each in waiting if each.ruling.ok],
        refused=[each for each in waiting if not each.ruling.ok],
        may_confirm=directory.may_confirm(who),
        channels=dict(_ways(found)),
        part=_part(),
        may_keep=directory.may_keep(who),
        may_test=directory.may_test(who),
    )


@facilitate.route("/c/<consultation_id>/<strand_id>/help", methods=["GET", "POST"])
def help(consultation_id: str, strand_id: str) -> str | Response | tuple[str, int]:  # noqa: A001 - the word of the page
    """Which services the people of this part can turn to."""
    with read(site().engine) as db:
        consultation, strand = here(db, consultation_id, strand_id)
        found, row = directory.services(db), _plan(db, strand_id)
    stored = {"services": list(strand.services)}
    form = ChoiceForm(stored, services=[(each.id, _label(each)) for each in found])
    if form.is_sent:
        if attempt(form, lambda db: _name(db, strand, form)) is not None:
            return redirect(after_help(strand), 303)
        if form.clash:
            form.compare(stored)
    pictures = [drawn(each, mirrored=current_language().direction == "rtl") for each in _covers(row)]
    who = actor()
    return (
        page(
            "help.html",
            consultation,
            strand,
            form=form,
            services=found,
            pictures=pictures,
            bands=_bands,
            may_test=directory.may_test(who),
            may_confirm=directory.may_confirm(who),
        ),
        status_of(form),
    )


def _covers(plan: Plan | None) -> tuple[Cover, ...]:
    return covers(plan.strand, site().policy) if plan else ()


def _plan(db: Session, strand_id: str) -> Plan | None:
    """The plan as it stands; None while it can not be read yet."""
    try:
        return plan_of(db, row_of(db, strand_id))
    except Invalid:
        return None


def _bands(cover: Cover) -> str:
    """Whom a picture is about: languages, places and ages."""
    languages = commas(dict.fromkeys(language_name(language) for language, _, _ in cover.cells))
    places = commas(dict.fromkeys(country_name(place) for _, place, _ in cover.cells))
    ages = sorted({(band.youngest, band.oldest) for _, _, band in cover.cells})
    return f"{languages} · {places} · {ages[0][0]}–{ages[-1][1]}"


def _name(db: Session, strand: StrandView, form: ChoiceForm) -> Strand:
    return teams.name_services(
        db, site().keys.audit, actor(), strand.id, seen_version(), form.services.data or (), site().clock()
    )


def _label(found: ServiceView) -> str:
    languages = commas(map(language_name, found.facts["languages"]))
    places = commas(map(country_name, found.facts["jurisdictions"]))
    hours = gettext("day and night") if found.facts.get("round_the_clock") else gettext("at set hours")
    return f"\u2068{found.name}\u2069 ({places}; {languages}; {hours})"  # the name keeps its own direction
