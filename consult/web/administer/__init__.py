"""People, their roles and their keys: for administrators and for whoever confirms holders; no answer is here."""

from consult.web.administer import holders
from consult.web.administer.people import administer

__all__ = ["administer", "holders"]
