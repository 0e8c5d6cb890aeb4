"""Reports: the list, one page made of a frozen release and nothing else, and the same as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Response, render_template, url_for
from sqlalchemy.orm import Session

from consult.database import read
from consult.errors import NotFound
from consult.services.cells import XLSX
from consult.services.desks import desk
from consult.services.report import handingout, reporting, suppliedreports
from consult.services.report.suppliedreports import SuppliedReport
from consult.web.acting import act
from consult.web.languages import LANGUAGES, Language, current_language, gettext, use_language
from consult.web.review import phrases, supplied
from consult.web.review.blueprint import review
from consult.web.review.chart import bars
from consult.web.review.formats import codebook, flat, pdf, sheet
from consult.web.review.handout import HandOutForm, attached
from consult.web.review.sections import document
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["codebook_file", "release_file", "releases", "report", "report_file", "totals_file"]

_FILES = {
    "pdf": (pdf.written, "application/pdf"),
    "xlsx": (sheet.written, XLSX),
    "csv": (flat.written, "text/csv"),
}


@review.get("/reports")
def releases() -> str:
    """Every release within the reader's scope; children and adults are listed apart."""
    with read(site().engine) as db:
        cards, totals = reporting.releases(db, actor()), suppliedreports.reports(db, actor())
    return render_template(
        "report/list.html", cards=cards, totals=totals, heading=phrases.heading, may_name=phrases.may_name
    )


@review.get("/c/<consultation_id>/<strand_id>/report")
@review.get("/c/<consultation_id>/<strand_id>/report/<language>")
def report(consultation_id: str, strand_id: str, language: str = "") -> str:
    """The report of one part, in a language of the consultation; before there is one, what is still to be done."""
    who = actor()
    use_language(_known(language or who.language))
    with read(site().engine) as db:
        part = desk.strand(db, who, consultation_id, strand_id)
        release_id = reporting.release_of(db, who, strand_id)
        totals = suppliedreports.report_of(db, who, strand_id)
        if totals is not None:
            return _totals(totals)
        if release_id is None:
            hidden = reporting.is_hidden(db, strand_id)
            return render_template("report/none.html", strand=part, hidden=hidden)
        view = reporting.release_view(db, who, release_id, current_language().code)
    code = current_language().code
    files = [
        (url_for("review.report_file", release_id=release_id, language=code, kind=kind), text)
        for kind, text in _named_files()
    ]
    files.append((url_for("review.release_file", release_id=release_id), gettext("Get the data (JSON)")))
    files.append((url_for("review.codebook_file", release_id=release_id), gettext("Codebook (JSON)")))
    return render_template(
        "report/report.html",
        doc=document(view),
        card=view.card,
        offered=_offered(view.languages),
        files=files,
        bars=bars,
    )


def _named_files() -> list[tuple[str, str]]:
    return [("pdf", gettext("PDF")), ("xlsx", gettext("Spreadsheet")), ("csv", gettext("Table (CSV)"))]


def _totals(report: SuppliedReport) -> str:
    """The page of totals that a service supplied."""
    where = {"consultation_id": report.consultation_id, "strand_id": report.strand_id}
    kinds = [*_named_files(), ("json", gettext("Get the data (JSON)"))]
    files = [
        (url_for("review.totals_file", **where, language=current_language().code, kind=kind), text)  # type: ignore[arg-type]
        for kind, text in kinds
    ]
    doc, offered = supplied.document(report), _offered(report.languages)
    return render_template("report/report.html", doc=doc, card=report, offered=offered, files=files, bars=bars)


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise NotFound
    return language


def _offered(languages: Sequence[str]) -> list[Language]:
    """The languages of the consultation that pages speak, and the one of the reader."""
    codes = dict.fromkeys([*languages, current_language().code])
    return [LANGUAGES[code] for code in codes if code in LANGUAGES]


@review.route("/reports/<release_id>.json", methods=["GET", "POST"])
def release_file(release_id: str) -> Response | tuple[str, int]:
    """The release as it was frozen, byte for byte."""

    def written(db: Session) -> bytes:
        return reporting.release_text(db, actor(), release_id).encode()

    return _handed_out(release_id, "json", "application/json", f"release-{release_id}.json", written)


@review.route("/reports/<release_id>/codebook.json", methods=["GET", "POST"])
def codebook_file(release_id: str) -> Response | tuple[str, int]:
    """What every code of the release means, in every language of the consultation."""

    def written(db: Session) -> bytes:
        return codebook.written(reporting.release_words(db, actor(), release_id))

    return _handed_out(release_id, "codebook", "application/json", f"codebook-{release_id}.json", written)


@review.route("/reports/<release_id>/<language>.<kind>", methods=["GET", "POST"])
def report_file(release_id: str, language: str, kind: str) -> Response | tuple[str, int]:
    """The report in one language as a PDF, a spreadsheet or a flat table."""
    if kind not in _FILES:
        raise NotFound
    write, mimetype = _FILES[kind]
    known = _known(language)

    def written(db: Session) -> bytes:
        use_language(known)
        view = reporting.release_view(db, actor(), release_id, language)
        return write(document(view), reporting.release_words(db, actor(), release_id))

    return _handed_out(release_id, kind, mimetype, f"report-{release_id}-{language}.{kind}", written)


@review.route("/c/<consultation_id>/<strand_id>/supplied/<language>.<kind>", methods=["GET", "POST"])
def totals_file(consultation_id: str, strand_id: str, language: str, kind: str) -> Response | tuple[str, int]:
    """Totals that a service supplied, as a PDF, a spreadsheet, a flat table or the frozen data."""
    if kind not in (*_FILES, "json"):
        raise NotFound
    known, form = _known(language), HandOutForm()
    keys, now = site().keys, site().clock()

    def allowed(db: Session) -> bool:
        desk.strand(db, actor(), consultation_id, strand_id)
        handingout.hand_out_totals(db, keys, actor(), strand_id, kind, form.passphrase.data or "", now)
        return True

    done, name = form.is_sent and act(form, allowed), f"totals-{strand_id}-{language}.{kind}"
    with read(site().engine) as db:
        desk.strand(db, actor(), consultation_id, strand_id)
        text = suppliedreports.totals_text(db, actor(), strand_id)
        report = suppliedreports.report_of(db, actor(), strand_id)
    if report is None:
        raise NotFound
    if not done:
        return render_template("report/hand_out.html", form=form, card=report, name=name), form.status
    if kind == "json":
        return attached(text.encode(), "application/json", name)
    use_language(known)
    write, mimetype = _FILES[kind]
    return attached(write(supplied.document(report), report.words), mimetype, name)


def _handed_out(
    release_id: str, kind: str, mimetype: str, name: str, written: Callable[[Session], bytes]
) -> Response | tuple[str, int]:
    """Ask for the passphrase, or hand the file out: it is on record before it is made."""
    form, keys, now = HandOutForm(), site().keys, site().clock()

    def allowed(db: Session) -> bool:
        handingout.hand_out(db, keys, actor(), release_id, kind, form.passphrase.data or "", now)
        return True

    done = form.is_sent and act(form, allowed)
    with read(site().engine) as db:
        if done:
            return attached(written(db), mimetype, name)
        reporting.release_text(db, actor(), release_id)
        card = next(each for each in reporting.releases(db, actor()) if each.id == release_id)
    return render_template("report/hand_out.html", form=form, card=card, name=name), form.status
