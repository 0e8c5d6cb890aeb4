"""What runs by itself: plain functions of (engine, keys, policy, now) that say in a sentence what they did."""

from collections.abc import Mapping

from consult.config import Settings
from consult.jobs.counts import counts
from consult.jobs.helpdesk import forget_help
from consult.jobs.inclusion import renew_inclusion_keys
from consult.jobs.job import Job
from consult.jobs.lapses import sweep_lapses
from consult.jobs.mail import mail_job
from consult.jobs.needs import forget_needs
from consult.jobs.notices import reminders
from consult.jobs.quarantine import quarantines_end
from consult.jobs.retention import kept_texts, leavers, retention, sign_in_tries
from consult.jobs.rewriting import rewrite, settle
from consult.jobs.withdrawals import withdrawals_end

__all__ = ["DESTROYING", "JOBS", "NAMES", "Job", "jobs_of"]

JOBS: Mapping[str, Job] = {
    "lapses": sweep_lapses,
    "leavers": leavers,
    "quarantines_end": quarantines_end,
    "counts": counts,
    "withdrawals_end": withdrawals_end,
    "needs": forget_needs,
    "retention": retention,
    "kept_texts": kept_texts,
    "forget_help": forget_help,
    "sign_in_tries": sign_in_tries,
    "inclusion_keys": renew_inclusion_keys,
    "reminders": reminders,
    "rewrite": rewrite,
    "settle": settle,
}
"""In the order in which they run together: protect first, then forget, then wipe what was forgotten off the disk.

`rewrite` is for the night; the others are quick. `lapses` runs every two minutes, so that what no event tells of (a
document that runs out, a day that is over) is found within three; the others every five.
"""
DESTROYING = frozenset({"quarantines_end", "withdrawals_end", "needs", "retention", "kept_texts", "forget_help"})
"""What destroys for good when its day has come: none of them runs by a clock that has jumped (`services.clock`)."""
NAMES = (*JOBS, "mail")
"""All of them; `mail` comes last, when everything that is to be told has been put down."""


def jobs_of(settings: Settings) -> Mapping[str, Job]:
    """The jobs of one site, under `NAMES`."""
    return {**JOBS, "mail": mail_job(settings)}
