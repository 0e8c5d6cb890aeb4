"""Partners of a consultation: the pages on which they read, propose, and see what became of it."""

from consult.web.partner import proposing
from consult.web.partner.blueprint import partner

__all__ = ["partner", "proposing"]
