"""The page for when nothing of ours answers: the front server keeps it as a file and shows it instead of an error.

It needs no database, no gate and no script: what broke is not the reader's fault, whom to call, how to leave, and whom
to tell when something is wrong, in every language of the interface.
"""

from __future__ import annotations

from flask import Flask, render_template

from consult.config import Settings
from consult.web.languages import LANGUAGES, gettext, use_language
from consult.web.participate.showing import cover_name

__all__ = ["fallback_page"]


def fallback_page(app: Flask, settings: Settings) -> str:
    """The whole page as HTML."""
    with app.test_request_context("/"):
        blocks = [_block(code, settings) for code in LANGUAGES]
        use_language("en")
        return render_template("participate/fallback.html", cover=cover_name(None), blocks=blocks)


def _block(code: str, settings: Settings) -> dict[str, object]:
    use_language(code)
    complaint = gettext(
        "Tell %(organisation)s, and say that it is a complaint. Somebody who did not make these pages will look at it."
    )
    return {
        "language": LANGUAGES[code],
        "title": gettext("Something broke on our side"),
        "sentences": (
            gettext("It is not your fault. If you pressed Send, it may have been sent. Please try again later."),
            gettext("In danger right now? Call the emergency number of your country."),
            gettext("You can also tell a grown-up you trust."),
            gettext("If someone hurt you, it is not your fault."),
            gettext("Something is wrong") + ": " + complaint % {"organisation": settings.organisation},
        ),
        "exit": settings.exit_address(code),
        "leave": gettext("Leave now"),
    }
