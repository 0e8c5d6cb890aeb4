"""E-mail that something waits: the same few words for everything, to people with an account, never to a participant.

The mail says nothing else: no consultation, no name, no matter; the address in it is that of the sign-in. Whoever reads
the mailbox, or runs the mail server, learns that this person works with this site and that something was to be done.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from consult.config import MailServer
from consult.database import read, write
from consult.errors import sentence
from consult.models import MailWaiting, Person
from consult.resources import catalogue

__all__ = ["Sent", "message_to", "send_waiting", "stuck", "try_server"]

SUBJECT = sentence("Something waits for you")
BODY = (
    sentence("Something waits for you. Sign in to see what it is:"),
    sentence("This message is sent by itself and never says what it is about. Please do not answer it."),
)
#: Between two tries, doubled each time up to the longest.
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
_SECONDS = 20
#: From so many tries on, `consult check` says that mail does not go out.
_MANY_TRIES = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the mails that were due."""

    sent: int
    failed: int


def message_to(address: str, language: str, server: MailServer, site_address: str) -> EmailMessage:
    """The one message there is, in the person's language."""
    words = catalogue(language).gettext
    message = EmailMessage()
    message["Subject"] = words(SUBJECT)
    message["From"] = server.sender
    message["To"] = address
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{words(BODY[0])}\n\n{site_address}/s/\n\n{words(BODY[1])}\n")
    return message


def send_waiting(engine: Engine, server: MailServer, site_address: str, now: datetime) -> Sent:
    """Send what is due, one mail a person; what fails is tried again later, and nothing is lost meanwhile."""
    with read(engine) as db:
        rows = db.execute(
            select(MailWaiting.person_id, MailWaiting.tries, Person.email, Person.language, Person.active)
            .join(Person, Person.id == MailWaiting.person_id)
            .where(MailWaiting.next_try <= now)
            .order_by(MailWaiting.person_id)
        ).all()
    if not rows:
        return Sent(0, 0)
    gone, failed = [], []
    try:
        with _connected(server) as smtp:
            for row in rows:
                if not row.email or not row.active:
                    gone.append(row.person_id)
                    continue
                try:
                    smtp.send_message(message_to(row.email, row.language, server, site_address))
                    gone.append(row.person_id)
                except smtplib.SMTPServerDisconnected:
                    raise
                except (smtplib.SMTPException, ValueError):  # an address that this server, or any, does not take
                    failed.append(row)
    except (OSError, smtplib.SMTPException):
        failed = [row for row in rows if row.person_id not in gone]
    with write(engine) as db:
        db.execute(delete(MailWaiting).where(MailWaiting.person_id.in_(gone)))
        for row in failed:
            later = now + min(_FIRST_PAUSE * 2**row.tries, _LONGEST_PAUSE)
            mine = update(MailWaiting).where(MailWaiting.person_id == row.person_id)
            db.execute(mine.values(tries=row.tries + 1, next_try=later))
    return Sent(len(gone), len(failed))


def try_server(server: MailServer) -> str:
    """Connect, sign in, and send nothing: "" when that works, else what is wrong."""
    try:
        with _connected(server) as smtp:
            smtp.noop()
    except smtplib.SMTPAuthenticationError:
        return "it does not take this name and password"
    except smtplib.SMTPNotSupportedError:
        return "it offers no encryption (STARTTLS), or no sign-in: use smtps://, or another port"
    except ssl.SSLError:
        return "its certificate does not fit its name, or is not trusted here"
    except (OSError, smtplib.SMTPException) as error:
        return f"it does not answer as a mail server ({type(error).__name__})"
    return ""


def stuck(db: Session) -> int:
    """How many people's mails were tried several times in vain."""
    return len(db.scalars(select(MailWaiting.person_id).where(MailWaiting.tries >= _MANY_TRIES)).all())


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A signed-in connection; encrypted, except to this machine."""
    trust = ssl.create_default_context()
    smtp: smtplib.SMTP
    if server.encrypted_from_start:
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=trust)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
    with smtp:
        if server.starttls:
            smtp.starttls(context=trust)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
