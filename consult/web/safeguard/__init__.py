"""The pages of safeguarding leads: what waits for a decision, review and signature, running, pausing, stopping."""

from consult.web.safeguard import acts, complaints, log, queue, review, running
from consult.web.safeguard.blueprint import safeguard

__all__ = ["acts", "complaints", "log", "queue", "review", "running", "safeguard"]
