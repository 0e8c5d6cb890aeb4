"""What is taken away as a file: the passphrase is typed again, and then it goes out as an attachment."""

from __future__ import annotations

from flask import Response

from consult.web.acting import ActForm, passphrase_field

__all__ = ["HandOutForm", "attached"]


class HandOutForm(ActForm):
    """A file is in other hands from there on: the passphrase is typed again."""

    passphrase = passphrase_field()


def attached(content: bytes, mimetype: str, name: str) -> Response:
    """The file, for the browser to keep under this name."""
    answer = Response(content, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
