"""The log: one JSON object a line on standard error, with fields from a list; what is not on the list is not written.

No address, no agent, no path with what it carries, no cookie, nobody's words and no time of our own: an entry says what
broke and where in the program. Of what libraries log, only name, level and kind of error are kept: their sentences may
quote what somebody sent or what is stored.
"""

from __future__ import annotations

import json
import logging
import sys

__all__ = ["FIELDS", "Listed", "fault", "to_standard_error"]

#: `event` in our own words; `error` the class of an exception; `endpoint` the name of a page, never its address;
#: `where` lines of the program; `about` the name of a table and row of keys; `database` what is wrong with it, and the
#: mend, in our own words.
FIELDS = ("event", "error", "endpoint", "where", "about", "database")
_OURS = "consult_fields"
_LOG = logging.getLogger("consult")


def fault(event: str, **fields: str | None) -> None:
    """Log that something went wrong. A field that is not on the list is left out."""
    kept = {name: value for name, value in {"event": event, **fields}.items() if name in FIELDS and value}
    _LOG.error(json.dumps(kept, ensure_ascii=False), extra={_OURS: kept})


def to_standard_error() -> None:
    """From now on every library's entries come out on standard error in this form, and in no other."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Listed())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)


class Listed(logging.Formatter):
    """An entry as it is written: what is on the list, and nothing else."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"level": record.levelname.lower(), "from": record.name, **getattr(record, _OURS, {})}
        if record.exc_info and record.exc_info[0]:
            entry["error"] = record.exc_info[0].__name__
        return json.dumps(entry, ensure_ascii=False)
