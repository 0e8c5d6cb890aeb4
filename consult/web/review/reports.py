"""Reports: the list, one page made of a frozen release and nothing else, and the release itself as a file."""

from __future__ import annotations

from flask import Response, render_template

from consult.database import read
from consult.errors import NotFound
from consult.services import desk, reporting
from consult.services.releasetables import Table
from consult.web.review import phrases
from consult.web.review.blueprint import review
from consult.web.review.chart import Chart, bars
from consult.web.site import site
from consult.web.staff import actor

__all__ = ["release_file", "releases", "report"]


@review.get("/reports")
def releases() -> str:
    """Every release within the reader's scope; children and adults are listed apart."""
    with read(site().engine) as db:
        cards = reporting.releases(db, actor())
    return render_template("report/list.html", cards=cards, heading=phrases.heading, may_name=phrases.may_name)


@review.get("/c/<consultation_id>/<strand_id>/report")
def report(consultation_id: str, strand_id: str) -> str:
    """The report of one part; before there is a release, what is still to be done."""
    who = actor()
    with read(site().engine) as db:
        part = desk.strand(db, who, consultation_id, strand_id)
        release_id = reporting.release_of(db, who, strand_id)
        if release_id is None:
            return render_template("report/none.html", strand=part)
        view = reporting.release_view(db, who, release_id, who.language)
    return render_template(
        "report/report.html",
        report=view,
        card=view.card,
        title=phrases.heading(view.card),
        first=phrases.first_sentence(view),
        may_name=phrases.may_name,
        chart=_chart,
        label=phrases.label,
        age_words=phrases.age_words,
        table_title=phrases.table_title,
    )


def _chart(table: Table) -> Chart:
    return bars(table, [phrases.label(table.key, row) for row in table.rows])


@review.get("/reports/<release_id>.json")
def release_file(release_id: str) -> Response:
    """The release as it was frozen, byte for byte."""
    with read(site().engine) as db:
        text = reporting.release_text(db, actor(), release_id)
    if not release_id.isalnum():
        raise NotFound
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="release-{release_id}.json"'
    return answer
