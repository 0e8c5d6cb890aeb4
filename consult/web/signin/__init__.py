"""Signing in and out, and the home page with what waits for the person."""

from consult.web.signin.routes import signin

__all__ = ["signin"]
