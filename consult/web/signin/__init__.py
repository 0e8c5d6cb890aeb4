"""Signing in and out, the home page with what waits, and each person's own passphrase, key and recovery code."""

from consult.web.signin import passphrase
from consult.web.signin.routes import signin

__all__ = ["passphrase", "signin"]
