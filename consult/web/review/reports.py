"""Reports: the list, one page made of a frozen release and nothing else, and the same as files."""

from __future__ import annotations

from flask import Response, render_template

from consult.database import read
from consult.errors import NotFound
from consult.services import desk, reporting
from consult.services.reportviews import ReportView
from consult.web.languages import LANGUAGES, Language, current_language, gettext, use_language
from consult.web.review import phrases
from consult.web.review.blueprint import review
from consult.web.review.chart import bars
from consult.web.review.formats import codebook, flat, pdf, sheet
from consult.web.review.sections import document
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["codebook_file", "release_file", "releases", "report", "report_file"]

_FILES = {
    "pdf": (pdf.written, "application/pdf"),
    "xlsx": (sheet.written, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (flat.written, "text/csv"),
}


@review.get("/reports")
def releases() -> str:
    """Every release within the reader's scope; children and adults are listed apart."""
    with read(site().engine) as db:
        cards = reporting.releases(db, actor())
    return render_template("report/list.html", cards=cards, heading=phrases.heading, may_name=phrases.may_name)


@review.get("/c/<consultation_id>/<strand_id>/report")
@review.get("/c/<consultation_id>/<strand_id>/report/<language>")
def report(consultation_id: str, strand_id: str, language: str = "") -> str:
    """The report of one part, in a language of the consultation; before there is one, what is still to be done."""
    who = actor()
    use_language(_known(language or who.language))
    with read(site().engine) as db:
        part = desk.strand(db, who, consultation_id, strand_id)
        release_id = reporting.release_of(db, who, strand_id)
        if release_id is None:
            return render_template("report/none.html", strand=part)
        view = reporting.release_view(db, who, release_id, current_language().code)
    files = [("pdf", gettext("PDF")), ("xlsx", gettext("Spreadsheet")), ("csv", gettext("Table (CSV)"))]
    return render_template(
        "report/report.html", doc=document(view), card=view.card, offered=_offered(view), files=files, bars=bars
    )


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise NotFound
    return language


def _offered(view: ReportView) -> list[Language]:
    """The languages of the consultation that pages speak, and the one of the reader."""
    codes = dict.fromkeys([*view.languages, current_language().code])
    return [LANGUAGES[code] for code in codes if code in LANGUAGES]


@review.get("/reports/<release_id>.json")
def release_file(release_id: str) -> Response:
    """The release as it was frozen, byte for byte."""
    with read(site().engine) as db:
        text = reporting.release_text(db, actor(), release_id)
    return _attached(text.encode(), "application/json", f"release-{release_id}.json")


@review.get("/reports/<release_id>/codebook.json")
def codebook_file(release_id: str) -> Response:
    """What every code of the release means, in every language of the consultation."""
    with read(site().engine) as db:
        text = codebook.written(reporting.release_words(db, actor(), release_id))
    return _attached(text, "application/json", f"codebook-{release_id}.json")


@review.get("/reports/<release_id>/<language>.<kind>")
def report_file(release_id: str, language: str, kind: str) -> Response:
    """The report in one language as a PDF, a spreadsheet or a flat table."""
    if kind not in _FILES:
        raise NotFound
    who, (write, mimetype) = actor(), _FILES[kind]
    use_language(_known(language))
    with read(site().engine) as db:
        reporting.release_text(db, who, release_id)
        view = reporting.release_view(db, who, release_id, language)
        words = reporting.release_words(db, who, release_id)
    return _attached(write(document(view), words), mimetype, f"report-{release_id}-{language}.{kind}")


def _attached(content: bytes, mimetype: str, name: str) -> Response:
    answer = Response(content, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
