"""The settings of one installation, read from the environment once; whatever would be unsafe is refused, all at once.

Every name begins with CONSULT_. Nothing here looks at the clock or draws random numbers.
"""

import base64
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, unquote, urlsplit

_PREFIX = "CONSULT_"
_ROOT_BYTES = 32
_ROOT_MEND = (
    "set the root key of this installation again (its paper lies in the safe), or for a new one make a root with "
    "`openssl rand -hex 32`"
)
_LEAST_DIFFERENT_BYTES = 16  # random bytes have about 30 different ones; a typed or repeated pattern has few
_NAMES = (
    "ROOT_KEY",
    "ROOT_KEY_FILE",
    "ORGANISATION",
    "ADDRESS",
    "DATA",
    "DATABASE_URL",
    "EXIT_ADDRESSES",
    "EPOCH_RESPONSES",
    "EPOCH_MINUTES",
    "FORM_MINUTES",
    "STAFF_MINUTES",
    "PROXIES",
    "TRIES",
    "WORKERS",
    "MAIL_SERVER",
    "MAIL_FROM",
    "MAIL_PASSWORD",
    "MAIL_PASSWORD_FILE",
)
_FOR_TESTS = "CONSULT_TEST_"
_DEBUG_SWITCHES = ("FLASK_DEBUG", "CONSULT_DEBUG")
_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# An encyclopedia in the reader's language: it asks nothing, and nobody wonders why it is open.
_EXIT_ADDRESSES = MappingProxyType({"*": "https://www.wikipedia.org/"})


class ConfigError(Exception):
    """The settings do not allow a start; `problems` has one line each: what is wrong, where, and the mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes e-mail for staff. Encrypted from the start, by STARTTLS, or not at all on this machine."""

    host: str
    port: int
    sender: str
    encrypted_from_start: bool = False
    starttls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What differs between installations. Secrets are kept out of its `repr`, which ends up in logs."""

    root: bytes = field(repr=False)  # 32 bytes; every key of the configuration is derived from it
    organisation: str  # who asks, as participants read it
    address: str  # how browsers reach this installation, without a slash at the end
    data_folder: Path
    database_url: str = field(repr=False)  # may carry a password
    # Language to the page that Leave shows; "*" stands for all others.
    exit_addresses: Mapping[str, str] = field(default_factory=lambda: _EXIT_ADDRESSES)
    epoch_responses: int = 64  # a fresh sealing key after so many responses …
    epoch_age: timedelta = timedelta(minutes=15)  # … or so much time, whichever comes first
    form_lifetime: timedelta = timedelta(hours=2)  # from the first page to Send
    staff_idle: timedelta = timedelta(minutes=15)  # then a member of staff signs in again
    # Whose X-Forwarded-For is believed when tries are counted; a proxy on the machine itself needs no setting.
    proxies: tuple[IPv4Network | IPv6Network, ...] = _THIS_MACHINE
    tries: int = 120  # starts, and sendings, from one address within ten minutes
    workers: int = 1  # how many serve this installation: mistakes are counted by each apart, so each allows a share
    mail: MailServer | None = None  # no e-mail without one

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies may travel encrypted only; off for http on the machine itself, where browsers drop them."""
        return self.address.startswith("https://")

    @property
    def host_name(self) -> str:
        """The only host name that is answered, without a port: a proxy may stand on another one."""
        return urlsplit(self.address).hostname or ""

    def exit_address(self, language: str) -> str:
        """The neutral page that Leave shows to a reader of this language."""
        return self.exit_addresses.get(language) or self.exit_addresses["*"]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check all settings. Raises `ConfigError` with every problem, not only the first."""
        reading = _Reading(environment)
        reading.refuse_unknown_names()
        reading.refuse_debugging()
        data_folder = reading.folder("DATA", "the folder for this installation's files, outside the program")
        settings = cls(
            root=reading.root(),
            organisation=reading.text("ORGANISATION", "the name that participants know you by"),
            address=reading.address(),
            data_folder=data_folder,
            database_url=reading.database_url(data_folder),
            exit_addresses=reading.exit_addresses(),
            # The upper ends are what the threat model promises about the memory of a server that is taken over.
            epoch_responses=reading.number("EPOCH_RESPONSES", 64, 1, 64),
            epoch_age=timedelta(minutes=reading.number("EPOCH_MINUTES", 15, 1, 15)),
            form_lifetime=timedelta(minutes=reading.number("FORM_MINUTES", 120, 10, 480)),
            staff_idle=timedelta(minutes=reading.number("STAFF_MINUTES", 15, 1, 60)),
            proxies=reading.proxies(),
            tries=reading.number("TRIES", 120, 10, 10_000_000),
            workers=reading.number("WORKERS", 1, 1, 1000),
            mail=reading.mail(),
        )
        if reading.problems:
            raise ConfigError(reading.problems)
        return settings


class _Reading:
    """One pass over the environment that gathers problems; a value returned after a problem is never used."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def refuse_unknown_names(self) -> None:
        """A misspelt setting must not be passed over in silence: it was meant to make something safer."""
        known = [_PREFIX + name for name in _NAMES]
        for name in sorted(self._environment):
            if name.startswith(_PREFIX) and name not in (*known, *_DEBUG_SWITCHES) and not name.startswith(_FOR_TESTS):
                near = get_close_matches(name, known, n=1)
                self._problem(name, f"is not a setting: {f'did you mean {near[0]}?' if near else 'remove it'}")

    def refuse_debugging(self) -> None:
        """A debugger in a page shows memory, and with it answers that are not sealed yet."""
        for name in _DEBUG_SWITCHES:
            if self._environment.get(name, "").lower() not in {"", "0", "false", "no"}:
                self._problem(name, "is on, and debugging shows what people wrote: remove it")

    def text(self, name: str, meaning: str) -> str:
        """A setting without a default."""
        value = self._get(name)
        if not value:
            self._problem(_PREFIX + name, f"is missing: set it to {meaning}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within its limits."""
        value = self._get(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            self._problem(_PREFIX + name, f"is {value!r}: set it to a whole number from {least} to {most}")
            return default
        return int(value)

    def folder(self, name: str, meaning: str) -> Path:
        """An existing folder."""
        value = self.text(name, meaning)
        if value and not Path(value).is_dir():
            self._problem(
                _PREFIX + name, f"names {value}, which is not a folder: make it, readable by this program only"
            )
        return Path(value).absolute()

    def address(self) -> str:
        """The address that browsers use: https, or http to the machine itself."""
        value = self.text("ADDRESS", "the address people open, such as https://ideas.example.org").rstrip("/")
        parts = _split(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.geturl() != _origin(parts)):
            self._problem(
                "CONSULT_ADDRESS", f"is {value!r}: write https:// and the name of the host, nothing behind it"
            )
        elif parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
            self._problem(
                "CONSULT_ADDRESS",
                f"is {value}: anybody on the way can read http, so use https (http only for localhost)",
            )
        return value

    def database_url(self, data_folder: Path) -> str:
        """PostgreSQL or a SQLite file; by default a file in the data folder."""
        value = self._get("DATABASE_URL") or f"sqlite:///{data_folder / 'consult.sqlite'}"
        if value.startswith("sqlite") and "?" in value:
            self._problem("CONSULT_DATABASE_URL", "has a ? in it: write sqlite:////folder/file and nothing behind it")
        if not _has_port(value):
            self._problem(
                "CONSULT_DATABASE_URL",
                "has no number behind the colon of its host: write postgresql://user@host:5432/name",
            )
        in_memory = value in {"sqlite://", "sqlite:///", "sqlite:///:memory:"}
        if in_memory or not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            # The value itself may hold a password and is not repeated.
            self._problem(
                "CONSULT_DATABASE_URL", "is no database on disk: write sqlite:////folder/file or postgresql://…"
            )
        return value

    def exit_addresses(self) -> Mapping[str, str]:
        """Pairs such as `fr=https://fr.wikipedia.org/`, apart by spaces, over the default for every other language."""
        pairs = dict(_EXIT_ADDRESSES)
        for pair in self._get("EXIT_ADDRESSES").split():
            language, _, address = pair.partition("=")
            parts = _split(address)
            if not language or parts.scheme != "https" or not parts.hostname:
                self._problem(
                    "CONSULT_EXIT_ADDRESSES", f"has {pair!r}: write language=https://… pairs, apart by spaces"
                )
            pairs[language] = address
        return MappingProxyType(pairs)

    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Addresses or networks of proxies besides those on this machine, apart by spaces."""
        found = list(_THIS_MACHINE)
        for each in self._get("PROXIES").split():
            try:
                found.append(ip_network(each))
            except ValueError:
                self._problem("CONSULT_PROXIES", f"has {each!r}: write addresses or networks such as 10.0.0.0/24")
        return tuple(found)

    def mail(self) -> MailServer | None:
        """The mail server: `smtp://user@host:587` with STARTTLS, `smtps://user@host:465`; none when it is not set."""
        value, sender = self._get("MAIL_SERVER"), self._get("MAIL_FROM")
        if not value:
            if sender or self._get("MAIL_PASSWORD") or self._get("MAIL_PASSWORD_FILE"):
                self._problem("CONSULT_MAIL_SERVER", "is missing: set it to smtp://user@host:587, or unset the others")
            return None
        parts = _split(value)
        try:
            port = parts.port or (465 if parts.scheme == "smtps" else 587)
        except ValueError:
            port = 0
        written_out = parts.password or parts.path or parts.query or parts.fragment
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not port or written_out:
            # The value itself may hold a password and is not repeated.
            self._problem(
                "CONSULT_MAIL_SERVER", "is no mail server: write smtp://user@host:587 or smtps://user@host:465"
            )
            return None
        if "@" not in sender.strip("@"):
            self._problem("CONSULT_MAIL_FROM", "is no address: set it to the address that mails to staff come from")
        password = self._mail_password() if parts.username else ""
        return MailServer(
            host=parts.hostname,
            port=port,
            sender=sender,
            encrypted_from_start=parts.scheme == "smtps",
            starttls=parts.scheme == "smtp" and not _is_this_machine(parts.hostname),
            user=unquote(parts.username or ""),
            password=password,
        )

    def _mail_password(self) -> str:
        value, file = self._get("MAIL_PASSWORD"), self._get("MAIL_PASSWORD_FILE")
        if bool(value) == bool(file):
            how = "are both set: keep one" if value else "are both missing, and CONSULT_MAIL_SERVER names a user"
            self._problem("CONSULT_MAIL_PASSWORD and CONSULT_MAIL_PASSWORD_FILE", how)
            return ""
        return value or self._private_file("CONSULT_MAIL_PASSWORD_FILE", Path(file)) or ""

    def root(self) -> bytes:
        """The root secret, given as such or in a file that only this program can read."""
        value, file = self._get("ROOT_KEY"), self._get("ROOT_KEY_FILE")
        if bool(value) == bool(file):
            how = "are both set: keep one" if value else f"are both missing: {_ROOT_MEND}"
            self._problem("CONSULT_ROOT_KEY and CONSULT_ROOT_KEY_FILE", how)
            return b""
        name = _PREFIX + ("ROOT_KEY" if value else "ROOT_KEY_FILE")
        written = value or self._private_file("CONSULT_ROOT_KEY_FILE", Path(file))
        if written is None:
            return b""
        root = _decoded(written)
        if len(root) != _ROOT_BYTES:
            self._problem(name, f"is not {_ROOT_BYTES} bytes in hex or base64: {_ROOT_MEND}")
        elif len(set(root)) < _LEAST_DIFFERENT_BYTES:
            self._problem(name, f"is not random: {_ROOT_MEND}")
        return root

    def _private_file(self, name: str, file: Path) -> str | None:
        try:
            readable_by = stat.S_IMODE(file.stat().st_mode)
            if readable_by & (stat.S_IRWXO | stat.S_IWGRP):
                self._problem(name, f"names {file}, which others can reach: chmod 400 {file}")
            return file.read_text(encoding="ascii").strip()
        except OSError as error:
            mend = "look at the name, at its owner and at the rights of its folders"
            self._problem(name, f"names {file}, which can not be read ({error.strerror}): {mend}")
        except ValueError:
            self._problem(name, f"names {file}, which is no text: put the right file there again")
        return None

    def _get(self, name: str) -> str:
        return self._environment.get(_PREFIX + name, "").strip()

    def _problem(self, name: str, what: str) -> None:
        self.problems.append(f"{name} {what}")


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # an opening bracket without the closing one
        return urlsplit("")


def _has_port(address: str) -> bool:
    """Whether what stands where a port would is one, or nothing."""
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def _origin(parts: SplitResult) -> str:
    """Scheme, host and port only: no name and password, no path."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_this_machine(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")


def _decoded(text: str) -> bytes:
    """Bytes written in hex or in either alphabet of base64, with or without padding; none if it is neither."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return b""
