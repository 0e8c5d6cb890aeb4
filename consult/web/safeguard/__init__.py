"""The pages of safeguarding leads: decisions, running, stopping, requests for help, complaints, concerns."""

from consult.web.safeguard import (
    acts,
    allegations,
    complaints,
    concerns,
    helprequests,
    incidents,
    log,
    policy,
    quarantine,
    queue,
    review,
    running,
)
from consult.web.safeguard.blueprint import safeguard

__all__ = [
    "acts",
    "allegations",
    "complaints",
    "concerns",
    "helprequests",
    "incidents",
    "log",
    "policy",
    "quarantine",
    "queue",
    "review",
    "running",
    "safeguard",
]
