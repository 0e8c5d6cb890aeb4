"""People and their roles: the pages of administrators, who never see an answer or a consultation."""

from consult.web.administer.people import administer

__all__ = ["administer"]
