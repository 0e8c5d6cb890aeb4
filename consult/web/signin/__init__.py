"""Joining by a link, signing in with passphrase and second factor, one's own keys, home with what waits, notices."""

from consult.web.signin import home, joining, notices, passphrase, step, ways
from consult.web.signin.routes import signin

__all__ = ["home", "joining", "notices", "passphrase", "signin", "step", "ways"]
