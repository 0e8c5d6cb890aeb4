"""Joining by a link, signing in with passphrase and second factor, one's own keys, and home with what waits."""

from consult.web.signin import joining, passphrase, step, ways
from consult.web.signin.routes import signin

__all__ = ["joining", "passphrase", "signin", "step", "ways"]
