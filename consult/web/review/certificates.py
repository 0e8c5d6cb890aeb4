"""Certificates of destruction: what was destroyed, when and by which rule, on a page and as a PDF to keep."""

from __future__ import annotations

from flask import Response, render_template

from consult.database import read
from consult.services.safekeeping import destroying
from consult.services.safekeeping.destroying import Certificate
from consult.services.safekeeping.retention import endings
from consult.web.languages import current_language, gettext
from consult.web.review.blocks import Document, Facts, Points, Section, Words
from consult.web.review.blueprint import review
from consult.web.review.formats import pdf
from consult.web.site import site
from consult.web.staff import actor
from consult.web.words import day, moment

__all__ = ["certificate_file", "certificates"]


@review.get("/destroyed")
def certificates() -> str:
    """Every certificate within the reader's scope, and what is destroyed next."""
    who = actor()
    with read(site().engine) as db:
        found = destroying.certificates(db, who)
        coming = endings(db, site().policy, who)
    return render_template("report/certificates.html", certificates=found, coming=coming, facts=_facts)


@review.get("/destroyed/<destruction_id>.pdf")
def certificate_file(destruction_id: str) -> Response:
    """One certificate as a PDF."""
    with read(site().engine) as db:
        found = destroying.certificate(db, actor(), destruction_id)
    answer = Response(pdf.written(_document(found)), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="destroyed-{found.id}.pdf"'
    return answer


def _document(found: Certificate) -> Document:
    language = current_language()
    return Document(
        title=gettext("Certificate of destruction"),
        about=(site().settings.organisation, found.consultation, found.part, moment(found.destroyed_at)),
        opening=(
            gettext(
                "When the time of a part is over, its key and answers are destroyed for good. What was released stays."
            ),
        ),
        sections=(
            Section("destroyed", gettext("What was destroyed"), _destroyed(found)),
            Section("why", gettext("Why, and on record"), (Facts(_facts(found)),)),
            Section("stays", gettext("What stays"), (_stays(found),)),
        ),
        made_on=found.destroyed_at.date(),
        language=language.code,
        direction=language.direction,
        k=0,
    )


def _destroyed(found: Certificate) -> tuple[Points, Words]:
    kinds = {
        "private_key": gettext("The private key of the part"),
        "halves": gettext("Every half of it, of each holder"),
        "salt": gettext("The salt that finds an answer by its receipt"),
        "answers": gettext("Every answer"),
        "answer_shares": gettext("The shares that open answers"),
        "profiles": gettext("Every profile: age, language and background"),
        "profile_shares": gettext("The shares that open profiles"),
        "epoch_keys": gettext("The keys under which answers arrived"),
        "session_notes": gettext("What the adults noted in its sessions"),
        "supplied_totals": gettext("Totals as a service entered them"),
    }
    unsaid = gettext("No number of answers stands here: of a small part it would say something about who took part.")
    return Points(tuple(kinds[name] for name in found.destroyed)), Words(unsaid, quiet=True)


def _stays(found: Certificate) -> Points:
    report = (gettext("The released report, in which small groups stay hidden."),) if found.reported else ()
    return Points(
        (
            *report,
            gettext("The signed decisions and the audit log, which hold no answer."),
            gettext(
                "Copies of the sealed answers in older backups, which nothing opens. "
                "The last copy of a key is gone on %(day)s.",
                day=day(found.copies_gone_on),
            ),
        )
    )


def _facts(found: Certificate) -> tuple[tuple[str, str], ...]:
    begun = {"days": found.days, "day": day(found.counted_from)}
    if found.reported:
        why = gettext("%(days)s days after the report of %(day)s", **begun)
    else:
        why = gettext("%(days)s days after the promised answer of %(day)s", **begun)
    intact = gettext("The certificate is the one that the log has.")
    changed = gettext("The certificate is not the one that the log has: treat it as an incident.")
    return (
        (gettext("Rule"), f"{found.rule}: {why}"),
        (gettext("Policy"), f"{found.policy_version}, {found.policy_digest[:16]}"),
        (gettext("Destroyed"), moment(found.destroyed_at)),
        (gettext("Event of the audit log"), str(found.event)),
        (gettext("Fingerprint"), found.digest[:32]),
        (gettext("Checked"), intact if found.intact else changed),
    )
