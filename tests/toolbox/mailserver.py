"""A mail server for tests: it keeps what arrives in memory, and can refuse in the ways that real ones do."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message

__all__ = ["Mailbox", "mail_server"]


@dataclass
class Mailbox:
    """What arrived, and how the server behaves. `refuses`: addresses that it does not know."""

    port: int = 0
    password: str = ""
    broken: bool = False
    refuses: set[str] = field(default_factory=set)
    arrived: list[tuple[str, Message]] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Mailbox = self.server.box  # type: ignore[attr-defined]
        if box.broken:
            return
        self.say("220 here")
        to = ""
        while line := self.rfile.readline().decode("ascii").strip():
            word = line.upper()
            if word.startswith("EHLO"):
                self.say("250-here\r\n250 AUTH PLAIN" if box.password else "250 here")
            elif word.startswith("AUTH"):
                self.say("235 welcome" if line.endswith(box.password) else "535 no")
            elif word.startswith("RCPT"):
                to = line.partition("<")[2].partition(">")[0]
                self.say("550 nobody" if to in box.refuses else "250 yes")
            elif word == "DATA":
                self.say("354 go on")
                box.arrived.append((to, email.message_from_bytes(self.until_the_dot())))
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 yes")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode("ascii"))

    def until_the_dot(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        return b"".join(lines)


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A server on this machine, gone afterwards."""
    box = Mailbox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as server:
        server.daemon_threads = True
        server.box = box  # type: ignore[attr-defined]
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield box
        server.shutdown()
