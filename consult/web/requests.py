"""Requests as this site takes them: what is sent stays in memory, and only some pages take more than a form."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from flask import Flask, Request, request

from consult.services.evidence.documents import MOST_BYTES

__all__ = ["WITH_FILE", "install"]

_FORM_BYTES = 64 * 1024
_FORM_FIELDS = 500
#: Endpoints that take a file besides a form; the front server lets as much through for their addresses (install).
WITH_FILE = frozenset(
    {
        *("facilitate.attest", "facilitate.attest_record", "facilitate.aloud", "facilitate.take_translation_file"),
        *("facilitate.page_recording", "facilitate.question_file"),
        "review.read_population_file",
    }
)


class SiteRequest(Request):
    """Flask's request, without its temporary files: a document in one would lie on the disk unsealed."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length
        return BytesIO()


def install(app: Flask) -> None:
    """Set the limits, before anything reads a body."""
    app.request_class = SiteRequest
    app.config.update(MAX_CONTENT_LENGTH=_FORM_BYTES, MAX_FORM_PARTS=_FORM_FIELDS)
    app.before_request(_room_for_a_document)


def _room_for_a_document() -> None:
    if request.endpoint in WITH_FILE:
        request.max_content_length = _FORM_BYTES + MOST_BYTES
